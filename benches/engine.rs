//! The engine alone: what a message costs without sockets, and what a start on a full store costs.
//!
//! Turns of 512 deliver_sm, each answered and accepted, over the memory store (what the engine
//! costs) and the disk (what durability adds); then a backlog that can't leave, read back in; then
//! what disk and memory hold after five million lives. `TELLERD_BENCH_SMALL=1` is brief.
#![expect(clippy::expect_used, reason = "a bench ends where it can't go on")]

#[path = "common/bank.rs"]
mod bank;
#[path = "common/rig.rs"]
mod rig;

use bank::{instant, phone};
use bytes::Bytes;
use std::path::Path;
use std::time::Duration;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::seal::Keyring;
use tellerd::engine::{Engine, Input};
use tellerd::operator::{LinkId, Report};
use tellerd::smpp::session::Ticket;
use tellerd::store::Store;
use tellerd::store::memory::MemoryStore;

/// As the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TURN: u64 = 512;

fn main() {
    let small = std::env::var_os("TELLERD_BENCH_SMALL").is_some();
    let (customers, messages, backlog, lives) = if small {
        (2_000, 10_000, 10_000, 20_000)
    } else {
        (100_000, 500_000, 1_000_000, 5_000_000)
    };
    println!("engine: {customers} customers, turns of {TURN} deliver_sm, one core");
    // `TELLERD_BENCH_ONLY=disk` runs one part alone, for a profiler.
    let only = std::env::var("TELLERD_BENCH_ONLY").ok();
    let wanted = |part| only.as_deref().is_none_or(|only| only == part);
    let folder = tempfile::tempdir().expect("a temporary folder");
    if wanted("memory") {
        let (store, keyring) = memory();
        let memory = replies(store, keyring, customers, messages);
        println!("{:<44} {memory:>8.2} µs a message", "memory store");
    }
    if wanted("disk") {
        let (store, keyring) = rig::on_disk(&folder.path().join("replies"));
        let disk = replies(store, keyring, customers, messages);
        println!("{:<44} {disk:>8.2} µs a message", "disk, sealed, one fsync a turn");
    }
    if wanted("history") {
        history(&folder.path().join("history"), customers, backlog);
    }
    if wanted("backlog") {
        recovery(&folder.path().join("backlog"), backlog);
    }
    if wanted("lives") {
        plateau(&folder.path().join("lives"), customers, lives);
    }
}

/// What disk and memory hold after more and more lives, each purged as it ends.
fn plateau(path: &Path, customers: u64, lives: u64) {
    let (store, keyring) = rig::on_disk(path);
    // Five thousand a second: what is remembered for a while comes to its end, too.
    let mut setup = bank::setup(rig::RATE);
    setup.options.keep = Duration::ZERO;
    let engine = rig::open_on(setup, store, keyring, 0);
    let mut load = Load { pause: 100, ..Load::new(engine, customers) };
    for fifth in 1..=5 {
        load.run(lives * fifth / 5);
        let journal = std::fs::metadata(path.join("journal.redb")).map_or(0, |file| file.len());
        println!(
            "{:<44} {:>8.1} MiB of journal, {:.1} MiB in all, {:.0} MiB resident",
            format!("after {} lives", lives * fifth / 5),
            journal as f64 / 1_048_576.0,
            rig::mebibytes(path),
            rig::resident_mib(),
        );
    }
}

fn memory() -> (MemoryStore, Keyring) {
    let store = MemoryStore::new(&mut Dice::seeded(1));
    let keyring = store.keyring();
    (store, keyring)
}

/// Microseconds a message, from its deliver_sm to its acceptance.
fn replies<S: Store>(store: S, keyring: Keyring, customers: u64, messages: u64) -> f64 {
    let mut load = Load::new(rig::open(store, keyring, 0), customers);
    // Everybody has asked once: a daemon that has run for a while knows its callers.
    load.run(customers);
    let began = instant();
    load.run(customers + messages);
    began.elapsed().as_secs_f64() * 1e6 / messages as f64
}

