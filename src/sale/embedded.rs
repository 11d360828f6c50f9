//! A sample seller: sells at once, except to numbers of which the seed says otherwise.
//!
//! For the demo, for `tellerd try` and for tests. It refuses, is silent for a while or for ever;
//! what it decided is in the store, with the time at which it will be known, so that a restart
//! changes nothing of it. No money moves anywhere.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Sale, Sold, Target, TopUp};
use crate::bank::{BankId, Reference};
use crate::base::msisdn::Msisdn;
use crate::base::now::{Now, Wall};
use crate::base::seal::Keyring;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const SAMPLES: Table = Table::journal(53, "the sample seller");

const HASH_TARGET: u8 = 30;

/// How the sample seller deals with a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manner {
    /// How the sale ends; `None`: nobody ever hears.
    pub ends: Option<bool>,
    /// After how long it is known; until then the seller is silent.
    pub after: Duration,
}

/// A sale that was asked for: how it ends, and from when on that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Decided {
    ends: Option<bool>,
    known: Wall,
}

impl Decided {
    fn said(self, now: Now) -> Option<Sold> {
        let done = self.ends.filter(|_| self.known <= now.wall)?;
        Some(if done { Sold::Done } else { Sold::Refused })
    }
}

/// The sample seller. It holds only the answers not yet fetched.
#[derive(Debug, Default)]
pub struct EmbeddedTopUp {
    answers: VecDeque<(Reference, Sold)>,
}

impl TopUp for EmbeddedTopUp {
    fn sell(
        &mut self,
        bank: BankId,
        reference: Reference,
        sale: &Sale,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError> {
        let key = sale_key(bank, reference);
        let decided = match records.read::<Decided>(&key)? {
            Some(decided) => decided,
            None => {
                let manner = match &sale.target {
                    Target::Phone(number) => {
                        records.read(&manner_key(records.keyring(), bank, *number))?
                    }
                    Target::User(_) => None,
                };
                let manner = manner.unwrap_or(Manner { ends: Some(true), after: Duration::ZERO });
                let decided = Decided { ends: manner.ends, known: now.wall + manner.after };
                records.write(key, &decided);
                decided
            }
        };
        self.answers.extend(decided.said(now).map(|sold| (reference, sold)));
        Ok(())
    }

    fn inquire(
        &mut self,
        bank: BankId,
        reference: Reference,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError> {
        let said = match records.read::<Decided>(&sale_key(bank, reference))? {
            Some(decided) => decided.said(now),
            None => Some(Sold::Unheard),
        };
        self.answers.extend(said.map(|sold| (reference, sold)));
        Ok(())
    }

    fn forget_sale(&mut self, bank: BankId, reference: Reference, records: &mut dyn Records) {
        records.delete(sale_key(bank, reference));
    }

    fn poll_answer(&mut self) -> Option<(Reference, Sold)> {
        self.answers.pop_front()
    }
}

/// Tells the sample seller how to deal with a number.
pub fn put_manner(records: &mut dyn Records, bank: BankId, number: Msisdn, manner: Manner) {
    let key = manner_key(records.keyring(), bank, number);
    records.write(key, &manner);
}

fn manner_key(keyring: &Keyring, bank: BankId, number: Msisdn) -> Key {
    let hash = keyring.hash(HASH_TARGET, &number.word().to_be_bytes());
    SAMPLES.key(bank.0).u8(1).u128(hash)
}

fn sale_key(bank: BankId, reference: Reference) -> Key {
    SAMPLES.key(bank.0).u8(2).u64(reference.0)
}
