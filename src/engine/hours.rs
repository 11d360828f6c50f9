//! What time alone brings about: pauses that are over, what is worthless, rounds, housekeeping.

use super::{Engine, HOUSEKEEPING};
use crate::bank::Bank;
use crate::base::limits::TURN_INPUTS_MAX;
use crate::base::now::{Now, Wall};
use crate::store::{Store, StoreError};

/// Housekeeping that the next turn is to go on with.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    purge: bool,
    events: bool,
    daily: bool,
}

impl Unfinished {
    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        self.purge || self.events || self.daily
    }
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Everything that time alone brings about; of each kind so much a turn, so that those who text
    /// us meanwhile needn't wait for all of it.
    pub(super) fn handle_time(&mut self, now: Now) -> Result<(), StoreError> {
        for _ in 0..TURN_INPUTS_MAX {
            let Some((_, id)) = self.asked.first().copied().filter(|(due, _)| *due <= now.mono)
            else {
                break;
            };
            self.asked.pop_first();
            self.handle_no_answer(id, now)?;
        }
        self.look_at_purchases(now)?;
        for _ in 0..TURN_INPUTS_MAX {
            let Some(id) = self.schedule.pop_due(now.mono) else { break };
            self.make_ready(id);
        }
        self.may_expire = self.guard.agrees(now);
        if self.may_expire {
            for _ in 0..TURN_INPUTS_MAX {
                let Some(id) = self.schedule.pop_worthless(now.wall) else { break };
                self.expire(id, now)?;
            }
        }
        self.behind = self.may_expire
            && self.schedule.next_worthless().is_some_and(|worthless| worthless <= now.wall);
        for parts in self.parts.expire(&mut self.draft, now.mono) {
            if parts.iter().all(|part| part.again) {
                // Sent again by an SMSC that missed our answer: a message was made of them long
                // ago.
                self.tally.repeated += parts.len() as u64;
                continue;
            }
            self.take_long(parts, None, now)?;
        }
        self.keep_house(now)
    }

    /// Once a second: free space, news, and what may be purged; in between what was left of that,
    /// and runs and rounds that are under way.
    fn keep_house(&mut self, now: Now) -> Result<(), StoreError> {
        let is_due = self.housekeeping <= now.mono;
        if is_due {
            self.housekeeping = now.mono + HOUSEKEEPING;
            self.note_free_space();
        }
        let left = std::mem::take(&mut self.unfinished);
        if !self.may_expire {
            return Ok(());
        }
        if is_due || self.is_busy(now.wall) {
            // Runs first: what a round has written in this turn, a page doesn't see yet.
            self.go_runs(now)?;
            self.go_rounds(now)?;
        }
        if is_due {
            self.look_for_news(now)?;
            self.move_horizon(now);
        }
        self.unfinished = Unfinished {
            purge: (is_due || left.purge) && self.purge_old(now)?,
            events: (is_due || left.events) && self.forget_old_events(now)?,
            daily: (is_due || left.daily) && self.forget_once_a_day(now)?,
        };
        Ok(())
    }

    /// Whether a round or a run has more to do at once.
    pub(super) fn is_busy(&self, now: Wall) -> bool {
        self.may_expire && (self.is_on_rounds() || self.has_run_to_go(now))
    }

    pub(super) fn note_free_space(&mut self) {
        let closed = self.draft.store().free_octets() == Some(0);
        if closed != self.closed {
            self.closed = closed;
            if closed {
                tracing::error!(
                    "the disk is nearly full: new messages are refused until there is room"
                );
            } else {
                tracing::info!("there is room again: new messages are taken");
            }
        }
    }
}
