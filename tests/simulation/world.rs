//! The driver: jumps to the next moment at which anything happens, and lets it happen.

mod fate;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use smpp_sim::{ConnId, Event, Odds, Smsc};
use tellerd::base::dice::Dice;
use tellerd::base::now::Wall;
use tellerd::engine::setup::Setup;
use tellerd::store::Store;
use tellerd::store::memory::MemoryStore;

use super::checker::Checker;
use super::country::{self, BANK, CODE};
use super::figures::{Crash, Figures, Mishap};
use super::harness::{Seed, Trace};
use super::image::Image;
use super::net::Link;
use super::people::People;
use super::plan::Plan;
use super::process::Process;

/// All must have come to its end so long after the last fault.
const LIVENESS: Duration = Duration::from_secs(3 * 3_600);
/// Moments in one instant before something spins.
const STEPS_AT_ONCE_MAX: u32 = 20_000;
/// Parts of the longest reply: a message is marked ahead as a whole.
const REPLY_PARTS_MAX: i64 = 10;
/// Repeats and parts given up are taken past the door; they are bounded by windows and joins.
const PAST_THE_DOOR_MAX: usize = 100;

/// How the engine's store is made of the one that crashes.
pub(crate) type Wrap<S> = fn(MemoryStore, &mut Dice) -> S;

/// Everything there is.
pub(crate) struct World<S> {
    plan: Plan,
    setup: Arc<Setup>,
    dice: Dice,
    now: Duration,
    wall_ms: i64,
    smscs: Vec<Smsc>,
    links: Vec<Link>,
    conns: u64,
    people: People,
    checker: Checker,
    figures: Figures,
    trace: Trace,
    memory: MemoryStore,
    wrap: Wrap<S>,
    process: Option<Process<S>>,
    restart_at: Duration,
    /// Decides which turns are built while the batch before them is on its way: dice of its own, so
    /// that a world without any is the world that it was.
    ahead: Dice,
    /// How many of a hundred.
    built_ahead: u64,
    /// A commit that will fail, as which crash.
    armed: Option<Crash>,
    full_until: Option<Duration>,
    calm: bool,
}

impl<S: Store> World<S> {
    /// The world of a seed.
    pub(crate) fn new(seed: Seed, wrap: Wrap<S>, trace: Trace) -> World<S> {
        let mut dice = Dice::seeded(seed.number);
        let mut ahead = Dice::seeded(!seed.number);
        let built_ahead = [0, 30, 70, 100][ahead.below(4) as usize];
        let plan = Plan::draw(&mut dice);
        let people = People::new(&plan, &mut dice);
        let memory = MemoryStore::new(&mut dice);
        country::enrol(&memory, &plan, &people, Dice::seeded(dice.roll()));
        let smscs = plan.operators.iter().map(|o| Smsc::new(o.profile.clone())).collect();
        World {
            setup: country::shared(&plan),
            plan,
            dice,
            now: Duration::ZERO,
            wall_ms: country::START_MS,
            smscs,
            links: Vec::new(),
            conns: 0,
            people,
            checker: Checker::default(),
            figures: Figures::of_one(),
            trace,
            memory,
            wrap,
            process: None,
            restart_at: Duration::ZERO,
            ahead,
            built_ahead: if seed.ahead { built_ahead } else { 0 },
            armed: None,
            full_until: None,
            calm: false,
        }
    }

    /// Safety, then liveness.
    pub(crate) fn run(mut self) -> Figures {
        let mut steps = 0;
        loop {
            let next = self.next();
            if !self.calm && next >= self.plan.safety {
                self.calm_down();
                continue;
            }
            steps = if next > self.now { 0 } else { steps + 1 };
            assert!(steps < STEPS_AT_ONCE_MAX, "something spins");
            self.now = next;
            self.step();
            if self.calm && self.is_over() {
                break;
            }
            let stuck = self.calm && self.now > self.plan.safety + LIVENESS;
            assert!(!stuck, "promise 2: not everything came to its end: {}", self.left());
        }
        self.checker.ends(&self.memory, &self.plan, &self.people);
        for smsc in &self.smscs {
            self.figures.faults(&smsc.fault_counts());
        }
        if let Some(process) = &self.process {
            self.figures.tally(process.engine.tally());
        }
        (self.figures.copies, self.figures.resent) = self.checker.copies();
        self.figures.replies = self.checker.replies;
        self.figures.seconds = self.now.as_secs();
        self.figures
    }

    fn wall(&self) -> Wall {
        Wall::from_millis(self.wall_ms + self.now.as_millis() as i64)
    }

    fn next(&self) -> Duration {
        let links = self.links.iter().filter_map(Link::next);
        let smscs = self.smscs.iter().filter_map(Smsc::poll_timeout);
        let process = match &self.process {
            Some(process) => process.next(self.now, self.wall()),
            None => self.restart_at,
        };
        let others = links.chain(smscs).chain(self.people.next()).chain(self.full_until);
        others.fold(process, Duration::min).max(self.now)
    }

