//! Parts of long inbound messages, kept until the last one is there.
//!
//! They come in any order and more than once (lessons, 15), so a part's place is its number and a
//! repeat is told apart. A message that doesn't become whole within five minutes is given up, and
//! so is the oldest when too many wait: what they held is handed back, never dropped.
//! [`super::udh`] says which part is which.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::udh::{Kind, Segment};
use crate::base::limits::{JOIN_OCTETS_MAX, JOINS_MAX, PARTS_MAX};
use crate::base::now::Mono;

/// How long, and how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How long the first part to arrive waits for the others.
    pub timeout: Duration,
    /// Unfinished messages kept at one time; at least 1 counts.
    pub joins_max: usize,
    /// Octets that their parts hold together; one message is kept however long it is.
    pub octets_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            timeout: Duration::from_secs(300),
            joins_max: JOINS_MAX,
            octets_max: JOIN_OCTETS_MAX,
        }
    }
}

/// Unfinished messages; `T` is what the caller keeps of a part (its text, its record's id).
#[derive(Debug)]
pub struct Joiner<T> {
    options: Options,
    /// Where a message stands in `waiting`.
    serials: HashMap<Key, u64>,
    /// By the arrival of the first part, hence by deadline.
    waiting: BTreeMap<u64, Group<T>>,
    next_serial: u64,
    /// What the parts in `waiting` hold.
    octets: usize,
    given_up: Vec<GivenUp<T>>,
}

/// What a part did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Joined<T> {
    /// It was the last one missing: all parts in their order.
    Whole(Vec<T>),
    /// It is kept; others are missing.
    Waiting,
    /// It was there already; it comes back.
    Repeat(T),
    /// Of more than [`PARTS_MAX`] parts, or numbered outside them; it comes back.
    Bad(T),
}

/// A message that didn't become whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenUp<T> {
    /// Whose it was, as the caller named him.
    pub sender: u128,
    /// How many parts it should have had.
    pub total: u8,
    /// The parts that came, with their numbers, in order.
    pub parts: Vec<(u8, T)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Key {
    sender: u128,
    kind: Kind,
    reference: u16,
    total: u8,
}

#[derive(Debug)]
struct Group<T> {
    key: Key,
    since: Mono,
    octets: usize,
    parts: Vec<Option<T>>,
}

impl<T> Joiner<T> {
    /// An empty one.
    pub fn new(options: Options) -> Joiner<T> {
        Joiner {
            options,
            serials: HashMap::new(),
            waiting: BTreeMap::new(),
            next_serial: 0,
            octets: 0,
            given_up: Vec::new(),
        }
    }

    /// Takes one part of a message that `sender` (operator, number and short code, as the caller
    /// hashes them) sends. `octets` is what it holds, as [`Options::octets_max`] counts.
    ///
    /// `same` says whether two parts of one number hold the same text. If not, the phone has begun
    /// another message under its old reference (some know only one): the old one is given up.
    /// What is given up meanwhile waits for [`Joiner::expire`].
    pub fn add(
        &mut self,
        sender: u128,
        segment: Segment,
        data: T,
        octets: usize,
        now: Mono,
        same: impl FnOnce(&T, &T) -> bool,
    ) -> Joined<T> {
        let Segment { kind, reference, total, number } = segment;
        if total > PARTS_MAX || !(1..=total).contains(&number) {
            return Joined::Bad(data);
        }
        if total == 1 {
            return Joined::Whole(vec![data]);
        }
        self.sweep(now);
        let key = Key { sender, kind, reference, total };
        let place = usize::from(number) - 1;
        if let Some(serial) = self.serials.get(&key).copied() {
            let there =
                self.waiting.get(&serial).and_then(|group| group.parts.get(place)?.as_ref());
            match there {
                Some(there) if same(there, &data) => return Joined::Repeat(data),
                Some(_) => self.give_up(serial),
                None => {}
            }
        }
        let serial = self.serial(key, now);
        let Some(group) = self.waiting.get_mut(&serial) else { return Joined::Bad(data) };
        if let Some(slot) = group.parts.get_mut(place) {
            *slot = Some(data);
        }
        group.octets += octets;
        self.octets += octets;
        if group.parts.iter().any(Option::is_none) {
            self.make_room(serial);
            return Joined::Waiting;
        }
        let whole = self.remove(serial).map(|group| group.parts).unwrap_or_default();
        Joined::Whole(whole.into_iter().flatten().collect())
    }

    /// Hands back what was given up: overdue, crowded out, or overtaken by its sender.
    pub fn expire(&mut self, now: Mono) -> Vec<GivenUp<T>> {
        self.sweep(now);
        std::mem::take(&mut self.given_up)
    }

