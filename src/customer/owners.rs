//! Which customers an account, a card or a citizen's number leads to: indices beside the contracts.
//!
//! Their keys are keyed hashes. They are kept in step with the contracts: what isn't in one any
//! more leads nowhere, or a closed account's news would still reach its holder.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Customer;
use crate::bank::{AccountNumber, BankId, CustomerId};
use crate::base::last4::Last4;
use crate::base::seal::Keyring;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const ACCOUNT_OWNERS: Table = Table::registry(19, "owners of accounts");
const CARD_OWNERS: Table = Table::registry(20, "owners of cards");
const IDENTITIES: Table = Table::registry(40, "customers by identity");
const ADDITIONAL: Table = Table::registry(41, "additional cards");

const HASH_ACCOUNT: u8 = 2;
const HASH_CARD: u8 = 3;

/// Whose an account or a card is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Owner {
    /// The customer.
    pub customer: CustomerId,
    /// Its place in his list; [`LOAN`] for a loan.
    pub item: u16,
}

/// The item of an owner's loan: loans have no place in his list of accounts.
pub const LOAN: u16 = u16::MAX;

impl Customer {
    /// Everything that leads to him by this contract.
    fn leads(&self, keyring: &Keyring, bank: BankId, id: CustomerId) -> Vec<(Key, Owner)> {
        let owner = |item| Owner { customer: id, item };
        let accounts = self.open_accounts().map(|(item, account)| (item, &account.number));
        let loans = self.loans.iter().map(|loan| (LOAN, loan));
        let mut leads: Vec<(Key, Owner)> = accounts
            .chain(loans)
            .map(|(item, number)| (owners_key(keyring, bank, number), owner(item)))
            .collect();
        for (item, card) in self.open_cards() {
            leads.push((card_key(keyring, bank, &card.reference), owner(item)));
            if let Some(primary) = &card.primary {
                leads.push((additional_key(keyring, bank, primary), owner(item)));
            }
        }
        leads
    }

    /// Notes that all of this contract leads to him.
    pub(super) fn own(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        for (key, owner) in self.leads(records.keyring(), bank, id) {
            own(records, key, owner)?;
        }
        if let Some(identity) = self.identity {
            own(records, identity_key(bank, identity), id)?;
        }
        Ok(())
    }

    /// Nothing of this contract leads to him any more.
    pub(super) fn disown(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        for (key, owner) in self.leads(records.keyring(), bank, id) {
            disown(records, key, owner)?;
        }
        if let Some(identity) = self.identity {
            disown(records, identity_key(bank, identity), id)?;
        }
        Ok(())
    }
}

/// Whose an account is: several for a joint one, none where nobody has enrolled it.
pub fn owners_of_account(
    records: &dyn Records,
    bank: BankId,
    number: &AccountNumber,
) -> Result<Vec<Owner>, StoreError> {
    Ok(records.read(&owners_key(records.keyring(), bank, number))?.unwrap_or_default())
}

/// Whose a card is, by the bank's reference for it.
pub fn owners_of_card(
    records: &dyn Records,
    bank: BankId,
    reference: &str,
) -> Result<Vec<Owner>, StoreError> {
    Ok(records.read(&card_key(records.keyring(), bank, reference))?.unwrap_or_default())
}

/// The customers with this [`Customer::identity`].
pub fn customers_known_by(
    records: &dyn Records,
    bank: BankId,
    identity: u128,
) -> Result<Vec<CustomerId>, StoreError> {
    Ok(records.read(&identity_key(bank, identity))?.unwrap_or_default())
}

/// The cards that are additional to a primary one, by the bank's reference for that.
pub fn additional_to(
    records: &dyn Records,
    bank: BankId,
    primary: &str,
) -> Result<Vec<Owner>, StoreError> {
    Ok(records.read(&additional_key(records.keyring(), bank, primary))?.unwrap_or_default())
}

/// A card takes another one's place in its holders' contracts, and with the place all that was
/// subscribed to for it (CA-23). The old reference still leads there: what the bank tells late of
/// the old card, and the additional cards that name it, have no other.
pub fn reissue(
    records: &mut dyn Records,
    bank: BankId,
    old: &str,
    new: Option<&str>,
    last4: Last4,
) -> Result<(), StoreError> {
    for owner in owners_of_card(records, bank, old)? {
        let Some(mut contract) = Customer::load(records, bank, owner.customer)? else { continue };
        let Some(card) = contract.cards.get_mut(usize::from(owner.item)) else { continue };
        card.last4 = last4;
        card.reference = new.unwrap_or(old).to_owned();
        contract.save(records, bank, owner.customer)?;
    }
    let Some(new) = new.filter(|new| *new != old) else { return Ok(()) };
    for owner in additional_to(records, bank, old)? {
        let key = additional_key(records.keyring(), bank, new);
        own(records, key, owner)?;
    }
    Ok(())
}

fn own<T>(records: &mut dyn Records, key: Key, owner: T) -> Result<(), StoreError>
where
    T: PartialEq + Serialize + DeserializeOwned,
{
    let mut owners: Vec<T> = records.read(&key)?.unwrap_or_default();
    if !owners.contains(&owner) {
        owners.push(owner);
        records.write(key, &owners);
    }
    Ok(())
}

fn disown<T>(records: &mut dyn Records, key: Key, owner: T) -> Result<(), StoreError>
where
    T: PartialEq + Serialize + DeserializeOwned,
{
    let mut owners: Vec<T> = records.read(&key)?.unwrap_or_default();
    let known = owners.len();
    owners.retain(|known| *known != owner);
    match owners.len() {
        0 if known > 0 => records.delete(key),
        left if left < known => records.write(key, &owners),
        _ => {}
    }
    Ok(())
}

fn identity_key(bank: BankId, identity: u128) -> Key {
    IDENTITIES.key(bank.0).u128(identity)
}

fn owners_key(keyring: &Keyring, bank: BankId, number: &AccountNumber) -> Key {
    ACCOUNT_OWNERS.key(bank.0).u128(keyring.hash(HASH_ACCOUNT, number.reveal().as_bytes()))
}

fn additional_key(keyring: &Keyring, bank: BankId, primary: &str) -> Key {
    ADDITIONAL.key(bank.0).u128(keyring.hash(HASH_CARD, primary.as_bytes()))
}

fn card_key(keyring: &Keyring, bank: BankId, reference: &str) -> Key {
    CARD_OWNERS.key(bank.0).u128(keyring.hash(HASH_CARD, reference.as_bytes()))
}
