//! What no specification foresees: split writes, random octets, random orders of operations.

use proptest::prelude::*;

use super::*;

#[test]
fn bytes_that_come_one_by_one_make_the_same_session() {
    let stream = [
        pdu(BIND_TRX | RESP, 0, 1, b"smsc\0\x02\x10\0\x01\x34"),
        pdu(DELIVER, 0, 5, &deliver_body()),
        pdu(ENQUIRE, 0, 6, b""),
        pdu(0x0999, 0, 7, b"what"),
        pdu(UNBIND, 0, 8, b""),
    ]
    .concat();
    let run = |step: usize| {
        let mut desk = Desk::connected(Options::default());
        let mut buf = BytesMut::new();
        for chunk in stream.chunks(step) {
            buf.extend_from_slice(chunk);
            desk.session.handle_bytes(&mut buf, desk.now);
        }
        (desk.events(), desk.sent())
    };
    let whole = run(stream.len());
    assert_eq!(whole.0.len(), 3);
    for step in 1..40 {
        assert_eq!(run(step), whole);
    }
}

#[test]
fn nothing_secret_is_printed() {
    let options = Options { password: Secret::new("hunter2"), ..Options::default() };
    let mut desk = Desk::connected(options);
    let mut printed = format!("{:?}", desk.session);
    desk.hear(BIND_TRX | RESP, 0, 1, b"smsc\0");
    desk.hear(DELIVER, 0, 5, &deliver_body());
    desk.submit(1).unwrap();
    let events = desk.events();
    printed += &format!("{:?} {:?} {events:?}", desk.session, part());
    for secret in ["hunter2", "STANJE", "Stanje", "381631112222", "11122"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

/// One thing that happens to a session.
#[derive(Clone, Debug)]
enum Happening {
    Hear { command_id: u32, status: u32, sequence: u32, body: Vec<u8> },
    Bytes(Vec<u8>),
    Pass(u64),
    Submit,
    Respond,
    Enquire,
    Unbind,
    Disconnect,
}

fn happening() -> impl Strategy<Value = Happening> {
    let ids = prop_oneof![
        Just(BIND_TRX | RESP),
        Just(SUBMIT | RESP),
        Just(DELIVER),
        Just(ENQUIRE),
        Just(ENQUIRE | RESP),
        Just(UNBIND),
        Just(UNBIND | RESP),
        Just(NACK),
        any::<u32>(),
    ];
    let bodies = prop_oneof![
        3 => Just(deliver_body()),
        1 => proptest::collection::vec(any::<u8>(), 0..60)
    ];
    let statuses = prop_oneof![4 => Just(0u32), 1 => any::<u32>()];
    prop_oneof![
        20 => (ids, statuses, 0u32..12, bodies).prop_map(|(command_id, status, sequence, body)| {
            Happening::Hear { command_id, status, sequence, body }
        }),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Happening::Bytes),
        8 => (0u64..20_000).prop_map(Happening::Pass),
        10 => Just(Happening::Submit),
        5 => Just(Happening::Respond),
        3 => Just(Happening::Enquire),
        1 => Just(Happening::Unbind),
        1 => Just(Happening::Disconnect),
    ]
}

proptest! {
    /// The books balance: each submit ends once, each proof is given once, the end comes last.
    #[test]
    fn whatever_happens_the_contract_holds(
        happenings in proptest::collection::vec(happening(), 0..80),
        window in 1usize..5,
    ) {
        let mut desk = Desk::bound(Options { window, ..Options::default() });
        let (mut tokens, mut proofs, mut buf) = (0u64, 0u64, BytesMut::new());
        let (mut tickets, mut log) = (Vec::new(), Vec::new());
        for happening in happenings {
            match happening {
                Happening::Hear { command_id, status, sequence, body } => {
                    let frame = Bytes::from(pdu(command_id, status, sequence, &body));
                    desk.session.handle_frame(frame, desk.now);
                }
                Happening::Bytes(bytes) => {
                    buf.extend_from_slice(&bytes);
                    desk.session.handle_bytes(&mut buf, desk.now);
                }
                Happening::Pass(millis) => {
                    desk.until(desk.now.as_nanos() / 1_000_000 + millis);
                }
                Happening::Submit => {
                    let room = desk.session.room();
                    let taken = desk.submit(tokens).is_ok();
                    prop_assert_eq!(taken, room > 0);
                    tokens += u64::from(taken);
                }
                Happening::Respond => {
                    if let Some(ticket) = tickets.pop() {
                        desk.respond(ticket, proofs);
                        proofs += 1;
                    }
                }
                Happening::Enquire => desk.session.enquire(desk.now),
                Happening::Unbind => desk.session.unbind(desk.now),
                Happening::Disconnect => desk.session.handle_disconnect(),
            }
            for event in desk.events() {
                if let Event::Deliver { ticket, .. } = event {
                    tickets.push(ticket);
                }
                log.push(event);
            }
            prop_assert!(desk.session.window.submits() <= window);
            let sequences: Vec<u32> = desk.sent().iter().map(|sent| sent.2).collect();
            prop_assert!(sequences.len() < 100);
        }
        desk.session.handle_disconnect();
        log.extend(desk.events());

        let (mut ends, mut proved, mut last) = (vec![0; tokens as usize], None, 0);
        for (at, event) in log.iter().enumerate() {
            match event {
                Event::Submitted { token, .. } | Event::Unanswered { token } => {
                    ends[*token as usize] += 1;
                }
                Event::Late { token, .. } => prop_assert_eq!(ends[*token as usize], 1),
                Event::Proved { proof } => {
                    prop_assert!(proved < Some(*proof) && *proof < proofs);
                    proved = Some(*proof);
                }
                Event::Ended { .. } => last = at + 1,
                Event::Queried { .. } | Event::Bound { .. } | Event::Deliver { .. } => {}
            }
        }
        prop_assert!(ends.iter().all(|count| *count == 1));
        prop_assert_eq!(last, log.len());
    }
}
