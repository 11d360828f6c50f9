//! The key file `keys` beside the store: the hashing key, and one sealing key for each customer and
//! stranger-day (see [`crate::base::seal`]).
//!
//! It is apart from the journal so that it can be backed up apart from it (who steals a backup of
//! the data reads nothing), and so that a forgotten key is overwritten where it stands: a database
//! keeps deleted bytes for long.
//!
//! The hashing key may be kept elsewhere (`hashing_key` in config.toml: in the environment, or in a
//! file of a secrets' store); then the header holds the key's mark, so that another one is found
//! out.
//!
//! Records of 64 octets, so that none crosses a sector. The header: magic (8), version (u32),
//! whether the hashing key is elsewhere (u32, 0 or 1), the key or its mark and 24 zeros (32),
//! checksum (16). An entry: key id (u64, big-endian), key (32), 8 zeros,
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
use crate::base::seal::{HashingKey, KeyBytes, KeyId, Keyring, NewKey};

const RECORD: usize = 64;
const CHECKED: usize = RECORD - 16;
const MAGIC: &[u8; 8] = b"tlrkeys\n";
const VERSION: u32 = 1;
/// Octets of a key file without keys.
pub const HEADER_OCTETS: u64 = RECORD as u64;

/// Where `hashing_key` in config.toml and the key file disagree.
const KEPT_APART: &str = "the hashing key of this store is kept apart from it: set `hashing_key` \
                          in [store] to the place that it is in";
const ANOTHER_KEY: &str = "`hashing_key` in [store] isn't the key that this store was made with: \
                           set it back; with another one no number and no JMBG is found again";
const KEPT_HERE: &str = "this store was made with a hashing key of its own, in its key file: take \
                         `hashing_key` out of [store]; only a new store takes one";

type Record = Zeroizing<[u8; RECORD]>;

/// What the journal and the configuration know of the key file.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its octets in use.
    pub octets: u64,
    /// Keys that are overwritten if they are still there.
    pub forgotten: &'a [KeyId],
    /// The hashing key, if it is kept elsewhere.
    pub hashing: Option<&'a HashingKey>,
}

/// The open key file.
#[derive(Debug)]
pub struct KeyFile {
    file: File,
    path: PathBuf,
    octets: u64,
    mark: u64,
}

impl KeyFile {
    /// Makes a key file with a fresh hashing key, unless that is kept elsewhere: whole under its
    /// name, or not there at all.
    pub fn create(
        path: &Path,
        dice: &mut Dice,
        hashing: Option<&HashingKey>,
    ) -> Result<(KeyFile, Keyring), StoreError> {
        let header = match hashing {
            Some(key) => header(1, &mark_octets(mark_of(key.bytes()))),
            None => {
                let mut fresh = Zeroizing::new([0; 32]);
                dice.fill(&mut *fresh);
                header(0, &fresh)
            }
        };
        let draft = path.with_extension("new");
        write_new(&draft, &*header)
            .and_then(|()| fs::rename(&draft, path))
            .and_then(|()| sync_parent(path))
            .map_err(StoreError::failed("make the key file"))?;
        KeyFile::open(path, Known { octets: HEADER_OCTETS, forgotten: &[], hashing })
    }

    /// Opens the key file as it is `known`, and cuts off what isn't in use.
    ///
    /// `Damaged`, with a remedy, where it is missing, shorter than what is in use, or not whole up
    /// to there; `HashingKey` where that isn't the one that is known; `Failed` where others than
    /// its owner may read it.
    pub fn open(path: &Path, known: Known<'_>) -> Result<(KeyFile, Keyring), StoreError> {
        let Known { octets: used, forgotten, hashing } = known;
        let file = open_private(path)?;
        let octets = file.metadata().map_err(StoreError::failed("read the key file"))?.len();
        if octets < used || octets < HEADER_OCTETS {
            return Err(damaged(path, "is shorter than the journal says"));
        }
        let mut reader = BufReader::new(file);
        let head = read_record(&mut reader)?;
        let kept = parse_header(&head).ok_or_else(|| damaged(path, "has no valid header"))?;
        let hashing = kept.meet(hashing)?;
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

/// The hashing key, as a header has it.
enum Hashing {
    Here(KeyBytes),
    /// Only its mark.
    Elsewhere(u64),
}

impl Hashing {
    fn meet(self, given: Option<&HashingKey>) -> Result<KeyBytes, StoreError> {
        match (self, given) {
            (Hashing::Here(key), None) => Ok(key),
            (Hashing::Here(_), Some(_)) => Err(StoreError::HashingKey(KEPT_HERE)),
            (Hashing::Elsewhere(_), None) => Err(StoreError::HashingKey(KEPT_APART)),
            (Hashing::Elsewhere(mark), Some(key)) if mark == mark_of(key.bytes()) => {
                Ok(Zeroizing::new(*key.bytes()))
            }
            (Hashing::Elsewhere(_), Some(_)) => Err(StoreError::HashingKey(ANOTHER_KEY)),
        }
    }
}

enum Entry {
    Key(NewKey),
    Forgotten,
    Torn,
}

fn header(elsewhere: u32, key_or_mark: &[u8; 32]) -> Record {
    let mut record: Record = Zeroizing::new([0; RECORD]);
    record[..8].copy_from_slice(MAGIC);
    record[8..12].copy_from_slice(&VERSION.to_be_bytes());
    record[12..16].copy_from_slice(&elsewhere.to_be_bytes());
    record[16..48].copy_from_slice(key_or_mark);
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

fn parse_header(record: &[u8; RECORD]) -> Option<Hashing> {
    let version = VERSION.to_be_bytes();
    let whole = record[..8] == *MAGIC && record[8..12] == version;
    if !whole || record[CHECKED..] != checksum(record) {
        return None;
    }
    match &record[12..16] {
        [0, 0, 0, 0] => Some(Hashing::Here(key_bytes(&record[16..48]))),
        [0, 0, 0, 1] => {
            let mark = record[16..24].try_into().map(u64::from_be_bytes).ok()?;
            Some(Hashing::Elsewhere(mark))
        }
        _ => None,
    }
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

fn mark_octets(mark: u64) -> [u8; 32] {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&mark.to_be_bytes());
    octets
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
mod tests;
