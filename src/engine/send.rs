//! What leaves: the most urgent messages are picked and marked in flight.
//!
//! A message is marked in the batch of this turn and handed to its operator after the flush, so
//! that a crash finds it *in flight* and never *queued* once a part of it may have left.

use std::sync::Arc;

use super::{Effect, Engine};
use crate::bank::Bank;
use crate::base::limits::TURN_INPUTS_MAX;
use crate::base::now::Now;
use crate::customer::{Phone, PhoneId};
use crate::message::{Body, Head, MessageId, State};
use crate::operator::Order;
use crate::outbox::retry::Worst;
use crate::outbox::submit::submits;
use crate::outbox::token;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};
use crate::subscription::Subscriptions;

impl<S: Store, B: Bank> Engine<S, B> {
    /// Marks what may leave now, lane by lane, and drafts its orders.
    pub(super) fn pick_all(&mut self, now: Now) -> Result<(), StoreError> {
        if self.draining {
            return Ok(());
        }
        for lane in 0..self.schedule.lanes() {
            let mut picked = 0;
            while picked < TURN_INPUTS_MAX
                && let Some(id) = self.schedule.pick(lane, now.wall)
            {
                picked += 1;
                self.send(id, now)?;
            }
            self.behind |= picked == TURN_INPUTS_MAX;
        }
        Ok(())
    }

    fn send(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        if !self.fetch(id)? {
            return Ok(());
        }
        let Some(life) = self.lives.get(&id) else { return Ok(()) };
        if life.is_over() {
            return Ok(());
        }
        // More may have become worthless at once than one turn ends.
        if self.may_expire && life.worthless <= now.wall {
            return self.expire(id, now);
        }
        let (lane, fresh) = (life.lane, life.fresh);
        if !self.open_body(id)? || (!fresh && self.is_withdrawn(id)?) {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let submits = match submits(&setup.operators[lane].form, head, body, now) {
            Ok(submits) => submits,
            Err(why) => {
                tracing::error!(message = id.0, "can't be sent: {why}");
                self.end(id, State::Failed, now);
                return Ok(());
            }
        };
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let Some(message) = &mut life.message else { return Ok(()) };
        if submits.anew {
            message.head.accepted = 0;
        }
        message.head.parts = submits.total;
        if submits.list.is_empty() {
            self.settle_if_accepted(id, now)?;
            return Ok(());
        }
        message.head.state = State::InFlight;
        message.head.attempts = message.head.attempts.saturating_add(1);
        life.worst = Worst::default();
        life.out = submits.list.iter().fold(0, |out, (part, _)| out | 1 << part);
        Self::touch(&mut self.dirty, life);
        self.in_flight += submits.list.len();
        self.schedule.marked(lane, submits.list.len() as u32);
        for (part, submit) in submits.list {
            let order = Order::Submit { token: token(id, part), submit: Box::new(submit) };
            self.effects.push(Effect::Order(lane, order));
        }
        Ok(())
    }

    /// A message whose time has run out. What is in flight is left to its answer.
    pub(super) fn expire(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let Some(life) = self.lives.get(&id).filter(|life| !life.is_over()) else { return Ok(()) };
        if life.out != 0 {
            // Looked at again; its own time stays what it was, or one that is throttled again and
            // again would leave however old it is.
            self.schedule.expires(now.wall + self.setup.options.retry_min, id);
            return Ok(());
        }
        if self.fetch(id)? {
            tracing::warn!(message = id.0, "expired before it could leave");
            self.end(id, State::Expired, now);
        }
        Ok(())
    }

    /// A pause is over. The message may have ended meanwhile, in this very turn too.
    pub(super) fn make_ready(&mut self, id: MessageId) {
        if let Some(life) = self.lives.get(&id)
            && life.out == 0
            && !life.is_over()
        {
            self.schedule.ready(life.lane, life.promised, id);
        }
    }

    /// Makes sure that a life has its record in memory; false where there is no such life.
    pub(super) fn fetch(&mut self, id: MessageId) -> Result<bool, StoreError> {
        match self.lives.get_mut(&id) {
            Some(life) => Ok(life.fetch(&self.draft)?.is_some()),
            None => Ok(false),
        }
    }

    /// Opens a life's body; false where its customer was forgotten.
    pub(super) fn open_body(&mut self, id: MessageId) -> Result<bool, StoreError> {
        match self.lives.get_mut(&id).and_then(|life| life.message.as_mut()) {
            Some(message) => Ok(message.body(&self.draft)?.is_some()),
            None => Ok(false),
        }
    }

    /// A life's head and its body, which was opened.
    pub(super) fn opened(&self, id: MessageId) -> Option<(&Head, &Body)> {
        let message = self.lives.get(&id)?.message.as_ref()?;
        Some((&message.head, message.open_body()?))
    }

    /// Somebody's contract or subscriptions change: what was queued in this turn already was right
    /// before that, and is looked at again when it is picked.
    pub(super) fn look_again(&mut self) {
        for id in &self.dirty[self.looked..] {
            if let Some(life) = self.lives.get_mut(id) {
                life.fresh = false;
            }
        }
        self.looked = self.dirty.len();
    }

    /// Whether the number changed hands since the message was queued, was suspended, its customer
    /// left it, or ended the subscription that it follows from.
    fn is_withdrawn(&self, id: MessageId) -> Result<bool, StoreError> {
        let Some((head, body)) = self.opened(id) else { return Ok(false) };
        let (Some(customer), Some(phone)) =
            (head.customer, body.phone().map(|number| PhoneId::of(self.draft.keyring(), number)))
        else {
            return Ok(false);
        };
        let known = Phone::load(&self.draft, head.bank, phone)?;
        let left = known.is_none_or(|phone| {
            phone.suspended
                || phone.generation != head.generation
                || !phone.customers.contains(&customer)
        });
        let Some(about) = head.about.filter(|_| !left) else { return Ok(left) };
        let list = Subscriptions::load(&self.draft, head.bank, customer, phone)?;
        Ok(!list.is_active(about.topic, about.item))
    }
}
