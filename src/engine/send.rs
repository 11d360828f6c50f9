//! What leaves: the most urgent messages are picked and marked in flight, and what is heard of them is
//! drawn into their records.
//!
//! A message is marked in the batch of this turn and handed to its operator after the flush, so that a
//! crash finds it *in flight* and never *queued* once a part of it may have left.

use std::sync::Arc;

use bytes::Bytes;

use super::{Effect, Engine};
use crate::bank::Bank;
use crate::base::now::Now;
use crate::command::Command;
use crate::command::Desk;
use crate::customer::{Phone, PhoneId};
use crate::engine::setup::OperatorSetup;
use crate::message::{Body, Head, Message, MessageId, State};
use crate::operator::Order;
use crate::outbox::retry::{Next, Policy, Worst};
use crate::outbox::{of_token, token};
use crate::smpp::pdu::{Address, ShortMessage, Submit};
use crate::smpp::status::{Meaning, Status};
use crate::store::draft::Records;
use crate::store::{Store, StoreError};
use crate::subscription::Subscriptions;
use crate::text::encode::{Encoded, Options as EncodeOptions, Part, encode};

const ESM_UDHI: u8 = 0x40;

impl<S: Store, B: Bank> Engine<S, B> {
    /// Marks what may leave now, lane by lane, and drafts its orders.
    pub(super) fn pick_all(&mut self, now: Now) -> Result<(), StoreError> {
        if self.draining {
            return Ok(());
        }
        for lane in 0..self.schedule.lanes() {
            while let Some(id) = self.schedule.pick(lane, now.wall) {
                self.send(id, now)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        if !self.fetch(id)? {
            return Ok(());
        }
        let Some(life) = self.lives.get(&id) else { return Ok(()) };
        let (lane, fresh) = (life.lane, life.fresh);
        if !self.open_body(id)? || (!fresh && self.is_withdrawn(id)?) {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let submits = match submits(&setup.operators[lane], head, body, now) {
            Ok(submits) => submits,
            Err(why) => {
                tracing::error!(message = id.0, "can't be sent: {why}");
                self.end(id, State::Failed, now);
                return Ok(());
            }
        };
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let Some(message) = &mut life.message else { return Ok(()) };
        message.head.state = State::InFlight;
        message.head.attempts = message.head.attempts.saturating_add(1);
        message.head.parts = submits.total;
        life.worst = Worst::default();
        life.out = submits.list.iter().fold(0, |out, (part, _)| out | 1 << part);
        Self::touch(&mut self.dirty, life);
        self.in_flight += submits.list.len();
        self.schedule.marked(lane, submits.list.len() as u32);
        for (part, submit) in submits.list {
            let order = Order::Submit { token: token(id, part), submit: Box::new(submit) };
            self.effects.push_back(Effect::Order(lane, order));
        }
        Ok(())
    }

    pub(super) fn handle_submitted(
        &mut self,
        token: u64,
        status: Status,
        meaning: Meaning,
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
                // Kept until the whole message is accepted: another part's success is no news of this one.
                message.head.status = status.0;
            }
        }
        self.heard(id, part, Worst::of(meaning), now);
        Ok(())
    }

    pub(super) fn handle_unknown(&mut self, token: u64, now: Now) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        if !self.is_out(id, part) || !self.fetch(id)? {
            return Ok(());
        }
        self.tally.unknown += 1;
        self.heard(id, part, Worst::Unknown, now);
        Ok(())
    }

