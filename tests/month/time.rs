//! The month's days and the local time in them, counted by hand: 2 hours ahead of UTC until the
//! change of clocks, 1 hour after it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// The first day.
pub(crate) const FIRST: Date = Date::constant(2026, 10, 13);
/// Milliseconds.
pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// 2026-10-13 00:00 in Belgrade and in Warsaw.
pub(crate) const START: i64 = 1_791_842_400_000;
/// 2026-10-25 03:00 there, which becomes 02:00.
pub(crate) const CHANGE: i64 = 1_792_890_000_000;

/// The instant of a local time, in minutes of the day, of a day counted from 0.
pub(crate) fn instant(day: i64, minutes: i64) -> i64 {
    let summer = START + day * DAY + minutes * MINUTE;
    if summer < CHANGE { summer } else { summer + HOUR }
}

/// The local date and time of an instant.
pub(crate) fn local(at: i64) -> DateTime {
    let hours = if at < CHANGE { 2 } else { 1 };
    let timestamp = Timestamp::from_millisecond(at).expect("an instant of this year");
    Offset::constant(hours).to_datetime(timestamp)
}

/// A date so many days after the first.
pub(crate) fn date(day: i64) -> Date {
    local(instant(day, 12 * 60)).date()
}

/// As customers read it.
pub(crate) fn shown_date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// As customers read it.
pub(crate) fn shown_time(at: i64) -> String {
    let local = local(at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}
