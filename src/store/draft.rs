//! The batch that is being built, and reading through it.
//!
//! A turn of the engine reads the last committed batch, the one that is on its way to the disk,
//! *and* the one it is building, so that two commands of one customer see each other. Whoever owns
//! a table reads and writes its records through [`Records`]; personal ones are sealed on the way in
//! and opened on the way out.
//!
//! A record is a version byte and, behind it, postcard; a sealed record is a version byte and,
//! behind it, the seal of that.

use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, Key, Read, Seq, Store, StoreError};
use crate::base::dice::Dice;
use crate::base::seal::{KeyId, Keyring, SealError};

/// The version that this release writes in front of every record.
pub const RECORD_VERSION: u8 = 1;

/// Room for a message's record, the largest of those that are written often: a value that has to
/// grow while it is written costs more than all of its fields.
const RECORD_OCTETS: usize = 384;

/// Reading and writing records: what the owners of tables see of the store.
pub trait Records {
    /// The value of `key`, the batch in the making included.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError>;
    /// Puts a value into the batch.
    fn put(&mut self, key: Key, value: Vec<u8>);
    /// Puts a deletion into the batch.
    fn delete(&mut self, key: Key);
    /// The keys in use.
    fn keyring(&self) -> &Keyring;
    /// Makes sure that `id` has a sealing key; a new one goes to disk before the batch.
    fn ensure_key(&mut self, id: KeyId);
    /// Drops a sealing key with the batch: what it sealed can't be opened any more.
    fn forget_key(&mut self, id: KeyId);
    /// Seals `plain` for the entry `key`.
    fn seal(&mut self, id: KeyId, key: &Key, plain: &[u8]) -> Result<Vec<u8>, SealError>;
    /// Spoils the batch in the making: its commit says why and writes nothing.
    fn spoil(&mut self, why: StoreError);
    /// Room in which a record is laid out before it is sealed; used again and again.
    fn room(&mut self) -> &mut Vec<u8>;
}

impl dyn Records + '_ {
    /// Reads a record that holds nothing personal.
    pub fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get(key)?.map(|value| decode(key, &value)).transpose()
    }

    /// Writes a record that holds nothing personal.
    pub fn write<T: Serialize>(&mut self, key: Key, record: &T) {
        match encode(&key, record) {
            Ok(value) => self.put(key, value),
            Err(why) => self.spoil(why),
        }
    }

    /// Reads a sealed record; `None` also where its key was dropped (the customer is forgotten).
    pub fn read_sealed<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        self.open(key, versioned(key, &value)?)
    }

    /// Opens what [`Records::seal`] made of a record for the entry `key`; `None` where its key was
    /// dropped.
    pub fn open<T: DeserializeOwned>(
        &self,
        key: &Key,
        sealed: &[u8],
    ) -> Result<Option<T>, StoreError> {
        match self.keyring().open(key.as_bytes(), sealed) {
            Ok(plain) => Ok(Some(unpack(key, &plain)?)),
            Err(SealError::NoKey(_)) => Ok(None),
            Err(SealError::Damaged) => Err(damaged(key)),
        }
    }

    /// Reads a sealed record and whose key it is sealed under.
    pub fn read_sealed_of<T: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<(KeyId, T)>, StoreError> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        let id = Keyring::key_of(versioned(key, &value)?).ok_or_else(|| damaged(key))?;
        Ok(self.read_sealed(key)?.map(|record| (id, record)))
    }

    /// Writes a sealed record under the key `id`, which is made if need be.
    pub fn write_sealed<T: Serialize>(&mut self, id: KeyId, key: Key, record: &T) {
        match self.sealed(id, &key, record) {
            Ok(sealed) => {
                let mut value = vec![RECORD_VERSION];
                value.extend_from_slice(&sealed);
                self.put(key, value);
            }
            Err(why) => self.spoil(why),
        }
    }

    /// A record sealed for the entry `key` under the key `id`, which is made if need be.
    pub fn sealed<T: Serialize>(
        &mut self,
        id: KeyId,
        key: &Key,
        record: &T,
    ) -> Result<Vec<u8>, StoreError> {
        self.ensure_key(id);
        let mut room = std::mem::take(self.room());
        room.clear();
        let plain = postcard::to_extend(record, room).map_err(|why| unwritable(key, &why))?;
        let sealed = self.seal(id, key, &plain).map_err(|why| unwritable(key, &why));
        *self.room() = plain;
        sealed
    }
}

