//! A sorted map in memory that can go back to an earlier batch: what a crash needs.
//!
//! Each batch leaves the values that it replaced, until it is settled (flushed for certain).
//! Rolling back costs what is undone, not what is held.

use std::collections::{BTreeMap, VecDeque};

use super::Seq;
use super::changes::Edit;

/// The entries of the journal or of the registry, and how to undo the batches that aren't settled.
#[derive(Debug, Default)]
pub(super) struct Image {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    seq: Seq,
    settled: Seq,
    undo: VecDeque<Undo>,
}

#[derive(Debug)]
struct Undo {
    /// The batch that this undoes, and the one before it.
    seq: Seq,
    before: Seq,
    replaced: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Image {
    /// Applies batch `seq`.
    pub(super) fn apply<'a>(&mut self, seq: Seq, edits: impl Iterator<Item = Edit<'a>>) {
        let replaced = edits
            .map(|edit| {
                let old = match edit.value {
                    Some(value) => self.entries.insert(edit.key.to_vec(), value.to_vec()),
                    None => self.entries.remove(edit.key),
                };
                (edit.key.to_vec(), old)
            })
            .collect();
        self.undo.push_back(Undo { seq, before: self.seq, replaced });
        self.seq = seq;
    }

    /// Batches up to `seq` are flushed: no crash undoes them.
    pub(super) fn settle(&mut self, seq: Seq) {
        while self.undo.front().is_some_and(|undo| undo.seq <= seq) {
            self.settled = self.undo.pop_front().map_or(self.settled, |undo| undo.seq);
        }
    }

    /// Undoes every batch after `seq` that isn't settled.
    pub(super) fn roll_back(&mut self, seq: Seq) {
        while self.undo.back().is_some_and(|undo| undo.seq > seq) {
            let Some(undo) = self.undo.pop_back() else { break };
            for (key, old) in undo.replaced.into_iter().rev() {
                match old {
                    Some(value) => self.entries.insert(key, value),
                    None => self.entries.remove(&key),
                };
            }
            self.seq = undo.before;
        }
    }

    /// The last batch applied.
    pub(super) fn seq(&self) -> Seq {
        self.seq
    }

    /// The last batch settled.
    pub(super) fn settled(&self) -> Seq {
        self.settled
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Vec<u8>> {
        self.entries.get(key)
    }

    /// Up to `limit` entries that begin with `prefix`, from `from` on.
    pub(super) fn page(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.entries
            .range::<[u8], _>((std::ops::Bound::Included(from), std::ops::Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put<'a>(key: &'a [u8], value: &'a [u8]) -> Edit<'a> {
        Edit { key, value: Some(value) }
    }

    #[test]
    fn what_is_rolled_back_was_never_there() {
        let mut image = Image::default();
        image.apply(Seq(1), [put(b"a", b"1"), put(b"b", b"1")].into_iter());
        image.apply(Seq(3), [put(b"a", b"2"), put(b"a", b"3"), put(b"c", b"1")].into_iter());
        image.apply(Seq(4), [Edit { key: b"b", value: None }].into_iter());
        image.roll_back(Seq(2));
        assert_eq!(image.seq(), Seq(1));
        assert_eq!(image.get(b"a").unwrap(), b"1");
        assert_eq!(image.get(b"b").unwrap(), b"1");
        assert!(image.get(b"c").is_none());
    }

    #[test]
    fn what_is_settled_stays() {
        let mut image = Image::default();
        image.apply(Seq(1), [put(b"a", b"1")].into_iter());
        image.apply(Seq(2), [put(b"a", b"2")].into_iter());
        image.settle(Seq(1));
        image.roll_back(Seq(0));
        assert_eq!((image.seq(), image.settled()), (Seq(1), Seq(1)));
        assert_eq!(image.get(b"a").unwrap(), b"1");
    }
}
