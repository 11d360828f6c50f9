//! The store on disk: journal, registry and key file joined.
//!
//! The folder holds `journal.redb` (redb), `registry/` (sled) and `keys` ([`super::keyfile`]). What
//! a commit does is `writer.rs`'s; a thread of its own does it while the owner builds the
//! next batch. A start goes the same way: what the journal has is the truth, keys beyond it are cut
//! off, what it forgot is forgotten, and the registry is given what it lacks (`catch_up.rs`).
//!
//! The folder is locked while the store is open, so that no second process gets as far as the key
//! file.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::catch_up::catch_up;
use super::checkpoint::Every;
use super::journal::{Journal, Reader};
use super::keyfile::{HEADER_OCTETS, KeyFile, Known, sync_parent};
use super::registry::Registry;
use super::worker::Worker;
use super::writer::Writer;
use super::{Batch, Home, Key, Read, Seq, Store, StoreError, Visit};
use crate::base::dice::Dice;
use crate::base::seal::{HashingKey, Keyring};

/// What the operator of the daemon may set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Octets of the disk that new work must leave free.
    pub reserve: u64,
    /// Octets of memory for the registry's cache.
    pub registry_cache: u64,
    /// Octets of memory for the journal's cache.
    pub journal_cache: usize,
    /// How often the registry is put on disk.
    pub checkpoint: Every,
    /// The hashing key, if the bank keeps it apart from the store. A new store remembers that.
    pub hashing_key: Option<HashingKey>,
    /// Whether a commit waits for the disk. Only a build that sabotages itself has the choice.
    #[cfg(any(test, feature = "sabotage"))]
    pub durability: Durability,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            reserve: 256 << 20,
            registry_cache: 256 << 20,
            journal_cache: 128 << 20,
            checkpoint: Every::default(),
            hashing_key: None,
            #[cfg(any(test, feature = "sabotage"))]
            durability: Durability::default(),
        }
    }
}

/// Whether a commit waits for the disk.
#[cfg(any(test, feature = "sabotage"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// It does, as the contract says.
    #[cfg_attr(not(feature = "sabotage"), default)]
    Fsync,
    /// It doesn't, and a kill loses it: the durability test must find out. A build with the feature
    /// `sabotage` does this by default, so that the real binary can be put to the test.
    #[cfg_attr(feature = "sabotage", default)]
    None,
}

/// The store of the daemon.
pub struct DiskStore {
    dir: PathBuf,
    reserve: u64,
    journal: RefCell<Reader>,
    // Before the writer: its thread ends, and lets go of the writer, before that is closed.
    committer: Worker<Arc<Batch>, Seq>,
    writer: Arc<Mutex<Writer>>,
    registry: Registry,
    seq: Cell<Seq>,
    flight: Cell<Flight>,
    landed: Arc<OnceLock<Landed>>,
    // Last: the lock goes when everything else is closed.
    _lock: File,
}

/// Who is told that a batch has landed.
type Landed = Box<dyn Fn() + Send + Sync>;

/// The batch that was begun last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flight {
    /// It has landed.
    Landed,
    /// The committer's thread has it.
    UnderWay,
    /// It failed: what is on disk is unknown.
    Failed,
}

