//! What ends: a contract that another one replaces, a phone that speaks for somebody no more, a
//! customer who leaves.
//!
//! Nothing leads to a customer who has left, but what he cost is yet to be billed: until then his
//! accounts and cards stay known, as closed ones, sealed under his key. Then he is forgotten, his
//! key is dropped, and whatever the disk still holds of him can't be read (design, idea 7).

use std::ops::ControlFlow;

use super::{Customer, Phone};
use crate::bank::{BankId, CustomerId};
use crate::base::now::Wall;
use crate::base::seal::KeyId;
use crate::store::draft::{Records, decode, scan_each};
use crate::store::{Key, Read, StoreError, Table, u64_at};

const LEAVERS: Table = Table::journal(75, "customers who have left");

impl Customer {
    /// Writes a customer in place of what was known of him, see [`Customer::save`].
    pub fn replace(
        &self,
        old: Option<&Customer>,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        if let Some(old) = old {
            old.disown(records, bank, id)?;
        }
        self.save(records, bank, id)
    }

    /// Nothing leads to a customer any more; what his last bill names is kept.
    pub fn depart(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        self.disown(records, bank, id)?;
        let (accounts, cards) = (self.accounts.clone(), self.cards.clone());
        let mut kept = Customer { accounts, cards, ..Customer::new(self.holder) };
        kept.accounts.iter_mut().for_each(|account| account.closed = true);
        kept.cards.iter_mut().for_each(|card| card.closed = true);
        records.write_sealed(KeyId::customer(bank.0, id.0), Customer::key(bank, id), &kept);
        Ok(())
    }

    /// Forgets a customer who has left, with the key of all that is sealed under his.
    pub fn forget(records: &mut dyn Records, bank: BankId, id: CustomerId) {
        records.delete(Customer::key(bank, id));
        records.delete(leaver_key(bank, id));
        records.forget_key(KeyId::customer(bank.0, id.0));
    }
}

/// Notes when a customer left.
pub fn note_leaver(records: &mut dyn Records, bank: BankId, id: CustomerId, left: Wall) {
    records.write(leaver_key(bank, id), &left);
}

/// The customers of a bank who have left and aren't forgotten, and when they did: the first `most`
/// of those that `picks` picks.
pub fn leavers(
    store: &impl Read,
    bank: BankId,
    most: usize,
    picks: impl Fn(CustomerId, Wall) -> bool,
) -> Result<Vec<CustomerId>, StoreError> {
    let mut found = Vec::new();
    scan_each(store, &LEAVERS.key(bank.0), None, decode::<Wall>, |key, left| {
        found.extend(u64_at(key, 3).map(CustomerId).filter(|id| picks(*id, left)));
        if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(found)
}

fn leaver_key(bank: BankId, id: CustomerId) -> Key {
    LEAVERS.key(bank.0).u64(id.0)
}

impl Phone {
    /// The phone speaks for this customer no more. Where nobody is left it has changed hands:
    /// what was queued for it is withdrawn, and whoever gets the number begins anew.
    pub fn leave(&mut self, customer: CustomerId) {
        self.customers.retain(|known| *known != customer);
        if self.customers.is_empty() {
            self.generation = self.generation.wrapping_add(1);
            (self.operator, self.link) = (None, None);
            self.suspended = false;
        }
    }
}
