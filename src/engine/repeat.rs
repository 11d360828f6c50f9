//! A deliver_sm that came before, and the proof that it can't come again.

use super::Engine;
use super::buy::in_order;
use super::receive::{Arrival, Door};
use crate::bank::{Bank, BankId, Reference};
use crate::base::msisdn::ShortCode;
use crate::base::now::Now;
use crate::command::pay;
use crate::inbox::repeats::Suspect;
use crate::message::{Body, Head, Message, MessageId, State};
use crate::purchase::Purchase;
use crate::smpp::status::Status;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// Answers what came before, and anything while the door is closed; false for what is to be
    /// taken.
    pub(super) fn is_turned_away(
        &mut self,
        arrival: &Arrival,
        now: Now,
    ) -> Result<bool, StoreError> {
        let &Arrival { door, code, fingerprint, .. } = arrival;
        let window = self.setup.options.repeat_window;
        let copy = || self.repeats.find_copy(fingerprint, door.link, now.mono);
        let suspect = self.repeats.find(fingerprint).or_else(copy);
        let suspect = suspect.filter(|suspect| now.wall.since(suspect.received) < window);
        if suspect.is_some_and(|suspect| self.take_repeat_of_living(door, suspect)) {
            return Ok(true);
        }
        if !self.takes(1) {
            self.tally.refused += 1;
            let status = if self.draining { Status::RX_T_APPN } else { Status::RMSGQFUL };
            self.respond(door, status);
            return Ok(true);
        }
        match suspect.filter(|suspect| suspect.changes) {
            Some(suspect) => self.take_repeat_of_change(door, code, suspect, now),
            None => Ok(false),
        }
    }

    /// A deliver_sm that came before and whose reply is still on its way: it needs no other. False
    /// where that message has ended.
    fn take_repeat_of_living(&mut self, door: Door, suspect: Suspect) -> bool {
        let lives = self.lives.contains_key(&suspect.id);
        if lives {
            self.tally.repeated += 1;
            self.respond_to(door, Status::ROK, Some(suspect.id), suspect.changes);
        }
        lives
    }

    /// A change that came before and was carried out: the customer gets the stored reply again, and
    /// nothing is done again. False where the first one's record is gone, so that it counts as new.
    fn take_repeat_of_change(
        &mut self,
        door: Door,
        code: ShortCode,
        suspect: Suspect,
        now: Now,
    ) -> Result<bool, StoreError> {
        let Some(mut first) = Message::load(&self.draft, suspect.bank, suspect.id)? else {
            return Ok(false);
        };
        let Some(mut body) = first.body(&self.draft)?.cloned() else { return Ok(false) };
        if suspect.money {
            self.bring_up_to_date(suspect, &mut body)?;
        }
        self.tally.repeated += 1;
        if body.reply.is_empty() {
            // The first one was deliberately not answered.
            self.respond_to(door, Status::ROK, Some(suspect.id), true);
            return Ok(true);
        }
        // The first reply may have left by another operator, from its code.
        body.code = code.word();
        let operator = self.operators[door.lane];
        let id = self.new_id();
        let Head { bank, class, customer, generation, fingerprint, phone, changes, money, .. } =
            first.head;
        let head = Head {
            state: State::Queued,
            customer,
            generation,
            fingerprint,
            parts_in: first.head.parts_in.clone(),
            phone,
            changes,
            money,
            order: if suspect.money { in_order(Reference(suspect.id.0)) } else { 0 },
            promised: now.wall + self.setup.options.reply_promise,
            worthless: now.wall + self.setup.options.reply_worthless,
            ..Head::new(id, bank, operator, class, now.wall)
        };
        let (order, promised) = (head.order, head.promised);
        // Not fresh: the number may have changed hands since the first one.
        self.begin_life(door.lane, Message::new(head, body), false);
        if self.orders.enter(order, id) {
            self.schedule.ready(door.lane, promised, id);
        }
        // From here on this one stands for the first, on disk too.
        self.repeats.clear(suspect.id);
        first.head.proved = true;
        first.save(&mut self.draft);
        let link = Some(door.link);
        self.repeats.suspect(Suspect { id, received: now.wall, link, ..suspect });
        self.respond_to(door, Status::ROK, Some(id), true);
        Ok(true)
    }

    /// The stored reply of an order that is carried out, or was, becomes one that says how it stands
    /// now.
    fn bring_up_to_date(&self, suspect: Suspect, body: &mut Body) -> Result<(), StoreError> {
        let purchase = Purchase::load(&self.draft, suspect.bank, Reference(suspect.id.0))?;
        let Some(Purchase { head, body: Some(order) }) = purchase else { return Ok(()) };
        if let Some(place) = self.setup.service_called(&order.service) {
            let service = &self.setup.services[place].service;
            let reply = pay::standing(service, &head, &order);
            body.text = service.text_name(reply.text).to_owned();
            body.reply = reply.wording;
        }
        Ok(())
    }

    /// The SMSC surely has our answer to this message.
    pub(super) fn handle_proved(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        match self.repeats.prove(id, now.mono) {
            Some(suspect) => self.mark_proved(suspect.bank, id),
            None => Ok(()),
        }
    }

    pub(super) fn end_suspicion_of_changes(
        &mut self,
        bank: BankId,
        sender: u128,
    ) -> Result<(), StoreError> {
        for suspect in self.repeats.clear_changes_of(bank, sender) {
            self.mark_proved(suspect.bank, suspect.id)?;
        }
        Ok(())
    }

    fn mark_proved(&mut self, bank: BankId, id: MessageId) -> Result<(), StoreError> {
        if let Some(life) = self.lives.get_mut(&id) {
            if let Some(message) = life.fetch(&self.draft)? {
                message.head.proved = true;
            }
            Self::touch(&mut self.dirty, life);
        } else if let Some(mut message) = Message::load(&self.draft, bank, id)? {
            message.head.proved = true;
            message.save(&mut self.draft);
        }
        Ok(())
    }
}
