//! Parts that an SMSC has, by the ids that it gave them, until it says what became of them.
//!
//! An id is opaque (5.2.23), yet one SMSC gives it in hexadecimal in its submit_sm_resp and in
//! decimal in its receipts, as appendix B has it, another pads it with zeros or changes its case
//! (lesson 1). So a part is kept under one form of its id, and a receipt looks for it under all that
//! the same id may have been: as the operator's setting says first, then as others do it, where
//! the number that it tells of has to agree.
//!
//! A receipt may come before the submit_sm_resp, and on another bind (lesson 2): [`Early`] keeps it
//! for a while.

use std::collections::VecDeque;
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::bank::BankId;
use crate::base::limits::RECEIPTS_EARLY_MAX;
use crate::base::msisdn::Msisdn;
use crate::base::now::{Mono, Wall};
use crate::base::seal::Keyring;
use crate::message::{MessageId, OperatorId};
use crate::smpp::receipt::State;
use crate::store::{Key, Table, u128_at};

/// Parts of which news is awaited, by operator and a hash of the id's form.
pub const AWAITED: Table = Table::journal(80, "awaited receipts");

const HASH_ID: u8 = 50;
const HASH_PHONE: u8 = 51;

/// How long a receipt waits for the submit_sm_resp of its part.
const EARLY: Duration = Duration::from_secs(600);

/// In which base an operator writes the ids of its submit_sm_resp, and in which those of its
/// receipts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdBase {
    /// In one; case and zeros in front may differ.
    #[default]
    Same,
    /// Hexadecimal first, decimal in the receipt.
    HexThenDecimal,
    /// Decimal first, hexadecimal in the receipt.
    DecimalThenHex,
}

impl IdBase {
    const ALL: [IdBase; 3] = [IdBase::Same, IdBase::HexThenDecimal, IdBase::DecimalThenHex];

    /// In which of them a receipt's id is the one of a submit_sm_resp; `None`: it is another one.
    pub fn between(first: &[u8], receipt: &[u8]) -> Option<IdBase> {
        let first = plain(first);
        IdBase::ALL.into_iter().find(|base| base.first_of(receipt).as_ref() == Some(&first))
    }

    /// What a receipt has for what the submit_sm_resp had.
    const fn reversed(self) -> IdBase {
        match self {
            IdBase::Same => IdBase::Same,
            IdBase::HexThenDecimal => IdBase::DecimalThenHex,
            IdBase::DecimalThenHex => IdBase::HexThenDecimal,
        }
    }

    /// The form of the first id, of which a receipt has this one; `None` where it can't be.
    fn first_of(self, id: &[u8]) -> Option<String> {
        let plain = plain(id);
        match self {
            IdBase::Same => Some(plain),
            IdBase::HexThenDecimal if plain.bytes().all(|octet| octet.is_ascii_digit()) => {
                plain.parse().ok().map(|number: u128| format!("{number:x}"))
            }
            IdBase::HexThenDecimal => None,
            IdBase::DecimalThenHex => {
                u128::from_str_radix(&plain, 16).ok().map(|number| number.to_string())
            }
        }
    }
}

/// The one form under which an id is kept: small letters, no zeros in front.
fn plain(id: &[u8]) -> String {
    let zeros = id.iter().take_while(|octet| **octet == b'0').count();
    let significant = &id[zeros.min(id.len().saturating_sub(1))..];
    significant.iter().map(|octet| char::from(octet.to_ascii_lowercase())).collect()
}

/// A part of which news is awaited.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Awaited {
    /// Whose message.
    pub bank: BankId,
    /// Which.
    pub message: MessageId,
    /// Which part of it, from 0.
    pub part: u8,
    /// The [`sign`] of the number that it went to.
    pub phone: u32,
    /// The id, as the submit_sm_resp had it.
    #[serde(with = "serde_bytes")]
    pub id: Vec<u8>,
    /// When it is asked about, or no longer waited for.
    pub due: Wall,
    /// How often it was asked about.
    pub asked: u8,
}

/// A sign by which a number is known again, though not read.
pub fn sign(keyring: &Keyring, phone: Msisdn) -> u32 {
    keyring.hash(HASH_PHONE, &phone.word().to_be_bytes()) as u32
}

/// Where a part is kept that got this id in its submit_sm_resp.
pub fn place(keyring: &Keyring, operator: OperatorId, id: &[u8]) -> Key {
    place_of(keyring, operator, &plain(id))
}

/// Where parts may be kept that a receipt with this id is of, the likeliest first, and of each
/// whether the receipt would have the id otherwise than `base` says.
pub fn places(
    keyring: &Keyring,
    operator: OperatorId,
    base: IdBase,
    id: &[u8],
) -> impl Iterator<Item = (Key, bool)> {
    let others = IdBase::ALL.into_iter().filter(move |other| *other != base);
    std::iter::once(base).chain(others).filter_map(move |tried| {
        let form = tried.first_of(id)?;
        Some((place_of(keyring, operator, &form), tried != base))
    })
}

fn place_of(keyring: &Keyring, operator: OperatorId, form: &str) -> Key {
    AWAITED.key(0).u16(operator.0).u128(keyring.hash(HASH_ID, form.as_bytes()))
}

/// Whose part is kept at the place with this key, and the place.
pub fn read_place(key: &[u8]) -> Option<(OperatorId, Key)> {
    let operator = u16::from_be_bytes(*key.get(3..)?.first_chunk()?);
    Some((OperatorId(operator), AWAITED.key(0).u16(operator).u128(u128_at(key, 5)?)))
}

