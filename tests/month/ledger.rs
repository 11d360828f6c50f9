//! The ledger of causes: what each leads to, and whether the store says just that in the end.
//!
//! A cause is entered when the turn that took it in is on disk: an event, a text, a day's round.
//! Each names the records that follow from it, one for each phone that is told. What comes again
//! enters nothing. In the end every record of the store has its cause, every cause its records.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use tellerd::base::money::{AmountStyle, Minor};
use tellerd::message::{Body, Head};
use tellerd::service::topic::Topic;

use super::people::{Bank, People};
use super::plan::{Kind, News, Text};
use super::time::{CHANGE, DAY, HOUR, MINUTE, date, instant, local, shown_date, shown_time};

/// The day off of the month beyond its weekends: Armistice Day in Serbia.
const HOLIDAY: Date = Date::constant(2026, 11, 11);

/// A record that must be there: whose, for which phone, of what.
pub(crate) type Key = (Bank, u64, String);

/// What is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// By which subscription.
    pub(crate) sub: usize,
    /// When its cause was taken in, and in which turn.
    pub(crate) at: i64,
    pub(crate) turn: u64,
    /// It is our own calendar's: taken in within a few minutes after.
    is_round: bool,
    /// What leaves in order, and its place there.
    pub(crate) queue: (Bank, u64, String, bool),
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
}

/// The ledger.
#[derive(Default)]
pub(crate) struct Ledger {
    told: BTreeMap<Key, Told>,
    queues: BTreeMap<(Bank, u64, String, bool), u32>,
    taken: BTreeSet<usize>,
    noticed: BTreeSet<(String, Date)>,
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

