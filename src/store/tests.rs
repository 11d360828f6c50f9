//! What the store promises, of both stores: each against a sorted map, through crashes and
//! restarts.

mod ahead;
mod crash;
mod disk;
mod model;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::disk::{DiskStore, Durability, Options};
use super::{Batch, Every, Key, Read, Seq, Store, StoreError, Table};
use crate::base::dice::Dice;

const MESSAGES: Table = Table::journal(1, "messages");
const PHONES: Table = Table::registry(2, "phones");

/// What a store should hold: the whole key to the value, of both homes.
type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn options() -> Options {
    Options {
        reserve: 0,
        registry_cache: 8 << 20,
        journal_cache: 8 << 20,
        hashing_key: None,
        checkpoint: Every { batches: 4, changes: 40 },
        durability: Durability::Fsync,
    }
}

/// Opens the store; waits for sled's threads, which let its file go a little after a drop in the
/// same process.
fn open(dir: &Path) -> Result<DiskStore, StoreError> {
    let once = || DiskStore::open(dir, &options(), &mut Dice::seeded(1)).map(|(store, _)| store);
    for _ in 0..200 {
        match once() {
            Err(error) if error.to_string().contains("could not acquire lock") => {
                #[expect(clippy::disallowed_methods, reason = "sled says nowhere when it is done")]
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            opened => return opened,
        }
    }
    once()
}

/// A batch by dice, put into `model` too: few keys, so that they are replaced and deleted often.
fn roll_batch(dice: &mut Dice, model: &mut Model) -> Batch {
    let mut batch = Batch::default();
    for _ in 0..1 + dice.below(12) {
        let table = if dice.chance(50) { MESSAGES } else { PHONES };
        let bank = 1 + (dice.below(2) as u16);
        let key = table.key(bank).u64(dice.below(40));
        if dice.chance(25) {
            model.remove(key.as_bytes());
            batch.delete(key);
        } else {
            let value = dice.roll().to_be_bytes()[..dice.below(8) as usize].to_vec();
            model.insert(key.as_bytes().to_vec(), value.clone());
            batch.put(key, value);
        }
    }
    batch
}

/// Everything that `store` holds, by scans.
fn contents(store: &impl Read) -> Model {
    let mut found = Model::new();
    for table in [MESSAGES, PHONES] {
        for bank in 1..=2 {
            let mut last = Vec::new();
            let mut visit = |key: &[u8], value: &[u8]| {
                assert!(last.as_slice() < key, "in the order of keys");
                last = key.to_vec();
                found.insert(key.to_vec(), value.to_vec());
                ControlFlow::Continue(())
            };
            store.scan(&table.key(bank), None, &mut visit).unwrap();
        }
    }
    found
}

fn put_one(store: &mut impl Store, key: Key, value: &[u8]) -> Seq {
    let mut batch = Batch::default();
    batch.put(key, value.to_vec());
    let expected = store.seq();
    store.commit(batch, expected).unwrap()
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            // sled may delete a blob or a snapshot between the listing and the copy.
            let _ = std::fs::copy(entry.path(), target);
        }
    }
}
