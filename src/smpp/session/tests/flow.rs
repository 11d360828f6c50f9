//! submit_sm and deliver_sm in a bound session: window, responses, late ones, proofs.

use super::*;
use crate::smpp::deliver::DeliverSm;

#[test]
fn the_window_bounds_what_is_in_flight() {
    let mut desk = Desk::bound(Options { window: 2, ..Options::default() });
    assert_eq!(
        (desk.submit(1), desk.submit(2), desk.submit(3)),
        (Ok(()), Ok(()), Err(NotNow::Full))
    );
    assert_eq!((desk.session.room(), desk.session.window.submits()), (0, 2));
    // Of submit_sm alone: an enquire_link is still sent.
    desk.session.enquire(desk.now);
    assert_eq!(desk.heads(), [(SUBMIT, 0, 2), (SUBMIT, 0, 3), (ENQUIRE, 0, 4)]);
    desk.hear(SUBMIT | RESP, 0, 3, b"B\0");
    assert_eq!(desk.session.room(), 1);
    assert_eq!(desk.submit(3), Ok(()));
    assert_eq!(desk.heads(), [(SUBMIT, 0, 5)]);
}

#[test]
fn responses_find_their_submit_in_any_order_and_form() {
    let mut desk = Desk::bound(Options::default());
    for token in 1..=5 {
        desk.submit(token).unwrap();
    }
    desk.hear(SUBMIT | RESP, 0, 4, b"0aFF");
    desk.hear(SUBMIT | RESP, 0x58, 2, b"");
    desk.hear(SUBMIT | RESP, 0x0B, 3, b"17\0rubbish");
    desk.hear(NACK, 0x03, 5, b"");
    desk.hear(NACK, 0, 6, b"");
    let done = |token, status, id: Option<&'static [u8]>| Event::Submitted {
        token,
        status: Status(status),
        message_id: id.map(Bytes::from_static),
    };
    assert_eq!(
        desk.events(),
        [
            done(3, 0, Some(b"0aFF")),
            done(1, 0x58, None),
            done(2, 0x0B, Some(b"17")),
            done(4, 0x03, None),
            done(5, 0xFF, None),
        ]
    );
    assert_eq!(desk.session.window.submits(), 0);
}

#[test]
fn optional_parameters_are_sent_only_to_those_that_take_them() {
    use OptionalParameters::{Always, AsBound, Never};
    for (optional_parameters, body, sent) in [
        (AsBound, &b"smsc\0\x02\x10\0\x01\x34"[..], true),
        (AsBound, b"smsc\0\x02\x10\0\x01\x33", false),
        (AsBound, b"smsc\0", false),
        (Always, b"", true),
        (Never, b"smsc\0\x02\x10\0\x01\x34", false),
    ] {
        let mut desk = Desk::connected(Options { optional_parameters, ..Options::default() });
        desk.hear(BIND_TRX | RESP, 0, 1, body);
        desk.submit(1).unwrap();
        let (.., submit) = desk.sent().pop().unwrap();
        assert_eq!(submit.ends_with(b"\x02\x04\0\x02\xBE\xEF"), sent, "{optional_parameters:?}");
    }
}

#[test]
fn an_unanswered_submit_is_unknown_and_a_late_answer_is_told() {
    let mut desk = Desk::bound(Options { window: 1, ..Options::default() });
    desk.submit(1).unwrap();
    desk.until(9_999);
    assert_eq!(desk.events(), []);
    desk.until(10_000);
    assert_eq!(desk.events(), [Event::Unanswered { token: 1 }]);
    assert_eq!(desk.session.room(), 1);
    desk.hear(SUBMIT | RESP, 0, 2, b"x\0");
    let late =
        Event::Late { token: 1, status: Status::ROK, message_id: Some(Bytes::from_static(b"x")) };
    assert_eq!(desk.events(), [late]);
    // Once only.
    desk.hear(SUBMIT | RESP, 0, 2, b"x\0");
    assert_eq!(desk.events(), []);
}

