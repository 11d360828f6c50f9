//! When each open order is looked at next.
//!
//! The first look is when the answer is late; then it is asked about with growing pauses, for as
//! long as it is open. In memory alone: a start looks at all of them at once.

use std::collections::BTreeSet;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::bank::{BankId, Reference};
use crate::base::now::Mono;

/// The first pause between two looks; it doubles.
const PAUSE_MIN: Duration = Duration::from_secs(15);

/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// An open order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Watched {
    bank: BankId,
    looks: u32,
    due: Mono,
}

/// All open orders.
#[derive(Debug, Default)]
pub struct Watch {
    open: FxHashMap<Reference, Watched>,
    due: BTreeSet<(Mono, Reference)>,
}

impl Watch {
    /// An order is open, or has come a step further: the next look at it is at `due`, and pauses
    /// begin anew.
    pub fn begin(&mut self, bank: BankId, reference: Reference, due: Mono) {
        self.end(reference);
        self.open.insert(reference, Watched { bank, looks: 0, due });
        self.due.insert((due, reference));
    }

    /// An order has ended.
    pub fn end(&mut self, reference: Reference) {
        if let Some(watched) = self.open.remove(&reference) {
            self.due.remove(&(watched.due, reference));
        }
    }

    /// The bank of an open order.
    pub fn bank_of(&self, reference: Reference) -> Option<BankId> {
        self.open.get(&reference).map(|watched| watched.bank)
    }

    /// The next order to look at; the look after this one is set by then.
    pub fn pop_due(&mut self, now: Mono) -> Option<(BankId, Reference)> {
        let (due, reference) = self.due.first().copied().filter(|(due, _)| *due <= now)?;
        self.due.remove(&(due, reference));
        let watched = self.open.get_mut(&reference)?;
        let pause = PAUSE_MIN.saturating_mul(1 << watched.looks.min(16)).min(PAUSE_MAX);
        watched.looks += 1;
        watched.due = now + pause;
        self.due.insert((watched.due, reference));
        Some((watched.bank, reference))
    }

    /// When the next look is due.
    pub fn next_due(&self) -> Option<Mono> {
        self.due.first().map(|(due, _)| *due)
    }

    /// How many orders are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_begin_anew_with_each_step() {
        let second = |n: u64| Mono::from_nanos(n * 1_000_000_000);
        let mut watch = Watch::default();
        watch.begin(BankId(1), Reference(7), second(45));
        assert_eq!(watch.pop_due(second(44)), None);
        let mut at = 45;
        for pause in [15, 30, 60, 120, 240, 480, 600, 600] {
            assert_eq!(watch.pop_due(second(at)), Some((BankId(1), Reference(7))));
            assert_eq!(watch.next_due(), Some(second(at + pause)));
            at += pause;
        }
        watch.begin(BankId(1), Reference(7), second(at));
        watch.pop_due(second(at));
        assert_eq!(watch.next_due(), Some(second(at + 15)));
        watch.end(Reference(7));
        assert!(watch.is_empty() && watch.next_due().is_none() && watch.due.is_empty());
    }
}
