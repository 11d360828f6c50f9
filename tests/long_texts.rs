//! Long texts from phones that give all of them one reference: the same octets are a repeat until
//! our answer is proved received, and a new text from then on.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::path::Path;

use bytes::Bytes;
use tellerd::bank::embedded::EmbeddedBank;
use tellerd::base::now::{Mono, Now, Wall};
use tellerd::daemon::assemble::in_memory;
use tellerd::engine::{Effect, Engine, Input};
use tellerd::operator::{LinkId, Order, Report};
use tellerd::smpp::session::Ticket;
use tellerd::store::memory::MemoryStore;

/// Part `number` of two, with a reference that never changes.
fn part(number: u8, text: &str) -> Bytes {
    let mut pdu = b"\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x01".to_vec();
    pdu.extend_from_slice(b"\0\x01\x01381631112222\0\x03\x005622\0\x40\0\0\0\0\0\0\0\0");
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
        let config = tellerd::config::load(Path::new("config.toml"), &|_| None).unwrap();
        let lane = config.setup.operators.iter().position(|o| o.name == "telenor").unwrap();
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

    /// A part comes; the proof that goes with its answer.
    fn deliver(&mut self, number: u8, text: &str) -> u64 {
        let link = LinkId { bind: 0, epoch: 1 };
        let report = Report::Deliver { link, ticket: Ticket::default(), frame: part(number, text) };
        let proofs = self.turn(report);
        assert_eq!(proofs.len(), 1, "each part's answer can be proved");
        proofs[0]
    }

    fn counts(&self) -> (u64, u64) {
        (self.engine.tally().received, self.engine.tally().repeated)
    }
}

const FRONT: &str = "TR 2 molim vas da mi posaljete";
const BACK: &str = " i hvala lepo";

#[test]
fn a_long_text_may_be_sent_again_once_its_answers_are_proved() {
    for order in [[(1, FRONT), (2, BACK)], [(2, BACK), (1, FRONT)]] {
        let mut desk = Desk::open();
        for times in 1..=3 {
            let proofs: Vec<u64> = order.iter().map(|(n, text)| desk.deliver(*n, text)).collect();
            assert_eq!(desk.counts(), (times, 0), "{order:?}");
            proofs
                .into_iter()
                .for_each(|proof| assert!(desk.turn(Report::Proved(proof)).is_empty()));
        }
    }
}

#[test]
fn parts_that_come_again_without_proof_are_repeats() {
    for order in [[(1, FRONT), (2, BACK)], [(2, BACK), (1, FRONT)]] {
        let mut desk = Desk::open();
        let first: Vec<u64> = order.iter().map(|(n, text)| desk.deliver(*n, text)).collect();
        for (at, (number, text)) in order.iter().enumerate() {
            // The same proof again: whichever of the answers arrives will do.
            assert_eq!(desk.deliver(*number, text), first[at]);
        }
        assert_eq!(desk.counts(), (1, 2), "{order:?}");
        // Nothing waits for others that don't come.
        desk.now.mono = desk.now.mono + std::time::Duration::from_secs(400);
        desk.engine.turn([], desk.now).unwrap();
        assert_eq!(desk.counts(), (1, 2), "{order:?}");
    }
}

#[test]
fn the_proof_of_one_part_says_nothing_of_the_other() {
    let mut desk = Desk::open();
    let front = desk.deliver(1, FRONT);
    desk.deliver(2, BACK);
    desk.turn(Report::Proved(front));
    desk.deliver(2, BACK);
    assert_eq!(desk.counts(), (1, 1));
}
