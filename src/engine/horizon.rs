//! How far back a start must look.
//!
//! Ended messages are kept for months, but a start needs only what lives, and what may come again.
//! The horizon is the first message that may be either: whatever came before it has ended, is under
//! no suspicion, and its parts are no longer known. It moves once an hour, so that a start reads
//! hours of messages and not months, and the one-minute promise holds over a crash, too.

use std::time::Duration;

use super::{ENGINE, Engine};
use crate::bank::Bank;
use crate::base::now::{Mono, Now};
use crate::inbox::repeats::PARTS_KNOWN;
use crate::message::MessageId;
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError};

/// How often it moves: what came before the last time is older than parts are known.
const EVERY: Duration = PARTS_KNOWN;

/// When the horizon moves next, and as far as which message.
#[derive(Debug)]
pub(super) struct Horizon {
    due: Mono,
    next_id: u64,
}

impl Horizon {
    /// Of a process that starts now and makes this message next.
    pub(super) fn new(next_id: u64, now: Now) -> Horizon {
        Horizon { due: now.mono + EVERY, next_id }
    }

    /// The first message that a start looks at.
    pub(super) fn read(records: &dyn Records) -> Result<MessageId, StoreError> {
        Ok(MessageId(records.read(&key())?.unwrap_or(0)))
    }
}

fn key() -> Key {
    ENGINE.key(0).u8(3)
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Moves the horizon up to the first message that lives or may come again, of those that came
    /// before the last time.
    pub(super) fn move_horizon(&mut self, now: Now) {
        if now.mono < self.horizon.due {
            return;
        }
        let seen = MessageId(self.horizon.next_id);
        self.horizon = Horizon::new(self.next_id, now);
        let living = self.lives.keys().copied().min();
        let first = [living, self.repeats.first()].into_iter().flatten().fold(seen, MessageId::min);
        let records: &mut dyn Records = &mut self.draft;
        records.write(key(), &first.0);
    }
}
