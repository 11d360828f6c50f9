//! What a record says of its tries: `attempts` counts those that left, `failures` those that went
//! wrong.
//!
//! A reply of two parts, so that one part's fate can differ from the other's. The engine is alone:
//! what an operator would report is handed in.

#![allow(clippy::expect_used, reason = "tests panic where they fail")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tellerd::bank::embedded::{EmbeddedBank, put_offer};
use tellerd::base::dice::Dice;
use tellerd::base::msisdn::ShortCode;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::engine::setup::{OperatorSetup, Options, Setup};
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::message::{Head, Message, MessageId, State};
use tellerd::operator::{LinkId, Order, Report};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::service::Service;
use tellerd::smpp::session::Ticket;
use tellerd::smpp::status::{Meaning, Status};
use tellerd::store::StoreError;
use tellerd::store::memory::MemoryStore;

/// Two parts.
const OFFER: &str = "Novo: kes kredit bez naknade za obradu do kraja meseca. Ponuda vazi za sve klijente koji \
    primaju platu preko Banke, sa rokom otplate do sedam godina. Informacije u ekspoziturama.";
const SECOND: Duration = Duration::from_secs(1);

/// What becomes of a part.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fate {
    Accepted,
    Returned,
    Throttled,
    Temporary,
    Unknown,
    Permanent,
}

impl Fate {
    const ALL: [Fate; 6] = [
        Fate::Accepted,
        Fate::Returned,
        Fate::Throttled,
        Fate::Temporary,
        Fate::Unknown,
        Fate::Permanent,
    ];

    fn went_wrong(self) -> bool {
        matches!(self, Fate::Temporary | Fate::Unknown | Fate::Permanent)
    }

    fn report(self, token: u64) -> Input {
        let answered =
            |status, meaning| Report::Submitted { token, status, meaning, smsc_id: None };
        let report = match self {
            Fate::Accepted => answered(Status::ROK, Meaning::Ok),
            Fate::Returned => Report::Returned { token },
            Fate::Throttled => answered(Status(0x58), Meaning::Throttled),
            Fate::Temporary => answered(Status(0x08), Meaning::Temporary),
            Fate::Unknown => Report::Unknown { token },
            Fate::Permanent => answered(Status(0x0B), Meaning::Permanent),
        };
        Input::Operator(0, report)
    }
}

/// An engine, the message it works on, and the time.
struct Rig {
    memory: MemoryStore,
    engine: Engine<MemoryStore, EmbeddedBank>,
    now: Now,
}

impl Rig {
    /// A stranger has asked for the offer; both parts of the reply have been ordered.
    fn new() -> (Rig, Vec<u64>) {
        let memory = MemoryStore::new(&mut Dice::seeded(1));
        let now = Now { mono: Mono::ZERO, wall: Wall::from_millis(1_793_872_800_000) };
        let mut rig = Rig { engine: open(&memory, now), memory, now };
        let offered = rig.engine.load_once(0, now, |records, bank| -> Result<(), StoreError> {
            put_offer(records, bank, OFFER);
            Ok(())
        });
        offered.expect("an offer");
        rig.up();
        let tokens = rig.turn([deliver()]);
        assert_eq!(tokens.len(), 2, "parts of the reply");
        (rig, tokens)
    }