    fn step(&mut self) {
        self.move_octets();
        for smsc in &mut self.smscs {
            if smsc.poll_timeout().is_some_and(|at| at <= self.now) {
                smsc.handle_timeout(self.now);
            }
        }
        self.speak();
        if self.full_until.is_some_and(|until| until <= self.now) {
            self.full_until = None;
            self.memory.set_free_octets(None);
        }
        match &mut self.process {
            Some(process) => {
                let mono = process.mono(self.now);
                for operator in &mut process.operators {
                    if operator.poll_timeout().is_some_and(|at| at <= mono) {
                        operator.handle_timeout(mono);
                    }
                    operator.dispatch(mono);
                }
            }
            None if self.restart_at <= self.now => self.restart(),
            None => {}
        }
        self.flush_process();
        self.turn();
        self.flush_smscs();
        self.links.retain(|link| !link.is_dead());
    }

    /// Faults end, phones stop; what is under way must come to its end.
    fn calm_down(&mut self) {
        self.trace.note(self.now, || "calm".into());
        self.calm = true;
        self.now = self.now.max(self.plan.safety);
        self.people.stop();
        self.full_until = None;
        self.memory.set_free_octets(None);
        for smsc in &mut self.smscs {
            smsc.set_faults(Odds::NONE);
        }
    }

    fn is_over(&self) -> bool {
        let Some(process) = &self.process else { return false };
        process.turn.is_none()
            && process.inputs.is_empty()
            && process.engine.live() == 0
            && self.smscs.iter().all(|smsc| smsc.undelivered() == 0)
            && Image::of(&self.memory, BANK).parts().is_empty()
    }

    fn left(&self) -> String {
        let live = self.process.as_ref().map(|process| process.engine.live());
        let undelivered: Vec<usize> = self.smscs.iter().map(Smsc::undelivered).collect();
        format!("{live:?} messages alive, {undelivered:?} deliver_sm wait")
    }

    fn speak(&mut self) {
        while let Some(said) = self.people.speak(&self.plan, self.now, &mut self.dice) {
            let phone = &self.people.phones[said.phone];
            let smsc = &mut self.smscs[phone.operator];
            self.figures.texts += 1;
            let id = smsc.phone_sends(&phone.number, CODE, &said.text, self.now);
            // Beside it now and then: a code that leads nowhere, a sender that nobody can answer.
            match self.dice.below(60) {
                0 => drop(smsc.phone_sends(&phone.number, "9999", "TR 1", self.now)),
                1 => drop(smsc.phone_sends("BANKA", CODE, "TR 1", self.now)),
                _ => {}
            }
            self.trace.note(self.now, || format!("phone {} sends {:?}", said.phone, said.text));
            self.people.sent(&said, id);
        }
    }

    /// Octets, connections and their ends arrive.
    fn move_octets(&mut self) {
        let now = self.now;
        for link in &mut self.links {
            let smsc = &mut self.smscs[link.operator];
            if !link.stands {
                if let Some(process) = self.process.as_mut().filter(|_| link.stands_at <= now) {
                    link.stands = true;
                    smsc.handle_connected(link.conn, now);
                    process.sockets[link.operator][link.bind].0 = Some(link.conn);
                    let mono = process.mono(now);
                    process.operators[link.operator].handle_connected(link.bind, mono);
                }
                continue;
            }
            while let Some(octets) = link.to_smsc.pop(now) {
                if !link.smsc_done {
                    smsc.handle_bytes(link.conn, &octets, now);
                }
            }
            if !link.smsc_done && link.to_smsc.is_over(now) {
                link.smsc_done = true;
                link.to_process.close(now + link.latency);
                smsc.handle_closed(link.conn);
            }
            let Some(process) = self.process.as_mut().filter(|_| !link.process_done) else {
                continue;
            };
            let mono = process.mono(now);
            let operator = &mut process.operators[link.operator];
            let (_, buffer) = &mut process.sockets[link.operator][link.bind];
            while let Some(octets) = link.to_process.pop(now) {
                let profile = &self.plan.operators[link.operator].profile;
                let told = self.checker.arrives(link.conn, &octets, profile);
                told.into_iter().for_each(|what| self.trace.note(now, || format!("in  {what}")));
                buffer.extend_from_slice(&octets);
                operator.handle_bytes(link.bind, buffer, mono);
            }
            if link.to_process.is_over(now) {
                self.trace.note(now, || format!("{:?} is closed by its peer", link.conn));
                operator.handle_closed(link.bind, mono);
            }
        }
    }