    pub(super) fn handle_returned(&mut self, token: u64, now: Now) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        if !self.is_out(id, part) || !self.fetch(id)? {
            return Ok(());
        }
        self.heard(id, part, Worst::Returned, now);
        Ok(())
    }

    /// An answer that came after its part had been given up as unknown: good news is believed.
    pub(super) fn handle_late(
        &mut self,
        token: u64,
        meaning: Meaning,
        now: Now,
    ) -> Result<(), StoreError> {
        let (id, part) = of_token(token);
        let waits = self.lives.get(&id).is_some_and(|life| life.out & (1 << part) == 0);
        if meaning != Meaning::Ok || !waits || !self.fetch(id)? {
            return Ok(());
        }
        let Some(life) = self.lives.get_mut(&id) else { return Ok(()) };
        let Some(message) = &mut life.message else { return Ok(()) };
        message.head.accepted |= 1 << part;
        Self::touch(&mut self.dirty, life);
        if life.out == 0 {
            self.settle_if_accepted(id, now);
        }
        Ok(())
    }

    /// One part has been heard of; once all have, the try counts as what it came to and the message goes on.
    fn heard(&mut self, id: MessageId, part: u8, worst: Worst, now: Now) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(life) = self.lives.get_mut(&id) else { return };
        life.out &= !(1 << part);
        life.worst = life.worst.max(worst);
        Self::touch(&mut self.dirty, life);
        if life.out != 0 || self.settle_if_accepted(id, now) {
            return;
        }
        let Some(life) = self.lives.get_mut(&id) else { return };
        let worst = life.worst;
        let Some(message) = &mut life.message else { return };
        let head = &mut message.head;
        // It was counted when it was marked, because a crash can't tell what left; nothing of it did.
        head.attempts = head.attempts.saturating_sub(u16::from(worst == Worst::Returned));
        head.failures = head.failures.saturating_add(u16::from(worst.is_failure()));
        let options = &self.setup.options;
        let policy = Policy {
            min: options.retry_min,
            max: options.retry_max,
            failures_max: options.retries_max,
        };
        let next = policy.next(worst, head.class, head.failures);
        head.state = if worst == Worst::Unknown { State::Unknown } else { State::Queued };
        let (lane, promised) = (life.lane, life.promised);
        match next {
            Next::Now => self.schedule.ready(lane, promised, id),
            Next::After(pause) => {
                let pause = self.draft.dice().jittered(pause);
                self.schedule.wait(now.mono + pause, id);
            }
            Next::Fail => {
                let status = Status(message.head.status);
                tracing::warn!(message = id.0, "failed: {status}");
                self.end(id, State::Failed, now);
            }
        }
    }

    fn settle_if_accepted(&mut self, id: MessageId, now: Now) -> bool {
        let Some(life) = self.lives.get_mut(&id) else { return false };
        let Some(message) = &mut life.message else { return false };
        let head = &mut message.head;
        if head.parts == 0 || head.accepted.count_ones() < u32::from(head.parts) {
            return false;
        }
        head.status = Status::ROK.0;
        self.tally.accepted += 1;
        self.tally.late += u64::from(now.wall > head.promised);
        self.end(id, State::Accepted, now);
        true
    }

    /// A message whose time has run out. What is in flight is left to its answer.
    pub(super) fn expire(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let Some(life) = self.lives.get(&id) else { return Ok(()) };
        if life.out != 0 {
            let again = now.wall + self.setup.options.retry_min;
            let life_worthless = life.worthless.max(again);
            self.schedule.expires(life_worthless, id);
            if let Some(life) = self.lives.get_mut(&id) {
                life.worthless = life_worthless;
            }
            return Ok(());
        }
        if self.fetch(id)? {
            tracing::warn!(message = id.0, "expired before it could leave");
            self.end(id, State::Expired, now);
        }
        Ok(())
    }

    /// A pause is over.
    pub(super) fn make_ready(&mut self, id: MessageId) {
        if let Some(life) = self.lives.get(&id)
            && life.out == 0
        {
            self.schedule.ready(life.lane, life.promised, id);
        }
    }

    /// Carries a question out again that was open when the process ended.
    pub(super) fn ask_again(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        if !self.open_body(id)? {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let bank = head.bank;
        let said = body.said.clone();
        let place = setup.services.iter().position(|entry| entry.service.name == body.service);
        let (Some(place), Some(phone)) = (place, body.phone()) else {
            self.end(id, State::Refused, now);
            return Ok(());
        };
        let service = &setup.services[place].service;
        let caller = self.callers.load(&self.draft, bank, phone)?;
        let command = Command::of(service.understand(|| said.chars()));
        let local = service.zone.local(now.wall);
        let records = &mut self.draft;
        let mut desk = Desk { service, bank, caller: &caller, local, records };
        let outcome = command.carry_out(&mut desk)?;
        self.follow(id, place, outcome, now)
    }

    fn is_out(&self, id: MessageId, part: u8) -> bool {
        self.lives.get(&id).is_some_and(|life| life.out & (1 << part) != 0)
    }

    /// Makes sure that a life has its record in memory; false where there is no such life.
    fn fetch(&mut self, id: MessageId) -> Result<bool, StoreError> {
        let Some(life) = self.lives.get_mut(&id) else { return Ok(false) };
        if life.message.is_none() {
            life.message = Message::load(&self.draft, life.bank, id)?.map(Box::new);
        }
        Ok(life.message.is_some())
    }

    /// Opens a life's body; false where its customer was forgotten.
    fn open_body(&mut self, id: MessageId) -> Result<bool, StoreError> {
        match self.lives.get_mut(&id).and_then(|life| life.message.as_mut()) {
            Some(message) => Ok(message.body(&self.draft)?.is_some()),
            None => Ok(false),
        }
    }

    /// A life's head and its body, which was opened.
    fn opened(&self, id: MessageId) -> Option<(&Head, &Body)> {
        let message = self.lives.get(&id)?.message.as_ref()?;
        Some((&message.head, message.open_body()?))
    }

    /// Whether the number changed hands since the message was queued, its customer left it, or ended the
    /// subscription that it follows from.
    fn is_withdrawn(&self, id: MessageId) -> Result<bool, StoreError> {
        let Some((head, body)) = self.opened(id) else { return Ok(false) };
        let (Some(customer), Some(phone)) =
            (head.customer, body.phone().map(|number| PhoneId::of(self.draft.keyring(), number)))
        else {
            return Ok(false);
        };
        let known = Phone::load(&self.draft, head.bank, phone)?;
        let left = known.is_none_or(|phone| {
            phone.generation != head.generation || !phone.customers.contains(&customer)
        });
        let Some(about) = head.about.filter(|_| !left) else { return Ok(left) };
        let list = Subscriptions::load(&self.draft, head.bank, customer, phone)?;
        Ok(!list.find(about.topic, about.item).is_some_and(|wanted| wanted.active))
    }
}

