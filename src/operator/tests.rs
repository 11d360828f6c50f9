//! An operator against an SMSC that is played by hand, in octets and in virtual time.

use bytes::BufMut;

use super::*;
use crate::base::secret::Secret;
use crate::smpp::pdu::{Address, ShortMessage, Text};
use crate::smpp::status::Status;

/// What the SMSC answers to a bind.
const BIND_RESP: &[u8] = b"\0\0\0\x1D\x80\0\0\x09\0\0\0\0\0\0\0\x01smsc\0\x02\x10\0\x01\x34\0\0\0";

struct Desk {
    operator: Operator,
    now: Mono,
}

impl Desk {
    fn new() -> Desk {
        let options = Options {
            name: "mts".into(),
            binds: vec![SessionOptions { password: Secret::new("x"), ..Default::default() }],
            pace: pacing::Options::default(),
            statuses: Overrides::default(),
            reconnect_min: Duration::from_secs(1),
            reconnect_max: Duration::from_secs(60),
            canary: None,
        };
        let mut operator = Operator::new(options, Dice::seeded(1));
        operator.set_first();
        Desk { operator, now: at(0) }
    }

    /// Connects and binds.
    fn bind(&mut self) {
        assert_eq!(self.operator.poll_connect(self.now), Some(0));
        self.operator.handle_connected(0, self.now);
        assert_eq!(self.sent(), [(0x09, 1)]);
        self.hear(BIND_RESP);
    }

    fn hear(&mut self, octets: &[u8]) {
        self.operator.handle_bytes(0, &mut BytesMut::from(octets), self.now);
    }

    /// The SMSC accepts a part.
    fn accept(&mut self, sequence: u32) {
        let mut octets = BytesMut::new();
        [18, 0x8000_0004, 0, sequence].into_iter().for_each(|word| octets.put_u32(word));
        octets.put_slice(b"a\0");
        self.hear(&octets);
    }

    /// Command and sequence of what was written.
    fn sent(&mut self) -> Vec<(u32, u32)> {
        self.operator.dispatch(self.now);
        let mut out = BytesMut::new();
        self.operator.poll_transmit(0, &mut out);
        let (mut sent, mut rest) = (Vec::new(), &out[..]);
        while !rest.is_empty() {
            let word = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
            sent.push((word(4), word(12)));
            rest = &rest[word(0) as usize..];
        }
        sent
    }

    fn submit(&mut self, token: u64) -> u32 {
        self.operator.handle_order(Order::Submit { token, submit: Box::new(part()) }, self.now);
        match self.sent()[..] {
            [(0x04, sequence)] => sequence,
            ref other => panic!("{other:?}"),
        }
    }

    fn reports(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.operator.poll_report())
            .map(|report| format!("{report:?}"))
            .filter(|report| !report.starts_with("Left"))
            .collect()
    }

    /// The SMSC closes the connection; when we come again, in milliseconds from now.
    fn drop_link(&mut self) -> u64 {
        self.operator.handle_closed(0, self.now);
        assert!(self.operator.poll_close(0, self.now));
        let due = self.operator.poll_timeout().unwrap();
        let pause = due.since(self.now).as_millis() as u64;
        self.now = due;
        pause
    }
}

fn at(millis: u64) -> Mono {
    Mono::from_nanos(millis * 1_000_000)
}

fn part() -> Submit {
    Submit {
        service_type: Default::default(),
        source: Address::new(3, 0, "5622").unwrap(),
        destination: Address::new(1, 1, "381631112222").unwrap(),
        esm_class: 0,
        priority: 0,
        validity: None,
        registered_delivery: 0,
        data_coding: 0,
        user_message_reference: None,
        text: Text::Short(ShortMessage::new(&b"Stanje"[..]).unwrap()),
    }
}

/// A deliver_sm with a number and a text.
fn deliver(sequence: u32) -> Vec<u8> {
    let body = b"\0\x01\x01381631112222\0\x03\x005622\0\0\0\0\0\0\0\0\0\0\x0dSTANJE RACUNA";
    let mut octets = Vec::new();
    for word in [16 + body.len() as u32, 5, 0, sequence] {
        octets.put_u32(word);
    }
    octets.extend_from_slice(body);
    octets
}

