//! Both stores against a sorted map: the same batches, the same answers.

use proptest::prelude::*;

use super::*;
use crate::store::memory::MemoryStore;

/// Scans from somewhere, and a scan that stops, agree with the model.
fn scans_agree(store: &impl Read, model: &Model, dice: &mut Dice) {
    let table = if dice.chance(50) { MESSAGES } else { PHONES };
    let (prefix, from) = (table.key(1), table.key(1).u64(dice.below(40)));
    let limit = 1 + dice.below(10) as usize;
    let mut found = Vec::new();
    let mut visit = |key: &[u8], _: &[u8]| {
        found.push(key.to_vec());
        if found.len() == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.scan(&prefix, Some(&from), &mut visit).unwrap();
    let expected: Vec<_> = model
        .keys()
        .filter(|key| key.starts_with(prefix.as_bytes()) && key.as_slice() >= from.as_bytes())
        .take(limit)
        .cloned()
        .collect();
    assert_eq!(found, expected);
    let key = table.key(1).u64(dice.below(40));
    assert_eq!(store.get(&key).unwrap(), model.get(key.as_bytes()).cloned());
}

fn agree_for(store: &mut impl Store, batches: u64, model: &mut Model, dice: &mut Dice) {
    for _ in 0..batches {
        let expected = store.seq();
        let seq = store.commit(roll_batch(dice, model), expected).unwrap();
        assert_eq!((seq, store.seq()), (Seq(expected.0 + 1), seq));
        scans_agree(store, model, dice);
    }
    assert_eq!(&contents(store), model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_disk_is_a_sorted_map_that_survives_restarts(seed: u64) {
        let dir = tempfile::tempdir().unwrap();
        let (mut dice, mut model) = (Dice::seeded(seed), Model::new());
        for _ in 0..3 {
            let mut store = open(dir.path()).unwrap();
            prop_assert_eq!(&contents(&store), &model);
            agree_for(&mut store, dice.clone().below(20), &mut model, &mut dice);
            if dice.chance(50) {
                store.close().unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_is_a_sorted_map_that_survives_crashes(seed: u64) {
        let (mut dice, mut model) = (Dice::seeded(seed), Model::new());
        let every = Every { batches: 1 + dice.below(5), changes: 30 };
        let mut store = MemoryStore::with_checkpoints(&mut dice, every);
        for _ in 0..6 {
            agree_for(&mut store, dice.clone().below(30), &mut model, &mut dice);
            if dice.chance(30) {
                store.close().unwrap();
            }
            let seq = store.seq();
            let after = store.crash(&mut dice).unwrap();
            prop_assert!(store.commit(Batch::default(), seq).is_err(), "the dead don't write");
            store = after;
            prop_assert_eq!(store.seq(), seq);
            prop_assert_eq!(&contents(&store), &model);
        }
    }
}

/// The contract's corners, for any store.
fn keeps_the_corners(store: &mut impl Store) {
    let key = MESSAGES.key(1).u64(7);
    let seq = put_one(store, key.clone(), b"one");
    assert_eq!(store.commit(Batch::default(), seq).unwrap(), seq, "an empty batch has no number");

    let mut twice = Batch::default();
    for key in [key.clone(), PHONES.key(1).u64(7)] {
        twice.put(key.clone(), b"first".to_vec());
        twice.delete(key.clone());
        twice.put(key, b"last".to_vec());
    }
    let fenced = store.commit(twice.clone(), Seq(seq.0 + 1));
    assert!(matches!(fenced, Err(StoreError::Fenced { .. })));
    assert_eq!(store.get(&key).unwrap().unwrap(), b"one", "a fenced batch wrote nothing");
    store.commit(twice, seq).unwrap();
    assert_eq!(store.get(&key).unwrap().unwrap(), b"last");
    assert_eq!(store.get(&PHONES.key(1).u64(7)).unwrap().unwrap(), b"last");

    let mut visited = 0;
    let early = MESSAGES.key(0);
    let mut visit = |_: &[u8], _: &[u8]| {
        visited += 1;
        ControlFlow::Continue(())
    };
    store.scan(&MESSAGES.key(1), Some(&early), &mut visit).unwrap();
    assert_eq!(visited, 1, "a scan from before its prefix begins at the prefix");
}

#[test]
fn the_corners_of_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    keeps_the_corners(&mut open(dir.path()).unwrap());
    keeps_the_corners(&mut MemoryStore::new(&mut Dice::seeded(1)));
}

#[test]
fn a_scan_of_the_memory_may_read_the_store_and_sees_every_page() {
    let mut store = MemoryStore::new(&mut Dice::seeded(1));
    let mut batch = Batch::default();
    (0..1_000).for_each(|n| batch.put(MESSAGES.key(1).u64(n), vec![1]));
    store.commit(batch, Seq(0)).unwrap();
    let mut visited = 0;
    let mut visit = |_: &[u8], _: &[u8]| {
        assert!(store.get(&MESSAGES.key(1).u64(visited)).unwrap().is_some());
        visited += 1;
        ControlFlow::Continue(())
    };
    store.scan(&MESSAGES.key(1), None, &mut visit).unwrap();
    assert_eq!(visited, 1_000);
}
