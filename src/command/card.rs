//! `KT 1600`: the state of a credit or charge card (KB-16).

use minijinja::Value;

use super::{Desk, Outcome, Reply, Then, say};
use crate::bank::{Answer, Question};
use crate::base::last4::Last4;
use crate::calendar::local::Shown;
use crate::service::Service;
use crate::service::say::Say;
use crate::service::slot::CardArg;

/// What is shown where a whole card number stood: never a digit of it.
pub(super) const WHOLE_NUMBER_SHOWN: &str = "****";

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CardQuery {
    /// Which card.
    pub card: CardArg,
}

/// A card that the bank was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    last4: Last4,
    kind: String,
}

impl CardQuery {
    pub(super) fn carry_out(&self, desk: &Desk<'_>) -> Outcome {
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        if !desk.may_ask_about_cards() {
            let last4 = match &self.card {
                CardArg::Last4(last4) => Value::from(last4.as_str()),
                _ => Value::UNDEFINED,
            };
            return desk.say(Say::NotContracted, &[("last4", last4)]);
        }
        let last4 = match self.card {
            CardArg::Last4(last4) => last4,
            CardArg::WholeNumber => {
                return desk.say(Say::CardNone, &[("last4", Value::from(WHOLE_NUMBER_SHOWN))]);
            }
            CardArg::Absent | CardArg::Malformed => return desk.say(Say::CardFormat, &[]),
        };
        let shown = ("last4", Value::from(last4.as_str()));
        let cards: Vec<_> =
            desk.caller.cards(Some(last4)).filter(|found| found.card.query).collect();
        match cards.as_slice() {
            [] => desk.say(Say::CardNone, &[shown]),
            [only] => {
                let asked = Asked { last4, kind: only.card.kind.clone() };
                Outcome::Ask(Question::Card(only.card.reference.clone()), Then::Card(asked))
            }
            several => {
                let kinds: Vec<&str> =
                    several.iter().map(|found| found.card.kind.as_str()).collect();
                desk.say(Say::CardAmbiguous, &[shown, ("kinds", Value::from(kinds.join(", ")))])
            }
        }
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let Answer::Card(state) = answer else { return say(service, Say::Later, &[]) };
        let values = [
            ("last4", Value::from(self.last4.as_str())),
            ("kind", Value::from(self.kind.as_str())),
            ("my", Value::from(Shown::MonthYear(state.expires))),
            ("limit", Value::from(state.limit.styled(service.style))),
            ("bal", Value::from(state.available.styled(service.style))),
        ];
        say(service, Say::CardInfo, &values)
    }
}
