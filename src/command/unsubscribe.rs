//! `ODJAVA …`: end alerts; without more, all of them (KB-41 to KB-44, KB-46 to KB-49).

use minijinja::Value;

use super::balance::not_contracted;
use super::{Desk, Outcome, naming};
use crate::bank::CustomerId;
use crate::customer::Phone;
use crate::service::pattern::Args;
use crate::service::say::Say;
use crate::service::slot::CardArg;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::subscription::{Subscription, Subscriptions};

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsubscribe {
    /// From what; `None` from everything.
    pub topic: Option<Topic>,
    /// For which account or card.
    pub args: Args,
}

impl Unsubscribe {
    pub(super) fn carry_out(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        match self.topic {
            None => self.end_everything(desk),
            Some(Topic::Offer) => {
                // Honoured for strangers too (KB-47).
                end(desk, |_, s| s.topic == Topic::Offer)?;
                refuse_offers(desk);
                Ok(desk.say(Say::OffersOff, &[]))
            }
            Some(_) if desk.caller.is_stranger() => Ok(desk.say(Say::NoCustomer, &[])),
            Some(Topic::CardUse) => self.end_cards(desk),
            Some(topic) => self.end_movements(desk, topic),
        }
    }

    fn end_everything(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let ended = end(desk, |_, _| true)?;
        refuse_offers(desk);
        Ok(desk.say(if ended > 0 { Say::UnsubscribedAll } else { Say::UnsubscribedNone }, &[]))
    }

    fn end_movements(&self, desk: &mut Desk<'_>, topic: Topic) -> Result<Outcome, StoreError> {
        let direction = ("dir", Value::from(desk.service.topic_word(topic)));
        let Some(kind) = self.args.account.and_then(|at| desk.service.account(at)) else {
            let ended = end(desk, |_, s| s.topic == topic)?;
            return Ok(ended_or_none(desk, ended, Say::UnsubscribedDirection, &[direction]));
        };
        let word = ("k", Value::from(kind.word.as_str()));
        let caller = desk.caller;
        let accounts = caller.accounts_of(&kind.word);
        if accounts.is_empty() {
            let ordinal = self.args.ordinal.map_or(Value::UNDEFINED, Value::from);
            return Ok(desk.say(Say::NotContracted, &not_contracted(word.1, ordinal)));
        }
        if !kind.topics.contains(&topic) {
            let n = ("n", Value::from(self.args.ordinal.unwrap_or(1)));
            let limit = kind.minimum.map_or(Value::UNDEFINED, |minimum| desk.amount(minimum));
            return Ok(desk.say(Say::DirectionUnavailable, &[direction, word, n, ("limit", limit)]));
        }
        let Some(wanted) = self.args.ordinal else {
            let picks = |customer, s: &Subscription| {
                s.topic == topic
                    && accounts.iter().any(|a| a.customer == customer && a.item == s.item)
            };
            let ended = end(desk, picks)?;
            return Ok(ended_or_none(desk, ended, Say::UnsubscribedKind, &[direction, word]));
        };
        let Some(found) = accounts.iter().find(|found| found.account.ordinal == wanted) else {
            return Ok(desk.say(Say::OrdinalUnknown, &[word, ("n", Value::from(wanted))]));
        };
        let picks = |customer, s: &Subscription| {
            s.topic == topic && customer == found.customer && s.item == found.item
        };
        let ended = end(desk, picks)?;
        let mut named = naming(found);
        named.push(direction);
        Ok(ended_or_none(desk, ended, Say::UnsubscribedOne, &named))
    }

    fn end_cards(&self, desk: &mut Desk<'_>) -> Result<Outcome, StoreError> {
        let last4 = match self.args.card {
            CardArg::Absent => None,
            CardArg::Last4(last4) => Some(last4),
            CardArg::WholeNumber => return Ok(desk.say(Say::UnsubscribedNone, &[])),
            CardArg::Malformed => return Ok(desk.say(Say::CardAlertFormat, &[])),
        };
        let caller = desk.caller;
        let mut ended = Vec::new();
        for found in caller.cards(last4) {
            let picks = |customer, s: &Subscription| {
                s.topic == Topic::CardUse && customer == found.customer && s.item == found.item
            };
            if end(desk, picks)? > 0 {
                ended.push(format!("*{}", found.card.last4.as_str()));
            }
        }
        ended.dedup();
        let list = ("list", Value::from(ended.join(", ")));
        Ok(ended_or_none(desk, ended.len(), Say::UnsubscribedCards, &[list]))
    }
}

fn ended_or_none(
    desk: &Desk<'_>,
    ended: usize,
    role: Say,
    values: &[(&'static str, Value)],
) -> Outcome {
    if ended == 0 { desk.say(Say::UnsubscribedNone, &[]) } else { desk.say(role, values) }
}

/// Ends what `picks` picks of all that the caller's phone is subscribed to; how many there were.
fn end(
    desk: &mut Desk<'_>,
    picks: impl Fn(CustomerId, &Subscription) -> bool,
) -> Result<usize, StoreError> {
    let mut total = 0;
    for (customer, _) in &desk.caller.customers {
        let mut list = Subscriptions::load(desk.records, desk.bank, *customer, desk.caller.id)?;
        let ended = list.deactivate(|subscription| picks(*customer, subscription));
        if ended > 0 {
            list.save(desk.records, desk.bank, *customer, desk.caller.id);
        }
        total += ended;
    }
    Ok(total)
}

/// Notes that this phone wants no offers, whoever it belongs to.
fn refuse_offers(desk: &mut Desk<'_>) {
    let mut phone: Phone = desk.caller.phone.clone().unwrap_or_default();
    if !phone.offers_refused {
        phone.offers_refused = true;
        phone.save(desk.records, desk.bank, desk.caller.id);
    }
}
