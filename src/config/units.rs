//! Spans of time and sizes as people write them: `"45s"`, `"10 min"`, `"90 days"`, `"256 MiB"`.
//!
//! One number and one unit, nothing to guess: what would be ambiguous (`"1:30"`, `"45"`) is
//! refused.

use std::time::Duration;

/// The longest span that makes sense in a configuration: ten years. Sums of clocks stay far from
/// their ends.
const SECONDS_MAX: u64 = 10 * 366 * 86_400;

/// How a span is written; the remedy of every span that isn't.
pub(super) const DURATION_REMEDY: &str = "write a whole number and a unit, \
     such as \"500ms\", \"45s\", \"10min\", \"48h\" or \"90 days\"";

/// How a size is written.
pub(super) const OCTETS_REMEDY: &str =
    "write a whole number and a unit, such as \"64 KiB\", \"256 MiB\" or \"2 GiB\"";

/// Reads a span.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = parts(text)?;
    let seconds = |each: u64| {
        let all = number.checked_mul(each).filter(|all| *all <= SECONDS_MAX)?;
        Some(Duration::from_secs(all))
    };
    match unit {
        "ms" => Some(Duration::from_millis(number)).filter(|span| span.as_secs() <= SECONDS_MAX),
        "s" | "sec" | "second" | "seconds" => seconds(1),
        "m" | "min" | "minute" | "minutes" => seconds(60),
        "h" | "hour" | "hours" => seconds(3_600),
        "d" | "day" | "days" => seconds(86_400),
        _ => None,
    }
}

/// Reads a size, in octets.
pub(super) fn octets(text: &str) -> Option<u64> {
    let (number, unit) = parts(text)?;
    let each = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(each)
}

fn parts(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let unit = &text[end..];
    Some((text[..end].parse().ok()?, unit.strip_prefix(' ').unwrap_or(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_number_and_one_unit() {
        let seconds = |text| duration(text).map(|span| span.as_secs());
        assert_eq!(seconds("45s"), Some(45));
        assert_eq!(seconds("10 min"), Some(600));
        assert_eq!(seconds("48h"), Some(172_800));
        assert_eq!(seconds("90 days"), Some(7_776_000));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(seconds("0s"), Some(0));
        let wrong = ["", "45", "s", "-1s", "1.5h", "1h 30m", "45  s", "45 S", "1:30", "4000 days"];
        for wrong in wrong.into_iter().chain(["99999999999999999999s", "18446744073709551615ms"]) {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(octets("256 MiB"), Some(256 << 20));
        assert_eq!(octets("1GiB"), Some(1 << 30));
        for wrong in ["256", "256 MB", "1.5 GiB", "99999999999 TiB", "MiB"] {
            assert_eq!(octets(wrong), None, "{wrong}");
        }
    }
}
