//! What the embedded core keeps aside of its accounts for orders of money.
//!
//! A hold is taken off the account at once and goes back as a whole or is spent as a whole; its
//! entry says which, so that every question may be asked again. What stands on the accounts, in
//! open holds and in spent ones is always the same sum.

use serde::{Deserialize, Serialize};

use super::embedded::{Mirrored, account_key};
use super::{AccountNumber, AccountState, Answer, BankId, Reference};
use crate::base::money::Minor;
use crate::base::now::Now;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

const HOLDS: Table = Table::journal(52, "amounts kept aside");

/// What became of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Kept {
    /// It is aside.
    Aside,
    /// It was spent.
    Spent,
    /// It went back.
    Back,
    /// It was given up before it was heard of: it will be refused.
    Never,
}

/// A hold, sealed under the key of the account's holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hold {
    account: AccountNumber,
    amount: Minor,
}

/// Keeps an amount aside, once; `None`: the account never answers.
pub(super) fn hold(
    records: &mut dyn Records,
    bank: BankId,
    reference: Reference,
    number: &AccountNumber,
    amount: Minor,
    now: Now,
) -> Result<Option<Answer>, StoreError> {
    let account = account_key(records.keyring(), bank, number);
    let (owner, mut state) = match records.read_sealed_of::<Mirrored<AccountState>>(&account)? {
        Some((owner, Mirrored::State(state))) => (owner, state),
        Some((_, Mirrored::Silent)) => return Ok(None),
        None => return Ok(Some(Answer::Nothing)),
    };
    match kept(records, bank, reference)? {
        Some(Kept::Aside) => return Ok(Some(Answer::Held(state.balance))),
        Some(Kept::Spent | Kept::Back | Kept::Never) => return Ok(Some(Answer::Nothing)),
        None => {}
    }
    if amount <= Minor::ZERO || amount > available(&state, now) {
        return Ok(Some(Answer::Short));
    }
    state.balance = state.balance.plus(amount.negated());
    let left = state.balance;
    records.write_sealed(owner, account, &Mirrored::State(state));
    let hold = Hold { account: number.clone(), amount };
    records.write_sealed(owner, hold_key(bank, reference), &hold);
    records.write(kept_key(bank, reference), &Kept::Aside);
    Ok(Some(Answer::Held(left)))
}

/// Spends what is kept aside, once.
pub(super) fn book(
    records: &mut dyn Records,
    bank: BankId,
    reference: Reference,
) -> Result<Answer, StoreError> {
    let is_aside = match kept(records, bank, reference)? {
        Some(Kept::Aside) => true,
        Some(Kept::Spent) => false,
        Some(Kept::Back | Kept::Never) | None => return Ok(Answer::Nothing),
    };
    if is_aside {
        records.write(kept_key(bank, reference), &Kept::Spent);
    }
    let balance = move_back(records, bank, reference, false)?;
    Ok(balance.map_or(Answer::Nothing, Answer::Booked))
}

/// Gives back what is kept aside, once.
pub(super) fn release(
    records: &mut dyn Records,
    bank: BankId,
    reference: Reference,
) -> Result<Answer, StoreError> {
    let is_aside = match kept(records, bank, reference)? {
        Some(Kept::Aside) => true,
        Some(Kept::Back) => false,
        Some(Kept::Spent | Kept::Never) => return Ok(Answer::Nothing),
        None => {
            records.write(kept_key(bank, reference), &Kept::Never);
            return Ok(Answer::Nothing);
        }
    };
    if is_aside {
        records.write(kept_key(bank, reference), &Kept::Back);
    }
    let balance = move_back(records, bank, reference, is_aside)?;
    Ok(balance.map_or(Answer::Nothing, Answer::Released))
}

/// What became of a hold; `None` where there was none.
pub fn kept(
    records: &dyn Records,
    bank: BankId,
    reference: Reference,
) -> Result<Option<Kept>, StoreError> {
    records.read(&kept_key(bank, reference))
}

