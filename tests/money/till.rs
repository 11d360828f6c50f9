//! A daemon's engine between a phone, a bank and a seller; killed and started anew as a test likes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tellerd::bank::{AccountNumber, AskId, BankId, CustomerId, Question, Reference};
use tellerd::base::dice::Dice;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::customer::{Account, Customer, Phone, PhoneId};
use tellerd::engine::door::{Request, Response, Ticket as Asked};
use tellerd::engine::setup::{OperatorSetup, Setup};
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::message::Message;
use tellerd::operator::{LinkId, Order, Report};
use tellerd::outbox::of_token;
use tellerd::purchase::{Head, Purchase};
use tellerd::sale::Sale;
use tellerd::service::Service;
use tellerd::service::file::Holder;
use tellerd::smpp::session::Ticket;
use tellerd::smpp::status::{Meaning, Status};
use tellerd::store::StoreError;
use tellerd::store::memory::MemoryStore;
use tellerd::trial::deliver_sm;

use super::outside::{Outside, ToSeller, World, lock};

const PHONE: &str = "+38344123456";
const CODE: &str = "50333";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

type Core = Outside<(AskId, Question)>;

/// Everything.
pub(crate) struct Till {
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) memory: MemoryStore,
    pub(crate) now: Now,
    setup: Arc<Setup>,
    engine: Option<Engine<MemoryStore, Core>>,
    opened: u64,
    tickets: u64,
    /// Names of the texts that reached the phone, and their wording, once for each message.
    pub(crate) told: Vec<(String, String)>,
    seen: Vec<u64>,
    /// What operators report next.
    reports: VecDeque<Input>,
    /// Which deliver_sm were acknowledged.
    pub(crate) acknowledged: Vec<usize>,
    pub(crate) response: Option<Response>,
}

impl Till {
    pub(crate) fn new(balance: i64, refuses: &[&str]) -> Till {
        let service = Service::read(include_str!("../../services/procredit.toml")).unwrap();
        let operator = OperatorSetup::new("vala", "383", 1_000);
        let setup = Arc::new(Setup::single(service, operator, ShortCode::parse(CODE).unwrap()));
        let refuses = refuses.iter().map(|target| (*target).to_owned()).collect();
        let world = World { balance, refuses, ..World::default() };
        let mut till = Till {
            world: Arc::new(Mutex::new(world)),
            memory: MemoryStore::new(&mut Dice::seeded(1)),
            now: Now { mono: Mono::ZERO, wall: Wall::from_millis(1_795_345_200_000) },
            setup,
            engine: None,
            opened: 0,
            tickets: 0,
            told: Vec::new(),
            seen: Vec::new(),
            reports: VecDeque::new(),
            acknowledged: Vec::new(),
            response: None,
        };
        till.open();
        let (now, number) = (till.now, Msisdn::parse(PHONE).unwrap());
        let enrolled = till.engine().load_once(0, now, |records, bank| {
            let accounts = vec![Account {
                kind: "RRJEDHESE".into(),
                ordinal: 1,
                closed: false,
                number: AccountNumber::new("1110000001200166"),
            }];
            let contract = Customer { accounts, ..Customer::new(Holder::Natural) };
            contract.save(records, bank, CustomerId(1))?;
            let id = PhoneId::of(records.keyring(), number);
            let phone = Phone { customers: vec![CustomerId(1)], ..Phone::default() };
            phone.save(records, bank, id);
            Ok::<(), StoreError>(())
        });
        assert!(enrolled.unwrap());
        till
    }

    fn engine(&mut self) -> &mut Engine<MemoryStore, Core> {
        self.engine.as_mut().expect("the process runs")
    }

    pub(crate) fn bank(&mut self) -> BankId {
        self.engine().bank_id(0)
    }

    /// Starts on what is on disk.
    fn open(&mut self) {
        self.opened += 1;
        let opening = Opening {
            store: self.memory.clone(),
            keyring: self.memory.keyring(),
            dice: Dice::seeded(self.opened),
            bank: Core::new(&self.world),
            seller: Box::new(Outside::<ToSeller>::new(&self.world)),
            setup: Arc::clone(&self.setup),
        };
        self.engine = Some(Engine::open(opening, self.now).expect("an engine"));
        self.reports = VecDeque::from([Input::Operator(0, Report::Up)]);
    }

