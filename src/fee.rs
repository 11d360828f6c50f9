//! What messages cost their customers, and what a month of them was charged.
//!
//! A [`Fee`] is written in the very batch that says that the SMSC has all parts of a message; its
//! key names the message, so that one message is one fee. The fees of a month become [`Charge`]s,
//! one for each card or account: written once, in the month-end round, and never changed. Keys hold
//! internal ids alone; a charge names an account and is sealed under its customer's key.

mod reversal;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::bank::{AccountNumber, BankId, CustomerId};
use crate::base::money::{Currency, Minor};
use crate::base::seal::KeyId;
use crate::calendar::month::Month;
use crate::message::MessageId;
use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Read, StoreError, Table, u64_at};

use reversal::REVERSALS;
pub use reversal::{Claim, Reversing};

const FEES: Table = Table::journal(69, "fees");
const CHARGES: Table = Table::journal(70, "charges");

/// The fees of one service and month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ledger {
    /// The service's bank.
    pub bank: BankId,
    /// The service's number.
    pub service: u16,
    /// Which month.
    pub month: Month,
}

/// What one message costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fee {
    /// The card or account that it is charged for, by its place in the customer's list.
    pub item: u16,
    /// How much; nothing where the month has a price and a message none.
    pub amount: Minor,
}

/// What is charged for a card or an account for a month.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Charge {
    /// The card or account, by its place in the customer's list.
    pub item: u16,
    /// The card as its holder knows it; none where accounts have lines.
    pub card: Option<String>,
    /// The account that is charged; none where we know none.
    pub account: Option<AccountNumber>,
    /// For how many messages.
    pub messages: u32,
    /// How much.
    pub amount: Minor,
    /// In which currency.
    pub currency: Currency,
}

/// A charge and whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The customer.
    pub customer: CustomerId,
    /// What is charged.
    pub charge: Charge,
    /// How much of it was reversed, if it was.
    pub reversed: Option<Minor>,
}

/// Where a page of a bill ends: the customer and the item of its last line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Mark {
    /// The customer.
    pub customer: u64,
    /// The item.
    pub item: u16,
}

impl Ledger {
    /// Notes a message's fee.
    pub fn note(
        self,
        records: &mut dyn Records,
        customer: CustomerId,
        message: MessageId,
        fee: &Fee,
    ) {
        records.write(self.fees_of(customer).u64(message.0), fee);
    }

    /// The customer's fees, by item: how many messages, and how much. Those of the batch in the
    /// making aren't among them.
    pub fn sums(
        self,
        store: &impl Read,
        customer: CustomerId,
    ) -> Result<Vec<(u16, u32, Minor)>, StoreError> {
        let prefix = self.fees_of(customer);
        let mut sums = Vec::<(u16, u32, Minor)>::new();
        scan_each(store, &prefix, None, decode::<Fee>, |_, fee| {
            match sums.iter_mut().find(|(item, ..)| *item == fee.item) {
                Some((_, messages, amount)) => {
                    *messages = messages.saturating_add(1);
                    *amount = amount.plus(fee.amount);
                }
                None => sums.push((fee.item, 1, fee.amount)),
            }
            ControlFlow::Continue(())
        })?;
        Ok(sums)
    }

    /// Writes a charge; one that stands already stays as it is.
    pub fn charge(
        self,
        records: &mut dyn Records,
        customer: CustomerId,
        charge: &Charge,
    ) -> Result<(), StoreError> {
        let key = self.charges_of(customer).u16(charge.item);
        if records.get(&key)?.is_none() {
            records.write_sealed(KeyId::customer(self.bank.0, customer.0), key, charge);
        }
        Ok(())
    }

    /// The charges behind `after`, at most `most` of them, and where they end; `None` where no more
    /// follow. Those of customers who were forgotten can't be read any more.
    pub fn charges(
        self,
        store: &impl Read,
        records: &dyn Records,
        after: Mark,
        most: usize,
    ) -> Result<(Vec<Line>, Option<Mark>), StoreError> {
        let prefix = CHARGES.key(self.bank.0).u16(self.service).u16(self.month.word());
        let from = self.charges_of(CustomerId(after.customer)).u16(after.item);
        let mut marks = Vec::with_capacity(most);
        store.scan(&prefix, Some(&from), &mut |key, _| {
            if let Some(mark) = mark_of(key).filter(|mark| *mark > after) {
                marks.push(mark);
            }
            if marks.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let mut lines = Vec::with_capacity(marks.len());
        for mark in &marks {
            let customer = CustomerId(mark.customer);
            let key = self.charges_of(customer).u16(mark.item);
            if let Some(charge) = records.read_sealed(&key)? {
                let reversed = self.reversal(records, *mark)?;
                lines.push(Line { customer, charge, reversed });
            }
        }
        Ok((lines, marks.last().copied().filter(|_| marks.len() == most)))
    }

    /// The charges of a customer.
    pub fn charges_to(
        self,
        store: &impl Read,
        records: &dyn Records,
        customer: CustomerId,
    ) -> Result<Vec<Charge>, StoreError> {
        let mut items = Vec::new();
        store.scan(&self.charges_of(customer), None, &mut |key, _| {
            items.extend(mark_of(key).map(|mark| mark.item));
            ControlFlow::Continue(())
        })?;
        let charge = |item| records.read_sealed(&self.charges_of(customer).u16(item));
        items.into_iter().filter_map(|item| charge(item).transpose()).collect()
    }

    /// Entries of a service and bank of months before this one, at most `most` of them: its fees,
    /// charges and reversals.
    pub fn entries_before(self, store: &impl Read, most: usize) -> Result<Vec<Key>, StoreError> {
        let mut found = Vec::new();
        for table in [FEES, CHARGES, REVERSALS] {
            let prefix = table.key(self.bank.0).u16(self.service);
            store.scan(&prefix, None, &mut |key, _| {
                let Some((month, entry)) = entry_of(&prefix, key) else {
                    return ControlFlow::Continue(());
                };
                if month >= self.month.word() || found.len() >= most {
                    return ControlFlow::Break(());
                }
                found.push(entry);
                ControlFlow::Continue(())
            })?;
        }
        Ok(found)
    }

    fn fees_of(self, customer: CustomerId) -> Key {
        FEES.key(self.bank.0).u16(self.service).u16(self.month.word()).u64(customer.0)
    }

    fn charges_of(self, customer: CustomerId) -> Key {
        CHARGES.key(self.bank.0).u16(self.service).u16(self.month.word()).u64(customer.0)
    }
}

/// The month that an entry of a service's is of, and its key.
fn entry_of(prefix: &Key, key: &[u8]) -> Option<(u16, Key)> {
    let month = u16::from_be_bytes(key.get(5..7)?.try_into().ok()?);
    let of_customer = prefix.clone().u16(month).u64(u64_at(key, 7)?);
    // Behind the customer stands a message, or an item.
    Some((
        month,
        match key.len() {
            23 => of_customer.u64(u64_at(key, 15)?),
            _ => of_customer.u16(u16::from_be_bytes(key.get(15..17)?.try_into().ok()?)),
        },
    ))
}

/// Whose charge a key is of, and of which item.
fn mark_of(key: &[u8]) -> Option<Mark> {
    let customer = u64_at(key, 7)?;
    let item = u16::from_be_bytes(key.get(15..17)?.try_into().ok()?);
    Some(Mark { customer, item })
}
