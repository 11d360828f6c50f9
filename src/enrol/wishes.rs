//! What each phone of a customer is to be told of, as a form says it (KB-31: what is contracted at
//! the counter is active from there on, at the given limit or the smallest).

use super::contract::{Alert, Alerts, Contract};
use super::field::{Field, Part, Refusal};
use super::items::Places;
use crate::base::money::Minor;
use crate::customer::Customer;
use crate::service::Service;
use crate::service::topic::Topic;
use crate::subscription::{Subscription, Subscriptions, WHOLE_CUSTOMER};

/// A form's alerts, and where its accounts and cards are in the contract.
pub(super) struct Wishes<'a> {
    pub(super) service: &'a Service,
    pub(super) contract: &'a Contract,
    pub(super) customer: &'a Customer,
    pub(super) accounts: Places,
    pub(super) cards: Places,
    pub(super) refusals: &'a [Refusal],
}

impl Wishes<'_> {
    /// What the phone at `place` (from 1) of the customer's list is told of from now on. `line` is
    /// where the form speaks of it.
    pub(super) fn of_phone(
        &self,
        before: &Subscriptions,
        place: usize,
        line: Option<usize>,
    ) -> Subscriptions {
        let mut list = before.clone();
        list.take(|s| !self.is_open(s));
        let accounts = self.contract.accounts.iter().flatten().zip(&self.accounts).enumerate();
        for (at, (part, item)) in accounts {
            let (Some(item), Some(alerts)) = (*item, &part.alerts) else { continue };
            let to = part.alerts_to.is_none_or(|to| usize::from(to) == place);
            let whose = |topic: Topic| topic.is_movement();
            self.replace(&mut list, Part::Account(at), item, alerts, to, whose);
        }
        for (_, item, report) in self.reports_to(place) {
            let (topic, active, limit) = (Topic::Report, true, Minor::ZERO);
            list.take(|s| s.item == item && s.topic == topic);
            if report.is_some() {
                list.contract(Subscription { topic, item, active, limit });
            }
        }
        let cards = self.contract.cards.iter().flatten().zip(&self.cards).enumerate();
        for (at, (part, item)) in cards {
            let (Some(item), Some(alerts)) = (*item, &part.alerts) else { continue };
            self.replace(&mut list, Part::Card(at), item, alerts, true, is_of_card);
        }
        let phones = self.contract.phones.as_ref();
        let own = line.and_then(|at| Some((at, phones?.get(at)?.alerts.as_ref()?)));
        if let Some((at, alerts)) = own {
            let whose = |topic: Topic| !topic.is_of_item();
            self.replace(&mut list, Part::Phone(at), WHOLE_CUSTOMER, alerts, true, whose);
        }
        list
    }

    /// Whether what is subscribed to is in the contract.
    fn is_open(&self, s: &Subscription) -> bool {
        let place = usize::from(s.item);
        if s.topic.is_of_account() {
            return self.customer.accounts.get(place).is_some_and(|account| !account.closed);
        }
        !s.topic.is_of_item() || self.customer.cards.get(place).is_some_and(|card| !card.closed)
    }

    /// Replaces what is contracted for an item; what is refused stays as it was.
    fn replace(
        &self,
        list: &mut Subscriptions,
        part: Part,
        item: u16,
        alerts: &Alerts,
        to: bool,
        whose: impl Fn(Topic) -> bool,
    ) {
        let is_refused = |topic| {
            let field = Field::alert(part, topic);
            self.refusals.iter().any(|refusal| refusal.field == field)
        };
        list.take(|s| s.item == item && whose(s.topic) && !is_refused(s.topic));
        let wanted = alerts.iter().filter(|(topic, _)| to && !is_refused(**topic));
        let wanted: Vec<Subscription> = wanted
            .map(|(topic, alert)| Subscription {
                topic: *topic,
                item,
                active: *alert != Alert::Off,
                limit: match alert {
                    Alert::From(amount) => *amount,
                    Alert::On | Alert::Off => self.minimum(*topic, item),
                },
            })
            .collect();
        for subscription in &wanted {
            list.contract(*subscription);
        }
        // The limit belongs to the account (KB-35): an inactive direction has that of the active.
        for s in wanted.iter().filter(|s| s.active && s.topic.is_movement()) {
            list.activate(s.topic, s.item, s.limit);
        }
    }

    /// The smallest limit that the service has for it.
    fn minimum(&self, topic: Topic, item: u16) -> Minor {
        if !topic.is_movement() {
            return Minor::ZERO;
        }
        self.customer
            .accounts
            .get(usize::from(item))
            .and_then(|account| self.service.account_called(&account.kind))
            .and_then(|at| self.service.account(at))
            .and_then(|kind| kind.minimum)
            .unwrap_or_default()
    }
}

/// Whether a topic's subscriptions are of one card.
pub(super) fn is_of_card(topic: Topic) -> bool {
    topic.is_of_item() && !topic.is_of_account()
}
