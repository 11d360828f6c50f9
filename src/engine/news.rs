//! From the bank's news to the alerts that follow from it.
//!
//! An event is acknowledged once the batch is on disk that holds both it and every alert that it leads to:
//! what was acknowledged can't be half done. The same (bank, source, id) counts once, for
//! [`EVENTS_KNOWN`]; what is older is refused, since nobody could tell any more.

use std::ops::ControlFlow;
use std::time::Duration;

use super::door::{Response, Ticket, Verdict};
use super::{Effect, Engine};
use crate::alert::{Alert, alerts, class_of};
use crate::bank::event::Event;
use crate::bank::{Bank, BankId};
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::{Now, Wall};
use crate::customer::Phone;
use crate::message::{Body, Class, Head, Message, State};
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError, Table};

/// Events that were taken, by the keyed hash of their identity.
const EVENTS: Table = Table::journal(66, "events");
/// The same by when they were taken, so that they can be forgotten in order.
const EVENT_TIMES: Table = Table::journal(67, "times of events");

const HASH_EVENT: u8 = 7;
const HASH_ORDER: u8 = 8;

/// How long an event is known by its identity (design, section 4).
const EVENTS_KNOWN: Duration = Duration::from_secs(45 * 86_400);

/// How far an event's time may lie ahead of our clock.
const AHEAD_MAX: Duration = Duration::from_secs(3_600);

/// Events forgotten in one turn, at most.
const FORGOTTEN_MAX: usize = 1_024;

impl<S: Store, B: Bank> Engine<S, B> {
    /// An event came in through the door of `bank`.
    pub(super) fn handle_event(
        &mut self,
        ticket: Ticket,
        bank: usize,
        event: &Event,
        now: Now,
    ) -> Result<(), StoreError> {
        let verdict = self.take_event(bank, event, now)?;
        match verdict {
            Verdict::Taken { .. } => self.tally.events += 1,
            Verdict::Known => self.tally.events_known += 1,
            Verdict::TooOld | Verdict::Ahead | Verdict::Full => self.tally.events_refused += 1,
        }
        self.effects.push_back(Effect::Response(ticket, Response::Event(verdict)));
        Ok(())
    }

    fn take_event(&mut self, place: usize, event: &Event, now: Now) -> Result<Verdict, StoreError> {
        let bank = self.banks[place];
        if now.wall.since(event.time) > EVENTS_KNOWN {
            return Ok(Verdict::TooOld);
        }
        if event.time.since(now.wall) > AHEAD_MAX {
            return Ok(Verdict::Ahead);
        }
        let identity = self.identity_of(event);
        let key = EVENTS.key(bank.0).u128(identity);
        let records: &mut dyn Records = &mut self.draft;
        if records.read::<Wall>(&key)?.is_some() {
            return Ok(Verdict::Known);
        }
        let counted = self.bank.balance_after(bank, &event.news, &self.draft)?;
        let event = &event.with_balance(counted);
        let worthless = event.time + self.worthless_after(class_of(event.news.kind()));
        let mut drafts = Vec::new();
        if now.wall < worthless {
            for at in 0..self.setup.services.len() {
                let entry = &self.setup.services[at];
                if entry.bank == place {
                    let found = alerts(event, &entry.service, bank, &self.draft)?;
                    drafts.extend(found.into_iter().map(|alert| (at, alert)));
                }
            }
        }
        if self.closed
            || self.draining
            || self.lives.len() + drafts.len() > self.setup.options.live_max
        {
            return Ok(Verdict::Full);
        }
        let records: &mut dyn Records = &mut self.draft;
        records.write(key, &now.wall);
        records.write(time_key(bank, now.wall).u128(identity), &());
        let services = &self.setup.services;
        if let Some(entry) = services.iter().find(|entry| entry.bank == place) {
            let on = entry.service.zone.date(event.time);
            self.bank.learn(bank, &event.news, on, records)?;
        }
        let stale = now.wall >= worthless;
        let told = drafts.len();
        for (service, alert) in drafts {
            self.queue_alert(service, bank, identity, event, alert, now);
        }
        Ok(Verdict::Taken { alerts: told, stale })
    }

