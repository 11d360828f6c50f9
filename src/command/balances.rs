//! `BILANC`, `BK`: the balances of all accounts of a class (PC-11 to PC-13).

use jiff::civil::DateTime;
use minijinja::Value;

use super::balance::{ask, moment};
use super::{Desk, Outcome, Pair, Reply, Then, naming, say};
use crate::bank::{Answer, Question};
use crate::customer::CallerAccount;
use crate::service::Service;
use crate::service::pattern::Verb;
use crate::service::say::Say;
use crate::service::texts::TextId;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balances {
    /// Which class of accounts, by its place in the service's list.
    pub class: u8,
}

/// Accounts that the bank was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    text: TextId,
    accounts: Vec<Vec<Pair>>,
    at: DateTime,
}

impl Balances {
    pub(super) fn carry_out(&self, desk: &Desk<'_>) -> Outcome {
        let Some(class) = desk.service.classes.get(usize::from(self.class)) else {
            return desk.say(Say::Unknown, &[]);
        };
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        let mut found: Vec<(u8, CallerAccount<'_>)> = Vec::new();
        for at in &class.kinds {
            let Some(kind) = desk.service.account(*at) else { continue };
            let of_kind = desk.caller.accounts_asked(Verb::Balances, &kind.word);
            found.extend(of_kind.into_iter().map(|account| (*at, account)));
        }
        match found.as_slice() {
            [] => {
                let wording = desk.service.render(class.none, &[]);
                Outcome::Say(Reply { text: class.none, wording })
            }
            [(kind, only)] => ask(desk, *kind, only),
            several => {
                let numbers = several.iter().map(|(_, found)| found.account.number.clone());
                let asked = Asked {
                    text: class.several,
                    accounts: several.iter().map(|(_, found)| naming(found)).collect(),
                    at: desk.local,
                };
                Outcome::Ask(Question::Accounts(numbers.collect()), Then::Balances(asked))
            }
        }
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let states = match answer {
            Answer::Accounts(states) if states.len() == self.accounts.len() => states,
            _ => return say(service, Say::Later, &[]),
        };
        let told = self.accounts.iter().zip(states).map(|(naming, state)| {
            let balance = ("bal", Value::from(state.balance.styled(service.style)));
            Value::from_pairs(naming.iter().cloned().chain([balance]))
        });
        let mut values = vec![("states", told.collect())];
        values.extend(moment(self.at));
        Reply { text: self.text, wording: service.render(self.text, &values) }
    }
}
