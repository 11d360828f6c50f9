//! What went over an operator in a month: messages that came in, by code and kind, and parts that
//! left. A bank compares it with the operator's invoice (CA-31, CA-34).
//!
//! Counted in memory and added to what is on disk once a turn, in the batch that each count follows
//! from, so that a crash loses none and counts none twice.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::bank::BankId;
use crate::calendar::month::Month;
use crate::message::OperatorId;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const USAGE: Table = Table::journal(71, "usage of operators");

/// Of which bank, over which operator, in which month of the bank's own time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The bank.
    pub bank: BankId,
    /// The operator.
    pub operator: OperatorId,
    /// The month.
    pub month: Month,
}

/// Messages of one kind that came in at one code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Inbound {
    /// The code, as [`crate::base::msisdn::ShortCode::word`].
    pub code: u64,
    /// What was ordered, as records call it.
    pub kind: String,
    /// How often.
    pub messages: u64,
}

/// What went over.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// What came in.
    pub inbound: Vec<Inbound>,
    /// Parts that the SMSC accepted, repeated ones too.
    pub parts: u64,
    /// Parts of which nobody knows whether it did.
    pub unknown: u64,
}

impl Usage {
    fn came(&mut self, code: u64, kind: &str, messages: u64) {
        match self.inbound.iter_mut().find(|known| known.code == code && known.kind == kind) {
            Some(known) => known.messages += messages,
            None => self.inbound.push(Inbound { code, kind: kind.to_owned(), messages }),
        }
    }

    fn add(&mut self, more: &Usage) {
        for Inbound { code, kind, messages } in &more.inbound {
            self.came(*code, kind, *messages);
        }
        self.parts += more.parts;
        self.unknown += more.unknown;
    }

    /// What is on disk of a place.
    pub fn read(records: &dyn Records, place: Place) -> Result<Usage, StoreError> {
        Ok(records.read(&key(place))?.unwrap_or_default())
    }
}

/// Counts of this turn.
#[derive(Debug, Default)]
pub struct Usages {
    counted: FxHashMap<(BankId, OperatorId), Usage>,
}

impl Usages {
    /// A message came in.
    pub fn came(&mut self, bank: BankId, operator: OperatorId, code: u64, kind: &str) {
        self.counted.entry((bank, operator)).or_default().came(code, kind, 1);
    }

    /// A part was accepted, or nobody knows.
    pub fn left(&mut self, bank: BankId, operator: OperatorId, is_known: bool) {
        let usage = self.counted.entry((bank, operator)).or_default();
        usage.parts += u64::from(is_known);
        usage.unknown += u64::from(!is_known);
    }

    /// Writes what was counted in this turn, in the month that it is for each bank; a bank that was
    /// taken out of the configuration has no time of its own, and nothing counts for it.
    pub fn save(
        &mut self,
        records: &mut dyn Records,
        month: impl Fn(BankId) -> Option<Month>,
    ) -> Result<(), StoreError> {
        for ((bank, operator), counted) in self.counted.drain() {
            let Some(month) = month(bank) else { continue };
            let place = Place { bank, operator, month };
            let mut usage = Usage::read(records, place)?;
            usage.add(&counted);
            records.write(key(place), &usage);
        }
        Ok(())
    }
}

fn key(place: Place) -> Key {
    USAGE.key(place.bank.0).u16(place.month.word()).u16(place.operator.0)
}
