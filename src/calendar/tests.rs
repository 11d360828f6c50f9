//! The tables and traps of requirements, section 5.

use super::*;
use jiff::civil::date;

fn calendar(country: Country) -> Calendar {
    Calendar::new(Options::new(country))
}

/// The weekdays of `year` that are off, as (day, month).
fn off(calendar: &Calendar, year: i16) -> Vec<(i8, i8)> {
    date(year, 1, 1)
        .series(jiff::Span::new().days(1))
        .take_while(|day| day.year() == year)
        .filter(|day| !holidays::weekend(day.weekday()) && !calendar.is_business_day(*day))
        .map(|day| (day.day(), day.month()))
        .collect()
}

#[test]
fn serbia() {
    let rs = calendar(Country::Rs);
    // 15.2.2026 is a Sunday and 16.2 is off already: Tuesday the 17th. 9.5 and Saturdays don't
    // move.
    let expected = [(1, 1), (2, 1), (7, 1), (16, 2), (17, 2), (10, 4), (13, 4), (1, 5), (11, 11)];
    assert_eq!(off(&rs, 2026), expected);
    // Easter on the 2nd of May: Good Friday 30.4, Monday 3.5, and for the 2nd itself Tuesday 4.5.
    let expected = [(1, 1), (7, 1), (15, 2), (16, 2), (30, 4), (3, 5), (4, 5), (11, 11)];
    assert_eq!(off(&rs, 2027), expected);
    // 1.1.2023 was a Sunday: 2.1 was off, so 3.1 was too.
    assert!(!rs.is_business_day(date(2023, 1, 3)));
    // A religious holiday on a Sunday stays there.
    assert_eq!(date(2029, 1, 7).weekday(), jiff::civil::Weekday::Sunday);
    assert!(rs.is_business_day(date(2029, 1, 8)));
    assert_eq!(rs.holiday(date(2027, 5, 4)), Some("Labour Day"));
}

#[test]
fn kosovo() {
    let mut options = Options::new(Country::Xk);
    options.eid_al_fitr = vec![date(2022, 5, 2), date(2027, 3, 10)];
    options.eid_al_adha = vec![date(2027, 5, 16)];
    let xk = Calendar::new(options);
    // 1.5 Saturday, Monday the 3rd is Easter Monday: Tuesday. 9.5 and Eid on Sundays: Mondays.
    let expected = [
        (1, 1),
        (4, 1),
        (7, 1),
        (17, 2),
        (10, 3),
        (29, 3),
        (9, 4),
        (3, 5),
        (4, 5),
        (10, 5),
        (17, 5),
        (27, 12),
    ];
    assert_eq!(off(&xk, 2027), expected);
    // The official calendar of 2022 (1 May a Sunday, Eid on the 2nd), and 2018, when two holidays
    // fell on 9 April.
    for (month, day) in [(1, 3), (1, 4), (5, 2), (5, 3)] {
        assert!(!xk.is_business_day(date(2022, month, day)), "{day}.{month}");
    }
    assert!(xk.is_business_day(date(2022, 1, 5)) && xk.is_business_day(date(2022, 5, 4)));
    assert_eq!(xk.holiday(date(2018, 4, 9)), Some("Constitution Day"));
    assert!(xk.is_business_day(date(2018, 4, 10)));
}

#[test]
fn two_holidays_on_one_day_move_once_if_either_does() {
    let sunday = date(2027, 5, 2);
    let easter = Holiday { date: sunday, name: "Easter", moves: Moves::Never };
    let labour = Holiday { date: sunday, name: "Labour Day", moves: Moves::Sunday };
    for order in [[easter, labour], [labour, easter]] {
        let off: Vec<Date> = holidays::days_off(&order, &[]).into_keys().collect();
        assert_eq!(off, [sunday, date(2027, 5, 3)]);
    }
}

#[test]
fn a_missing_eid_is_told() {
    let mut options = Options::new(Country::Xk);
    options.eid_al_fitr = vec![date(2027, 3, 10), date(2028, 2, 26)];
    options.eid_al_adha = vec![date(2027, 5, 16)];
    assert_eq!(Calendar::new(options.clone()).missing_years(2026), [2026]);
    assert_eq!(Calendar::new(options).missing_years(2027), [2028]);
    assert!(calendar(Country::Rs).missing_years(2027).is_empty());
}

#[test]
fn poland() {
    let pl = calendar(Country::Pl);
    let expected = [(1, 1), (6, 1), (6, 4), (1, 5), (4, 6), (11, 11), (24, 12), (25, 12)];
    assert_eq!(off(&pl, 2026), expected);
    // Christmas Eve since 2025, and nothing moves: 26.12.2026 is a Saturday.
    assert!(pl.is_business_day(date(2024, 12, 24)) && !pl.is_business_day(date(2025, 12, 24)));
    assert_eq!(pl.next_business_day(date(2026, 12, 23)), date(2026, 12, 28));
    assert_eq!(pl.holiday(date(2026, 5, 24)), Some("Pentecost"));
}

#[test]
fn the_bank_corrects() {
    let mut options = Options::new(Country::Rs);
    options.extra = vec![(date(2027, 5, 4), "Bridge".into())];
    options.removed = vec![date(2027, 11, 11)];
    let rs = Calendar::new(options);
    assert_eq!(rs.holiday(date(2027, 5, 4)), Some("Bridge"));
    // The moved 2 May gives way to what is off already.
    assert_eq!(rs.holiday(date(2027, 5, 5)), Some("Labour Day"));
    assert!(rs.is_business_day(date(2027, 11, 11)));
    let mut saturdays = Options::new(Country::Pl);
    saturdays.saturday_works = true;
    let pl = Calendar::new(saturdays);
    assert!(pl.is_business_day(date(2026, 11, 21)) && !pl.is_business_day(date(2026, 12, 26)));
    assert!(!pl.is_business_day(date(2026, 11, 22)));
}

#[test]
fn steps() {
    let rs = calendar(Country::Rs);
    // Sunday 22.11.2026: Friday's list is in force.
    assert_eq!(rs.business_day_on_or_before(date(2026, 11, 22)), date(2026, 11, 20));
    assert_eq!(rs.business_day_on_or_before(date(2026, 11, 20)), date(2026, 11, 20));
    assert_eq!(rs.next_business_day(date(2026, 11, 20)), date(2026, 11, 23));
    assert_eq!(rs.next_business_day(date(2027, 4, 29)), date(2027, 5, 5));
    assert_eq!(rs.add_business_days(date(2027, 4, 29), 2), date(2027, 5, 6));
    assert_eq!(rs.add_business_days(date(2027, 5, 5), -1), date(2027, 4, 29));
    assert_eq!(rs.add_business_days(date(2026, 11, 22), 0), date(2026, 11, 22));
    assert_eq!(rs.next_business_day(Date::MAX), Date::MAX);
}

#[test]
fn a_month_has_a_business_day_and_a_year_its_share() {
    for country in [Country::Rs, Country::Xk, Country::Pl] {
        let calendar = calendar(country);
        for year in YEARS {
            let count = off(&calendar, year).len();
            assert!((5..=14).contains(&count), "{country:?} {year}: {count}");
        }
    }
}
