//! The whole engine under virtual time, on the shipped configuration, with operators that accept at
//! once.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use tellerd::bank::BankId;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::bank::event::Event;
use tellerd::base::dice::Dice;
use tellerd::base::money::Minor;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::{Mono, Now};
use tellerd::config::{self, Config};
use tellerd::daemon::assemble;
use tellerd::engine::door::{Request, Response, Ticket as Asked, Verdict};
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::enrol::Form;
use tellerd::fee::{Claim, Mark};
use tellerd::message::{Body, Message, MessageId};
use tellerd::operator::{LinkId, Order, Report};
use tellerd::outbox::of_token;
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::smpp::session::Ticket;
use tellerd::smpp::status::Status;
use tellerd::store::memory::MemoryStore;
use tellerd::trial::deliver_sm;

use crate::answers::{became, shown, shown_bill, shown_usage};
use crate::settings;
use crate::times::{belgrade, span};

type Phones = BTreeMap<String, (String, String)>;

/// A text that has reached a phone.
struct Told {
    bank: usize,
    lane: usize,
    name: String,
    code: String,
    wording: String,
    said: String,
}

/// The engine and what it has said.
pub(crate) struct Teller {
    config: Config,
    /// Of the configuration.
    folder: PathBuf,
    bank: usize,
    store: MemoryStore,
    engine: Engine<MemoryStore, EmbeddedBank>,
    now: Now,
    told: BTreeMap<Msisdn, VecDeque<Told>>,
    kept: BTreeMap<Msisdn, String>,
    seen: Vec<MessageId>,
    answered: Option<Response>,
    refused: Option<String>,
    /// The last access code that a form was answered with.
    code: String,
    events: u64,
    /// Ported numbers, and the operator that alone takes what is sent to them.
    ported: BTreeMap<Msisdn, usize>,
}

impl Teller {
    pub(crate) fn open(config: &str, bank: &str) -> Teller {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(config);
        let config = config::load(&file, &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
        let now = Now { mono: Mono::ZERO, wall: belgrade("2026-11-22T12:00:00") };
        let store = MemoryStore::new(&mut Dice::seeded(7));
        let engine = open_engine(&config, &store, now);
        // `bank.txt`, and `bank-more.txt` beside it.
        let of = |known: &String| bank == known || bank.starts_with(&format!("{known}-"));
        let bank = config.setup.banks.iter().position(of).expect("a bank");
        let mut teller = Teller {
            config,
            folder: file.parent().expect("a folder").to_owned(),
            bank,
            store,
            engine,
            now,
            told: BTreeMap::new(),
            kept: BTreeMap::new(),
            seen: Vec::new(),
            answered: None,
            refused: None,
            code: String::new(),
            events: 0,
            ported: BTreeMap::new(),
        };
        teller.bind();
        teller
    }

    /// All operators are bound.
    fn bind(&mut self) {
        let lanes = 0..self.config.setup.operators.len();
        self.turn(lanes.map(|lane| Input::Operator(lane, Report::Up)).collect());
    }

    /// An operator's link goes down, or is bound again.
    fn bound(&mut self, operator: &str, up: bool) {
        let lane = self.lane(operator);
        self.turn(vec![Input::Operator(lane, if up { Report::Up } else { Report::Down })]);
    }

    fn lane(&self, operator: &str) -> usize {
        let lanes = &self.config.setup.operators;
        lanes.iter().position(|known| known.name == operator).expect("an operator")
    }

    /// Does what a line says; what is otherwise where it expects something.
    pub(crate) fn line(&mut self, line: &str, phones: &Phones) -> Result<(), String> {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "wait" => self.wait(span(rest)),
            "at" => {
                let until = belgrade(&rest.replace(' ', "T"));
                self.wait(until.since(self.now.wall));
            }
            "bank" => self.event(rest),
            "enrol" => self.form(rest),
            "off" => self.bound(rest, false),
            "on" => self.bound(rest, true),
            "bill" | "usage" | "reverse" => self.clerk(first, rest),
            "ported" => {
                let (name, operator) = rest.split_once(' ').expect("ported P mts");
                let (number, _) = phones.get(name).expect("a phone that the file names");
                self.ported.insert(Msisdn::parse(number).expect("a number"), self.lane(operator));
            }
            "restart" => self.restart(),
            "set" => {
                settings::change(&mut self.config, &self.folder, self.bank, rest);
                self.store = MemoryStore::new(&mut Dice::seeded(7));
                self.engine = open_engine(&self.config, &self.store, self.now);
                self.bind();
            }
            "down" => {
                // The machine is off until then.
                let span = belgrade(&rest.replace(' ', "T")).since(self.now.wall);
                self.now = Now { mono: self.now.mono + span, wall: self.now.wall + span };
                self.restart();
                self.wait(Duration::from_secs(5));
            }
            "=" => return self.expect_answer(rest),
            name => return self.phone(name, rest, phones),
        }
        Ok(())
    }

