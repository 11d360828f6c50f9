//! The engine: inputs in, one batch, effects out. The only place where the features meet.
//!
//! [`Engine::turn`] (`turn`) takes the inputs that have gathered (at most
//! [`crate::base::limits::TURN_INPUTS_MAX`]), handles each
//! against the last committed batch and the one being built, commits once, and only then releases
//! what follows ([`Engine::poll_effect`]): persist, flush, then act. While a batch commits, new
//! inputs gather. Several steps of one message in one turn are one put.
//!
//! `receive` takes a deliver_sm to its command, `reply` the outcome to the queued reply, `repeat`
//! knows what came before; `news` takes the bank's events, `enrol` the branch's forms; `send` picks
//! what leaves, `hear` draws the consequences of what is heard of it, `receipts` of what became of
//! it; [`network`] knows who serves a number, with the list of [`ported`] ones, and `elsewhere` tries
//! the others where an SMSC says that it doesn't; `switches` are commands that a clerk has switched off; `lookup` shows clerks what was said
//! with a number; `recover` reads a store back
//! in, from the `horizon` on; [`names`] numbers names; [`setup`] is what it all runs on. The engine owns no socket, clock
//! or task; the daemon or a simulation turns it.

mod bill;
mod buy;
mod callers;
pub mod door;
mod effects;
mod elsewhere;
mod enrol;
mod fees;
mod forget;
mod hear;
mod horizon;
mod hours;
mod keep;
pub mod lookup;
pub mod names;
pub mod network;
mod news;
pub mod ported;
mod purge;
mod receipts;
mod receive;
mod recover;
mod repeat;
mod reply;
mod rounds;
mod runs;
mod send;
mod settle;
pub mod setup;
mod switches;
mod tally;
mod tell;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

use crate::bank::{Answer, AskId, Bank, BankId, Reference};
use crate::base::dice::Dice;
use crate::base::now::{ClockGuard, Mono, Now};
use crate::base::seal::Keyring;
use crate::engine::callers::Callers;
use crate::engine::door::{Request, Response, Ticket};
use crate::engine::effects::Effects;
use crate::engine::setup::Setup;
use crate::inbox::allowance::Allowances;
use crate::inbox::parts::Parts;
use crate::inbox::repeats::Repeats;
use crate::message::{MessageId, OperatorId};
use crate::operator::{Order, Report};
use crate::outbox::Life;
use crate::outbox::order::Orders;
use crate::outbox::receipts::Early;
use crate::outbox::schedule::Schedule;
use crate::purchase::watch::Watch;
use crate::sale::{Sold, TopUp};
use crate::store::draft::{Draft, Records};
use crate::store::{Key, Store, StoreError, Table};
use crate::usage::Usages;

pub use recover::StartError;
pub use tally::Tally;

/// Counters and marks of the engine itself.
const ENGINE: Table = Table::journal(2, "engine");

/// Message ids are taken from the store in blocks, so that none is ever used twice.
const IDS_BLOCK: u64 = 10_000;

/// How often the housekeeping looks at free space and at what may be purged.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// Records of live messages kept in memory; beyond it they are read back when they are due.
const RESIDENT_MAX: usize = 50_000;

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// At an operator, as the setup numbers them.
    Operator(usize, Report),
    /// At a remote bank: its answer.
    Answer(AskId, Answer),
    /// At a seller outside this process: his answer.
    Sold(Reference, Sold),
    /// At the door: the bank or one of its clerks asks for something.
    Request(Ticket, Request),
    /// We are to end: nothing new is taken, nothing more is picked.
    Drain,
}

/// Something to be done, now that what it follows from is on disk.
#[derive(Debug)]
pub enum Effect {
    /// By an operator, as the setup numbers them.
    Order(usize, Order),
    /// By the door: whoever asked is answered.
    Response(Ticket, Response),
}