    /// Makes a message of an alert; it leaves in order with those of its account or card before it.
    fn queue_alert(
        &mut self,
        service: usize,
        bank: BankId,
        cause: u128,
        event: &Event,
        alert: Alert,
        now: Now,
    ) {
        let id = self.new_id();
        let way = self.way_to(service, &alert.phone, alert.number);
        let lane = way.map_or(0, |(lane, _)| lane);
        let head = Head {
            customer: Some(alert.customer),
            generation: alert.phone.generation,
            about: Some(alert.about),
            order: self.order_of(event, &alert),
            fingerprint: cause,
            proved: true,
            state: State::Queued,
            promised: now.wall + self.promised_after(alert.class),
            worthless: event.time + self.worthless_after(alert.class),
            ..Head::new(id, bank, self.operators[lane], alert.class, now.wall)
        };
        let entry = &self.setup.services[service].service;
        let body = Body {
            phone: alert.number.word(),
            code: way.map_or(0, |(_, code)| code.word()),
            said: String::new(),
            service: entry.name.clone(),
            command: event.news.kind().name().to_owned(),
            text: entry.text_name(alert.text).to_owned(),
            reply: alert.wording,
        };
        self.tally.alerts += 1;
        let (order, promised) = (head.order, head.promised);
        self.begin_life(lane, Message::new(head, body), true);
        if way.is_none() {
            tracing::error!(message = id.0, "no route with `alerts = true` leads to its phone");
            self.end(id, State::Refused, now);
        } else if self.orders.enter(order, id) {
            self.schedule.ready(lane, promised, id);
        }
    }

    /// By which operator, and from which code, a phone is written to unasked: the operator that was noted
    /// for it (CA-25), else the one whose prefix its number has, else any of its country.
    fn way_to(&self, service: usize, phone: &Phone, number: Msisdn) -> Option<(usize, ShortCode)> {
        let operators = &self.setup.operators;
        let noted = phone
            .operator
            .as_ref()
            .and_then(|name| operators.iter().position(|operator| operator.name == *name));
        let by_prefix = || {
            operators
                .iter()
                .position(|operator| operator.prefixes.iter().any(|p| number.starts_with(p)))
        };
        let lane = noted.or_else(by_prefix);
        let mut routes = self.setup.routes.iter().filter(|r| r.service == service && r.alerts);
        let found = routes.find(|route| match lane {
            Some(lane) => route.operator == lane,
            None => number.starts_with(&operators[route.operator].country_code),
        });
        found.map(|route| (route.operator, route.code))
    }

    fn promised_after(&self, class: Class) -> Duration {
        let options = &self.setup.options;
        match class {
            Class::Card => options.card_promise,
            Class::Reply => options.reply_promise,
            Class::Alert | Class::Report | Class::Notice => options.alert_promise,
        }
    }

    fn worthless_after(&self, class: Class) -> Duration {
        let options = &self.setup.options;
        match class {
            Class::Reply => options.reply_worthless,
            Class::Card | Class::Alert | Class::Report | Class::Notice => options.alert_worthless,
        }
    }

    fn identity_of(&self, event: &Event) -> u128 {
        let mut octets = Vec::with_capacity(event.source.len() + event.id.len() + 1);
        octets.extend_from_slice(event.source.as_bytes());
        octets.push(0);
        octets.extend_from_slice(event.id.as_bytes());
        self.draft.keyring().hash(HASH_EVENT, &octets)
    }

    /// What an alert leaves in order with: those of one account or card, class and phone.
    fn order_of(&self, event: &Event, alert: &Alert) -> u64 {
        let account = event.news.account().map(|number| number.reveal().as_bytes());
        let Some(subject) = account.or(event.news.card().map(str::as_bytes)) else { return 0 };
        let mut octets = Vec::with_capacity(subject.len() + 12);
        octets.extend_from_slice(&alert.number.word().to_be_bytes());
        octets.push(alert.class as u8);
        octets.extend_from_slice(subject);
        let hash = self.draft.keyring().hash(HASH_ORDER, &octets);
        // Half of the hash is enough: two that meet only wait for one another.
        (hash as u64).max(1)
    }

    /// Forgets events that nobody will send again; true if there may be more of them.
    pub(super) fn forget_old_events(&mut self, now: Now) -> Result<bool, StoreError> {
        let mut more = false;
        for bank in self.banks.clone() {
            let mut old = Vec::new();
            self.draft.store().scan(&EVENT_TIMES.key(bank.0), None, &mut |key, _| {
                let Some((taken, identity)) = split_time_key(key) else {
                    return ControlFlow::Continue(());
                };
                if now.wall.since(taken) <= EVENTS_KNOWN || old.len() == FORGOTTEN_MAX {
                    return ControlFlow::Break(());
                }
                old.push((taken, identity));
                ControlFlow::Continue(())
            })?;
            more |= old.len() == FORGOTTEN_MAX;
            for (taken, identity) in old {
                self.draft.delete(EVENTS.key(bank.0).u128(identity));
                self.draft.delete(time_key(bank, taken).u128(identity));
            }
        }
        Ok(more)
    }
}

fn time_key(bank: BankId, taken: Wall) -> Key {
    EVENT_TIMES.key(bank.0).u64(taken.as_millis().unsigned_abs())
}

fn split_time_key(key: &[u8]) -> Option<(Wall, u128)> {
    let millis = u64::from_be_bytes(key.get(3..11)?.try_into().ok()?);
    let identity = u128::from_be_bytes(key.get(11..27)?.try_into().ok()?);
    Some((Wall::from_millis(i64::try_from(millis).ok()?), identity))
}
