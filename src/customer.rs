//! Customers and their phones, as the branch enrolled them (KB-04).
//!
//! A [`Phone`] leads from a number to the customers that it speaks for (a person and his firm may
//! share one, section 0, KB-02); its key is a keyed hash of the number and it holds nothing
//! personal. A [`Customer`] is sealed under his own key. What a phone wants to be told of is in
//! [`crate::subscription`]; balances are the bank's.

mod leave;
mod owners;
mod tries;

use serde::{Deserialize, Serialize};

pub use leave::{leavers, note_leaver};
pub use tries::{CodeTries, NOBODY};

use crate::bank::{AccountNumber, BankId, CustomerId};
use crate::base::access_code::{AccessCode, CodeHash};
use crate::base::last4::Last4;
use crate::base::msisdn::Msisdn;
use crate::base::seal::{KeyId, Keyring};
use crate::service::file::Holder;
use crate::service::verb::Verb;
use crate::store::draft::Records;
use crate::store::{Key, StoreError, Table};

pub use owners::{
    LOAN, Owner, additional_to, customers_known_by, owners_of_account, owners_of_card, reissue,
};

const PHONES: Table = Table::registry(16, "phones");
const CUSTOMERS: Table = Table::registry(17, "customers");

const HASH_PHONE: u8 = 1;

/// A phone of one bank's customers, by the keyed hash of its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PhoneId(pub u128);

impl PhoneId {
    /// The phone with this number.
    pub fn of(keyring: &Keyring, number: Msisdn) -> PhoneId {
        PhoneId(keyring.hash(HASH_PHONE, &number.word().to_be_bytes()))
    }
}

/// What is known of a phone.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Phone {
    /// Grows when the number changes hands; a message queued for an older generation is withdrawn.
    pub generation: u32,
    /// The customers that it speaks for, in the order of enrolment.
    pub customers: Vec<CustomerId>,
    /// The operator that the branch noted (CA-25), as config.toml names it.
    pub operator: Option<String>,
    /// The operator over which its last message came, or that took what another one had refused as
    /// none of its numbers.
    pub link: Option<String>,
    /// Offers were refused from this phone; honoured for strangers too (KB-47).
    pub offers_refused: bool,
    /// The branch has suspended it: it speaks for nobody and is told nothing until it is resumed.
    pub suspended: bool,
}

impl Phone {
    /// Reads what is known of a phone.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        phone: PhoneId,
    ) -> Result<Option<Phone>, StoreError> {
        records.read(&Phone::key(bank, phone))
    }

    /// Notes what is known of a phone.
    pub fn save(&self, records: &mut dyn Records, bank: BankId, phone: PhoneId) {
        records.write(Phone::key(bank, phone), self);
    }

    fn key(bank: BankId, phone: PhoneId) -> Key {
        PHONES.key(bank.0).u128(phone.0)
    }
}

/// A customer's contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Customer {
    /// A person or a firm.
    pub holder: Holder,
    /// His phones, in the order of the application.
    pub phones: Vec<Msisdn>,
    /// The accounts named in the application, in its order.
    pub accounts: Vec<Account>,
    /// The cards named in the application.
    pub cards: Vec<Card>,
    /// His loans.
    pub loans: Vec<AccountNumber>,
    /// The keyed hash of his JMBG, where the bank has one of him (CA-14).
    pub identity: Option<u128>,
    /// The questions and orders that he contracted (PC-04); `None`: all that the service has.
    pub questions: Option<Vec<Verb>>,
    /// What is kept of his access code, where the service asks for one (SK-07).
    pub code: Option<CodeHash>,
    /// What he may pay for by text.
    pub purchases: Payable,
}

/// What a contract allows to be paid for by text, beside top-ups.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Payable {
    /// His own products, by their names in the service file (PC-09).
    pub products: Vec<String>,
    /// Users of a seller for whom he may pay, in small letters.
    pub users: Vec<String>,
    /// Numbers that he may top up beside his own, where the service asks for a list (PC-10).
    pub numbers: Vec<Msisdn>,
}

