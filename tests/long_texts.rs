//! Long texts from phones that give all of them one reference: their parts have the same octets
//! when the same text is sent again. A part that comes again alone is the SMSC's; all of them are
//! a new text.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::daemon::assemble::in_memory;
use tellerd::engine::{Effect, Engine, Input};
use tellerd::message::{Message, MessageId};
use tellerd::operator::{LinkId, Order, Report};
use tellerd::smpp::session::Ticket;
use tellerd::store::memory::MemoryStore;

/// Part `number` of two, with a reference that never changes.
fn part(number: u8, text: &str) -> Bytes {
    part_of(b"381631112222\0\x03\x005622", number, text)
}

/// The same, with another sender and code.
fn part_of(addresses: &[u8], number: u8, text: &str) -> Bytes {
    let mut pdu = b"\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x01\0\x01\x01".to_vec();
    pdu.extend_from_slice(addresses);
    pdu.extend_from_slice(b"\0\x40\0\0\0\0\0\0\0\0");
    pdu.push(6 + text.len() as u8);
    pdu.extend_from_slice(&[5, 0, 3, 77, 2, number]);
    pdu.extend_from_slice(text.as_bytes());
    let length = (pdu.len() as u32).to_be_bytes();
    pdu[..4].copy_from_slice(&length);
    pdu.into()
}

struct Desk {
    engine: Engine<MemoryStore, EmbeddedBank>,
    lane: usize,
    now: Now,
}

impl Desk {
    fn open() -> Desk {
        Desk::of("telenor")
    }

    fn of(operator: &str) -> Desk {
        let config = tellerd::config::load(Path::new("config.toml"), &|_| None).unwrap();
        let lane = config.setup.operators.iter().position(|o| o.name == operator).unwrap();
        let now = Now { mono: Mono::from_nanos(1), wall: Wall::from_millis(1_800_000_000_000) };
        Desk { engine: in_memory(&config, now).unwrap(), lane, now }
    }

    fn turn(&mut self, report: Report) -> Vec<u64> {
        self.engine.turn([Input::Operator(self.lane, report)], self.now).unwrap();
        let mut proofs = Vec::new();
        while let Some(Effect::Order(_, order)) = self.engine.poll_effect() {
            if let Order::Respond { status, proof, .. } = order {
                assert!(status.is_ok());
                proofs.extend(proof);
            }
        }
        proofs
    }

    /// A part comes; the proof of the message that it completes, if it does.
    fn deliver(&mut self, number: u8, text: &str) -> Option<u64> {
        let link = LinkId { bind: 0, epoch: 1 };
        let frame = part(number, text);
        self.turn(Report::Deliver { link, ticket: Ticket::default(), frame }).pop()
    }

    /// A part of a text from a customer with an access code comes; which text answers it.
    fn coded(&mut self, number: u8, text: &str) -> Option<String> {
        let link = LinkId { bind: 0, epoch: 1 };
        let frame = part_of(b"48602111222\0\x01\x0148661000555", number, text);
        let id = self.turn(Report::Deliver { link, ticket: Ticket::default(), frame }).pop()?;
        self.turn(Report::Proved(id));
        let banks = (0..4).map(|bank| self.engine.bank_id(bank)).collect::<Vec<_>>();
        let records = self.engine.records();
        banks.into_iter().find_map(|bank| {
            let mut message = Message::load(records, bank, MessageId(id)).unwrap()?;
            let body = message.body(records).unwrap()?;
            assert!(!body.said.contains("719350"), "no code is kept");
            Some(body.text.clone())
        })
    }

    /// A long text comes, and our answer to it is proved received.
    fn text(&mut self, parts: [(u8, &str); 2]) {
        assert_eq!(self.deliver(parts[0].0, parts[0].1), None);
        let proof = self.deliver(parts[1].0, parts[1].1).unwrap();
        self.turn(Report::Proved(proof));
    }

    /// Nothing waits for its other parts any longer.
    fn wait(&mut self) {
        self.now.mono = self.now.mono + Duration::from_secs(400);
        self.engine.turn([], self.now).unwrap();
    }

    fn counts(&self) -> (u64, u64) {
        (self.engine.tally().received, self.engine.tally().repeated)
    }
}

const FRONT: &str = "TR 2 molim vas da mi posaljete";
const BACK: &str = " i hvala lepo";

const BOTH_ORDERS: [[(u8, &str); 2]; 2] = [[(1, FRONT), (2, BACK)], [(2, BACK), (1, FRONT)]];

#[test]
fn a_long_text_may_be_sent_again() {
    for order in BOTH_ORDERS {
        let mut desk = Desk::open();
        for times in 1..=3 {
            desk.text(order);
            assert_eq!(desk.counts(), (times, 0), "{order:?}");
        }
    }
}

#[test]
fn a_part_that_comes_again_alone_means_nothing() {
    for order in BOTH_ORDERS {
        for (number, text) in order {
            let mut desk = Desk::open();
            desk.text(order);
            for _ in 0..3 {
                assert_eq!(desk.deliver(number, text), None);
            }
            desk.wait();
            assert_eq!(desk.counts(), (1, 1), "{order:?} {number}");
        }
    }
}

#[test]
fn what_the_smsc_sends_before_our_answer_is_proved_is_a_repeat() {
    for order in BOTH_ORDERS {
        let mut desk = Desk::open();
        desk.deliver(order[0].0, order[0].1);
        let proof = desk.deliver(order[1].0, order[1].1);
        desk.deliver(order[0].0, order[0].1);
        assert_eq!(desk.deliver(order[1].0, order[1].1), proof);
        desk.wait();
        assert_eq!(desk.counts(), (1, 2), "{order:?}");
    }
}

#[test]
fn a_part_that_comes_again_is_no_part_of_the_next_text() {
    let mut desk = Desk::open();
    desk.text([(1, FRONT), (2, BACK)]);
    desk.deliver(2, BACK);
    desk.text([(1, "KURS"), (2, " molim")]);
    desk.wait();
    assert_eq!(desk.counts().0, 2);
}

#[test]
fn an_access_code_is_seen_in_a_text_of_several_parts() {
    let (first, second) = ("719350 SALDO, a poza tym bardzo prosze", " o pilny kontakt");
    for (parts, answer) in [
        ([(1, first), (2, second)], "sk.bal"),
        ([(2, second), (1, first)], "sk.bal"),
        // Cut in the middle.
        ([(1, "SALDO 1 719"), (2, "350")], "sk.bal"),
        ([(1, "719351 SALDO, bardzo"), (2, second)], "sk.badcode"),
        ([(1, "SALDO, bardzo"), (2, second)], "sk.unknown"),
    ] {
        let mut desk = Desk::of("plus");
        assert_eq!(desk.coded(parts[0].0, parts[0].1), None);
        // The SMSC sends it again before it has our answer.
        assert_eq!(desk.coded(parts[0].0, parts[0].1), None);
        assert_eq!(desk.coded(parts[1].0, parts[1].1).as_deref(), Some(answer), "{parts:?}");
        assert_eq!(desk.counts().0, 1);
    }
    // What is left of a text is no try of a code.
    let mut desk = Desk::of("plus");
    desk.coded(1, "71935 SALDO");
    desk.wait();
    for left in [2, 1] {
        assert_eq!(desk.coded(1, "719351 SALDO"), None);
        assert_eq!(desk.coded(2, " prosze").as_deref(), Some("sk.badcode"), "{left} tries left");
        desk.wait();
    }
}
