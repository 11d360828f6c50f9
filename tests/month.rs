//! A month in one country: exactly one record for each alert, report and fee, repeats on the wire
//! only out of *unknown*, money right to the cent, through crashes, outages and the change of
//! clocks.
//!
//! `cargo test --test month -- --nocapture` shows what was proved, in numbers; `SEED=7` runs
//! another month, `DAYS=` and `CUSTOMERS=` a shorter or a larger one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "simulation/image.rs"]
#[expect(dead_code, reason = "the other simulation looks at more")]
mod image;
#[path = "month/mod.rs"]
mod month;

use month::world::World;

const SEED: u64 = 20_261_010;
const CUSTOMERS: u64 = 1_000;
const DAYS: u64 = 30;

/// What a whole month must have seen, or it proves little.
const SEEN: &[&str] = &[
    "events",
    "events told again",
    "events below a limit",
    "events too late to be told",
    "events in the hour that comes twice",
    "overdrafts due",
    "overdrafts that both sides told of",
    "deposits due",
    "offers",
    "reports",
    "reports without news",
    "times of reports on days off",
    "fees",
    "notices of fees",
    "sales",
    "sales refused",
    "sales without an answer",
    "texts",
    "texts delivered again",
    "answers that an SMSC missed",
    "changes by text",
    "outages",
    "crashes before a turn",
    "crashes in a commit",
    "crashes in a commit that was on disk",
    "crashes before the release",
    "crashes amid the release",
    "starts whose registry lagged behind",
    "parts unknown by a crash",
    "parts unknown by an outage",
    "parts unknown by silence",
    "parts refused for now",
    "parts refused for good",
    "parts answered late",
    "messages failed",
    "messages withdrawn",
];

#[test]
fn thirty_days_in_one_country() {
    let number = |name, usual| {
        let text = std::env::var(name).ok();
        text.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let (seed, customers, days) =
        (number("SEED", SEED), number("CUSTOMERS", CUSTOMERS), number("DAYS", DAYS));
    let mut world = World::new(seed, customers, days as i64);
    world.run();
    world.check();
    let counts = &world.ledger.counts;
    println!("SEED={seed}: {customers} customers, {} days", world.lasted());
    counts.iter().for_each(|(what, count)| println!("{count:>8} {what}"));
    let (messages, copies, twice) = world.copies.sums();
    println!("{messages:>8} messages reached a phone, in {copies} parts, {twice} more than once");
    println!("         sent again out of unknown: {:?}", world.copies.resent);
    if days >= DAYS && customers >= CUSTOMERS {
        let never: Vec<_> = SEEN.iter().filter(|what| !counts.contains_key(**what)).collect();
        assert!(never.is_empty(), "these never happened, so nothing is known of them: {never:?}");
    }
}
