//! Days of bad operators in virtual time: six operators, each another of the simulator's
//! personalities every day, every third day with faults besides, and two quiet hours at night in
//! which everything must come to its end.
//!
//! Proved each night: every binding is back within the bound of its back-off, every text has been
//! taken and has its end, nothing spins, and what the store holds doesn't grow. Nine days see each
//! personality; `.ci/long` sets `DAYS=30`. `cargo test --test soak -- --nocapture` prints a line a
//! night.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "soak/country.rs"]
mod country;
#[path = "soak/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use smpp_sim::{Odds, Personality, Profile, personalities};
use tellerd::base::dice::Dice;

use world::World;

const DAY: Duration = Duration::from_secs(86_400);
/// When everything gets well, and by when it must be.
const EVENING: Duration = Duration::from_secs(22 * 3_600);
/// How often somebody texts.
const PAUSE: Duration = Duration::from_secs(150);
/// The back-off's longest pause (60 s, `config.toml`), what an SMSC may take to let go of a lost
/// bind besides (`already-bound`), and a bind.
const BACK_WITHIN: Duration = Duration::from_secs(60 + 15 + 5);
/// Times that a text may be submitted: ten temporary refusals, and the last.
const ATTEMPTS_MAX: usize = 11;
/// Nights after which what the store holds is at its level: messages are kept for two days here.
const NIGHTS_UNTIL_LEVEL: usize = 8;
/// What the store may hold above that level, in percent.
const GROWTH_MAX: usize = 10;

/// All but the one whose phones would talk with us for ever.
fn operators_as_they_are() -> Vec<&'static Personality> {
    personalities().iter().filter(|one| one.name != "echo").collect()
}

#[test]
fn days_of_bad_operators_lose_nothing_and_leave_nothing() {
    let days = std::env::var("DAYS").map_or(9, |days| days.parse().expect("DAYS is a number"));
    let all = operators_as_they_are();
    let mut world = World::new(Dice::seeded(20_261_123));
    let (mut level, mut put_on) = (0, BTreeSet::new());
    for day in 0..days {
        let morning = DAY * day as u32;
        for lane in 0..world.smscs.len() {
            let which = (day * world.smscs.len() + lane) % all.len();
            let name = all[which].name.as_str();
            put_on.insert(name);
            let faults = if day % 3 == 2 { Odds::mild() } else { Odds::NONE };
            let profile = world.smscs[lane].profile().clone();
            let plain = Profile { seed: profile.seed, ..Profile::named(&profile.name) };
            let mut put_on = plain.with_personality(name).unwrap();
            put_on.odds = if name == "vendor" { put_on.odds } else { faults };
            world.smscs[lane].set_profile(put_on);
        }
        let mut at = morning;
        while at < morning + EVENING {
            at += PAUSE;
            world.run_until(at);
            world.somebody_texts();
        }
        for smsc in &mut world.smscs {
            let plain = Profile::named(&smsc.profile().name.clone());
            smsc.set_profile(plain);
        }
        let back = world.run_until_bound(morning + EVENING + BACK_WITHIN);
        assert!(back, "day {day}: not all are back within {BACK_WITHIN:?}: {}", world.bound());
        world.run_until(morning + DAY);
        let night = world.night();
        println!("night {day:>2}: {night}");
        assert_eq!((night.undelivered, night.alive), (0, 0), "day {day}");
        assert!(night.most_attempts <= ATTEMPTS_MAX, "day {day}: {night}");
        // Everybody was answered, or his reply has an end that says why not.
        assert!(night.unanswered <= night.ended_otherwise, "day {day}: {night}");
        if day < NIGHTS_UNTIL_LEVEL {
            level = level.max(night.entries);
        }
        let most = level + level * GROWTH_MAX / 100;
        assert!(
            day < NIGHTS_UNTIL_LEVEL || night.entries <= most,
            "{} above {most}",
            night.entries
        );
    }
    let (seen, all) = (put_on.len(), all.len());
    assert!(days * world.smscs.len() < all || seen == all, "{seen} of {all} personalities");
}
