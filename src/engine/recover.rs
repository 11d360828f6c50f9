//! Reading a store back in, and keeping it small.
//!
//! What was in flight when the process died is *unknown* and sent again by its class; what was
//! queued is queued; an open question is asked again; what may come again is under suspicion again.
//! Ended messages are kept for a while and then purged, oldest first.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::callers::Callers;
use super::horizon::Horizon;
use super::names::{Kind, Names};
use super::runs::Runs;
use super::{ENGINE, Engine, HOUSEKEEPING, Opening, Tally};
use crate::bank::{Bank, BankId};
use crate::base::now::{ClockGuard, Now};
use crate::command::{Command, Desk};
use crate::inbox::allowance::Allowances;
use crate::inbox::parts::Parts;
use crate::inbox::repeats::{PARTS_KNOWN, Repeats, Suspect};
use crate::message::{Head, Message, MessageId, OperatorId, State};
use crate::outbox::Life;
use crate::outbox::order::Orders;
use crate::outbox::receipts::Early;
use crate::outbox::retry::{Next, Worst};
use crate::outbox::schedule::Schedule;
use crate::purchase::watch::Watch;
use crate::store::draft::{Draft, Records};
use crate::store::{Key, Seq, Store, StoreError};
use crate::text::join;
use crate::usage::Usages;

/// Heads read at a time by a start, so that it needs no more memory than what lives.
const HEADS_PAGE: usize = 4_096;

/// Why an engine can't start on a store.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Messages wait for an operator that isn't configured any more.
    #[error(
        "{count} messages wait for the operator `{name}`, which config.toml doesn't name any more; \
         put it back until they have left"
    )]
    OperatorGone {
        /// The operator's name.
        name: String,
        /// How many messages wait for it.
        count: usize,
    },
}

/// The entry that says up to where message ids are taken.
pub(super) fn ids_key() -> Key {
    ENGINE.key(0).u8(1)
}

impl<S: Store, B: Bank> Engine<S, B> {
    /// Opens an engine on a store: reads back what lives, and commits what that brings about.
    pub fn open(opening: Opening<S, B>, now: Now) -> Result<Engine<S, B>, StartError> {
        let Opening { store, keyring, dice, bank, seller, setup } = opening;
        let mut bank_names = Names::load(&store, Kind::Bank)?;
        let mut operator_names = Names::load(&store, Kind::Operator)?;
        let mut service_names = Names::load(&store, Kind::Service)?;
        let began_empty = store.seq() == Seq::default();
        let mut draft = Draft::new(store, keyring, dice);
        let records: &mut dyn Records = &mut draft;
        let banks =
            setup.banks.iter().map(|name| BankId(bank_names.number(records, name))).collect();
        let operators: Vec<OperatorId> = setup
            .operators
            .iter()
            .map(|operator| OperatorId(operator_names.number(records, &operator.name)))
            .collect();
        let services = setup
            .services
            .iter()
            .map(|entry| service_names.number(records, &entry.service.name))
            .collect();
        let next_id: u64 = records.read(&ids_key())?.unwrap_or(1);
        let ahead_max = setup.operators.iter().map(|operator| operator.ahead_max);
        let mut engine = Engine {
            schedule: Schedule::new(ahead_max),
            orders: Orders::default(),
            repeats: Repeats::new(setup.options.repeat_window),
            rounds: Vec::new(),
            runs: Runs::new(setup.operators.len()),
            switches: super::switches::Switches::default(),
            parts: Parts::new(join::Options {
                timeout: setup.options.join,
                ..join::Options::default()
            }),
            setup,
            draft,
            bank,
            seller,
            watch: Watch::default(),
            banks,
            known_banks: bank_names.numbers().map(BankId).collect(),
            operators,
            services,
            usages: Usages::default(),
            early: Early::default(),
            news_from: None,
            queried: FxHashMap::default(),
            lives: FxHashMap::default(),
            callers: Callers::default(),
            dirty: Vec::new(),
            looked: 0,
            asked: BTreeSet::new(),
            allowances: Allowances::default(),
            effects: super::effects::Effects::default(),
            next_id,
            ids_end: next_id,
            in_flight: 0,
            began_empty,
            guard: ClockGuard::new(now),
            housekeeping: now.mono + HOUSEKEEPING,
            key_day: 0,
            purge: super::purge::Purge::default(),
            horizon: Horizon::new(next_id, now),
            unfinished: super::hours::Unfinished::default(),
            handled: 0,
            forgot_day: 0,
            may_expire: true,
            behind: false,
            closed: false,
            draining: false,
            tally: Tally::default(),
        };
        let horizon = Horizon::read(&engine.draft)?;
        for bank in engine.known_banks.clone() {
            engine.recover_messages(bank, horizon, &operator_names, now)?;
            engine.recover_parts(bank, now)?;
            engine.recover_purchases(bank, now)?;
        }
        engine.recover_rounds(now)?;
        engine.recover_runs()?;
        engine.recover_switches()?;
        engine.note_free_space();
        engine.turn([], now)?;
        Ok(engine)
    }

