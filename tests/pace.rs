//! Pace in virtual time: the contract of an operator is used to 99 % and never exceeded in any one
//! second.
//!
//! The engine and the operator as values, with a peer that answers each request at once. More waits
//! than may leave, every third reply is of two parts, so that a long message that has begun keeps
//! its place.

#![allow(clippy::expect_used, reason = "tests panic where they fail")]

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tellerd::bank::embedded::{EmbeddedBank, put_offer};
use tellerd::base::dice::Dice;
use tellerd::base::msisdn::{Msisdn, ShortCode};
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::engine::setup::{OperatorSetup, Options, Setup};
use tellerd::engine::{Effect, Engine, Input, Opening};
use tellerd::operator::{LinkId, Operator, Report, pacing};
use tellerd::sale::embedded::EmbeddedTopUp;
use tellerd::service::Service;
use tellerd::smpp::session;
use tellerd::store::StoreError;
use tellerd::store::memory::MemoryStore;
use tellerd::trial::deliver_sm;

/// Two parts.
const OFFER: &str = "Novo: kes kredit bez naknade za obradu do kraja meseca. Ponuda vazi za sve klijente koji \
    primaju platu preko Banke, sa rokom otplate do sedam godina. Informacije u ekspoziturama.";

const SECOND: u64 = 1_000_000_000;

/// The wire to an SMSC that answers at once, and when each submit_sm was on it.
struct Wire {
    now: Mono,
    submits: Vec<u64>,
    parts_of_long: usize,
}

impl Wire {
    /// Answers all requests in `out` with status 0.
    fn answer(&mut self, mut out: &[u8]) -> BytesMut {
        let mut answers = BytesMut::new();
        while out.len() >= 16 {
            let word = |at: usize| u32::from_be_bytes(out[at..at + 4].try_into().expect("a word"));
            let (length, id, sequence) = (word(0) as usize, word(4), word(12));
            if id == 0x0000_0004 {
                self.submits.push(self.now.as_nanos());
                // The header of a long message, its reference of 8 or of 16 bits.
                self.parts_of_long +=
                    usize::from(out[..length].windows(3).any(|w| w == [5, 0, 3] || w == [6, 8, 4]));
            }
            if id & 0x8000_0000 == 0 {
                let body: &[u8] = match id {
                    0x0000_0009 => b"smsc\0",
                    0x0000_0004 => b"1\0",
                    _ => b"",
                };
                let header = [16 + body.len() as u32, id | 0x8000_0000, 0, sequence];
                header.iter().for_each(|word| answers.extend_from_slice(&word.to_be_bytes()));
                answers.extend_from_slice(body);
            }
            out = &out[length..];
        }
        answers
    }
}

/// When parts left in so many seconds of virtual time, with more work than the rate allows.
fn run(rate: u32, seconds: u64) -> Wire {
    let wall = Wall::from_millis(1_793_872_800_000);
    let at = |mono: Mono| Now { mono, wall: wall + mono.since(Mono::ZERO) };
    let mut engine = open(rate, at(Mono::ZERO));
    let offered = engine.load_once(0, at(Mono::ZERO), |records, bank| -> Result<(), StoreError> {
        put_offer(records, bank, OFFER);
        Ok(())
    });
    offered.expect("an offer");
    let mut operator = Operator::new(operator_options(rate), Dice::seeded(3));
    operator.set_first();
    let mut wire = Wire { now: Mono::ZERO, submits: Vec::new(), parts_of_long: 0 };
    let code = ShortCode::parse("5622").expect("a code");
    let texts = (u64::from(rate) * seconds).max(10);
    let mut inputs: Vec<Input> = (0..texts)
        .map(|n| {
            let from = Msisdn::from_word(381_630_000_000 + n).expect("a number");
            let frame: Bytes = deliver_sm(from, code, if n % 3 == 0 { "INFO" } else { "TR" });
            let link = LinkId { bind: 0, epoch: 1 };
            let ticket = session::Ticket::default();
            Input::Operator(0, Report::Deliver { link, ticket, frame })
        })
        .collect();
    let end = Mono::from_nanos(seconds * SECOND);
    let (mut out, mut now) = (BytesMut::new(), Mono::ZERO);
    while now < end {
        wire.now = now;
        if operator.poll_connect(now).is_some() {
            operator.handle_connected(0, now);
        }
        operator.handle_timeout(now);
        loop {
            let batch: Vec<Input> = inputs.drain(..inputs.len().min(1_024)).collect();
            let quiet = batch.is_empty();
            engine.turn(batch, at(now)).expect("a turn");
            while let Some(effect) = engine.poll_effect() {
                if let Effect::Order(_, order) = effect {
                    operator.handle_order(order, now);
                }
            }
            operator.dispatch(now);
            out.clear();
            while operator.poll_transmit(0, &mut out) {}
            let mut answers = wire.answer(&out);
            operator.handle_bytes(0, &mut answers, now);
            while let Some(report) = operator.poll_report() {
                inputs.push(Input::Operator(0, report));
            }
            if quiet && inputs.is_empty() && out.is_empty() {
                break;
            }
        }
        let due = operator.poll_timeout().unwrap_or(end).min(engine.poll_timeout(at(now)));
        now = due.max(now + Duration::from_nanos(1)).min(end);
    }
    wire
}

fn open(rate: u32, now: Now) -> Engine<MemoryStore, EmbeddedBank> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/services/kombank.toml");
    let text = std::fs::read_to_string(file).expect("a service file");
    let mut service = Service::read(&text).expect("a service");
    (service.replies_per_minute, service.help_per_hour) = (u32::MAX, u32::MAX);
    let setup = Setup {
        options: Options { reply_worthless: Duration::from_secs(7_200), ..Options::default() },
        ..Setup::single(
            service,
            OperatorSetup::new("pace", "381", rate),
            ShortCode::parse("5622").expect("a code"),
        )
    };
    let mut dice = Dice::seeded(1);
    let store = MemoryStore::new(&mut dice);
    let keyring = store.keyring();
    let (bank, setup) = (EmbeddedBank::default(), Arc::new(setup));
    let opening =
        Opening { store, keyring, dice, bank, seller: Box::<EmbeddedTopUp>::default(), setup };
    Engine::open(opening, now).expect("an engine")
}

fn operator_options(rate: u32) -> tellerd::operator::Options {
    tellerd::operator::Options {
        name: "pace".into(),
        binds: vec![session::Options { window: 500, ..session::Options::default() }],
        pace: pacing::Options { rate, ..pacing::Options::default() },
        statuses: Default::default(),
        reconnect_min: Duration::from_secs(1),
        reconnect_max: Duration::from_secs(60),
        canary: None,
    }
}

#[test]
fn the_contract_is_used_and_never_exceeded_with_long_messages_in_the_mix() {
    for (rate, seconds) in [(5, 120), (100, 30), (5_000, 4)] {
        let wire = run(rate, seconds);
        let used = wire.submits.len() as f64 / (f64::from(rate) * seconds as f64);
        let mut first = 0;
        let mut worst = 0;
        for (at, time) in wire.submits.iter().enumerate() {
            while wire.submits[first] + SECOND <= *time {
                first += 1;
            }
            worst = worst.max(at - first + 1);
        }
        println!("{rate}/s: {:.2} % used, worst second {worst}", used * 100.0);
        assert!(worst <= rate as usize, "{worst} parts in one second of {rate}");
        assert!((0.99..=1.0).contains(&used), "{:.2} % of {rate}/s used", used * 100.0);
        assert!(wire.parts_of_long * 4 > wire.submits.len(), "long messages in the mix");
    }
}
