//! What is told to this phone unasked, from which amount on (section 0).

use minijinja::Value;

use super::{Desk, Outcome, Pair};
use crate::base::money::Minor;
use crate::customer::Customer;
use crate::service::say::Say;
use crate::service::topic::Topic;
use crate::store::StoreError;
use crate::subscription::{Subscription, Subscriptions};

pub(super) fn carry_out(desk: &Desk<'_>) -> Result<Outcome, StoreError> {
    if desk.caller.is_stranger() {
        return Ok(desk.say(Say::NoCustomer, &[]));
    }
    let mut lines: Vec<Value> = Vec::new();
    for (customer, contract) in &desk.caller.customers {
        let list = Subscriptions::load(desk.records, desk.bank, *customer, desk.caller.id)?;
        let active = list.iter().filter(|subscription| subscription.active);
        lines.extend(active.filter_map(|wanted| line(desk, contract, wanted)));
    }
    Ok(match lines.is_empty() {
        true => desk.say(Say::WantedNone, &[]),
        false => desk.say(Say::Wanted, &[("wanted", lines.into_iter().collect())]),
    })
}

/// One entry of the list; `None` for what the service has no word for, or what was closed.
fn line(desk: &Desk<'_>, contract: &Customer, wanted: &Subscription) -> Option<Value> {
    let topic = desk.service.topic_word(wanted.topic);
    if topic.is_empty() {
        return None;
    }
    let mut values: Vec<Pair> = vec![("topic", Value::from(topic))];
    let item = usize::from(wanted.item);
    if matches!(wanted.topic, Topic::CardUse | Topic::AdditionalUse) {
        let card = contract.cards.get(item).filter(|card| !card.closed)?;
        values.push(("last4", Value::from(card.last4.as_str())));
    } else if let Some(account) = contract.accounts.get(item) {
        if account.closed {
            return None;
        }
        values.push(("k", Value::from(account.kind.as_str())));
        values.push(("n", Value::from(account.ordinal)));
        values.push(("acc", Value::from(account.number.to_string())));
        if wanted.limit > Minor::ZERO {
            values.push(("limit", desk.amount(wanted.limit)));
        }
    }
    Some(Value::from_pairs(values))
}
