//! The border to the bank's core: what is asked of it, and what it answers.
//!
//! A question is asked with an [`AskId`] and its answer comes back under it as an input of the
//! engine: in the same turn from the [`embedded`] core, later (or never) from a remote one. The
//! engine waits `answer` (45 s by default) and then tells the customer "later" (KB-01).

pub mod embedded;
pub mod event;
pub mod holds;

use std::fmt::{self, Write as _};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::limits::MOVEMENTS_KEPT_MAX;
use crate::base::money::{Currency, Minor, Rate};
use crate::base::now::Now;
use crate::store::StoreError;
use crate::store::draft::Records;

/// A bank, as keys of the store have it. Names become numbers once, when first seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct BankId(pub u16);

/// A customer of one bank, as keys of the store have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CustomerId(pub u64);

/// A question's number: that of the message that asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AskId(pub u64);

/// What one order of money is called, at the bank, at its seller and towards the customer, for
/// ever: the number of the message that ordered it, which is never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Reference(pub u64);

/// As customers and the bank's clerks read it.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

/// An account's number as the bank writes it. Prints as `**4567`, in texts too.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// Takes a number in, as it stands.
    pub fn new(text: impl Into<String>) -> AccountNumber {
        AccountNumber(text.into())
    }

    /// The whole number, for hashing. Never for a text or a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = || self.0.chars().filter(char::is_ascii_digit);
        f.write_str("**")?;
        digits().skip(digits().count().saturating_sub(4)).try_for_each(|digit| f.write_char(digit))
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What tellerd asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Question {
    /// The state of an account.
    Account(AccountNumber),
    /// The state of a card, by the bank's own reference for it.
    Card(String),
    /// The latest list of rates that isn't after `on` and at most `age_days_max` older.
    Rates {
        /// The day asked for.
        on: Date,
        /// How far back to look.
        age_days_max: u16,
    },
    /// The offer of the day.
    Offer,
    /// The states of several accounts, of all or of none.
    Accounts(Vec<AccountNumber>),
    /// Take an amount off an account and keep it aside. Asked again under the same reference it is
    /// done once.
    Hold {
        /// For which order.
        reference: Reference,
        /// From where.
        account: AccountNumber,
        /// How much.
        amount: Minor,
    },
    /// What is kept aside is spent. Asked again it is done once.
    Book(Reference),
    /// What is kept aside goes back to its account. Asked again it is done once; asked before the
    /// hold was heard of, the hold is refused when it comes.
    Release(Reference),
}

/// A card's reference is as personal as its number.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Question::Account(number) => write!(f, "Account {number}"),
            Question::Card(_) => f.write_str("Card [reference]"),
            Question::Rates { on, age_days_max } => write!(f, "Rates {on}, {age_days_max} days"),
            Question::Offer => f.write_str("Offer"),
            Question::Accounts(numbers) => write!(f, "Accounts {numbers:?}"),
            Question::Hold { reference, account, .. } => write!(f, "Hold {reference} {account}"),
            Question::Book(reference) => write!(f, "Book {reference}"),
            Question::Release(reference) => write!(f, "Release {reference}"),
        }
    }
}

/// What the bank answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// An account.
    Account(AccountState),
    /// A card.
    Card(CardState),
    /// A list of rates and the day that it is of.
    Rates(RateList),
    /// The offer's text.
    Offer(String),
    /// There is no such thing.
    Nothing,
    /// Accounts, in the order of the question.
    Accounts(Vec<AccountState>),
    /// It is kept aside; what is left on the account.
    Held(Minor),
    /// There isn't enough on the account; nothing is kept aside.
    Short,
    /// It is spent; what is on the account.
    Booked(Minor),
    /// It is back; what is on the account.
    Released(Minor),
}

/// The last movement of an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// When.
    pub date: Date,
    /// How much; negative where money left.
    pub amount: Minor,
    /// What for.
    pub text: String,
}

/// Neither the amount nor what it was for.
impl fmt::Debug for Movement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Movement of {}", self.date)
    }
}

/// An account's state. What an account doesn't have is `None`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountState {
    /// What is on it.
    pub balance: Minor,
    /// What happened last.
    pub last: Option<Movement>,
    /// How far it may be overdrawn, and until when.
    pub overdraft: Option<(Minor, Date)>,
    /// When its term ends.
    pub term: Option<Date>,
    /// For how many months it is renewed then, and at what per cent a year.
    pub renews: Option<(u16, Minor)>,
    /// A foreign-currency account's balances: active ones, the most valuable first (KB-15).
    pub balances: Vec<CurrencyBalance>,
    /// What of it may be spent, where the bank tells that: holds of cards are taken off.
    pub available: Option<Minor>,
    /// The last movements, the newest first, at most [`MOVEMENTS_KEPT_MAX`].
    pub history: Vec<Movement>,
}

