//! The registry: sled, one tree, much read and little written.
//!
//! It follows the journal: a batch's registry changes are applied as one together with the batch's
//! number, and nothing waits for them to be on disk. [`Flusher`] puts them there, on the
//! checkpoint's thread; what was lost before that is applied again at the next start
//! ([`super::catch_up`]).
//!
//! sled's `flush` alone is no fsync on Linux (it uses sync_file_range), so a checkpoint syncs the
//! file after it, and the blobs into which sled moves what is too large for its log.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::catch_up::Follows;
use super::keyfile::sync_parent;
use super::values::Values;
use super::{Batch, Home, Key, Seq, StoreError, Visit, changes};

/// Where the batch's number stands. Keys of tables have three octets or more, so none meets it.
const SEQ: &[u8] = &[0];

/// The open registry, to read.
pub(super) struct Registry {
    db: sled::Db,
    path: PathBuf,
    values: RefCell<Values>,
}

/// The open registry, to write to: belongs to whoever commits.
pub(super) struct Applier {
    db: sled::Db,
    seq: Seq,
}

impl Registry {
    /// Opens the registry with `cache` octets of cache (half of them sled's, for its pages, half
    /// ours, for values), and makes it where it isn't there.
    pub(super) fn open(path: &Path, cache: u64) -> Result<(Registry, Applier), StoreError> {
        const DOING: &str = "open the registry";
        let fresh = !path.exists();
        let db = sled::Config::new()
            .path(path)
            .cache_capacity(cache / 2)
            .flush_every_ms(None)
            .open()
            .map_err(wrong(DOING))?;
        let seq = match db.get(SEQ).map_err(wrong(DOING))? {
            None => Seq(0),
            Some(octets) => {
                let octets = octets.as_ref().try_into().map_err(|_| {
                    StoreError::Damaged("the registry's batch number isn't a number".into())
                })?;
                Seq(u64::from_be_bytes(octets))
            }
        };
        let octets = usize::try_from(cache / 2).unwrap_or(usize::MAX);
        let values = RefCell::new(Values::new(octets));
        let applier = Applier { db: db.clone(), seq };
        let registry = Registry { db, path: path.to_owned(), values };
        if fresh {
            registry.flusher().run()?;
            sync_names(path).map_err(StoreError::failed(DOING))?;
        }
        Ok((registry, applier))
    }

    /// What puts on disk all that was applied before it is run.
    pub(super) fn flusher(&self) -> Flusher {
        Flusher { db: self.db.clone(), path: self.path.clone(), blobs: BTreeSet::new() }
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key.as_bytes();
        if let Some(known) = self.values.borrow().get(key) {
            return Ok(known.map(<[u8]>::to_vec));
        }
        let found = self.db.get(key).map_err(wrong("read the registry"))?;
        self.values.borrow_mut().note(key, found.as_deref());
        Ok(found.map(|value| value.to_vec()))
    }

    /// A batch changes these keys: what was read of them is no longer known. Until it has landed
    /// the caller has their values himself.
    pub(super) fn forget(&self, batch: &Batch) {
        let mut values = self.values.borrow_mut();
        let changed = batch.changes.iter().filter(|c| c.key.table().home == Home::Registry);
        changed.for_each(|change| values.forget(change.key.as_bytes()));
    }

    /// See [`super::Read::scan`].
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        for entry in self.db.range(from..) {
            let (key, value) = entry.map_err(wrong("read the registry"))?;
            if !key.starts_with(prefix) || visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Follows for Applier {
    fn seq(&self) -> Seq {
        self.seq
    }

    fn apply(&mut self, seq: Seq, changes: &[u8]) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for edit in changes::decode(changes)? {
            match edit.value {
                Some(value) => batch.insert(edit.key, value),
                None => batch.remove(edit.key),
            }
        }
        batch.insert(SEQ, &seq.0.to_be_bytes());
        self.db.apply_batch(batch).map_err(wrong("write the registry"))?;
        self.seq = seq;
        Ok(())
    }
}

/// Puts the registry on disk.
pub(super) struct Flusher {
    db: sled::Db,
    path: PathBuf,
    /// The blobs that are on disk already: a blob is written once and only ever deleted.
    blobs: BTreeSet<OsString>,
}

impl Flusher {
    /// All that was applied before this call is on disk when it returns.
    pub(super) fn run(&mut self) -> Result<(), StoreError> {
        self.db.flush().map_err(wrong("flush the registry"))?;
        self.sync().map_err(StoreError::failed("sync the registry"))
    }

    fn sync(&mut self) -> io::Result<()> {
        let folder = self.path.join("blobs");
        let mut present = BTreeSet::new();
        for blob in fs::read_dir(&folder)? {
            let name = blob?.file_name();
            if !self.blobs.contains(&name) {
                match File::open(folder.join(&name)) {
                    Ok(file) => file.sync_all()?,
                    // sled has deleted it meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                }
            }
            present.insert(name);
        }
        if present != self.blobs {
            File::open(&folder)?.sync_all()?;
        }
        self.blobs = present;
        File::open(self.path.join("db"))?.sync_all()
    }
}

/// Puts a new registry's files and names on disk.
fn sync_names(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(path)?.sync_all()?;
    sync_parent(path)
}

/// For `map_err`: sled's error as ours, damage apart from refusal.
fn wrong(doing: &'static str) -> impl FnOnce(sled::Error) -> StoreError {
    move |error| match error {
        sled::Error::Corruption { .. } => StoreError::Damaged(
            "the registry's files are corrupt: put `journal.redb`, `registry` and `keys` of one \
             and the same backup in their places"
                .into(),
        ),
        error => StoreError::Failed { doing, cause: error.to_string() },
    }
}
