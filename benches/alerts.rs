//! The bank's news: events in, alerts out, with a million subscriptions on the disk.
//!
//! Every event is a credit on another customer's account, tells one phone, and is acknowledged with
//! its alert on disk; the operator accepts at once. Beside it: what a subscription costs on disk
//! and in memory, and what a start costs with all of them. `TELLERD_BENCH_SMALL=1` is brief.
#![expect(clippy::expect_used, reason = "a bench ends where it can't go on")]

#[path = "common/bank.rs"]
mod bank;
#[path = "common/rig.rs"]
mod rig;

use bank::{account, instant};
use tellerd::bank::event::Event;
use tellerd::engine::Input;
use tellerd::engine::door::{Request, Ticket};
use tellerd::operator::Report;

/// As the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TURN: u64 = 512;

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let (customers, events) = if small { (5_000, 10_000) } else { (1_000_000, 500_000) };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("store");
    println!("alerts: {customers} subscriptions, turns of {TURN} events, one core");

    let before = rig::resident_mib();
    let (store, keyring) = rig::on_disk(&path);
    let mut engine = rig::open(store, keyring, 0);
    let began = instant();
    bank::enrol(&mut engine, customers, rig::now(0));
    let enrolled = began.elapsed().as_secs_f64();
    engine.close().expect("a clean end");
    drop(engine);
    println!(
        "{:<44} {:>8.0} octets each on disk, enrolled in {enrolled:.1} s",
        "a customer, his phone, account, subscription",
        rig::mebibytes(&path) * 1_048_576.0 / customers as f64
    );

    let began = instant();
    let (store, keyring) = rig::on_disk(&path);
    let mut engine = rig::open(store, keyring, 1);
    let started = began.elapsed().as_secs_f64();
    println!("{:<44} {started:>8.2} s", "start with all of them");

    engine.turn([Input::Operator(0, Report::Up)], rig::now(2)).expect("a turn");
    let parsing = instant();
    let sample: Vec<Event> = (0..1_000).map(|number| event(number, customers)).collect();
    let parsed = parsing.elapsed().as_secs_f64() * 1e6 / sample.len() as f64;
    let (mut inputs, mut given, mut turns) = (Vec::new(), 0, 2);
    let mut spent = 0.0;
    while engine.tally().accepted < events {
        for _ in 0..TURN.min(events - given) {
            let event = Box::new(event(given, customers));
            inputs.push(Input::Request(Ticket(given), Request::Event { bank: 0, event }));
            given += 1;
        }
        turns += 1;
        let began = instant();
        engine.turn(inputs.drain(..), rig::now(turns)).expect("a turn");
        rig::accept_all(&mut engine, &mut inputs);
        spent += began.elapsed().as_secs_f64();
    }
    assert_eq!(engine.tally().alerts, events, "each event tells one phone");
    println!(
        "{:<44} {:>8.0} /s ({:.1} µs each, reading its JSON {parsed:.1} µs more)",
        "events in, and as many messages out",
        events as f64 / spent,
        spent * 1e6 / events as f64,
    );
    println!(
        "{:<44} {:>8.0} octets each ({:.0} MiB resident, {before:.0} without any)",
        "memory at the end, caches full",
        (rig::resident_mib() - before) * 1_048_576.0 / customers as f64,
        rig::resident_mib(),
    );
}

/// A credit on one customer's account, as the bank sends it.
fn event(number: u64, customers: u64) -> Event {
    // A prime apart, so that neighbours in time aren't neighbours on the disk.
    let account = account(number * 7_919 % customers);
    let json = format!(
        r#"{{"specversion":"1.0","id":"{number}","source":"bench","type":"account.credited","time":"2026-11-22T12:00:00Z","data":{{"account":"{account}","amount":"45000.00","currency":"RSD","description":"Plata"}}}}"#
    );
    Event::parse(&json).expect("an event")
}
