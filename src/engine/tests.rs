//! The engine alone: what operators and banks would report is handed in, what it orders is looked
//! at.

mod bounds;
mod ends;
mod forgotten;
mod horizon;
mod lookup;
mod networks;
mod receipts;
mod repeats;
mod reports;
mod runs;
mod stores;
mod switches;
mod withdrawn;

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;

use super::*;
use crate::bank::embedded::{EmbeddedBank, put_offer};
use crate::bank::event::Event;
use crate::bank::{AccountNumber, AccountState, CustomerId, Question};
use crate::base::money::Minor;
use crate::base::msisdn::{Msisdn, ShortCode};
use crate::base::now::Wall;
use crate::base::seal::KeyId;
use crate::customer::{Account, Customer, Phone, PhoneId};
use crate::engine::setup::{OperatorSetup, Options, Route, ServiceSetup};
use crate::message::{Head, Message, State, day_of};
use crate::operator::LinkId;
use crate::sale::embedded::EmbeddedTopUp;
use crate::service::Service;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::smpp::session::Ticket;
use crate::smpp::status::{Meaning, Status};
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Read as _};
use crate::subscription::{Subscription, Subscriptions};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
/// The bank's one customer has this phone.
const PHONE: &str = "381641112222";
const STRANGER: &str = "381649999999";
/// A code of the bank, and one of another bank that runs the same service.
const CODE: &str = "5622";
const OTHER: &str = "5800";

/// The embedded core, whose answers can be held back.
struct Core {
    embedded: EmbeddedBank,
    held: Rc<Cell<bool>>,
}

impl Bank for Core {
    fn ask(
        &mut self,
        ask: AskId,
        bank: BankId,
        question: &Question,
        records: &mut dyn Records,
        now: Now,
    ) -> Result<(), StoreError> {
        self.embedded.ask(ask, bank, question, records, now)
    }

    fn book(
        &self,
        bank: BankId,
        number: &AccountNumber,
        records: &dyn Records,
    ) -> Result<Option<AccountState>, StoreError> {
        self.embedded.book(bank, number, records)
    }

    fn poll_answer(&mut self) -> Option<(AskId, Answer)> {
        if self.held.get() { None } else { self.embedded.poll_answer() }
    }
}

/// An engine, its store, and the time.
struct Rig {
    memory: MemoryStore,
    engine: Engine<MemoryStore, Core>,
    setup: Setup,
    held: Rc<Cell<bool>>,
    now: Now,
}

impl Rig {
    /// Two banks with one customer each, both of the same number; the operator is up.
    fn new() -> Rig {
        Rig::with(setup())
    }

    fn with(setup: Setup) -> Rig {
        let memory = MemoryStore::new(&mut Dice::seeded(1));
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(1_793_872_800_000) };
        let held = Rc::new(Cell::new(false));
        let engine = open(&memory, &setup, &held, now);
        let mut rig = Rig { memory, engine, setup, held, now };
        for bank in 0..rig.setup.banks.len() {
            let enrolled = rig.engine.load_once(bank, now, |records, bank| {
                enrol(records, bank);
                Ok::<(), StoreError>(())
            });
            enrolled.unwrap();
        }
        rig.up();
        rig
    }

    /// The first bank's customer has an account whose credits he is told of.
    fn told_of_credits(setup: Setup) -> Rig {
        let mut rig = Rig::with(setup);
        let bank = rig.engine.bank_id(0);
        let records = rig.engine.records();
        let number = Msisdn::parse(PHONE).unwrap();
        let id = PhoneId::of(records.keyring(), number);
        let mut contract = Customer::new(Holder::Natural);
        contract.phones.push(number);
        contract.accounts.push(Account {
            kind: "TR".into(),
            ordinal: 1,
            number: AccountNumber::new("205-1"),
            closed: false,
        });
        let mut list = Subscriptions::default();
        let (topic, limit) = (Topic::Credit, Minor::whole(1_000));
        list.contract(Subscription { topic, item: 0, active: true, limit });
        contract.save(records, bank, CustomerId(1)).unwrap();
        list.save(records, bank, CustomerId(1), id);
        rig.turn([]);
        rig
    }

    /// A turn, a second later; what it orders.
    fn turn(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<Order> {
        self.pass(SECOND);
        self.engine.turn(inputs, self.now).unwrap();
        std::iter::from_fn(|| self.engine.poll_effect())
            .filter_map(|effect| match effect {
                Effect::Order(_, order) => Some(order),
                Effect::Response(..) => None,
            })
            .collect()
    }

    /// The same; the tokens of what is ordered to leave.
    fn sent(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<u64> {
        let orders = self.turn(inputs);
        let tokens = orders.into_iter().filter_map(|order| match order {
            Order::Submit { token, .. } => Some(token),
            _ => None,
        });
        tokens.collect()
    }

    /// Texts something, and the SMSC accepts whatever is answered.
    fn converse(&mut self, deliver: Input) {
        let tokens = self.sent([deliver]);
        assert!(!tokens.is_empty(), "an answer");
        self.turn(tokens.into_iter().map(accepted));
        assert_eq!(self.engine.live(), 0);
    }

    fn up(&mut self) -> Vec<u64> {
        self.sent([Input::Operator(0, Report::Up)])
    }

    fn down(&mut self) {
        self.turn([Input::Operator(0, Report::Down)]);
    }

    fn pass(&mut self, span: Duration) {
        self.now = Now { mono: self.now.mono + span, wall: self.now.wall + span };
    }

    /// The process dies and starts anew, on what is configured by now.
    fn crash(&mut self) {
        self.memory = self.memory.crash(&mut Dice::seeded(2)).unwrap();
        self.engine = open(&self.memory, &self.setup, &self.held, self.now);
    }

    /// A crash, and whether the start after it looks at a message: it refuses what it can't read.
    fn start_reads(&mut self, bank: BankId, id: u64) -> bool {
        self.memory = self.memory.crash(&mut Dice::seeded(2)).unwrap();
        let key = Message::key(bank, MessageId(id));
        let record = self.memory.get(&key).unwrap().unwrap();
        let write = |mut memory: MemoryStore, value| {
            let mut batch = Batch::default();
            batch.put(key.clone(), value);
            memory.commit(batch, memory.seq()).unwrap();
        };
        write(self.memory.clone(), vec![0xFF]);
        let started = try_open(&self.memory, &self.setup, &self.held, self.now);
        write(self.memory.clone(), record);
        self.engine = open(&self.memory, &self.setup, &self.held, self.now);
        match started {
            Ok(_) => false,
            Err(StartError::Store(StoreError::Damaged(_))) => true,
            Err(other) => panic!("{other}"),
        }
    }

    fn head(&mut self, bank: BankId, id: u64) -> Option<Head> {
        let message = Message::load(self.engine.records(), bank, MessageId(id)).unwrap();
        message.map(|message| message.head)
    }
}

fn setup() -> Setup {
    let text = include_str!("../../services/kombank.toml");
    let mut service = Service::read(text).unwrap();
    (service.replies_per_minute, service.help_per_hour) = (u32::MAX, u32::MAX);
    let mut other = service.clone();
    (other.name, other.bank) = ("other".into(), "other".into());
    let route = |code, service| Route {
        operator: 0,
        code: ShortCode::parse(code).unwrap(),
        service,
        accepts: None,
        otherwise: None,
        help: true,
        alerts: false,
        price: None,
    };
    Setup {
        banks: vec![service.bank.clone(), other.bank.clone()],
        services: vec![ServiceSetup { service, bank: 0 }, ServiceSetup { service: other, bank: 1 }],
        operators: vec![OperatorSetup::new("mts", "381", 1_000_000)],
        routes: vec![route(CODE, 0), route(OTHER, 1)],
        ported: Arc::default(),
        options: Options::default(),
    }
}

/// Money comes in on the account of [`Rig::told_of_credits`].
fn credit(rig: &Rig, id: &str) -> Input {
    let time = rig.now.wall;
    let json = format!(
        r#"{{"id":"{id}","source":"core","type":"account.credited","time":"{time}",
            "data":{{"account":"205-1","amount":"5000.00","currency":"RSD"}}}}"#
    );
    let event = Box::new(Event::parse(&json).unwrap());
    Input::Request(door::Ticket(1), Request::Event { bank: 0, event })
}

