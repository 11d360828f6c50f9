//! The embedded core: a mirror of accounts, cards, rates and offers in our own store.
//!
//! For banks that send their data instead of being asked, for the demo and for tests. It answers
//! through the same asynchronous border as a remote core: questions in, answers out of
//! `poll_answer`. Accounts and cards are sealed under their customer's key; rates and offers are
//! public.

use std::collections::VecDeque;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::event::{News, Posting};
use super::holds;
use super::{
    AccountNumber, AccountState, Answer, AskId, Bank, BankId, CardState, CurrencyBalance,
    CustomerId, Movement, Question, RateList, Reference,
};
use crate::base::money::Minor;
use crate::base::now::Now;
use crate::base::seal::{KeyId, Keyring};
use crate::store::draft::Records;
use crate::store::opened::Opened;
use crate::store::{Key, StoreError, Table};

const ACCOUNTS: Table = Table::registry(32, "bank accounts");
const CARDS: Table = Table::registry(33, "bank cards");
const RATES: Table = Table::registry(34, "rates");
const OFFERS: Table = Table::registry(35, "offers");

const HASH_ACCOUNT: u8 = 2;
const HASH_CARD: u8 = 3;

/// Rates this old still tell which of two balances is the larger.
const RANKING_AGE_DAYS_MAX: u16 = 30;

/// An entry of the mirror: a state, or the order to stay silent (a core that hangs, for tests and
/// for the sample customer whose account never answers).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Mirrored<T> {
    State(T),
    Silent,
}

/// The embedded core. Its data live in the store; it holds the answers not yet fetched, and
/// accounts that were asked for lately.
#[derive(Debug)]
pub struct EmbeddedBank {
    answers: VecDeque<(AskId, Answer)>,
    accounts: Opened<Mirrored<AccountState>>,
}

impl Default for EmbeddedBank {
    fn default() -> EmbeddedBank {
        EmbeddedBank { answers: VecDeque::new(), accounts: Opened::new(ACCOUNTS_OPENED_MAX) }
    }
}

/// Accounts kept open in memory, some 300 octets each.
const ACCOUNTS_OPENED_MAX: usize = 200_000;

