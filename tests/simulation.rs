//! The simulation: a whole country in virtual time, many times over, each run from its seed.
//!
//! `cargo test --test simulation -- --nocapture` shows the figures; `SEEDS=1000` runs so many
//! seeds; `SEED=7` runs one and prints what happens (`SEED=7/1`: one batch
//! after another). Seeds that once found a fault are in
//! `simulation/seeds.txt` and always run first.

#[path = "simulation/mod.rs"]
mod simulation;

use tellerd::base::dice::Dice;
use tellerd::store::memory::MemoryStore;

use simulation::harness::{Broken, Seed, Trace, run, run_all};

const SEEDS: u64 = 50;

/// The store as it should be.
fn honest(memory: MemoryStore, _: &mut Dice) -> MemoryStore {
    memory
}

#[test]
fn every_promise_holds_whatever_happens() {
    if let Ok(seed) = std::env::var("SEED") {
        let seed = Seed::read(&seed).expect("a seed is a number, or a number and /1");
        match run(seed, honest, Trace::printing()) {
            Ok(figures) => println!("{figures}"),
            Err(broken) => fail(&broken),
        }
        return;
    }
    let known = include_str!("simulation/seeds.txt")
        .lines()
        .filter_map(|line| line.split_whitespace().next().and_then(Seed::read));
    let fresh = (0..number("SEEDS").unwrap_or(SEEDS)).map(|number| Seed { number, ahead: true });
    let seeds: Vec<Seed> = known.chain(fresh).collect();
    let (figures, broken) = run_all(&seeds, honest);
    println!("{figures}");
    if let Some(broken) = broken {
        fail(&broken);
    }
    let never = figures.never();
    assert!(never.is_empty(), "these never happened, so nothing is known of them: {never:?}");
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

fn fail(broken: &Broken) {
    let events = broken.events.join("\n");
    panic!("{events}\n\nSEED={} breaks {}", broken.seed, broken.why);
}
