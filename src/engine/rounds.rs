//! Rounds: once a day the daemon looks through a bank's customers for what its calendar tells of.
//!
//! A round is a cursor over the customers, and the day that it is of, on disk with each page: it
//! goes on after a crash where it was, and is made once for each local date, however often the
//! clock changes. A page has at most [`PAGE`] customers and comes after what is urgent, so that a
//! million customers hold up no reply (design, idea 5). What is due becomes an event like the
//! bank's own, and counts once for its account and date.

use std::ops::ControlFlow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::door::Verdict;
use crate::bank::event::{Deposit, Event, EventKind, Loan, News, Overdraft};
use crate::bank::{AccountNumber, AccountState, Bank, BankId, CustomerId};
use crate::base::now::Now;
use crate::customer::{self, Customer};
use crate::service::Service;
use crate::service::notice::NoticeRule;
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError, Table};

const ROUNDS: Table = Table::journal(68, "rounds");
const HASH_ROUND: u8 = 10;

/// Customers looked at in one turn, at most.
const PAGE: usize = 256;

/// The source of events that the daemon's own calendar makes.
pub(super) const OWN: &str = "tellerd";

/// How far a round has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Progress {
    /// The local date that it is of.
    day: Date,
    /// The last customer that was looked at; `None`: the round is over.
    after: Option<u64>,
}

/// A rule of a service and how far its round has come.
#[derive(Debug)]
pub(super) struct Round {
    service: usize,
    rule: usize,
    key: Key,
    progress: Progress,
}

impl Round {
    fn is_under_way(&self) -> bool {
        self.progress.after.is_some()
    }
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Reads how far the rounds have come. Where there was none yet, today's counts as made: a
    /// bank that begins in the afternoon needs no showers of notices.
    pub(super) fn recover_rounds(&mut self, now: Now) -> Result<(), StoreError> {
        for service in 0..self.setup.services.len() {
            let entry = &self.setup.services[service];
            let (bank, today) = (self.banks[entry.bank], entry.service.zone.date(now.wall));
            for rule in 0..entry.service.notices.len() {
                let entry = &self.setup.services[service];
                let kind = entry.service.notices[rule].event;
                let name = format!("{} {}", entry.service.name, kind.name());
                let hash = self.draft.keyring().hash(HASH_ROUND, name.as_bytes());
                let key = ROUNDS.key(bank.0).u128(hash);
                let records: &mut dyn Records = &mut self.draft;
                let progress = match records.read(&key)? {
                    Some(progress) => progress,
                    None => {
                        let made = Progress { day: today, after: None };
                        records.write(key.clone(), &made);
                        made
                    }
                };
                self.rounds.push(Round { service, rule, key, progress });
            }
        }
        Ok(())
    }

    /// Whether a round has more customers to look at.
    pub(super) fn is_on_rounds(&self) -> bool {
        self.rounds.iter().any(Round::is_under_way)
    }

    /// Begins the rounds whose time has come, and goes on with those under way by a page each.
    pub(super) fn go_rounds(&mut self, now: Now) -> Result<(), StoreError> {
        for at in 0..self.rounds.len() {
            let (service, rule) = (self.rounds[at].service, self.rounds[at].rule);
            let entry = &self.setup.services[service];
            let local = entry.service.zone.local(now.wall);
            let begins = local.time() >= entry.service.notices[rule].at
                && self.rounds[at].progress.day < local.date();
            if begins && !self.rounds[at].is_under_way() {
                self.rounds[at].progress = Progress { day: local.date(), after: Some(0) };
            }
            if self.rounds[at].is_under_way() {
                self.advance(at, now)?;
            }
        }
        Ok(())
    }

    fn advance(&mut self, at: usize, now: Now) -> Result<(), StoreError> {
        let setup = std::sync::Arc::clone(&self.setup);
        let round = &self.rounds[at];
        let Progress { day, after: Some(after) } = round.progress else { return Ok(()) };
        let entry = &setup.services[round.service];
        let rule = &entry.service.notices[round.rule];
        let bank = self.banks[entry.bank];
        let customers = self.customers_after(bank, after)?;
        for id in &customers {
            let Some(contract) = Customer::load(&self.draft, bank, *id)? else { continue };
            for (number, state) in self.books_of(bank, rule.event, &contract)? {
                if let Some(news) = due(rule, &entry.service, &number, &state, day) {
                    let id = format!("{} {} {day}", news.kind().name(), number.reveal());
                    let event = Event { source: OWN.into(), id, time: now.wall, news };
                    if self.take_event(entry.bank, &event, now)? == Verdict::Full {
                        // The same page again once there is room: what was told counts once.
                        return Ok(());
                    }
                }
            }
        }
        let next = customers.last().filter(|_| customers.len() == PAGE).map(|id| id.0);
        let progress = Progress { day, after: next };
        self.rounds[at].progress = progress;
        let key = self.rounds[at].key.clone();
        let records: &mut dyn Records = &mut self.draft;
        records.write(key, &progress);
        Ok(())
    }

    fn customers_after(&self, bank: BankId, after: u64) -> Result<Vec<CustomerId>, StoreError> {
        let (prefix, from) = customer::keys_after(bank, CustomerId(after));
        let mut found = Vec::with_capacity(PAGE);
        self.draft.store().scan(&prefix, Some(&from), &mut |key, _| {
            if let Some(id) = key.get(3..11).and_then(|id| id.try_into().ok()) {
                found.push(CustomerId(u64::from_be_bytes(id)));
            }
            if found.len() < PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    /// What the bank's mirrored books say of a customer's accounts, or of his loans.
    fn books_of(
        &self,
        bank: BankId,
        kind: EventKind,
        contract: &Customer,
    ) -> Result<Vec<(AccountNumber, AccountState)>, StoreError> {
        let mut books = Vec::new();
        let accounts = contract.open_accounts().map(|(_, account)| &account.number);
        let loans = kind == EventKind::LoanBalance;
        let numbers = accounts.filter(|_| !loans).chain(contract.loans.iter().filter(|_| loans));
        for number in numbers {
            if let Some(state) = self.bank.book(bank, number, &self.draft)? {
                books.push((number.clone(), state));
            }
        }
        Ok(books)
    }
}

/// What is due of an account on a day.
fn due(
    rule: &NoticeRule,
    service: &Service,
    number: &AccountNumber,
    state: &AccountState,
    today: Date,
) -> Option<News> {
    let account = number.clone();
    let is_due = |day| rule.when.is_due(today, day, &service.calendar);
    match rule.event {
        EventKind::OverdraftExpiring => {
            let (limit, until) = state.overdraft.filter(|(_, until)| is_due(*until))?;
            Some(News::OverdraftExpiring(Overdraft { account, limit, date: Some(until) }))
        }
        EventKind::DepositMaturing => {
            let matures = state.term.filter(|term| is_due(*term))?;
            let (months, rate) = state.renews?;
            let (amount, currency) = (state.balance, service.currency);
            let deposit = Deposit { account, amount, currency, matures, months, rate };
            Some(News::DepositMaturing(deposit))
        }
        EventKind::LoanBalance if rule.when.is_day(today) => {
            let owed = state.balances.first()?;
            let (amount, currency) = (owed.amount, owed.currency);
            Some(News::LoanBalance(Loan { account, amount, currency, date: Some(today) }))
        }
        _ => None,
    }
}
