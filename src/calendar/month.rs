//! Months: what fees are charged for, and what operators send invoices for.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A month of a year: `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Month(u16);

/// A text is no month.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a month is a year and a month, for example 2026-11")]
pub struct MonthError;

const A_YEAR: u16 = 12;

impl Month {
    /// The month of a day; the first of all for days before our era.
    pub fn of(day: Date) -> Month {
        let year = day.year().unsigned_abs() * u16::from(day.year() >= 0);
        Month(year * A_YEAR + u16::from(day.month().unsigned_abs()) - 1)
    }

    /// Its last day: the 28th, 29th, 30th or 31st (CA-32).
    pub fn last_day(self) -> Date {
        let (year, month) = self.parts();
        Date::new(year, month, 1).map_or(Date::MAX, Date::last_of_month)
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Month {
        Month(self.0.saturating_add(1))
    }

    /// The month before it.
    #[must_use]
    pub fn previous(self) -> Month {
        Month(self.0.saturating_sub(1))
    }

    /// Its number, in order, as keys of the store have it.
    pub fn word(self) -> u16 {
        self.0
    }

    fn parts(self) -> (i16, i8) {
        // At most 5,461 years and 12 months.
        let part = |number: u16| i16::try_from(number).unwrap_or(i16::MAX);
        (part(self.0 / A_YEAR), part(self.0 % A_YEAR + 1) as i8)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.parts();
        write!(f, "{year:04}-{month:02}")
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Month, MonthError> {
        let day = format!("{text}-01").parse::<Date>().map_err(|_| MonthError)?;
        let month = Month::of(day);
        if month.to_string() == text { Ok(month) } else { Err(MonthError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_have_their_last_days_and_follow_one_another() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        for (text, day) in [("2026-11", 30), ("2027-02", 28), ("2028-02", 29), ("2026-12", 31)] {
            assert_eq!(month(text).last_day().day(), day, "{text}");
            assert_eq!(month(text).to_string(), text);
            assert_eq!(Month::of(month(text).last_day()), month(text));
        }
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2027-01").previous(), month("2026-12"));
        assert!(month("2026-12") < month("2027-01"));
        assert_eq!(Month::of(date(-5, 3, 1)), Month::of(date(0, 3, 1)));
        for text in ["", "2026", "2026-13", "2026-1", "11-2026", "2026-11-01", "-0001-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
