//! Loopback: replies a second and latency over TCP, the whole way from deliver_sm to submit_sm.
//!
//! 100,000 generated customers ask for their balance; the load tool ([`load`]) is an SMSC that only
//! counts. Four ESMEs stand in the same run: one that only answers ([`null`]: what sockets and the
//! tool cost), one that keeps a record and answers ([`bare`]: what the disk costs at the least),
//! ourselves on the memory store, ourselves on the disk, sealing on. Rates are out of the way.
//!
//! Beside each, what its threads spent on a message flat out.
//!
//! `TELLERD_BENCH_SMALL=1` runs it briefly, to see that it works; `TELLERD_BENCH_MESSAGES` sets how
//! many messages flat out.

#![expect(clippy::expect_used, reason = "a bench ends where it can't go on")]

#[path = "../common/bank.rs"]
mod bank;
mod bare;
mod load;
mod null;
mod threads;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use load::{Figures, Load, Pace};
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::seal::Keyring;
use tellerd::config::LinkAddress;
use tellerd::daemon::clock::Clock;
use tellerd::daemon::run::start;
use tellerd::engine::{Engine, Opening};
use tellerd::operator::{self, pacing};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::smpp::session;
use tellerd::store::Store;
use tellerd::store::disk::{self, DiskStore};
use tellerd::store::memory::MemoryStore;
use threads::Spent;

/// As the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Out of the way: more than the machine can do.
const RATE: u32 = 5_000_000;
const WINDOW: usize = 1_000;

struct Plan {
    customers: u64,
    paced: Duration,
    flat_out: u64,
}

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let plan = if small {
        Plan { customers: 10_000, paced: Duration::from_millis(500), flat_out: 2_000 }
    } else {
        Plan { customers: 100_000, paced: Duration::from_secs(10), flat_out: 1_000_000 }
    };
    let plan = match std::env::var("TELLERD_BENCH_MESSAGES").ok().and_then(|n| n.parse().ok()) {
        Some(flat_out) => Plan { flat_out, ..plan },
        None => plan,
    };
    println!(
        "loopback: {} customers ask TR; window {WINDOW}; 2 cores shared with the load tool",
        plan.customers
    );
    println!("{:<28} {:>12} {:>22} {:>22}", "", "flat out", "200/s p50 / p99", "1,000/s p50 / p99");

    // `TELLERD_BENCH_ONLY=disk` measures one of them alone, for a profiler.
    let only = std::env::var("TELLERD_BENCH_ONLY").ok();
    let wanted = |part| only.as_deref().is_none_or(|only| only == part);
    let folder = tempfile::tempdir().expect("a temporary folder");
    if wanted("null") {
        show("null ESME (only answers)", &measure(&plan, null::start), None);
    }
    let bare = wanted("bare").then(|| {
        measure(&plan, |address| {
            bare::start(address, plan.customers, folder.path().to_owned());
        })
    });
    if let Some(bare) = &bare {
        show("bare pipeline, disk", bare, None);
    }
    if wanted("memory") {
        let memory = measure(&plan, |address| {
            let mut dice = Dice::seeded(1);
            let store = MemoryStore::new(&mut dice);
            let keyring = store.keyring();
            run(store, keyring, plan.customers, address)
        });
        show("tellerd, memory store", &memory, bare.as_ref());
    }
    if wanted("disk") {
        let disk = measure(&plan, |address| {
            let (store, keyring) = open_disk(folder.path());
            run(store, keyring, plan.customers, address)
        });
        show("tellerd, disk, sealed", &disk, bare.as_ref());
    }
}

struct Measured {
    flat_out: Figures,
    slow: Figures,
    fast: Figures,
    /// Microseconds of each thread that a message took flat out.
    spent: Vec<(String, f64)>,
}

/// Starts an ESME that binds to the load tool and measures it three ways.
fn measure(plan: &Plan, start: impl FnOnce(SocketAddr)) -> Measured {
    let mut load = Load::listen(plan.customers);
    start(load.address());
    load.wait_bound();
    // Everybody has asked once: a daemon that has run for a while knows its callers.
    let warm_up = load.run(Pace::Window { window: WINDOW, messages: plan.customers });
    assert!(warm_up.replies > 0, "the ESME answers");
    let slow = load.run(Pace::Rate { per_second: 200, span: plan.paced });
    let fast = load.run(Pace::Rate { per_second: 1_000, span: plan.paced });
    let before = Spent::now();
    let flat_out = load.run(Pace::Window { window: WINDOW, messages: plan.flat_out });
    let spent = Spent::now().a_message(&before, plan.flat_out);
    Measured { flat_out, slow, fast, spent }
}

fn show(name: &str, measured: &Measured, base: Option<&Measured>) {
    let latency = |figures: &Figures| {
        let ms = |span: Duration| span.as_secs_f64() * 1_000.0;
        format!("{:.2} / {:.2} ms", ms(figures.p50), ms(figures.p99))
    };
    let rate = measured.flat_out.per_second();
    let ratio = base.map_or(String::new(), |base| {
        format!("  ({:.0} % of the bare pipeline)", 100.0 * rate / base.flat_out.per_second())
    });
    println!(
        "{name:<28} {:>10.0}/s {:>22} {:>22}{ratio}",
        rate,
        latency(&measured.slow),
        latency(&measured.fast)
    );
    let spent = measured.spent.iter().map(|(name, spent)| format!("{name} {spent:.1}"));
    println!("    µs of CPU a message: {}", spent.collect::<Vec<_>>().join(", "));
}

fn open_disk(folder: &Path) -> (DiskStore, Keyring) {
    let path = folder.join("data");
    DiskStore::open(&path, &disk::Options::default(), &mut Dice::seeded(1)).expect("a store")
}

/// Runs the real daemon's threads on `store` until the process ends.
fn run<S: Store + Send + 'static>(store: S, keyring: Keyring, customers: u64, address: SocketAddr) {
    let clock = Clock::start();
    let setup = Arc::new(bank::setup(RATE));
    let core = EmbeddedBank::default();
    let dice = Dice::seeded(2);
    let seller = Box::<EmbeddedTopUp>::default();
    let opening = Opening { store, keyring, dice, bank: core, seller, setup };
    let mut engine = Engine::open(opening, clock.now()).expect("an engine");
    bank::enrol(&mut engine, customers, clock.now());
    let binds = vec![session::Options {
        system_id: "bench".into(),
        window: WINDOW,
        ..session::Options::default()
    }];
    let options = operator::Options {
        name: "bench".into(),
        binds,
        pace: pacing::Options { rate: RATE, ..pacing::Options::default() },
        statuses: Default::default(),
        reconnect_min: Duration::from_secs(1),
        reconnect_max: Duration::from_secs(60),
        canary: None,
    };
    let addresses = vec![LinkAddress::plain(address.to_string())];
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let running =
        start(engine, vec![(options, addresses)], clock, Arc::new(runtime)).expect("a start");
    // The daemon goes on in its threads; the process ends with the bench.
    std::mem::forget(running);
}
