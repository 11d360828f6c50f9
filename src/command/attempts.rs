//! Whoever guesses: wrong data counted by phone and by card, and the lock that follows (CA-35).
//!
//! A citizen's number can be guessed, so both counts are kept: that of the phone against one who
//! tries many cards, that of the card against one who has many phones. They are in the registry: a
//! restart forgives nothing. What was right meanwhile doesn't forgive either, or a holder could
//! guess at another card behind each use of his own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Desk;
use crate::bank::BankId;
use crate::base::last4::Last4;
use crate::base::now::Wall;
use crate::base::seal::Keyring;
use crate::customer::PhoneId;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const WRONG_DATA: Table = Table::registry(42, "wrong data");

const HASH_CARD_NAMED: u8 = 21;

/// What is kept of a phone or a card.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Tries {
    /// When the data were wrong.
    wrong: Vec<Wall>,
    /// When it was locked.
    locked: Option<Wall>,
    /// When the phone was told that it, or the card that it named, is locked.
    told: Option<Wall>,
}

/// Whether data are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    /// They are.
    Open,
    /// They aren't, and the phone is to be told.
    Locked,
    /// They aren't, and the phone knows.
    Silent,
}

/// The counts of one text: its phone's and those of the card that it names.
pub(super) struct Attempts {
    phone: (Key, Tries),
    card: (Key, Tries),
    span: Duration,
}

/// Forgets the wrong data of phones and of cards (a card: the word of its kind, how it ends);
/// whether there were any.
pub fn forgive(
    records: &mut dyn Records,
    bank: BankId,
    phones: &[PhoneId],
    cards: &[(String, Last4)],
) -> Result<bool, StoreError> {
    let mut keys: Vec<Key> = phones.iter().map(|phone| phone_key(bank, *phone)).collect();
    keys.extend(cards.iter().map(|(word, last4)| card_key(records.keyring(), bank, word, *last4)));
    let mut any = false;
    for key in keys {
        if records.read::<Tries>(&key)?.is_some() {
            records.delete(key);
            any = true;
        }
    }
    Ok(any)
}

fn phone_key(bank: BankId, phone: PhoneId) -> Key {
    WRONG_DATA.key(bank.0).u8(0).u128(phone.0)
}

fn card_key(keyring: &Keyring, bank: BankId, word: &str, last4: Last4) -> Key {
    let named = [word.as_bytes(), last4.as_str().as_bytes()].concat();
    WRONG_DATA.key(bank.0).u8(1).u128(keyring.hash(HASH_CARD_NAMED, &named))
}

impl Attempts {
    /// Reads what counts at this time.
    pub(super) fn load(desk: &Desk<'_>, word: &str, last4: Last4) -> Result<Attempts, StoreError> {
        let span = Duration::from_secs(u64::from(desk.service.wrong_data_hours) * 3_600);
        let card = card_key(desk.records.keyring(), desk.bank, word, last4);
        let load = |key: Key| -> Result<(Key, Tries), StoreError> {
            let mut tries: Tries = desk.records.read(&key)?.unwrap_or_default();
            tries.wrong.retain(|at| desk.now.since(*at) < span);
            tries.locked = tries.locked.filter(|at| desk.now.since(*at) < span);
            Ok((key, tries))
        };
        let phone = load(phone_key(desk.bank, desk.caller.id))?;
        Ok(Attempts { phone, card: load(card)?, span })
    }

    /// Whether the phone or the card is locked. That is told a phone once for each lock.
    pub(super) fn gate(&mut self, desk: &mut Desk<'_>) -> Gate {
        let Some(locked) = self.phone.1.locked.max(self.card.1.locked) else { return Gate::Open };
        let tries = &mut self.phone.1;
        if tries.told.is_some_and(|told| told >= locked) {
            return Gate::Silent;
        }
        tries.told = Some(desk.now);
        desk.records.write(self.phone.0.clone(), tries);
        Gate::Locked
    }

    /// The data were wrong.
    pub(super) fn count(&mut self, desk: &mut Desk<'_>) {
        let most = usize::from(desk.service.wrong_data_max);
        for (what, (key, tries)) in [("phone", &mut self.phone), ("card", &mut self.card)] {
            tries.wrong.push(desk.now);
            if tries.wrong.len() >= most {
                tries.wrong.clear();
                tries.locked = Some(desk.now);
                let (service, hours) = (desk.service.name.as_str(), self.span.as_secs() / 3_600);
                tracing::warn!(service, hours, "too much wrong data: a {what} is locked");
            }
            desk.records.write(key.clone(), tries);
        }
    }
}
