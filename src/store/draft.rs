//! The batch that is being built, and reading through it.
//!
//! A turn of the engine reads the last committed batch *and* the one it is building, so that two
//! commands of one customer in one turn see each other. Whoever owns a table reads and writes its
//! records through [`Records`]; personal ones are sealed on the way in and opened on the way out.
//!
//! A record is a version byte and, behind it, postcard; a sealed record is a version byte and,
//! behind it, the seal of that.

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, Key, Seq, Store, StoreError};
use crate::base::dice::Dice;
use crate::base::seal::{KeyId, Keyring, SealError};

/// The version that this release writes in front of every record.
pub const RECORD_VERSION: u8 = 1;

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
    /// Seals `plain` for the entry `key`.
    fn seal(&mut self, id: KeyId, key: &Key, plain: &[u8]) -> Result<Vec<u8>, SealError>;
}

impl dyn Records + '_ {
    /// Reads a record that holds nothing personal.
    pub fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        self.get(key)?.map(|value| decode(key, &value)).transpose()
    }

    /// Writes a record that holds nothing personal.
    pub fn write<T: Serialize>(&mut self, key: Key, record: &T) {
        let value = encode(record);
        self.put(key, value);
    }

    /// Reads a sealed record; `None` also where its key was dropped (the customer is forgotten).
    pub fn read_sealed<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        let sealed = versioned(key, &value)?;
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
        self.ensure_key(id);
        let plain = postcard::to_allocvec(record).unwrap_or_default();
        let mut value = vec![RECORD_VERSION];
        // The key was made sure of above, so sealing can't fail.
        value.extend_from_slice(&self.seal(id, &key, &plain).unwrap_or_default());
        self.put(key, value);
    }
}

/// A record as its entry's value.
pub fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    // Our records have no maps, floats or unsized sequences: postcard can't refuse them.
    postcard::to_extend(record, vec![RECORD_VERSION]).unwrap_or_default()
}

/// A record from its entry's value.
pub fn decode<T: DeserializeOwned>(key: &Key, value: &[u8]) -> Result<T, StoreError> {
    unpack(key, versioned(key, value)?)
}

/// What stands at the front of a record, from its entry's value; the rest is not looked at.
pub fn decode_front<T: DeserializeOwned>(key: &Key, value: &[u8]) -> Result<T, StoreError> {
    let front = postcard::take_from_bytes(versioned(key, value)?);
    front.map(|(front, _)| front).map_err(|_| damaged(key))
}

fn versioned<'a>(key: &Key, value: &'a [u8]) -> Result<&'a [u8], StoreError> {
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
}

impl<S: Store> Draft<S> {
    /// Nothing drafted yet.
    pub fn new(store: S, keyring: Keyring, dice: Dice) -> Draft<S> {
        Draft { store, keyring, dice, batch: Batch::default(), places: FxHashMap::default() }
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

    /// Whether a commit would write anything.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Makes the batch durable and begins the next.
    pub fn commit(&mut self) -> Result<Seq, StoreError> {
        self.places.clear();
        let expected = self.store.seq();
        if self.batch.is_empty() {
            return Ok(expected);
        }
        self.store.commit(std::mem::take(&mut self.batch), expected)
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
        match self.places.get(key) {
            Some(&at) => Ok(self.batch.changes[at].value.clone()),
            None => self.store.get(key),
        }
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

    fn seal(&mut self, id: KeyId, key: &Key, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.keyring.seal(id, key.as_bytes(), plain, &mut self.dice)
    }
}
