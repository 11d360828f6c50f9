//! Runs go on: a page of recipients a turn, after what is urgent, and only seconds of work for each
//! operator (design, idea 5).
//!
//! A run has a pass for each operator that its service's alerts leave by. A turn advances one pass
//! of one run, by at most [`PAGE`] customers and until the operator has [`WORK`] of reports and
//! notices before it. The cursor and the messages are one batch: a crash finds both or neither. An
//! operator that is down has no pass advanced; it goes on once it is up, or never, when the run is
//! no longer worth it.

mod fees;
mod offers;
mod reports;
mod steer;

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::network::ways;
use super::rounds::PAGE;
use super::tell::Unasked;
use crate::bank::{Bank, BankId, CustomerId};
use crate::base::msisdn::Msisdn;
use crate::base::now::{Now, Wall};
use crate::customer::{Customer, Phone, PhoneId};
use crate::message::{About, Class};
use crate::run::{Kind, Pass, Run, RunId};
use crate::service::texts::TextId;
use crate::store::draft::Records;
use crate::store::{Store, StoreError};

const HASH_RECIPIENT: u8 = 34;

/// Reports and notices that an operator has before it, at most.
const WORK: Duration = Duration::from_secs(5);

/// Runs under way at one time; above it the bank is told to ask again later.
const RUNS_MAX: usize = 64;

/// The runs under way, and what operators have before them of runs.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) list: Vec<Live>,
    /// Live messages of runs, by operator.
    queued: Vec<u64>,
    /// Which run is advanced next: each in its turn.
    next: usize,
}

/// A run under way.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) id: RunId,
    place: usize,
    run: Run,
}

/// What is to be done of a run.
enum Step {
    /// Customers of an operator are looked at.
    Page { lane: usize, after: u64 },
    /// It is over: what is left of it goes.
    Sweep,
}

/// A phone of a customer who is looked at.
struct Reached {
    number: Msisdn,
    id: PhoneId,
    phone: Phone,
}

/// What one recipient is told.
struct Told {
    customer: CustomerId,
    about: Option<About>,
    class: Class,
    text: TextId,
    wording: String,
    /// What tells him from other recipients, behind the phone: an account.
    subject: String,
}

impl Runs {
    /// None yet.
    pub(super) fn new(operators: usize) -> Runs {
        Runs { list: Vec::new(), queued: vec![0; operators], next: 0 }
    }

    /// A report or notice lives, or has ended.
    pub(super) fn count(&mut self, lane: usize, lives: bool) {
        if let Some(queued) = self.queued.get_mut(lane) {
            *queued = if lives { *queued + 1 } else { queued.saturating_sub(1) };
        }
    }

    /// Whether no more may be begun just now.
    pub(super) fn are_many(&self) -> bool {
        self.list.len() >= RUNS_MAX
    }
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Reads the runs under way. Those of a service that was taken out wait for it.
    pub(super) fn recover_runs(&mut self) -> Result<(), StoreError> {
        for bank in self.banks.clone() {
            for (id, run) in RunId::all(self.draft.store(), bank)? {
                match self.services.iter().position(|service| *service == run.service) {
                    Some(place) => self.runs.list.push(Live { id, place, run }),
                    None => tracing::warn!(run = id.number, "its service is gone: it waits"),
                }
            }
        }
        Ok(())
    }

    /// Begins a run; it goes on from the next turn.
    pub(super) fn begin_run(&mut self, place: usize, kind: Kind, worthless: Wall) {
        let routes = self.setup.routes.iter().filter(|r| r.service == place && r.alerts);
        let pass = |lane: usize| Pass { operator: self.operators[lane], after: 0 };
        let passes = routes.map(|route| pass(route.operator)).collect();
        let bank = self.banks[self.setup.services[place].bank];
        let id = RunId { bank, number: self.new_id().0 };
        let run =
            Run { service: self.services[place], kind, worthless, passes, told: 0, paused: false };
        tracing::info!(run = id.number, kind = run.kind.name(), "a run begins");
        id.save(&mut self.draft, &run);
        self.runs.list.push(Live { id, place, run });
    }

    /// Whether a run can go on at once.
    pub(super) fn has_run_to_go(&self, now: Wall) -> bool {
        self.next_step(now).is_some()
    }

    /// Goes on with the next run that can, by a page.
    pub(super) fn go_runs(&mut self, now: Now) -> Result<(), StoreError> {
        let Some((at, step)) = self.next_step(now.wall) else { return Ok(()) };
        self.runs.next = at + 1;
        match step {
            Step::Page { lane, after } => self.go_on_with(at, lane, after, now),
            Step::Sweep => self.sweep(at),
        }
    }

    fn next_step(&self, now: Wall) -> Option<(usize, Step)> {
        let (runs, has_room) = (&self.runs.list, !self.closed && !self.draining);
        let in_turn = (0..runs.len()).map(|n| (self.runs.next + n) % runs.len());
        in_turn.filter(|_| has_room).find_map(|at| Some((at, self.step_of(&runs[at], now)?)))
    }

