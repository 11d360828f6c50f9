//! The file of what the law doesn't say ahead: dates by which the bank corrects its calendars.
//!
//! One table a country (`[xk]`), all of them optional. Eid comes from here alone, since moon and
//! government decide it; a bridge day, or one that is worked after all, is a line (requirements,
//! section 5). It can be read again without a restart.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{Calendar, Country, Options};
use crate::base::fault::Fault;

/// The calendars of all countries, as the bank keeps them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Holidays {
    known: Vec<Options>,
}

/// The serde mirror.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rs: Option<Table>,
    xk: Option<Table>,
    pl: Option<Table>,
}

/// `[rs]`, `[xk]`, `[pl]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Table {
    saturday_works: bool,
    eid_al_fitr: Vec<Spanned<String>>,
    eid_al_adha: Vec<Spanned<String>>,
    off: Vec<Off>,
    works: Vec<Spanned<String>>,
}

/// A day off of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Off {
    date: Spanned<String>,
    name: String,
}

impl Holidays {
    /// Reads such a file; on failure all its faults, in the order of the file.
    pub fn read(text: &str) -> Result<Holidays, Vec<Fault>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            vec![Fault::new(span, error.message(), "see the comments of examples/holidays.toml")]
        })?;
        let mut faults = Vec::new();
        let tables = [(Country::Rs, file.rs), (Country::Xk, file.xk), (Country::Pl, file.pl)];
        let known = tables
            .into_iter()
            .filter_map(|(country, table)| Some(table?.options(country, &mut faults)))
            .collect();
        faults.sort_by_key(|fault| fault.span.start);
        if faults.is_empty() { Ok(Holidays { known }) } else { Err(faults) }
    }

    /// The business days of a country; by its law alone where the file says nothing of it.
    pub fn calendar(&self, country: Country) -> Calendar {
        let known = self.known.iter().find(|options| options.country == country);
        Calendar::new(known.cloned().unwrap_or_else(|| Options::new(country)))
    }
}

impl Table {
    fn options(&self, country: Country, faults: &mut Vec<Fault>) -> Options {
        let mut dates = |written: &[Spanned<String>]| -> Vec<Date> {
            written.iter().filter_map(|date| read_date(date, faults)).collect()
        };
        let (eid_al_fitr, eid_al_adha) = (dates(&self.eid_al_fitr), dates(&self.eid_al_adha));
        let removed = dates(&self.works);
        let extra = self
            .off
            .iter()
            .filter_map(|off| Some((read_date(&off.date, faults)?, off.name.clone())))
            .collect();
        let saturday_works = self.saturday_works;
        Options { country, saturday_works, eid_al_fitr, eid_al_adha, extra, removed }
    }
}

fn read_date(written: &Spanned<String>, faults: &mut Vec<Fault>) -> Option<Date> {
    let date = written.get_ref().parse().ok();
    if date.is_none() {
        faults.push(Fault::new(
            written.span(),
            format!("`{}` is no date", written.get_ref()),
            "write it as \"2027-03-10\"",
        ));
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[xk]
eid_al_fitr = ["2027-03-10"]
eid_al_adha = ["2027-05-16"]
works       = ["2027-02-17"]
off         = [{ date = "2027-01-04", name = "bridge" }]

[pl]
saturday_works = true
"#;

    #[test]
    fn what_the_file_says_goes_before_the_law() {
        let holidays = Holidays::read(FILE).unwrap();
        let (kosovo, poland) = (holidays.calendar(Country::Xk), holidays.calendar(Country::Pl));
        let day = |month, day| Date::constant(2027, month, day);
        assert_eq!(kosovo.holiday(day(3, 10)), Some("Eid al-Fitr"));
        // 16 May is a Sunday, so it moves.
        assert_eq!(kosovo.holiday(day(5, 17)), Some("Eid al-Adha"));
        assert_eq!(kosovo.holiday(day(1, 4)), Some("bridge"));
        assert!(kosovo.is_business_day(day(2, 17)));
        assert!(poland.is_business_day(day(1, 9)), "a Saturday");
        assert!(!holidays.calendar(Country::Rs).is_business_day(day(1, 9)));
        assert_eq!(kosovo.missing_years(2026), [2026]);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let text = "[xk]\neid_al_fitr = [\"10.3.2027\"]\nworks = [\"2027-02-30\"]\n";
        let faults = Holidays::read(text).unwrap_err();
        let places: Vec<&str> = faults.iter().map(|fault| &text[fault.span.clone()]).collect();
        assert_eq!(places, ["\"10.3.2027\"", "\"2027-02-30\""]);
        assert!(Holidays::read("[de]\n").is_err());
    }
}
