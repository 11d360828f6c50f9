//! A session against an SMSC that is played by hand, in bytes and in virtual time.
//!
//! [`Desk`] is the test's side: it says what the SMSC sends and reads what the session sent, PDU by
//! PDU, with a reader of its own. No test sleeps.

mod ends;
mod flow;
mod link;
mod pauses;
mod wild;

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use super::*;
use crate::base::secret::Secret;
use crate::smpp::pdu::{Address, ShortMessage, Text};

const BIND_TRX: u32 = 0x0000_0009;
const SUBMIT: u32 = 0x0000_0004;
const QUERY: u32 = 0x0000_0003;
const DELIVER: u32 = 0x0000_0005;
const UNBIND: u32 = 0x0000_0006;
const ENQUIRE: u32 = 0x0000_0015;
const NACK: u32 = 0x8000_0000;
const RESP: u32 = 0x8000_0000;

/// What a PDU was, but for its length: command_id, status, sequence, body.
type Sent = (u32, u32, u32, Vec<u8>);

struct Desk {
    session: Session,
    now: Mono,
}

impl Desk {
    /// Connected, the bind request not yet looked at.
    fn connected(options: Options) -> Desk {
        Desk { session: Session::new(options, at(0)), now: at(0) }
    }

    /// Bound with version 3.4; the bind used sequence 1.
    fn bound(options: Options) -> Desk {
        let mut desk = Desk::connected(options);
        let (command_id, ..) = desk.sent().remove(0);
        desk.hear(command_id | RESP, 0, 1, b"smsc\0\x02\x10\0\x01\x34");
        assert!(matches!(desk.events()[..], [Event::Bound { version: Some(0x34), .. }]));
        desk
    }

    /// The SMSC sends one PDU.
    fn hear(&mut self, command_id: u32, status: u32, sequence: u32, body: &[u8]) {
        let mut buf = BytesMut::from(&pdu(command_id, status, sequence, body)[..]);
        self.session.handle_bytes(&mut buf, self.now);
        assert!(buf.is_empty());
    }

    /// Everything that the session wants sent.
    fn sent(&mut self) -> Vec<Sent> {
        let mut out = BytesMut::new();
        self.session.poll_transmit(&mut out);
        let (mut rest, mut pdus) = (&out[..], Vec::new());
        while !rest.is_empty() {
            let word = |n: usize| u32::from_be_bytes(*rest[4 * n..].first_chunk().unwrap());
            let (length, id, status, sequence) = (word(0), word(1), word(2), word(3));
            pdus.push((id, status, sequence, rest[16..length as usize].to_vec()));
            rest = &rest[length as usize..];
        }
        pdus
    }

    /// As [`Desk::sent`], without bodies.
    fn heads(&mut self) -> Vec<(u32, u32, u32)> {
        self.sent().into_iter().map(|(id, status, sequence, _)| (id, status, sequence)).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.poll_event()).collect()
    }

    /// Time passes up to `millis`; each time-out on the way is handled when it is due.
    fn until(&mut self, millis: u64) {
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= at(millis)) {
            assert!(due >= self.now, "a time-out in the past would spin");
            self.now = due;
            self.session.handle_timeout(due);
            assert_ne!(self.session.poll_timeout(), Some(due), "a time-out must get on");
        }
        self.now = at(millis);
    }

    fn submit(&mut self, token: u64) -> Result<(), NotNow> {
        self.session.submit(token, &part(), self.now)
    }

    /// A deliver_sm comes; its ticket.
    fn deliver(&mut self, sequence: u32) -> Ticket {
        self.hear(DELIVER, 0, sequence, &deliver_body());
        match self.events().pop() {
            Some(Event::Deliver { ticket, .. }) => ticket,
            other => panic!("{other:?}"),
        }
    }

    fn respond(&mut self, ticket: Ticket, proof: u64) {
        self.session.respond(ticket, Status::ROK, Some(proof), self.now);
    }
}

fn at(millis: u64) -> Mono {
    Mono::from_nanos(millis * 1_000_000)
}

fn pdu(command_id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    for word in [16 + body.len() as u32, command_id, status, sequence] {
        octets.put_u32(word);
    }
    octets.extend_from_slice(body);
    octets
}

fn deliver_body() -> Vec<u8> {
    b"\0\x01\x01381631112222\0\x03\x005622\0\0\0\0\0\0\0\0\0\0\x06STANJE".to_vec()
}

fn part() -> Submit {
    Submit {
        service_type: Default::default(),
        source: Address::new(3, 0, "5622").unwrap(),
        destination: Address::new(1, 1, "381631112222").unwrap(),
        esm_class: 0,
        priority: 0,
        validity: None,
        registered_delivery: 1,
        data_coding: 0,
        user_message_reference: Some(0xBEEF),
        text: Text::Short(ShortMessage::new(&b"Stanje"[..]).unwrap()),
    }
}

fn mode(mode: Mode) -> Options {
    Options { mode, ..Options::default() }
}
