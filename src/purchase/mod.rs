//! The record of one order of money, from the text that ordered it to its end (promise 4).
//!
//! One record a request, under one [`Reference`] for ever: it is on disk before the order's
//! deliver_sm is answered, and every step rewrites it in the batch of that step:
//!
//! ```text
//! received ──held──▶ held ──▶ sent ───done───▶ sold ──booked──▶ done
//!     │ called off              │ ▲ │
//!     │                silence  ▼ │ │ refused
//!     └──────────▶ refused ◀── unknown ◀┘
//!                     └──released──▶ failed
//! ```
//!
//! Whatever is asked of bank and seller is asked under the reference and may be asked again, so
//! that a start goes on wherever the record stands. What is *unknown* is asked about until somebody
//! knows, or until two persons settle it; it is never ordered anew. The [`Head`] holds nothing
//! personal; the [`Body`] is sealed under the customer's key. [`recent`] knows what a customer
//! ordered lately; [`watch`] when each open order is looked at next.

pub mod recent;
pub mod watch;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::bank::{AccountNumber, BankId, CustomerId, Reference};
use crate::base::money::Minor;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Wall;
use crate::base::seal::KeyId;
use crate::sale::Sale;
use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Read, StoreError, Table, u64_at};

const PURCHASES: Table = Table::journal(50, "orders of money");

/// Where an order is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum State {
    /// The bank is asked to keep the amount aside.
    Received,
    /// It is aside; nobody was asked to sell anything yet.
    Held,
    /// The seller was asked, and may still answer in time.
    Sent,
    /// He didn't: he is asked what became of it.
    Unknown,
    /// It was sold; the bank is told to book it.
    Sold,
    /// It won't be sold; the bank is told to give the amount back.
    Refused,
    /// Sold and booked.
    Done,
    /// Not sold, and nothing was taken.
    Failed,
}

impl State {
    /// Whether nothing more happens of it.
    pub fn is_end(self) -> bool {
        matches!(self, State::Done | State::Failed)
    }

    /// As lists name it.
    pub fn name(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Held => "held",
            State::Sent => "sent",
            State::Unknown => "unknown",
            State::Sold => "sold",
            State::Refused => "refused",
            State::Done => "done",
            State::Failed => "failed",
        }
    }
}

/// What the customer was told of it so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told {
    /// Nothing: his message waits for its reply.
    Nothing,
    /// That it isn't decided: the outcome is owed to him.
    Waits,
    /// The outcome.
    Outcome,
}

/// Who closed an unknown order, and how (section 0: two persons).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Whether the sale was made.
    pub done: bool,
    /// One person.
    pub by: String,
    /// And another.
    pub and: String,
    /// When.
    pub at: Wall,
}

/// What is needed to go on. Nothing in it is personal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Which order: the number of the message that ordered it.
    pub reference: Reference,
    /// Whose service.
    pub bank: BankId,
    /// Whose order.
    pub customer: CustomerId,
    /// Of his phone, when he ordered.
    pub generation: u32,
    /// Where it is.
    pub state: State,
    /// What he knows of it.
    pub told: Told,
    /// How much it moves.
    pub amount: Minor,
    /// When it was ordered.
    pub received: Wall,
    /// When it ended.
    pub ended: Option<Wall>,
    /// Whether people settled it, and how; who they were is sealed.
    pub settled: Option<bool>,
}

/// What is personal: sealed on disk, never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The phone that ordered.
    pub phone: Msisdn,
    /// The bank's code that it texted.
    pub code: u64,
    /// The service.
    pub service: String,
    /// The account that pays.
    pub account: AccountNumber,
    /// What is bought.
    pub sale: Sale,
    /// It is a product with a fixed price.
    pub is_product: bool,
    /// What was left on the account once the amount was aside.
    pub balance: Option<Minor>,
    /// Who settled it.
    pub settlement: Option<Settlement>,
}

impl Body {
    /// The bank's code that was texted.
    pub fn code(&self) -> Option<ShortCode> {
        ShortCode::from_word(self.code)
    }
}

/// A record as it stands on disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    head: Head,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
}

/// An order of money.
#[derive(Clone)]
pub struct Purchase {
    /// What is needed to go on.
    pub head: Head,
    /// The rest; `None` where the customer was forgotten.
    pub body: Option<Body>,
}

impl Purchase {
    /// Reads an order.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        reference: Reference,
    ) -> Result<Option<Purchase>, StoreError> {
        let key = record_key(bank, reference);
        let Some(Stored { head, sealed }) = records.read(&key)? else { return Ok(None) };
        // Written again without what was his, once he had been forgotten.
        let body = if sealed.is_empty() { None } else { records.open(&key, &sealed)? };
        Ok(Some(Purchase { head, body }))
    }

    /// Writes an order. Of a forgotten customer only what isn't his is left.
    pub fn save(&self, records: &mut dyn Records) {
        let Head { bank, reference, customer, state, .. } = self.head;
        let key = record_key(bank, reference);
        let sealed = match &self.body {
            None => Vec::new(),
            Some(body) => match records.sealed(KeyId::customer(bank.0, customer.0), &key, body) {
                Ok(sealed) => sealed,
                Err(why) => return records.spoil(why),
            },
        };
        records.write(key, &Stored { head: self.head.clone(), sealed });
        if state.is_end() {
            records.delete(open_key(bank, reference));
        } else {
            records.write(open_key(bank, reference), &());
        }
    }

    /// The references of a bank's orders that haven't ended, in order.
    pub fn open_ones(store: &impl Read, bank: BankId) -> Result<Vec<Reference>, StoreError> {
        let prefix = PURCHASES.key(bank.0).u8(2);
        let mut found = Vec::new();
        store.scan(&prefix, None, &mut |key, _| {
            found.extend(u64_at(key, 4).map(Reference));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The first orders of a bank that ended before `before`, at most `most` of them: those that
    /// were given before the first one that is younger.
    pub fn ended_before(
        store: &impl Read,
        bank: BankId,
        before: Wall,
        most: usize,
    ) -> Result<Vec<Reference>, StoreError> {
        let prefix = PURCHASES.key(bank.0).u8(1);
        let mut found = Vec::new();
        scan_each(store, &prefix, None, decode::<Stored>, |_, Stored { head, .. }| {
            found.extend(head.ended.filter(|ended| *ended < before).map(|_| head.reference));
            if head.received < before && found.len() < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(found)
    }

    /// Takes the record of an order out that has ended.
    pub fn forget(records: &mut dyn Records, bank: BankId, reference: Reference) {
        records.delete(record_key(bank, reference));
    }

    /// All of a bank's orders, in order, without what is personal.
    pub fn heads(store: &impl Read, bank: BankId) -> Result<Vec<Head>, StoreError> {
        let prefix = PURCHASES.key(bank.0).u8(1);
        let mut found = Vec::new();
        scan_each(store, &prefix, None, decode::<Stored>, |_, stored| {
            found.push(stored.head);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

fn record_key(bank: BankId, reference: Reference) -> Key {
    PURCHASES.key(bank.0).u8(1).u64(reference.0)
}

fn open_key(bank: BankId, reference: Reference) -> Key {
    PURCHASES.key(bank.0).u8(2).u64(reference.0)
}
