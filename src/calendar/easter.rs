//! Easter, on which a third of the holidays hang: Western and Orthodox, both as Gregorian dates.
//!
//! Computed by the anonymous Gregorian and by Meeus's Julian algorithm (Astronomical Algorithms,
//! chapter 8). [`super::holidays`] counts from here.

use jiff::civil::Date;

/// Easter Sunday of the Western churches; None outside the years 1583 to 9999.
pub fn western(year: i16) -> Option<Date> {
    if year < 1583 {
        return None;
    }
    let y = i32::from(year);
    let golden = y % 19;
    let (century, in_century) = (y / 100, y % 100);
    let lunar = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - lunar + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    day_of_spring(year, epact + weekday - 7 * late + 22)
}

/// Easter Sunday of the Orthodox churches; None outside the years 1583 to 9999.
pub fn orthodox(year: i16) -> Option<Date> {
    if year < 1583 {
        return None;
    }
    let y = i32::from(year);
    let full_moon = (19 * (y % 19) + 15) % 30;
    let weekday = (2 * (y % 4) + 4 * (y % 7) - full_moon + 34) % 7;
    // The Julian calendar lags: 13 days from 1900 to 2099.
    let lag = y / 100 - y / 400 - 2;
    day_of_spring(year, full_moon + weekday + 22 + lag)
}

/// The `day`-th counted from 1 March on: 32 is 1 April.
fn day_of_spring(year: i16, day: i32) -> Option<Date> {
    let first = Date::new(year, 3, 1).ok()?;
    first.checked_add(jiff::Span::new().try_days(day - 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Weekday, date};

    #[test]
    fn the_years_that_the_requirements_list() {
        let cases = [
            (2026, (4, 5), (4, 12)),
            (2027, (3, 28), (5, 2)),
            (2028, (4, 16), (4, 16)),
            (2029, (4, 1), (4, 8)),
            (2030, (4, 21), (4, 28)),
            (2031, (4, 13), (4, 13)),
            (2032, (3, 28), (5, 2)),
            // The earliest and latest, and the exceptions that simpler formulas miss.
            (1818, (3, 22), (4, 26)),
            (1943, (4, 25), (4, 25)),
            (1954, (4, 18), (4, 25)),
            (1981, (4, 19), (4, 26)),
            (2038, (4, 25), (4, 25)),
            (2018, (4, 1), (4, 8)),
        ];
        for (year, (west_month, west_day), (east_month, east_day)) in cases {
            assert_eq!(western(year), Some(date(year, west_month, west_day)));
            assert_eq!(orthodox(year), Some(date(year, east_month, east_day)));
        }
    }

    #[test]
    fn always_a_sunday_and_never_before_the_other_church() {
        for year in 1900..=2100 {
            let (west, east) = (western(year).unwrap(), orthodox(year).unwrap());
            assert_eq!((west.weekday(), east.weekday()), (Weekday::Sunday, Weekday::Sunday));
            assert!(west <= east);
        }
        assert_eq!(western(1582), None);
    }
}
