//! From a cause to the records that must follow from it: the banks' events, and what our own
//! calendar makes (daily rounds, reports).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use tellerd::base::money::{AmountStyle, Minor};
use tellerd::service::topic::Topic;

use super::super::people::{Bank, People, Report};
use super::super::plan::{Kind, News};
use super::super::time::{CHANGE, DAY, HOUR, MINUTE, date, instant, local, shown_date, shown_time};
use super::{Answer, Ledger, Told, tag};

/// The day off of the month beyond its weekends, in Serbia and in Poland.
const HOLIDAY: Date = Date::constant(2026, 11, 11);

/// So much later the last page of a round is made, a start in between included.
const LATE: i64 = 5 * MINUTE;

impl Ledger {
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
            Kind::Offer => {
                self.count("offers");
                subs = people.subscribers.told(news.bank, "offer", Topic::Offer, 0, None);
                subject.push_str("offer");
            }
        }
        if matches!(news.kind, Kind::Movement { .. } | Kind::Use { .. }) {
            let on = shown_date(local(news.happened).date());
            says.push(format!("{on} {}", shown_time(news.happened)));
        }
        if stale {
            self.count("events too late to be told");
            subs.clear();
        }
        let is_run = matches!(news.kind, Kind::Offer);
        let told = follows(now, turn, if is_run { 15 * MINUTE } else { 0 }, says);
        for sub in &subs {
            self.tell(*sub, people, &subject, &label, told.clone());
        }
        // A run tells of nobody yet.
        Answer::Taken { alerts: if is_run { 0 } else { subs.len() }, stale }
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
                let told = follows(at, turn, LATE, Vec::new());
                self.tell(sub, people, &account, &notice(topic, last), told);
            }
        }
    }

    /// The balances that are told at a time of a day, in minutes.
    pub(crate) fn report(&mut self, day: i64, minutes: i64, people: &People, turn: u64) {
        let (today, at) = (date(day), instant(day, minutes));
        if is_off(today) {
            return self.count("times of reports on days off");
        }
        for customer in &people.customers {
            for account in &customer.accounts {
                let Some(Report { at: _, always }) =
                    account.report.filter(|report| report.at == minutes)
                else {
                    continue;
                };
                let balance = self.books[&(customer.bank, account.number.clone())];
                let last = self.reported.insert(account.number.clone(), balance);
                if !always && last == Some(balance) {
                    self.count("reports without news");
                    continue;
                }
                self.count("reports");
                let subject = format!("report {}", account.number);
                let found =
                    people.subscribers.told(customer.bank, &subject, Topic::Report, 0, None);
                let four = &account.number[account.number.len() - 4..];
                let label = format!("report**{four} {}", shown_date(today));
                let says = vec![format!("{} PLN", Minor::new(balance).styled(AmountStyle::Pl))];
                for sub in found {
                    let told = follows(at, turn, LATE, says.clone());
                    self.tell(sub, people, &subject, &label, told);
                }
            }
        }
    }
}

fn follows(at: i64, turn: u64, late: i64, says: Vec<String>) -> Told {
    Told { sub: 0, at, turn, late, queue: Default::default(), place: 0, says }
}

fn notice(topic: Topic, date: Date) -> String {
    let kind = if topic == Topic::Deposit { "deposit.maturing" } else { "overdraft.expiring" };
    format!("{kind} {}", shown_date(date))
}

fn is_off(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || day == HOLIDAY
}

fn five_days_before(term: Date) -> Date {
    let (mut day, mut left) = (term, 5);
    while left > 0 {
        day -= 1.day();
        left -= i32::from(!is_off(day));
    }
    day
}