/// An account in a contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The word of its kind, as the service file has it.
    pub kind: String,
    /// Its number among those of its kind, from 1; it stays when another one is closed (KB-12).
    pub ordinal: u16,
    /// The bank's number for it.
    pub number: AccountNumber,
    /// It was closed, or taken out of the contract. Its place in the list stays taken, so that the
    /// places and ordinals of the others stay theirs.
    pub closed: bool,
}

/// A card in a contract.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// Its last four digits.
    pub last4: Last4,
    /// What kind of card it is, in the bank's words.
    pub kind: String,
    /// The bank's own reference for it; never a card number.
    pub reference: String,
    /// Whether it may be asked about (KB-16).
    pub query: bool,
    /// The word that customers type for its kind (CA-13).
    pub word: Option<String>,
    /// The account that it is linked to (CA-33).
    pub account: Option<AccountNumber>,
    /// The reference of the primary card that it is additional to (CA-11).
    pub primary: Option<String>,
    /// It was closed, or taken out of the contract; its place in the list stays taken.
    pub closed: bool,
}

impl Customer {
    /// A customer who has contracted nothing yet.
    pub fn new(holder: Holder) -> Customer {
        let (phones, accounts, cards, loans) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (identity, questions, code) = (None, None, None);
        let purchases = Payable::default();
        Customer { holder, phones, accounts, cards, loans, identity, questions, code, purchases }
    }

    /// His accounts that aren't closed, each with its place in the list.
    pub fn open_accounts(&self) -> impl Iterator<Item = (u16, &Account)> {
        (0..).zip(&self.accounts).filter(|(_, account)| !account.closed)
    }

    /// His cards that aren't closed, each with its place in the list.
    pub fn open_cards(&self) -> impl Iterator<Item = (u16, &Card)> {
        (0..).zip(&self.cards).filter(|(_, card)| !card.closed)
    }

    /// Whether he contracted a question.
    fn may_ask(&self, verb: Verb) -> bool {
        self.questions.as_ref().is_none_or(|known| known.contains(&verb))
    }

    /// Reads a customer; `None` where there is none, or he was forgotten.
    pub fn load(
        records: &dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError> {
        records.read_sealed(&Customer::key(bank, id))
    }

    /// Writes a customer, sealed under his own key, and notes that his accounts and cards are his.
    pub fn save(
        &self,
        records: &mut dyn Records,
        bank: BankId,
        id: CustomerId,
    ) -> Result<(), StoreError> {
        records.write_sealed(KeyId::customer(bank.0, id.0), Customer::key(bank, id), self);
        self.own(records, bank, id)
    }

    fn key(bank: BankId, id: CustomerId) -> Key {
        CUSTOMERS.key(bank.0).u64(id.0)
    }

    /// Whether `code` is the one that the branch gave him.
    pub fn has_code(
        &self,
        keyring: &Keyring,
        bank: BankId,
        id: CustomerId,
        code: &AccessCode,
    ) -> bool {
        let typed = CodeHash::of(keyring, bank.0, id.0, code);
        self.code.as_ref().is_some_and(|known| *known == typed)
    }
}

/// The prefix of a bank's customers, and the first key behind `after`'s.
pub fn keys_after(bank: BankId, after: CustomerId) -> (Key, Key) {
    let prefix = CUSTOMERS.key(bank.0);
    let from = prefix.clone().u64(after.0.saturating_add(1));
    (prefix, from)
}

/// Whoever speaks through a phone: its record and its customers' contracts, read once for a
/// message.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Which phone.
    pub id: PhoneId,
    /// What is known of it; nothing for a stranger.
    pub phone: Option<Phone>,
    /// The contracts that it speaks for.
    pub customers: Vec<(CustomerId, Customer)>,
}