    /// The process dies, and starts anew. The states in which it left its orders.
    pub(crate) fn crash(&mut self, dice: &mut Dice) -> Vec<Head> {
        self.engine = None;
        self.memory = self.memory.crash(dice).expect("a store that can be made whole");
        let heads = Purchase::heads(&self.memory, BankId(1)).unwrap();
        self.open();
        heads
    }

    pub(crate) fn pass(&mut self, span: Duration) {
        self.now = Now { mono: self.now.mono + span, wall: self.now.wall + span };
    }

    /// A turn; an error where the commit failed. What is sent is accepted in the next one.
    pub(crate) fn turn(&mut self, inputs: Vec<Input>) -> Result<(), StoreError> {
        let now = self.now;
        let reports: Vec<Input> = self.reports.drain(..).collect();
        let engine = self.engine.as_mut().expect("the process runs");
        // Ahead where it can: whoever waits for the disk keeps it from that.
        engine.build(reports.into_iter().chain(inputs), now)?;
        engine.commit_ahead()?;
        engine.land()?;
        let mut parts = 0;
        while let Some(effect) = self.engine().poll_effect() {
            match effect {
                Effect::Order(_, Order::Submit { token, .. }) => {
                    parts += 1;
                    self.note(token);
                    let (status, meaning) = (Status::ROK, Meaning::Ok);
                    let heard = Report::Submitted { token, status, meaning, smsc_id: None };
                    self.reports.push_back(Input::Operator(0, heard));
                }
                Effect::Order(_, Order::Respond { link, status: Status::ROK, .. }) => {
                    self.acknowledged.push(link.bind);
                }
                Effect::Order(..) => {}
                Effect::Response(_, response) => self.response = Some(response),
            }
        }
        if parts > 0 {
            self.reports.push_back(Input::Operator(0, Report::Left(parts)));
        }
        Ok(())
    }

    fn note(&mut self, token: u64) {
        let (id, _) = of_token(token);
        if self.seen.contains(&id.0) {
            return;
        }
        self.seen.push(id.0);
        let bank = self.bank();
        let records = self.engine().records();
        let mut message = Message::load(records, bank, id).unwrap().expect("a message");
        let body = message.body(records).unwrap().expect("a body").clone();
        self.told.push((body.text, body.reply));
    }

    /// A deliver_sm of the customer, over a link of its own by which its answer is known.
    pub(crate) fn deliver(&mut self, text: &str, bind: usize) -> Input {
        let frame: Bytes =
            deliver_sm(Msisdn::parse(PHONE).unwrap(), ShortCode::parse(CODE).unwrap(), text);
        let (link, ticket) = (LinkId { bind, epoch: self.opened }, Ticket::default());
        Input::Operator(0, Report::Deliver { link, ticket, frame })
    }

    pub(crate) fn request(&mut self, request: Request) -> Response {
        self.tickets += 1;
        let input = Input::Request(Asked(self.tickets), request);
        self.turn(vec![input]).unwrap();
        self.response.take().expect("a response")
    }

    /// Whether nothing is under way.
    pub(crate) fn is_calm(&mut self) -> bool {
        let open = Purchase::open_ones(&self.memory, BankId(1)).unwrap();
        open.is_empty() && self.engine().live() == 0 && self.reports.is_empty()
    }

    /// Bank and seller do all that they were asked and answer it; then nothing more follows.
    pub(crate) fn settle_down(&mut self) {
        for _ in 0..100 {
            let inputs = self.answers();
            let idle = inputs.is_empty() && self.reports.is_empty();
            self.turn(inputs).unwrap();
            if idle {
                return;
            }
        }
        panic!("bank and seller find no end");
    }

    /// All that bank and seller were asked is done, and answered.
    pub(crate) fn answers(&mut self) -> Vec<Input> {
        let mut world = lock(&self.world);
        let mut inputs = Vec::new();
        while let Some((ask, question)) = world.asked.pop_front() {
            let answer = world.do_bank(&question);
            inputs.push(Input::Answer(ask, answer));
        }
        while let Some((reference, sale)) = world.sells.pop_front() {
            let sold = world.do_sell(reference, &sale);
            inputs.push(Input::Sold(reference, sold));
        }
        while let Some(reference) = world.inquiries.pop_front() {
            inputs.push(Input::Sold(reference, world.do_inquire(reference)));
        }
        inputs
    }

    /// The next sale that the seller is asked for.
    pub(crate) fn asked_to_sell(&self) -> Option<(Reference, Sale)> {
        lock(&self.world).sells.front().cloned()
    }

    /// The names of what the phone was told.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.told.iter().map(|(name, _)| name.as_str()).collect()
    }
}