#[test]
fn a_response_that_lies_in_the_socket_is_in_time_however_late_we_read_it() {
    let mut desk = Desk::new();
    desk.bind();
    let sequence = desk.submit(7);
    desk.reports();
    // The task was held up for 15 s. It reads first; what it read wasn't all that was there.
    desk.now = at(15_000);
    assert!(desk.operator.may_read(0, 0, desk.now));
    desk.hear(&deliver(1));
    desk.operator.handle_timeout(desk.now);
    assert!(desk.reports().iter().all(|report| report.starts_with("Deliver")));
    assert_eq!(desk.operator.poll_timeout(), None);
    assert!(desk.operator.may_read(0, 0, desk.now));
    desk.accept(sequence);
    desk.operator.handle_drained(0);
    desk.operator.handle_timeout(desk.now);
    let reports = desk.reports();
    assert!(matches!(&reports[..], [one] if one.starts_with("Submitted")), "{reports:?}");
}

#[test]
fn what_really_has_no_response_is_unknown_once_all_was_read() {
    let mut desk = Desk::new();
    desk.bind();
    desk.submit(7);
    desk.reports();
    desk.now = at(15_000);
    assert!(desk.operator.may_read(0, 0, desk.now));
    desk.operator.handle_drained(0);
    desk.operator.handle_timeout(desk.now);
    assert_eq!(desk.reports(), ["Unknown 7"]);
}

#[test]
fn while_too_many_texts_wait_for_us_no_response_is_late() {
    let mut desk = Desk::new();
    desk.bind();
    let sequence = desk.submit(7);
    desk.reports();
    let burst: Vec<u8> = (0..UNANSWERED_DELIVERS_MAX as u32).flat_map(deliver).collect();
    assert!(desk.operator.may_read(0, 0, desk.now));
    desk.hear(&burst);
    let links: Vec<Report> = std::iter::from_fn(|| desk.operator.poll_report()).collect();
    // One fsync takes 20 s.
    assert!(!desk.operator.may_read(0, 0, desk.now));
    desk.now = at(20_000);
    assert!(!desk.operator.may_read(0, 0, desk.now));
    desk.operator.handle_timeout(desk.now);
    assert_eq!(desk.reports(), [""; 0]);
    for report in links {
        let Report::Deliver { link, ticket, .. } = report else { continue };
        let status = Status::ROK;
        let order = Order::Respond { link, ticket, status, proof: None, enquire: false };
        desk.operator.handle_order(order, desk.now);
    }
    assert!(desk.operator.may_read(0, 0, desk.now));
    desk.operator.handle_timeout(desk.now);
    desk.accept(sequence);
    let reports = desk.reports();
    assert!(matches!(&reports[..], [one] if one.starts_with("Submitted")), "{reports:?}");
}

#[test]
fn a_peer_that_takes_nothing_isnt_read_and_is_given_up_in_the_end() {
    let mut desk = Desk::new();
    desk.bind();
    assert!(!desk.operator.may_read(0, UNWRITTEN_OCTETS_MAX, desk.now));
    let due = desk.operator.poll_timeout().unwrap();
    assert_eq!(due, at(120_000));
    desk.operator.handle_timeout(due);
    assert!(desk.operator.poll_close(0, due));
}

#[test]
fn who_binds_and_drops_at_once_is_bound_less_and_less_often() {
    let mut desk = Desk::new();
    for whole in [1_000, 2_000, 4_000, 8_000] {
        desk.bind();
        let pause = desk.drop_link();
        assert!((whole / 2..=whole).contains(&pause), "{pause} of {whole}");
    }
    // A response to something of ours, or half a minute, is a session that was worth its bind.
    desk.bind();
    let sequence = desk.submit(1);
    desk.accept(sequence);
    assert!(desk.drop_link() <= 1_000);
    desk.bind();
    desk.drop_link();
    desk.bind();
    desk.now = desk.now + GOOD_SESSION;
    assert!(desk.drop_link() <= 1_000);
}

#[test]
fn a_report_shows_no_number_and_no_text() {
    let mut desk = Desk::new();
    desk.bind();
    desk.reports();
    desk.hear(&deliver(9));
    let shown = desk.reports().concat();
    assert!(shown.starts_with("Deliver"), "{shown}");
    for personal in ["381631112222", "5622", "STANJE", "RACUNA", "51, 56, 49"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}

#[test]
fn a_process_behind_another_is_up_once_it_may_send() {
    let mut desk = Desk::new();
    desk.operator.first = false;
    desk.bind();
    assert_eq!(desk.reports(), Vec::<String>::new(), "what is marked now would count as tried");
    let due = desk.operator.poll_timeout().unwrap();
    assert_eq!(due.since(desk.now), Duration::from_secs(1));
    desk.now = due;
    desk.operator.handle_timeout(desk.now);
    assert_eq!(desk.reports(), ["Up"]);
}
