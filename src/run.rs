//! Runs: one thing that many are told (design, idea 5).
//!
//! A run is what is told, how far each operator's pass has come, and until when it makes sense. Its
//! messages are made a few at a time, a pass for each operator, so that one that is down holds up
//! no other; what was made is known by (run, recipient), so that nobody is told twice, however
//! often a page is looked at. Once it is over, its recipients are forgotten, and then itself.

use std::ops::ControlFlow;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::bank::BankId;
use crate::base::now::Wall;
use crate::calendar::month::Month;
use crate::message::OperatorId;
use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Read, StoreError, Table, u64_at, u128_at};

const RUNS: Table = Table::journal(72, "runs");
const RECIPIENTS: Table = Table::journal(73, "recipients of runs");

/// Recipients forgotten at a time.
const FORGOTTEN_MAX: usize = 1_024;

/// A run of one bank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RunId {
    /// Whose customers are told.
    pub bank: BankId,
    /// Its number; never used again.
    pub number: u64,
}

/// What is told, and how far that has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The service that tells it, by its number in records.
    pub service: u16,
    /// What is told.
    pub kind: Kind,
    /// When it is no longer worth telling.
    pub worthless: Wall,
    /// The operators whose customers haven't all been looked at.
    pub passes: Vec<Pass>,
    /// How many messages were made.
    pub told: u64,
    /// A clerk has paused it: no more are made until he resumes it.
    pub paused: bool,
}

/// What is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// An offer, to all who want them: which text, and its wording for all of them.
    Offer {
        /// The text's name in its service.
        text: String,
        /// As it is sent.
        wording: String,
    },
    /// What a month was charged, to those who were.
    Fees(Month),
    /// Balances, to those who want them at this local time.
    Reports {
        /// The local date.
        day: Date,
        /// The local time.
        at: Time,
    },
}

impl Kind {
    /// What records and logs call it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Offer { .. } => "offer.published",
            Kind::Fees(_) => "fees",
            Kind::Reports { .. } => "report",
        }
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How far one operator's customers have been looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pass {
    /// Which operator.
    pub operator: OperatorId,
    /// The last customer that was looked at.
    pub after: u64,
}

impl RunId {
    /// All runs of a bank.
    pub fn all(store: &impl Read, bank: BankId) -> Result<Vec<(RunId, Run)>, StoreError> {
        let prefix = RUNS.key(bank.0);
        let mut runs = Vec::new();
        scan_each(store, &prefix, None, decode, |key, run| {
            runs.extend(u64_at(key, 3).map(|number| (RunId { bank, number }, run)));
            ControlFlow::Continue(())
        })?;
        Ok(runs)
    }

    /// Writes how far it has come.
    pub fn save(self, records: &mut dyn Records, run: &Run) {
        records.write(self.key(), run);
    }

    /// Notes a recipient, by a keyed hash; false where he is told already.
    pub fn tells(self, records: &mut dyn Records, recipient: u128) -> Result<bool, StoreError> {
        let key = self.recipients().u128(recipient);
        let is_new = records.get(&key)?.is_none();
        if is_new {
            records.write(key, &());
        }
        Ok(is_new)
    }

    /// Whether a recipient, by the same hash, was told.
    pub fn has_told(self, records: &dyn Records, recipient: u128) -> Result<bool, StoreError> {
        Ok(records.get(&self.recipients().u128(recipient))?.is_some())
    }

    /// What to delete of a run that is over: a page of its recipients and, with the last of them,
    /// the run; whether that is all of it.
    pub fn left(self, store: &impl Read) -> Result<(Vec<Key>, bool), StoreError> {
        let prefix = self.recipients();
        let mut keys = Vec::new();
        store.scan(&prefix, None, &mut |key, _| {
            keys.extend(u128_at(key, 11).map(|recipient| self.recipients().u128(recipient)));
            if keys.len() < FORGOTTEN_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        let is_last = keys.len() < FORGOTTEN_MAX;
        if is_last {
            keys.push(self.key());
        }
        Ok((keys, is_last))
    }

    fn key(self) -> Key {
        RUNS.key(self.bank.0).u64(self.number)
    }

    fn recipients(self) -> Key {
        RECIPIENTS.key(self.bank.0).u64(self.number)
    }
}