/// An engine whose customers ask in turn, and whose operator takes every reply.
struct Load<S: Store> {
    engine: Engine<S, EmbeddedBank>,
    customers: u64,
    inputs: Vec<Input>,
    sent: u64,
    /// The time, and what passes with each turn, in milliseconds.
    now: u64,
    pause: u64,
}

impl<S: Store> Load<S> {
    fn new(mut engine: Engine<S, EmbeddedBank>, customers: u64) -> Load<S> {
        bank::enrol(&mut engine, customers, rig::now(0));
        engine.turn([Input::Operator(0, Report::Up)], rig::now(0)).expect("a turn");
        Load { engine, customers, inputs: Vec::new(), sent: 0, now: 0, pause: 1 }
    }

    /// Until so many replies were taken since the beginning.
    fn run(&mut self, messages: u64) {
        while self.engine.tally().accepted < messages {
            for _ in 0..TURN.min(messages - self.sent) {
                self.inputs.push(deliver(self.sent % self.customers));
                self.sent += 1;
            }
            self.now += self.pause;
            self.engine.turn(self.inputs.drain(..), rig::now(self.now)).expect("a turn");
            rig::accept_all(&mut self.engine, &mut self.inputs);
        }
    }
}

/// A start on a store that keeps so many messages that have ended.
fn history(path: &Path, customers: u64, messages: u64) {
    let (store, keyring) = rig::on_disk(path);
    let mut load = Load::new(rig::open(store, keyring, 0), customers);
    load.run(messages);
    let hour = |n: u64| load.now + n * 3_600_000;
    for n in 0..3 {
        load.engine.turn(load.inputs.drain(..), rig::now(hour(n))).expect("a turn");
    }
    let turn = hour(3);
    load.engine.close().expect("a clean end");
    drop(load);
    let began = instant();
    let (store, keyring) = rig::on_disk(path);
    let opened = began.elapsed();
    let engine = rig::open(store, keyring, turn);
    println!(
        "{:<44} {:>8.2} s, {:.2} s of it the store; {:.0} MiB, {} live",
        format!("start on {messages} lives, ended three hours ago"),
        began.elapsed().as_secs_f64(),
        opened.as_secs_f64(),
        rig::mebibytes(path),
        engine.live(),
    );
}

/// A backlog that can't leave, and a start on it.
fn recovery(path: &Path, backlog: u64) {
    let (store, keyring) = rig::on_disk(path);
    let mut engine = rig::open(store, keyring, 0);
    let began = instant();
    for turn in 0..backlog.div_ceil(TURN) {
        let first = turn * TURN;
        let inputs = (first..backlog.min(first + TURN)).map(|n| deliver(n % 10_000_000));
        engine.turn(inputs, rig::now(turn)).expect("a turn");
        while engine.poll_effect().is_some() {}
    }
    let filled = began.elapsed();
    assert_eq!(engine.live() as u64, backlog, "nothing could leave");
    engine.close().expect("a clean end");
    drop(engine);
    let resident = rig::resident_mib();
    let began = instant();
    let (store, keyring) = rig::on_disk(path);
    let engine = rig::open(store, keyring, backlog / TURN);
    println!(
        "{:<44} {:>8.2} s, {} messages, {:.0} MiB resident ({:.0} before), queued in {:.1} s",
        "start on a backlog of strangers' texts",
        began.elapsed().as_secs_f64(),
        engine.live(),
        rig::resident_mib(),
        resident,
        filled.as_secs_f64()
    );
}

/// A deliver_sm of `TR` (4.6.1).
fn deliver(number: u64) -> Input {
    let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1];
    frame.extend_from_slice(phone(number).as_bytes());
    frame.extend_from_slice(&[0, 3, 0]);
    frame.extend_from_slice(b"5622\0\0\0\0\0\0\0\0\0\0\x02TR");
    let length = frame.len() as u32;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    let link = LinkId { bind: 0, epoch: 1 };
    let report = Report::Deliver { link, ticket: Ticket::default(), frame: Bytes::from(frame) };
    Input::Operator(0, report)
}
