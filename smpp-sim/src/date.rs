//! Times as SMPP writes them, in UTC: dates of receipts and the sixteen characters of 7.1.1.

use std::time::Duration;

/// YYMMDDhhmm, or with seconds, in UTC.
pub(crate) fn date(epoch: u64, after: Duration, seconds: bool) -> String {
    let at = epoch + after.as_secs();
    let (year, month, day) = civil(at / 86_400);
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    let year = year % 100;
    let mut text = format!("{year:02}{month:02}{day:02}{hour:02}{minute:02}");
    if seconds {
        text.push_str(&format!("{second:02}"));
    }
    text
}

/// `2026-01-01T00:00:00.000Z`
pub(crate) fn rfc3339(epoch: u64, after: Duration) -> String {
    let at = epoch + after.as_secs();
    let (year, month, day) = civil(at / 86_400);
    let (hour, minute, second) = (at / 3600 % 24, at / 60 % 60, at % 60);
    let millis = after.subsec_millis();
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// A time of an ESME, in either of its forms (7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Seconds since 1970.
    Absolute(u64),
    /// From now.
    Relative(Duration),
}

impl Time {
    /// Reads `YYMMDDhhmmsstnnp`: p is `+` or `-` for quarter hours off UTC, `R` for relative.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() != 16 || !text.as_bytes()[..15].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let two = |at: usize| text[at..at + 2].parse::<u64>().ok();
        let (year, month, day) = (two(0)?, two(2)?, two(4)?);
        let (hour, minute, second) = (two(6)?, two(8)?, two(10)?);
        let clock = hour * 3600 + minute * 60 + second;
        let is_clock = hour < 24 && minute < 60 && second < 60;
        if text.ends_with('R') {
            // Months of 30 days, years of 365: the specification leaves it to the SMSC.
            let days = year * 365 + month * 30 + day;
            return text[12..15]
                .eq("000")
                .then(|| Self::Relative(Duration::from_secs(days * 86_400 + clock)));
        }
        let quarters = two(13)?;
        if !is_clock || !(1..=12).contains(&month) || !(1..=31).contains(&day) || quarters > 48 {
            return None;
        }
        // Appendix C: 38 to 99 are of the twentieth century, and before 1970 nothing was sent.
        let year = if year >= 38 { 1900 + year } else { 2000 + year };
        let local = days(year, month, day)? * 86_400 + clock;
        match text.as_bytes()[15] {
            b'+' => local.checked_sub(quarters * 900).map(Self::Absolute),
            b'-' => Some(Self::Absolute(local + quarters * 900)),
            _ => None,
        }
    }
}

/// Year, month and day of a number of days since 1970, counted in years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

/// The days since 1970 of a date; none before.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    (year / 400 * 146_097 + of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(0, Duration::ZERO, true), "700101000000");
        assert_eq!(date(951_782_400, Duration::from_secs(3661), true), "000229010101");
        assert_eq!(date(1_767_225_600, Duration::ZERO, false), "2601010000");
        let after = Duration::from_millis(61_007);
        assert_eq!(rfc3339(1_767_225_600, after), "2026-01-01T00:01:01.007Z");
    }

    #[test]
    fn both_forms_of_a_time_and_what_is_none() {
        let read = Time::read;
        assert_eq!(read("260101000000000+"), Some(Time::Absolute(1_767_225_600)));
        assert_eq!(read("260101010000004+"), Some(Time::Absolute(1_767_225_600)));
        assert_eq!(read("251231230000004-"), Some(Time::Absolute(1_767_225_600)));
        let hours = Duration::from_secs(26 * 3600 + 5);
        assert_eq!(read("000001020005000R"), Some(Time::Relative(hours)));
        for wrong in
            ["", "2601010000", "261301000000000+", "260101000000000", "260101000000049+", "é"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        for epoch in [0, 951_782_400, 1_767_225_600, 1_830_297_599] {
            let text = format!("{}000+", date(epoch, Duration::ZERO, true));
            assert_eq!(read(&text), Some(Time::Absolute(epoch)), "{text}");
        }
    }
}
