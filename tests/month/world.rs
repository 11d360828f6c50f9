//! The driver: jumps to the next moment at which anything happens, and lets it happen.

mod ask;
mod enrol;
mod turn;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tellerd::bank::Reference;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::dice::Dice;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::config::{self, Config};
use tellerd::engine::{Engine, Input, Opening};
use tellerd::sale::Sold;
use tellerd::store::memory::MemoryStore;

use super::copies::{Copies, Heard};
use super::lane::Lane;
use super::ledger::{Answer, Ledger};
use super::people::{Bank, People};
use super::plan::{self, Cause};
use super::shop::{Seller, Shop};
use super::time::{DAY, HOUR, MINUTE, SECOND, START, instant};

/// Where the process dies in a turn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Crash {
    /// Before it: what came in is lost.
    Before,
    /// In the commit, before its flush.
    Commit,
    /// In the commit, which is on disk although it said that it failed.
    Flushed,
    /// After it, before anything is released.
    After,
    /// Half of what it releases is carried out.
    Amid,
}

impl Crash {
    pub(crate) const ALL: [Crash; 5] =
        [Crash::Before, Crash::Commit, Crash::Flushed, Crash::After, Crash::Amid];

    fn name(self) -> &'static str {
        match self {
            Crash::Before => "crashes before a turn",
            Crash::Commit => "crashes in a commit",
            Crash::Flushed => "crashes in a commit that was on disk",
            Crash::After => "crashes before the release",
            Crash::Amid => "crashes amid the release",
        }
    }
}

/// What happens at a moment.
#[derive(Clone, Debug)]
enum Due {
    /// A cause; of an event also when it is told of again.
    Cause(usize),
    /// An SMSC delivers a text again.
    Missed(usize),
    /// A daily round is due.
    Round(i64),
    /// A crash with the next turn that has something at stake.
    Doom(Crash),
    /// A lane's link breaks with the next part.
    Break(usize),
    LinkUp(usize),
    Start,
    /// Balances are reported, at these minutes of a day.
    Reports(i64, i64),
    /// The seller answers the process of then.
    Sold {
        process: u64,
        reference: Reference,
        sold: Sold,
    },
    /// An operator reports, to the process of then and on the link of then.
    Report {
        process: u64,
        lane: usize,
        epoch: u64,
        token: u64,
        heard: Said,
    },
}

/// What an operator says of a token.
#[derive(Clone, Copy, Debug)]
enum Said {
    Part(super::lane::Fate),
    /// The answer after it was given up.
    Late,
    /// It surely has our answer.
    Proved,
}

/// What an input means to the checker, once it is on disk.
#[derive(Clone, Copy, Debug)]
enum Note {
    Nothing,
    Event { asked: u64, cause: usize },
    Text { cause: usize },
    Part { token: u64, heard: Heard },
    Sold,
}

/// Everything there is.
pub(crate) struct World {
    seed: u64,
    config: Config,
    people: People,
    causes: Vec<(i64, Cause)>,
    dice: Dice,
    now: i64,
    days: i64,
    agenda: BTreeMap<(i64, u64), Due>,
    numbers: u64,
    store: MemoryStore,
    shop: Arc<Mutex<Shop>>,
    engine: Option<Engine<MemoryStore, EmbeddedBank>>,
    /// Which process it is, and when it began.
    process: u64,
    began: i64,
    inputs: Vec<(Input, Note)>,
    turns: u64,
    doom: Option<Crash>,
    lanes: Vec<Lane>,
    /// Events that the banks have no answer for yet, by the number of the request.
    asked: BTreeMap<u64, usize>,
    answers: BTreeMap<u64, Answer>,
    /// The last text of each phone at each bank: only that one comes again.
    last_text: BTreeMap<(Bank, u64), usize>,
    pub(crate) ledger: Ledger,
    pub(crate) copies: Copies,
    trace: VecDeque<String>,
}

