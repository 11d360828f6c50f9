//! From a command's outcome to the queued reply: a text at once, or the bank's answer, or "later".

use std::sync::Arc;

use super::Engine;
use crate::bank::{Answer, AskId, Bank};
use crate::base::now::Now;
use crate::command::{Outcome, Reply, say};
use crate::message::{Message, MessageId, State};
use crate::outbox::Life;
use crate::outbox::retry::Worst;
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
            Outcome::Ask(question, then) => {
                let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
                life.then = Some((place, then));
                if let Some(message) = &mut life.message {
                    message.head.state = State::Asked;
                }
                Self::touch(&mut self.dirty, life);
                self.asked.insert((now.mono + self.setup.options.answer, id));
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
        let Some((place, then)) = self.lives.get_mut(&id).and_then(|life| life.then.take()) else {
            return Ok(());
        };
        let setup = Arc::clone(&self.setup);
        let reply = then.reply(&setup.services[place].service, answer);
        self.queue_reply(id, place, reply, now)
    }

    /// The bank didn't answer in time: the customer is told so, never nothing (KB-01).
    pub(super) fn handle_no_answer(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let Some((place, _)) = self.lives.get_mut(&id).and_then(|life| life.then.take()) else {
            return Ok(());
        };
        let setup = Arc::clone(&self.setup);
        tracing::warn!(message = id.0, "the bank didn't answer in time");
        self.queue_reply(id, place, say(&setup.services[place].service, Say::Later, &[]), now)
    }

    fn queue_reply(
        &mut self,
        id: MessageId,
        place: usize,
        reply: Reply,
        now: Now,
    ) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        let service = &setup.services[place].service;
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let Some(message) = &mut life.message else { return Ok(()) };
        message.body(&self.draft)?;
        let Some(body) = message.change_body() else {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        };
        body.text = service.text_name(reply.text).to_owned();
        body.reply = reply.wording;
        message.head.state = State::Queued;
        Self::touch(&mut self.dirty, life);
        self.schedule.ready(life.lane, life.promised, id);
        Ok(())
    }

    /// Enters a message among the living.
    pub(super) fn begin_life(&mut self, lane: usize, message: Message) {
        let head = &message.head;
        let life = Life {
            id: head.id,
            bank: head.bank,
            lane,
            operator: head.operator,
            promised: head.promised,
            worthless: head.worthless,
            message: Some(message),
            dirty: true,
            fresh: true,
            then: None,
            out: 0,
            worst: Worst::default(),
        };
        self.dirty.push(life.id);
        self.schedule.expires(life.worthless, life.id);
        self.lives.insert(life.id, life);
    }
}
