//! The border to the disk: tables, keys, numbered batches, and the trait that commits them.
//!
//! Everything that tellerd knows changes by [`Batch`]es: a list of puts and deletes that is on disk
//! as a whole or not at all, numbered without gaps. Once a batch has landed it is durable
//! (fsynced), so that what follows from it may be shown to the world. `store` is generic: who owns
//! a table defines it, as a [`Table`] constant beside the record's type.
//!
//! Two homes (design, section 4, "Journal and registry"). The *journal* (redb, `journal.rs`) holds
//! what must be durable before an effect: messages, ids, and the registry changes of each batch.
//! The *registry* (sled, `registry.rs`) holds what is much read and little written: customers,
//! phones, subscriptions, the bank mirror. A commit is one redb transaction, fsynced; its registry
//! changes are then put into sled, which remembers the number of the last batch it holds; a start
//! re-applies what the journal has beyond it. [`disk`] joins the two; [`memory`] is the same
//! contract in memory, able to forget what was not flushed, for tests and simulations.
//!
//! Keys begin with the table's number (u8) and the bank's (u16, big-endian); values begin with a
//! version byte. No number, account or text stands in clear in any of them: keys hold internal ids
//! or a keyed hash, personal values are sealed (see [`crate::base::seal`]).

mod catch_up;
mod changes;
mod checkpoint;
pub mod disk;
pub mod draft;
mod image;
mod journal;
pub mod keyfile;
pub mod memory;
pub mod opened;
mod registry;
#[cfg(any(test, feature = "sabotage"))]
pub mod sabotage;
#[cfg(test)]
mod tests;
mod values;
mod worker;
mod writer;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;

use arrayvec::ArrayVec;

use crate::base::seal::{KeyId, NewKey};

pub use checkpoint::Every;

/// Where a table lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// redb: fsynced with each batch.
    Journal,
    /// sled: follows the journal.
    Registry,
}

/// A table: its number in keys, its home, and a name for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// The first byte of every key of the table. Never reused for anything else.
    pub number: u8,
    /// Where it lives.
    pub home: Home,
    /// What error messages call it.
    pub name: &'static str,
}

impl Table {
    /// A table of the journal.
    pub const fn journal(number: u8, name: &'static str) -> Table {
        Table { number, home: Home::Journal, name }
    }

    /// A table of the registry.
    pub const fn registry(number: u8, name: &'static str) -> Table {
        Table { number, home: Home::Registry, name }
    }

    /// Begins a key of this table, for `bank` (0 for what belongs to no bank).
    pub fn key(self, bank: u16) -> Key {
        let mut key = Key { table: self, bytes: ArrayVec::new() };
        key.push(&[self.number]);
        key.push(&bank.to_be_bytes());
        key
    }
}

/// Longest key, in octets.
pub const KEY_OCTETS_MAX: usize = 48;

/// A key, or the prefix of one: table, bank, then ids in big-endian so that order is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    table: Table,
    bytes: ArrayVec<u8, KEY_OCTETS_MAX>,
}

impl Key {
    fn push(&mut self, bytes: &[u8]) {
        // A key that is too long is a programmer's fault, found by the first test that builds it.
        assert!(
            self.bytes.try_extend_from_slice(bytes).is_ok(),
            "key of {} too long",
            self.table.name
        );
    }

    /// Appends one byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Key {
        self.push(&[value]);
        self
    }

    /// Appends two bytes.
    #[must_use]
    pub fn u16(mut self, value: u16) -> Key {
        self.push(&value.to_be_bytes());
        self
    }

    /// Appends eight bytes.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Key {
        self.push(&value.to_be_bytes());
        self
    }

    /// Appends sixteen bytes, such as a keyed hash.
    #[must_use]
    pub fn u128(mut self, value: u128) -> Key {
        self.push(&value.to_be_bytes());
        self
    }

    /// The key's table.
    pub fn table(&self) -> Table {
        self.table
    }

    /// The key as the store has it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The part of a stored key that [`Key::u64`] appended behind so many octets.
pub fn u64_at(key: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*key.get(at..)?.first_chunk()?))
}

/// The part of a stored key that [`Key::u128`] appended behind so many octets.
pub fn u128_at(key: &[u8], at: usize) -> Option<u128> {
    Some(u128::from_be_bytes(*key.get(at..)?.first_chunk()?))
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.table.name)?;
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A batch's number: 1, 2, 3 … without gaps; 0 is the empty store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Seq(pub u64);

/// One change of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which entry.
    pub key: Key,
    /// Its new value, or `None` where it is deleted.
    pub value: Option<Vec<u8>>,
}

/// What is committed as one: changes in order (a later one to the same key wins), the sealing
/// keys that they use for the first time, which the key file has on disk before the batch, and
/// those that nothing uses any longer, which are gone from the key file before `commit` returns.
#[derive(Clone, Default, Debug)]
pub struct Batch {
    /// The puts and deletes.
    pub changes: Vec<Change>,
    /// Sealing keys made for this batch.
    pub keys: Vec<NewKey>,
    /// Sealing keys to forget with this batch: what they sealed can't be read after it, not even
    /// after a crash.
    pub forget: Vec<KeyId>,
}

