//! What went over an operator in a month: messages that came in, by code and kind, and parts that
//! left. A bank compares it with the operator's invoice (CA-31, CA-34).
//!
//! Counted in memory and written with the batch that each count follows from, once a turn, so that
//! a crash loses none and counts none twice.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::bank::BankId;
use crate::calendar::month::Month;
use crate::message::OperatorId;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const USAGE: Table = Table::journal(71, "usage of operators");

/// Records kept in memory; beyond it all are read anew when they are counted on.
const KEPT_MAX: usize = 256;

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

/// Counts of this turn, and those before it.
#[derive(Debug, Default)]
pub struct Usages {
    known: FxHashMap<Place, Usage>,
    changed: Vec<Place>,
}

impl Usages {
    /// A message came in.
    pub fn came(
        &mut self,
        records: &dyn Records,
        place: Place,
        code: u64,
        kind: &str,
    ) -> Result<(), StoreError> {
        let inbound = &mut self.of(records, place)?.inbound;
        match inbound.iter_mut().find(|known| known.code == code && known.kind == kind) {
            Some(known) => known.messages += 1,
            None => inbound.push(Inbound { code, kind: kind.to_owned(), messages: 1 }),
        }
        Ok(())
    }

    /// A part was accepted, or nobody knows.
    pub fn left(
        &mut self,
        records: &dyn Records,
        place: Place,
        is_known: bool,
    ) -> Result<(), StoreError> {
        let usage = self.of(records, place)?;
        usage.parts += u64::from(is_known);
        usage.unknown += u64::from(!is_known);
        Ok(())
    }

    /// Writes what was counted in this turn.
    pub fn save(&mut self, records: &mut dyn Records) {
        for place in self.changed.drain(..) {
            if let Some(usage) = self.known.get(&place) {
                records.write(key(place), usage);
            }
        }
        if self.known.len() > KEPT_MAX {
            self.known.clear();
        }
    }

    /// What is on disk of a place.
    pub fn read(records: &dyn Records, place: Place) -> Result<Usage, StoreError> {
        Ok(records.read(&key(place))?.unwrap_or_default())
    }

    fn of(&mut self, records: &dyn Records, place: Place) -> Result<&mut Usage, StoreError> {
        if !self.changed.contains(&place) {
            self.changed.push(place);
        }
        match self.known.entry(place) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(Usages::read(records, place)?)),
        }
    }
}

fn key(place: Place) -> Key {
    USAGE.key(place.bank.0).u16(place.month.word()).u16(place.operator.0)
}
