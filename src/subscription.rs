//! Who wants to be told of what, from which amount on.
//!
//! One record per customer and phone lists what the branch contracted for that phone, whether each
//! is active, and from which amount (KB-31). The limit belongs to the account and the phone: both
//! directions of one account have the same (KB-35). Changing the record is one put, so that a
//! command such as ODJAVA is done as a whole or not at all.

use serde::{Deserialize, Serialize};

use crate::bank::{BankId, CustomerId};
use crate::base::money::Minor;
use crate::customer::PhoneId;
use crate::service::topic::Topic;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const SUBSCRIPTIONS: Table = Table::registry(18, "subscriptions");

/// The item of a subscription that is of no account and no card.
pub const WHOLE_CUSTOMER: u16 = u16::MAX;

/// One thing that was contracted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// What of.
    pub topic: Topic,
    /// Of which account or card, by its place in the customer's list; or [`WHOLE_CUSTOMER`].
    pub item: u16,
    /// Whether alerts leave.
    pub active: bool,
    /// From which amount on; zero where every amount counts.
    pub limit: Minor,
}

/// All that one customer has contracted for one phone.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Subscriptions {
    list: Vec<Subscription>,
}

impl Subscriptions {
    /// Reads them; none where nothing was contracted.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) -> Result<Subscriptions, StoreError> {
        Ok(records.read(&Subscriptions::key(bank, customer, phone))?.unwrap_or_default())
    }

    /// Writes them.
    pub fn save(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) {
        records.write(Subscriptions::key(bank, customer, phone), self);
    }

    /// Takes a phone's subscriptions out.
    pub fn remove(records: &mut dyn Records, bank: BankId, customer: CustomerId, phone: PhoneId) {
        records.delete(Subscriptions::key(bank, customer, phone));
    }

    fn key(bank: BankId, customer: CustomerId, phone: PhoneId) -> Key {
        SUBSCRIPTIONS.key(bank.0).u64(customer.0).u128(phone.0)
    }

    /// Contracts something, or changes what was contracted.
    pub fn contract(&mut self, subscription: Subscription) {
        match self.find_mut(subscription.topic, subscription.item) {
            Some(known) => *known = subscription,
            None => self.list.push(subscription),
        }
    }

    /// What was contracted of `topic` for `item`.
    pub fn find(&self, topic: Topic, item: u16) -> Option<&Subscription> {
        self.list.iter().find(|s| s.topic == topic && s.item == item)
    }

    /// Whether alerts of `topic` for `item` leave.
    pub fn is_active(&self, topic: Topic, item: u16) -> bool {
        self.find(topic, item).is_some_and(|found| found.active)
    }

    fn find_mut(&mut self, topic: Topic, item: u16) -> Option<&mut Subscription> {
        self.list.iter_mut().find(|s| s.topic == topic && s.item == item)
    }

    /// All that was contracted.
    pub fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.list.iter()
    }

    /// Activates a subscription that was contracted. For a movement of money, `limit` becomes the
    /// limit of both directions of the account.
    pub fn activate(&mut self, topic: Topic, item: u16, limit: Minor) {
        if let Some(found) = self.find_mut(topic, item) {
            found.active = true;
            found.limit = limit;
        }
        if topic.is_movement()
            && let Some(other) = self.find_mut(topic.opposite(), item)
        {
            other.limit = limit;
        }
    }

    /// What is in one of the two and isn't, or not so, in the other.
    pub fn difference<'a>(
        &'a self,
        other: &'a Subscriptions,
    ) -> impl Iterator<Item = &'a Subscription> {
        let only = |one: &'a Subscriptions, two: &'a Subscriptions| {
            one.list.iter().filter(move |s| !two.list.contains(s))
        };
        only(self, other).chain(only(other, self))
    }

    /// Takes out what `leaves` picks, to go to another phone.
    pub fn take(&mut self, leaves: impl Fn(&Subscription) -> bool) -> Vec<Subscription> {
        let (taken, stay) = self.list.drain(..).partition(|subscription| leaves(subscription));
        self.list = stay;
        taken
    }

    /// Ends what `ends` picks; how many had been active.
    pub fn deactivate(&mut self, ends: impl Fn(&Subscription) -> bool) -> usize {
        let mut ended = 0;
        for subscription in self.list.iter_mut().filter(|s| s.active) {
            if ends(subscription) {
                subscription.active = false;
                ended += 1;
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_directions() -> Subscriptions {
        let mut list = Subscriptions::default();
        for topic in [Topic::Credit, Topic::Debit] {
            list.contract(Subscription {
                topic,
                item: 1,
                active: false,
                limit: Minor::whole(1_000),
            });
        }
        list
    }

    #[test]
    fn a_limit_belongs_to_the_account() {
        let mut list = both_directions();
        list.activate(Topic::Credit, 1, Minor::whole(10_000));
        let debit = list.find(Topic::Debit, 1).unwrap();
        assert_eq!((debit.active, debit.limit), (false, Minor::whole(10_000)));
    }

    #[test]
    fn ending_counts_what_was_active_and_keeps_the_contract() {
        let mut list = both_directions();
        list.activate(Topic::Credit, 1, Minor::whole(1_000));
        assert_eq!(list.deactivate(|_| true), 1);
        assert_eq!(list.deactivate(|_| true), 0);
        assert!(list.find(Topic::Credit, 1).is_some());
        list.activate(Topic::Credit, 7, Minor::ZERO);
        assert!(list.find(Topic::Credit, 7).is_none(), "what isn't contracted can't be activated");
    }
}
