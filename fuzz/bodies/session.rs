//! A session and a programme of what can happen to it: PDUs and octets of any kind, wishes of its
//! owner, time that passes in step or in leaps. Whatever happens, the window holds, each request is
//! answered once, the books balance, and there is one end.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tellerd::base::now::Mono;
use tellerd::smpp::header::{CommandId as Id, HEADER_OCTETS, Header};
use tellerd::smpp::session::{Mode, OptionalParameters, Options, Pause, Session, State};
use tellerd::smpp::status::Status;

use super::books::{Books, answers, part};
use super::feed::Feed;

/// A programme that is longer says nothing new.
const STEPS_MAX: usize = 400;

const IDS: [Id; 16] = [
    Id::BindTransceiverResp,
    Id::SubmitSmResp,
    Id::QuerySmResp,
    Id::EnquireLinkResp,
    Id::UnbindResp,
    Id::GenericNack,
    Id::DeliverSm,
    Id::EnquireLink,
    Id::Unbind,
    Id::AlertNotification,
    Id::DataSm,
    Id::SubmitSm,
    Id::Outbind,
    Id::BindReceiverResp,
    Id::BindTransmitterResp,
    Id::CancelSm,
];

/// A deliver_sm's body, which fits nothing else.
const BODY: &[u8] = b"\0\x01\x01381631112222\0\x03\x005622\0\0\0\0\0\0\0\0\0\0\x04TR 2";

/// The options, then the programme.
pub(crate) fn run(octets: &[u8]) {
    let mut feed = Feed::new(octets);
    let seconds = |feed: &mut Feed<'_>, spans: &[u64]| Duration::from_secs(feed.one_of(spans));
    let options = Options {
        mode: feed.one_of(&[Mode::Transceiver, Mode::Receiver, Mode::Transmitter]),
        window: 1 + feed.below(6),
        optional_parameters: feed.one_of(&[
            OptionalParameters::AsBound,
            OptionalParameters::Always,
            OptionalParameters::Never,
        ]),
        response: seconds(&mut feed, &[10, 1, 60]),
        session_init: seconds(&mut feed, &[5, 1, 60]),
        enquire_link: seconds(&mut feed, &[30, 0, 1]),
        inactivity: seconds(&mut feed, &[120, 0, 2]),
        ..Options::default()
    };
    let mut world = World::new(&options);
    for _ in 0..STEPS_MAX {
        if feed.is_empty() {
            break;
        }
        world.step(&mut feed);
    }
    world.session.handle_disconnect();
    world.books.drain(&mut world.session);
    assert!(world.books.ended);
}

struct World {
    session: Session,
    books: Books,
    buffer: BytesMut,
    now: Mono,
    /// Nothing is read meanwhile.
    pause: Option<Pause>,
    /// Our latest requests' numbers, so that something is answered.
    asked: Vec<u32>,
}

impl World {
    fn new(options: &Options) -> World {
        let now = Mono::ZERO + Duration::from_secs(1);
        let mut world = World {
            session: Session::new(options.clone(), now),
            books: Books::new(options),
            buffer: BytesMut::new(),
            now,
            pause: None,
            asked: Vec::new(),
        };
        world.settle();
        world
    }

    fn step(&mut self, feed: &mut Feed<'_>) {
        match feed.below(16) {
            0..=5 if self.pause.is_none() => self.hear(feed),
            6 if self.pause.is_none() => {
                self.buffer.extend_from_slice(feed.octets());
                self.session.handle_bytes(&mut self.buffer, self.now);
                assert!(!self.books.ended || self.buffer.is_empty());
            }
            7 => self.pass(Duration::from_millis(u64::from(feed.octet()) * 100)),
            8 => self.pass(Duration::from_secs(u64::from(feed.octet()))),
            // The owner was away: no time-out was handed in when it was due.
            9 => {
                self.now = self.now + Duration::from_secs(u64::from(feed.octet()));
                self.books.time_out(&mut self.session, self.now);
            }
            10 | 11 => {
                self.books.submit(&mut self.session, &part("381631112222", b"Stanje"), self.now);
            }
            12 => {
                let before = self.session.state();
                let status = Status(u32::from(feed.below(2) as u8) * 0x64);
                let answered = self.books.respond(&mut self.session, status, self.now);
                let sent = Books::transmitted(&mut self.session);
                let responses = sent.iter().filter(|(pdu, _)| pdu.command_id == Id::DeliverSmResp);
                let numbers: Vec<u32> = responses.map(|(pdu, _)| pdu.sequence).collect();
                let owed = answered.filter(|_| before != State::Ended);
                assert_eq!(numbers, Vec::from_iter(owed));
                self.note(&sent);
            }
            13 => match feed.below(3) {
                0 => self.books.query(&mut self.session, b"a1", self.now),
                1 => self.session.enquire(self.now),
                _ => self.session.unbind(self.now),
            },
            14 => {
                self.pause = feed.one_of(&[None, Some(Pause::Busy), Some(Pause::Deaf)]);
                self.session.handle_pause(self.pause, self.now);
            }
            15 if feed.below(8) == 0 => self.session.handle_disconnect(),
            _ => {}
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.books.drain(&mut self.session);
        let sent = Books::transmitted(&mut self.session);
        self.note(&sent);
    }

    fn note(&mut self, sent: &[(Header, Bytes)]) {
        for (pdu, _) in sent.iter().filter(|(pdu, _)| !pdu.command_id.is_response()) {
            self.asked.push(pdu.sequence);
        }
    }

    /// Time passes as for an owner who wakes when he is told to.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.books.time_out(&mut self.session, self.now);
            self.settle();
        }
        self.now = end;
    }

    /// A whole PDU. A request is answered at once, but for a deliver_sm that the owner answers.
    fn hear(&mut self, feed: &mut Feed<'_>) {
        let at = feed.below(IDS.len() + 1);
        let id = IDS.get(at).copied().unwrap_or_else(|| Id::from(feed.word()));
        let status = if feed.below(4) == 0 { feed.word() } else { 0 };
        let newest = self.asked.len().saturating_sub(1 + feed.below(4));
        let sequence = match self.asked.get(newest) {
            Some(sequence) if id.is_response() => *sequence,
            _ => feed.word(),
        };
        let body = match feed.below(4) {
            0 => feed.octets(),
            1 => b"",
            _ if id == Id::DeliverSm => BODY,
            _ => b"smsc\0\x02\x10\0\x01\x34",
        };
        let length = (HEADER_OCTETS + body.len()) as u32;
        let header = Header { length, command_id: id, status: Status(status), sequence };
        let mut octets = BytesMut::new();
        header.encode(&mut octets);
        octets.put_slice(body);

        let is_over = self.books.ended;
        let (owed, unproved) = (self.books.tickets.len(), self.books.unproved());
        self.session.handle_frame(octets.freeze(), self.now);
        self.books.drain(&mut self.session);
        // It may come of a stream that the peer lost its place in.
        assert!(id != Id::GenericNack || self.books.unproved() == unproved);
        let is_ours = self.books.tickets.len() - owed;
        let sent = Books::transmitted(&mut self.session);
        let responses = sent.iter().filter(|(pdu, _)| pdu.command_id.is_response());
        let responses: Vec<&Header> = responses.map(|(pdu, _)| pdu).collect();
        let is_asked = !id.is_response() && id != Id::AlertNotification && !is_over;
        assert_eq!(responses.len() + is_ours, usize::from(is_asked), "{header:?}: {responses:?}");
        assert!(responses.iter().all(|response| answers(&header, response)), "{responses:?}");
        self.note(&sent);
    }
}