    fn step_of(&self, live: &Live, now: Wall) -> Option<Step> {
        if live.run.passes.is_empty() || live.run.worthless <= now {
            return Some(Step::Sweep);
        }
        if live.run.paused {
            return None;
        }
        let service = &self.setup.services[live.place].service;
        if matches!(live.run.kind, Kind::Offer { .. }) && !service.tells_offers_at(now) {
            return None;
        }
        live.run.passes.iter().find_map(|pass| {
            let lane = self.operators.iter().position(|operator| *operator == pass.operator)?;
            let can = self.schedule.is_up(lane) && self.has_room_for(lane);
            can.then_some(Step::Page { lane, after: pass.after })
        })
    }

    /// Whether an operator has less before it than it sends in a few seconds.
    fn has_room_for(&self, lane: usize) -> bool {
        let most = u64::from(self.setup.operators[lane].rate) * WORK.as_secs();
        self.runs.queued[lane] < most && self.lives.len() < self.setup.options.live_max
    }

    fn go_on_with(
        &mut self,
        at: usize,
        lane: usize,
        after: u64,
        now: Now,
    ) -> Result<(), StoreError> {
        let mut live = self.runs.list[at].clone();
        let customers = self.customers_after(live.id.bank, after)?;
        let (mut reached, mut seen) = (after, 0);
        for customer in &customers {
            if !self.has_room_for(lane) {
                break;
            }
            if let Some(contract) = Customer::load(&self.draft, live.id.bank, *customer)? {
                live.run.told += self.tell_customer(&live, lane, *customer, &contract, now)?;
            }
            (reached, seen) = (customer.0, seen + 1);
        }
        let operator = self.operators[lane];
        if seen == customers.len() && seen < PAGE {
            live.run.passes.retain(|pass| pass.operator != operator);
        }
        let pass = live.run.passes.iter_mut().find(|pass| pass.operator == operator);
        if let Some(pass) = pass {
            pass.after = reached;
        }
        live.id.save(&mut self.draft, &live.run);
        self.runs.list[at] = live;
        Ok(())
    }

    /// Deletes a page of what is left of a run that is over.
    fn sweep(&mut self, at: usize) -> Result<(), StoreError> {
        let Live { id, run, .. } = &mut self.runs.list[at];
        let (keys, is_all) = id.left(self.draft.store())?;
        keys.into_iter().for_each(|key| self.draft.delete(key));
        if !is_all {
            // Whatever the clock says from now on, it is over.
            if !run.passes.is_empty() {
                run.passes.clear();
                id.save(&mut self.draft, run);
            }
            return Ok(());
        }
        let (unseen, told) = (run.passes.len(), run.told);
        tracing::info!(run = id.number, told, unseen, "a run is over");
        self.runs.list.remove(at);
        Ok(())
    }

    /// Tells a customer by those of his phones that the operator reaches; how many messages.
    fn tell_customer(
        &mut self,
        live: &Live,
        lane: usize,
        customer: CustomerId,
        contract: &Customer,
        now: Now,
    ) -> Result<u64, StoreError> {
        let mut messages = 0;
        for phone in self.reached(live, lane, contract)? {
            for told in self.told(live, customer, contract, &phone, now)? {
                let mut octets = phone.id.0.to_be_bytes().to_vec();
                octets.extend_from_slice(told.subject.as_bytes());
                let recipient = self.draft.keyring().hash(HASH_RECIPIENT, &octets);
                if !live.id.tells(&mut self.draft, recipient)? {
                    continue;
                }
                let unasked = Unasked {
                    customer: Some(told.customer),
                    number: phone.number,
                    phone: phone.phone.clone(),
                    about: told.about,
                    class: told.class,
                    order: 0,
                    cause: recipient,
                    command: live.run.kind.name(),
                    worthless: live.run.worthless,
                    text: told.text,
                    wording: told.wording,
                };
                self.queue_unasked(live.place, live.id.bank, unasked, now);
                messages += 1;
            }
        }
        Ok(messages)
    }

    /// The customer's phones that are written to by this operator.
    fn reached(
        &self,
        live: &Live,
        lane: usize,
        contract: &Customer,
    ) -> Result<Vec<Reached>, StoreError> {
        let mut reached = Vec::new();
        for number in contract.phones.iter().copied() {
            let id = PhoneId::of(self.draft.keyring(), number);
            let Some(phone) = Phone::load(&self.draft, live.id.bank, id)? else { continue };
            let way = ways(&self.setup, live.place, Some(&phone), number).next();
            if way.is_some_and(|way| way.lane == lane) {
                reached.push(Reached { number, id, phone });
            }
        }
        Ok(reached)
    }

    /// What a phone is told.
    fn told(
        &mut self,
        live: &Live,
        customer: CustomerId,
        contract: &Customer,
        phone: &Reached,
        now: Now,
    ) -> Result<Vec<Told>, StoreError> {
        let setup = Arc::clone(&self.setup);
        let service = &setup.services[live.place].service;
        let bank: BankId = live.id.bank;
        match &live.run.kind {
            Kind::Offer { text, wording } => {
                let offer = self.offer(service, bank, customer, phone, text, wording)?;
                Ok(offer.into_iter().collect())
            }
            Kind::Fees(month) => self.fees_told(live.place, customer, contract, phone, *month),
            Kind::Reports { at, .. } => {
                self.reports_told(live, customer, contract, phone, *at, now)
            }
        }
    }
}
