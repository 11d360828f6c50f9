//! The ledger of causes: what each leads to, and whether the store says just that in the end.
//!
//! A cause is entered when the turn that took it in is on disk: an event, a text, a day's round.
//! Each names the records that follow from it, one for each phone that is told. What comes again
//! enters nothing. In the end every record of the store has its cause, every cause its records.

mod causes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use tellerd::message::{Body, Head};
use tellerd::service::topic::Topic;

use super::people::{Bank, People};
use super::plan::Text;
use super::time::MINUTE;

/// A record that must be there: whose, for which phone, of what.
pub(crate) type Key = (Bank, u64, String);

/// What leaves in order: of a bank, a phone, a subject; cards apart.
pub(crate) type Order = (Option<Bank>, u64, String, bool);

/// What the records of fees and of orders of money are called, which are counted by themselves.
pub(crate) const WITHOUT_LABEL: [&str; 2] = ["fees", "outcome"];

/// What is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// By which subscription.
    pub(crate) sub: usize,
    /// When its cause was taken in, and in which turn.
    pub(crate) at: i64,
    pub(crate) turn: u64,
    /// How much later it may be recorded: what our own calendar makes comes page by page.
    late: i64,
    /// What leaves in order, and its place there.
    pub(crate) queue: Order,
    pub(crate) place: u32,
    /// What its text must say.
    says: Vec<String>,
}

/// What is to be answered to the bank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Taken { alerts: usize, stale: bool },
    Known,
}

#[derive(Default)]
struct Said {
    causes: u32,
    deliveries: u32,
    records: u32,
    /// When the last record came in, and the name of its text.
    last: (i64, String),
}

/// A text that an SMSC delivers again comes again so soon.
const AGAIN: i64 = 2 * MINUTE;

/// The ledger.
#[derive(Default)]
pub(crate) struct Ledger {
    told: BTreeMap<Key, Told>,
    queues: BTreeMap<Order, u32>,
    taken: BTreeSet<usize>,
    noticed: BTreeSet<(String, Date)>,
    /// The balance that was reported last, by account.
    reported: BTreeMap<String, i64>,
    said: BTreeMap<Key, Said>,
    answered: BTreeSet<usize>,
    /// What must be on each account.
    pub(crate) books: BTreeMap<(Bank, String), i64>,
    owners: BTreeMap<String, Vec<usize>>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

impl Ledger {
    pub(crate) fn new(people: &People) -> Ledger {
        let mut ledger = Ledger::default();
        for (id, customer) in people.customers.iter().enumerate() {
            for account in &customer.accounts {
                ledger.books.insert((customer.bank, account.number.clone()), account.balance);
                ledger.owners.entry(account.number.clone()).or_default().push(id);
            }
        }
        ledger
    }

    /// Something was seen.
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// What a record must be of, as far as it is of a cause's alert.
    pub(crate) fn find(&self, key: &Key) -> Option<&Told> {
        self.told.get(key)
    }

    /// A text was taken in: whether for the first time.
    pub(crate) fn text(&mut self, cause: usize, text: &Text) -> bool {
        let said =
            self.said.entry((text.bank, text.phone, kept(text.bank, &text.said))).or_default();
        said.deliveries += 1;
        let is_first = self.answered.insert(cause);
        said.causes += u32::from(is_first);
        self.count(if is_first { "texts" } else { "texts delivered again" });
        is_first
    }

    fn holders(&self, people: &People, account: &str, topic: Topic, word: &str) -> Vec<usize> {
        people.subscribers.told(Bank::Kombank, word, topic, 0, Some(&self.owners[account]))
    }

    /// A record must follow for the phone of a subscription.
    fn tell(&mut self, sub: usize, people: &People, subject: &str, label: &str, told: Told) {
        let of = people.subscribers.get(sub);
        let is_card = matches!(of.topic, Topic::CardUse | Topic::AdditionalUse);
        let queue = (Some(of.bank), of.phone, subject.to_owned(), is_card);
        let next = self.queues.entry(queue.clone()).or_default();
        *next += 1;
        let told = Told { sub, place: *next, queue, ..told };
        let twice = self.told.insert((of.bank, of.phone, label.to_owned()), told);
        assert!(twice.is_none(), "the plan tells {label} twice");
    }

    /// A record stands in the store: its alert, where it is one. It fails where it has no cause, or
    /// is the second one of it.
    pub(crate) fn strike(&mut self, bank: Bank, head: &Head, body: &Body) -> Option<Told> {
        if !body.said.is_empty() {
            let key = (bank, body.phone, kept(bank, &body.said));
            let said = self.said.get_mut(&key);
            let said = said.unwrap_or_else(|| panic!("promise 3: nobody said {key:?}"));
            said.records += 1;
            let received = head.received.as_millis();
            let (before, text) = std::mem::replace(&mut said.last, (received, body.text.clone()));
            // What was carried out isn't carried out again, so that it has the same answer; orders
            // of money say that they are known (3.2).
            let same = text == body.text || bank == Bank::ProCredit || received - before > AGAIN;
            assert!(same, "promise 3: {key:?} answered with {text}, then {}", body.text);
            return None;
        }
        if WITHOUT_LABEL.contains(&body.command.as_str()) {
            return None;
        }
        let key = (bank, body.phone, label_of(body));
        let told = self.told.remove(&key);
        let told = told.unwrap_or_else(|| {
            panic!("promise 3: {key:?} has a second record, or one of no cause: {}", body.reply)
        });
        let received = head.received.as_millis();
        assert!(
            (told.at..=told.at + told.late).contains(&received),
            "{key:?} was recorded {} ms after its cause",
            received - told.at
        );
        for words in &told.says {
            assert!(body.reply.contains(words), "{key:?} doesn't say {words:?}: {}", body.reply);
        }
        Some(told)
    }

    /// All records were struck out: nothing may be left.
    pub(crate) fn close(&self) {
        if let Some((key, told)) = self.told.first_key_value() {
            panic!("promise 3: {} records are missing; first {key:?} {told:?}", self.told.len());
        }
        for (key, Said { causes, deliveries, records, .. }) in &self.said {
            assert!(
                (causes..=deliveries).contains(&records),
                "promise 3: {causes} times {key:?}, delivered {deliveries} times: {records} records"
            );
        }
    }
}

/// What an event says, so that its record is known by its text.
pub(crate) fn tag(cause: usize) -> String {
    format!("Z{cause:06}")
}

/// What a record tells of: a tag, or a kind, an account where it says one, and a date.
pub(crate) fn label_of(body: &Body) -> String {
    let behind = |mark: char, skip: usize, length: usize| {
        let starts = body.reply.match_indices(mark).map(move |(at, _)| at);
        starts.filter_map(move |at| body.reply.get(at.checked_sub(skip)?..at - skip + length))
    };
    let is_tag = |tag: &&str| tag[1..].bytes().all(|octet| octet.is_ascii_digit());
    if let Some(tag) = behind('Z', 0, 7).find(is_tag) {
        return tag.to_owned();
    }
    // Such as 17.10.2026, and **0010.
    let date = behind('.', 2, 10).find(|date| date.as_bytes()[5] == b'.').unwrap_or_default();
    let account = behind('*', 0, 6).find(|four| four.starts_with("**")).unwrap_or_default();
    let account = if body.command == "report" { account } else { "" };
    format!("{}{account} {date}", body.command)
}

/// What is kept of a text where it holds a code or a JMBG.
fn kept(bank: Bank, said: &str) -> String {
    if bank == Bank::Kombank {
        return said.to_owned();
    }
    let plain: String = said.chars().filter(|c| !c.is_ascii_digit() && *c != '*').collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
