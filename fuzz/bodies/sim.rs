//! A session and the simulator's SMSC, each the other's peer, in virtual time: phones that write,
//! parts that leave, personalities, faults, lost connections, as a programme says. Neither panics
//! or spins; the SMSC never reads a malformed PDU of ours; the books balance. And once all faults
//! have ended, what phones wrote is delivered and a part is accepted.

use std::time::Duration;

use bytes::BytesMut;
use smpp_sim::{ConnId, Event, Fault, Odds, Profile, Smsc, personalities};
use tellerd::base::now::Mono;
use tellerd::smpp::session::{Mode, Options, Session, State};
use tellerd::smpp::status::Status;

use super::books::{Books, part};
use super::feed::Feed;

/// A programme that is longer says nothing new.
const STEPS_MAX: usize = 120;

/// Exchanges at one moment: who talks longer talks for ever.
const EXCHANGES_MAX: usize = 2_000;

/// Wake-ups within one span of time.
const WAKES_MAX: usize = 5_000;

/// Refusals by order: they outlast the faults.
const REFUSALS_MAX: usize = 30;

/// What an SMSC may not find in what a session writes. (What a text says is the programme's; and an
/// answer that was too slow comes to nothing.)
const MALFORMED: [&str; 6] = [
    "a command_length that no PDU has",
    "a sequence number that isn't from 1 to 0x7FFFFFFF",
    "a body that can't be read",
    "a request that this SMSC doesn't know",
    "a request without its body",
    "a response to nothing",
];

const PHONES: [&str; 3] = ["+381631112222", "+48601000999", "+38344123456"];
const NUMBERS: [&str; 3] = ["381631112222", "48601000999", "38344123456"];

const MINUTE: Duration = Duration::from_secs(60);

/// How the SMSC is, then the programme.
pub(crate) fn run(octets: &[u8]) {
    let mut feed = Feed::new(octets);
    let mut world = World {
        smsc: Smsc::new(Profile::default()),
        link: None,
        conns: 0,
        now: Duration::from_secs(1),
        garbled: false,
        messages: 0,
        refusals: 0,
    };
    world.become_other(&mut feed);
    world.connect(&mut feed);
    for _ in 0..STEPS_MAX {
        if feed.is_empty() {
            break;
        }
        world.step(&mut feed);
    }
    world.recover();
}

struct Link {
    conn: ConnId,
    session: Session,
    books: Books,
    buffer: BytesMut,
}

struct World {
    smsc: Smsc,
    link: Option<Link>,
    conns: u64,
    now: Duration,
    /// Something that is no PDU was sent to us: what we make of it may mean nothing to the SMSC.
    garbled: bool,
    messages: usize,
    /// Refusals that the SMSC was told to make, at most.
    refusals: usize,
}

impl World {
    fn step(&mut self, feed: &mut Feed<'_>) {
        match feed.below(14) {
            0 | 1 => {
                let text = String::from_utf8_lossy(feed.octets()).into_owned();
                self.smsc.phone_sends(feed.one_of(&PHONES), "5622", &text, self.now);
            }
            2..=4 => self.submit(feed),
            5 | 6 => {
                let status = Status(feed.one_of(&[0, 0, 0, 0x64, 0x66]));
                self.respond(1 + feed.below(4), status);
            }
            7 => self.pass(Duration::from_millis(u64::from(feed.octet()) * 100)),
            8 => self.pass(Duration::from_secs(u64::from(feed.octet()))),
            9 => match (feed.below(4), &mut self.link) {
                (0, Some(link)) => self.smsc.drop_connection(link.conn),
                (1, Some(link)) => self.smsc.unbind(link.conn, self.now),
                (2, Some(link)) => link.session.unbind(mono(self.now)),
                (_, Some(link)) => link.session.handle_disconnect(),
                (_, None) => self.connect(feed),
            },
            10 => self.become_other(feed),
            11 => match (feed.below(3), &mut self.link) {
                (0, Some(link)) => link.session.enquire(mono(self.now)),
                (1, Some(link)) => {
                    link.books.query(&mut link.session, feed.octets(), mono(self.now));
                }
                (_, Some(link)) => {
                    self.garbled = true;
                    self.smsc.inject(link.conn, feed.octets(), self.now);
                }
                (_, None) => self.connect(feed),
            },
            12 if self.refusals < REFUSALS_MAX => {
                self.refusals += 3;
                let status = feed.one_of(&[0x58, 0x14, 0x0B, 0x05, 0x0400]);
                match feed.below(2) {
                    0 => self.smsc.refuse_submits(status, feed.below(4)),
                    _ => self.smsc.refuse_binds(status, feed.below(3)),
                }
            }
            _ => self.connect(feed),
        }
        self.settle();
    }