impl World {
    /// The month of a seed.
    pub(crate) fn new(seed: u64, customers: u64, days: i64) -> World {
        let mut dice = Dice::seeded(seed);
        let people = People::draw(customers, &mut dice);
        let causes = plan::draw(&people, days, &mut dice);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml");
        let mut config = config::load(&file, &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
        // The month's end looks at all of its records.
        config.setup.options.keep = Duration::from_secs(90 * 86_400);
        let lanes = config.setup.operators.iter().map(|o| Lane::new(&o.name)).collect();
        let mut world = World {
            seed,
            ledger: Ledger::new(&people),
            store: MemoryStore::new(&mut dice),
            shop: Arc::default(),
            config,
            people,
            causes,
            dice,
            now: START,
            days,
            agenda: BTreeMap::new(),
            numbers: 0,
            engine: None,
            process: 0,
            began: START,
            inputs: Vec::new(),
            turns: 0,
            doom: None,
            lanes,
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            last_text: BTreeMap::new(),
            copies: Copies::default(),
            trace: VecDeque::new(),
        };
        world.begin();
        world
    }

    /// Enrols everybody, and sets what will happen.
    fn begin(&mut self) {
        self.start();
        for bank in Bank::ALL {
            self.enrol(bank);
        }
        for at in 0..self.causes.len() {
            let (when, cause) = self.causes[at].clone();
            self.at(when, Due::Cause(at));
            if let Cause::News(news) = cause {
                news.again.iter().for_each(|after| self.at(when + after, Due::Cause(at)));
            }
        }
        let mut dooms = Vec::new();
        for day in 0..self.days {
            if day > 0 {
                self.at(instant(day, 9 * 60), Due::Round(day));
                for minutes in [8 * 60, 16 * 60 + 30] {
                    self.at(instant(day, minutes), Due::Reports(day, minutes));
                }
            }
            if dooms.is_empty() {
                dooms = Crash::ALL.to_vec();
            }
            let doom = dooms.swap_remove(self.dice.below(dooms.len() as u64) as usize);
            let minute = 30 + self.dice.below(23 * 60) as i64;
            self.at(instant(day, minute), Due::Doom(doom));
        }
        // Beside the daily ones, one in the middle of each offer's run.
        for day in plan::offers(self.days) {
            self.at(instant(day, plan::OFFER) + SECOND / 2, Due::Doom(Crash::Amid));
        }
        // Two outages, of two operators, in two halves of the month.
        for (half, lane) in [(0, self.dice.below(3)), (1, self.dice.below(3))] {
            let day = half * self.days / 2 + self.dice.below(self.days as u64 / 2) as i64;
            let minute = 10 * 60 + self.dice.below(8 * 60) as i64;
            self.at(instant(day, minute), Due::Break(lane as usize));
        }
    }

    /// To the end of the month, and on until everything has come to its end.
    pub(crate) fn run(&mut self) {
        let end = instant(self.days, 0);
        while self.now < end || self.engine.is_none() || self.live() > 0 || self.owes() {
            assert!(self.now < end + 26 * HOUR, "promise 2: not everything came to its end");
            let wake = self.wake();
            let next = self.agenda.first_key_value().map_or(wake, |((at, _), _)| wake.min(*at));
            self.now = next.max(self.now);
            while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 <= self.now) {
                let due = entry.remove();
                self.happen(due);
            }
            self.turn();
        }
    }

    fn live(&self) -> usize {
        self.engine.as_ref().map_or(0, Engine::live)
    }

