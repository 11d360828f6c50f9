//! What a start does: the registry is given what the journal has beyond it.
//!
//! The same function for the disk ([`super::disk`]) and for the memory that can crash
//! ([`super::memory`]), over two small traits, so that what a simulation proves is the code that
//! runs.

use super::{Seq, StoreError};

/// What is called for each batch that has registry changes, with those.
pub(super) type VisitKept<'a> = &'a mut dyn FnMut(Seq, &[u8]) -> Result<(), StoreError>;

/// The journal's side: it keeps the registry changes of each batch until two checkpoints of the
/// registry have passed them.
pub(super) trait Keeps {
    /// The last batch committed.
    fn last(&self) -> Seq;

    /// The registry changes up to this batch may be gone.
    fn dropped(&self) -> Seq;

    /// Visits the kept registry changes of the batches after `seq`, in order.
    fn visit_after(&self, seq: Seq, visit: VisitKept<'_>) -> Result<(), StoreError>;
}

/// The registry's side.
pub(super) trait Follows {
    /// The last batch with registry changes that it holds.
    fn seq(&self) -> Seq;

    /// Applies the encoded changes (see [`super::changes`]) of batch `seq`, as one.
    fn apply(&mut self, seq: Seq, changes: &[u8]) -> Result<(), StoreError>;
}

/// Re-applies what the journal has beyond the registry. Returns how many batches that were.
///
/// `Damaged` where the two don't belong together: a gap between them can't be closed by guessing.
pub(super) fn catch_up(
    journal: &impl Keeps,
    registry: &mut impl Follows,
) -> Result<u64, StoreError> {
    let (held, last, dropped) = (registry.seq(), journal.last(), journal.dropped());
    if held > last {
        return Err(StoreError::Damaged(format!(
            "the registry holds batch {}, but the journal ends at {}: they aren't of one store; \
             put `journal.redb`, `registry` and `keys` of one and the same backup in their places",
            held.0, last.0
        )));
    }
    if held < dropped {
        return Err(StoreError::Damaged(format!(
            "the registry is missing or too old: it holds batch {}, and the journal can only add \
             what came after {}; put back a copy of `registry` that holds batch {} or a later \
             one, or `journal.redb`, `registry` and `keys` of one and the same backup",
            held.0, dropped.0, dropped.0
        )));
    }
    let mut applied = 0;
    journal.visit_after(held, &mut |seq, changes| {
        applied += 1;
        registry.apply(seq, changes)
    })?;
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Journal {
        last: u64,
        dropped: u64,
    }

    impl Keeps for Journal {
        fn last(&self) -> Seq {
            Seq(self.last)
        }

        fn dropped(&self) -> Seq {
            Seq(self.dropped)
        }

        fn visit_after(&self, seq: Seq, visit: VisitKept<'_>) -> Result<(), StoreError> {
            (seq.0 + 1..=self.last).try_for_each(|seq| visit(Seq(seq), &[1]))
        }
    }

    struct Registry(Vec<u64>);

    impl Follows for Registry {
        fn seq(&self) -> Seq {
            Seq(self.0.last().copied().unwrap_or(0))
        }

        fn apply(&mut self, seq: Seq, _: &[u8]) -> Result<(), StoreError> {
            self.0.push(seq.0);
            Ok(())
        }
    }

    #[test]
    fn what_is_missing_is_applied_in_order_and_once() {
        let mut registry = Registry(vec![3]);
        assert_eq!(catch_up(&Journal { last: 6, dropped: 3 }, &mut registry).unwrap(), 3);
        assert_eq!(registry.0, [3, 4, 5, 6]);
        assert_eq!(catch_up(&Journal { last: 6, dropped: 3 }, &mut registry).unwrap(), 0);
    }

    #[test]
    fn a_registry_of_another_store_is_refused_with_a_remedy() {
        let ahead = catch_up(&Journal { last: 6, dropped: 0 }, &mut Registry(vec![7]));
        assert!(ahead.unwrap_err().to_string().contains("of one and the same backup"));
        let behind = catch_up(&Journal { last: 6, dropped: 3 }, &mut Registry(vec![2]));
        assert!(behind.unwrap_err().to_string().contains("holds batch 3 or a later one"));
    }
}