/// Takes out what is known of a hold; nobody asks about it any more.
pub(super) fn forget(records: &mut dyn Records, bank: BankId, reference: Reference) {
    records.delete(hold_key(bank, reference));
    records.delete(kept_key(bank, reference));
}

/// What is on the hold's account, the hold itself added to it if it goes `back`. `None` where the
/// account's holder was forgotten.
fn move_back(
    records: &mut dyn Records,
    bank: BankId,
    reference: Reference,
    back: bool,
) -> Result<Option<Minor>, StoreError> {
    let Some(hold) = records.read_sealed::<Hold>(&hold_key(bank, reference))? else {
        return Ok(None);
    };
    let key = account_key(records.keyring(), bank, &hold.account);
    let Some((owner, Mirrored::State(mut state))) =
        records.read_sealed_of::<Mirrored<AccountState>>(&key)?
    else {
        return Ok(None);
    };
    if back {
        state.balance = state.balance.plus(hold.amount);
        records.write_sealed(owner, key, &Mirrored::State(state.clone()));
    }
    Ok(Some(state.balance))
}

/// What may be taken off: the balance, and an overdraft that hasn't ended.
fn available(state: &AccountState, now: Now) -> Minor {
    let today = jiff::Timestamp::from_millisecond(now.wall.as_millis()).unwrap_or_default();
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    let overdraft = state.overdraft.filter(|(_, until)| *until >= today);
    state.balance.plus(overdraft.map_or(Minor::ZERO, |(limit, _)| limit))
}

fn hold_key(bank: BankId, reference: Reference) -> Key {
    HOLDS.key(bank.0).u8(1).u64(reference.0)
}

fn kept_key(bank: BankId, reference: Reference) -> Key {
    HOLDS.key(bank.0).u8(2).u64(reference.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::CustomerId;
    use crate::bank::embedded::put_account;
    use crate::base::dice::Dice;
    use crate::store::draft::Draft;
    use crate::store::memory::MemoryStore;

    const BANK: BankId = BankId(1);

    #[test]
    fn every_question_may_be_asked_again_and_moves_money_once() {
        let store = MemoryStore::new(&mut Dice::seeded(1));
        let mut draft = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
        let records: &mut dyn Records = &mut draft;
        let number = AccountNumber::new("1110000001200166");
        let state = AccountState { balance: Minor::whole(20), ..AccountState::default() };
        put_account(records, BANK, CustomerId(1), &number, Some(state));
        let now = Now::default();
        let hold = |n: u64, units: i64, records: &mut dyn Records| {
            let amount = Minor::whole(units);
            super::hold(records, BANK, Reference(n), &number, amount, now).unwrap()
        };
        let [held, back] =
            [Answer::Held, Answer::Released].map(|answer| move |n| answer(Minor::whole(n)));
        assert_eq!(hold(1, 5, records), Some(held(15)));
        assert_eq!(hold(1, 5, records), Some(held(15)));
        assert_eq!(hold(2, 16, records), Some(Answer::Short));
        assert_eq!(hold(2, 15, records), Some(held(0)));
        for _ in 0..2 {
            assert_eq!(release(records, BANK, Reference(1)).unwrap(), back(5));
            assert_eq!(book(records, BANK, Reference(2)).unwrap(), Answer::Booked(Minor::whole(5)));
        }
        assert_eq!(release(records, BANK, Reference(2)).unwrap(), Answer::Nothing);
        assert_eq!(book(records, BANK, Reference(1)).unwrap(), Answer::Nothing);
        assert_eq!(hold(1, 5, records), Some(Answer::Nothing), "it went back for good");
        assert_eq!(release(records, BANK, Reference(3)).unwrap(), Answer::Nothing);
        assert_eq!(hold(3, 5, records), Some(Answer::Nothing), "given up before it was heard of");
        assert_eq!(kept(records, BANK, Reference(2)).unwrap(), Some(Kept::Spent));
    }
}