#[test]
fn responses_to_nothing_are_ignored() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    desk.sent();
    for (command_id, sequence) in
        [(SUBMIT | RESP, 77), (ENQUIRE | RESP, 2), (NACK, 0), (0x8000_0999, 2), (DELIVER | RESP, 2)]
    {
        desk.hear(command_id, 0, sequence, b"");
    }
    assert_eq!((desk.events(), desk.sent()), (vec![], vec![]));
    assert_eq!(desk.session.window.submits(), 1);
}

#[test]
fn sequence_numbers_go_to_the_greatest_and_begin_again() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    desk.session.window.wind_to(0x7FFF_FFFE);
    for token in 2..=5 {
        desk.submit(token).unwrap();
    }
    let sequences: Vec<u32> = desk.heads().iter().map(|head| head.2).collect();
    assert_eq!(sequences, [2, 0x7FFF_FFFF, 1, 3, 4]);
    desk.hear(SUBMIT | RESP, 0, 0x7FFF_FFFF, b"m\0");
    assert!(matches!(desk.events()[..], [Event::Submitted { token: 2, .. }]));
}

#[test]
fn a_deliver_is_answered_when_the_owner_says_so() {
    let mut desk = Desk::bound(Options::default());
    desk.hear(DELIVER, 0, 0xFFFF_FFFF, &deliver_body());
    let [Event::Deliver { ticket, ref frame }] = desk.events()[..] else { panic!() };
    assert_eq!(DeliverSm::parse(frame).unwrap().text(), b"STANJE");
    assert_eq!(desk.sent(), []);
    desk.session.respond(ticket, Status::RMSGQFUL, None, desk.now);
    assert_eq!(desk.sent(), [(DELIVER | RESP, 0x14, 0xFFFF_FFFF, vec![0])]);
}

#[test]
fn a_later_request_that_is_answered_proves_a_response() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    let (one, two) = (desk.deliver(100), desk.deliver(101));
    desk.respond(one, 1_001);
    desk.submit(2).unwrap();
    desk.respond(two, 1_002);
    // Asked before either response was written: proves nothing.
    desk.hear(SUBMIT | RESP, 0, 2, b"a\0");
    assert!(matches!(desk.events()[..], [Event::Submitted { token: 1, .. }]));
    desk.hear(SUBMIT | RESP, 0x08, 3, b"");
    assert!(matches!(
        desk.events()[..],
        [Event::Proved { proof: 1_001 }, Event::Submitted { token: 2, .. }]
    ));
    desk.session.enquire(desk.now);
    desk.hear(ENQUIRE | RESP, 0, 4, b"");
    assert_eq!(desk.events(), [Event::Proved { proof: 1_002 }]);
}

#[test]
fn a_nack_proves_nothing_and_a_late_answer_does() {
    let mut desk = Desk::bound(Options::default());
    let ticket = desk.deliver(100);
    desk.respond(ticket, 9);
    desk.submit(1).unwrap();
    desk.submit(2).unwrap();
    desk.hear(NACK, 0x02, 2, b"");
    assert!(matches!(desk.events()[..], [Event::Submitted { token: 1, .. }]));
    desk.until(10_000);
    assert_eq!(desk.events(), [Event::Unanswered { token: 2 }]);
    desk.hear(SUBMIT | RESP, 0, 3, b"a\0");
    assert!(matches!(desk.events()[..], [Event::Proved { proof: 9 }, Event::Late { .. }]));
}

#[test]
fn a_receiver_proves_by_enquire_link_even_while_messages_pour_in() {
    let mut desk = Desk::bound(mode(Mode::Receiver));
    for second in 0..30 {
        desk.until(second * 1_000);
        let ticket = desk.deliver(100 + second as u32);
        desk.respond(ticket, second);
    }
    assert!(desk.heads().iter().all(|head| head.0 == DELIVER | RESP));
    desk.until(30_000);
    assert_eq!(desk.heads(), [(ENQUIRE, 0, 2)]);
    desk.hear(ENQUIRE | RESP, 0, 2, b"");
    let proofs: Vec<Event> = (0..30).map(|proof| Event::Proved { proof }).collect();
    assert_eq!(desk.events(), proofs);
}

