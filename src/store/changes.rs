//! The registry changes of one batch as octets: what the journal keeps until the registry has them.
//!
//! The commit and the re-applying at a start both go through these octets, so that there is one way
//! by which a change gets into the registry. Layout: version (1), then for each change
//! `key length (u8) | key | value length (u32, big-endian; all ones for a delete) | value`.

use super::{Batch, Home, StoreError};

const VERSION: u8 = 1;
const DELETED: u32 = u32::MAX;

/// One change, borrowed from its octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Edit<'a> {
    /// The whole key.
    pub(super) key: &'a [u8],
    /// The new value, or `None` where it is deleted.
    pub(super) value: Option<&'a [u8]>,
}

/// The registry changes of `batch`, and how many they are; `None` where it has none.
pub(super) fn encode(batch: &Batch) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
    let mut octets = vec![VERSION];
    let mut count = 0;
    for change in batch.changes.iter().filter(|c| c.key.table().home == Home::Registry) {
        let key = change.key.as_bytes();
        octets.push(u8::try_from(key.len()).map_err(StoreError::failed("encode a key"))?);
        octets.extend_from_slice(key);
        match &change.value {
            None => octets.extend_from_slice(&DELETED.to_be_bytes()),
            Some(value) => {
                let length = u32::try_from(value.len()).unwrap_or(DELETED);
                if length == DELETED {
                    let cause = "4 GiB or more".to_owned();
                    return Err(StoreError::Failed { doing: "encode a value", cause });
                }
                octets.extend_from_slice(&length.to_be_bytes());
                octets.extend_from_slice(value);
            }
        }
        count += 1;
    }
    Ok((count > 0).then_some((octets, count)))
}

/// What [`encode`] wrote, in order. `Damaged` where it wrote something else.
pub(super) fn decode(octets: &[u8]) -> Result<Vec<Edit<'_>>, StoreError> {
    edits(octets).ok_or_else(|| {
        StoreError::Damaged("the journal's registry changes aren't in this release's format".into())
    })
}

fn edits(octets: &[u8]) -> Option<Vec<Edit<'_>>> {
    let (&version, mut rest) = octets.split_first()?;
    if version != VERSION {
        return None;
    }
    let mut edits = Vec::new();
    while let Some((&length, tail)) = rest.split_first() {
        let (key, tail) = tail.split_at_checked(usize::from(length))?;
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let (value, tail) = match u32::from_be_bytes(*length) {
            DELETED => (None, tail),
            length => {
                let (value, tail) = tail.split_at_checked(usize::try_from(length).ok()?)?;
                (Some(value), tail)
            }
        };
        edits.push(Edit { key, value });
        rest = tail;
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Table;

    const JOURNAL: Table = Table::journal(1, "journal");
    const REGISTRY: Table = Table::registry(2, "registry");

    #[test]
    fn what_is_encoded_decodes_in_order_and_without_the_journals() {
        let mut batch = Batch::default();
        batch.put(REGISTRY.key(1).u64(1), b"one".to_vec());
        batch.put(JOURNAL.key(1).u64(1), b"not here".to_vec());
        batch.delete(REGISTRY.key(1).u64(2));
        batch.put(REGISTRY.key(1), Vec::new());
        let (octets, count) = encode(&batch).unwrap().unwrap();
        let (one, two, three) = (REGISTRY.key(1).u64(1), REGISTRY.key(1).u64(2), REGISTRY.key(1));
        let expected = vec![
            Edit { key: one.as_bytes(), value: Some(b"one") },
            Edit { key: two.as_bytes(), value: None },
            Edit { key: three.as_bytes(), value: Some(b"") },
        ];
        assert_eq!(decode(&octets).unwrap(), expected);
        assert_eq!(count, 3);
    }

    #[test]
    fn a_batch_without_registry_changes_encodes_to_nothing() {
        let mut batch = Batch::default();
        batch.put(JOURNAL.key(1), vec![1]);
        assert!(encode(&batch).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_off_is_damaged_unless_it_ends_between_changes() {
        let mut batch = Batch::default();
        batch.put(REGISTRY.key(1), b"value".to_vec());
        let (octets, _) = encode(&batch).unwrap().unwrap();
        assert!(decode(&[]).is_err());
        for length in 2..octets.len() {
            assert!(decode(&octets[..length]).is_err(), "{length}");
        }
        assert!(decode(&[VERSION + 1]).is_err());
    }
}
