//! By which reference the bank knows a customer, and which number he has here.
//!
//! The reference is personal: only its keyed hash is kept. Numbers are given in order, and never
//! again.

use crate::bank::{BankId, CustomerId};
use crate::base::seal::Keyring;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const REFERENCES: Table = Table::registry(44, "customers by reference");
const NUMBERS: Table = Table::registry(45, "numbers of customers");

const HASH_REFERENCE: u8 = 33;

/// The customer whom the bank knows by `reference`.
pub(super) fn find(
    records: &dyn Records,
    bank: BankId,
    reference: &str,
) -> Result<Option<CustomerId>, StoreError> {
    records.read(&key(records.keyring(), bank, reference))
}

/// A new customer, known by `reference` from now on. They are numbered from 1.
pub(super) fn enter(
    records: &mut dyn Records,
    bank: BankId,
    reference: &str,
) -> Result<CustomerId, StoreError> {
    let last: u64 = records.read(&NUMBERS.key(bank.0))?.unwrap_or_default();
    let id = CustomerId(last + 1);
    records.write(NUMBERS.key(bank.0), &id.0);
    records.write(key(records.keyring(), bank, reference), &id);
    Ok(id)
}

/// Nobody is known by `reference` any more.
pub(super) fn strike(records: &mut dyn Records, bank: BankId, reference: &str) {
    let key = key(records.keyring(), bank, reference);
    records.delete(key);
}

fn key(keyring: &Keyring, bank: BankId, reference: &str) -> Key {
    REFERENCES.key(bank.0).u128(keyring.hash(HASH_REFERENCE, reference.as_bytes()))
}