    /// A text that nobody has read.
    pub(crate) fn unread(&mut self, phones: &Phones) -> Option<String> {
        self.wait(Duration::from_secs(90));
        // Another bank's calendar has its own scenes.
        let own = self.bank;
        self.told.values_mut().for_each(|left| left.retain(|told| told.bank == own));
        let (number, left) = self.told.iter().find(|(_, left)| !left.is_empty())?;
        let name = phones.iter().find(|(_, (n, _))| Msisdn::parse(n) == Ok(*number));
        let name = name.map_or("a stranger", |(name, _)| name.as_str());
        Some(format!("{name} < {}: {}", left[0].name, left[0].wording))
    }

    fn phone(&mut self, name: &str, rest: &str, phones: &Phones) -> Result<(), String> {
        let (number, operator) = phones.get(name).expect("a phone that the file names");
        if number.bytes().all(|octet| octet.is_ascii_alphabetic()) {
            self.anonymous(number, operator, rest);
            return Ok(());
        }
        let number = Msisdn::parse(number).expect("a number");
        let (sign, rest) = rest.split_once(' ').expect("> or <");
        if sign == ">" {
            let (code, text) = rest.split_once(' ').unwrap_or((rest, ""));
            let text = text.replace("{code}", &self.code);
            let text = text.as_str();
            let (operator, text) = match text.strip_prefix('@') {
                Some(named) => named.split_once(' ').expect("@operator text"),
                None => (operator.as_str(), text),
            };
            self.text(number, code, operator, text);
            return Ok(());
        }
        if sign == "=" {
            let kept = self.kept.get(&number).map_or("", String::as_str);
            return if kept == rest { Ok(()) } else { Err(format!("kept: {kept}")) };
        }
        let (by, rest) = match rest.strip_prefix('@') {
            Some(named) => {
                named.split_once(' ').map_or((None, rest), |(by, rest)| (Some(by), rest))
            }
            None => (None, rest),
        };
        let (wanted, fragment) = rest.split_once(' ').unwrap_or((rest, ""));
        let next = self.told.get_mut(&number).and_then(VecDeque::pop_front);
        if let Some(told) = &next {
            self.kept.insert(number, told.said.clone());
        }
        match next {
            None if wanted == "-" => Ok(()),
            None => Err("nothing has come".into()),
            Some(told)
                if by.is_some_and(|by| self.config.setup.operators[told.lane].name != by) =>
            {
                Err(format!("{} by another operator", told.name))
            }
            Some(told) if told.name == wanted && told.wording.contains(fragment) => Ok(()),
            Some(told) => Err(format!("{} from {}: {}", told.name, told.code, told.wording)),
        }
    }