impl DiskStore {
    /// Opens the store in `dir`, or makes one where there is none, and reads its keys. `dice` must
    /// be seeded by the operating system: the hashing key comes from it.
    ///
    /// `Failed` where another process has it open or the disk refuses; `Damaged`, with a remedy,
    /// where parts are missing or don't belong together.
    pub fn open(
        dir: &Path,
        options: &Options,
        dice: &mut Dice,
    ) -> Result<(DiskStore, Keyring), StoreError> {
        let lock = lock(dir)?;
        let place = Place::of(dir);
        if !place.journal.exists() {
            place.begin(dice, options.hashing_key.as_ref())?;
        }
        let journal =
            Journal::open(&place.journal, options.journal_cache, redb_durability(options))?;
        let known = Known {
            octets: journal.meta().keys_octets,
            forgotten: journal.forgetting(),
            hashing: options.hashing_key.as_ref(),
        };
        let (keys, ring) = KeyFile::open(&place.keys, known)?;
        if keys.mark() != journal.meta().keys_mark {
            return Err(StoreError::Damaged(format!(
                "{} is another store's key file: put this store's own back from its newest backup; \
                 without it nothing that the store holds can be read",
                place.keys.display()
            )));
        }
        let (registry, mut applier) = Registry::open(&place.registry, options.registry_cache)?;
        catch_up(&journal, &mut applier)?;
        let (seq, reader) = (journal.meta().seq(), journal.reader()?);
        let writer = Writer::new(journal, applier, registry.flusher(), keys, options.checkpoint)?;
        let writer = Arc::new(Mutex::new(writer));
        let committing = Arc::clone(&writer);
        let commit = move |batch: Arc<Batch>| lock_of(&committing).write(&batch);
        let landed = Arc::new(OnceLock::<Landed>::new());
        let told = Arc::clone(&landed);
        let tell = move || told.get().into_iter().for_each(|landed| landed());
        let store = DiskStore {
            dir: dir.to_owned(),
            reserve: options.reserve,
            journal: RefCell::new(reader),
            committer: Worker::start("commit", "write the journal", commit, tell)?,
            writer,
            registry,
            seq: Cell::new(seq),
            flight: Cell::new(Flight::Landed),
            landed,
            _lock: lock,
        };
        Ok((store, ring))
    }

    /// Up to which batch the journal has dropped registry changes.
    #[cfg(test)]
    pub(super) fn dropped(&self) -> Seq {
        lock_of(&self.writer).dropped()
    }

    /// Waits for the batch that is under way, so that it is seen.
    fn settle(&self) -> Result<(), StoreError> {
        match self.flight.get() {
            Flight::Landed => Ok(()),
            Flight::UnderWay => self.landed(self.committer.wait()),
            Flight::Failed => {
                let cause = "an earlier commit failed, and what it wrote is unknown".to_owned();
                Err(StoreError::Failed { doing: "go on", cause })
            }
        }
    }

    /// Draws the consequences of a write.
    fn landed(&self, written: Result<Seq, StoreError>) -> Result<(), StoreError> {
        self.flight.set(Flight::Failed);
        self.seq.set(written?);
        self.journal.borrow_mut().renew()?;
        self.flight.set(Flight::Landed);
        Ok(())
    }

    /// Whether `batch` may be the next one, and has anything to write.
    fn admits(&self, batch: &Batch, expected: Seq) -> Result<bool, StoreError> {
        self.settle()?;
        let actual = self.seq();
        if expected != actual {
            return Err(StoreError::Fenced { expected: expected.0, actual: actual.0 });
        }
        if !batch.is_empty() {
            self.registry.forget(batch);
        }
        Ok(!batch.is_empty())
    }
}

/// The writer, of which at most one thread makes use at a time.
fn lock_of(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    // A thread that panicked while it wrote has said so: the flight has failed.
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for DiskStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DiskStore in {} at batch {}", self.dir.display(), self.seq().0)
    }
}

impl Read for DiskStore {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        match key.table().home {
            Home::Journal => self.journal.borrow().get(key),
            Home::Registry => self.registry.get(key),
        }
    }

    fn scan(&self, prefix: &Key, from: Option<&Key>, visit: Visit<'_>) -> Result<(), StoreError> {
        self.settle()?;
        let (home, prefix) = (prefix.table().home, prefix.as_bytes());
        let from = from.map_or(prefix, |from| from.as_bytes().max(prefix));
        match home {
            Home::Journal => self.journal.borrow().scan(prefix, from, visit),
            Home::Registry => self.registry.scan(prefix, from, visit),
        }
    }

    fn scan_landed(
        &self,
        prefix: &Key,
        from: Option<&Key>,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        if prefix.table().home == Home::Registry {
            return self.scan(prefix, from, visit);
        }
        let prefix = prefix.as_bytes();
        let from = from.map_or(prefix, |from| from.as_bytes().max(prefix));
        self.journal.borrow().scan(prefix, from, visit)
    }
}

