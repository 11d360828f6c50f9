//! Which operator a customer is with, as it shows: by the link that his texts come over, and by
//! trying the others where an SMSC refuses his number as none of its network's.
//!
//! A message that was refused so, and of which no part was accepted, has reached nobody: it leaves
//! by another operator of the number's country from which its service writes, each of them once
//! ([`Head::refused_by`]), in its order and under that operator's pace, as the same record. Whoever
//! takes it is remembered, so that the next message goes there at once.
//!
//! [`Head::refused_by`]: crate::message::Head

use super::Engine;
use super::network::{Way, is_of_country, ways};
use super::setup::Setup;
use crate::bank::{Bank, BankId};
use crate::base::msisdn::ShortCode;
use crate::customer::{Caller, Phone, PhoneId};
use crate::message::{Class, MessageId};
use crate::outbox::Life;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

impl<S: Store, B: Bank> Engine<S, B> {
    /// A customer's text came over an operator: he is with it, as far as the service writes by it.
    /// `caller` is who he was before the text; it may have enrolled him.
    pub(super) fn note_link(
        &mut self,
        bank: BankId,
        (service, lane): (usize, usize),
        caller: &Caller,
        changes: bool,
    ) -> Result<(), StoreError> {
        let name = &self.setup.operators[lane].name;
        let is_news = caller.phone.as_ref().map_or(changes, |phone| {
            phone.link.as_ref() != Some(name) && (changes || !phone.customers.is_empty())
        });
        let mut routes = self.setup.routes.iter();
        let writes = routes.any(|r| r.service == service && r.operator == lane && r.alerts);
        if !is_news || !writes {
            return Ok(());
        }
        let name = name.clone();
        self.remember(bank, caller.id, name)
    }

    /// Notes that a phone of a customer's is with an operator.
    fn remember(&mut self, bank: BankId, id: PhoneId, name: String) -> Result<(), StoreError> {
        let Some(mut phone) = Phone::load(&self.draft, bank, id)? else { return Ok(()) };
        if !phone.customers.is_empty() && phone.link.as_ref() != Some(&name) {
            phone.link = Some(name);
            phone.save(&mut self.draft, bank, id);
            self.callers.forget(bank, id);
        }
        Ok(())
    }

    /// Sends a message another way that was refused as for another network's number; false where
    /// there is no other.
    pub(super) fn go_elsewhere(&mut self, id: MessageId) -> Result<bool, StoreError> {
        if !self.open_body(id)? {
            return Ok(false);
        }
        let Some(way) = self.other_way(id)? else { return Ok(false) };
        let Some(life) = self.lives.get_mut(&id) else { return Ok(false) };
        let Some(message) = &mut life.message else { return Ok(false) };
        let Some(body) = message.change_body() else { return Ok(false) };
        body.code = way.code.word();
        let head = &mut message.head;
        head.refused_by.push(head.operator);
        head.operator = self.operators[way.lane];
        let (from, promised) = (std::mem::replace(&mut life.lane, way.lane), life.promised);
        let is_of_run = life.is_of_run;
        Self::touch(&mut self.dirty, life);
        if is_of_run {
            self.runs.count(from, false);
            self.runs.count(way.lane, true);
        }
        self.tally.elsewhere += 1;
        let [from, to] = [from, way.lane].map(|lane| &self.setup.operators[lane].name);
        tracing::info!(message = id.0, %from, %to, "the wrong network: tried there, {}", way.reason);
        self.schedule.ready(way.lane, promised, id);
        Ok(true)
    }

    /// The way that is left for a refused message, whose body is open: by an operator of the
    /// number's country that hasn't refused it, one that is bound before one that isn't. Only a
    /// customer is looked for: a stranger is answered where he asked, or not at all.
    fn other_way(&self, id: MessageId) -> Result<Option<Way>, StoreError> {
        let Some((head, body)) = self.opened(id) else { return Ok(None) };
        let setup = &self.setup;
        let place = setup.service_called(&body.service);
        let (Some(_), Some(place), Some(number)) = (head.customer, place, body.phone()) else {
            return Ok(None);
        };
        if head.accepted != 0 {
            return Ok(None);
        }
        let at = PhoneId::of(self.draft.keyring(), number);
        let phone = Phone::load(&self.draft, head.bank, at)?;
        let is_left = |way: &Way| {
            let operator = self.operators[way.lane];
            let tried = operator == head.operator || head.refused_by.contains(&operator);
            !tried && is_of_country(setup, way.lane, number)
        };
        let left = || ways(setup, place, phone.as_ref(), number).filter(is_left);
        let way = left().find(|way| self.schedule.is_up(way.lane)).or_else(|| left().next());
        Ok(way.map(|way| match body.code().filter(|_| head.class == Class::Reply) {
            Some(code) if is_route(setup, place, way.lane, code) => Way { code, ..way },
            _ => way,
        }))
    }

    /// A message was accepted: where others had refused it, its customer is with who took it.
    pub(super) fn note_taker(&mut self, id: MessageId) -> Result<(), StoreError> {
        let refused = |life: &Life| life.message.as_ref().map(|m| !m.head.refused_by.is_empty());
        if self.lives.get(&id).and_then(refused) != Some(true) || !self.open_body(id)? {
            return Ok(());
        }
        let (Some((head, body)), Some(life)) = (self.opened(id), self.lives.get(&id)) else {
            return Ok(());
        };
        let Some(number) = body.phone() else { return Ok(()) };
        let (bank, generation) = (head.bank, head.generation);
        let at = PhoneId::of(self.draft.keyring(), number);
        let name = self.setup.operators[life.lane].name.clone();
        match Phone::load(&self.draft, bank, at)? {
            Some(phone) if phone.generation == generation => self.remember(bank, at, name),
            _ => Ok(()),
        }
    }
}

/// Whether a service answers at a code of an operator.
fn is_route(setup: &Setup, service: usize, lane: usize, code: ShortCode) -> bool {
    let mut routes = setup.routes.iter();
    routes.any(|r| r.service == service && r.operator == lane && r.code == code)
}
