//! Wrong access codes in a row, by phone and customer; in the registry, so that a restart forgives
//! nothing.

use serde::{Deserialize, Serialize};

use super::PhoneId;
use crate::bank::{BankId, CustomerId};
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const CODE_TRIES: Table = Table::registry(24, "tries of access codes");

/// Whose are the wrong codes of a phone that speaks for nobody: they count against the phone, never
/// against the owner of the code, whom anybody could lock out otherwise. Customers begin at 1.
pub const NOBODY: CustomerId = CustomerId(0);

/// The wrong access codes of one phone for one customer, in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CodeTries {
    /// How many.
    pub wrong: u8,
    /// There were too many: until a branch unlocks, the right code is refused too.
    pub locked: bool,
}

impl CodeTries {
    /// Reads them; none where the last code was right.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) -> Result<CodeTries, StoreError> {
        Ok(records.read(&CodeTries::key(bank, customer, phone))?.unwrap_or_default())
    }

    /// Notes them.
    pub fn save(
        self,
        records: &mut dyn Records,
        bank: BankId,
        customer: CustomerId,
        phone: PhoneId,
    ) {
        let key = CodeTries::key(bank, customer, phone);
        if self == CodeTries::default() {
            records.delete(key);
        } else {
            records.write(key, &self);
        }
    }

    fn key(bank: BankId, customer: CustomerId, phone: PhoneId) -> Key {
        CODE_TRIES.key(bank.0).u64(customer.0).u128(phone.0)
    }
}
