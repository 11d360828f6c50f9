//! The key file: whole, torn, damaged, forgotten, kept apart.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn known(octets: u64, forgotten: &[KeyId]) -> Known<'_> {
    Known { octets, forgotten, hashing: None }
}

fn two_keys(dir: &Path) -> (PathBuf, KeyFile, Keyring, Dice) {
    let path = dir.join("keys");
    let mut dice = Dice::seeded(1);
    let (mut file, mut ring) = KeyFile::create(&path, &mut dice, None).unwrap();
    let keys = [1, 2].map(|n| ring.create(KeyId::customer(1, n), &mut dice));
    file.append(&keys).unwrap();
    (path, file, ring, dice)
}

fn opens(ring: &Keyring, other: &Keyring, customer: u64, dice: &mut Dice) -> bool {
    let sealed = other.seal(KeyId::customer(1, customer), b"", b"text", dice).unwrap();
    ring.open(b"", &sealed).is_ok_and(|plain| plain == b"text")
}

#[test]
fn keys_are_there_after_a_start() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file, ring, mut dice) = two_keys(dir.path());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (again, read) = KeyFile::open(&path, known(file.octets(), &[])).unwrap();
    assert_eq!((again.mark(), again.octets()), (file.mark(), 3 * 64));
    assert_eq!(read.hashing_key(), ring.hashing_key());
    assert!(opens(&read, &ring, 1, &mut dice) && opens(&read, &ring, 2, &mut dice));
}

#[test]
fn what_no_batch_used_is_cut_off_torn_or_whole() {
    for torn in [1, 63, 64, 100, 192] {
        let dir = tempfile::tempdir().unwrap();
        let (path, mut file, mut ring, mut dice) = two_keys(dir.path());
        let used = file.octets();
        let more = [3, 4, 5].map(|n| ring.create(KeyId::customer(1, n), &mut dice));
        file.append(&more).unwrap();
        file.file.set_len(used + torn).unwrap();
        let (mut again, read) = KeyFile::open(&path, known(used, &[])).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), used);
        assert!(opens(&read, &ring, 2, &mut dice));
        assert!(!opens(&read, &ring, 3, &mut dice));
        again.append(&more[2..]).unwrap();
        let (_, read) = KeyFile::open(&path, known(used + 64, &[])).unwrap();
        assert!(opens(&read, &ring, 5, &mut dice));
    }
}

#[test]
fn damage_in_what_is_used_is_told_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file, ..) = two_keys(dir.path());
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 0x20;
        fs::write(&path, &bad).unwrap();
        let error = KeyFile::open(&path, known(file.octets(), &[])).unwrap_err();
        assert!(error.to_string().contains("newest backup"), "{at}: {error}");
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(KeyFile::open(&path, known(192, &[])), Err(StoreError::Damaged(_))));
    fs::remove_file(&path).unwrap();
    let missing = KeyFile::open(&path, known(192, &[])).unwrap_err().to_string();
    assert!(missing.contains("is missing") && missing.contains("backup"), "{missing}");
}

#[test]
fn a_forgotten_key_is_nowhere_in_the_file() {
    for at_start in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (path, mut file, ring, mut dice) = two_keys(dir.path());
        let whole = fs::read(&path).unwrap();
        let gone = [KeyId::customer(1, 1)];
        if !at_start {
            file.forget(&gone).unwrap();
        }
        let asked: &[KeyId] = if at_start { &gone } else { &[] };
        let (_, read) = KeyFile::open(&path, known(file.octets(), asked)).unwrap();
        assert!(!opens(&read, &ring, 1, &mut dice) && opens(&read, &ring, 2, &mut dice));
        let after = fs::read(&path).unwrap();
        assert!(!after.windows(16).any(|w| w == &whole[64 + 8..64 + 24]));
    }
}

#[test]
fn others_may_not_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ..) = two_keys(dir.path());
    for mode in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = KeyFile::open(&path, known(192, &[])).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_draft_of_a_start_cut_short_is_no_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("keys.new"), b"half").unwrap();
    KeyFile::create(&dir.path().join("keys"), &mut Dice::seeded(1), None).unwrap();
}

#[test]
fn a_hashing_key_kept_apart_is_not_in_the_file_and_no_other_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys");
    let key = HashingKey::parse(&"0123456789abcdef".repeat(4)).unwrap();
    let other = HashingKey::parse(&"0123456789abcdee".repeat(4)).unwrap();
    let (file, ring) = KeyFile::create(&path, &mut Dice::seeded(1), Some(&key)).unwrap();
    assert_eq!(ring.hashing_key(), key.bytes());
    let octets = fs::read(&path).unwrap();
    assert!(!octets.windows(8).any(|eight| eight == &key.bytes()[..8]));
    let open = |hashing| KeyFile::open(&path, Known { octets: 64, forgotten: &[], hashing });
    let (again, ring) = open(Some(&key)).unwrap();
    assert_eq!((again.mark(), ring.hashing_key()), (file.mark(), key.bytes()));
    let told = |hashing| open(hashing).unwrap_err().to_string();
    assert!(told(Some(&other)).contains("set it back"), "{}", told(Some(&other)));
    assert!(told(None).contains("is kept apart"), "{}", told(None));
}

#[test]
fn a_store_with_a_key_of_its_own_takes_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ..) = two_keys(dir.path());
    let key = HashingKey::parse(&"0123456789abcdef".repeat(4)).unwrap();
    let known = Known { octets: 192, forgotten: &[], hashing: Some(&key) };
    let told = KeyFile::open(&path, known).unwrap_err().to_string();
    assert!(told.contains("take `hashing_key` out"), "{told}");
}
