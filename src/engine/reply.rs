//! From a command's outcome to the queued reply: a text at once, or the bank's answer, or "later".

use std::sync::Arc;

use super::Engine;
use crate::bank::{Answer, AskId, Bank, Reference};
use crate::base::now::Now;
use crate::command::{Outcome, Reply, say};
use crate::message::{Message, MessageId, State};
use crate::outbox::{Asked, Life};
use crate::service::say::Say;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// Draws the consequence of a command: a reply is queued, a question is asked.
    pub(super) fn follow(
        &mut self,
        id: MessageId,
        place: usize,
        outcome: Outcome,
        now: Now,
    ) -> Result<(), StoreError> {
        match outcome {
            Outcome::Say(reply) => self.queue_reply(id, place, reply, now),
            Outcome::Buy(order) => self.begin_purchase(id, place, *order, now),
            Outcome::Silent => {
                self.end(id, State::Silent, now);
                Ok(())
            }
            Outcome::Ask(question, then) => {
                let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
                let due = now.mono + self.setup.options.answer;
                life.asked = Some(Box::new(Asked { place, then, due }));
                if let Some(message) = &mut life.message {
                    message.head.state = State::Asked;
                }
                Self::touch(&mut self.dirty, life);
                self.bank.ask(AskId(id.0), life.bank, &question, &mut self.draft, now)
            }
        }
    }

    /// The bank's answer to a message's question.
    pub(super) fn handle_answer(
        &mut self,
        id: MessageId,
        answer: &Answer,
        now: Now,
    ) -> Result<(), StoreError> {
        let reference = Reference(id.0);
        if let Some(bank) = self.watch.bank_of(reference) {
            return self.handle_moved(bank, reference, answer, now);
        }
        let Some(asked) = self.take_question(id) else { return Ok(()) };
        let Asked { place, then, .. } = *asked;
        let setup = Arc::clone(&self.setup);
        let reply = then.reply(&setup.services[place].service, answer);
        self.queue_reply(id, place, reply, now)
    }

    /// The bank didn't answer in time: the customer is told so, never nothing (KB-01).
    pub(super) fn handle_no_answer(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let Some(asked) = self.take_question(id) else { return Ok(()) };
        let place = asked.place;
        let setup = Arc::clone(&self.setup);
        tracing::warn!(message = id.0, "the bank didn't answer in time");
        self.queue_reply(id, place, say(&setup.services[place].service, Say::Later, &[]), now)
    }

    /// Closes an open question; `None` where none is. What is answered in the turn that asked was
    /// never watched: `save` begins to, at the turn's end.
    pub(super) fn take_question(&mut self, id: MessageId) -> Option<Box<Asked>> {
        let asked = self.lives.get_mut(&id)?.asked.take()?;
        self.asked.remove(&(asked.due, id));
        Some(asked)
    }

    pub(super) fn queue_reply(
        &mut self,
        id: MessageId,
        place: usize,
        reply: Reply,
        now: Now,
    ) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let service = &setup.services[place].service;
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        // It may have waited long enough to be on disk only.
        let Some(message) = life.fetch(&self.draft)? else { return Ok(()) };
        message.body(&self.draft)?;
        let Some(body) = message.change_body() else {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        };
        body.text = service.text_name(reply.text).to_owned();
        body.reply = reply.wording;
        message.head.state = State::Queued;
        Self::touch(&mut self.dirty, life);
        let (lane, order, promised) = (life.lane, life.order, life.promised);
        if self.orders.enter(order, id) {
            self.schedule.ready(lane, promised, id);
        }
        Ok(())
    }

    /// Enters a message among the living; `fresh` if what it tells was found out in this turn.
    pub(super) fn begin_life(&mut self, lane: usize, message: Message, fresh: bool) {
        let life = Life::new(lane, &message.head);
        let life = Life { message: Some(Box::new(message)), dirty: true, fresh, ..life };
        self.dirty.push(life.id);
        self.schedule.expires(life.worthless, life.id);
        if life.is_of_run {
            self.runs.count(lane, true);
        }
        self.lives.insert(life.id, life);
    }
}