    fn submit(&mut self, feed: &mut Feed<'_>) {
        let (to, text) = (feed.one_of(&NUMBERS), feed.octets());
        let mut sm = part(to, &text[..text.len().min(160)]);
        sm.esm_class = feed.one_of(&[0, 0, 0x40]);
        sm.data_coding = feed.one_of(&[0, 8, 3]);
        sm.registered_delivery = feed.one_of(&[0, 1, 2, 0x11]);
        if let Some(link) = &mut self.link {
            link.books.submit(&mut link.session, &sm, mono(self.now));
        }
    }

    fn respond(&mut self, times: usize, status: Status) {
        let Some(link) = &mut self.link else { return };
        for _ in 0..times {
            link.books.respond(&mut link.session, status, mono(self.now));
        }
    }

    /// Another personality, with faults or without.
    fn become_other(&mut self, feed: &mut Feed<'_>) {
        let all = personalities();
        let name = &all[usize::from(feed.octet()) % all.len()].name;
        let mut profile = Profile::personality(name).expect("a personality");
        profile.seed = u64::from(feed.octet());
        profile.odds = match feed.below(4) {
            0 => Odds::mild(),
            1 => Odds::hostile(),
            _ => Odds::NONE,
        };
        self.garbled |= profile.odds.of(Fault::Garbage) > 0;
        self.smsc.set_profile(profile);
    }

    fn connect(&mut self, feed: &mut Feed<'_>) {
        if self.link.is_some() {
            return;
        }
        let options = Options {
            system_id: "tellerd".into(),
            mode: feed.one_of(&[Mode::Transceiver, Mode::Receiver, Mode::Transmitter]),
            window: 1 + feed.below(10),
            ..Options::default()
        };
        self.conns += 1;
        let conn = ConnId(self.conns);
        self.smsc.handle_connected(conn, self.now);
        let session = Session::new(options.clone(), mono(self.now));
        let books = Books::new(&options);
        self.link = Some(Link { conn, session, books, buffer: BytesMut::new() });
        self.settle();
    }

    /// All that happens at this moment.
    fn settle(&mut self) {
        for exchange in 0.. {
            assert!(exchange < EXCHANGES_MAX, "they talk for ever");
            let moved = self.exchange();
            while let Some(event) = self.smsc.poll_event() {
                match event {
                    Event::Message(_) => self.messages += 1,
                    Event::Malformed { why, .. } if MALFORMED.contains(&why) => {
                        assert!(self.garbled, "{why}");
                    }
                    _ => {}
                }
            }
            if !moved {
                break;
            }
        }
    }

    fn exchange(&mut self) -> bool {
        let Some(link) = &mut self.link else { return false };
        let mut moved = link.books.drain(&mut link.session);
        for (_, frame) in Books::transmitted(&mut link.session) {
            self.smsc.handle_bytes(link.conn, &frame, self.now);
            moved = true;
        }
        while let Some(octets) = self.smsc.poll_transmit(link.conn) {
            link.buffer.extend_from_slice(&octets);
            link.session.handle_bytes(&mut link.buffer, mono(self.now));
            moved = true;
        }
        if self.smsc.poll_close(link.conn) {
            link.session.handle_disconnect();
        }
        link.books.drain(&mut link.session);
        if link.session.state() == State::Ended {
            for (_, frame) in Books::transmitted(&mut link.session) {
                self.smsc.handle_bytes(link.conn, &frame, self.now);
            }
            self.smsc.handle_closed(link.conn);
            self.link = None;
            return true;
        }
        moved
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        for wake in 0.. {
            assert!(wake < WAKES_MAX, "something is due all the time");
            self.settle();
            let ours = self.link.as_ref().and_then(|link| link.session.poll_timeout());
            let ours = ours.map(|due| due.since(Mono::ZERO));
            let due = ours.into_iter().chain(self.smsc.poll_timeout()).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            self.smsc.handle_timeout(self.now);
            if let Some(link) = &mut self.link {
                link.books.time_out(&mut link.session, mono(self.now));
            }
        }
        self.now = end;
    }

    /// The faults end; for half an hour the owner answers all, and connects again when a connection
    /// is lost.
    fn recover(&mut self) {
        self.smsc.set_profile(Profile::default());
        // The link may be a receiver or a transmitter alone.
        if let Some(link) = &mut self.link {
            link.session.unbind(mono(self.now));
        }
        for _ in 0..60 {
            self.pass(MINUTE / 2);
            self.connect(&mut Feed::new(&[0, 9]));
            self.respond(100, Status::ROK);
            self.settle();
        }
        assert_eq!(self.smsc.undelivered(), 0, "what phones wrote isn't delivered");
        let before = self.messages;
        let sm = part(NUMBERS[0], b"Stanje");
        for _ in 0..=self.refusals {
            let link = self.link.as_mut().expect("a link that holds");
            assert!(link.books.submit(&mut link.session, &sm, mono(self.now)), "no room");
            self.settle();
        }
        assert!(self.messages > before, "no part arrived");
    }
}

fn mono(now: Duration) -> Mono {
    Mono::ZERO + now
}
