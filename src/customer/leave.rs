//! What ends: a contract that another one replaces, a phone that speaks for somebody no more, a
//! customer who leaves.

use super::{Customer, Phone};
use crate::bank::{BankId, CustomerId};
use crate::store::StoreError;
use crate::store::draft::Records;

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

    /// Takes a customer out: nothing leads to him any more.
    pub fn remove(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        self.disown(records, bank, id)?;
        records.delete(Customer::key(bank, id));
        Ok(())
    }
}

impl Phone {
    /// The phone speaks for this customer no more. Where nobody is left it has changed hands:
    /// what was queued for it is withdrawn, and whoever gets the number begins anew.
    pub fn leave(&mut self, customer: CustomerId) {
        self.customers.retain(|known| *known != customer);
        if self.customers.is_empty() {
            self.generation = self.generation.wrapping_add(1);
            self.operator = None;
            self.suspended = false;
        }
    }
}
