//! The key file `keys` beside the store: the hashing key, and one sealing key for each customer and
//! stranger-day (see [`crate::base::seal`]).
//!
//! It is apart from the journal so that it can be backed up apart from it (who steals a backup of
//! the data reads nothing), and so that a forgotten key is overwritten where it stands: a database
//! keeps deleted bytes for long.
//!
//! Records of 64 octets, so that none crosses a sector. The header: magic (8), version (u32), 4
//! zeros, hashing key (32), checksum (16). An entry: key id (u64, big-endian), key (32), 8 zeros,
//! checksum (16). A forgotten entry is all zeros. Checksums are the first octets of BLAKE3 over
//! what is before them.
//!
//! A key is fsynced before the batch that uses it, and the batch records in the journal how many
//! octets of the key file are in use. So a start knows: below that everything must be whole, and
//! what is beyond, whole or torn, was never used and is cut off.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreError;
use crate::base::dice::Dice;
use crate::base::seal::{KeyBytes, KeyId, Keyring, NewKey};

const RECORD: usize = 64;
const CHECKED: usize = RECORD - 16;
const MAGIC: &[u8; 8] = b"tlrkeys\n";
const VERSION: u32 = 1;
/// Octets of a key file without keys.
pub const HEADER_OCTETS: u64 = RECORD as u64;

type Record = Zeroizing<[u8; RECORD]>;

/// The open key file.
#[derive(Debug)]
pub struct KeyFile {
    file: File,
    path: PathBuf,
    octets: u64,
    mark: u64,
}

impl KeyFile {
    /// Makes a key file with a fresh hashing key: whole under its name, or not there at all.
    pub fn create(path: &Path, dice: &mut Dice) -> Result<(KeyFile, Keyring), StoreError> {
        let mut hashing = Zeroizing::new([0; 32]);
        dice.fill(&mut *hashing);
        let draft = path.with_extension("new");
        write_new(&draft, &*header(&hashing))
            .and_then(|()| fs::rename(&draft, path))
            .and_then(|()| sync_parent(path))
            .map_err(StoreError::failed("make the key file"))?;
        KeyFile::open(path, HEADER_OCTETS, &[])
    }

    /// Opens the key file, of which the journal uses the first `used` octets, and cuts off the
    /// rest. Keys of `forgotten` are overwritten if they are still there.
    ///
    /// `Damaged`, with a remedy, where it is missing, shorter than `used`, or not whole up to
    /// there; `Failed` where others than its owner may read it.
    pub fn open(
        path: &Path,
        used: u64,
        forgotten: &[KeyId],
    ) -> Result<(KeyFile, Keyring), StoreError> {
        let file = open_private(path)?;
        let octets = file.metadata().map_err(StoreError::failed("read the key file"))?.len();
        if octets < used || octets < HEADER_OCTETS {
            return Err(damaged(path, "is shorter than the journal says"));
        }
        let mut reader = BufReader::new(file);
        let head = read_record(&mut reader)?;
        let hashing = parse_header(&head).ok_or_else(|| damaged(path, "has no valid header"))?;
        let mark = mark_of(&hashing);
        let mut ring = Keyring::new(*hashing);
        for _ in 1..used / HEADER_OCTETS {
            let record = read_record(&mut reader)?;
            match parse_entry(&record) {
                Entry::Key(key) if !forgotten.contains(&key.id) => ring.insert(&key),
                Entry::Key(_) | Entry::Forgotten => {}
                Entry::Torn => return Err(damaged(path, "has a damaged entry")),
            }
        }
        let file = reader.into_inner();
        if octets > used {
            file.set_len(used)
                .and_then(|()| file.sync_all())
                .map_err(StoreError::failed("cut unused keys off the key file"))?;
        }
        let mut keys = KeyFile { file, path: path.to_owned(), octets: used, mark };
        keys.forget(forgotten)?;
        Ok((keys, ring))
    }

    /// Adds keys: one write, one fsync. They are in use once a batch records [`KeyFile::octets`].
    pub fn append(&mut self, keys: &[NewKey]) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut octets = Zeroizing::new(Vec::with_capacity(keys.len() * RECORD));
        for key in keys {
            octets.extend_from_slice(&*entry(key));
        }
        self.file
            .write_all_at(&octets, self.octets)
            .and_then(|()| self.file.sync_data())
            .map_err(StoreError::failed("add to the key file"))?;
        self.octets += octets.len() as u64;
        Ok(())
    }

    /// Overwrites the keys of `ids` with zeros where they stand, and fsyncs. One that isn't there
    /// is none to forget. Reads the whole file, 64 octets a key.
    pub fn forget(&mut self, ids: &[KeyId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.overwrite(ids).map_err(StoreError::failed("forget keys in the key file"))
    }

    fn overwrite(&mut self, ids: &[KeyId]) -> io::Result<()> {
        let mut reader = BufReader::new(File::open(&self.path)?);
        let mut record: Record = Zeroizing::new([0; RECORD]);
        for at in (0..self.octets).step_by(RECORD) {
            reader.read_exact(&mut *record)?;
            match parse_entry(&record) {
                Entry::Key(key) if at > 0 && ids.contains(&key.id) => {
                    self.file.write_all_at(&[0; RECORD], at)?;
                }
                _ => {}
            }
        }
        self.file.sync_data()
    }

    /// How long the file is, in octets.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// By which the journal knows that this is its key file. Tells nothing of the hashing key.
    pub fn mark(&self) -> u64 {
        self.mark
    }
}

