//! The store on disk: kills, parts that are missing, old or foreign, and who may open it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::base::seal::KeyId;

/// Commits until checkpoints have let the journal drop something. The checkpoint's thread has its
/// own pace, so this is bounded by batches and not by time.
fn commit_until_dropped(store: &mut DiskStore, model: &mut Model, dice: &mut Dice) {
    for _ in 0..2_000 {
        let expected = store.seq();
        store.commit(roll_batch(dice, model), expected).unwrap();
        if store.dropped() > Seq(0) {
            return;
        }
    }
    panic!("nothing was dropped in 2,000 batches");
}

#[test]
fn a_copy_taken_between_commits_is_whole() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut dice, mut model) = (Dice::seeded(11), Model::new());
    let mut store = open(dir.path()).unwrap();
    let mut taken = Vec::new();
    for n in 0..60 {
        let expected = store.seq();
        store.commit(roll_batch(&mut dice, &mut model), expected).unwrap();
        if dice.chance(15) {
            let copy = copies.path().join(n.to_string());
            copy_dir(dir.path(), &copy);
            taken.push((copy, store.seq(), model.clone()));
        }
    }
    assert!(taken.len() > 3);
    for (copy, seq, model) in taken {
        let mut store = open(&copy).unwrap();
        assert_eq!((store.seq(), contents(&store)), (seq, model));
        put_one(&mut store, PHONES.key(1).u64(99), b"goes on");
    }
}

#[test]
fn an_older_copy_of_the_registry_becomes_whole() {
    let (dir, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut dice, mut model) = (Dice::seeded(12), Model::new());
    let registry = dir.path().join("registry");
    let mut store = open(dir.path()).unwrap();
    commit_until_dropped(&mut store, &mut model, &mut dice);
    store.close().unwrap();
    drop(store);
    copy_dir(&registry, old.path());
    let mut store = open(dir.path()).unwrap();
    // Fewer than a checkpoint's span: what the copy lacks is still in the journal.
    for _ in 0..3 {
        let expected = store.seq();
        store.commit(roll_batch(&mut dice, &mut model), expected).unwrap();
    }
    store.close().unwrap();
    drop(store);
    fs::remove_dir_all(&registry).unwrap();
    copy_dir(old.path(), &registry);
    assert_eq!(contents(&open(dir.path()).unwrap()), model);
}

#[test]
fn a_deleted_registry_is_damage_once_the_journal_has_dropped_and_none_before() {
    let dir = tempfile::tempdir().unwrap();
    let (mut dice, mut model) = (Dice::seeded(13), Model::new());
    let registry = dir.path().join("registry");
    let mut store = open(dir.path()).unwrap();
    store.commit(roll_batch(&mut dice, &mut model), Seq(0)).unwrap();
    drop(store);
    fs::remove_dir_all(&registry).unwrap();
    let mut store = open(dir.path()).unwrap();
    assert_eq!(contents(&store), model, "the journal alone has everything");
    commit_until_dropped(&mut store, &mut model, &mut dice);
    drop(store);
    fs::remove_dir_all(&registry).unwrap();
    for _ in 0..2 {
        let error = open(dir.path()).err().unwrap();
        assert!(matches!(error, StoreError::Damaged(_)));
        assert!(error.to_string().contains("put back a copy of `registry`"), "{error}");
    }
}

#[test]
fn an_older_journal_under_a_newer_registry_is_damage() {
    let (dir, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = open(dir.path()).unwrap();
    put_one(&mut store, PHONES.key(1).u64(1), b"one");
    copy_dir(dir.path(), old.path());
    put_one(&mut store, PHONES.key(1).u64(2), b"two");
    store.close().unwrap();
    drop(store);
    fs::copy(old.path().join("journal.redb"), dir.path().join("journal.redb")).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("of one and the same backup"), "{error}");
}

#[test]
fn a_missing_journal_is_damage_and_a_first_start_cut_short_is_not() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    fs::remove_file(dir.path().join("journal.redb")).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("move `registry` elsewhere"), "{error}");
    fs::remove_dir_all(dir.path().join("registry")).unwrap();
    open(dir.path()).unwrap();
}

#[test]
fn keys_alone_are_damage_once_they_hold_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice::seeded(1);
    let (mut store, mut ring) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
    let mut batch = Batch::default();
    batch.keys.push(ring.create(KeyId::customer(1, 1), &mut dice));
    store.commit(batch, Seq(0)).unwrap();
    drop(store);
    fs::remove_file(dir.path().join("journal.redb")).unwrap();
    fs::remove_dir_all(dir.path().join("registry")).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("move `keys` elsewhere"), "{error}");
}

