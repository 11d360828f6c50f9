//! `SALDO`, `SALDO 2`: the balance of one of all the customer's accounts, by its place in his
//! contract, or of all of them (SK-03).

use jiff::civil::DateTime;
use minijinja::Value;

use super::{Desk, Outcome, Pair, Reply, Then, say};
use crate::bank::{AccountState, Answer, Question};
use crate::base::money::Minor;
use crate::calendar::local::Shown;
use crate::customer::CallerAccount;
use crate::service::Service;
use crate::service::say::Say;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LedgerBalance {
    /// Which account; `None`: all.
    pub ordinal: Option<u16>,
}

/// Accounts that the bank was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    accounts: Vec<Named>,
    at: DateTime,
}

/// An account as its holder knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    kind: String,
    number: usize,
    shown: String,
}

impl Named {
    fn new((at, found): (usize, &CallerAccount<'_>)) -> Named {
        let account = found.account;
        Named { kind: account.kind.clone(), number: at + 1, shown: account.number.to_string() }
    }

    pub(super) fn values(&self) -> Vec<Pair> {
        vec![
            ("k", Value::from(self.kind.as_str())),
            ("n", Value::from(self.number)),
            ("acc", Value::from(self.shown.as_str())),
        ]
    }
}

/// All accounts of the caller with their names, in the order of the contract.
pub(super) fn named(accounts: &[CallerAccount<'_>]) -> Vec<Named> {
    accounts.iter().enumerate().map(Named::new).collect()
}

/// The account with this number; or the refusal that says that there is none.
pub(super) fn chosen<'a>(
    desk: &Desk<'_>,
    accounts: &[CallerAccount<'a>],
    number: u16,
) -> Result<(CallerAccount<'a>, Named), Outcome> {
    let at = usize::from(number).checked_sub(1);
    let found = at.and_then(|at| accounts.get(at).map(|found| (at, *found)));
    match found {
        Some((at, found)) => Ok((found, Named::new((at, &found)))),
        None => Err(desk.say(Say::LedgerUnknown, &[("n", Value::from(number))])),
    }
}

impl LedgerBalance {
    pub(super) fn carry_out(self, desk: &Desk<'_>) -> Outcome {
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        let accounts = desk.caller.ledger();
        let number = match self.ordinal {
            None if accounts.len() > 1 => {
                let numbers = accounts.iter().map(|found| found.account.number.clone()).collect();
                let asked = Asked { accounts: named(&accounts), at: desk.local };
                return Outcome::Ask(Question::Ledger(numbers), Then::Ledger(asked));
            }
            number => number.unwrap_or(1),
        };
        match chosen(desk, &accounts, number) {
            Err(refusal) => refusal,
            Ok((found, named)) => {
                let asked = Asked { accounts: vec![named], at: desk.local };
                Outcome::Ask(Question::Account(found.account.number.clone()), Then::Ledger(asked))
            }
        }
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let when = [
            ("date", Value::from(Shown::Date(self.at.date()).to_string())),
            ("time", Value::from(Shown::Time(self.at.time()).to_string())),
        ];
        match (answer, self.accounts.as_slice()) {
            (Answer::Account(state), [named]) => {
                let mut values = line(service, named, state);
                values.extend(when);
                say(service, Say::Ledger, &values)
            }
            (Answer::Ledger(states), accounts) => {
                let lines = accounts.iter().zip(states);
                let lines: Value = lines
                    .map(|(named, state)| Value::from_pairs(line(service, named, state)))
                    .collect();
                let [date, time] = when;
                say(service, Say::LedgerAll, &[("accounts", lines), date, time])
            }
            _ => say(service, Say::Later, &[]),
        }
    }
}

fn line(service: &Service, named: &Named, state: &AccountState) -> Vec<Pair> {
    let amount = |amount: Minor| Value::from(amount.styled(service.style));
    let mut values = named.values();
    values.push(("bal", amount(state.balance)));
    values.push(("avail", state.available.map_or(Value::UNDEFINED, amount)));
    values
}