/// A record as the value of the entry `key`.
pub fn encode<T: Serialize>(key: &Key, record: &T) -> Result<Vec<u8>, StoreError> {
    let mut value = Vec::with_capacity(RECORD_OCTETS);
    value.push(RECORD_VERSION);
    postcard::to_extend(record, value).map_err(|why| unwritable(key, &why))
}

/// A record from its entry's value.
pub fn decode<T: DeserializeOwned>(key: &Key, value: &[u8]) -> Result<T, StoreError> {
    unpack(key, versioned(key, value)?)
}

/// Visits the entries of `store` whose keys begin with `prefix`, from `from` on or from the first,
/// each as `read` makes it of its value, until `visit` breaks. One that can't be read is the error,
/// and the last that is looked at.
pub fn scan_each<T>(
    store: &impl Read,
    prefix: &Key,
    from: Option<&Key>,
    read: impl Fn(&Key, &[u8]) -> Result<T, StoreError>,
    mut visit: impl FnMut(&[u8], T) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut failure = None;
    store.scan(prefix, from, &mut |key, value| match read(prefix, value) {
        Ok(record) => visit(key, record),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failure.map_or(Ok(()), Err)
}

/// What stands at the front of a record, from its entry's value; the rest is not looked at.
pub fn decode_front<T: DeserializeOwned>(key: &Key, value: &[u8]) -> Result<T, StoreError> {
    let front = postcard::take_from_bytes(versioned(key, value)?);
    front.map(|(front, _)| front).map_err(|_| damaged(key))
}

pub(super) fn versioned<'a>(key: &Key, value: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match value.split_first() {
        Some((&RECORD_VERSION, rest)) => Ok(rest),
        Some((version, _)) => Err(StoreError::Damaged(format!(
            "an entry of `{}` has version {version}; this release reads {RECORD_VERSION}",
            key.table().name
        ))),
        None => Err(damaged(key)),
    }
}

fn unpack<T: DeserializeOwned>(key: &Key, plain: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(plain).map_err(|_| damaged(key))
}

/// A programmer's fault, such as a map in a record. Nothing at all is better than half a record,
/// which would stop every later start.
fn unwritable(key: &Key, why: &dyn std::fmt::Display) -> StoreError {
    let cause = format!("an entry of `{}`: {why}", key.table().name);
    StoreError::Failed { doing: "write a record", cause }
}

fn damaged(key: &Key) -> StoreError {
    StoreError::Damaged(format!("an entry of `{}` can't be read", key.table().name))
}

/// The store with the batch in the making in front of it.
#[derive(Debug)]
pub struct Draft<S> {
    store: S,
    keyring: Keyring,
    dice: Dice,
    batch: Batch,
    places: FxHashMap<Key, usize>,
    spoilt: Option<StoreError>,
    flight: Option<Flight>,
    room: Vec<u8>,
}

/// A batch that is on its way to the disk, to be read through until it has landed.
#[derive(Debug)]
struct Flight {
    batch: Arc<Batch>,
    places: FxHashMap<Key, usize>,
}

/// Where a batch in the making stood, see [`Draft::mark`].
#[derive(Debug)]
pub struct Mark {
    batch: Batch,
    places: FxHashMap<Key, usize>,
    spoilt: bool,
}

impl<S: Store> Draft<S> {
    /// Nothing drafted yet.
    pub fn new(store: S, keyring: Keyring, dice: Dice) -> Draft<S> {
        let (batch, places) = (Batch::default(), FxHashMap::default());
        Draft { store, keyring, dice, batch, places, spoilt: None, flight: None, room: Vec::new() }
    }

    /// The store behind the batch.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store behind the batch, to close it.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Randomness for whatever the owner draws beside nonces.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// How many changes a commit would write.
    pub fn changes(&self) -> usize {
        self.batch.changes.len()
    }

    /// Makes the batch durable and begins the next.
    pub fn commit(&mut self) -> Result<Seq, StoreError> {
        self.land()?;
        let (batch, _) = self.close_batch()?;
        self.store.commit(batch, self.store.seq())
    }

    /// Hands the batch over to be made durable, and begins the next, which reads through it. The
    /// one that was handed over before lands first.
    pub fn commit_ahead(&mut self) -> Result<(), StoreError> {
        self.land()?;
        let (batch, places) = self.close_batch()?;
        let batch = Arc::new(batch);
        self.store.submit(Arc::clone(&batch), self.store.seq())?;
        self.flight = Some(Flight { batch, places });
        Ok(())
    }

    /// Whatever was handed over is durable when this returns.
    pub fn land(&mut self) -> Result<(), StoreError> {
        if self.flight.is_some() {
            self.store.land()?;
            self.flight = None;
        }
        Ok(())
    }

