//! From the bank's news to the alerts that follow from it.
//!
//! An event is acknowledged once the batch is on disk that holds both it and every alert that it
//! leads to: what was acknowledged can't be half done. The same (bank, source, id) counts once, for
//! [`EVENTS_KNOWN`]; what is older is refused, since nobody could tell any more.

use std::ops::ControlFlow;
use std::time::Duration;

use super::door::{Response, Ticket, Verdict};
use super::tell::Unasked;
use super::{Effect, Engine};
use crate::alert::{Alert, alerts, class_of};
use crate::bank::event::{Event, News};
use crate::bank::{Bank, BankId};
use crate::base::now::{Now, Wall};
use crate::customer::reissue;
use crate::service::file::ReissuedCard;
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError, Table, u64_at, u128_at};

/// Events that were taken, by the keyed hash of their identity.
const EVENTS: Table = Table::journal(66, "events");
/// The same by when they were taken, so that they can be forgotten in order.
const EVENT_TIMES: Table = Table::journal(67, "times of events");

const HASH_EVENT: u8 = 7;
const HASH_ORDER: u8 = 8;
const HASH_NOTICE: u8 = 11;

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
        self.effects.push(Effect::Response(ticket, Response::Event(verdict)));
        Ok(())
    }

    pub(super) fn take_event(
        &mut self,
        place: usize,
        event: &Event,
        now: Now,
    ) -> Result<Verdict, StoreError> {
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
        // The bank and our own calendar may tell of the same: one account and date, one notice.
        let notice = self.notice_of(place, event);
        let told_before = match notice {
            Some(notice) => {
                let records: &dyn Records = &self.draft;
                records.read::<Wall>(&EVENTS.key(bank.0).u128(notice))?.is_some()
            }
            None => false,
        };
        let completed = self.bank.complete(bank, &event.news, &self.draft)?;
        let completed = completed.map(|news| Event { news, ..event.clone() });
        let event = completed.as_ref().unwrap_or(event);
        let worthless = event.time + self.worthless_after(class_of(event.news.kind()));
        let mut drafts = Vec::new();
        if now.wall < worthless && !told_before {
            for at in 0..self.setup.services.len() {
                let entry = &self.setup.services[at];
                if entry.bank == place {
                    let found = alerts(event, &entry.service, bank, &self.draft)?;
                    drafts.extend(found.into_iter().map(|alert| (at, alert)));
                }
            }
        }
        let runs = if now.wall < worthless { self.runs_of(place, &event.news) } else { Vec::new() };
        if !self.takes(drafts.len()) || (!runs.is_empty() && self.runs.are_many()) {
            return Ok(Verdict::Full);
        }
        let records: &mut dyn Records = &mut self.draft;
        for known in [Some(identity), notice.filter(|_| !told_before)].into_iter().flatten() {
            records.write(EVENTS.key(bank.0).u128(known), &now.wall);
            records.write(time_key(bank, now.wall).u128(known), &());
        }
        let services = &self.setup.services;
        if let Some(entry) = services.iter().find(|entry| entry.bank == place) {
            let on = entry.service.zone.date(event.time);
            self.bank.learn(bank, &event.news, on, records)?;
            if let News::CardReissued(card) = &event.news
                && entry.service.reissued_card == ReissuedCard::Replaces
            {
                let new = card.new_card.as_deref().filter(|new| !new.trim().is_empty());
                reissue(records, bank, &card.card, new, card.last4)?;
                self.callers.forget_all();
            }
        }
        for (service, run) in runs {
            self.begin_run(service, run, worthless);
        }
        let stale = now.wall >= worthless;
        let told = drafts.len();
        for (service, alert) in drafts {
            let unasked = Unasked {
                order: self.order_of(event, &alert),
                customer: Some(alert.customer),
                number: alert.number,
                phone: alert.phone,
                about: Some(alert.about),
                class: alert.class,
                cause: identity,
                command: event.news.kind().name(),
                worthless: event.time + self.worthless_after(alert.class),
                text: alert.text,
                wording: alert.wording,
            };
            self.queue_unasked(service, bank, unasked, now);
        }
        Ok(Verdict::Taken { alerts: told, stale })
    }

    /// What a notice that our own calendar makes too counts once by: its kind, account and date.
    fn notice_of(&self, place: usize, event: &Event) -> Option<u128> {
        let entry = self.setup.services.iter().find(|entry| entry.bank == place)?;
        let on = entry.service.zone.date(event.time);
        let (account, date) = match &event.news {
            News::OverdraftExpiring(overdraft) => (&overdraft.account, overdraft.date),
            News::DepositMaturing(deposit) => (&deposit.account, Some(deposit.matures)),
            News::LoanBalance(loan) => (&loan.account, loan.date),
            _ => return None,
        };
        let (kind, date) = (event.news.kind().name(), date.unwrap_or(on));
        let text = format!("{kind} {} {date}", account.reveal());
        Some(self.draft.keyring().hash(HASH_NOTICE, text.as_bytes()))
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
    let taken = Wall::from_millis(i64::try_from(u64_at(key, 3)?).ok()?);
    Some((taken, u128_at(key, 11)?))
}