impl AccountState {
    /// Notes a movement as the newest.
    pub fn note(&mut self, movement: Movement) {
        self.history.insert(0, movement.clone());
        self.history.truncate(MOVEMENTS_KEPT_MAX);
        self.last = Some(movement);
    }
}

/// One currency of a foreign-currency account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CurrencyBalance {
    /// Which.
    pub currency: Currency,
    /// How much.
    pub amount: Minor,
    /// When its term ends.
    pub term: Option<Date>,
}

/// A credit or charge card's state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardState {
    /// The month after which it is no longer valid.
    pub expires: Date,
    /// What may be spent.
    pub limit: Minor,
    /// What is left of it.
    pub available: Minor,
}

/// The rates of one day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RateList {
    /// The day that the list is of.
    pub date: Date,
    /// Its rates.
    pub rates: Vec<RateLine>,
}

/// One currency's rates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RateLine {
    /// Which.
    pub currency: Currency,
    /// For how many units.
    pub unit: u16,
    /// Buying rate.
    pub buy: Rate,
    /// Middle rate.
    pub middle: Rate,
    /// Selling rate.
    pub sell: Rate,
}

/// The bank's core, as the engine sees it.
pub trait Bank {
    /// Asks. The answer comes out of [`Bank::poll_answer`] in this turn, or as an input later, or
    /// never.
    fn ask(
        &mut self,
        ask: AskId,
        bank: BankId,
        question: &Question,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError>;

    /// What is known of an account without asking: of a core that mirrors the bank's books.
    fn book(
        &self,
        bank: BankId,
        number: &AccountNumber,
        records: &dyn Records,
    ) -> Result<Option<AccountState>, StoreError> {
        let _ = (bank, number, records);
        Ok(None)
    }

    /// News with what this core knows and the bank didn't say, the balance after a movement
    /// (PC-05); `None`: nothing is missing, or nothing is known.
    fn complete(
        &self,
        bank: BankId,
        news: &event::News,
        records: &dyn Records,
    ) -> Result<Option<event::News>, StoreError> {
        let _ = (bank, news, records);
        Ok(None)
    }

    /// Takes note of news of a local day, for a core that mirrors the bank's books. Others know
    /// already.
    fn learn(
        &mut self,
        bank: BankId,
        news: &event::News,
        on: Date,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        let _ = (bank, news, on, records);
        Ok(())
    }

    /// A customer of the bank is forgotten, with the key under which a mirror may have sealed an
    /// account of his: whose it is from now on; `None`: nobody's.
    fn inherit_account(
        &mut self,
        bank: BankId,
        number: &AccountNumber,
        heir: Option<CustomerId>,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        let _ = (bank, number, heir, records);
        Ok(())
    }

    /// The same of a card, by the bank's reference for it.
    fn inherit_card(
        &mut self,
        bank: BankId,
        reference: &str,
        heir: Option<CustomerId>,
        records: &mut dyn Records,
    ) -> Result<(), StoreError> {
        let _ = (bank, reference, heir, records);
        Ok(())
    }

    /// An order of money was kept long enough: what a mirror kept of its hold may go.
    fn forget_hold(&mut self, bank: BankId, reference: Reference, records: &mut dyn Records) {
        let _ = (bank, reference, records);
    }

    /// The next answer that is there already.
    fn poll_answer(&mut self) -> Option<(AskId, Answer)>;

    /// The batch is on disk in which the questions so far were asked. A core outside this process
    /// is sent a question that moves money only now, so that nothing moves of which we would know
    /// nothing after a crash.
    fn committed(&mut self) {}

    /// Whether something was asked that the bank hears only then: its turn is committed before the
    /// next is begun. Whoever does anything in [`Bank::committed`] says so here.
    fn is_waiting(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Minor;

    #[test]
    fn what_goes_between_us_and_the_bank_prints_nothing_personal() {
        let text = "Uplata po fakturi 114".to_owned();
        let date = Date::constant(2026, 11, 20);
        let last = Some(Movement { date, amount: Minor::new(-471_100), text });
        let account = AccountState { balance: Minor::new(81_500), last, ..Default::default() };
        let number = AccountNumber::new("205-0001000111201-63");
        let card = Question::Card("KT-7734".into());
        let shown =
            format!("{:?} {:?} {card:?}", Answer::Account(account), Question::Account(number));
        for personal in ["Uplata", "114", "4711", "815", "0001000111201", "7734"] {
            assert!(!shown.contains(personal), "{shown}");
        }
        assert!(shown.contains("**0163"), "{shown}");
    }
}