    /// When [`Joiner::expire`] is next worth a call; in the past if something waits for it.
    pub fn poll_timeout(&self) -> Option<Mono> {
        if !self.given_up.is_empty() {
            return Some(Mono::ZERO);
        }
        self.waiting.first_key_value().map(|(_, group)| group.since + self.options.timeout)
    }

    /// The message's place, made if it is new; room is made first.
    fn serial(&mut self, key: Key, now: Mono) -> u64 {
        if let Some(serial) = self.serials.get(&key) {
            return *serial;
        }
        while self.waiting.len() >= self.options.joins_max.max(1) {
            let Some((oldest, _)) = self.waiting.first_key_value() else { break };
            self.give_up(*oldest);
        }
        let serial = self.next_serial;
        self.next_serial += 1;
        self.serials.insert(key, serial);
        let parts = (0..key.total).map(|_| None).collect();
        self.waiting.insert(serial, Group { key, since: now, octets: 0, parts });
        serial
    }

    /// Gives up the oldest messages, but not `kept`, until the parts of all hold no more than they
    /// may.
    fn make_room(&mut self, kept: u64) {
        while self.octets > self.options.octets_max {
            let oldest = self.waiting.keys().find(|serial| **serial != kept).copied();
            let Some(oldest) = oldest else { break };
            self.give_up(oldest);
        }
    }

    fn sweep(&mut self, now: Mono) {
        while let Some((serial, group)) = self.waiting.first_key_value()
            && group.since + self.options.timeout <= now
        {
            self.give_up(*serial);
        }
    }

    fn remove(&mut self, serial: u64) -> Option<Group<T>> {
        let group = self.waiting.remove(&serial)?;
        self.serials.remove(&group.key);
        self.octets -= group.octets;
        Some(group)
    }

    fn give_up(&mut self, serial: u64) {
        let Some(Group { key, parts, .. }) = self.remove(serial) else { return };
        let parts = (1..).zip(parts).filter_map(|(number, part)| Some((number, part?))).collect();
        self.given_up.push(GivenUp { sender: key.sender, total: key.total, parts });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn second(seconds: u64) -> Mono {
        Mono::from_nanos(seconds * 1_000_000_000)
    }

    fn part(reference: u16, total: u8, number: u8) -> Segment {
        Segment { kind: Kind::Short, reference, total, number }
    }

    fn add(
        joiner: &mut Joiner<&'static str>,
        sender: u128,
        segment: Segment,
        data: &'static str,
        at: u64,
    ) -> Joined<&'static str> {
        joiner.add(sender, segment, data, data.len(), second(at), |a, b| a == b)
    }

    #[test]
    fn any_order_and_repeats() {
        let mut joiner = Joiner::new(Options::default());
        assert_eq!(add(&mut joiner, 1, part(7, 3, 3), "c", 0), Joined::Waiting);
        assert_eq!(add(&mut joiner, 1, part(7, 3, 1), "a", 1), Joined::Waiting);
        assert_eq!(add(&mut joiner, 1, part(7, 3, 3), "c", 2), Joined::Repeat("c"));
        // Another sender, another kind, another reference, another total: other messages.
        assert_eq!(add(&mut joiner, 2, part(7, 3, 2), "x", 2), Joined::Waiting);
        let wide = Segment { kind: Kind::Wide, ..part(7, 3, 2) };
        assert_eq!(add(&mut joiner, 1, wide, "x", 2), Joined::Waiting);
        assert_eq!(add(&mut joiner, 1, part(8, 3, 2), "x", 2), Joined::Waiting);
        assert_eq!(add(&mut joiner, 1, part(7, 4, 2), "x", 2), Joined::Waiting);
        assert_eq!(add(&mut joiner, 1, part(7, 3, 2), "b", 3), Joined::Whole(vec!["a", "b", "c"]));
        assert_eq!(joiner.waiting.len(), 4);
    }

    #[test]
    fn one_part_is_whole_and_too_many_are_refused() {
        let mut joiner = Joiner::new(Options::default());
        assert_eq!(add(&mut joiner, 1, part(7, 1, 1), "a", 0), Joined::Whole(vec!["a"]));
        assert_eq!(add(&mut joiner, 1, part(7, PARTS_MAX + 1, 1), "a", 0), Joined::Bad("a"));
        assert_eq!(add(&mut joiner, 1, part(7, 2, 3), "a", 0), Joined::Bad("a"));
        assert_eq!(add(&mut joiner, 1, part(7, 2, 0), "a", 0), Joined::Bad("a"));
        assert!(joiner.waiting.is_empty() && joiner.poll_timeout().is_none());
    }

