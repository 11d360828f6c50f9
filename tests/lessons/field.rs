//! The daemon's core before an SMSC of the field, or several, in virtual time: engine and operators
//! as the daemon runs them, and octets between them and simulated SMSCs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use smpp_sim::{ConnId, Event, Profile, SmsOut, Smsc};
use tellerd::bank::embedded::{EmbeddedBank, put_offer};
use tellerd::base::dice::Dice;
use tellerd::base::msisdn::ShortCode;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::base::secret::Secret;
use tellerd::engine::setup::{OperatorSetup, Route, Setup};
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::message::{Body, Head, Message, MessageId, State};
use tellerd::operator::{self, Operator, Order, Report, pacing};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::service::Service;
use tellerd::smpp::session;
use tellerd::store::StoreError;
use tellerd::store::memory::MemoryStore;

pub(crate) const CODE: &str = "5622";
pub(crate) const PASSWORD: &str = "secret08";
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// What strangers get who ask for `INFO`: one part.
const OFFER: &str = "Kes kredit bez naknade.";
const NOON: Wall = Wall::from_millis(1_793_872_800_000);

/// What is configured.
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) setup: Setup,
    pub(crate) reach: operator::Options,
    pub(crate) offer: String,
    /// Further operators, behind the first in the setup.
    others: Vec<(Profile, operator::Options)>,
}

/// An operator with these personalities that is asked for receipts, over one bind.
pub(crate) fn plan(personalities: &str) -> Plan {
    let mut service = Service::read(include_str!("../../services/kombank.toml")).unwrap();
    (service.replies_per_minute, service.help_per_hour) = (u32::MAX, u32::MAX);
    let mut operator = OperatorSetup::new("mts", "381", 50);
    operator.form.registered_delivery = 1;
    let bind = session::Options {
        system_id: "tellerd".into(),
        password: Secret::new(PASSWORD),
        ..session::Options::default()
    };
    Plan {
        profile: Profile::personality(personalities).unwrap(),
        setup: Setup::single(service, operator, ShortCode::parse(CODE).unwrap()),
        reach: operator::Options {
            name: "mts".into(),
            binds: vec![bind],
            pace: pacing::Options::default(),
            statuses: Default::default(),
            reconnect_min: SECOND,
            reconnect_max: MINUTE,
            canary: None,
        },
        offer: OFFER.into(),
        others: Vec::new(),
    }
}

impl Plan {
    /// As many binds.
    pub(crate) fn with_binds(mut self, count: usize) -> Plan {
        self.reach.binds = vec![self.reach.binds[0].clone(); count];
        self
    }

    /// One more operator whose numbers begin with a prefix and who serves the same code; alerts
    /// leave by it and by the first.
    pub(crate) fn beside(mut self, name: &str, prefix: &str, profile: Profile) -> Plan {
        let setup = &mut self.setup;
        let prefixes = vec![prefix.to_owned()];
        let like = setup.operators[0].clone();
        setup.operators.push(OperatorSetup { name: name.into(), prefixes, ..like });
        setup.routes[0].alerts = true;
        let operator = setup.operators.len() - 1;
        setup.routes.push(Route { operator, ..setup.routes[0].clone() });
        let reach = operator::Options { name: name.into(), ..self.reach.clone() };
        self.others.push((profile, reach));
        self
    }

    /// What the operator's section of the configuration says otherwise.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut OperatorSetup)) -> Plan {
        change(&mut self.setup.operators[0]);
        self
    }

    /// An offer of two parts.
    pub(crate) fn with_long_offer(mut self) -> Plan {
        self.offer = "Kes kredit bez naknade. ".repeat(10);
        self
    }

    /// Bound, or trying to.
    pub(crate) fn open(self) -> Field {
        crate::log::keep();
        let memory = MemoryStore::new(&mut Dice::seeded(1));
        let at = Now { mono: Mono::ZERO, wall: NOON };
        let opening = Opening {
            store: memory.clone(),
            keyring: memory.keyring(),
            dice: Dice::seeded(2),
            bank: EmbeddedBank::default(),
            seller: Box::<EmbeddedTopUp>::default(),
            setup: Arc::new(self.setup),
        };
        let mut engine = Engine::open(opening, at).unwrap();
        let offered = engine.load_once(0, at, |records, bank| -> Result<(), StoreError> {
            put_offer(records, bank, &self.offer);
            Ok(())
        });
        offered.unwrap();
        let beside = |(profile, reach)| (Smsc::new(profile), Ours::new(reach));
        let mut field = Field {
            now: Duration::ZERO,
            memory,
            smsc: Smsc::new(self.profile),
            engine,
            ours: Ours::new(self.reach),
            others: self.others.into_iter().map(beside).collect(),
            inputs: Vec::new(),
            canaries: Vec::new(),
            events: Vec::new(),
        };
        field.pass(SECOND);
        field
    }
}

