//! `SALDO`, `SALDO 2`: the balance of one of all the customer's accounts, by its place in his
//! contract, or of all of them (SK-03).

use jiff::civil::DateTime;
use minijinja::Value;

use super::balance::moment;
use super::{Desk, Outcome, Pair, Reply, Then, naming, say};
use crate::bank::{AccountState, Answer, Question};
use crate::base::money::Minor;
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
    accounts: Vec<Vec<Pair>>,
    at: DateTime,
}

/// An account of the ledger, and the values that name it by its number there.
pub(super) struct Entry<'a> {
    pub(super) found: CallerAccount<'a>,
    pub(super) naming: Vec<Pair>,
}

/// All accounts of the caller, in the order of the contract.
pub(super) fn ledger<'a>(desk: &Desk<'a>) -> Vec<Entry<'a>> {
    let entry = |found: CallerAccount<'a>| {
        let mut naming = naming(&found);
        let number = Value::from(found.number);
        naming.iter_mut().filter(|(name, _)| *name == "n").for_each(|n| n.1 = number.clone());
        Entry { found, naming }
    };
    desk.caller.ledger().into_iter().map(entry).collect()
}

/// The account with this number, or the first; or the refusal that says that there is none.
pub(super) fn chosen<'a>(
    desk: &Desk<'_>,
    ledger: Vec<Entry<'a>>,
    number: Option<u16>,
) -> Result<Entry<'a>, Outcome> {
    let mut entries = ledger.into_iter();
    let found = entries.find(|entry| number.is_none_or(|number| entry.found.number == number));
    found.ok_or_else(|| desk.say(Say::LedgerUnknown, &[("n", Value::from(number.unwrap_or(1)))]))
}

impl LedgerBalance {
    pub(super) fn carry_out(self, desk: &Desk<'_>) -> Outcome {
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        let (entries, at) = (ledger(desk), desk.local);
        if self.ordinal.is_none() && entries.len() > 1 {
            let numbers = entries.iter().map(|entry| entry.found.account.number.clone()).collect();
            let accounts = entries.into_iter().map(|entry| entry.naming).collect();
            return Outcome::Ask(Question::Accounts(numbers), Then::Ledger(Asked { accounts, at }));
        }
        match chosen(desk, entries, self.ordinal) {
            Err(refusal) => refusal,
            Ok(Entry { found, naming }) => Outcome::Ask(
                Question::Account(found.account.number.clone()),
                Then::Ledger(Asked { accounts: vec![naming], at }),
            ),
        }
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        match (answer, self.accounts.as_slice()) {
            (Answer::Account(state), [naming]) => {
                let mut values = line(service, naming, state);
                values.extend(moment(self.at));
                say(service, Say::Ledger, &values)
            }
            (Answer::Accounts(states), accounts) if states.len() == accounts.len() => {
                let lines = accounts.iter().zip(states);
                let lines: Value = lines
                    .map(|(naming, state)| Value::from_pairs(line(service, naming, state)))
                    .collect();
                let mut values = vec![("states", lines)];
                values.extend(moment(self.at));
                say(service, Say::LedgerAll, &values)
            }
            _ => say(service, Say::Later, &[]),
        }
    }
}

fn line(service: &Service, naming: &[Pair], state: &AccountState) -> Vec<Pair> {
    let amount = |amount: Minor| Value::from(amount.styled(service.style));
    let available = state.available.map_or(Value::UNDEFINED, amount);
    let mut values = naming.to_vec();
    values.extend([("bal", amount(state.balance)), ("avail", available)]);
    values
}