    /// When the engine wants a turn. Where nothing lives it only looks for what its calendar says:
    /// once a minute proves no less than once a second.
    fn wake(&self) -> i64 {
        let now = self.clock();
        let Some(engine) = &self.engine else { return i64::MAX };
        let due = engine.poll_timeout(now).since(now.mono).as_millis() as i64;
        let step = if engine.live() == 0 && due > 0 { MINUTE } else { due.max(1) };
        self.now + step
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Cause(at) => match &self.causes[at].1 {
                Cause::News(_) => {
                    let number = self.number();
                    self.asked.insert(number, at);
                    self.tell(number, at);
                }
                Cause::Text(text) => {
                    self.last_text.insert((text.bank, text.phone), at);
                    self.deliver(at);
                }
            },
            Due::Missed(at) => {
                let Cause::Text(text) = &self.causes[at].1 else { return };
                if self.last_text.get(&(text.bank, text.phone)) == Some(&at) {
                    self.deliver(at);
                }
            }
            Due::Round(day) => self.ledger.round(day, &self.people, self.turns),
            Due::Reports(day, minutes) => {
                self.ledger.report(day, minutes, &self.people, self.turns);
            }
            Due::Sold { process, reference, sold } => {
                if process == self.process {
                    self.sold(reference, sold);
                }
            }
            Due::Doom(crash) => self.doom = Some(crash),
            Due::Break(lane) => self.lanes[lane].breaks = true,
            Due::LinkUp(lane) => self.link_up(lane),
            Due::Start => {
                self.start();
                let asked: Vec<_> = self.asked.iter().map(|(n, at)| (*n, *at)).collect();
                asked.into_iter().for_each(|(number, at)| self.tell(number, at));
            }
            Due::Report { process, lane, epoch, token, heard } => {
                if process == self.process && epoch == self.lanes[lane].epoch {
                    self.report(lane, token, heard);
                }
            }
        }
    }

    fn start(&mut self) {
        self.began = self.now;
        let opening = Opening {
            store: self.store.clone(),
            keyring: self.store.keyring(),
            dice: Dice::seeded(self.dice.roll()),
            bank: EmbeddedBank::default(),
            seller: Box::new(Seller::new(&self.shop)),
            setup: Arc::new(self.config.setup.clone()),
        };
        let engine = Engine::open(opening, self.clock()).expect("a start");
        self.engine = Some(engine);
        for lane in 0..self.lanes.len() {
            if self.lanes[lane].up {
                self.link_up(lane);
            }
        }
    }

    /// The process dies: what was not flushed is gone, and nothing is heard of what was under way.
    fn die(&mut self, crash: Crash) {
        self.note(|| crash.name().to_owned());
        self.ledger.count(crash.name());
        (self.engine, self.doom) = (None, None);
        self.process += 1;
        self.store = self.store.crash(&mut self.dice).expect("a store that can be opened again");
        if self.store.caught_up() > 0 {
            self.ledger.count("starts whose registry lagged behind");
        }
        self.inputs.clear();
        self.answers.clear();
        for _ in 0..self.copies.crashed() {
            self.ledger.count("parts unknown by a crash");
        }
        let down = (1 + self.dice.below(40) as i64) * SECOND;
        for lane in &mut self.lanes {
            lane.open.clear();
            lane.trouble(self.now, down + 3 * MINUTE);
        }
        self.at(self.now + down, Due::Start);
    }

    fn at(&mut self, when: i64, due: Due) {
        let number = self.number();
        self.agenda.insert((when, number), due);
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn clock(&self) -> Now {
        let since = Duration::from_millis((self.now - self.began).unsigned_abs());
        Now { mono: Mono::ZERO + since, wall: Wall::from_millis(self.now) }
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if self.trace.len() == 40 {
            self.trace.pop_front();
        }
        let line = format!("{} {}", super::time::local(self.now), what());
        self.trace.push_back(line);
    }

    /// What happened last.
    fn trace(&self) -> String {
        Vec::from_iter(self.trace.iter().cloned()).join("\n")
    }

    /// How long the month was, in days.
    pub(crate) fn lasted(&self) -> i64 {
        (self.now - START) / DAY
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}\nSEED={} breaks it", self.trace(), self.seed);
        }
    }
}
