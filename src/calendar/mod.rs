//! Business days of the three countries, and local time: when reports run and lists are in force.
//!
//! The law's rules are computed ([`easter`], [`holidays`]); the bank corrects them by dates that it
//! hands in ([`mod@file`]), and Eid comes from those alone, since moon and government decide it
//! (requirements, section 5). [`local`] turns instants into local dates and back.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;

use self::holidays::{Holiday, Moves};

pub mod easter;
pub mod file;
pub mod holidays;
pub mod local;
pub mod month;

/// Whose holidays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Country {
    /// Serbia.
    Rs,
    /// Kosovo.
    Xk,
    /// Poland.
    Pl,
}

/// What a calendar is made of; all dates are the bank's to correct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Whose law.
    pub country: Country,
    /// Saturday counts as a business day ("dzień roboczy" may be read so).
    pub saturday_works: bool,
    /// First days of Eid al-Fitr, on their own date; they move as the country's holidays do.
    pub eid_al_fitr: Vec<Date>,
    /// First days of Eid al-Adha; likewise.
    pub eid_al_adha: Vec<Date>,
    /// Further days off with their names, just as given.
    pub extra: Vec<(Date, String)>,
    /// Days that the rules would have off and that are none, moved ones included.
    pub removed: Vec<Date>,
}

impl Options {
    /// The law of `country`, nothing more.
    pub fn new(country: Country) -> Options {
        Options {
            country,
            saturday_works: false,
            eid_al_fitr: Vec::new(),
            eid_al_adha: Vec::new(),
            extra: Vec::new(),
            removed: Vec::new(),
        }
    }
}

/// Business days of one country, as its bank keeps them.
#[derive(Clone, Debug)]
pub struct Calendar {
    options: Options,
    /// The days off of [`YEARS`], their names beside them.
    off: BTreeMap<Date, Cow<'static, str>>,
}

/// The years that a calendar knows; outside them only weekends are off.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

impl Calendar {
    /// Computes all days off once; a corrected file makes another calendar.
    pub fn new(options: Options) -> Calendar {
        let extra: Vec<Date> = options.extra.iter().map(|(date, _)| *date).collect();
        let mut all: Vec<Holiday> =
            YEARS.flat_map(|year| holidays::of(options.country, year)).collect();
        let moves = if options.country == Country::Xk { Moves::Weekend } else { Moves::Never };
        let eid = |name| move |date: &Date| Holiday { date: *date, name, moves };
        all.extend(options.eid_al_fitr.iter().map(eid("Eid al-Fitr")));
        all.extend(options.eid_al_adha.iter().map(eid("Eid al-Adha")));
        let mut off: BTreeMap<Date, Cow<'static, str>> = holidays::days_off(&all, &extra)
            .into_iter()
            .map(|(date, name)| (date, Cow::Borrowed(name)))
            .collect();
        for (date, name) in &options.extra {
            off.insert(*date, Cow::Owned(name.clone()));
        }
        for date in &options.removed {
            off.remove(date);
        }
        Calendar { options, off }
    }

    /// The country whose calendar this is.
    pub fn country(&self) -> Country {
        self.options.country
    }

    /// The name of the holiday that `date` is off for; None on other days, weekends too.
    pub fn holiday(&self, date: Date) -> Option<&str> {
        self.off.get(&date).map(AsRef::as_ref)
    }

    /// Whether the bank works on `date`.
    pub fn is_business_day(&self, date: Date) -> bool {
        let weekday = date.weekday();
        let saturday = weekday == jiff::civil::Weekday::Saturday && self.options.saturday_works;
        (saturday || !holidays::weekend(weekday)) && self.holiday(date).is_none()
    }

    /// `date` itself if it is a business day, else the last one before it.
    pub fn business_day_on_or_before(&self, date: Date) -> Date {
        if self.is_business_day(date) { date } else { self.step(date, Date::yesterday) }
    }

    /// The first business day behind `after`, which itself doesn't count.
    pub fn next_business_day(&self, after: Date) -> Date {
        self.step(after, Date::tomorrow)
    }

    /// The business day `days` of them behind `date`, before it if negative; `date` for 0.
    pub fn add_business_days(&self, date: Date, days: i32) -> Date {
        let towards = if days < 0 { Date::yesterday } else { Date::tomorrow };
        (0..days.unsigned_abs()).fold(date, |date, _| self.step(date, towards))
    }

    /// Of `year` and the next, those in which one of the two Eids has no date: worth a warning.
    ///
    /// Empty for countries that don't keep Eid.
    pub fn missing_years(&self, year: i16) -> Vec<i16> {
        if self.options.country != Country::Xk {
            return Vec::new();
        }
        let lacks = |dates: &[Date], year| !dates.iter().any(|date| date.year() == year);
        [year, year.saturating_add(1)]
            .into_iter()
            .filter(|year| {
                lacks(&self.options.eid_al_fitr, *year) || lacks(&self.options.eid_al_adha, *year)
            })
            .collect()
    }

    /// The next business day in the direction of `towards`; the end of time where there is none.
    fn step(&self, date: Date, towards: fn(Date) -> Result<Date, jiff::Error>) -> Date {
        let mut day = date;
        while let Ok(next) = towards(day) {
            day = next;
            if self.is_business_day(day) {
                break;
            }
        }
        day
    }
}

#[cfg(test)]
mod tests;
