//! `HISTORIA`, `HISTORIA 2`: the last operations of one of all the customer's accounts, by its
//! place in his contract; without a number, of the first (2.4/5).

use minijinja::Value;

use super::ledger::{Entry, chosen, ledger};
use super::{Desk, Outcome, Pair, Reply, Then, say};
use crate::bank::{Answer, Question};
use crate::base::limits::DESCRIPTION_CHARS_MAX;
use crate::calendar::local::Shown;
use crate::service::Service;
use crate::service::say::Say;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct History {
    /// Which account; `None`: the first.
    pub ordinal: Option<u16>,
}

/// An account that the bank was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    account: Vec<Pair>,
}

impl History {
    pub(super) fn carry_out(self, desk: &Desk<'_>) -> Outcome {
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        match chosen(desk, ledger(desk), self.ordinal) {
            Err(refusal) => refusal,
            Ok(Entry { found, naming }) => Outcome::Ask(
                Question::Account(found.account.number.clone()),
                Then::History(Asked { account: naming }),
            ),
        }
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let Answer::Account(state) = answer else { return say(service, Say::Later, &[]) };
        let shown = state.history.iter().take(usize::from(service.history_shown));
        let movements: Value = shown
            .map(|movement| {
                let words: String = movement.text.chars().take(DESCRIPTION_CHARS_MAX).collect();
                Value::from_pairs([
                    ("dm", Value::from(Shown::DayMonth(movement.date))),
                    ("amt", Value::from(movement.amount.styled(service.style))),
                    ("desc", Value::from(words)),
                ])
            })
            .collect();
        let mut values = self.account.clone();
        values.push(("bal", Value::from(state.balance.styled(service.style))));
        values.push(("movements", movements));
        say(service, Say::History, &values)
    }
}
