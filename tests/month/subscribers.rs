//! Who wants to be told of what, as a model of its own: what the branch contracted, and what was
//! changed by text since.

use std::collections::{BTreeMap, BTreeSet};

use tellerd::service::topic::Topic;

use super::people::Bank;

/// One thing that one phone may be told of.
#[derive(Clone, Debug)]
pub(crate) struct Sub {
    pub(crate) bank: Bank,
    /// Whose, by his place.
    pub(crate) customer: usize,
    pub(crate) phone: u64,
    pub(crate) topic: Topic,
    /// An account's number, a card's reference, or the topic's own word.
    pub(crate) subject: String,
    pub(crate) active: bool,
    /// In hundredths.
    pub(crate) limit: i64,
    /// When it was last ended.
    pub(crate) ended: Option<i64>,
}

/// What a text changes for the phone that it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// Alerts of an account in one direction: on from an amount, or off.
    Movement { topic: Topic, account: String, on: Option<i64> },
    /// Alerts of a card, and of those additional to it.
    Card { card: String, on: bool },
    /// Everything off.
    Nothing,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Subscribers {
    list: Vec<Sub>,
    by_subject: BTreeMap<(Bank, String), Vec<usize>>,
    by_phone: BTreeMap<(Bank, u64), Vec<usize>>,
}

impl Sub {
    /// An active one of any amount.
    pub(crate) fn new(bank: Bank, customer: usize, phone: u64, topic: Topic, subject: &str) -> Sub {
        let subject = subject.to_owned();
        Sub { bank, customer, phone, topic, subject, active: true, limit: 0, ended: None }
    }
}

impl Subscribers {
    /// Contracts one.
    pub(crate) fn add(&mut self, sub: Sub) {
        let at = self.list.len();
        self.by_subject.entry((sub.bank, sub.subject.clone())).or_default().push(at);
        self.by_phone.entry((sub.bank, sub.phone)).or_default().push(at);
        self.list.push(sub);
    }

    /// One of them.
    pub(crate) fn get(&self, at: usize) -> &Sub {
        &self.list[at]
    }

    /// Who is told of this, each phone once: of a subject, or of a customer's where he is given.
    pub(crate) fn told(
        &self,
        bank: Bank,
        subject: &str,
        topic: Topic,
        amount: i64,
        customers: Option<&[usize]>,
    ) -> Vec<usize> {
        let found = self.by_subject.get(&(bank, subject.to_owned()));
        let mut phones = BTreeSet::new();
        let mut told: Vec<usize> = found.into_iter().flatten().copied().collect();
        told.retain(|at| {
            let sub = &self.list[*at];
            sub.topic == topic
                && sub.active
                && amount >= sub.limit
                && customers.is_none_or(|of| of.contains(&sub.customer))
                && phones.insert(sub.phone)
        });
        told
    }

    /// A text from a phone takes effect.
    pub(crate) fn change(&mut self, bank: Bank, phone: u64, change: &Change, now: i64) {
        for at in self.by_phone.get(&(bank, phone)).into_iter().flatten() {
            let sub = &mut self.list[*at];
            let on = match change {
                Change::Movement { topic, account, on } if sub.subject == *account => {
                    // The limit is the account's, in both directions.
                    sub.limit = on.unwrap_or(sub.limit);
                    if sub.topic != *topic {
                        continue;
                    }
                    on.is_some()
                }
                Change::Card { card, on } if sub.subject == *card => *on,
                Change::Nothing => false,
                Change::Movement { .. } | Change::Card { .. } => continue,
            };
            if sub.active && !on {
                sub.ended = Some(now);
            }
            sub.active = on;
        }
    }
}
