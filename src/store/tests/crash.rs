//! Crashes of the store in memory, and the stores that lie: the same check must pass and fail.

use super::*;
use crate::base::seal::KeyId;
use crate::store::memory::{Fault, MemoryStore};
use crate::store::sabotage::{AckEarly, FlushLate, ForgetOne};

/// What durability means: after a crash everything that was acknowledged is there, and nothing
/// else.
fn survives(handle: &MemoryStore, store: &mut impl Store, batches: u64) -> bool {
    let (mut dice, mut model) = (Dice::seeded(3), Model::new());
    for _ in 0..batches {
        let expected = store.seq();
        store.commit(roll_batch(&mut dice, &mut model), expected).unwrap();
    }
    contents(&handle.crash(&mut dice).unwrap()) == model
}

#[test]
fn an_honest_store_survives_and_the_liars_are_found_out() {
    for batches in [1, 7, 50] {
        let fresh = || MemoryStore::new(&mut Dice::seeded(1));
        let store = fresh();
        assert!(survives(&store, &mut store.clone(), batches));
        let store = fresh();
        assert!(!survives(&store, &mut AckEarly::new(store.clone(), 1), batches));
        let store = fresh();
        assert!(!survives(&store, &mut AckEarly::new(store.clone(), 20), batches));
        let store = fresh();
        assert!(!survives(&store, &mut FlushLate::new(store.clone(), 64), batches));
    }
    // Of few batches it may forget only what a later one replaces.
    let store = MemoryStore::new(&mut Dice::seeded(1));
    let mut liar = ForgetOne::new(store.clone(), 50, Dice::seeded(2));
    assert!(!survives(&store, &mut liar, 50));
}

#[test]
fn a_failed_commit_may_or_may_not_be_there_and_the_store_is_over() {
    for (fault, there) in [(Fault::BeforeDurable, false), (Fault::AfterDurable, true)] {
        let mut dice = Dice::seeded(1);
        let mut store = MemoryStore::new(&mut dice);
        let seq = put_one(&mut store, PHONES.key(1).u64(1), b"before");
        store.fail_next(fault);
        let mut batch = Batch::default();
        batch.put(PHONES.key(1).u64(2), b"after".to_vec());
        assert!(matches!(store.commit(batch.clone(), seq), Err(StoreError::Failed { .. })));
        let next = store.seq();
        assert!(store.commit(batch, next).is_err());
        let found = store.crash(&mut dice).unwrap();
        assert!(found.get(&PHONES.key(1).u64(1)).unwrap().is_some());
        assert_eq!(found.get(&PHONES.key(1).u64(2)).unwrap().is_some(), there);
    }
}

#[test]
fn keys_survive_a_crash_and_the_forgotten_dont() {
    let mut dice = Dice::seeded(1);
    let mut store = MemoryStore::new(&mut dice);
    let mut ring = store.keyring();
    let (stays, goes) = (KeyId::customer(1, 1), KeyId::customer(1, 2));
    let mut batch = Batch::default();
    batch.keys.extend([ring.create(stays, &mut dice), ring.create(goes, &mut dice)]);
    let seq = store.commit(batch, Seq(0)).unwrap();
    let mut batch = Batch::default();
    batch.forget.push(goes);
    store.commit(batch, seq).unwrap();
    let found = store.crash(&mut dice).unwrap().keyring();
    assert!(found.contains(stays) && !found.contains(goes));
    assert_eq!(found.hashing_key(), ring.hashing_key());
}

#[test]
fn the_registry_is_really_behind_at_some_crashes() {
    let mut dice = Dice::seeded(5);
    let mut store = MemoryStore::new(&mut dice);
    let mut behind = Vec::new();
    for n in 0..100 {
        put_one(&mut store, PHONES.key(1).u64(n), b"x");
        if dice.chance(20) {
            store = store.crash(&mut dice).unwrap();
            behind.push(store.caught_up());
        }
    }
    assert!(behind.contains(&0) && behind.iter().any(|&n| n > 3), "{behind:?}");
    assert_eq!(contents(&store).len(), 100);
}