    /// What the operators have to say, to write, to close and to connect.
    fn flush_process(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let mono = process.mono(self.now);
        for lane in 0..process.operators.len() {
            process.gather(lane);
            for bind in 0..process.operators[lane].binds() {
                let mut octets = BytesMut::new();
                let any = process.operators[lane].poll_transmit(bind, &mut octets);
                let conn = process.sockets[lane][bind].0;
                if let Some(conn) = conn.filter(|_| any) {
                    self.write(conn, octets);
                }
                if process.operators[lane].poll_close(bind, mono) {
                    process.sockets[lane][bind] = (None, BytesMut::new());
                    self.close(conn);
                }
            }
            while let Some(bind) = process.operators[lane].poll_connect(mono) {
                self.connect(&mut process, lane, bind);
            }
            process.gather(lane);
            let ahead_max = i64::from(self.setup.operators[lane].ahead_max) + REPLY_PARTS_MAX;
            assert!(process.ahead[lane] <= ahead_max, "promise 9: {} ahead", process.ahead[lane]);
        }
        self.process = Some(process);
    }

    fn connect(&mut self, process: &mut Process<S>, operator: usize, bind: usize) {
        if !self.calm && self.dice.chance(self.plan.refusals) {
            self.figures.mishap(Mishap::NoConnect);
            let mono = process.mono(self.now);
            process.operators[operator].handle_connect_failed(bind, "refused", mono);
            return;
        }
        self.conns += 1;
        let latency = Duration::from_micros(500 + self.dice.below(60_000));
        self.links.push(Link::new(ConnId(self.conns), operator, bind, self.now, latency));
    }

    fn close(&mut self, conn: Option<ConnId>) {
        let now = self.now;
        for link in self.links.iter_mut().filter(|link| Some(link.conn) == conn) {
            link.process_done = true;
            link.to_smsc.close(now + link.latency);
        }
    }

    /// The process writes to a socket; the network does with it what it likes.
    fn write(&mut self, conn: ConnId, octets: BytesMut) {
        let Some(link) = self.links.iter_mut().find(|link| link.conn == conn) else { return };
        let (now, at) = (self.now, self.now + link.latency);
        let operator = &self.plan.operators[link.operator];
        let told = self.checker.leaves(conn, &octets, link.operator, operator, now, &self.memory);
        told.into_iter().for_each(|what| self.trace.note(now, || format!("out {what}")));
        let mut octets = octets.freeze();
        if !self.calm && self.dice.below(10_000) < self.plan.cuts {
            self.figures.mishap(Mishap::Cut);
            self.trace.note(now, || format!("{conn:?} is cut"));
            octets.truncate(self.dice.below(octets.len() as u64) as usize);
            link.to_smsc.push(at, octets);
            link.to_smsc.close(at);
            let under_way = link.to_process.under_way() as u64;
            link.to_process.cut(self.dice.below(under_way + 1) as usize);
            link.to_process.close(at);
            return;
        }
        if octets.len() > 1 && self.dice.below(10_000) < self.plan.splits {
            self.figures.mishap(Mishap::Split);
            let first = octets.split_to(1 + self.dice.below(octets.len() as u64 - 1) as usize);
            link.to_smsc.push(at, first);
            let later = Duration::from_millis(self.dice.below(200));
            return link.to_smsc.push(at + later, octets);
        }
        link.to_smsc.push(at, octets);
    }

    /// What the SMSCs write and tell.
    fn flush_smscs(&mut self) {
        let now = self.now;
        for link in self.links.iter_mut().filter(|link| link.stands && !link.smsc_done) {
            let smsc = &mut self.smscs[link.operator];
            while let Some(octets) = smsc.poll_transmit(link.conn) {
                let later =
                    if self.calm || self.dice.chance(95) { 0 } else { self.dice.below(100) };
                link.to_process.push(now + link.latency + Duration::from_millis(later), octets);
            }
            if smsc.poll_close(link.conn) {
                link.smsc_done = true;
                link.to_process.close(now + link.latency);
                smsc.handle_closed(link.conn);
            }
        }
        for (operator, smsc) in self.smscs.iter_mut().enumerate() {
            while let Some(event) = smsc.poll_event() {
                if let Event::DeliverAnswered { id, status: 0, .. } = event {
                    self.people.acknowledged(operator, id, now);
                }
                self.trace.note(now, || brief(&event));
                self.checker.event(&event, &self.plan, &self.people);
            }
        }
    }
}

/// An SMSC's event, without texts.
fn brief(event: &Event) -> String {
    match event {
        Event::Submitted { conn, reference, part, .. } => {
            format!("     {conn:?} phone gets {reference:?}/{part}")
        }
        Event::Message(sms) => {
            format!("     {:?} phone has a text of {} parts", sms.conn, sms.parts)
        }
        Event::SubmitRefused { conn, status, .. } => format!("     {conn:?} refuses {status:#x}"),
        other => format!("     {other:?}"),
    }
}