    /// A turn, a second later; the tokens of what is ordered to leave.
    fn turn(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<u64> {
        self.pass(SECOND);
        self.engine.turn(inputs, self.now).expect("a turn");
        let effects = std::iter::from_fn(|| self.engine.poll_effect());
        let tokens = effects.filter_map(|effect| match effect {
            Effect::Order(_, Order::Submit { token, .. }) => Some(token),
            _ => None,
        });
        tokens.collect()
    }

    fn up(&mut self) -> Vec<u64> {
        self.turn([Input::Operator(0, Report::Up)])
    }

    /// What became of some parts, and that nothing can leave for now: the try stands alone.
    fn hear(&mut self, fates: &[(u64, Fate)]) {
        let down = Input::Operator(0, Report::Down);
        let reports = fates.iter().map(|(token, fate)| fate.report(*token));
        let ordered = self.turn([down].into_iter().chain(reports));
        assert!(ordered.is_empty(), "nothing leaves while the operator is down");
    }

    fn pass(&mut self, span: Duration) {
        self.now = Now { mono: self.now.mono + span, wall: self.now.wall + span };
    }

    /// The process dies and starts anew.
    fn crash(&mut self) {
        self.memory = self.memory.crash(&mut Dice::seeded(2)).expect("a store");
        self.engine = open(&self.memory, self.now);
    }

    fn head(&mut self) -> Head {
        let bank = self.engine.bank_id(0);
        let message = Message::load(self.engine.records(), bank, MessageId(1));
        message.expect("a record that can be read").expect("a record").head
    }
}

fn open(memory: &MemoryStore, now: Now) -> Engine<MemoryStore, EmbeddedBank> {
    let text = include_str!("../services/kombank.toml");
    let service = Service::read(text).expect("the shipped service has no faults");
    let setup = Setup::single(
        service,
        OperatorSetup::new("mts", "381", 5_000),
        ShortCode::parse("5622").expect("a code"),
    );
    let opening = Opening {
        store: memory.clone(),
        keyring: memory.keyring(),
        dice: Dice::seeded(3),
        bank: EmbeddedBank::default(),
        seller: Box::<EmbeddedTopUp>::default(),
        setup: Arc::new(setup),
    };
    Engine::open(opening, now).expect("an engine")
}

/// A deliver_sm of `INFO` (4.6.1).
fn deliver() -> Input {
    let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1];
    frame.extend_from_slice(b"381641112222\0\x03\x005622\0\0\0\0\0\0\0\0\0\0\x04INFO");
    let length = frame.len() as u32;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    let link = LinkId { bind: 0, epoch: 1 };
    let report = Report::Deliver { link, ticket: Ticket::default(), frame: Bytes::from(frame) };
    Input::Operator(0, report)
}

#[test]
fn a_try_counts_once_unless_no_part_of_it_left() {
    for first in Fate::ALL {
        for second in Fate::ALL {
            for turned in [false, true] {
                let (mut rig, tokens) = Rig::new();
                let mut fates = [(tokens[0], first), (tokens[1], second)];
                if turned {
                    fates.reverse();
                }
                rig.hear(&fates);
                let head = rig.head();
                let left = first != Fate::Returned || second != Fate::Returned;
                let wrong = first.went_wrong() || second.went_wrong();
                assert_eq!(
                    (head.attempts, head.failures),
                    (u16::from(left), u16::from(wrong)),
                    "attempts and failures: {first:?}, {second:?}, the other way round: {turned}"
                );
            }
        }
    }
}

#[test]
fn what_reached_a_phone_beside_a_throttled_part_is_still_told_when_it_expires() {
    let (mut rig, tokens) = Rig::new();
    rig.hear(&[(tokens[0], Fate::Throttled), (tokens[1], Fate::Accepted)]);
    rig.crash();
    rig.pass(Duration::from_secs(3_600));
    rig.turn([]);
    let head = rig.head();
    assert_eq!((head.state, head.attempts, head.accepted), (State::Expired, 1, 0b10));
}

#[test]
fn a_later_part_that_comes_back_costs_nothing() {
    let (mut rig, tokens) = Rig::new();
    rig.hear(&[(tokens[0], Fate::Accepted), (tokens[1], Fate::Returned)]);
    for _ in 0..3 {
        assert_eq!(rig.up(), tokens[1..], "the missing part");
        rig.hear(&[(tokens[1], Fate::Returned)]);
        assert_eq!(rig.head().attempts, 1, "only the first try left");
    }
    rig.up();
    rig.hear(&[(tokens[1], Fate::Accepted)]);
    let head = rig.head();
    assert_eq!((head.state, head.attempts, head.failures), (State::Accepted, 2, 0));
}

#[test]
fn throttling_is_told_and_never_ends_a_message() {
    let (mut rig, tokens) = Rig::new();
    let tries = 3 * Options::default().retries_max;
    for n in 1..=tries {
        rig.hear(&[(tokens[0], Fate::Throttled), (tokens[1], Fate::Throttled)]);
        assert_eq!((rig.head().attempts, rig.head().failures), (n, 0));
        assert_eq!(rig.up(), tokens);
    }
    rig.hear(&[(tokens[0], Fate::Accepted), (tokens[1], Fate::Accepted)]);
    assert_eq!((rig.head().state, rig.head().attempts), (State::Accepted, tries + 1));
}

#[test]
fn a_try_that_the_process_died_in_may_have_left_and_went_wrong() {
    let (mut rig, tokens) = Rig::new();
    rig.turn([Fate::Throttled.report(tokens[0])]);
    rig.crash();
    let head = rig.head();
    assert_eq!((head.state, head.attempts, head.failures), (State::Unknown, 1, 1));
    assert_eq!(rig.up(), tokens);
    rig.hear(&[(tokens[0], Fate::Returned), (tokens[1], Fate::Returned)]);
    assert_eq!((rig.head().attempts, rig.head().failures), (1, 1));
}
