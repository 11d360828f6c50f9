//! Rounds: by the calendar the daemon looks through a bank's customers for what has to be done.
//!
//! A round is a cursor over the customers, and the day that it is of, on disk with each page: it
//! goes on after a crash where it was, and is made once for each local date, however often the
//! clock changes. A page has at most [`PAGE`] customers and comes after what is urgent, so that a
//! million customers hold up no reply (design, idea 5).
//!
//! Once a day a round looks for what customers are told by the daemon's own calendar ([`notices`]);
//! on the last day of a month it makes charges of their fees ([`charges`]).

mod charges;
mod notices;

use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::bank::{Bank, BankId, CustomerId};
use crate::base::now::{Now, Wall};
use crate::calendar::month::Month;
use crate::customer::{self, Customer};
use crate::run::Kind;
use crate::service::Service;
use crate::store::draft::Records;
use crate::store::{Key, Store, StoreError, Table, u64_at};

const ROUNDS: Table = Table::journal(68, "rounds");
const HASH_ROUND: u8 = 10;

/// Customers looked at in one turn, at most.
pub(super) const PAGE: usize = 256;

/// How far a round has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Progress {
    /// The local date that it is of.
    day: Date,
    /// The last customer that was looked at; `None`: the round is over.
    after: Option<u64>,
}

/// What a round looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    /// What the service's rule with this place tells of.
    Notice(usize),
    /// The month's fees.
    Charges,
    /// The service's reports with this place; they are told by a run.
    Reports(usize),
}

impl Look {
    /// What it is called in keys.
    fn name(self, service: &Service) -> String {
        match self {
            Look::Notice(rule) => {
                format!("{} {}", service.name, service.notices[rule].event.name())
            }
            Look::Charges => format!("{} fees", service.name),
            Look::Reports(at) => {
                let time = service.reports.as_ref().and_then(|reports| reports.at.get(at));
                format!("{} report {}", service.name, time.copied().unwrap_or_default())
            }
        }
    }

    /// The last day whose round needn't be made by a service that is new: a bank that begins in the
    /// afternoon needs no showers of notices, and has no fees of the month before.
    fn made_before(self, service: &Service, now: Wall) -> Date {
        match (self, &service.fees) {
            (Look::Charges, Some(fees)) => fees.month_of(now, &service.zone).previous().last_day(),
            _ => service.zone.date(now),
        }
    }

    /// The day whose round is to begin now, where `made` is that of the last one.
    fn begins(self, service: &Service, made: Date, now: Wall) -> Option<Date> {
        match (self, &service.fees) {
            (Look::Notice(rule), _) => {
                let local = service.zone.local(now);
                let day = local.date();
                (made < day && local.time() >= service.notices[rule].at).then_some(day)
            }
            (Look::Charges, Some(fees)) => {
                // Each month has its own, also where the daemon was down for several.
                let month = Month::of(made).next();
                (now >= fees.charged_at(month, &service.zone)).then(|| month.last_day())
            }
            (Look::Reports(at), _) => {
                let reports = service.reports.as_ref()?;
                let (local, from) = (service.zone.local(now), *reports.at.get(at)?);
                let (day, time) = (local.date(), local.time());
                // Who was down makes up for it on the same day, as long as it makes sense.
                let is_time = from <= time && time < reports.until;
                (made < day && is_time && service.calendar.is_business_day(day)).then_some(day)
            }
            (Look::Charges, None) => None,
        }
    }
}

/// What is looked for in a service, and how far that has come.
#[derive(Debug)]
pub(super) struct Round {
    service: usize,
    look: Look,
    key: Key,
    progress: Progress,
}

impl Round {
    fn is_under_way(&self) -> bool {
        self.progress.after.is_some()
    }
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Reads how far the rounds have come.
    pub(super) fn recover_rounds(&mut self, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        for (service, entry) in setup.services.iter().enumerate() {
            let notices = (0..entry.service.notices.len()).map(Look::Notice);
            let reports = entry.service.reports.iter().flat_map(|reports| 0..reports.at.len());
            let looks = notices
                .chain(entry.service.fees.iter().map(|_| Look::Charges))
                .chain(reports.map(Look::Reports));
            for look in looks {
                let name = look.name(&entry.service);
                let hash = self.draft.keyring().hash(HASH_ROUND, name.as_bytes());
                let key = ROUNDS.key(self.banks[entry.bank].0).u128(hash);
                let records: &mut dyn Records = &mut self.draft;
                let progress = match records.read(&key)? {
                    Some(progress) => progress,
                    None => {
                        let day = look.made_before(&entry.service, now.wall);
                        let made = Progress { day, after: None };
                        records.write(key.clone(), &made);
                        made
                    }
                };
                self.rounds.push(Round { service, look, key, progress });
            }
        }
        Ok(())
    }