    fn recover_messages(
        &mut self,
        bank: BankId,
        mut from: MessageId,
        names: &Names,
        now: Now,
    ) -> Result<(), StartError> {
        let window = self.setup.options.repeat_window;
        let mut gone: HashMap<OperatorId, usize> = HashMap::new();
        loop {
            let page = self.heads(bank, from)?;
            let Some(last) = page.last() else { break };
            from = MessageId(last.id.0 + 1);
            for head in page {
                let age = now.wall.since(head.received);
                if age < PARTS_KNOWN {
                    self.repeats.know_parts(head.parts_in.iter().copied(), now.mono);
                }
                if !head.proved && age < window {
                    self.repeats.suspect(Suspect {
                        id: head.id,
                        bank,
                        fingerprint: head.fingerprint,
                        sender: head.phone,
                        changes: head.changes,
                        money: head.money,
                        received: head.received,
                        link: None,
                    });
                }
                if head.state.is_end() {
                    continue;
                }
                match self.operators.iter().position(|operator| *operator == head.operator) {
                    Some(lane) => self.revive(lane, &head, now)?,
                    None => *gone.entry(head.operator).or_default() += 1,
                }
            }
        }
        match gone.into_iter().next() {
            Some((operator, count)) => {
                let name = names.name(operator.0).unwrap_or("?").to_owned();
                Err(StartError::OperatorGone { name, count })
            }
            None => Ok(()),
        }
    }

    /// A page of heads, from `from` on; none where there are no more.
    fn heads(&self, bank: BankId, from: MessageId) -> Result<Vec<Head>, StoreError> {
        let mut page = Vec::with_capacity(HEADS_PAGE);
        Message::scan_heads(self.draft.store(), bank, from, |head| {
            page.push(head);
            if page.len() < HEADS_PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(page)
    }

    /// A message that hadn't ended lives again. What only waits is read back when its turn comes.
    fn revive(&mut self, lane: usize, head: &Head, now: Now) -> Result<(), StoreError> {
        let (id, state) = (head.id, head.state);
        let mut life = Life::new(lane, head);
        let waits = matches!(state, State::Queued | State::Unknown);
        if !waits {
            life.message = Message::load(&self.draft, life.bank, id)?.map(Box::new);
        }
        let mut has_failed = false;
        if let (State::InFlight, Some(message)) = (state, &mut life.message) {
            // Nothing will be heard of this try any more. If it is sent again, then at once: it was
            // we who died, and the customer waits.
            let head = &mut message.head;
            head.state = State::Unknown;
            head.failures = head.failures.saturating_add(1);
            let next = self.retry_policy().next(Worst::Unknown, head.class, head.failures);
            has_failed = next == Next::Fail;
            life.dirty = true;
            self.dirty.push(id);
        }
        self.schedule.expires(life.worthless, id);
        if life.is_of_run {
            self.runs.count(lane, true);
        }
        self.lives.insert(id, life);
        if matches!(state, State::Received | State::Asked) {
            return self.ask_again(id, now);
        }
        let is_first = self.orders.enter(head.order, id);
        if has_failed {
            self.end(id, State::Failed, now);
        } else if is_first {
            self.schedule.ready(lane, head.promised, id);
        }
        Ok(())
    }

    /// Carries a question out again that was open when the process ended.
    fn ask_again(&mut self, id: MessageId, now: Now) -> Result<(), StoreError> {
        let setup = Arc::clone(&self.setup);
        if !self.open_body(id)? {
            self.end(id, State::Withdrawn, now);
            return Ok(());
        }
        let Some((head, body)) = self.opened(id) else { return Ok(()) };
        let (bank, owner, is_order) = (head.bank, head.customer, head.money);
        let said = body.said.clone();
        let place = setup.service_called(&body.service);
        let (Some(place), Some(phone), Some(code)) = (place, body.phone(), body.code()) else {
            self.end(id, State::Refused, now);
            return Ok(());
        };
        if is_order {
            // Its record goes on by itself, wherever it stands.
            self.await_outcome(id, place);
            return Ok(());
        }
        let service = &setup.services[place].service;
        let mut caller = self.callers.load(&self.draft, bank, phone)?;
        // Whoever was asked about had typed his code, of which nothing is kept: it was right, and
        // for his accounts alone.
        if let (Some(_), Some(owner)) = (&service.code, owner) {
            caller = Arc::new(caller.only(owner));
        }
        let command = Command::of(service.understand(|| said.chars()));
        let local = service.zone.local(now.wall);
        // A question: it changes nothing, and there is nobody else to tell of it.
        let mut desk = Desk {
            service,
            bank,
            caller: &caller,
            number: phone,
            code,
            text: &said,
            now: now.wall,
            local,
            records: &mut self.draft,
            notices: Vec::new(),
            others_changed: false,
            about: None,
            renewed: false,
        };
        let outcome = command.carry_out(&mut desk)?;
        self.follow(id, place, outcome, now)
    }

    fn recover_parts(&mut self, bank: BankId, now: Now) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        self.draft.store().scan(&Parts::prefix(bank), None, &mut |key, value| {
            entries.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })?;
        self.parts.recover(&self.draft, entries, bank, now.mono)
    }
}
