//! kill -9 of the real binary on the real store, under load: nothing that was acknowledged is lost,
//! no change is lost or half done, and a reply comes twice only where its fate was unknown.
//!
//! kill -9 leaves the page cache alone, so what this shows is the order of things and the recovery;
//! that a commit really reaches the disk is shown by `syscalls.rs`.
//!
//! `ROUNDS=100 cargo test --release --test durability kill -- --nocapture` is the long run;
//! `MESSAGES` (5,000 a round), `CUSTOMERS` (500) and `SEED` may be set as well.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/daemon.rs"]
mod daemon;
#[path = "common/daemon_ledger.rs"]
mod daemon_ledger;
#[path = "common/daemon_load.rs"]
mod daemon_load;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use daemon::{Country, Daemon, PATIENCE, Place, setting, tail, until};
use daemon_ledger::{Audit, Ledger};
use daemon_load::{Load, with_customers};
use tellerd::base::dice::Dice;
use tellerd::daemon::clock::Clock;
use tokio::time::sleep;

/// ESME_RMSGQFUL.
const QUEUE_FULL: u32 = 0x14;

/// Ends the daemon cleanly and reads what it left; fails on any fault.
async fn audit(place: &Place, daemon: Daemon, load: &Load) -> Audit {
    daemon.end(place).await;
    let ledger = Ledger::read(&place.store);
    let audit = ledger.audit(&load.world());
    ledger.close();
    load.end();
    let shown = &audit.faults[..audit.faults.len().min(20)];
    assert!(shown.is_empty(), "{} faults:\n{}", audit.faults.len(), shown.join("\n"));
    audit
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_anywhere_loses_nothing() {
    let (rounds, messages) = (setting("ROUNDS", 15), setting("MESSAGES", 5_000));
    let (customers, seed) = (setting("CUSTOMERS", 500), setting("SEED", 1));
    let clock = Clock::start();
    let begun = clock.mono();
    let country = Country::listen().await;
    let place = Place::new(&country, |mut texts| {
        texts.seed = with_customers(texts.seed, customers);
        texts.without_allowance()
    });
    let load = Load::new(&country, customers, seed);
    let mut dice = Dice::seeded(seed);
    let mut daemon = Daemon::start(&place);
    for round in 0..rounds {
        daemon.bound(&country, &place).await;
        load.give(messages);
        let moment = messages / 20 + dice.below(messages - messages / 10);
        load.acknowledged(round * messages + moment).await;
        sleep(Duration::from_micros(dice.below(20_000))).await;
        daemon.kill();
        country.unbound().await;
        daemon = Daemon::start(&place);
        load.done().await;
    }
    load.answered().await;
    let audit = audit(&place, daemon, &load).await;
    let world = load.world();
    assert_eq!(world.acknowledged, rounds * messages);
    assert!(world.redelivered > 0, "no kill hit a message on its way: raise MESSAGES");
    println!(
        "{rounds} rounds of {messages} messages by {} phones, {rounds} kills (seed {seed}): \
         {} redelivered, {} records more, {} copies; {} records: {:?}; refused {:?}; {:.0} s",
        world.phones.len(),
        world.redelivered,
        audit.repeats,
        audit.copies,
        audit.records,
        audit.ends,
        world.refused,
        clock.mono().since(begun).as_secs_f64()
    );
}

/// A start gives the registry what the journal has beyond it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_whose_last_seconds_are_cut_away_is_whole_again_after_the_start() {
    let country = Country::listen().await;
    // A checkpoint in every 100 batches, and two of them before anything may be dropped.
    let place = Place::new(&country, |mut texts| {
        texts.seed = with_customers(texts.seed, 40);
        texts.without_allowance().set("# checkpoint_batches = 5000 ", "checkpoint_batches = 100 ")
    });
    let load = Load::new(&country, 40, 2);
    let mut daemon = Daemon::start(&place);
    daemon.bound(&country, &place).await;
    // One phone after another, so that there are many batches.
    for _ in 0..600 {
        load.give(1);
        load.done().await;
    }
    // A moment of the running daemon, and what it does in the seconds after it.
    daemon.signal("STOP");
    let (registry, older) = (place.store.join("registry"), place.path("older"));
    copy(&registry, &older);
    daemon.signal("CONT");
    let before = subscriptions(&load);
    load.give(400);
    load.done().await;
    assert_ne!(before, subscriptions(&load), "nothing was changed after the copy");
    daemon.kill();
    country.unbound().await;

    fs::remove_dir_all(&registry).unwrap();
    copy(&older, &registry);
    let mut daemon = Daemon::start(&place);
    daemon.bound(&country, &place).await;
    load.answered().await;
    audit(&place, daemon, &load).await;

    // Without any registry the journal can't make it whole: the binary says what to do.
    fs::remove_dir_all(&registry).unwrap();
    let status = Daemon::start(&place).ended(&place).await;
    assert_eq!(status.code(), Some(1));
    let log = tail(&place.log());
    assert!(log.contains("put back a copy of `registry`"), "{log}");
}

