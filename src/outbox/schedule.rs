//! Which message is due, and which of those is the most urgent.
//!
//! One lane an operator. In a lane the earliest promise goes first; but what can still be kept goes
//! before what is already late, so that one outage doesn't make everything after it late too. What
//! waits for a retry is in one index by time for all lanes; so is what becomes worthless.

use std::collections::BTreeSet;

use crate::base::now::{Mono, Wall};
use crate::message::MessageId;

/// One operator's queue.
#[derive(Debug, Default)]
struct Lane {
    ready: BTreeSet<(Wall, MessageId)>,
    ahead: u32,
    ahead_max: u32,
    up: bool,
}

/// The due index.
#[derive(Debug, Default)]
pub struct Schedule {
    lanes: Vec<Lane>,
    waiting: BTreeSet<(Mono, MessageId)>,
    worthless: BTreeSet<(Wall, MessageId)>,
}

impl Schedule {
    /// Empty lanes, one for each operator, with the parts that each may have marked ahead of their
    /// permits.
    pub fn new(ahead_max: impl IntoIterator<Item = u32>) -> Schedule {
        let lane = |ahead_max| Lane { ahead_max, ..Lane::default() };
        Schedule { lanes: ahead_max.into_iter().map(lane).collect(), ..Schedule::default() }
    }

    /// A lane's operator can, or can't, be sent to.
    pub fn set_up(&mut self, lane: usize, up: bool) {
        self.lanes[lane].up = up;
    }

    /// Whether a lane's operator can be sent to.
    pub fn is_up(&self, lane: usize) -> bool {
        self.lanes[lane].up
    }

    /// A message is ready to leave.
    pub fn ready(&mut self, lane: usize, promised: Wall, id: MessageId) {
        self.lanes[lane].ready.insert((promised, id));
    }

    /// A message is to be made ready at `due`.
    pub fn wait(&mut self, due: Mono, id: MessageId) {
        self.waiting.insert((due, id));
    }

    /// A message becomes worthless at `at`.
    pub fn expires(&mut self, at: Wall, id: MessageId) {
        self.worthless.insert((at, id));
    }

    /// A message has ended, or is in flight: it is no longer ready.
    pub fn unready(&mut self, lane: usize, promised: Wall, id: MessageId) {
        self.lanes[lane].ready.remove(&(promised, id));
    }

    /// A message has ended: it needs no watching any more.
    pub fn forget(&mut self, lane: usize, promised: Wall, worthless: Wall, id: MessageId) {
        self.unready(lane, promised, id);
        self.worthless.remove(&(worthless, id));
    }

    /// The next message whose pause is over.
    pub fn pop_due(&mut self, now: Mono) -> Option<MessageId> {
        let (due, id) = self.waiting.first().copied()?;
        if due > now {
            return None;
        }
        self.waiting.pop_first();
        Some(id)
    }

    /// The next message that isn't worth sending any more.
    pub fn pop_worthless(&mut self, now: Wall) -> Option<MessageId> {
        let (at, id) = self.worthless.first().copied()?;
        if at > now {
            return None;
        }
        self.worthless.pop_first();
        Some(id)
    }

    /// The most urgent message of a lane that may be marked now; it is no longer ready then.
    pub fn pick(&mut self, lane: usize, now: Wall) -> Option<MessageId> {
        let lane = &mut self.lanes[lane];
        if !lane.up || lane.ahead >= lane.ahead_max {
            return None;
        }
        let in_time = lane.ready.range((now, MessageId(0))..).next().copied();
        let entry = in_time.or_else(|| lane.ready.first().copied())?;
        lane.ready.remove(&entry);
        Some(entry.1)
    }

    /// Parts of a lane have been marked.
    pub fn marked(&mut self, lane: usize, parts: u32) {
        self.lanes[lane].ahead += parts;
    }

    /// Parts of a lane have been written, or came back unwritten.
    pub fn left(&mut self, lane: usize, parts: u32) {
        let lane = &mut self.lanes[lane];
        lane.ahead = lane.ahead.saturating_sub(parts);
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// When the next pause is over.
    pub fn next_due(&self) -> Option<Mono> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// When the next message becomes worthless.
    pub fn next_worthless(&self) -> Option<Wall> {
        self.worthless.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Wall {
        Wall::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_earliest_promise_that_can_be_kept_goes_first() {
        let mut schedule = Schedule::new([1_000]);
        schedule.set_up(0, true);
        for (promised, id) in [(30, 1), (10, 2), (20, 3), (5, 4)] {
            schedule.ready(0, at(promised), MessageId(id));
        }
        let order: Vec<u64> =
            std::iter::from_fn(|| schedule.pick(0, at(8))).map(|id| id.0).collect();
        assert_eq!(order, [2, 3, 1, 4], "the late one last");
    }

    #[test]
    fn no_more_is_marked_than_may_be_ahead_of_its_permit() {
        let mut schedule = Schedule::new([2]);
        for id in 0..5 {
            schedule.ready(0, at(10), MessageId(id));
        }
        assert_eq!(schedule.pick(0, at(0)), None, "the operator is down");
        schedule.set_up(0, true);
        assert!(schedule.pick(0, at(0)).is_some());
        schedule.marked(0, 2);
        assert_eq!(schedule.pick(0, at(0)), None);
        schedule.left(0, 1);
        assert!(schedule.pick(0, at(0)).is_some());
        // A long text counts as a whole.
        schedule.marked(0, 3);
        schedule.left(0, 2);
        assert_eq!(schedule.pick(0, at(0)), None);
        schedule.left(0, 1);
        assert!(schedule.pick(0, at(0)).is_some());
    }

    #[test]
    fn pauses_and_ends_come_in_order() {
        let mut schedule = Schedule::new([1]);
        schedule.wait(Mono::from_nanos(20), MessageId(2));
        schedule.wait(Mono::from_nanos(10), MessageId(1));
        assert_eq!(schedule.next_due(), Some(Mono::from_nanos(10)));
        assert_eq!(schedule.pop_due(Mono::from_nanos(15)), Some(MessageId(1)));
        assert_eq!(schedule.pop_due(Mono::from_nanos(15)), None);
        assert_eq!(schedule.pop_due(Mono::from_nanos(20)), Some(MessageId(2)));
        schedule.expires(at(5), MessageId(3));
        assert_eq!(schedule.pop_worthless(at(4)), None);
        assert_eq!(schedule.pop_worthless(at(5)), Some(MessageId(3)));
        // What has ended has no end to come.
        schedule.expires(at(6), MessageId(4));
        schedule.forget(0, at(1), at(6), MessageId(4));
        assert_eq!((schedule.pop_worthless(at(6)), schedule.next_worthless()), (None, None));
    }
}
