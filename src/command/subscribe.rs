//! `PRIJAVA PRILIV TR 2 10.000`: begin alerts that the branch contracted (KB-31 to KB-40, KB-45,
//! KB-47).

use minijinja::Value;

use super::balance::not_contracted;
use super::card::WHOLE_NUMBER_SHOWN;
use super::{Desk, Outcome, Pair, listing, naming};
use crate::base::money::Minor;
use crate::customer::CallerAccount;
use crate::service::AccountKind;
use crate::service::file::LimitConflict;
use crate::service::pattern::Args;
use crate::service::say::Say;
use crate::service::slot::CardArg;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::subscription::{Subscriptions, WHOLE_CUSTOMER};

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subscribe {
    /// To what.
    pub topic: Topic,
    /// For which account or card, from which amount.
    pub args: Args,
}

impl Subscribe {
    pub(super) fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        if desk.caller.is_stranger() {
            return Ok(desk.say(Say::NoCustomer, &[]));
        }
        match self.topic {
            Topic::Credit | Topic::Debit => self.to_movements(desk),
            Topic::CardUse => self.to_card(desk),
            topic => self.to_whole_customer(desk, topic),
        }
    }

    fn to_movements(self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let service = desk.service;
        let Some(kind) = self.args.account.and_then(|at| service.account(at)) else {
            return Ok(desk.say(Say::Unknown, &[]));
        };
        let found = match self.choose(desk, kind) {
            Ok(found) => found,
            Err(refusal) => return Ok(refusal),
        };
        let mut named = naming(&found);
        named.push(("dir", Value::from(service.topic_word(self.topic))));
        named.push(("dir2", Value::from(service.topic_word(self.topic.opposite()))));

        let (customer, item) = (found.customer, found.item);
        let mut list = Subscriptions::load(desk.records, desk.bank, customer, desk.caller.id)?;
        if list.find(self.topic, item).is_none() {
            return Ok(desk.say(Say::NotContracted, &naming(&found)));
        }
        let limit = match kind.minimum {
            None => Minor::ZERO,
            Some(minimum) => self.args.amount.unwrap_or(minimum),
        };
        if let Some(minimum) = kind.minimum.filter(|minimum| limit < *minimum) {
            named.push(("limit", desk.amount(minimum)));
            return Ok(desk.say(Say::BelowMinimum, &named));
        }
        let other = list.find(self.topic.opposite(), item).filter(|other| other.active);
        if let Some(other) = other
            && desk.service.limit_conflict == LimitConflict::Reject
            && other.limit != limit
        {
            named.push(("limit", desk.amount(other.limit)));
            return Ok(desk.say(Say::LimitConflict, &named));
        }
        let role = match (kind.minimum, other) {
            (None, _) => Say::SubscribedAll,
            (Some(_), None) => Say::Subscribed,
            (Some(_), Some(_)) => Say::SubscribedBoth,
        };
        list.activate(self.topic, item, limit);
        list.save(desk.records, desk.bank, customer, desk.caller.id);
        named.push(("limit", desk.amount(limit)));
        Ok(desk.say(role, &named))
    }

    /// The account that is meant, or the refusal that says why none is. Never guesses (KB-40).
    fn choose<'a>(
        &self,
        desk: &Desk<'a>,
        kind: &'a AccountKind,
    ) -> Result<CallerAccount<'a>, Outcome> {
        let word = Value::from(kind.word.as_str());
        let ordinal = self.args.ordinal.map_or(Value::UNDEFINED, Value::from);
        let accounts = desk.caller.accounts_of(&kind.word);
        if accounts.is_empty() {
            return Err(desk.say(Say::NotContracted, &not_contracted(word, ordinal)));
        }
        let limit = kind.minimum.map_or(Value::UNDEFINED, |minimum| desk.amount(minimum));
        let direction = Value::from(desk.service.topic_word(self.topic));
        if !kind.topics.contains(&self.topic) {
            let n = Value::from(self.args.ordinal.unwrap_or(1));
            let values = [("dir", direction), ("k", word), ("n", n), ("limit", limit)];
            return Err(desk.say(Say::DirectionUnavailable, &values));
        }
        match self.args.ordinal {
            None if accounts.len() == 1 => Ok(accounts[0]),
            None => {
                let values: [Pair; 4] = [
                    ("dir", direction),
                    ("k", word),
                    ("accounts", listing(&accounts)),
                    ("limit", limit),
                ];
                Err(desk.say(Say::WhichAccount, &values))
            }
            Some(wanted) => accounts
                .into_iter()
                .find(|found| found.account.ordinal == wanted)
                .ok_or_else(|| desk.say(Say::OrdinalUnknown, &[("k", word), ("n", ordinal)])),
        }
    }

    fn to_card(self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let last4 = match self.args.card {
            CardArg::Last4(last4) => last4,
            CardArg::WholeNumber => {
                return Ok(
                    desk.say(Say::NotContracted, &[("last4", Value::from(WHOLE_NUMBER_SHOWN))])
                );
            }
            CardArg::Absent | CardArg::Malformed => return Ok(desk.say(Say::CardAlertFormat, &[])),
        };
        let shown = [("last4", Value::from(last4.as_str()))];
        let caller = desk.caller;
        let mut contracted = false;
        // Two cards of one customer may end alike: what was typed names both.
        for found in caller.cards(Some(last4)) {
            let mut list = Subscriptions::load(desk.records, desk.bank, found.customer, caller.id)?;
            if list.find(self.topic, found.item).is_some() {
                list.activate(self.topic, found.item, Minor::ZERO);
                list.save(desk.records, desk.bank, found.customer, caller.id);
                contracted = true;
            }
        }
        let role = if contracted { Say::SubscribedCard } else { Say::NotContracted };
        Ok(desk.say(role, &shown))
    }

    fn to_whole_customer(self, desk: &mut Desk<'_>, topic: Topic) -> Result<Outcome, StoreError> {
        let caller = desk.caller;
        let mut contracted = false;
        for (customer, _) in &caller.customers {
            let mut list = Subscriptions::load(desk.records, desk.bank, *customer, caller.id)?;
            if list.find(topic, WHOLE_CUSTOMER).is_some() {
                list.activate(topic, WHOLE_CUSTOMER, Minor::ZERO);
                list.save(desk.records, desk.bank, *customer, caller.id);
                contracted = true;
            }
        }
        if !contracted {
            let word = Value::from(desk.service.topic_word(topic));
            return Ok(desk.say(Say::NotContracted, &[("topic", word)]));
        }
        if let Some(phone) = caller.phone.as_ref().filter(|phone| phone.offers_refused) {
            let mut phone = phone.clone();
            phone.offers_refused = false;
            phone.save(desk.records, desk.bank, caller.id);
        }
        Ok(desk.say(Say::OffersOn, &[]))
    }
}