/// The parts of a message that are still to be sent.
struct Submits {
    total: u8,
    list: Vec<(u8, Submit)>,
}

fn submits(
    operator: &OperatorSetup,
    head: &Head,
    body: &Body,
    now: Now,
) -> Result<Submits, String> {
    let options = EncodeOptions {
        policy: operator.policy,
        alphabet: operator.alphabet,
        ..EncodeOptions::default()
    };
    let Encoded { data_coding, parts, .. } =
        encode(&body.reply, &options, head.id.0 as u16).map_err(|error| error.to_string())?;
    let total = u8::try_from(parts.len()).map_err(|error| error.to_string())?;
    let mut list = Vec::with_capacity(parts.len());
    for (number, part) in (0u8..).zip(parts) {
        if head.accepted & (1 << number) == 0 {
            list.push((number, submit(operator, head, body, data_coding, part, now)?));
        }
    }
    Ok(Submits { total, list })
}

fn submit(
    operator: &OperatorSetup,
    head: &Head,
    body: &Body,
    data_coding: u8,
    part: Part,
    now: Now,
) -> Result<Submit, String> {
    let (source_ton, source_npi) = operator.source;
    let (destination_ton, destination_npi) = operator.destination;
    let address =
        |ton, npi, digits: &str| Address::new(ton, npi, digits).map_err(|e| e.to_string());
    Ok(Submit {
        service_type: Default::default(),
        source: address(source_ton, source_npi, &body.code.to_string())?,
        destination: address(destination_ton, destination_npi, &body.phone.to_string())?,
        esm_class: if part.udh { ESM_UDHI } else { 0 },
        priority: 0,
        validity: Some(head.worthless.since(now.wall)),
        registered_delivery: operator.registered_delivery,
        data_coding,
        user_message_reference: Some(head.id.0 as u16),
        short_message: ShortMessage::new(Bytes::from(part.octets))
            .map_err(|error| error.to_string())?,
    })
}
