//! Batches that are on their way to the disk while the next is built.

use super::*;
use crate::base::seal::Keyring;
use crate::store::draft::{Draft, Records};
use crate::store::memory::{Fault, MemoryStore};

fn key(n: u64) -> Key {
    let table = if n.is_multiple_of(2) { MESSAGES } else { PHONES };
    table.key(1).u64(n)
}

fn draft<S: Store>(store: S) -> Draft<S> {
    Draft::new(store, Keyring::new([1; 32]), Dice::seeded(2))
}

/// Whatever is drafted, on its way or on disk: what is read is what was written last.
fn reads_what_was_written_last(store: impl Store) {
    let (mut dice, mut model) = (Dice::seeded(21), Model::new());
    let mut draft = draft(store);
    let mut under_way = 0;
    for _ in 0..400 {
        for _ in 0..dice.below(6) {
            let key = key(dice.below(20));
            if dice.chance(30) {
                model.remove(key.as_bytes());
                draft.delete(key);
            } else {
                let value = dice.roll().to_be_bytes().to_vec();
                model.insert(key.as_bytes().to_vec(), value.clone());
                draft.put(key, value);
            }
        }
        for n in 0..20 {
            let (found, known) = (draft.get(&key(n)).unwrap(), model.get(key(n).as_bytes()));
            assert_eq!(found.as_ref(), known, "{n}");
        }
        match dice.below(6) {
            0 => drop(draft.commit().unwrap()),
            1..=3 => draft.commit_ahead().unwrap(),
            4 => draft.land().unwrap(),
            _ => {}
        }
        under_way += u32::from(draft.store().is_under_way());
        // Not always: it waits for what is on its way.
        if draft.changes() == 0 && dice.chance(20) {
            assert_eq!(contents(draft.store()), model, "a scan sees what is on its way");
        }
    }
    draft.commit().unwrap();
    assert_eq!(contents(draft.store()), model);
    println!("{under_way} times a thread was at it");
}

#[test]
fn what_is_read_is_what_was_written_last() {
    reads_what_was_written_last(MemoryStore::new(&mut Dice::seeded(1)));
    let dir = tempfile::tempdir().unwrap();
    reads_what_was_written_last(open(dir.path()).unwrap());
}

#[test]
fn a_landing_is_told_and_what_landed_is_there_after_a_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let (told, landed) = std::sync::mpsc::channel();
    store.on_landing(Box::new(move || told.send(()).unwrap_or(())));
    let mut batch = Batch::default();
    batch.put(key(1), b"1".to_vec());
    batch.put(key(2), b"2".to_vec());
    store.submit(Arc::new(batch), Seq(0)).unwrap();
    landed.recv().unwrap();
    assert!(store.is_under_way(), "until its owner has seen it land");
    assert_eq!((store.land().unwrap(), store.is_under_way()), (Seq(1), false));
    let whole = contents(&store);
    assert_eq!(whole.len(), 2);
    drop(store);
    assert_eq!(contents(&open(dir.path()).unwrap()), whole);
}

#[test]
fn what_is_under_way_at_the_end_is_written_and_one_too_early_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut draft = draft(open(dir.path()).unwrap());
    draft.put(key(1), b"1".to_vec());
    draft.commit_ahead().unwrap();
    drop(draft);
    let mut store = open(dir.path()).unwrap();
    assert_eq!(store.seq(), Seq(1));
    let mut batch = Batch::default();
    batch.delete(key(1));
    let early = store.submit(Arc::new(batch), Seq(2));
    assert!(matches!(early, Err(StoreError::Fenced { expected: 2, actual: 1 })));
    assert_eq!(contents(&store).len(), 1);
}

#[test]
fn a_crash_under_way_leaves_all_of_a_batch_or_nothing() {
    let mut left = Vec::new();
    for seed in 0..20 {
        let mut dice = Dice::seeded(seed);
        let store = MemoryStore::new(&mut dice);
        let mut draft = draft(store.clone());
        (0..6).for_each(|n| draft.put(key(n), b"x".to_vec()));
        draft.commit_ahead().unwrap();
        if dice.chance(50) {
            contents(&store);
        }
        let found = store.crash(&mut dice).unwrap();
        left.push(contents(&found).len());
        assert!(draft.land().is_err(), "the dead don't write");
    }
    left.sort_unstable();
    left.dedup();
    assert_eq!(left, [0, 6]);
}

#[test]
fn what_fails_under_way_fails_when_it_lands() {
    for fault in [Fault::BeforeDurable, Fault::AfterDurable] {
        let store = MemoryStore::new(&mut Dice::seeded(1));
        store.fail_next(fault);
        let mut draft = draft(store);
        draft.put(key(1), b"1".to_vec());
        draft.commit_ahead().unwrap();
        draft.put(key(2), b"2".to_vec());
        assert!(draft.land().is_err() && draft.commit().is_err() && draft.commit_ahead().is_err());
    }
}