    #[test]
    fn what_waits_too_long_is_handed_back() {
        let mut joiner = Joiner::new(Options::default());
        add(&mut joiner, 1, part(7, 3, 3), "c", 10);
        add(&mut joiner, 1, part(7, 3, 1), "a", 200);
        assert_eq!(joiner.poll_timeout(), Some(second(310)));
        assert_eq!(joiner.expire(second(309)), vec![]);
        let gone = GivenUp { sender: 1, total: 3, parts: vec![(1, "a"), (3, "c")] };
        assert_eq!(joiner.expire(second(310)), vec![gone]);
        assert_eq!(joiner.poll_timeout(), None);
        // A part that comes after the deadline begins anew, even if nobody has called expire.
        add(&mut joiner, 1, part(7, 2, 1), "a", 400);
        assert_eq!(add(&mut joiner, 1, part(7, 2, 2), "b", 700), Joined::Waiting);
        assert_eq!(joiner.poll_timeout(), Some(Mono::ZERO));
        assert_eq!(joiner.expire(second(700)).len(), 1);
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut joiner = Joiner::new(Options { joins_max: 2, ..Options::default() });
        add(&mut joiner, 1, part(7, 2, 1), "1", 0);
        add(&mut joiner, 2, part(7, 2, 1), "2", 1);
        add(&mut joiner, 3, part(7, 2, 1), "3", 2);
        assert_eq!(joiner.waiting.len(), 2);
        assert_eq!(joiner.expire(second(2))[0].sender, 1);
        assert_eq!(add(&mut joiner, 2, part(7, 2, 2), "2", 3), Joined::Whole(vec!["2", "2"]));
    }

    #[test]
    fn the_oldest_makes_room_for_long_parts() {
        let mut joiner = Joiner::new(Options { octets_max: 5, ..Options::default() });
        add(&mut joiner, 1, part(7, 4, 1), "aa", 0);
        add(&mut joiner, 2, part(7, 4, 1), "bb", 1);
        add(&mut joiner, 1, part(7, 4, 2), "a", 2);
        assert_eq!((joiner.waiting.len(), joiner.octets), (2, 5));
        // The one that grows is kept though it is older, and so is a single one of any length.
        add(&mut joiner, 1, part(7, 4, 3), "a", 3);
        assert_eq!((joiner.waiting.len(), joiner.octets), (1, 4));
        add(&mut joiner, 1, part(8, 2, 1), "cccccc", 4);
        assert_eq!((joiner.waiting.len(), joiner.octets), (1, 6));
        let senders: Vec<u128> = joiner.expire(second(4)).iter().map(|gone| gone.sender).collect();
        assert_eq!(senders, [2, 1]);
        let whole = Joined::Whole(vec!["cccccc", "d"]);
        assert_eq!(add(&mut joiner, 1, part(8, 2, 2), "d", 5), whole);
        assert_eq!((joiner.waiting.len(), joiner.octets), (0, 0));
    }

    #[test]
    fn an_old_reference_with_a_new_text_is_a_new_message() {
        let mut joiner = Joiner::new(Options::default());
        add(&mut joiner, 1, part(1, 2, 1), "old", 0);
        assert_eq!(add(&mut joiner, 1, part(1, 2, 1), "new", 5), Joined::Waiting);
        assert_eq!(joiner.expire(second(5))[0].parts, vec![(1, "old")]);
        assert_eq!(add(&mut joiner, 1, part(1, 2, 2), "b", 6), Joined::Whole(vec!["new", "b"]));
    }

    proptest! {
        /// Several messages at once, shuffled: each comes out whole, once and in order.
        #[test]
        fn shuffled_messages_come_out_whole(
            order in (2..=PARTS_MAX, 1..5u16).prop_flat_map(|(total, messages)| {
                let parts: Vec<(u16, u8, u8)> = (0..messages)
                    .flat_map(|message| (1..=total).map(move |number| (message, total, number)))
                    .collect();
                Just(parts).prop_shuffle()
            })
        ) {
            let mut joiner = Joiner::new(Options::default());
            let mut left: HashSet<u16> = order.iter().map(|part| part.0).collect();
            for (message, total, number) in order {
                let data = (message, number);
                match joiner.add(9, part(message, total, number), data, 1, Mono::ZERO, |a, b| a == b) {
                    Joined::Whole(parts) => {
                        prop_assert!(left.remove(&message));
                        let expected: Vec<_> = (1..=total).map(|at| (message, at)).collect();
                        prop_assert_eq!(parts, expected);
                    }
                    other => prop_assert_eq!(other, Joined::Waiting),
                }
            }
            prop_assert!(left.is_empty() && joiner.waiting.is_empty());
        }
    }
}
