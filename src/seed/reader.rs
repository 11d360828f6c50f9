//! The values of a seed file: days that count from the day of loading, amounts, numbers, switches.
//!
//! A [`Reader`] notes what it can't read and goes on, so that a file's faults are told all at once.
//! No fault repeats what stands in the file: it may be personal, and its place shows it anyway.

use std::fmt::Display;
use std::ops::Range;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use toml::Spanned;

use crate::base::fault::Fault;
use crate::base::former::today;
use crate::base::last4::Last4;
use crate::base::money::{Currency, Minor, Rate};
use crate::base::msisdn::Msisdn;

/// Days and months that a relative day may lie away, at most: a century.
const DAYS_AWAY_MAX: i64 = 36_500;
const MONTHS_AWAY_MAX: i64 = 1_200;

/// Reads values and notes faults.
pub(super) struct Reader {
    /// The day that relative days count from.
    pub(super) today: Date,
    /// What couldn't be read.
    pub(super) faults: Vec<Fault>,
}

impl Reader {
    /// A reader for a seed that is loaded on `today`.
    pub(super) fn new(today: Date) -> Reader {
        Reader { today, faults: Vec::new() }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, span: Range<usize>, what: impl Into<String>, remedy: &str) {
        self.faults.push(Fault::new(span, what, remedy));
    }

    /// A day: `2002-05-15`, or counted from the day of loading: `D`, `D-3`, `D+30`, `D+24 months`.
    pub(super) fn day(&mut self, text: &Spanned<String>) -> Date {
        if let Some(day) = day(text.get_ref(), self.today) {
            return day;
        }
        self.fault(text.span(), "this is no day", "write D, D-3, D+24 months or 2026-11-22");
        self.today
    }

    /// A decimal string.
    pub(super) fn amount(&mut self, text: &Spanned<String>) -> Minor {
        self.parsed(text, Minor::parse, "write it such as \"1234.56\"").unwrap_or_default()
    }

    /// A telephone number; a former one is today's (requirements 3.2).
    pub(super) fn number(&mut self, text: &Spanned<String>) -> Option<Msisdn> {
        let read = |text: &str| Msisdn::parse(text).map(today);
        self.parsed(text, read, "write it such as \"+381631112222\"")
    }

    /// A rate of exchange.
    pub(super) fn rate(&mut self, text: &Spanned<String>) -> Rate {
        let remedy = "a rate is positive and has at most four decimals, such as \"117.1748\"";
        self.parsed(text, |text| Rate::parse(text).map_err(|_| "this is no rate"), remedy)
            .unwrap_or(Rate::new(1))
    }

    /// A currency's code.
    pub(super) fn currency(&mut self, text: &Spanned<String>) -> Option<Currency> {
        self.parsed(text, str::parse, "write it such as \"EUR\"")
    }

    /// The end of a card's number.
    pub(super) fn last4(&mut self, text: &Spanned<String>) -> Option<Last4> {
        let four = |text: &str| Last4::parse(text).ok_or("these aren't four digits");
        self.parsed(text, four, "write the last four digits of the card, such as \"1600\"")
    }

    fn parsed<T, E: Display>(
        &mut self,
        text: &Spanned<String>,
        parse: impl Fn(&str) -> Result<T, E>,
        remedy: &str,
    ) -> Option<T> {
        parse(text.get_ref())
            .map_err(|error| self.fault(text.span(), error.to_string(), remedy))
            .ok()
    }
}

fn day(text: &str, today: Date) -> Option<Date> {
    let Some(away) = text.strip_prefix('D') else { return text.parse().ok() };
    if away.is_empty() {
        return Some(today);
    }
    today.checked_add(span(away)?).ok()
}

/// `-3`, `+30`, `+24 months`
fn span(text: &str) -> Option<Span> {
    let (sign, text) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => return None,
    };
    let (count, unit) = text.split_once(' ').unwrap_or((text, "days"));
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = count.parse().ok()?;
    match unit {
        "day" | "days" if count <= DAYS_AWAY_MAX => Some((sign * count).days()),
        "month" | "months" if count <= MONTHS_AWAY_MAX => Some((sign * count).months()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_count_from_the_day_of_loading() {
        let today = date(2026, 11, 22);
        for (text, expected) in [
            ("D", today),
            ("D-1", date(2026, 11, 21)),
            ("D+30", date(2026, 12, 22)),
            ("D+1 month", date(2026, 12, 22)),
            ("D+24 months", date(2028, 11, 22)),
            ("D-60 days", date(2026, 9, 23)),
            ("2002-05-15", date(2002, 5, 15)),
        ] {
            assert_eq!(day(text, today), Some(expected), "{text}");
        }
        for text in ["", "D30", "D+", "D+x", "D+ 3", "D+1 week", "D+99999", "D--1", "15.5.2002"] {
            assert_eq!(day(text, today), None, "{text}");
        }
    }
}
