//! Sealed records that were opened lately, so that the same seal isn't opened again.
//!
//! A seal begins with its key's id and a nonce that was drawn for it alone: where these are the
//! same, so is what is inside. So nobody needs to say that a record has changed; and one whose key
//! was dropped stays shut. Bounded, and emptied when full: what it holds can be opened again.

use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;

use super::draft::Records;
use super::{Key, StoreError};
use crate::base::seal::{Keyring, SEAL_HEAD_OCTETS};

/// The records of one kind.
#[derive(Debug)]
pub struct Opened<T> {
    known: FxHashMap<Key, (SealHead, T)>,
    most: usize,
}

type SealHead = [u8; SEAL_HEAD_OCTETS];

impl<T: DeserializeOwned + Clone> Opened<T> {
    /// At most so many.
    pub fn new(most: usize) -> Opened<T> {
        Opened { known: FxHashMap::default(), most }
    }

    /// Reads a sealed record; `None` also where its key was dropped.
    pub fn read(&mut self, records: &dyn Records, key: &Key) -> Result<Option<T>, StoreError> {
        let Some(value) = records.get(key)? else { return Ok(None) };
        let sealed = super::draft::versioned(key, &value)?;
        let head = sealed.first_chunk::<SEAL_HEAD_OCTETS>().copied();
        if let Some((known, record)) = self.known.get(key)
            && Some(*known) == head
            && Keyring::key_of(sealed).is_some_and(|id| records.keyring().contains(id))
        {
            return Ok(Some(record.clone()));
        }
        let Some(record) = records.open::<T>(key, sealed)? else { return Ok(None) };
        if self.known.len() >= self.most {
            self.known.clear();
        }
        if let Some(head) = head {
            self.known.insert(key.clone(), (head, record.clone()));
        }
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dice::Dice;
    use crate::base::seal::KeyId;
    use crate::store::Table;
    use crate::store::draft::Draft;
    use crate::store::memory::MemoryStore;

    #[test]
    fn what_is_read_again_is_what_stands_there() {
        let table = Table::journal(200, "tests");
        let store = MemoryStore::new(&mut Dice::seeded(1));
        let mut draft = Draft::new(store.clone(), store.keyring(), Dice::seeded(2));
        let records: &mut dyn Records = &mut draft;
        let mut opened = Opened::<u32>::new(2);
        let id = KeyId::customer(1, 1);
        let key = |n: u8| table.key(1).u8(n);
        assert_eq!(opened.read(records, &key(1)).unwrap(), None);
        for value in [7_u32, 8, 8] {
            records.write_sealed(id, key(1), &value);
            assert_eq!(opened.read(records, &key(1)).unwrap(), Some(value));
            assert_eq!(opened.read(records, &key(1)).unwrap(), Some(value), "from memory");
        }
        for n in 2..9 {
            records.write_sealed(id, key(n), &u32::from(n));
            assert_eq!(opened.read(records, &key(n)).unwrap(), Some(u32::from(n)));
            assert!(opened.known.len() <= 2);
        }
        records.delete(key(8));
        assert_eq!(opened.read(records, &key(8)).unwrap(), None);
        assert_eq!(opened.read(records, &key(1)).unwrap(), Some(8));
        records.forget_key(id);
        assert_eq!(opened.read(records, &key(1)).unwrap(), None, "its customer was forgotten");
    }
}
