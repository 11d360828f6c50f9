//! `TR`, `TR 2`: an account's balance, or the list of accounts of a kind (KB-11 to KB-15, KB-27).

use jiff::civil::DateTime;
use minijinja::Value;

use super::{Desk, Outcome, Pair, Reply, Then, listing, say};
use crate::bank::{AccountState, Answer, Question};
use crate::base::limits::{BALANCES_SHOWN_MAX, DESCRIPTION_CHARS_MAX};
use crate::base::money::Minor;
use crate::calendar::local::Shown;
use crate::customer::CallerAccount;
use crate::service::Service;
use crate::service::pattern::Verb;
use crate::service::say::Say;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance {
    /// Which kind of account, by its place in the service's list.
    pub kind: u8,
    /// Which of several.
    pub ordinal: Option<u16>,
}

/// An account that the bank was asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    kind: u8,
    ordinal: u16,
    shown: String,
    at: DateTime,
}

impl Balance {
    pub(super) fn carry_out(&self, desk: &Desk<'_>) -> Outcome {
        let Some(kind) = desk.service.account(self.kind) else {
            return desk.say(Say::Unknown, &[]);
        };
        if desk.caller.is_stranger() {
            return desk.say(Say::NoCustomer, &[]);
        }
        let word = Value::from(kind.word.as_str());
        let accounts = desk.caller.accounts_asked(Verb::Balance, &kind.word);
        let ordinal = self.ordinal.map_or(Value::UNDEFINED, Value::from);
        let chosen = match (accounts.as_slice(), self.ordinal) {
            ([], _) => return desk.say(Say::NotContracted, &not_contracted(word, ordinal)),
            ([only], None) => only,
            (_, None) => {
                return desk
                    .say(Say::AccountList, &[("k", word), ("accounts", listing(&accounts))]);
            }
            (_, Some(wanted)) => match accounts.iter().find(|a| a.account.ordinal == wanted) {
                Some(found) => found,
                None => return desk.say(Say::OrdinalUnknown, &[("k", word), ("n", ordinal)]),
            },
        };
        ask(desk, self.kind, chosen)
    }
}

/// Asks for one account, of the kind at this place of the service's list.
pub(super) fn ask(desk: &Desk<'_>, kind: u8, chosen: &CallerAccount<'_>) -> Outcome {
    let asked = Asked {
        kind,
        ordinal: chosen.account.ordinal,
        shown: chosen.account.number.to_string(),
        at: desk.local,
    };
    Outcome::Ask(Question::Account(chosen.account.number.clone()), Then::Balance(asked))
}

/// The day and the time at which a balance was asked for.
pub(super) fn moment(at: DateTime) -> [Pair; 2] {
    [("today", Value::from(Shown::Date(at.date()))), ("time", Value::from(Shown::Time(at.time())))]
}

/// What a refusal for want of a contract names: a kind, with or without an ordinal.
pub(super) fn not_contracted(word: Value, ordinal: Value) -> [Pair; 2] {
    [("k", word), ("n", ordinal)]
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let (Answer::Account(state), Some(kind)) = (answer, service.account(self.kind)) else {
            return say(service, Say::Later, &[]);
        };
        let bare = state.overdraft.is_none() && state.term.is_none() && state.balances.is_empty();
        let text = if bare { kind.info_bare } else { kind.info };
        let Some(text) = text else { return say(service, Say::Later, &[]) };
        let mut values = vec![
            ("k", Value::from(kind.word.as_str())),
            ("n", Value::from(self.ordinal)),
            ("acc", Value::from(self.shown.as_str())),
        ];
        values.extend(moment(self.at));
        values.extend(state_values(service, state));
        Reply { text, wording: service.render(text, &values) }
    }
}

fn state_values(service: &Service, state: &AccountState) -> Vec<Pair> {
    let amount = |amount: Minor| Value::from(amount.styled(service.style));
    let day = |date| Value::from(Shown::Date(date));
    let mut values = vec![("bal", amount(state.balance))];
    if let Some(last) = &state.last {
        let description: String = last.text.chars().take(DESCRIPTION_CHARS_MAX).collect();
        values.extend([
            ("date", day(last.date)),
            ("amt", amount(last.amount)),
            ("desc", Value::from(description)),
        ]);
    }
    if let Some((limit, until)) = state.overdraft {
        values.extend([("limit", amount(limit)), ("date2", day(until))]);
    }
    if let Some(term) = state.term {
        values.push(("date2", day(term)));
    }
    let balances: Value = state
        .balances
        .iter()
        .take(BALANCES_SHOWN_MAX)
        .map(|balance| {
            let term = balance.term.map_or(Value::UNDEFINED, day);
            Value::from_pairs([
                ("cur", Value::from(balance.currency.as_str())),
                ("bal", amount(balance.amount)),
                ("date", term),
            ])
        })
        .collect();
    values.push(("balances", balances));
    values
}