enum Entry {
    Key(NewKey),
    Forgotten,
    Torn,
}

fn header(hashing: &[u8; 32]) -> Record {
    let mut record: Record = Zeroizing::new([0; RECORD]);
    record[..8].copy_from_slice(MAGIC);
    record[8..12].copy_from_slice(&VERSION.to_be_bytes());
    record[16..48].copy_from_slice(hashing);
    seal_record(record)
}

fn entry(key: &NewKey) -> Record {
    let mut record: Record = Zeroizing::new([0; RECORD]);
    record[..8].copy_from_slice(&key.id.word().to_be_bytes());
    record[8..40].copy_from_slice(&*key.bytes);
    seal_record(record)
}

fn seal_record(mut record: Record) -> Record {
    let sum = checksum(&record);
    record[CHECKED..].copy_from_slice(&sum);
    record
}

fn checksum(record: &[u8; RECORD]) -> [u8; 16] {
    let mut sum = [0; 16];
    sum.copy_from_slice(&blake3::hash(&record[..CHECKED]).as_bytes()[..16]);
    sum
}

fn parse_header(record: &[u8; RECORD]) -> Option<KeyBytes> {
    let version = VERSION.to_be_bytes();
    let whole = record[..8] == *MAGIC && record[8..12] == version;
    (whole && record[CHECKED..] == checksum(record)).then(|| key_bytes(&record[16..48]))
}

fn parse_entry(record: &[u8; RECORD]) -> Entry {
    if record.iter().all(|&octet| octet == 0) {
        return Entry::Forgotten;
    }
    if record[CHECKED..] != checksum(record) {
        return Entry::Torn;
    }
    let mut id = [0; 8];
    id.copy_from_slice(&record[..8]);
    let id = KeyId::from_word(u64::from_be_bytes(id));
    Entry::Key(NewKey { id, bytes: key_bytes(&record[8..40]) })
}

fn key_bytes(octets: &[u8]) -> KeyBytes {
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.copy_from_slice(octets);
    bytes
}

fn mark_of(hashing: &[u8; 32]) -> u64 {
    let derived = blake3::derive_key("tellerd key file, mark in the journal", hashing);
    derived[..8].iter().fold(0, |mark, &octet| mark << 8 | u64::from(octet))
}

fn read_record(reader: &mut impl Read) -> Result<Record, StoreError> {
    let mut record: Record = Zeroizing::new([0; RECORD]);
    reader.read_exact(&mut *record).map_err(StoreError::failed("read the key file"))?;
    Ok(record)
}

fn open_private(path: &Path) -> Result<File, StoreError> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(damaged(path, "is missing"));
        }
        Err(error) => return Err(StoreError::failed("open the key file")(error)),
    };
    let mode = file.metadata().map_err(StoreError::failed("read the key file"))?.mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        let cause = format!("others may read it (mode {:o}): chmod 600 {path}", mode & 0o777);
        return Err(StoreError::Failed { doing: "use the key file", cause });
    }
    Ok(file)
}

fn damaged(path: &Path, how: &str) -> StoreError {
    StoreError::Damaged(format!(
        "the key file {} {how}: put it back from its newest backup; without it nothing that the \
         store holds can be read",
        path.display()
    ))
}

fn write_new(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // An older draft is of a start that was cut short, before anything used it.
    if path.exists() {
        fs::remove_file(path)?;
    }
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// Puts the name of `path` itself on disk.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn two_keys(dir: &Path) -> (PathBuf, KeyFile, Keyring, Dice) {
        let path = dir.join("keys");
        let mut dice = Dice::seeded(1);
        let (mut file, mut ring) = KeyFile::create(&path, &mut dice).unwrap();
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
        let (again, read) = KeyFile::open(&path, file.octets(), &[]).unwrap();
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
            let (mut again, read) = KeyFile::open(&path, used, &[]).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), used);
            assert!(opens(&read, &ring, 2, &mut dice));
            assert!(!opens(&read, &ring, 3, &mut dice));
            again.append(&more[2..]).unwrap();
            let (_, read) = KeyFile::open(&path, used + 64, &[]).unwrap();
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
            let error = KeyFile::open(&path, file.octets(), &[]).unwrap_err();
            assert!(error.to_string().contains("newest backup"), "{at}: {error}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(KeyFile::open(&path, 192, &[]), Err(StoreError::Damaged(_))));
        fs::remove_file(&path).unwrap();
        let missing = KeyFile::open(&path, 192, &[]).unwrap_err().to_string();
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
            let (_, read) = KeyFile::open(&path, file.octets(), asked).unwrap();
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
            let error = KeyFile::open(&path, 192, &[]).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_draft_of_a_start_cut_short_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("keys.new"), b"half").unwrap();
        KeyFile::create(&dir.path().join("keys"), &mut Dice::seeded(1)).unwrap();
    }
}
