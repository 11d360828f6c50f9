//! The driver: engine, operators and SMSCs, with nothing between them but the order of things.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use bytes::BytesMut;
use smpp_sim::{ConnId, Event, Profile, Smsc};
use tellerd::bank::BankId;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::engine::{Effect, Engine, Input};
use tellerd::operator::Operator;
use tellerd::store::memory::MemoryStore;
use tellerd::store::{Read, Table};

use super::country;

/// The wall clock at the start: 5 November 2026, 00:00 in Belgrade.
const START_MS: i64 = 1_793_833_200_000;
/// Rounds in one instant before something spins.
const ROUNDS_MAX: u32 = 5_000;
/// The codes of the three operators in Serbia, and what is asked there.
const CODE: &str = "5622";
const QUESTIONS: [&str; 4] = ["KURS", "INFO", "курс", "Pomoc."];
/// What the sample bank's customer asks and orders.
const ORDERS: [&str; 4] = ["TR 2", "PRIJAVA PRILIV TR 2", "ODJAVA PRILIV TR 2", "TR 2."];

/// One bind's connection.
#[derive(Default)]
struct Line {
    conn: Option<ConnId>,
    read: BytesMut,
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) smscs: Vec<Smsc>,
    operators: Vec<Operator>,
    lines: Vec<Vec<Line>>,
    engine: Engine<MemoryStore, EmbeddedBank>,
    store: MemoryStore,
    inputs: Vec<Input>,
    dice: Dice,
    now: Duration,
    conns: u64,
    texts: u64,
    turns: u64,
    /// Strangers who have asked, and how often each was submitted to.
    asked: BTreeSet<String>,
    submitted: BTreeMap<String, usize>,
    messages: BTreeSet<String>,
}

/// How things stand after a day.
#[derive(Clone, Debug)]
pub(crate) struct Night {
    /// Texts since the beginning, and turns of the engine.
    texts: u64,
    turns: u64,
    /// deliver_sm that nobody has taken.
    pub(crate) undelivered: usize,
    /// Messages without an end.
    pub(crate) alive: usize,
    /// Strangers who asked and got nothing.
    pub(crate) unanswered: u64,
    /// Replies that ended without being accepted, or that an SMSC accepted and told no more of.
    pub(crate) ended_otherwise: u64,
    /// How often the one who was submitted to most was.
    pub(crate) most_attempts: usize,
    /// Entries of the store.
    pub(crate) entries: usize,
}

impl fmt::Display for Night {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} texts, {} turns; {} not taken, {} alive; {} strangers without an answer, {} ended \
             otherwise; {} attempts at most; {} entries",
            self.texts,
            self.turns,
            self.undelivered,
            self.alive,
            self.unanswered,
            self.ended_otherwise,
            self.most_attempts,
            self.entries
        )
    }
}