    fn close_batch(&mut self) -> Result<(Batch, FxHashMap<Key, usize>), StoreError> {
        if let Some(why) = self.spoilt.take() {
            return Err(why);
        }
        // The next is about as large.
        let changes = Vec::with_capacity(self.batch.changes.len());
        let places = FxHashMap::with_capacity_and_hasher(self.places.len(), FxBuildHasher);
        let next = Batch { changes, ..Batch::default() };
        let batch = std::mem::replace(&mut self.batch, next);
        Ok((batch, std::mem::replace(&mut self.places, places)))
    }

    /// Where the batch in the making stands, to go back to.
    pub fn mark(&self) -> Mark {
        let (batch, places) = (self.batch.clone(), self.places.clone());
        Mark { batch, places, spoilt: self.spoilt.is_some() }
    }

    /// Takes back what was drafted since `mark`, keys that were made included. No key may have
    /// been forgotten meanwhile.
    pub fn go_back(&mut self, mark: Mark) {
        for key in self.batch.keys.iter().skip(mark.batch.keys.len()) {
            self.keyring.remove(key.id);
        }
        (self.batch, self.places) = (mark.batch, mark.places);
        if !mark.spoilt {
            self.spoilt = None;
        }
    }

    fn set(&mut self, key: Key, value: Option<Vec<u8>>) {
        match self.places.get(&key) {
            Some(&at) => self.batch.changes[at].value = value,
            None => {
                self.places.insert(key.clone(), self.batch.changes.len());
                self.batch.changes.push(super::Change { key, value });
            }
        }
    }
}

impl<S: Store> Records for Draft<S> {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(&at) = self.places.get(key) {
            return Ok(self.batch.changes[at].value.clone());
        }
        if let Some(flight) = &self.flight
            && let Some(&at) = flight.places.get(key)
        {
            return Ok(flight.batch.changes[at].value.clone());
        }
        self.store.get(key)
    }

    fn put(&mut self, key: Key, value: Vec<u8>) {
        self.set(key, Some(value));
    }

    fn delete(&mut self, key: Key) {
        self.set(key, None);
    }

    fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    fn ensure_key(&mut self, id: KeyId) {
        if !self.keyring.contains(id) {
            let key = self.keyring.create(id, &mut self.dice);
            self.batch.keys.push(key);
        }
    }

    fn forget_key(&mut self, id: KeyId) {
        self.keyring.remove(id);
        self.batch.forget.push(id);
    }

    fn spoil(&mut self, why: StoreError) {
        self.spoilt.get_or_insert(why);
    }

    fn room(&mut self) -> &mut Vec<u8> {
        &mut self.room
    }

    fn seal(&mut self, id: KeyId, key: &Key, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.keyring.seal(id, key.as_bytes(), plain, &mut self.dice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;
    use crate::store::{Read, Table};

    /// A record that can't be written.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }

    #[test]
    fn what_cant_be_written_stops_the_batch() {
        let table = Table::journal(200, "tests");
        let (good, bad) = (table.key(1).u8(1), table.key(1).u8(2));
        for sealed in [true, false] {
            let store = MemoryStore::new(&mut Dice::seeded(1));
            let mut draft = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
            let records: &mut dyn Records = &mut draft;
            records.write(good.clone(), &1u8);
            if sealed {
                records.write_sealed(KeyId::customer(1, 1), bad.clone(), &Unwritable);
            } else {
                records.write(bad.clone(), &Unwritable);
            }
            assert!(matches!(draft.commit(), Err(StoreError::Failed { .. })));
            assert!(store.get(&good).unwrap().is_none() && store.get(&bad).unwrap().is_none());
        }
    }

    #[test]
    fn a_batch_goes_back_to_its_mark_and_no_key_is_left() {
        let table = Table::journal(200, "tests");
        let (kept, undone) = (table.key(1).u8(1), table.key(1).u8(2));
        let store = MemoryStore::new(&mut Dice::seeded(1));
        let mut draft = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
        let records: &mut dyn Records = &mut draft;
        records.write(kept.clone(), &1u8);
        let mark = draft.mark();
        let records: &mut dyn Records = &mut draft;
        records.write(kept.clone(), &2u8);
        records.write_sealed(KeyId::customer(1, 1), undone.clone(), &3u8);
        records.spoil(StoreError::Damaged("a rehearsal".into()));
        draft.go_back(mark);
        assert!(!draft.keyring().contains(KeyId::customer(1, 1)));
        draft.commit().unwrap();
        let records: &dyn Records = &draft;
        assert_eq!(records.read::<u8>(&kept).unwrap(), Some(1));
        assert!(store.get(&undone).unwrap().is_none());
    }
}
