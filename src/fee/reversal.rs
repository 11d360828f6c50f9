//! What is given back of a charge that was wrong (section 0: "reverse a wrong fee").
//!
//! A charge never changes: its reversal is a record of its own beside it, written once, by two
//! persons, of all of the charge or of a part. Who they were is sealed with it.

use serde::{Deserialize, Serialize};

use super::{Charge, Ledger, Mark};
use crate::bank::CustomerId;
use crate::base::money::Minor;
use crate::base::now::Wall;
use crate::base::seal::KeyId;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

pub(super) const REVERSALS: Table = Table::journal(76, "reversed charges");

/// Who says that a charge was wrong, and by how much.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// How much; `None`: all of it.
    pub amount: Option<Minor>,
    /// One person.
    pub by: String,
    /// And another.
    pub and: String,
    /// When.
    pub at: Wall,
}

/// A reversal as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reversal {
    amount: Minor,
    by: String,
    and: String,
    at: Wall,
}

/// What became of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reversing {
    /// It counts.
    Taken,
    /// It counted before; nothing follows a second time.
    Known,
    /// Another amount of the charge was reversed before.
    Otherwise,
    /// There is no such charge.
    Nothing,
    /// It is no part of what was charged.
    Amount,
    /// It takes two persons.
    OnePerson,
}

impl Ledger {
    /// Reverses a charge, once.
    pub fn reverse(
        self,
        records: &mut dyn Records,
        charge: Mark,
        claim: &Claim,
    ) -> Result<Reversing, StoreError> {
        let (by, and) = (claim.by.trim(), claim.and.trim());
        if by.is_empty() || and.is_empty() || by.to_lowercase() == and.to_lowercase() {
            return Ok(Reversing::OnePerson);
        }
        let customer = CustomerId(charge.customer);
        let charged = self.charges_of(customer).u16(charge.item);
        let Some(charged) = records.read_sealed::<Charge>(&charged)? else {
            return Ok(Reversing::Nothing);
        };
        let amount = claim.amount.unwrap_or(charged.amount);
        if let Some(known) = self.reversal(records, charge)? {
            let is_same = known == amount;
            return Ok(if is_same { Reversing::Known } else { Reversing::Otherwise });
        }
        if amount <= Minor::ZERO || amount > charged.amount {
            return Ok(Reversing::Amount);
        }
        let reversal = Reversal { amount, by: by.into(), and: and.into(), at: claim.at };
        let (seal, key) = (KeyId::customer(self.bank.0, customer.0), self.reversal_of(charge));
        records.write_sealed(seal, key, &reversal);
        Ok(Reversing::Taken)
    }

    /// How much of a charge was reversed, if it was.
    pub fn reversal(
        self,
        records: &dyn Records,
        charge: Mark,
    ) -> Result<Option<Minor>, StoreError> {
        let reversal: Option<Reversal> = records.read_sealed(&self.reversal_of(charge))?;
        Ok(reversal.map(|reversal| reversal.amount))
    }

    fn reversal_of(self, charge: Mark) -> Key {
        let month = REVERSALS.key(self.bank.0).u16(self.service).u16(self.month.word());
        month.u64(charge.customer).u16(charge.item)
    }
}