impl Batch {
    /// Adds a put.
    pub fn put(&mut self, key: Key, value: Vec<u8>) {
        self.changes.push(Change { key, value: Some(value) });
    }

    /// Adds a delete.
    pub fn delete(&mut self, key: Key) {
        self.changes.push(Change { key, value: None });
    }

    /// Nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.keys.is_empty() && self.forget.is_empty()
    }
}

/// What the store could not do. None of these is survived: the process releases nothing further and
/// exits with 75, so that the supervisor starts it anew (sled doesn't recover in-process).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer is ahead of us: this node is no longer the active one.
    #[error("the store is at batch {actual}, not at {expected}: another writer has taken over")]
    Fenced {
        /// What we took for the last batch.
        expected: u64,
        /// What the store has.
        actual: u64,
    },
    /// The disk refused.
    #[error("the store can't {doing}: {cause}")]
    Failed {
        /// What was tried, as the end of "can't …".
        doing: &'static str,
        /// What the store or the system said.
        cause: String,
    },
    /// What is on disk isn't what this release writes, or not whole.
    #[error("the store is damaged or from another release: {0}")]
    Damaged(String),
    /// The hashing key that is configured isn't the store's; what to do about it.
    #[error("{0}")]
    HashingKey(&'static str),
}

impl StoreError {
    /// For `map_err`: what was tried, and whatever the system said.
    fn failed<E: fmt::Display>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
        move |cause| StoreError::Failed { doing, cause: cause.to_string() }
    }
}

/// What a scan calls for each entry, with its whole key and its value, until it breaks.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// Reading. Sees the last batch that has landed.
pub trait Read {
    /// The value of `key`.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the entries whose keys begin with `prefix`, in the order of their keys, from `from`
    /// on (inclusive, any key that begins with `prefix`) or from the first, until `visit` breaks.
    fn scan(&self, prefix: &Key, from: Option<&Key>, visit: Visit<'_>) -> Result<(), StoreError>;

    /// The same of a table of the journal as of the last batch that has landed: waits for nothing.
    fn scan_landed(
        &self,
        prefix: &Key,
        from: Option<&Key>,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        self.scan(prefix, from, visit)
    }
}

/// A store to be scanned as of the last batch that has landed ([`Read::scan_landed`]).
#[derive(Debug)]
pub struct Landed<'a, S>(pub &'a S);

impl<S: Read> Read for Landed<'_, S> {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    fn scan(&self, prefix: &Key, from: Option<&Key>, visit: Visit<'_>) -> Result<(), StoreError> {
        self.0.scan_landed(prefix, from, visit)
    }
}

/// Writing: one owner, one batch at a time.
pub trait Store: Read {
    /// Begins to make `batch` durable as number `expected + 1`: keys first (fsync), then the
    /// journal in one transaction (fsync), then the registry, which may lag. It may go on after
    /// this returns; [`Store::land`] waits for it, and no other batch may be begun before that.
    /// Until then a [`Read::scan`] sees the batch, a [`Read::get`] perhaps not.
    ///
    /// An error, here or of `land`, means that the batch must be taken as not written *and* not
    /// absent; nothing that follows from it may be shown, and every later commit fails too. Only
    /// [`StoreError::Fenced`] is certain to have written nothing.
    ///
    /// An empty batch is skipped: it gets no number, no disk is touched.
    fn submit(&mut self, batch: Arc<Batch>, expected: Seq) -> Result<(), StoreError>;

    /// The batch that was begun is durable when this returns. The number of the last one, also
    /// where none is under way.
    fn land(&mut self) -> Result<Seq, StoreError>;

    /// Has `landed` called, from any thread, whenever [`Store::land`] has nothing more to wait for.
    /// A store that is done when `submit` returns never calls it.
    fn on_landing(&mut self, landed: Box<dyn Fn() + Send + Sync>) {
        drop(landed);
    }

    /// Whether the batch that was begun is still on its way.
    fn is_under_way(&self) -> bool {
        false
    }

    /// Both at once: `batch` is durable when this returns.
    fn commit(&mut self, batch: Batch, expected: Seq) -> Result<Seq, StoreError> {
        self.submit(Arc::new(batch), expected)?;
        self.land()
    }

    /// The number of the last batch that has landed.
    fn seq(&self) -> Seq;

    /// Octets that new work may still take, where that is known: what is free on the disk to this
    /// process, less the reserve. At 0 the door closes; what is under way goes on out of the
    /// reserve.
    fn free_octets(&self) -> Option<u64>;

    /// Ends cleanly: the registry flushed and synced, so that the next start has nothing to
    /// re-apply.
    fn close(&mut self) -> Result<(), StoreError>;
}
