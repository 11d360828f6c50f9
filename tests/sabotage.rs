//! Stores that break their contract, each of which the simulation's checker must catch.
//!
//! `cargo test --features sabotage --test sabotage -- --nocapture` shows which seeds caught which.

#[path = "simulation/mod.rs"]
#[expect(dead_code, reason = "figures and printing are the honest simulation's")]
mod simulation;

use tellerd::base::dice::Dice;
use tellerd::store::Store;
use tellerd::store::sabotage::{AckEarly, FlushLate, ForgetOne};

use simulation::harness::{Seed, Trace, run};
use simulation::world::Wrap;

/// Within so many seeds each must be caught.
const SEEDS: u64 = 30;

fn is_caught<S: Store>(name: &str, wrap: Wrap<S>) {
    let broken: Vec<_> = (0..SEEDS)
        .map(|number| Seed { number, ahead: true })
        .filter_map(|seed| run(seed, wrap, Trace::default()).err())
        .collect();
    let seeds: Vec<u64> = broken.iter().map(|broken| broken.seed.number).collect();
    println!("{name}: caught by {} of {SEEDS} seeds: {seeds:?}", seeds.len());
    let first = broken.first().unwrap_or_else(|| panic!("{name} was never caught"));
    println!(
        "  seed {}: {}\n  after{}",
        first.seed,
        first.why,
        first.events.last().map_or("", |e| e)
    );
}

#[test]
fn a_batch_acknowledged_before_its_flush_is_caught() {
    is_caught("AckEarly", |memory, _: &mut Dice| AckEarly::new(memory, 1));
}

#[test]
fn a_flush_now_and_then_is_caught() {
    is_caught("FlushLate", |memory, _: &mut Dice| FlushLate::new(memory, 8));
}

#[test]
fn a_forgotten_record_is_caught() {
    is_caught("ForgetOne", |memory, dice: &mut Dice| {
        ForgetOne::new(memory, 2, Dice::seeded(dice.roll()))
    });
}
