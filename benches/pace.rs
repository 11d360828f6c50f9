//! Pace over TCP: how much of an operator's contract is used, and its worst second.
//!
//! More is waiting to leave than the contract allows; the simulated SMSC counts parts in every
//! sliding second. `TELLERD_BENCH_SMALL=1` is brief.
#![expect(clippy::expect_used, reason = "a bench ends where it can't go on")]

#[path = "common/bank.rs"]
mod bank;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bank::{instant, phone};
use smpp_sim::{Profile, Record, Sim};
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::config::LinkAddress;
use tellerd::daemon::clock::Clock;
use tellerd::daemon::run::start;
use tellerd::engine::{Engine, Opening};
use tellerd::operator::{self, pacing};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::smpp::session;
use tellerd::store::memory::MemoryStore;

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let seconds = if small { 2 } else { 10 };
    println!("pace over TCP, {seconds} s each");
    println!("{:>14} {:>10} {:>14} {:>20}", "contract/s", "parts", "used", "worst second");
    for rate in [5, 100, 5_000] {
        measure(rate, seconds);
    }
}

fn measure(rate: u32, seconds: u64) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = Arc::new(runtime.expect("a runtime"));
    let profile = Profile { record: Record::Counters, window: 500, ..Profile::named("bench") };
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sim = runtime.block_on(Sim::listen(free, profile)).expect("a port");
    let customers = u64::from(rate) * (seconds + 3) + 100;
    let mut dice = Dice::seeded(1);
    let store = MemoryStore::new(&mut dice);
    let (keyring, clock) = (store.keyring(), Clock::start());
    let setup = Arc::new(bank::setup(rate));
    let core = EmbeddedBank::default();
    let seller = Box::<EmbeddedTopUp>::default();
    let opening = Opening { store, keyring, dice, bank: core, seller, setup };
    let mut engine = Engine::open(opening, clock.now()).expect("an engine");
    bank::enrol(&mut engine, customers, clock.now());
    let options = operator::Options {
        name: "bench".into(),
        binds: vec![session::Options { window: 500, ..session::Options::default() }],
        pace: pacing::Options { rate, ..pacing::Options::default() },
        statuses: Default::default(),
        reconnect_min: Duration::from_secs(1),
        reconnect_max: Duration::from_secs(60),
        canary: None,
    };
    let addresses = vec![LinkAddress::plain(sim.addr().to_string())];
    let running =
        start(engine, vec![(options, addresses)], clock, Arc::clone(&runtime)).expect("a start");
    for number in 0..customers {
        sim.phone_sends(&format!("+{}", phone(number)), "5622", "TR");
    }
    // The first second is held back, and the first parts come in a burst of answers: measured after
    // that.
    wait(&runtime, Duration::from_secs(2));
    let (before, began) = (sim.stats().submitted, instant());
    wait(&runtime, Duration::from_secs(seconds));
    let (parts, took) = (sim.stats().submitted - before, began.elapsed());
    let used = 100.0 * parts as f64 / (f64::from(rate) * took.as_secs_f64());
    println!(
        "{rate:>14} {parts:>10} {used:>12.1} % {:>12} ({:.1} %)",
        sim.stats().peak_rate,
        100.0 * sim.stats().peak_rate as f64 / f64::from(rate)
    );
    running.stopper()();
    running.join().expect("a clean end");
}

fn wait(runtime: &tokio::runtime::Runtime, span: Duration) {
    runtime.block_on(async { tokio::time::sleep(span).await });
}
