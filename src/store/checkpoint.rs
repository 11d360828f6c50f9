//! When the registry is flushed, and which registry changes the journal may drop after it.
//!
//! sled's own writing is not on disk until it is flushed and synced, which takes milliseconds to
//! seconds; a commit never waits for it. [`Margin`] counts what was applied and says when a
//! checkpoint is due, and keeps one checkpoint's margin: only what the second-last one passed is
//! dropped, so that a registry whose last seconds are cut away is whole again after a start.
//! [`super::writer`] flushes by a thread of its own; [`super::memory`] plays the same without one.

use super::Seq;

/// A checkpoint is due after so many batches with registry changes, or so many changes, whichever
/// comes first. The journal keeps the changes of two to three such spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Every {
    /// Batches with registry changes.
    pub batches: u64,
    /// Registry changes.
    pub changes: u64,
}

impl Default for Every {
    fn default() -> Every {
        Every { batches: 5_000, changes: 50_000 }
    }
}

/// What has been applied since the last checkpoint, and what the last two have passed.
#[derive(Clone, Debug)]
pub(super) struct Margin {
    every: Every,
    batches: u64,
    changes: u64,
    running: bool,
    passed: Option<Seq>,
    droppable: Seq,
}

impl Margin {
    /// `kept` batches have changes in the journal at the start.
    pub(super) fn new(every: Every, kept: u64) -> Margin {
        let droppable = Seq(0);
        Margin { every, batches: kept, changes: 0, running: false, passed: None, droppable }
    }

    /// A batch with `changes` registry changes was applied.
    pub(super) fn applied(&mut self, changes: u64) {
        self.batches += 1;
        self.changes += changes;
    }

    /// Whether a checkpoint should begin now. Then the caller begins one: true only once.
    pub(super) fn begin(&mut self) -> bool {
        let due = self.batches >= self.every.batches || self.changes >= self.every.changes;
        if !due || self.running {
            return false;
        }
        (self.batches, self.changes, self.running) = (0, 0, true);
        true
    }

    /// A checkpoint has everything up to `seq` on disk.
    pub(super) fn passed(&mut self, seq: Seq) {
        self.running = false;
        self.droppable = self.passed.replace(seq).unwrap_or(Seq(0));
    }

    /// The journal may drop registry changes up to here.
    pub(super) fn droppable(&self) -> Seq {
        self.droppable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_second_last_checkpoint_passed_may_be_dropped() {
        let mut margin = Margin::new(Every { batches: 2, changes: 100 }, 0);
        margin.applied(1);
        assert!(!margin.begin());
        margin.applied(1);
        assert!(margin.begin());
        margin.passed(Seq(2));
        assert_eq!(margin.droppable(), Seq(0));
        margin.applied(100);
        assert!(margin.begin());
        margin.applied(100);
        assert!(!margin.begin(), "one at a time");
        margin.passed(Seq(3));
        assert_eq!(margin.droppable(), Seq(2));
        assert!(margin.begin());
    }
}
