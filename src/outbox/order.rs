//! What must leave in order: of one account or card, phone and class, one message at a time.
//!
//! A customer reads "−2.500, balance 40" and then "+10.000, balance 10.040", never the other way
//! round. So the next message of a key is ready only once the one before it has ended (accepted, or
//! given up).

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::message::MessageId;

/// Keys, and what waits behind one another.
#[derive(Debug, Default)]
pub struct Orders {
    queues: FxHashMap<u64, VecDeque<MessageId>>,
}

impl Orders {
    /// A message takes its place; whether it may leave at once. Key 0 is no key.
    pub fn enter(&mut self, key: u64, id: MessageId) -> bool {
        if key == 0 {
            return true;
        }
        let queue = self.queues.entry(key).or_default();
        queue.push_back(id);
        queue.len() == 1
    }

    /// A message has ended; the one that may leave now.
    pub fn leave(&mut self, key: u64, id: MessageId) -> Option<MessageId> {
        let Entry::Occupied(mut queue) = self.queues.entry(key) else { return None };
        let was_first = queue.get().front() == Some(&id);
        queue.get_mut().retain(|waiting| *waiting != id);
        let first = queue.get().front().copied();
        if first.is_none() {
            queue.remove();
        }
        first.filter(|_| was_first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_in_the_order_of_entering() {
        let mut orders = Orders::default();
        assert!(orders.enter(7, MessageId(1)));
        assert!(!orders.enter(7, MessageId(2)) && !orders.enter(7, MessageId(3)));
        assert!(orders.enter(8, MessageId(4)), "another account waits for nobody");
        assert_eq!(orders.leave(7, MessageId(2)), None, "given up while it waited");
        assert_eq!(orders.leave(7, MessageId(1)), Some(MessageId(3)));
        assert_eq!(orders.leave(7, MessageId(3)), None);
        assert!(orders.enter(7, MessageId(5)));
    }

    #[test]
    fn what_has_no_key_waits_for_nobody() {
        let mut orders = Orders::default();
        assert!(orders.enter(0, MessageId(1)) && orders.enter(0, MessageId(2)));
        assert_eq!(orders.leave(0, MessageId(1)), None);
    }
}