    /// Whether a round has more customers to look at.
    pub(super) fn is_on_rounds(&self) -> bool {
        self.rounds.iter().any(Round::is_under_way)
    }

    /// Begins the rounds whose time has come, and goes on with those under way by a page each.
    pub(super) fn go_rounds(&mut self, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        for at in 0..self.rounds.len() {
            let round = &mut self.rounds[at];
            let service = &setup.services[round.service].service;
            if !round.is_under_way()
                && let Some(day) = round.look.begins(service, round.progress.day, now.wall)
            {
                match round.look {
                    Look::Reports(report) => self.begin_reports(at, report, day),
                    _ => round.progress = Progress { day, after: Some(0) },
                }
            }
            if self.rounds[at].is_under_way() {
                self.advance(at, now)?;
            }
        }
        Ok(())
    }

    fn advance(&mut self, at: usize, now: Now) -> Result<(), StoreError> {
        let round = &self.rounds[at];
        let Progress { day, after: Some(after) } = round.progress else { return Ok(()) };
        let (place, look, key) = (round.service, round.look, round.key.clone());
        let bank = self.banks[self.setup.services[place].bank];
        let customers = self.customers_after(bank, after)?;
        for id in &customers {
            let Some(contract) = Customer::load(&self.draft, bank, *id)? else { continue };
            let seen = match look {
                Look::Notice(rule) => self.look_for_notices(place, rule, &contract, day, now)?,
                Look::Charges => {
                    self.charge(place, *id, &contract, Month::of(day))?;
                    true
                }
                // Told by a run, so that nothing is looked for here.
                Look::Reports(_) => true,
            };
            if !seen {
                // The same page again once there is room: what was done counts once.
                return Ok(());
            }
        }
        let next = customers.last().filter(|_| customers.len() == PAGE).map(|id| id.0);
        let progress = Progress { day, after: next };
        self.rounds[at].progress = progress;
        let records: &mut dyn Records = &mut self.draft;
        records.write(key, &progress);
        if look == Look::Charges && next.is_none() {
            self.tell_of_charges(place, Month::of(day), now);
        }
        Ok(())
    }

    /// The reports of a time of day begin: once for each local date.
    fn begin_reports(&mut self, at: usize, report: usize, day: Date) {
        let setup = Arc::clone(&self.setup);
        let round = &mut self.rounds[at];
        round.progress = Progress { day, after: None };
        let (place, key, progress) = (round.service, round.key.clone(), round.progress);
        let records: &mut dyn Records = &mut self.draft;
        records.write(key, &progress);
        let service = &setup.services[place].service;
        let Some(reports) = &service.reports else { return };
        let Some(from) = reports.at.get(report) else { return };
        let worthless = service.zone.wall(day, reports.until);
        self.begin_run(place, Kind::Reports { day, at: *from }, worthless);
    }

    /// The last month whose charges are made, or being made.
    pub(super) fn charged_month(&self, place: usize) -> Option<Month> {
        self.charges(place).map(|round| Month::of(round.progress.day))
    }

    /// Whether the charges of the last month are still being made.
    pub(super) fn is_charging(&self, place: usize) -> bool {
        self.charges(place).is_some_and(Round::is_under_way)
    }

    fn charges(&self, place: usize) -> Option<&Round> {
        self.rounds.iter().find(|round| round.service == place && round.look == Look::Charges)
    }

    /// The bank's customers behind `after`, a page of them.
    pub(super) fn customers_after(
        &self,
        bank: BankId,
        after: u64,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let (prefix, from) = customer::keys_after(bank, CustomerId(after));
        let mut found = Vec::with_capacity(PAGE);
        self.draft.store().scan(&prefix, Some(&from), &mut |key, _| {
            found.extend(u64_at(key, 3).map(CustomerId));
            if found.len() < PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }
}