/// The world. Beside the first operator there may be others.
pub(crate) struct Field {
    pub(crate) now: Duration,
    pub(crate) memory: MemoryStore,
    pub(crate) smsc: Smsc,
    pub(crate) engine: Engine<MemoryStore, EmbeddedBank>,
    ours: Ours,
    pub(crate) others: Vec<(Smsc, Ours)>,
    inputs: Vec<Input>,
    /// What was heard of canaries: how long each took, if it came back.
    pub(crate) canaries: Vec<Option<Duration>>,
    /// What happened at the first operator's SMSC, and when.
    pub(crate) events: Vec<(Duration, Event)>,
}

/// Our side of an operator.
pub(crate) struct Ours {
    operator: Operator,
    /// The connection of each bind, and what was read of it.
    sockets: Vec<(Option<ConnId>, BytesMut)>,
    conns: u64,
}

impl Field {
    /// Time passes.
    pub(crate) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            self.settle();
            let mut next = self.engine.poll_timeout(self.at()).since(Mono::ZERO);
            self.each(|_, smsc, ours| {
                let due = ours.operator.poll_timeout().map(|mono| mono.since(Mono::ZERO));
                next = due.into_iter().chain(smsc.poll_timeout()).fold(next, Duration::min);
            });
            if next > end {
                break;
            }
            // Whoever is due at once has had its turn: the next is a little later.
            self.now = next.max(self.now + Duration::from_micros(1)).min(end);
            if self.now == end {
                break;
            }
        }
        self.now = end;
        self.settle();
    }

    /// A number asks for the offer.
    pub(crate) fn asks(&mut self, phone: &str) {
        self.says(phone, "INFO");
    }

    pub(crate) fn says(&mut self, phone: &str, text: &str) {
        self.smsc.phone_sends(phone, CODE, text, self.now);
    }

    /// So many numbers ask, one after the other.
    pub(crate) fn all_ask(&mut self, count: usize) -> Vec<String> {
        let phones: Vec<String> = (0..count).map(|n| format!("+38164000{n:04}")).collect();
        phones.iter().for_each(|phone| self.asks(phone));
        phones
    }

    /// What is ordered of the operator beside the engine.
    pub(crate) fn order(&mut self, order: Order) {
        self.ours.operator.handle_order(order, Mono::ZERO + self.now);
    }

    /// The one bind's connection.
    pub(crate) fn conn(&self) -> ConnId {
        self.smsc.binds().next().expect("a bind").0
    }

    /// What the phones got.
    pub(crate) fn texts(&self) -> Vec<SmsOut> {
        let messages = self.events.iter().filter_map(|(_, event)| match event {
            Event::Message(sms) => Some(sms.clone()),
            _ => None,
        });
        messages.collect()
    }

    /// How many have had a text.
    pub(crate) fn reached(&self) -> usize {
        self.texts().into_iter().map(|text| text.to).collect::<BTreeSet<_>>().len()
    }

    pub(crate) fn count(&self, pick: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|(_, event)| pick(event)).count()
    }

    /// The records of all messages so far.
    pub(crate) fn heads(&mut self) -> Vec<Head> {
        (1..).map_while(|id| self.load(id)).map(|message| message.head).collect()
    }

    /// How all messages so far stand, the same ones counted.
    pub(crate) fn states(&mut self) -> Vec<(State, usize)> {
        let mut states: Vec<(State, usize)> = Vec::new();
        for head in self.heads() {
            match states.iter_mut().find(|(state, _)| *state == head.state) {
                Some((_, count)) => *count += 1,
                None => states.push((head.state, 1)),
            }
        }
        states
    }

    /// What the first message says.
    pub(crate) fn body(&mut self) -> Body {
        let mut message = self.load(1).expect("a message");
        message.body(self.engine.records()).unwrap().expect("its key").clone()
    }

    fn load(&mut self, id: u64) -> Option<Message> {
        let bank = self.engine.bank_id(0);
        Message::load(self.engine.records(), bank, MessageId(id)).unwrap()
    }

    pub(crate) fn at(&self) -> Now {
        Now { mono: Mono::ZERO + self.now, wall: NOON + self.now }
    }

    /// Does something to each operator, both sides of it.
    fn each(&mut self, mut act: impl FnMut(usize, &mut Smsc, &mut Ours)) {
        act(0, &mut self.smsc, &mut self.ours);
        for (lane, (smsc, ours)) in (1..).zip(&mut self.others) {
            act(lane, smsc, ours);
        }
    }

    /// All that happens at this moment.
    fn settle(&mut self) {
        let mono = Mono::ZERO + self.now;
        let now = self.now;
        self.each(|_, smsc, ours| {
            smsc.handle_timeout(now);
            ours.operator.handle_timeout(mono);
        });
        loop {
            let (mut moves, mut inputs) = (false, std::mem::take(&mut self.inputs));
            self.each(|lane, smsc, ours| {
                moves |= ours.connect(smsc, now);
                for bind in 0..ours.sockets.len() {
                    moves |= ours.exchange(smsc, bind, now);
                }
                let reports = std::iter::from_fn(|| ours.operator.poll_report());
                inputs.extend(reports.map(|report| Input::Operator(lane, report)));
            });
            moves |= !inputs.is_empty();
            self.canaries.extend(inputs.iter().filter_map(|input| match input {
                Input::Operator(_, Report::Canary { back_after, .. }) => Some(*back_after),
                _ => None,
            }));
            self.engine.turn(inputs, self.at()).unwrap();
            while let Some(effect) = self.engine.poll_effect() {
                if let Effect::Order(lane, order) = effect {
                    let ours = match lane.checked_sub(1) {
                        Some(other) => &mut self.others[other].1,
                        None => &mut self.ours,
                    };
                    ours.operator.handle_order(order, mono);
                    moves = true;
                }
            }
            self.each(|_, _, ours| ours.operator.dispatch(mono));
            while let Some(event) = self.smsc.poll_event() {
                self.events.push((self.now, event));
            }
            if !moves {
                return;
            }
        }
    }
}

