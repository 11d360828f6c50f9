//! What ends: a contract that another one replaces, a phone that speaks for somebody no more, a
//! customer who leaves.
//!
//! The indices that lead to a customer ([`super::owners_of_account`] and its like) are kept in step
//! with his contract: what isn't in it any more leads nowhere, or a closed account's news would
//! still reach him.

use super::{
    Customer, IDENTITIES, LOAN, Owner, Phone, additional_key, card_key, customers_known_by,
    owners_key,
};
use crate::bank::{BankId, CustomerId};
use crate::store::draft::Records;
use crate::store::{Key, StoreError};

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

    /// Nothing of this contract leads to him any more.
    fn disown(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        let accounts = self.open_accounts().map(|(item, account)| (item, &account.number));
        for (item, number) in accounts.chain(self.loans.iter().map(|loan| (LOAN, loan))) {
            let key = owners_key(records.keyring(), bank, number);
            disown(records, key, Owner { customer: id, item })?;
        }
        for (item, card) in self.open_cards() {
            let owner = Owner { customer: id, item };
            let key = card_key(records.keyring(), bank, &card.reference);
            disown(records, key, owner)?;
            if let Some(primary) = &card.primary {
                let key = additional_key(records.keyring(), bank, primary);
                disown(records, key, owner)?;
            }
        }
        if let Some(identity) = self.identity {
            let mut known = customers_known_by(records, bank, identity)?;
            known.retain(|known| *known != id);
            let key = IDENTITIES.key(bank.0).u128(identity);
            if known.is_empty() { records.delete(key) } else { records.write(key, &known) }
        }
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

fn disown(records: &mut dyn Records, key: Key, owner: Owner) -> Result<(), StoreError> {
    let mut owners: Vec<Owner> = records.read(&key)?.unwrap_or_default();
    let known = owners.len();
    owners.retain(|known| *known != owner);
    match owners.len() {
        0 => records.delete(key),
        left if left < known => records.write(key, &owners),
        _ => {}
    }
    Ok(())
}