fn subscriptions(load: &Load) -> Vec<usize> {
    let world = load.world();
    let changes = |said: &&daemon_load::Said| said.saying.changes();
    world.phones.iter().map(|phone| phone.said.iter().filter(changes).count()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A small disk of its own. Unmounted when it goes out of scope.
struct SmallDisk(PathBuf);

impl SmallDisk {
    const MEBIBYTES: u64 = 96;

    fn mount(at: &Path) -> Option<SmallDisk> {
        fs::create_dir(at).unwrap();
        let size = format!("size={}m,mode=700", SmallDisk::MEBIBYTES);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at);
        mount.status().ok()?.success().then(|| SmallDisk(at.to_owned()))
    }

    fn free(&self) -> u64 {
        let disk = rustix::fs::statvfs(&self.0).unwrap();
        disk.f_bavail * disk.f_frsize
    }

    /// Fills it with one big file until so much is left.
    fn fill(&self, left: u64) {
        let mut file = File::options().append(true).create(true).open(self.filler()).unwrap();
        let block = vec![0; 64 << 10];
        while self.free() > left && file.write_all(&block).is_ok() {}
    }

    fn clear(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_closes_the_door_and_loses_nothing() {
    let country = Country::listen().await;
    let place = Place::new(&country, |mut texts| {
        texts.seed = with_customers(texts.seed, 100);
        texts.without_allowance().set("# reserve = \"256 MiB\" ", "reserve = \"16 MiB\" ")
    });
    let Some(disk) = SmallDisk::mount(&place.store) else {
        println!("skipped: this user may not mount a tmpfs");
        return;
    };
    let load = Load::new(&country, 100, 3);
    let mut daemon = Daemon::start(&place);
    daemon.bound(&country, &place).await;
    load.give(4_000);
    load.acknowledged(500).await;

    // Below the reserve: new work is refused at the door, and taken again once there is room.
    disk.fill(8 << 20);
    let refused = || load.world().refused.get(&QUEUE_FULL).copied().unwrap_or(0);
    // The daemon looks at its disk once a second; the phones go on meanwhile.
    until("the door closes", PATIENCE, || {
        let closed = refused() > 0;
        if !closed {
            load.give(20);
        }
        closed
    })
    .await;
    disk.clear();
    load.done().await;

    // To the last octet, at once: what can't be written isn't acknowledged. The daemon ends with
    // 75, or closes its door before it has to.
    let before = refused();
    load.give(20_000);
    load.acknowledged(4_500).await;
    disk.fill(0);
    let mut ended = None;
    until("it refuses or ends", PATIENCE, || {
        ended = ended.or_else(|| daemon.try_ended());
        ended.is_some() || refused() > before
    })
    .await;
    sleep(Duration::from_secs(2)).await;
    ended = ended.or_else(|| daemon.try_ended());
    let how = ended.map_or("the door was closed".into(), |status| format!("{status}"));
    if let Some(status) = ended {
        assert_eq!(status.code(), Some(75), "{}", tail(&place.log()));
        country.unbound().await;
    }
    disk.clear();
    if ended.is_some() {
        daemon = Daemon::start(&place);
    }
    daemon.bound(&country, &place).await;
    load.done().await;
    load.answered().await;
    let audit = audit(&place, daemon, &load).await;
    let world = load.world();
    println!(
        "a full disk: {how}; refused {:?}, {} redelivered, {} copies; {} records: {:?}",
        world.refused, world.redelivered, audit.copies, audit.records, audit.ends
    );
}
