//! How sessions begin and end.

use super::*;

fn ended(desk: &mut Desk) -> EndReason {
    assert_eq!(desk.session.state(), State::Ended);
    assert_eq!(desk.session.poll_timeout(), None);
    match desk.events().pop() {
        Some(Event::Ended { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_bind_request_goes_first_and_its_answer_binds() {
    for (way, id) in [(Mode::Receiver, 1), (Mode::Transmitter, 2), (Mode::Transceiver, 9)] {
        let mut desk = Desk::connected(mode(way));
        assert_eq!(desk.session.state(), State::Binding);
        assert_eq!((desk.session.room(), desk.submit(1)), (0, Err(NotNow::NotBound)));
        assert_eq!(desk.heads(), [(id, 0, 1)]);
        desk.hear(id | RESP, 0, 1, b"smsc\0");
        let bound = Event::Bound { version: None, system_id: "smsc".to_owned() };
        assert_eq!(desk.events(), [bound]);
        assert_eq!(desk.session.room(), if way == Mode::Receiver { 0 } else { 10 });
    }
}

#[test]
fn a_refused_bind_ends_with_its_status() {
    for (command_id, body) in [(BIND_TRX | RESP, &b""[..]), (BIND_TRX | RESP, b"x\0"), (NACK, b"")]
    {
        let mut desk = Desk::connected(Options::default());
        desk.hear(command_id, 0x0E, 1, body);
        assert_eq!(ended(&mut desk), EndReason::Refused(Status::RINVPASWD));
    }
}

#[test]
fn a_bind_that_is_not_answered_times_out() {
    let mut desk = Desk::connected(Options::default());
    assert_eq!(desk.session.poll_timeout(), Some(at(5_000)));
    desk.until(4_999);
    assert_eq!(desk.session.state(), State::Binding);
    desk.until(5_000);
    assert_eq!(ended(&mut desk), EndReason::BindTimeout);
}

#[test]
fn we_unbind_in_order() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(7).unwrap();
    desk.submit(8).unwrap();
    desk.session.unbind(desk.now);
    desk.session.unbind(desk.now);
    assert_eq!(desk.heads()[2..], [(UNBIND, 0, 4)]);
    assert_eq!((desk.session.state(), desk.session.room()), (State::Unbinding, 0));
    assert_eq!(desk.submit(9), Err(NotNow::NotBound));
    // What is in flight may still be answered, and the peer's requests are.
    desk.hear(SUBMIT | RESP, 0, 2, b"a\0");
    desk.hear(ENQUIRE, 0, 50, b"");
    desk.hear(DELIVER, 0, 51, &deliver_body());
    assert_eq!(desk.heads(), [(ENQUIRE | RESP, 0, 50), (DELIVER | RESP, 0x64, 51)]);
    desk.hear(UNBIND | RESP, 0, 4, b"");
    let events = desk.events();
    assert!(matches!(events[0], Event::Submitted { token: 7, .. }));
    assert_eq!(
        events[1..],
        [Event::Unanswered { token: 8 }, Event::Ended { reason: EndReason::Unbound }]
    );
}

#[test]
fn an_unbind_that_is_not_answered_ends_all_the_same() {
    let mut desk = Desk::bound(Options::default());
    desk.session.unbind(desk.now);
    desk.until(9_999);
    assert_eq!(desk.session.state(), State::Unbinding);
    desk.until(10_000);
    assert_eq!(ended(&mut desk), EndReason::Unbound);

    let mut desk = Desk::connected(Options::default());
    desk.session.unbind(desk.now);
    assert_eq!(ended(&mut desk), EndReason::Unbound);
}

#[test]
fn the_peer_unbinds_and_gets_its_answer() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(7).unwrap();
    desk.sent();
    // What follows the unbind in the same read is not looked at.
    let mut buf = BytesMut::from(&pdu(UNBIND, 0, 90, b"")[..]);
    buf.extend_from_slice(b"anything");
    desk.session.handle_bytes(&mut buf, desk.now);
    assert!(buf.is_empty());
    assert_eq!(desk.heads(), [(UNBIND | RESP, 0, 90)]);
    assert_eq!(
        desk.events(),
        [Event::Unanswered { token: 7 }, Event::Ended { reason: EndReason::PeerUnbound }]
    );
}

#[test]
fn a_disconnect_hands_back_what_is_outstanding() {
    let mut desk = Desk::bound(Options::default());
    for token in [30, 20, 10] {
        desk.submit(token).unwrap();
    }
    desk.session.handle_disconnect();
    desk.session.handle_disconnect();
    let tokens: Vec<Event> =
        [30, 20, 10].into_iter().map(|token| Event::Unanswered { token }).collect();
    let events = desk.events();
    assert_eq!(events[..3], tokens);
    assert_eq!(events[3..], [Event::Ended { reason: EndReason::Disconnected }]);
    assert_eq!(desk.sent(), []);
    assert_eq!(desk.session.window.submits(), 0);
}

#[test]
fn garbage_ends_the_session_with_its_reason() {
    let broken = |octets: &[u8]| {
        let mut desk = Desk::bound(Options::default());
        desk.session.handle_bytes(&mut BytesMut::from(octets), desk.now);
        let sent = desk.heads();
        (ended(&mut desk), sent)
    };
    let http = EndReason::Broken(FrameError::NotSmpp(*b"HTTP"));
    assert_eq!(broken(b"HTTP/1.1 400 Bad Request\r\n"), (http, vec![]));
    let short = EndReason::Broken(FrameError::TooShort(4));
    assert_eq!(broken(&[0, 0, 0, 4]), (short, vec![(NACK, 0x02, 0)]));
    let long = EndReason::Broken(FrameError::TooLong(u32::MAX));
    assert_eq!(broken(&[0xFF; 20]), (long, vec![(NACK, 0x02, 0)]));
}

#[test]
fn after_the_end_nothing_happens() {
    let mut desk = Desk::bound(Options::default());
    let ticket = desk.deliver(5);
    desk.session.handle_disconnect();
    desk.events();
    desk.hear(ENQUIRE, 0, 1, b"");
    desk.respond(ticket, 1);
    desk.session.enquire(desk.now);
    desk.session.unbind(desk.now);
    desk.until(1_000_000);
    assert_eq!((desk.sent(), desk.events()), (vec![], vec![]));
}

#[test]
fn a_ticket_of_another_session_is_ignored() {
    let mut old = Desk::bound(Options::default());
    let ticket = old.deliver(5);
    let mut new = Session::new(Options::default(), at(60_000));
    let mut out = BytesMut::new();
    new.poll_transmit(&mut out);
    new.respond(ticket, Status::ROK, None, at(60_000));
    assert!(!new.poll_transmit(&mut out));
}

#[test]
fn settings_that_do_not_fit_are_found() {
    assert_eq!(Options::default().check(), Ok(()));
    let long = Options { system_id: "x".repeat(16), ..Options::default() };
    assert_eq!(long.check(), Err(OptionsError::Text { setting: "system_id", octets_max: 15 }));
    let word = Options { password: Secret::new("123456789"), ..Options::default() };
    assert!(!format!("{:?}", (word.check(), &word)).contains("123456789"));
    assert_eq!(
        Options { window: 0, ..Options::default() }.check(),
        Err(OptionsError::Zero("window"))
    );
}
