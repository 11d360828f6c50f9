//! What the daemon tells by its own calendar: what is due becomes an event like the bank's own, and
//! counts once for its account and date.

use std::sync::Arc;

use jiff::civil::Date;

use super::super::Engine;
use super::super::door::Verdict;
use crate::bank::event::{Deposit, Event, EventKind, Loan, News, Overdraft};
use crate::bank::{AccountNumber, AccountState, Bank, BankId};
use crate::base::now::Now;
use crate::customer::Customer;
use crate::service::Service;
use crate::service::notice::NoticeRule;
use crate::store::{Store, StoreError};

/// The source of events that the daemon's own calendar makes.
const OWN: &str = "tellerd";

impl<S: Store, B: Bank> Engine<S, B> {
    /// Tells of what is due of a customer's accounts; false where there is no room just now.
    pub(super) fn look_for_notices(
        &mut self,
        place: usize,
        rule: usize,
        contract: &Customer,
        day: Date,
        now: Now,
    ) -> Result<bool, StoreError> {
        let setup = Arc::clone(&self.setup);
        let entry = &setup.services[place];
        let rule = &entry.service.notices[rule];
        let bank = self.banks[entry.bank];
        for (number, state) in self.books_of(bank, rule.event, contract)? {
            if let Some(news) = due(rule, &entry.service, &number, &state, day) {
                let id = format!("{} {} {day}", news.kind().name(), number.reveal());
                let event = Event { source: OWN.into(), id, time: now.wall, news };
                if self.take_event(entry.bank, &event, now)? == Verdict::Full {
                    return Ok(false);
                }
            }
        }
        Ok(true)
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
