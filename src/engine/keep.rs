//! What a turn keeps: records into the batch, effects behind it, ids and keys made ahead.

use super::{Engine, IDS_BLOCK, RESIDENT_MAX, recover};
use crate::bank::Bank;
use crate::base::now::{Now, Wall};
use crate::base::seal::KeyId;
use crate::message::{MessageId, State, day_of};
use crate::outbox::Life;
use crate::store::Store;
use crate::store::draft::Records;

impl<S: Store, B: Bank> Engine<S, B> {
    /// Strangers' texts are sealed under a key of their bank and day, made ahead (design, section
    /// 4).
    pub(super) fn make_keys_ahead(&mut self, wall: Wall) {
        let day = day_of(wall);
        if self.key_day == day {
            return;
        }
        self.key_day = day;
        for bank in &self.banks {
            for day in [day, day + 1] {
                self.draft.ensure_key(KeyId::strangers(bank.0, day));
            }
        }
    }

    /// A new message id; never one that was used before, whatever happened to its record.
    pub(super) fn new_id(&mut self) -> MessageId {
        if self.next_id >= self.ids_end {
            self.ids_end = self.next_id + IDS_BLOCK;
            let records: &mut dyn Records = &mut self.draft;
            records.write(recover::ids_key(), &self.ids_end);
        }
        self.next_id += 1;
        MessageId(self.next_id - 1)
    }

    /// Notes that a life's record has changed.
    pub(super) fn touch(dirty: &mut Vec<MessageId>, life: &mut Life) {
        if !life.dirty {
            life.dirty = true;
            dirty.push(life.id);
        }
    }

    /// Puts every changed record into the batch, once.
    pub(super) fn save(&mut self) {
        let resident = self.lives.len() <= RESIDENT_MAX;
        self.looked = 0;
        for id in std::mem::take(&mut self.dirty) {
            let Some(life) = self.lives.get_mut(&id) else { continue };
            (life.dirty, life.fresh) = (false, false);
            let Some(message) = &mut life.message else { continue };
            message.save(&mut self.draft);
            message.close_body();
            let (ended, waits) = (message.head.state.is_end(), life.out == 0);
            if ended {
                self.lives.remove(&id);
                continue;
            }
            if let Some(asked) = &life.asked {
                self.asked.insert((asked.due, id));
            }
            if waits && !resident {
                life.message = None;
            }
        }
    }

    /// Ends a message; its record is written with the batch and its life is over.
    pub(super) fn end(&mut self, id: MessageId, state: State, now: Now) {
        self.take_question(id);
        let Some(life) = self.lives.get_mut(&id) else { return };
        self.schedule.forget(life.lane, life.promised, life.worthless, id);
        match state {
            State::Failed => self.tally.failed += 1,
            State::Expired => self.tally.expired += 1,
            State::Withdrawn => self.tally.withdrawn += 1,
            State::Silent => self.tally.silent += 1,
            _ => {}
        }
        if let Some(message) = &mut life.message {
            message.head.state = state;
            message.head.ended = Some(now.wall);
        }
        if std::mem::take(&mut life.is_of_run) {
            self.runs.count(life.lane, false);
        }
        let order = life.order;
        Self::touch(&mut self.dirty, life);
        if let Some(next) = self.orders.leave(order, id) {
            self.make_ready(next);
        }
    }
}