    /// An event was taken in.
    pub(crate) fn news(
        &mut self,
        cause: usize,
        news: &News,
        people: &People,
        (now, turn): (i64, u64),
    ) -> Answer {
        if !self.taken.insert(cause) {
            self.count("events told again");
            return Answer::Known;
        }
        self.count("events");
        let stale = now - news.happened >= DAY;
        if (CHANGE - HOUR..CHANGE + HOUR).contains(&news.happened) {
            self.count("events in the hour that comes twice");
        }
        let mut subs = Vec::new();
        let mut says = Vec::new();
        let mut subject = String::new();
        let mut label = tag(cause);
        match &news.kind {
            Kind::Movement { account, amount, credit } => {
                let topic = if *credit { Topic::Credit } else { Topic::Debit };
                subs = people.subscribers.told(news.bank, account, topic, *amount, None);
                let all = people.subscribers.told(news.bank, account, topic, i64::MAX, None);
                if all.len() > subs.len() {
                    self.count("events below a limit");
                }
                let balance = self.books.get_mut(&(news.bank, account.clone()));
                let balance = balance.expect("an account");
                *balance += if *credit { *amount } else { -*amount };
                let style =
                    if news.bank == Bank::SmsKontakt { AmountStyle::Pl } else { AmountStyle::Sr };
                says.push(Minor::new(*amount).styled(style));
                if news.bank == Bank::SmsKontakt {
                    says.push(format!("Saldo {} ", Minor::new(*balance).styled(style)));
                }
                subject.clone_from(account);
            }
            Kind::Use { card, primary, outcome, amount } => {
                let is_told = news.bank == Bank::CardAlarm || *outcome != "declined";
                let by = |card: &str, topic| {
                    people.subscribers.told(news.bank, card, topic, *amount, None)
                };
                if is_told {
                    subs = by(card, Topic::CardUse);
                    if let Some(primary) = primary {
                        let more = by(primary, Topic::AdditionalUse);
                        subs.extend(more);
                    }
                }
                says.push(Minor::new(*amount).styled(AmountStyle::Sr));
                subject.clone_from(card);
            }
            Kind::Overdraft { account, until } => {
                if self.noticed.insert((account.clone(), *until)) {
                    subs = self.holders(people, account, Topic::Overdraft, "overdraft");
                } else {
                    self.count("overdrafts that both sides told of");
                }
                label = notice(Topic::Overdraft, *until);
                subject.clone_from(account);
            }
        }
        if !matches!(news.kind, Kind::Overdraft { .. }) {
            let on = shown_date(local(news.happened).date());
            says.push(format!("{on} {}", shown_time(news.happened)));
        }
        if stale {
            self.count("events too late to be told");
            subs.clear();
        }
        for sub in &subs {
            self.tell(*sub, people, &subject, &label, &says, (now, turn), false);
        }
        Answer::Taken { alerts: subs.len(), stale }
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

    /// The daily round of our own calendar.
    pub(crate) fn round(&mut self, day: i64, people: &People, turn: u64) {
        let (today, at) = (date(day), instant(day, 9 * 60));
        let mut due = Vec::new();
        for account in people.customers.iter().flat_map(|customer| &customer.accounts) {
            let until = account.overdraft.map(|until| (Topic::Overdraft, until, until - 7.days()));
            let term = account.term.map(|term| (Topic::Deposit, term, five_days_before(term)));
            due.extend(
                [until, term]
                    .into_iter()
                    .flatten()
                    .filter(|(_, last, first)| *first <= today && today < *last)
                    .map(|(topic, last, _)| (account.number.clone(), topic, last)),
            );
        }
        for (account, topic, last) in due {
            if !self.noticed.insert((account.clone(), last)) {
                continue;
            }
            let word = if topic == Topic::Deposit { "deposit" } else { "overdraft" };
            self.count(if topic == Topic::Deposit { "deposits due" } else { "overdrafts due" });
            for sub in self.holders(people, &account, topic, word) {
                self.tell(sub, people, &account, &notice(topic, last), &[], (at, turn), true);
            }
        }
    }

    fn holders(&self, people: &People, account: &str, topic: Topic, word: &str) -> Vec<usize> {
        people.subscribers.told(Bank::Kombank, word, topic, 0, Some(&self.owners[account]))
    }

    #[expect(clippy::too_many_arguments, reason = "it is all there is to know of it")]
    fn tell(
        &mut self,
        sub: usize,
        people: &People,
        subject: &str,
        label: &str,
        says: &[String],
        (at, turn): (i64, u64),
        is_round: bool,
    ) {
        let of = people.subscribers.get(sub);
        let is_card = matches!(of.topic, Topic::CardUse | Topic::AdditionalUse);
        let queue = (of.bank, of.phone, subject.to_owned(), is_card);
        let next = self.queues.entry(queue.clone()).or_default();
        *next += 1;
        let place = *next;
        let told = Told { sub, at, turn, is_round, queue, place, says: says.to_vec() };
        let twice = self.told.insert((of.bank, of.phone, label.to_owned()), told);
        assert!(twice.is_none(), "the plan tells {label} twice");
    }

    /// A record stands in the store: its alert, where it is one. What no cause led to, or what stands
    /// there twice, fails.
    pub(crate) fn strike(&mut self, bank: Bank, head: &Head, body: &Body) -> Option<Told> {
        if !body.said.is_empty() {
            let key = (bank, body.phone, kept(bank, &body.said));
            let said = self.said.get_mut(&key);
            let said = said.unwrap_or_else(|| panic!("promise 3: nobody said {key:?}"));
            said.records += 1;
            return None;
        }
        let key = (bank, body.phone, label_of(body));
        let told = self.told.remove(&key);
        let told = told.unwrap_or_else(|| {
            panic!("promise 3: {key:?} has a second record, or one of no cause: {}", body.reply)
        });
        let (received, late) =
            (head.received.as_millis(), if told.is_round { 5 * MINUTE } else { 0 });
        assert!(
            (told.at..=told.at + late).contains(&received),
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
        for (key, Said { causes, deliveries, records }) in &self.said {
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

/// What a record tells of.
pub(crate) fn label_of(body: &Body) -> String {
    let starts = body.reply.match_indices('Z').map(|(at, _)| &body.reply[at..]);
    let mut tags = starts.filter_map(|rest| rest.get(..7));
    if let Some(tag) = tags.find(|tag| tag[1..].bytes().all(|octet| octet.is_ascii_digit())) {
        return tag.to_owned();
    }
    // Ten characters such as 17.10.2026.
    let dates = body
        .reply
        .match_indices('.')
        .filter_map(|(at, _)| body.reply.get(at.checked_sub(2)?..at + 8));
    let date = dates.into_iter().find(|date| date.as_bytes()[5] == b'.').unwrap_or_default();
    format!("{} {date}", body.command)
}

fn notice(topic: Topic, date: Date) -> String {
    let kind = if topic == Topic::Deposit { "deposit.maturing" } else { "overdraft.expiring" };
    format!("{kind} {}", shown_date(date))
}

/// What is kept of a text where it holds a code or a JMBG.
fn kept(bank: Bank, said: &str) -> String {
    if bank == Bank::Kombank {
        return said.to_owned();
    }
    let plain: String = said.chars().filter(|c| !c.is_ascii_digit() && *c != '*').collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn five_days_before(term: Date) -> Date {
    let (mut day, mut left) = (term, 5);
    while left > 0 {
        day -= 1.day();
        let off = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || day == HOLIDAY;
        left -= i32::from(!off);
    }
    day
}
