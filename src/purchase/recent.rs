//! What a customer ordered lately: what counts towards his day, and what a repeat is known by.
//!
//! A repeat is known by its phone, the bank's code and its folded text (requirements 6.4.7); the
//! list holds a keyed hash of the three. An order that failed is taken off: it may be ordered anew.

use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::bank::{BankId, CustomerId, Reference};
use crate::base::money::Minor;
use crate::base::now::Wall;
use crate::base::seal::Keyring;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const RECENT: Table = Table::journal(51, "recent orders of money");

const HASH_TEXT: u8 = 31;

/// What a repeat of an order is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cause(u128);

impl Cause {
    /// Of a text as it was folded, by the keyed hash of its phone.
    pub fn of(keyring: &Keyring, phone: u128, code: u64, folded: &str) -> Cause {
        let mut octets = Vec::with_capacity(folded.len() + 24);
        octets.extend_from_slice(&phone.to_be_bytes());
        octets.extend_from_slice(&code.to_be_bytes());
        octets.extend_from_slice(folded.as_bytes());
        Cause(keyring.hash(HASH_TEXT, &octets))
    }
}

/// An order that hasn't failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Entry {
    reference: Reference,
    cause: Cause,
    at: Wall,
    /// The local day that it counts to.
    day: Date,
    /// How much; nothing for what is exempt from the day's limit.
    counts: Minor,
}

/// A customer's recent orders, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Recent(Vec<Entry>);

impl Recent {
    /// Reads them.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        customer: CustomerId,
    ) -> Result<Recent, StoreError> {
        Ok(records.read(&key(bank, customer))?.unwrap_or_default())
    }

    /// Writes them.
    pub fn save(&self, records: &mut dyn Records, bank: BankId, customer: CustomerId) {
        if self.0.is_empty() {
            records.delete(key(bank, customer));
        } else {
            records.write(key(bank, customer), self);
        }
    }

    /// What was ordered on a local day, as far as it counts.
    pub fn sum(&self, day: Date) -> Minor {
        let of_day = self.0.iter().filter(|entry| entry.day == day);
        of_day.fold(Minor::ZERO, |sum, entry| sum.plus(entry.counts))
    }

    /// The last order of the same cause within `window` before `now`.
    pub fn repeated(&self, cause: Cause, window: Duration, now: Wall) -> Option<Reference> {
        let same = self.0.iter().rev().find(|entry| entry.cause == cause);
        same.filter(|entry| now.since(entry.at) < window).map(|entry| entry.reference)
    }

    /// Adds an order; what is of another day and older than `window` goes.
    pub fn add(
        &mut self,
        reference: Reference,
        cause: Cause,
        counts: Minor,
        (at, day): (Wall, Date),
        window: Duration,
    ) {
        self.0.retain(|entry| entry.day == day || at.since(entry.at) < window);
        self.0.push(Entry { reference, cause, at, day, counts });
    }

    /// Takes off an order that failed.
    pub fn remove(&mut self, reference: Reference) {
        self.0.retain(|entry| entry.reference != reference);
    }
}

fn key(bank: BankId, customer: CustomerId) -> Key {
    RECENT.key(bank.0).u64(customer.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_summed_and_a_repeat_is_known_for_a_while() {
        let (minute, window) = (|n: i64| Wall::from_millis(n * 60_000), Duration::from_secs(300));
        let (today, tomorrow) = (date(2026, 11, 22), date(2026, 11, 23));
        let mut recent = Recent::default();
        recent.add(Reference(1), Cause(1), Minor::whole(30), (minute(0), today), window);
        recent.add(Reference(2), Cause(2), Minor::ZERO, (minute(1), today), window);
        recent.add(Reference(3), Cause(1), Minor::whole(5), (minute(2), today), window);
        assert_eq!((recent.sum(today), recent.sum(tomorrow)), (Minor::whole(35), Minor::ZERO));
        assert_eq!(recent.repeated(Cause(1), window, minute(6)), Some(Reference(3)));
        assert_eq!(recent.repeated(Cause(1), window, minute(7)), None);
        recent.remove(Reference(3));
        assert_eq!(recent.repeated(Cause(1), window, minute(4)), Some(Reference(1)));
        assert_eq!(recent.sum(today), Minor::whole(30));
        recent.add(Reference(4), Cause(4), Minor::whole(1), (minute(6), tomorrow), window);
        assert_eq!(recent.0.len(), 1, "what neither counts nor repeats is gone");
    }
}
