//! Times as scenes write them.

use std::time::Duration;

use jiff::civil::DateTime;
use tellerd::base::now::Wall;
use tellerd::calendar::local::Zone;

/// `2026-11-22T12:00`, in Belgrade.
pub(crate) fn belgrade(text: &str) -> Wall {
    let at: DateTime = text.parse().expect("2026-11-22 12:00");
    Zone::named("Europe/Belgrade").unwrap().wall(at.date(), at.time())
}

/// `90s`, `10min`, `2h`, `30days`.
pub(crate) fn span(text: &str) -> Duration {
    let unit = text.find(|c: char| !c.is_ascii_digit()).expect("a unit");
    let number: u64 = text[..unit].parse().expect("a number");
    let seconds = match &text[unit..] {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        "days" => 86_400,
        other => panic!("no unit is called {other}"),
    };
    Duration::from_secs(number * seconds)
}