#[test]
fn keys_come_back_and_the_forgotten_dont_even_if_the_process_died_between() {
    let (dir, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (stays, goes) = (KeyId::customer(1, 1), KeyId::customer(1, 2));
    let mut dice = Dice::seeded(1);
    let (mut store, mut ring) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
    let mut batch = Batch::default();
    batch.keys.extend([ring.create(stays, &mut dice), ring.create(goes, &mut dice)]);
    let seq = store.commit(batch, Seq(0)).unwrap();
    copy_dir(dir.path(), before.path());
    let mut batch = Batch::default();
    batch.forget.push(goes);
    store.commit(batch, seq).unwrap();
    let keys = fs::read(dir.path().join("keys")).unwrap();
    assert!(keys[128..].iter().all(|&octet| octet == 0), "gone when the commit returns");
    drop(store);
    // As if it had died after the journal's fsync and before the key file was overwritten.
    fs::copy(before.path().join("keys"), dir.path().join("keys")).unwrap();
    for _ in 0..2 {
        let (mut store, ring) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
        assert!(ring.contains(stays) && !ring.contains(goes));
        put_one(&mut store, MESSAGES.key(1), b"clears the mark");
    }
    let (_, ring) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
    assert!(!ring.contains(goes));
}

#[test]
fn a_forgotten_id_may_have_a_new_key() {
    let dir = tempfile::tempdir().unwrap();
    let id = KeyId::customer(1, 1);
    let mut dice = Dice::seeded(1);
    let (mut store, mut ring) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
    for seq in [0, 2] {
        let mut batch = Batch::default();
        batch.keys.push(ring.create(id, &mut dice));
        store.commit(batch, Seq(seq)).unwrap();
        if seq == 0 {
            let mut batch = Batch::default();
            batch.forget.push(id);
            store.commit(batch, Seq(1)).unwrap();
        }
    }
    drop(store);
    let (_, found) = DiskStore::open(dir.path(), &options(), &mut dice).unwrap();
    let sealed = ring.seal(id, b"", b"text", &mut dice).unwrap();
    assert_eq!(found.open(b"", &sealed).unwrap(), b"text");
}

#[test]
fn the_key_file_must_be_there_be_this_stores_and_be_private() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(open(dir.path()).unwrap());
    drop(DiskStore::open(other.path(), &options(), &mut Dice::seeded(2)).unwrap());
    let keys = dir.path().join("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("chmod 600"), "{error}");
    fs::copy(other.path().join("keys"), &keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("another store's key file"), "{error}");
    fs::remove_file(&keys).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("is missing") && error.contains("backup"), "{error}");
    assert!(!keys.exists(), "a new key file must not hide that the old one is gone");
}

#[test]
fn a_second_open_is_refused_and_a_later_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("another process has"), "{error}");
    drop(store);
    open(dir.path()).unwrap();
}

#[test]
fn the_reserve_is_not_for_new_work() {
    let dir = tempfile::tempdir().unwrap();
    let free = open(dir.path()).unwrap().free_octets().unwrap();
    assert!(free > 0);
    let options = Options { reserve: u64::MAX, ..options() };
    let (store, _) = DiskStore::open(dir.path(), &options, &mut Dice::seeded(1)).unwrap();
    assert_eq!(store.free_octets(), Some(0));
}

#[test]
fn a_sabotaged_store_loses_what_it_acknowledged() {
    for (durability, survives) in [(Durability::Fsync, true), (Durability::None, false)] {
        let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let options = Options { durability, ..options() };
        let (mut store, _) = DiskStore::open(dir.path(), &options, &mut Dice::seeded(1)).unwrap();
        put_one(&mut store, MESSAGES.key(1).u64(1), b"acknowledged");
        copy_dir(dir.path(), copy.path());
        let found = open(copy.path()).unwrap().get(&MESSAGES.key(1).u64(1)).unwrap();
        assert_eq!(found.is_some(), survives);
    }
}

#[test]
fn large_values_survive_in_both_homes() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = open(dir.path()).unwrap();
    let large = vec![7; 1 << 20];
    put_one(&mut store, MESSAGES.key(1), &large);
    put_one(&mut store, PHONES.key(1), &large);
    store.close().unwrap();
    copy_dir(dir.path(), copy.path());
    let store = open(copy.path()).unwrap();
    for table in [MESSAGES, PHONES] {
        assert!(store.get(&table.key(1)).unwrap().is_some_and(|value| value == large));
    }
}
