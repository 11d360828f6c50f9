//! The books of one session, kept by its owner: what it took has to come back, once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::{Bytes, BytesMut};
use tellerd::base::now::Mono;
use tellerd::smpp::frame::next_frame;
use tellerd::smpp::header::{CommandId, Header, SEQUENCE_MAX};
use tellerd::smpp::pdu::{Address, ShortMessage, Submit, Text};
use tellerd::smpp::session::{Event, Options, Session, State, Ticket};
use tellerd::smpp::status::Status;

/// Where a submit stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stand {
    Waits,
    Unknown,
    Over,
}

/// The books.
pub(crate) struct Books {
    options: Options,
    submits: BTreeMap<u64, Stand>,
    queries: BTreeSet<u64>,
    proofs: BTreeSet<u64>,
    /// deliver_sm that are owed an answer, and their sequence numbers.
    pub(crate) tickets: VecDeque<(Ticket, u32)>,
    /// Whether it has.
    pub(crate) ended: bool,
    next: u64,
}

impl Books {
    pub(crate) fn new(options: &Options) -> Books {
        Books {
            options: options.clone(),
            submits: BTreeMap::new(),
            queries: BTreeSet::new(),
            proofs: BTreeSet::new(),
            tickets: VecDeque::new(),
            ended: false,
            next: 0,
        }
    }

    /// Answers that the peer isn't known to have.
    pub(crate) fn unproved(&self) -> usize {
        self.proofs.len()
    }

    fn token(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn waiting(&self) -> usize {
        self.submits.values().filter(|stand| **stand == Stand::Waits).count()
    }

    /// Submits one part where there is room, and nowhere else.
    pub(crate) fn submit(&mut self, session: &mut Session, sm: &Submit, now: Mono) -> bool {
        let room = session.room();
        let sends = session.state() == State::Bound && self.options.mode.sends();
        let free = self.options.window - self.waiting();
        assert_eq!(room, if sends { free } else { 0 });
        let token = self.token();
        let taken = session.submit(token, sm, now).is_ok();
        assert_eq!(taken, room > 0);
        if taken {
            self.submits.insert(token, Stand::Waits);
        }
        taken
    }

    pub(crate) fn query(&mut self, session: &mut Session, id: &[u8], now: Mono) {
        let token = self.token();
        if session.query(token, id, &code(), now).is_ok() {
            self.queries.insert(token);
        }
    }

    /// Answers the oldest deliver_sm; `None` where none is owed an answer.
    pub(crate) fn respond(
        &mut self,
        session: &mut Session,
        status: Status,
        now: Mono,
    ) -> Option<u32> {
        let (ticket, sequence) = self.tickets.pop_front()?;
        let proof = self.token();
        session.respond(ticket, status, Some(proof), now);
        self.proofs.insert(proof);
        Some(sequence)
    }

    /// Takes the events out; true if there were any.
    pub(crate) fn drain(&mut self, session: &mut Session) -> bool {
        let mut any = false;
        while let Some(event) = session.poll_event() {
            any = true;
            assert!(!self.ended, "{event:?} after the end");
            match event {
                Event::Bound { .. } => {}
                Event::Deliver { ticket, frame } => {
                    let header = Header::parse(&frame).expect("a header");
                    assert!(self.options.mode.receives());
                    self.tickets.push_back((ticket, header.sequence));
                }
                Event::Submitted { token, .. } => {
                    assert_eq!(self.submits.insert(token, Stand::Over), Some(Stand::Waits));
                }
                Event::Unanswered { token } => {
                    assert_eq!(self.submits.insert(token, Stand::Unknown), Some(Stand::Waits));
                }
                Event::Late { token, .. } => {
                    assert_eq!(self.submits.insert(token, Stand::Over), Some(Stand::Unknown));
                }
                Event::Queried { token, .. } => assert!(self.queries.remove(&token)),
                Event::Proved { proof } => assert!(self.proofs.remove(&proof)),
                Event::Ended { .. } => self.ended = true,
            }
        }
        assert!(self.waiting() <= self.options.window);
        assert_eq!(session.state() == State::Ended, self.ended);
        if self.ended {
            assert!(self.waiting() == 0 && self.queries.is_empty());
            assert_eq!(session.poll_timeout(), None);
        }
        any
    }

    /// Time has come to something: it is done, and done for now. A session that wants to be woken
    /// at once for ever would spin.
    pub(crate) fn time_out(&mut self, session: &mut Session, now: Mono) {
        session.handle_timeout(now);
        self.drain(session);
        assert!(session.poll_timeout().is_none_or(|due| due > now), "due again at once");
    }

    /// Whole PDUs of ours, with numbers as specified.
    pub(crate) fn transmitted(session: &mut Session) -> Vec<(Header, Bytes)> {
        let mut octets = BytesMut::new();
        session.poll_transmit(&mut octets);
        let mut pdus = Vec::new();
        while let Some(frame) = next_frame(&mut octets).expect("a PDU") {
            let header = Header::parse(&frame).expect("a header");
            if !header.command_id.is_response() {
                assert!((1..=SEQUENCE_MAX).contains(&header.sequence) && header.status.is_ok());
            }
            pdus.push((header, frame));
        }
        assert!(octets.is_empty(), "half a PDU");
        pdus
    }
}

/// What answers a request: its own response, or a generic_nack.
pub(crate) fn answers(request: &Header, response: &Header) -> bool {
    let (asked, said) = (request.command_id, response.command_id);
    let fits = said == asked.matching_response() || said == CommandId::GenericNack;
    fits && response.sequence == request.sequence
}

pub(crate) fn code() -> Address {
    Address::new(3, 0, "5622").expect("a code")
}

/// A part to a number.
pub(crate) fn part(to: &str, text: &[u8]) -> Submit {
    Submit {
        service_type: Default::default(),
        source: code(),
        destination: Address::new(1, 1, to).expect("a number"),
        esm_class: 0,
        priority: 0,
        validity: None,
        registered_delivery: 1,
        data_coding: 0,
        user_message_reference: Some(7),
        text: Text::Short(ShortMessage::new(text.to_vec()).expect("up to 254 octets")),
    }
}
