//! Values lately read of the registry: a look-up in sled costs some four microseconds, one here a
//! tenth.
//!
//! Bounded in octets and emptied when full: what it holds can be read again. It knows of absence
//! too, since most who text are asked about in vain once and then often.

use rustc_hash::FxHashMap;

/// What an entry costs beside its octets: two boxes and its place in the map.
const ENTRY_OCTETS: usize = 64;

/// Keys and what stands there; `None` where nothing does.
pub(super) struct Values {
    known: FxHashMap<Box<[u8]>, Option<Box<[u8]>>>,
    octets: usize,
    octets_max: usize,
}

impl Values {
    /// Room for so many octets.
    pub(super) fn new(octets_max: usize) -> Values {
        Values { known: FxHashMap::default(), octets: 0, octets_max }
    }

    /// What is known of `key`: nothing, that it has no value, or its value.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.known.get(key).map(Option::as_deref)
    }

    /// Notes what was read.
    pub(super) fn note(&mut self, key: &[u8], value: Option<&[u8]>) {
        let octets = ENTRY_OCTETS + key.len() + value.map_or(0, <[u8]>::len);
        if self.octets + octets > self.octets_max {
            self.known.clear();
            self.octets = 0;
        }
        if octets <= self.octets_max {
            self.octets += octets;
            self.known.insert(key.into(), value.map(Into::into));
        }
    }

    /// `key` has changed.
    pub(super) fn forget(&mut self, key: &[u8]) {
        if let Some(value) = self.known.remove(key) {
            self.octets -= ENTRY_OCTETS + key.len() + value.map_or(0, |value| value.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_known_until_it_changes() {
        let mut values = Values::new(1_000);
        assert_eq!(values.get(b"a"), None);
        values.note(b"a", Some(b"1"));
        values.note(b"b", None);
        assert_eq!(values.get(b"a"), Some(Some(&b"1"[..])));
        assert_eq!(values.get(b"b"), Some(None), "absence is known");
        values.forget(b"a");
        assert_eq!(values.get(b"a"), None);
        values.forget(b"b");
        assert_eq!(values.octets, 0);
    }

    #[test]
    fn it_never_grows_beyond_its_room() {
        let mut values = Values::new(1_000);
        for n in 0..1_000_u32 {
            values.note(&n.to_be_bytes(), Some(&[0; 100]));
            assert!(values.octets <= 1_000 && values.known.len() <= 5);
        }
        values.note(b"large", Some(&[0; 2_000]));
        assert_eq!(values.get(b"large"), None);
    }
}
