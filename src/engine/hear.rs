//! What is heard of the parts that left: accepted, refused, unknown, returned, or answered late.
//!
//! Once all parts of a try have been heard of, the message has ended, leaves again, or waits for
//! its next try.

use super::Engine;
use crate::bank::Bank;
use crate::base::now::Now;
use crate::message::{MessageId, State};
use crate::outbox::retry::{Next, Policy, Worst};
use crate::outbox::{Life, of_token};
use crate::smpp::status::{Meaning, Status};
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// A part was answered.
    pub(super) fn handle_submitted(
        &mut self,
        token: u64,
        status: Status,
        meaning: Meaning,
        smsc_id: Option<&[u8]>,
        now: Now,
    ) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        if !self.is_out(id, part) || !self.fetch(id)? {
            return Ok(());
        }
        if let Some(message) = self.lives.get_mut(&id).and_then(|life| life.message.as_mut()) {
            if meaning == Meaning::Ok {
                message.head.accepted |= 1 << part;
            } else {
                // Kept until the whole message is accepted: another part's success is no news of
                // this one.
                message.head.status = status.0;
            }
        }
        if meaning == Meaning::Ok {
            self.count_part(id, true);
            self.await_receipt(id, part, smsc_id, now)?;
        }
        self.heard(id, part, Worst::of(meaning), now)
    }

    pub(super) fn handle_unknown(&mut self, token: u64, now: Now) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        if !self.is_out(id, part) || !self.fetch(id)? {
            return Ok(());
        }
        self.tally.unknown += 1;
        self.count_part(id, false);
        self.heard(id, part, Worst::Unknown, now)
    }

    pub(super) fn handle_returned(&mut self, token: u64, now: Now) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        if !self.is_out(id, part) || !self.fetch(id)? {
            return Ok(());
        }
        self.heard(id, part, Worst::Returned, now)
    }

    /// An answer that came after its part had been given up as unknown: good news is believed.
    pub(super) fn handle_late(
        &mut self,
        lane: usize,
        token: u64,
        meaning: Meaning,
        smsc_id: Option<&[u8]>,
        now: Now,
    ) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        // One that was tried elsewhere since is no longer this operator's.
        let waits =
            |life: &Life| life.lane == lane && !life.is_over() && life.out & (1 << part) == 0;
        let waits = self.lives.get(&id).is_some_and(waits);
        if meaning != Meaning::Ok || !waits || !self.fetch(id)? {
            return Ok(());
        }
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let Some(message) = &mut life.message else { return Ok(()) };
        message.head.accepted |= 1 << part;
        Self::touch(&mut self.dirty, life);
        let all_heard = life.out == 0;
        self.count_part(id, true);
        self.await_receipt(id, part, smsc_id, now)?;
        if all_heard {
            self.settle_if_accepted(id, now)?;
        }
        Ok(())
    }

    /// One part has been heard of; once all have, the try counts as what it came to and the message
    /// goes on.
    fn heard(&mut self, id: MessageId, part: u8, worst: Worst, now: Now) -> Result<(), StoreError> {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        life.out &= !(1 << part);
        life.worst = life.worst.max(worst);
        Self::touch(&mut self.dirty, life);
        if life.out != 0 || self.settle_if_accepted(id, now)? {
            return Ok(());
        }
        let policy = self.retry_policy();
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let worst = life.worst;
        let Some(message) = &mut life.message else { return Ok(()) };
        let head = &mut message.head;
        // It was counted when it was marked, because a crash can't tell what left; nothing of it
        // did.
        head.attempts = head.attempts.saturating_sub(u16::from(worst == Worst::Returned));
        head.failures = head.failures.saturating_add(u16::from(worst.is_failure()));
        let next = policy.next(worst, head.class, head.failures);
        head.state = if worst == Worst::Unknown { State::Unknown } else { State::Queued };
        let status = Status(head.status);
        let (lane, promised) = (life.lane, life.promised);
        match next {
            Next::Now => self.schedule.ready(lane, promised, id),
            Next::After(pause) => {
                let pause = self.draft.dice().jittered(pause);
                self.schedule.wait(now.mono + pause, id);
            }
            Next::Elsewhere if self.go_elsewhere(id)? => {}
            Next::Elsewhere | Next::Fail => {
                tracing::warn!(message = id.0, "failed: {status}");
                self.end(id, State::Failed, now);
            }
        }
        Ok(())
    }

    /// How often and how long a message is tried again.
    pub(super) fn retry_policy(&self) -> Policy {
        let options = &self.setup.options;
        Policy { min: options.retry_min, max: options.retry_max, failures_max: options.retries_max }
    }

    /// Ends a message of which the SMSC has all parts, and notes its fee; whether it has.
    pub(super) fn settle_if_accepted(
        &mut self,
        id: MessageId,
        now: Now,
    ) -> Result<bool, StoreError> {
        let Some(life) = self.lives.get_mut(&id) else { return Ok(false) };
        let Some(message) = &mut life.message else { return Ok(false) };
        let head = &mut message.head;
        if head.parts == 0 || head.accepted.count_ones() < u32::from(head.parts) {
            return Ok(false);
        }
        head.status = Status::ROK.0;
        let fate = head.fate.and_then(|fate| fate.of_whole(head.parts));
        self.tally.accepted += 1;
        self.tally.late += u64::from(now.wall > head.promised);
        self.note_fee(id, now)?;
        self.note_taker(id)?;
        fate.inspect(|end| self.count_fate(*end));
        self.end(id, fate.unwrap_or(State::Accepted), now);
        Ok(true)
    }

    fn is_out(&self, id: MessageId, part: u8) -> bool {
        self.lives.get(&id).is_some_and(|life| life.out & (1 << part) != 0)
    }
}
