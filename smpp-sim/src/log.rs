//! What has happened at a SMSC, in order and numbered, for those who ask later.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::event::Event;

/// Events that are kept; the oldest go first.
const LOG_MAX: usize = 100_000;

/// Counts through all SMSCs of the process, so that one number says how far one has read.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its number, ever higher, and unlike any of another SMSC in this process.
    pub number: u64,
    /// When.
    pub at: Duration,
    /// What.
    pub event: Event,
}

/// The number of the last event of all.
pub(crate) fn latest() -> u64 {
    NUMBER.load(Ordering::Relaxed) - 1
}

/// The last events.
#[derive(Debug, Default)]
pub(crate) struct Log {
    kept: VecDeque<Logged>,
    /// How many of `kept` `next` has given.
    given: usize,
}

impl Log {
    pub(crate) fn add(&mut self, at: Duration, event: Event) {
        if self.kept.len() >= LOG_MAX {
            self.kept.pop_front();
            self.given = self.given.saturating_sub(1);
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.kept.push_back(Logged { number, at, event });
    }

    /// The next event; each is given once.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let next = self.kept.get(self.given)?.event.clone();
        self.given += 1;
        Some(next)
    }

    /// Those with higher numbers.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = &Logged> {
        let from = self.kept.partition_point(|logged| logged.number <= number);
        self.kept.range(from..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ConnId, Event};

    #[test]
    fn each_event_is_given_once_and_found_again_by_its_number() {
        let event = |conn| Event::Malformed { conn: ConnId(conn), why: "x" };
        let mut log = Log::default();
        for conn in 0..LOG_MAX as u64 + 2 {
            log.add(Duration::ZERO, event(conn));
        }
        assert_eq!(log.next(), Some(event(2)), "the oldest are gone");
        assert_eq!(log.next(), Some(event(3)));
        let last: Vec<_> = log.after(0).collect();
        assert_eq!((last.len(), &last[0].event), (LOG_MAX, &event(2)));
        let number = last[LOG_MAX - 2].number;
        assert_eq!(log.after(number).map(|l| &l.event).collect::<Vec<_>>(), [&event(100_001)]);
        log.add(Duration::ZERO, event(0));
        assert_eq!(log.next(), Some(event(4)), "what was given stays given");
    }
}
