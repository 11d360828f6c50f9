//! Local time: instants as the bank's customers read them, and local moments as instants.
//!
//! Everything stored is UTC; schedules are local, and a run is keyed by its local date, so that the
//! hour that comes twice in October runs it once (requirements, section 5). The zone data are the
//! system's or, where it has none, those built in. The bank's "today" comes from here.

use std::fmt::{self, Write as _};

use arrayvec::ArrayString;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use minijinja::Value;

use crate::base::now::Wall;

/// A time zone with its history of clock changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone(TimeZone);

/// There is no such zone.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no time zone is called {name:?}; zones are called like Europe/Belgrade")]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
}

impl Default for Zone {
    /// UTC.
    fn default() -> Zone {
        Zone(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of an IANA name: Europe/Belgrade, Europe/Warsaw.
    ///
    /// # Errors
    ///
    /// [`UnknownZone`] for a name that the zone data lack.
    pub fn named(name: &str) -> Result<Zone, UnknownZone> {
        TimeZone::get(name).map(Zone).map_err(|_| UnknownZone { name: name.to_owned() })
    }

    /// The local date and time of `wall`.
    pub fn local(&self, wall: Wall) -> DateTime {
        self.0.to_datetime(timestamp(wall))
    }

    /// The local date of `wall`.
    pub fn date(&self, wall: Wall) -> Date {
        self.local(wall).date()
    }

    /// The local time of day of `wall`.
    pub fn time(&self, wall: Wall) -> Time {
        self.local(wall).time()
    }

    /// The instant of a local date and time; [`Wall`]'s farthest where no instant can be it.
    ///
    /// In the hour that is skipped in March the time counts on from before (02:30 is 03:30), in the
    /// hour that comes twice in October the first is meant.
    pub fn wall(&self, date: Date, time: Time) -> Wall {
        let local = date.to_datetime(time);
        match self.0.to_timestamp(local) {
            Ok(stamp) => Wall::from_millis(stamp.as_millisecond()),
            Err(_) if date.year() < 0 => Wall::from_millis(Timestamp::MIN.as_millisecond()),
            Err(_) => Wall::from_millis(Timestamp::MAX.as_millisecond()),
        }
    }

    /// `wall` as RFC 3339 has it, in whole seconds, with the zone's distance from UTC:
    /// `2026-11-23T13:05:02+01:00`.
    pub fn stamp(&self, wall: Wall) -> String {
        let stamp = timestamp(wall);
        let whole = Timestamp::from_second(stamp.as_second()).unwrap_or(stamp);
        whole.display_with_offset(self.0.to_offset(whole)).to_string()
    }

    /// Quarters of an hour that local time is ahead of UTC at `wall`: 4 in winter here, 8 in summer
    /// (SMPP 3.4, 7.1.1: the `nn` of an absolute time).
    pub fn quarters(&self, wall: Wall) -> i8 {
        i8::try_from(self.0.to_offset(timestamp(wall)).seconds() / 900).unwrap_or(0)
    }
}

/// The dates and times of messages: shown with the separators of the default texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// `22.11.2026`
    Date(Date),
    /// `22.11`
    DayMonth(Date),
    /// `11/28`, month and year: a card's expiry.
    MonthYear(Date),
    /// `14:05`
    Time(Time),
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Date(date) => {
                pairs(f, [date.day(), date.month()], '.')?;
                write!(f, ".{:04}", date.year())
            }
            Shown::DayMonth(date) => pairs(f, [date.day(), date.month()], '.'),
            Shown::MonthYear(date) => {
                let year = date.year().rem_euclid(100);
                pairs(f, [date.month(), i8::try_from(year).unwrap_or(0)], '/')
            }
            Shown::Time(time) => pairs(f, [time.hour(), time.minute()], ':'),
        }
    }
}

/// As a text's value, without a piece of memory for so few octets.
impl From<Shown> for Value {
    fn from(shown: Shown) -> Value {
        let mut text = ArrayString::<SHOWN_OCTETS>::new();
        // Only a date beyond jiff's years is longer, and there is none.
        let _ = write!(text, "{shown}");
        Value::from(text.as_str())
    }
}

/// `-9999` and two pairs with their marks.
const SHOWN_OCTETS: usize = 12;

/// Two numbers of two digits each: every text has some, and padding by a format is slow.
fn pairs(f: &mut fmt::Formatter<'_>, numbers: [i8; 2], mark: char) -> fmt::Result {
    let [[a, b], [c, d]] = numbers.map(|n| [n / 10, n % 10].map(|n| char::from(b'0' + n as u8)));
    [a, b, mark, c, d].into_iter().try_for_each(|c| f.write_char(c))
}

/// The instant in jiff's range, which is wider than any clock.
fn timestamp(wall: Wall) -> Timestamp {
    let millis = wall.as_millis();
    let edge = if millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(millis).unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn belgrade() -> Zone {
        Zone::named("Europe/Belgrade").unwrap()
    }

    fn utc(text: &str) -> Wall {
        Wall::from_millis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn there_and_back() {
        let wall = utc("2026-11-22T13:05:00Z");
        let local = belgrade().local(wall);
        assert_eq!(local, date(2026, 11, 22).at(14, 5, 0, 0));
        assert_eq!(belgrade().wall(local.date(), local.time()), wall);
        // Midnight is the local one.
        assert_eq!(belgrade().date(utc("2026-11-22T23:30:00Z")), date(2026, 11, 23));
        assert_eq!(belgrade().time(utc("2026-07-01T06:00:00Z")), time(8, 0, 0, 0));
    }

    #[test]
    fn the_hours_that_are_skipped_and_doubled() {
        // Month end and change of the clocks on one day: 31.10.2027.
        let doubled = belgrade().wall(date(2027, 10, 31), time(2, 30, 0, 0));
        assert_eq!(doubled, utc("2027-10-31T00:30:00Z"));
        let skipped = belgrade().wall(date(2027, 3, 28), time(2, 30, 0, 0));
        assert_eq!(skipped, utc("2027-03-28T01:30:00Z"));
        assert_eq!(belgrade().time(skipped), time(3, 30, 0, 0));
        assert_eq!(belgrade().quarters(utc("2027-01-01T00:00:00Z")), 4);
        assert_eq!(belgrade().quarters(utc("2027-07-01T00:00:00Z")), 8);
    }

    #[test]
    fn as_the_texts_show_them() {
        let day = date(2028, 11, 2);
        assert_eq!(Shown::Date(day).to_string(), "02.11.2028");
        assert_eq!(Shown::DayMonth(day).to_string(), "02.11");
        assert_eq!(Shown::MonthYear(day).to_string(), "11/28");
        assert_eq!(Shown::Time(time(4, 5, 59, 0)).to_string(), "04:05");
    }

    #[test]
    fn odd_zones_and_instants() {
        assert!(Zone::named("Europe/Warsaw").is_ok());
        let error = Zone::named("Europe/Prizren").unwrap_err();
        assert!(error.to_string().contains("Europe/Prizren"));
        assert_eq!(belgrade().local(Wall::from_millis(i64::MAX)).year(), 9999);
        assert_eq!(belgrade().local(Wall::from_millis(i64::MIN)).year(), -9999);
    }
}