impl Bank for EmbeddedBank {
    fn ask(
        &mut self,
        ask: AskId,
        bank: BankId,
        question: &Question,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError> {
        let answer = match question {
            Question::Account(number) => {
                let key = account_key(records.keyring(), bank, number);
                match self.accounts.read(records, &key)? {
                    Some(Mirrored::State(state)) => {
                        Answer::Account(ranked(records, bank, state, now)?)
                    }
                    Some(Mirrored::Silent) => return Ok(()),
                    None => Answer::Nothing,
                }
            }
            Question::Accounts(numbers) => {
                let mut states = Vec::with_capacity(numbers.len());
                for number in numbers {
                    let key = account_key(records.keyring(), bank, number);
                    match self.accounts.read(records, &key)? {
                        Some(Mirrored::State(state)) => {
                            states.push(ranked(records, bank, state, now)?);
                        }
                        // Half an answer would look like the whole of what somebody has.
                        Some(Mirrored::Silent) => return Ok(()),
                        None => break,
                    }
                }
                if states.len() == numbers.len() {
                    Answer::Accounts(states)
                } else {
                    Answer::Nothing
                }
            }
            Question::Card(reference) => {
                match records.read_sealed(&card_key(records.keyring(), bank, reference))? {
                    Some(Mirrored::State(state)) => Answer::Card(state),
                    Some(Mirrored::Silent) => return Ok(()),
                    None => Answer::Nothing,
                }
            }
            Question::Rates { on, age_days_max } => {
                rates_on(records, bank, *on, *age_days_max)?.map_or(Answer::Nothing, Answer::Rates)
            }
            Question::Hold { reference, account, amount } => {
                let kept = holds::hold(records, bank, *reference, account, *amount, now)?;
                let Some(answer) = kept else { return Ok(()) };
                answer
            }
            Question::Book(reference) => holds::book(records, bank, *reference)?,
            Question::Release(reference) => holds::release(records, bank, *reference)?,
            Question::Offer => {
                records.read(&OFFERS.key(bank.0))?.map_or(Answer::Nothing, Answer::Offer)
            }
        };
        self.answers.push_back((ask, answer));
        Ok(())
    }

    fn poll_answer(&mut self) -> Option<(AskId, Answer)> {
        self.answers.pop_front()
    }

    fn book(
        &self,
        bank: BankId,
        number: &AccountNumber,
        records: &dyn Records,
    ) -> Result<Option<AccountState>, StoreError> {
        match records.read_sealed(&account_key(records.keyring(), bank, number))? {
            Some(Mirrored::State(state)) => Ok(Some(state)),
            Some(Mirrored::Silent) | None => Ok(None),
        }
    }

    fn complete(
        &self,
        bank: BankId,
        news: &News,
        records: &dyn Records,
    ) -> Result<Option<News>, StoreError> {
        let (posting, amount) = match news {
            News::Credited(posting) => (posting, posting.amount),
            News::Debited(posting) => (posting, posting.amount.negated()),
            _ => return Ok(None),
        };
        let key = account_key(records.keyring(), bank, &posting.account);
        let Some(Mirrored::State(mut state)) =
            records.read_sealed::<Mirrored<AccountState>>(&key)?
        else {
            return Ok(None);
        };
        let posting = Posting {
            balance: Some(balance_after(&mut state, posting, amount)),
            ..posting.clone()
        };
        Ok(Some(match news {
            News::Credited(_) => News::Credited(posting),
            _ => News::Debited(posting),
        }))
    }

    fn learn(
        &mut self,
        bank: BankId,
        news: &News,
        on: Date,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        match news {
            News::Credited(posting) => post(records, bank, posting, posting.amount, on),
            News::Debited(posting) => post(records, bank, posting, posting.amount.negated(), on),
            News::OfferPublished(offer) => {
                put_offer(records, bank, &offer.text.0);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn inherit_account(
        &mut self,
        bank: BankId,
        number: &AccountNumber,
        heir: Option<CustomerId>,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        let key = account_key(records.keyring(), bank, number);
        inherit::<AccountState>(records, bank, key, heir)
    }

    fn inherit_card(
        &mut self,
        bank: BankId,
        reference: &str,
        heir: Option<CustomerId>,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        let key = card_key(records.keyring(), bank, reference);
        inherit::<CardState>(records, bank, key, heir)
    }

    fn forget_hold(&mut self, bank: BankId, reference: Reference, records: &mut dyn Records) {
        holds::forget(records, bank, reference);
    }
}

/// Seals an entry of the mirror under another customer's key, or takes it out.
fn inherit<T: Serialize + DeserializeOwned>(
    records: &mut dyn Records,
    bank: BankId,
    key: Key,
    heir: Option<CustomerId>,
) -> Result<(), StoreError> {
    match (records.read_sealed::<Mirrored<T>>(&key)?, heir) {
        (Some(entry), Some(heir)) => {
            records.write_sealed(KeyId::customer(bank.0, heir.0), key, &entry);
        }
        _ => records.delete(key),
    }
    Ok(())
}

/// Posts a movement to the mirrored account, if there is one: its balance is the one that the bank
/// says, or is counted on.
fn post(
    records: &mut dyn Records,
    bank: BankId,
    posting: &Posting,
    amount: Minor,
    on: Date,
) -> Result<(), StoreError> {
    let key = account_key(records.keyring(), bank, &posting.account);
    let Some((sealed_for, Mirrored::State(mut state))) =
        records.read_sealed_of::<Mirrored<AccountState>>(&key)?
    else {
        return Ok(());
    };
    balance_after(&mut state, posting, amount);
    state.note(Movement { date: on, amount, text: posting.description.0.clone() });
    records.write_sealed(sealed_for, key, &Mirrored::State(state));
    Ok(())
}

/// Puts a movement into a state; the balance that it was in, after it. What may be spent moves with
/// the balance: what is held of it stays held.
fn balance_after(state: &mut AccountState, posting: &Posting, amount: Minor) -> Minor {
    let balance = state.balances.iter_mut().find(|b| b.currency == posting.currency);
    let balance = balance.map_or(&mut state.balance, |balance| &mut balance.amount);
    let before = *balance;
    let after = posting.balance.unwrap_or(before.plus(amount));
    *balance = after;
    let moved = after.plus(before.negated());
    state.available = state.available.map(|available| available.plus(moved));
    after
}

/// Mirrors an account; `None` makes it silent.
pub fn put_account(
    records: &mut dyn Records,
    bank: BankId,
    owner: CustomerId,
    number: &AccountNumber,
    state: Option<AccountState>,
) {
    let key = account_key(records.keyring(), bank, number);
    let mirrored = state.map_or(Mirrored::Silent, Mirrored::State);
    records.write_sealed(KeyId::customer(bank.0, owner.0), key, &mirrored);
}

/// Mirrors a card.
pub fn put_card(
    records: &mut dyn Records,
    bank: BankId,
    owner: CustomerId,
    reference: &str,
    state: CardState,
) {
    let key = card_key(records.keyring(), bank, reference);
    records.write_sealed(KeyId::customer(bank.0, owner.0), key, &Mirrored::State(state));
}

/// Takes the rates of a day in.
pub fn put_rates(records: &mut dyn Records, bank: BankId, list: &RateList) {
    records.write(rates_key(bank, list.date), list);
}

/// Takes the offer in; it stands until the next.
pub fn put_offer(records: &mut dyn Records, bank: BankId, text: &str) {
    records.write(OFFERS.key(bank.0), &text);
}

pub(super) fn account_key(keyring: &Keyring, bank: BankId, number: &AccountNumber) -> Key {
    ACCOUNTS.key(bank.0).u128(keyring.hash(HASH_ACCOUNT, number.reveal().as_bytes()))
}

fn card_key(keyring: &Keyring, bank: BankId, reference: &str) -> Key {
    CARDS.key(bank.0).u128(keyring.hash(HASH_CARD, reference.as_bytes()))
}

fn rates_key(bank: BankId, date: Date) -> Key {
    let day = date.year() as u16 as u64 * 10_000 + date.month() as u64 * 100 + date.day() as u64;
    RATES.key(bank.0).u64(day)
}

fn rates_on(
    records: &dyn Records,
    bank: BankId,
    on: Date,
    age_days_max: u16,
) -> Result<Option<RateList>, StoreError> {
    let mut date = on;
    for _ in 0..=age_days_max {
        if let Some(list) = records.read(&rates_key(bank, date))? {
            return Ok(Some(list));
        }
        let Ok(before) = date.checked_sub(1.day()) else { break };
        date = before;
    }
    Ok(None)
}

/// A foreign-currency account's active balances, the most valuable first by the latest middle rate;
/// of equals, by the currency's letters. "Active" is a balance that isn't zero, or an open term
/// (KB-15).
fn ranked(
    records: &dyn Records,
    bank: BankId,
    mut state: AccountState,
    now: Now,
) -> Result<AccountState, StoreError> {
    if state.balances.is_empty() {
        return Ok(state);
    }
    state.balances.retain(|b| b.amount != Default::default() || b.term.is_some());
    let today = jiff::Timestamp::from_millisecond(now.wall.as_millis()).unwrap_or_default();
    let list = rates_on(records, bank, today.to_zoned(TimeZone::UTC).date(), RANKING_AGE_DAYS_MAX)?;
    let value = |balance: &CurrencyBalance| -> i128 {
        let line =
            list.as_ref().and_then(|l| l.rates.iter().find(|r| r.currency == balance.currency));
        let (middle, unit) = line.map_or((0, 1), |line| (line.middle.get(), line.unit));
        i128::from(balance.amount.get()) * i128::from(middle) / i128::from(unit.max(1))
    };
    state.balances.sort_by_key(|b| (std::cmp::Reverse(value(b)), b.currency));
    Ok(state)
}
