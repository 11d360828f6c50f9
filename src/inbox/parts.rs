//! Parts of long texts: each is on disk before it is acknowledged, and they are joined in any
//! order.
//!
//! A part is kept sealed under its bank's key of the day, since whose text it is isn't looked up
//! before it is whole. When the last one comes the parts' entries are deleted in the batch that
//! records the whole message; what isn't whole in time is read as far as it came (lesson 15).
//! What is never stored, an access code, waits in memory beside the part: after a start the text is
//! read without it.

use serde::{Deserialize, Serialize};

use crate::bank::BankId;
use crate::base::now::{Mono, Wall};
use crate::base::seal::KeyId;
use crate::message::day_of;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};
use crate::text::join::{GivenUp, Joined, Joiner, Options};
use crate::text::udh::Segment;

const PARTS: Table = Table::journal(65, "parts of long texts");

/// A part, with all that makes a message of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Over which operator it came, as records have it.
    pub operator: u16,
    /// Whose.
    pub bank: BankId,
    /// The sender.
    pub phone: u64,
    /// The code.
    pub code: u64,
    /// A keyed hash of operator, sender and code: whose parts belong together.
    pub group: u128,
    /// Its octets, hashed.
    pub fingerprint: u128,
    /// The text of this part as far as texts are kept, card numbers and all: they may be cut in the
    /// middle.
    pub text: String,
    /// As it was typed, where `text` lacks what is never stored; in memory alone.
    #[serde(skip)]
    pub typed: Option<String>,
    /// When it came in.
    pub received: Wall,
    /// It came before, and a message was made of it: alone it means nothing.
    pub again: bool,
    /// Its place in the long text.
    pub segment: Segment,
}

impl Part {
    fn key(&self) -> Key {
        PARTS.key(self.bank.0).u128(self.fingerprint)
    }

    /// The part as far as it is known.
    pub fn known(&self) -> &str {
        self.typed.as_deref().unwrap_or(&self.text)
    }

    /// Whether another part is this one, sent again: by its octets, or by what is kept of it.
    fn is(&self, other: &Part) -> bool {
        self.fingerprint == other.fingerprint || self.text == other.text
    }

    /// Whose parts it waits with. What came before waits for its like alone: it is no part of the
    /// next text under its reference, nor of the rest of a text that was given up meanwhile.
    fn heap(&self) -> u128 {
        if self.again { !self.group } else { self.group }
    }
}

/// The parts that wait for others.
pub struct Parts {
    joiner: Joiner<Part>,
}

impl Parts {
    /// None yet.
    pub fn new(options: Options) -> Parts {
        Parts { joiner: Joiner::new(options) }
    }

    /// Reads the parts of `bank` that waited when the process ended.
    pub fn recover(
        &mut self,
        records: &dyn Records,
        entries: Vec<(Vec<u8>, Vec<u8>)>,
        bank: BankId,
        now: Mono,
    ) -> Result<(), StoreError> {
        let prefix = PARTS.key(bank.0);
        for (key, _) in entries {
            let Some(fingerprint) =
                key.get(prefix.as_bytes().len()..).and_then(|b| b.try_into().ok())
            else {
                continue;
            };
            let key = PARTS.key(bank.0).u128(u128::from_be_bytes(fingerprint));
            if let Some(part) = records.read_sealed::<Part>(&key)? {
                let (group, segment, octets) = (part.heap(), part.segment, part.text.len());
                self.joiner.add(group, segment, part, octets, now, Part::is);
            }
        }
        Ok(())
    }

    /// The prefix of a bank's parts, for reading them at start.
    pub fn prefix(bank: BankId) -> Key {
        PARTS.key(bank.0)
    }

    /// Takes a part; all parts, in order, once it was the last one missing.
    pub fn add(&mut self, records: &mut dyn Records, part: Part, now: Mono) -> Option<Vec<Part>> {
        let octets = part.text.len() + part.typed.as_ref().map_or(0, String::len);
        let segment = part.segment;
        let (key, sealing) = (part.key(), KeyId::strangers(part.bank.0, day_of(part.received)));
        match self.joiner.add(part.heap(), segment, part.clone(), octets, now, Part::is) {
            Joined::Waiting => {
                records.write_sealed(sealing, key, &part);
                None
            }
            Joined::Repeat(_) => None,
            Joined::Whole(parts) => {
                Parts::delete(records, &parts);
                Some(parts)
            }
            // No sensible place in a long text: read on its own.
            Joined::Bad(part) => Some(vec![part]),
        }
    }

    /// What didn't become whole in time, as far as it came.
    pub fn expire(&mut self, records: &mut dyn Records, now: Mono) -> Vec<Vec<Part>> {
        let groups = self.joiner.expire(now);
        groups
            .into_iter()
            .map(|GivenUp { parts, .. }| {
                let parts: Vec<Part> = parts.into_iter().map(|(_, part)| part).collect();
                Parts::delete(records, &parts);
                parts
            })
            .collect()
    }

    /// When [`Parts::expire`] has something to do.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.joiner.poll_timeout()
    }

    fn delete(records: &mut dyn Records, parts: &[Part]) {
        for part in parts {
            records.delete(part.key());
        }
    }
}