/// The engine.
pub struct Engine<S, B> {
    setup: Arc<Setup>,
    draft: Draft<S>,
    bank: B,
    seller: Box<dyn TopUp + Send>,
    watch: Watch,
    banks: Vec<BankId>,
    operators: Vec<OperatorId>,
    /// The services' numbers in records.
    services: Vec<u16>,
    usages: Usages,
    lives: FxHashMap<MessageId, Life>,
    callers: Callers,
    known_banks: Vec<BankId>,
    dirty: Vec<MessageId>,
    /// How many of them are to be looked at again when they are picked.
    looked: usize,
    schedule: Schedule,
    orders: Orders,
    asked: BTreeSet<(Mono, MessageId)>,
    repeats: Repeats,
    rounds: Vec<rounds::Round>,
    runs: runs::Runs,
    switches: switches::Switches,
    parts: Parts,
    allowances: Allowances,
    early: Early,
    /// Where the next look for news of accepted parts begins.
    news_from: Option<Key>,
    /// Parts that an SMSC is being asked about, by token.
    queried: FxHashMap<u64, Key>,
    effects: Effects,
    next_id: u64,
    ids_end: u64,
    in_flight: usize,
    began_empty: bool,
    guard: ClockGuard,
    housekeeping: Mono,
    key_day: u32,
    purge: purge::Purge,
    horizon: horizon::Horizon,
    /// Housekeeping that wasn't done within one turn.
    unfinished: hours::Unfinished,
    /// Inputs of this turn.
    handled: usize,
    forgot_day: u32,
    /// The clocks agree: deadlines may be judged.
    may_expire: bool,
    /// The last turn left something that was due.
    behind: bool,
    closed: bool,
    draining: bool,
    tally: Tally,
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// The next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop()
    }

    /// When the next turn is due even if nothing comes in.
    pub fn poll_timeout(&self, now: Now) -> Mono {
        if self.behind || self.unfinished.any() || self.is_busy(now.wall) {
            return now.mono;
        }
        // What should have expired and hasn't is held back by the clock guard: housekeeping looks
        // again.
        let worthless = self.schedule.next_worthless().filter(|at| *at > now.wall);
        [
            self.schedule.next_due(),
            worthless.map(|at| now.mono + at.since(now.wall)),
            self.asked.first().map(|(due, _)| *due),
            self.parts.poll_timeout(),
            self.watch.next_due(),
        ]
        .into_iter()
        .flatten()
        .fold(self.housekeeping, Mono::min)
    }

    /// How often things happened.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether the store was empty when the engine was opened: no earlier process can have sent
    /// anything.
    pub fn began_empty(&self) -> bool {
        self.began_empty
    }

    /// Messages that haven't ended.
    pub fn live(&self) -> usize {
        self.lives.len()
    }

    /// Whether we were told to end and nothing is in flight any more.
    pub fn is_drained(&self) -> bool {
        self.draining && self.in_flight == 0
    }

    /// Everything stored, for looking at.
    pub fn records(&mut self) -> &mut dyn Records {
        &mut self.draft
    }

    /// The store.
    pub fn store(&self) -> &S {
        self.draft.store()
    }

    /// The bank's number in records.
    pub fn bank_id(&self, bank: usize) -> BankId {
        self.banks[bank]
    }

    /// Loads a bank's seed, if none was ever loaded for it: one batch with the mark that it was
    /// done. Otherwise `load` isn't called. Where it fails the engine is to be dropped.
    pub fn load_once<E: From<StoreError>>(
        &mut self,
        bank: usize,
        now: Now,
        load: impl FnOnce(&mut dyn Records, BankId) -> Result<(), E>,
    ) -> Result<bool, E> {
        let bank = self.banks[bank];
        let records: &mut dyn Records = &mut self.draft;
        let mark = ENGINE.key(bank.0).u8(2);
        if records.read::<bool>(&mark)?.is_some() {
            return Ok(false);
        }
        load(records, bank)?;
        records.write(mark, &true);
        self.callers.forget_all();
        self.turn([], now)?;
        Ok(true)
    }

    /// Flushes what lags behind and ends cleanly.
    pub fn close(&mut self) -> Result<(), StoreError> {
        self.land()?;
        self.draft.store_mut().close()
    }

    /// Whether new work is taken that leads to so many messages at most.
    fn takes(&self, messages: usize) -> bool {
        let is_room = self.lives.len() + messages <= self.setup.options.live_max;
        !self.closed && !self.draining && is_room
    }

    fn handle(&mut self, input: Input, now: Now) -> Result<(), StoreError> {
        match input {
            Input::Operator(lane, report) => self.handle_report(lane, report, now),
            Input::Answer(ask, answer) => self.handle_answer(MessageId(ask.0), &answer, now),
            Input::Sold(reference, sold) => self.handle_sold(reference, sold, now),
            Input::Request(ticket, request) => self.handle_request(ticket, request, now),
            Input::Drain => {
                self.draining = true;
                Ok(())
            }
        }
    }

    fn handle_report(&mut self, lane: usize, report: Report, now: Now) -> Result<(), StoreError> {
        match report {
            Report::Up => self.schedule.set_up(lane, true),
            Report::Down => self.schedule.set_up(lane, false),
            Report::Left(parts) => self.schedule.left(lane, parts),
            Report::Deliver { link, ticket, frame } => {
                return self.handle_deliver(lane, link, ticket, &frame, now);
            }
            Report::Submitted { token, status, meaning, smsc_id } => {
                return self.handle_submitted(token, status, meaning, smsc_id.as_deref(), now);
            }
            Report::Unknown { token } => return self.handle_unknown(token, now),
            Report::Late { token, meaning, smsc_id } => {
                return self.handle_late(lane, token, meaning, smsc_id.as_deref(), now);
            }
            Report::Queried { token, state } => return self.handle_queried(token, state, now),
            Report::Returned { token } => {
                self.schedule.left(lane, 1);
                return self.handle_returned(token, now);
            }
            Report::Proved(proof) => return self.handle_proved(MessageId(proof), now),
            Report::Canary { .. } | Report::Stopped => {}
        }
        Ok(())
    }

    /// Somebody knocked at the door.
    fn handle_request(
        &mut self,
        ticket: Ticket,
        request: Request,
        now: Now,
    ) -> Result<(), StoreError> {
        match request {
            Request::Event { bank, event } => self.handle_event(ticket, bank, &event, now),
            Request::Enrol { bank, dry, form } => self.handle_form(ticket, bank, dry, &form, now),
            Request::Reload(fresh) => {
                Arc::make_mut(&mut self.setup).renew(fresh);
                self.effects.push(Effect::Response(ticket, Response::Reloaded));
                Ok(())
            }
            Request::Bill { service, month, after } => {
                self.handle_bill(ticket, &service, month, after, now)
            }
            Request::Reverse { service, month, line, mut claim } => {
                claim.at = now.wall;
                self.handle_reversal(ticket, &service, month, line, &claim)
            }
            Request::Messages { bank, phone, since, from } => {
                self.look_up(ticket, (bank, phone), since, from, now)
            }
            Request::Usage { operator, month } => self.handle_usage(ticket, &operator, month),
            Request::Runs { bank } => {
                self.list_runs(ticket, bank);
                Ok(())
            }
            Request::Steer { bank, run, steer } => self.steer_run(ticket, bank, run, steer, now),
            Request::Purchases { bank } => self.list_purchases(ticket, bank),
            Request::Switch(what) => {
                self.switch(ticket, what);
                Ok(())
            }
            Request::Settle { bank, reference, done, by, and } => {
                let settling = self.settle(bank, reference, done, [by, and], now)?;
                self.effects.push(Effect::Response(ticket, Response::Settled(settling)));
                Ok(())
            }
        }
    }

    /// What banks and sellers answered in this turn already, and what they answer to that.
    fn answers(&mut self, now: Now) -> Result<(), StoreError> {
        loop {
            if let Some((ask, answer)) = self.bank.poll_answer() {
                self.handle_answer(MessageId(ask.0), &answer, now)?;
            } else if let Some((reference, sold)) = self.seller.poll_answer() {
                self.handle_sold(reference, sold, now)?;
            } else {
                return Ok(());
            }
        }
    }
}

/// What [`Engine`] is opened with.
pub struct Opening<S, B> {
    /// The store.
    pub store: S,
    /// Its keys.
    pub keyring: Keyring,
    /// Randomness.
    pub dice: Dice,
    /// The core.
    pub bank: B,
    /// Who sells top-ups and products.
    pub seller: Box<dyn TopUp + Send>,
    /// What it runs on.
    pub setup: Arc<Setup>,
}