/// Else it would be asked as fast as it refuses.
#[test]
fn who_refuses_to_prove_is_asked_no_more_than_any_other() {
    let mut desk = Desk::bound(mode(Mode::Receiver));
    let ticket = desk.deliver(100);
    desk.respond(ticket, 1);
    let mut asked = Vec::new();
    for second in 0..=100 {
        desk.until(second * 1_000);
        for (command_id, _, sequence) in desk.heads() {
            if command_id == ENQUIRE {
                asked.push(second);
                desk.hear(NACK, 0x03, sequence, b"");
            }
        }
    }
    assert_eq!(asked, [30, 60, 90]);
}

#[test]
fn many_unproved_responses_ask_at_once() {
    let mut desk = Desk::bound(mode(Mode::Receiver));
    for n in 0..300 {
        let ticket = desk.deliver(n);
        desk.respond(ticket, u64::from(n));
    }
    let asked: Vec<_> = desk.heads().into_iter().filter(|head| head.0 == ENQUIRE).collect();
    assert_eq!(asked.len(), 1);
    desk.hear(ENQUIRE | RESP, 0, 2, b"");
    assert_eq!(desk.events().len(), 256);
}

#[test]
fn an_enquiry_wanted_while_one_waits_follows_its_answer() {
    let mut desk = Desk::bound(mode(Mode::Receiver));
    desk.session.enquire(desk.now);
    let ticket = desk.deliver(100);
    desk.respond(ticket, 1);
    desk.session.enquire(desk.now);
    assert_eq!(desk.heads(), [(ENQUIRE, 0, 2), (DELIVER | RESP, 0, 100)]);
    desk.hear(ENQUIRE | RESP, 0, 2, b"");
    assert_eq!((desk.events(), desk.heads()), (vec![], vec![(ENQUIRE, 0, 3)]));
    desk.hear(ENQUIRE | RESP, 0, 3, b"");
    assert_eq!((desk.events(), desk.heads()), (vec![Event::Proved { proof: 1 }], vec![]));
}

#[test]
fn every_question_about_a_message_is_answered_once_by_whatever_becomes_of_it() {
    let mut desk = Desk::bound(Options { window: 1, ..Options::default() });
    let source = Address::new(3, 0, "5622").unwrap();
    let ask = |desk: &mut Desk, token| desk.session.query(token, b"1A", &source, desk.now);
    // Beside a full window.
    desk.submit(1).unwrap();
    for token in 10..16 {
        ask(&mut desk, token).unwrap();
    }
    desk.sent();
    desk.hear(QUERY | RESP, 0, 3, b"1A\0\0\x02\0");
    desk.hear(QUERY | RESP, 0x67, 4, b"");
    desk.hear(NACK, 0x03, 5, b"");
    desk.hear(QUERY | RESP, 0, 6, b"1A\0");
    let said = |token, state| Event::Queried { token, state };
    use crate::smpp::receipt::State::Delivered;
    assert_eq!(
        desk.events(),
        [said(10, Some(Delivered)), said(11, None), said(12, None), said(13, None)]
    );
    desk.until(10_000);
    assert_eq!(
        desk.events(),
        [Event::Unanswered { token: 1 }, said(14, None), said(15, None)],
        "no answer in time"
    );
    desk.hear(QUERY | RESP, 0, 7, b"1A\0\0\x02\0");
    ask(&mut desk, 20).unwrap();
    desk.session.handle_disconnect();
    assert_eq!(desk.events()[0], said(20, None));
    assert_eq!(ask(&mut desk, 21), Err(NotNow::NotBound));
}
