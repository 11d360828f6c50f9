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

/// An account of the ledger, and the values that name it: its number is its place there.
pub(super) struct Entry<'a> {
    pub(super) found: CallerAccount<'a>,
    pub(super) naming: Vec<Pair>,
}

/// All accounts of the caller, in the order of the contract.
pub(super) fn ledger<'a>(desk: &Desk<'a>) -> Vec<Entry<'a>> {
    let accounts = (1usize..).zip(desk.caller.ledger());
    let entry = |(place, found): (usize, CallerAccount<'a>)| {
        let mut naming = naming(&found);
        naming.iter_mut().filter(|(name, _)| *name == "n").for_each(|n| n.1 = Value::from(place));
        Entry { found, naming }
    };
    accounts.map(entry).collect()
}

/// The account with this number; or the refusal that says that there is none.
pub(super) fn chosen<'a>(
    desk: &Desk<'_>,
    mut ledger: Vec<Entry<'a>>,
    number: u16,
) -> Result<Entry<'a>, Outcome> {
    let place = usize::from(number).checked_sub(1).filter(|place| *place < ledger.len());
    let refusal = || desk.say(Say::LedgerUnknown, &[("n", Value::from(number))]);
    place.map(|place| ledger.swap_remove(place)).ok_or_else(refusal)
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
        match chosen(desk, entries, self.ordinal.unwrap_or(1)) {
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