impl World {
    pub(crate) fn new(mut dice: Dice) -> World {
        let config = country::config();
        let store = MemoryStore::new(&mut dice);
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(START_MS) };
        let operators = country::operators(&config, &mut dice);
        let smsc = |(seed, operator): (usize, &tellerd::operator::Options)| {
            Smsc::new(Profile { seed: seed as u64, ..Profile::named(&operator.name) })
        };
        World {
            smscs: config.operators.iter().enumerate().map(smsc).collect(),
            lines: operators
                .iter()
                .map(|one| (0..one.binds()).map(|_| Line::default()).collect())
                .collect(),
            operators,
            engine: country::engine(&config, store.clone(), &mut dice, now),
            store,
            inputs: Vec::new(),
            dice,
            now: Duration::ZERO,
            conns: 0,
            texts: 0,
            turns: 0,
            asked: BTreeSet::new(),
            submitted: BTreeMap::new(),
            messages: BTreeSet::new(),
        }
    }

    fn clock(&self) -> Now {
        let wall = Wall::from_millis(START_MS + self.now.as_millis() as i64);
        Now { mono: Mono::ZERO + self.now, wall }
    }

    /// Lets everything happen that is due before `until`.
    pub(crate) fn run_until(&mut self, until: Duration) {
        while self.now < until {
            self.now = self.next().min(until);
            self.settle();
        }
    }

    /// Runs until every bind stands; false if that takes longer than `until`.
    pub(crate) fn run_until_bound(&mut self, until: Duration) -> bool {
        while self.now < until && !self.is_bound() {
            self.now = self.next().min(until);
            self.settle();
        }
        self.is_bound()
    }

    fn is_bound(&self) -> bool {
        let all = self.smscs.iter().zip(&self.lines);
        all.into_iter().all(|(smsc, lines)| smsc.binds().count() >= lines.len())
    }

    /// How many binds each SMSC has.
    pub(crate) fn bound(&self) -> String {
        let counts: Vec<usize> = self.smscs.iter().map(|smsc| smsc.binds().count()).collect();
        format!("{counts:?}")
    }

    fn next(&self) -> Duration {
        let mono = |at: Mono| at.since(Mono::ZERO);
        let smscs = self.smscs.iter().filter_map(Smsc::poll_timeout);
        let operators = self.operators.iter().filter_map(Operator::poll_timeout).map(mono);
        let engine = mono(self.engine.poll_timeout(self.clock()));
        // What is due at once has been looked at: a nanosecond later it is looked at again.
        smscs.chain(operators).fold(engine, Duration::min).max(self.now + Duration::from_nanos(1))
    }

    /// A stranger asks, or the sample customer does, at one of three operators.
    pub(crate) fn somebody_texts(&mut self) {
        let lane = (self.texts % 3) as usize;
        self.texts += 1;
        let which = (self.texts / 3 % 4) as usize;
        if self.dice.chance(30) {
            let phone = ["+381631112222", "+381601112222", "+381641112222"][lane];
            self.smscs[lane].phone_sends(phone, CODE, ORDERS[which], self.now);
        } else {
            let phone = format!("+38162{:07}", 1_000_000 + self.texts);
            self.smscs[lane].phone_sends(&phone, CODE, QUESTIONS[which], self.now);
            self.asked.insert(phone);
        }
        self.settle();
    }

    /// Lets time pass no further until nothing moves.
    fn settle(&mut self) {
        for smsc in &mut self.smscs {
            if smsc.poll_timeout().is_some_and(|at| at <= self.now) {
                smsc.handle_timeout(self.now);
            }
        }
        let mono = self.clock().mono;
        for operator in &mut self.operators {
            if operator.poll_timeout().is_some_and(|at| at <= mono) {
                operator.handle_timeout(mono);
            }
        }
        let mut rounds = 0;
        loop {
            let mut moved = false;
            for lane in 0..self.operators.len() {
                self.operators[lane].dispatch(mono);
                moved |= self.exchange(lane, mono);
            }
            let due = self.engine.poll_timeout(self.clock()) <= mono;
            if due || !self.inputs.is_empty() {
                moved |= !self.inputs.is_empty();
                self.turn(mono);
            }
            if !moved {
                return;
            }
            rounds += 1;
            assert!(rounds < ROUNDS_MAX, "something spins");
        }
    }

    fn turn(&mut self, mono: Mono) {
        self.turns += 1;
        let now = self.clock();
        self.engine.turn(std::mem::take(&mut self.inputs), now).unwrap();
        while let Some(effect) = self.engine.poll_effect() {
            if let Effect::Order(lane, order) = effect {
                self.operators[lane].handle_order(order, mono);
            }
        }
    }

    /// Octets both ways, connections, reports, events; whether there were any.
    fn exchange(&mut self, lane: usize, mono: Mono) -> bool {
        let (operator, smsc) = (&mut self.operators[lane], &mut self.smscs[lane]);
        let mut moved = false;
        for (bind, line) in self.lines[lane].iter_mut().enumerate() {
            let mut octets = BytesMut::new();
            operator.poll_transmit(bind, &mut octets);
            if let Some(conn) = line.conn.filter(|_| !octets.is_empty()) {
                smsc.handle_bytes(conn, &octets, self.now);
                moved = true;
            }
            if operator.poll_close(bind, mono)
                && let Some(conn) = line.conn.take()
            {
                smsc.handle_closed(conn);
                moved = true;
            }
            let Some(conn) = line.conn else { continue };
            while let Some(octets) = smsc.poll_transmit(conn) {
                line.read.extend_from_slice(&octets);
                operator.handle_bytes(bind, &mut line.read, mono);
                moved = true;
            }
            operator.handle_drained(bind);
            if smsc.poll_close(conn) {
                smsc.handle_closed(conn);
                line.conn = None;
                operator.handle_closed(bind, mono);
                moved = true;
            }
        }
        while let Some(bind) = operator.poll_connect(mono) {
            self.conns += 1;
            let conn = ConnId(self.conns);
            self.lines[lane][bind] = Line { conn: Some(conn), read: BytesMut::new() };
            smsc.handle_connected(conn, self.now);
            operator.handle_connected(bind, mono);
            moved = true;
        }
        while let Some(report) = operator.poll_report() {
            self.inputs.push(Input::Operator(lane, report));
            moved = true;
        }
        while let Some(event) = smsc.poll_event() {
            match event {
                Event::Submitted { to, part: 1, .. } => {
                    *self.submitted.entry(to).or_default() += 1;
                }
                Event::Message(sms) => drop(self.messages.insert(sms.to)),
                _ => {}
            }
        }
        moved
    }

    /// How things stand.
    pub(crate) fn night(&self) -> Night {
        let tally = self.engine.tally();
        let strangers = |phone: &&String| phone.starts_with("38162");
        Night {
            texts: self.texts,
            turns: self.turns,
            undelivered: self.smscs.iter().map(Smsc::undelivered).sum(),
            alive: self.engine.live(),
            unanswered: self.asked.difference(&self.messages).count() as u64,
            ended_otherwise: tally.failed + tally.expired + tally.undelivered,
            most_attempts: self
                .submitted
                .iter()
                .filter(|(phone, _)| strangers(phone))
                .map(|(_, times)| *times)
                .max()
                .unwrap_or(0),
            entries: self.entries(),
        }
    }

    /// What the store holds, of all tables and banks.
    fn entries(&self) -> usize {
        let mut entries = 0;
        for number in 0..=90 {
            for table in [Table::journal(number, "any"), Table::registry(number, "any")] {
                for bank in 0..=4 {
                    let count = &mut |_: &[u8], _: &[u8]| {
                        entries += 1;
                        ControlFlow::Continue(())
                    };
                    self.store.scan(&table.key(BankId(bank).0), None, count).unwrap();
                }
            }
        }
        entries
    }
}