/// An account of a caller.
#[derive(Clone, Copy, Debug)]
pub struct CallerAccount<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Its place in the customer's list, which subscriptions name.
    pub item: u16,
    /// Its place among all accounts of the phone's contracts, from 1, the closed ones counted: the
    /// number by which a customer names one without a word for its kind.
    pub number: u16,
    /// The account.
    pub account: &'a Account,
}

/// A card of a caller.
#[derive(Clone, Copy, Debug)]
pub struct CallerCard<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Its place in the customer's list, which subscriptions name.
    pub item: u16,
    /// The card.
    pub card: &'a Card,
}

impl Caller {
    /// Reads whoever speaks through a phone.
    pub fn behind(records: &dyn Records, bank: BankId, id: PhoneId) -> Result<Caller, StoreError> {
        let phone = Phone::load(records, bank, id)?;
        let mut customers = Vec::new();
        let speaks = phone.iter().filter(|phone| !phone.suspended);
        for customer in speaks.flat_map(|phone| &phone.customers) {
            if let Some(contract) = Customer::load(records, bank, *customer)? {
                customers.push((*customer, contract));
            }
        }
        Ok(Caller { id, phone, customers })
    }

    /// Whether the branch has suspended the phone.
    pub fn is_suspended(&self) -> bool {
        self.phone.as_ref().is_some_and(|phone| phone.suspended)
    }

    /// Whether the phone speaks for nobody.
    pub fn is_stranger(&self) -> bool {
        self.customers.is_empty()
    }

    /// Whether a customer whom the phone speaks for contracted a question (PC-04).
    pub fn may_ask(&self, verb: Verb) -> bool {
        self.customers.iter().any(|(_, contract)| contract.may_ask(verb))
    }

    /// The accounts of one kind whose holders contracted a question (PC-04), in the order of their
    /// ordinals.
    pub fn accounts_asked<'a>(&'a self, verb: Verb, kind: &'a str) -> Vec<CallerAccount<'a>> {
        let mut accounts = self.accounts_of(kind);
        accounts.retain(|found| {
            let mut owners = self.customers.iter().filter(|(id, _)| *id == found.customer);
            owners.any(|(_, contract)| contract.may_ask(verb))
        });
        accounts
    }

    /// The first customer, under whose key a message of this phone is sealed.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customers.first().map(|(id, _)| *id)
    }

    /// The accounts of one kind, in the order of their ordinals.
    pub fn accounts_of<'a>(&'a self, kind: &'a str) -> Vec<CallerAccount<'a>> {
        let mut accounts = self.ledger();
        accounts.retain(|found| found.account.kind == kind);
        accounts.sort_by_key(|found| found.account.ordinal);
        accounts
    }

    /// All accounts, in the order of the contract.
    pub fn ledger(&self) -> Vec<CallerAccount<'_>> {
        let mut before: u16 = 0;
        let mut all = Vec::new();
        for (customer, contract) in &self.customers {
            all.extend(contract.open_accounts().map(|(item, account)| CallerAccount {
                customer: *customer,
                item,
                number: before.saturating_add(item).saturating_add(1),
                account,
            }));
            before = before.saturating_add(contract.accounts.len() as u16);
        }
        all
    }

    /// The same phone, speaking for one of its customers only.
    pub fn only(&self, customer: CustomerId) -> Caller {
        let mut caller = self.clone();
        caller.customers.retain(|(id, _)| *id == customer);
        caller
    }

    /// The cards that end in `last4`, or all.
    pub fn cards(&self, last4: Option<Last4>) -> impl Iterator<Item = CallerCard<'_>> {
        self.customers
            .iter()
            .flat_map(|(customer, contract)| {
                contract.open_cards().map(|(item, card)| CallerCard {
                    customer: *customer,
                    item,
                    card,
                })
            })
            .filter(move |found| last4.is_none_or(|last4| found.card.last4 == last4))
    }
}
