//! `KURS`, `KURS 05.11.26`: rates of exchange, for anybody (KB-07 to KB-09).

use jiff::ToSpan;
use jiff::civil::Date;
use minijinja::Value;

use super::{Desk, Outcome, Pair, Reply, Then, say};
use crate::bank::{Answer, Question, RateList};
use crate::calendar::local::Shown;
use crate::service::Service;
use crate::service::say::Say;
use crate::service::slot::DateArg;

/// The command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Of which day.
    pub date: DateArg,
}

/// Rates that the bank was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The day that the list must be in force on.
    on: Date,
    /// Whether the customer named the day, so that another day's list must be called so.
    named: bool,
}

impl Rates {
    pub(super) fn carry_out(&self, desk: &Desk<'_>) -> Outcome {
        let today = desk.local.date();
        let asked = match self.date {
            DateArg::Malformed => return desk.say(Say::RatesMalformed, &[]),
            DateArg::On(date) if date > today => {
                return desk.say(Say::RatesFuture, &[("date", Value::from(Shown::Date(date)))]);
            }
            DateArg::On(date) if date < today => Asked { on: date, named: true },
            // Today's list is in force from its hour on; before that it is still yesterday's
            // (KB-09).
            DateArg::On(_) | DateArg::Absent
                if desk.local.hour() < desk.service.rates_from_hour =>
            {
                Asked { on: today.checked_sub(1.day()).unwrap_or(today), named: false }
            }
            DateArg::On(_) | DateArg::Absent => Asked { on: today, named: false },
        };
        let question =
            Question::Rates { on: asked.on, age_days_max: desk.service.rates_age_days_max };
        Outcome::Ask(question, Then::Rates(asked))
    }
}

impl Asked {
    pub(super) fn reply(&self, service: &Service, answer: &Answer) -> Reply {
        let date = ("date", Value::from(Shown::Date(self.on)));
        match answer {
            Answer::Rates(list) if self.named && list.date != self.on => {
                let of = ("date2", Value::from(Shown::Date(list.date)));
                say(service, Say::RatesPrevious, &[date, of, lines(service, list)])
            }
            Answer::Rates(list) => say(
                service,
                Say::Rates,
                &[("date", Value::from(Shown::Date(list.date))), lines(service, list)],
            ),
            _ => say(service, Say::RatesNone, &[date]),
        }
    }
}

/// The service's currencies, in its order.
fn lines(service: &Service, list: &RateList) -> Pair {
    let line = |currency: &crate::base::money::Currency| {
        let line = list.rates.iter().find(|line| line.currency == *currency)?;
        let rate = |rate: crate::base::money::Rate| Value::from(rate.styled(service.style));
        let values = [
            ("cur", Value::from(currency.as_str())),
            ("buy", rate(line.buy)),
            ("middle", rate(line.middle)),
            ("sell", rate(line.sell)),
        ];
        Some(Value::from_pairs(values))
    };
    ("rates", service.rates_currencies.iter().filter_map(line).collect())
}