/// What a receipt, or the answer to a query_sm, says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    /// What became of the part.
    pub state: State,
    /// network_error_code: the network's type and its code (5.3.2.31).
    pub network_error: Option<(u8, u16)>,
}

/// Receipts whose submit_sm_resp hasn't come yet. In memory only: after a crash what was in flight
/// is sent again, and gets another id.
#[derive(Debug, Default)]
pub struct Early {
    said: FxHashMap<Key, (u32, Said)>,
    queue: VecDeque<(Mono, Key)>,
}

impl Early {
    /// Keeps what a receipt with this id said of a part that went to `phone`.
    pub fn keep(&mut self, place: Key, phone: u32, said: Said, now: Mono) {
        self.expire(now);
        if self.queue.len() >= RECEIPTS_EARLY_MAX
            && let Some((_, oldest)) = self.queue.pop_front()
        {
            self.said.remove(&oldest);
        }
        // Of several the last final one counts.
        let known = self.said.get(&place);
        if known.is_none_or(|(_, known)| said.state.is_final() || !known.state.is_final()) {
            self.said.insert(place.clone(), (phone, said));
            self.queue.push_back((now, place));
        }
    }

    /// What was said already of a part that now got `id`, and whether its receipt had the id
    /// otherwise than the operator's setting says.
    pub fn take(
        &mut self,
        keyring: &Keyring,
        operator: OperatorId,
        base: IdBase,
        id: &[u8],
        phone: u32,
    ) -> Option<(Said, bool)> {
        if self.said.is_empty() {
            return None;
        }
        for (place, is_odd) in places(keyring, operator, base.reversed(), id) {
            if let Some((of, said)) = self.said.get(&place).copied()
                && (!is_odd || of == phone)
            {
                self.said.remove(&place);
                return Some((said, is_odd));
            }
        }
        None
    }

    /// Lets go of what waited for too long.
    pub fn expire(&mut self, now: Mono) {
        while let Some((since, _)) = self.queue.front()
            && now.since(*since) >= EARLY
            && let Some((_, place)) = self.queue.pop_front()
        {
            self.said.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_whatever_base_case_and_length_a_receipt_has_it() {
        let ring = Keyring::new([7; 32]);
        let operator = OperatorId(1);
        let finds = |base, submitted: &str, receipted: &str| {
            let kept = place(&ring, operator, submitted.as_bytes());
            let mut places = places(&ring, operator, base, receipted.as_bytes());
            places.find(|(place, _)| *place == kept).map(|(_, is_odd)| is_odd)
        };
        let (as_said, odd) = (Some(false), Some(true));
        use IdBase::{DecimalThenHex, HexThenDecimal, Same};
        for (base, submitted, receipted, at) in [
            (Same, "4A9F", "4a9f", as_said),
            (Same, "0004A9F", "4A9F", as_said),
            (Same, "123", "0000000123", as_said),
            (Same, "0", "000", as_said),
            (Same, "a-b_C", "A-B_c", as_said),
            (HexThenDecimal, "4A9F", "19103", as_said),
            (HexThenDecimal, "4A9F", "0019103", as_said),
            (DecimalThenHex, "19103", "4A9F", as_said),
            // Otherwise than the setting says: found all the same.
            (Same, "4A9F", "19103", odd),
            (Same, "19103", "00004a9f", odd),
            (HexThenDecimal, "4A9F", "4A9F", odd),
            (HexThenDecimal, "19103", "4A9F", odd),
            (Same, "4A9F", "4A9E", None),
            (Same, "b", "", None),
            (Same, &"9".repeat(65), &"9".repeat(65), as_said),
            (HexThenDecimal, &"f".repeat(32), &u128::MAX.to_string(), as_said),
        ] {
            assert_eq!(finds(base, submitted, receipted), at, "{base:?} {submitted} {receipted}");
        }
    }

    #[test]
    fn what_came_early_waits_within_bounds() {
        let ring = Keyring::new([7; 32]);
        let (operator, mut early) = (OperatorId(1), Early::default());
        let said = |state| Said { state, network_error: None };
        let keep = |early: &mut Early, id: &str, state, seconds| {
            let now = Mono::ZERO + Duration::from_secs(seconds);
            early.keep(place(&ring, operator, id.as_bytes()), 5, said(state), now);
        };
        keep(&mut early, "19103", State::Delivered, 0);
        keep(&mut early, "19103", State::Enroute, 1);
        let take = |early: &mut Early, base, id: &str, phone| {
            early.take(&ring, operator, base, id.as_bytes(), phone)
        };
        assert_eq!(take(&mut early, IdBase::Same, "4A9F", 6), None, "another number");
        let taken = take(&mut early, IdBase::HexThenDecimal, "4A9F", 6);
        assert_eq!(taken, Some((said(State::Delivered), false)));
        assert_eq!(take(&mut early, IdBase::HexThenDecimal, "4A9F", 5), None, "it is taken once");
        keep(&mut early, "1", State::Delivered, 10);
        keep(&mut early, "2", State::Delivered, 10 + EARLY.as_secs());
        assert_eq!(take(&mut early, IdBase::Same, "1", 5), None, "it is gone");
        for id in 0..RECEIPTS_EARLY_MAX + 10 {
            keep(&mut early, &id.to_string(), State::Delivered, 1_000);
        }
        assert_eq!(early.queue.len(), RECEIPTS_EARLY_MAX);
        assert!(early.said.len() <= RECEIPTS_EARLY_MAX);
    }
}