    /// A text whose sender is letters: there is nobody to answer.
    fn anonymous(&mut self, sender: &str, operator: &str, rest: &str) {
        let rest = rest.strip_prefix("> ").expect("nothing comes to letters");
        let (code, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = Msisdn::parse("+381600000000").unwrap();
        let plain = deliver_sm(number, ShortCode::parse(code).expect("a code"), text);
        // Behind the header and an empty service_type: TON 5, NPI 0, and the letters.
        let digits = 19 + number.reveal().len();
        let mut frame = [&plain[..17], &[5, 0], sender.as_bytes(), &plain[digits..]].concat();
        let length = u32::try_from(frame.len()).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        self.deliver(operator, frame.into());
    }

    fn text(&mut self, from: Msisdn, code: &str, operator: &str, text: &str) {
        self.deliver(operator, deliver_sm(from, ShortCode::parse(code).expect("a code"), text));
    }

    fn deliver(&mut self, operator: &str, frame: Bytes) {
        let lane = self.lane(operator);
        let link = LinkId { bind: 0, epoch: 1 };
        let report = Report::Deliver { link, ticket: Ticket::default(), frame };
        self.turn(vec![Input::Operator(lane, report)]);
    }

    fn event(&mut self, line: &str) {
        self.events += 1;
        let (mut id, mut age) = (format!("dialogue-{}", self.events), Duration::ZERO);
        let mut bank = self.bank;
        let mut rest = line;
        let kind = loop {
            let (word, after) = rest.split_once(' ').expect("a type and data");
            rest = after;
            if let Some(given) = word.strip_prefix("id=") {
                id = given.to_owned();
            } else if let Some(name) = word.strip_prefix("of=") {
                let mut banks = self.config.setup.banks.iter();
                bank = banks.position(|known| known == name).expect("a bank");
            } else if let Some(given) = word.strip_prefix('-') {
                age = span(given);
            } else {
                break word;
            }
        };
        let millis = self.now.wall.as_millis() - i64::try_from(age.as_millis()).unwrap();
        let time = jiff::Timestamp::from_millisecond(millis).unwrap();
        let json = format!(
            r#"{{"specversion":"1.0","source":"dialogue","id":"{id}","type":"{kind}","time":"{time}","data":{rest}}}"#
        );
        (self.answered, self.refused) = (None, None);
        match Event::parse(&json) {
            Ok(event) => {
                let request = Request::Event { bank, event: Box::new(event) };
                self.turn(vec![Input::Request(Asked(self.events), request)]);
            }
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// A form that the branch hands in; `dry` in front of it: what would become of it.
    fn form(&mut self, json: &str) {
        self.events += 1;
        let (dry, json) = json.strip_prefix("dry ").map_or((false, json), |json| (true, json));
        (self.answered, self.refused) = (None, None);
        match Form::parse(json) {
            Ok(form) => {
                let (bank, form) = (Some(self.bank), Box::new(form));
                let request = Request::Enrol { bank, dry, form };
                self.turn(vec![Input::Request(Asked(self.events), request)]);
            }
            Err(faults) => self.refused = Some(shown(&faults)),
        }
    }

    fn expect_answer(&mut self, expected: &str) -> Result<(), String> {
        if let Some(Response::Enrol(Some(outcome))) = &self.answered {
            let answer = became(outcome);
            if let Some(code) = &outcome.code {
                self.code = code.reveal().to_string();
            }
            // Codes are drawn anew: what is expected stands in front of them.
            return if answer.starts_with(expected) { Ok(()) } else { Err(answer) };
        }
        let answer = match (&self.refused, &self.answered) {
            (Some(why), _) => format!("refused {why}"),
            (_, Some(Response::Event(Verdict::Taken { stale: true, .. }))) => "stale".to_owned(),
            (_, Some(Response::Event(Verdict::Taken { alerts, .. }))) => format!("taken {alerts}"),
            (_, Some(Response::Event(Verdict::Known))) => "known".to_owned(),
            (_, Some(Response::Bill(page))) => shown_bill(page),
            (_, Some(Response::Usage(over))) => {
                over.iter().map(shown_usage).collect::<Vec<_>>().join("; ")
            }
            (_, Some(Response::Reversed(became))) => format!("{became:?}"),
            (_, Some(Response::No(field, why))) => format!("refused {field} {why}"),
            (_, Some(response)) => format!("refused {response:?}"),
            (None, None) => "nothing".to_owned(),
        };
        let is_list = matches!(self.answered, Some(Response::Bill(_) | Response::Usage(_)));
        let fits = if is_list { answer == expected } else { answer.starts_with(expected) };
        if fits { Ok(()) } else { Err(answer) }
    }

    /// A clerk asks for a bill of a service, or for what went over an operator.
    fn clerk(&mut self, what: &str, rest: &str) {
        let mut words = rest.split(' ');
        let mut word = || words.next().expect("another word").to_owned();
        let (name, month) = (word(), word().parse().expect("2026-11"));
        let after = Mark::default();
        let request = match what {
            "bill" => Request::Bill { service: name, month, after },
            "reverse" => {
                let [customer, item] =
                    [word(), word()].map(|n| n.parse::<u16>().expect("a number"));
                let line = Mark { customer: customer.into(), item };
                let (amount, at) = (Minor::parse(&word()).ok(), self.now.wall);
                let claim = Claim { amount, by: word(), and: word(), at };
                Request::Reverse { service: name, month, line, claim }
            }
            _ => Request::Usage { operator: name, month },
        };
        (self.answered, self.refused) = (None, None);
        self.turn(vec![Input::Request(Asked(0), request)]);
    }

    fn restart(&mut self) {
        self.engine.close().expect("a clean end");
        self.store = self.store.clone();
        self.engine = open_engine(&self.config, &self.store, self.now);
        self.bind();
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now.mono + span;
        let end = self.now.wall + span;
        for _ in 0..100_000 {
            let due = self.engine.poll_timeout(self.now).min(until);
            let step = due.since(self.now.mono).max(Duration::from_millis(1));
            self.now = Now { mono: self.now.mono + step, wall: self.now.wall + step };
            if self.now.mono >= until {
                break;
            }
            // Housekeeping looks in each second; an hour of it proves no more than a minute.
            let left = until.since(self.now.mono);
            if left > Duration::from_secs(120) {
                let skip = left.min(Duration::from_secs(60));
                self.now = Now { mono: self.now.mono + skip, wall: self.now.wall + skip };
            }
            self.turn(Vec::new());
        }
        self.now = Now { mono: until, wall: end };
        self.turn(Vec::new());
    }

    /// Turns until nothing more follows at once; every part is accepted.
    fn turn(&mut self, mut inputs: Vec<Input>) {
        for _ in 0..1_000 {
            self.engine.turn(inputs.drain(..), self.now).expect("a store that works");
            let mut parts: BTreeMap<usize, u32> = BTreeMap::new();
            while let Some(effect) = self.engine.poll_effect() {
                match effect {
                    Effect::Order(lane, Order::Submit { token, .. }) => {
                        *parts.entry(lane).or_default() += 1;
                        let taken = self.note(lane, of_token(token).0);
                        let status = if taken { Status::ROK } else { Status::RINVDSTADR };
                        let meaning = status.meaning();
                        let heard = Report::Submitted { token, status, meaning, smsc_id: None };
                        inputs.push(Input::Operator(lane, heard));
                    }
                    Effect::Order(lane, Order::Respond { proof: Some(proof), .. }) => {
                        inputs.push(Input::Operator(lane, Report::Proved(proof)));
                    }
                    Effect::Order(..) => {}
                    Effect::Response(_, response) => self.answered = Some(response),
                }
            }
            inputs.extend(parts.into_iter().map(|(l, n)| Input::Operator(l, Report::Left(n))));
            if inputs.is_empty() {
                return;
            }
        }
        panic!("the engine finds no end");
    }

    /// A part of a message leaves: its whole text is told, once; false where the operator doesn't
    /// take it.
    fn note(&mut self, lane: usize, id: MessageId) -> bool {
        if self.seen.contains(&id) {
            return true;
        }
        let banks: Vec<BankId> =
            (0..self.config.setup.banks.len()).map(|bank| self.engine.bank_id(bank)).collect();
        let records = self.engine.records();
        let found = |bank: &BankId| Message::load(records, *bank, id).unwrap();
        let (bank, mut message) =
            (0..).zip(&banks).find_map(|(at, bank)| Some((at, found(bank)?))).expect("a message");
        let body = message.body(records).unwrap().expect("a body").clone();
        let number = body.phone().expect("a number");
        if self.ported.get(&number).is_some_and(|taker| *taker != lane) {
            return false;
        }
        self.seen.push(id);
        let code = body.code().map(|code| code.to_string()).unwrap_or_default();
        let Body { text: name, reply: wording, said, .. } = body;
        let told = Told { bank, lane, name, code, wording, said };
        self.told.entry(number).or_default().push_back(told);
        true
    }
}

fn open_engine(
    config: &Config,
    store: &MemoryStore,
    now: Now,
) -> Engine<MemoryStore, EmbeddedBank> {
    let opening = Opening {
        store: store.clone(),
        keyring: store.keyring(),
        dice: Dice::seeded(9),
        bank: EmbeddedBank::default(),
        seller: Box::<EmbeddedTopUp>::default(),
        setup: std::sync::Arc::new(config.setup.clone()),
    };
    let mut engine = Engine::open(opening, now).expect("an engine");
    assemble::load_seeds(&mut engine, config, now).expect("the sample banks");
    engine
}
