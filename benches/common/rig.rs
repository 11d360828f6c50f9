//! What the engine's benches share: a store on disk, a clock by hand, operators that accept all,
//! and how much is held.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::base::seal::Keyring;
use tellerd::engine::setup::Setup;
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::operator::{Order, Report};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::smpp::status::{Meaning, Status};
use tellerd::store::Store;
use tellerd::store::disk::{self, DiskStore};

pub(crate) fn on_disk(path: &Path) -> (DiskStore, Keyring) {
    DiskStore::open(path, &disk::Options::default(), &mut Dice::seeded(1)).expect("a store")
}

/// What a folder holds.
pub(crate) fn mebibytes(folder: &Path) -> f64 {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => mebibytes(&entry.path()),
        Ok(found) => found.len() as f64 / 1_048_576.0,
        Err(_) => 0.0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

pub(crate) fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("");
    let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    kib / 1024.0
}

/// Parts a second: out of the way.
pub(crate) const RATE: u32 = 5_000_000;

/// Milliseconds apart, so that nothing expires and the housekeeping runs as it would.
pub(crate) fn now(turn: u64) -> Now {
    let span = Duration::from_millis(turn + 1);
    Now { mono: Mono::ZERO + span, wall: Wall::from_millis(1_795_348_800_000) + span }
}

pub(crate) fn open<S: Store>(store: S, keyring: Keyring, turn: u64) -> Engine<S, EmbeddedBank> {
    open_on(super::bank::setup(RATE), store, keyring, turn)
}

pub(crate) fn open_on<S: Store>(
    setup: Setup,
    store: S,
    keyring: Keyring,
    turn: u64,
) -> Engine<S, EmbeddedBank> {
    let (dice, core) = (Dice::seeded(2), EmbeddedBank::default());
    let (seller, setup) = (Box::<EmbeddedTopUp>::default(), Arc::new(setup));
    let opening = Opening { store, keyring, dice, bank: core, seller, setup };
    Engine::open(opening, now(turn)).expect("an engine")
}

/// Every part that leaves is accepted, every answer proved received: what is heard of it goes into
/// the next turn.
pub(crate) fn accept_all<S: Store>(engine: &mut Engine<S, EmbeddedBank>, inputs: &mut Vec<Input>) {
    let mut left = 0;
    while let Some(effect) = engine.poll_effect() {
        let Effect::Order(lane, order) = effect else { continue };
        match order {
            Order::Submit { token, .. } => {
                left += 1;
                let (status, meaning) = (Status::ROK, Meaning::Ok);
                inputs.push(Input::Operator(
                    lane,
                    Report::Submitted { token, status, meaning, smsc_id: None },
                ));
            }
            Order::Respond { proof: Some(proof), .. } => {
                inputs.push(Input::Operator(lane, Report::Proved(proof)));
            }
            _ => {}
        }
    }
    inputs.push(Input::Operator(0, Report::Left(left)));
}