fn enrol(records: &mut dyn Records, bank: BankId) {
    Customer::new(Holder::Natural).save(records, bank, CustomerId(1)).unwrap();
    let id = PhoneId::of(records.keyring(), Msisdn::parse(PHONE).unwrap());
    Phone { customers: vec![CustomerId(1)], ..Phone::default() }.save(records, bank, id);
    put_offer(records, bank, "Kes kredit bez naknade.");
}

fn open(
    memory: &MemoryStore,
    setup: &Setup,
    held: &Rc<Cell<bool>>,
    now: Now,
) -> Engine<MemoryStore, Core> {
    try_open(memory, setup, held, now).unwrap()
}

fn try_open(
    memory: &MemoryStore,
    setup: &Setup,
    held: &Rc<Cell<bool>>,
    now: Now,
) -> Result<Engine<MemoryStore, Core>, StartError> {
    let opening = Opening {
        store: memory.clone(),
        keyring: memory.keyring(),
        dice: Dice::seeded(3),
        bank: Core { embedded: EmbeddedBank::default(), held: Rc::clone(held) },
        seller: Box::<EmbeddedTopUp>::default(),
        setup: Arc::new(setup.clone()),
    };
    Engine::open(opening, now)
}

/// A deliver_sm (4.6.1).
fn deliver(from: &str, code: &str, text: &str) -> Input {
    frame(from, code, 0, text.as_bytes())
}

/// The first of two parts.
fn first_part(from: &str, code: &str) -> Input {
    frame(from, code, 0x40, b"\x05\x00\x03\x07\x02\x01PRIJAVA PRI")
}

fn frame(from: &str, code: &str, esm_class: u8, text: &[u8]) -> Input {
    let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1];
    frame.extend_from_slice(from.as_bytes());
    frame.extend_from_slice(b"\0\x03\0");
    frame.extend_from_slice(code.as_bytes());
    frame.extend_from_slice(&[0, esm_class, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
    frame.extend_from_slice(text);
    let length = frame.len() as u32;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    let link = LinkId { bind: 0, epoch: 1 };
    let report = Report::Deliver { link, ticket: Ticket::default(), frame: Bytes::from(frame) };
    Input::Operator(0, report)
}

fn accepted(token: u64) -> Input {
    let (status, meaning) = (Status::ROK, Meaning::Ok);
    Input::Operator(0, Report::Submitted { token, status, meaning, smsc_id: None })
}

fn throttled(token: u64) -> Input {
    let (status, meaning) = (Status(0x58), Meaning::Throttled);
    Input::Operator(0, Report::Submitted { token, status, meaning, smsc_id: None })
}

fn unknown(token: u64) -> Input {
    Input::Operator(0, Report::Unknown { token })
}

fn late(token: u64) -> Input {
    Input::Operator(0, Report::Late { token, meaning: Meaning::Ok, smsc_id: None })
}

fn proved(message: u64) -> Input {
    Input::Operator(0, Report::Proved(message))
}