impl Ours {
    fn new(reach: operator::Options) -> Ours {
        let mut operator = Operator::new(reach, Dice::seeded(3));
        operator.set_first();
        let sockets = (0..operator.binds()).map(|_| (None, BytesMut::new())).collect();
        Ours { operator, sockets, conns: 0 }
    }

    fn connect(&mut self, smsc: &mut Smsc, now: Duration) -> bool {
        let (mono, mut any) = (Mono::ZERO + now, false);
        while let Some(bind) = self.operator.poll_connect(mono) {
            self.conns += 1;
            let conn = ConnId(self.conns);
            smsc.handle_connected(conn, now);
            self.sockets[bind] = (Some(conn), BytesMut::new());
            self.operator.handle_connected(bind, mono);
            any = true;
        }
        any
    }

    /// What both sides of a bind's connection have to say to each other.
    fn exchange(&mut self, smsc: &mut Smsc, bind: usize, now: Duration) -> bool {
        let mono = Mono::ZERO + now;
        let Some(conn) = self.sockets[bind].0 else { return false };
        let mut out = BytesMut::new();
        let mut any = self.operator.poll_transmit(bind, &mut out);
        if any {
            smsc.handle_bytes(conn, &out, now);
        }
        while let Some(octets) = smsc.poll_transmit(conn) {
            self.sockets[bind].1.extend_from_slice(&octets);
            self.operator.handle_bytes(bind, &mut self.sockets[bind].1, mono);
            any = true;
        }
        let smsc_closes = smsc.poll_close(conn);
        if smsc_closes {
            self.operator.handle_closed(bind, mono);
        }
        if self.operator.poll_close(bind, mono) || smsc_closes {
            self.operator.poll_close(bind, mono);
            smsc.handle_closed(conn);
            self.sockets[bind] = (None, BytesMut::new());
            any = true;
        }
        any
    }
}