impl Store for DiskStore {
    fn submit(&mut self, batch: Arc<Batch>, expected: Seq) -> Result<(), StoreError> {
        if self.admits(&batch, expected)? {
            self.flight.set(Flight::Failed);
            self.committer.request(batch)?;
            self.flight.set(Flight::UnderWay);
        }
        Ok(())
    }

    fn land(&mut self) -> Result<Seq, StoreError> {
        self.settle()?;
        Ok(self.seq())
    }

    fn on_landing(&mut self, landed: Landed) {
        // Whoever came first stays: there is one owner.
        let _ = self.landed.set(landed);
    }

    fn is_under_way(&self) -> bool {
        self.flight.get() == Flight::UnderWay
    }

    /// On the caller's own thread: nothing goes on meanwhile that would be worth waking another.
    fn commit(&mut self, batch: Batch, expected: Seq) -> Result<Seq, StoreError> {
        if self.admits(&batch, expected)? {
            self.landed(lock_of(&self.writer).write(&batch))?;
        }
        Ok(self.seq())
    }

    fn seq(&self) -> Seq {
        self.seq.get()
    }

    fn free_octets(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.dir).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(self.reserve))
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.settle()?;
        self.registry.flusher().run()
    }
}

/// What stands where in the folder.
struct Place {
    journal: PathBuf,
    registry: PathBuf,
    keys: PathBuf,
}

impl Place {
    fn of(dir: &Path) -> Place {
        Place {
            journal: dir.join("journal.redb"),
            registry: dir.join("registry"),
            keys: dir.join("keys"),
        }
    }

    /// A first start: keys, then the journal that names them; each is made whole or not at all. One
    /// that was cut short between the two left a key file without keys, and that is taken.
    fn begin(&self, dice: &mut Dice, hashing: Option<&HashingKey>) -> Result<(), StoreError> {
        let used = fs::metadata(&self.keys).map(|keys| keys.len()).ok();
        let left_behind = if self.registry.exists() {
            Some("registry")
        } else if used.is_some_and(|octets| octets != HEADER_OCTETS) {
            Some("keys")
        } else {
            None
        };
        if let Some(name) = left_behind {
            return Err(StoreError::Damaged(format!(
                "{} is missing, but `{name}` of a store is beside it: put the journal back from \
                 its backup, or, for a new and empty store, move `{name}` elsewhere",
                self.journal.display()
            )));
        }
        let keys = match used {
            Some(octets) => KeyFile::open(&self.keys, Known { octets, forgotten: &[], hashing })?.0,
            None => KeyFile::create(&self.keys, dice, hashing)?.0,
        };
        Journal::create(&self.journal, keys.octets(), keys.mark())
    }
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    if !dir.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .and_then(|()| sync_parent(dir))
            .map_err(StoreError::failed("make its folder"))?;
    }
    let folder = File::open(dir).map_err(StoreError::failed("open its folder"))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => {
            let dir = dir.display();
            let cause = format!("another process has {dir} open: stop that one first");
            Err(StoreError::Failed { doing: "lock its folder", cause })
        }
        Err(TryLockError::Error(error)) => Err(StoreError::failed("lock its folder")(error)),
    }
}

#[cfg(any(test, feature = "sabotage"))]
fn redb_durability(options: &Options) -> redb::Durability {
    match options.durability {
        Durability::Fsync => redb::Durability::Immediate,
        Durability::None => redb::Durability::None,
    }
}

#[cfg(not(any(test, feature = "sabotage")))]
fn redb_durability(_: &Options) -> redb::Durability {
    redb::Durability::Immediate
}
