//! Life and death of the link: enquire_link, silence, zombies, and what is answered how.

use super::*;

fn quiet() -> Options {
    Options { inactivity: Duration::ZERO, ..Options::default() }
}

#[test]
fn a_quiet_link_is_asked_and_its_answer_keeps_it_for_hours() {
    let mut desk = Desk::bound(Options::default());
    for round in 1..=1_000 {
        desk.until(round * 30_000 - 1);
        assert_eq!(desk.heads(), []);
        desk.until(round * 30_000);
        assert_eq!(desk.heads(), [(ENQUIRE, 0, round as u32 + 1)]);
        desk.hear(ENQUIRE | RESP, 0, round as u32 + 1, b"");
    }
    assert_eq!(desk.session.state(), State::Bound);
}

#[test]
fn a_silent_peer_is_given_up() {
    let mut desk = Desk::bound(Options::default());
    desk.until(39_999);
    assert_eq!(desk.session.state(), State::Bound);
    desk.until(40_000);
    assert_eq!(desk.events(), [Event::Ended { reason: EndReason::Silent }]);
}

#[test]
fn any_pdu_shows_life() {
    let mut desk = Desk::bound(Options::default());
    desk.until(30_000);
    assert_eq!(desk.heads(), [(ENQUIRE, 0, 2)]);
    // Not the answer, but something: unknown, alert_notification, a response to nothing.
    for (second, command_id) in [(35, 0x0999), (68, 0x0102), (101, SUBMIT | RESP)] {
        desk.until(second * 1_000);
        desk.hear(command_id, 0, 9_999, b"");
    }
    assert_eq!(desk.session.state(), State::Bound);
    assert_eq!(desk.events(), []);
}

#[test]
fn traffic_puts_the_question_off() {
    let mut desk = Desk::bound(Options::default());
    for second in [20, 40, 60] {
        desk.until(second * 1_000);
        desk.hear(ENQUIRE, 0, 7, b"");
        assert_eq!(desk.heads(), [(ENQUIRE | RESP, 0, 7)]);
    }
    desk.until(89_999);
    assert_eq!(desk.heads(), []);
    desk.until(90_000);
    assert_eq!(desk.heads(), [(ENQUIRE, 0, 2)]);
}

#[test]
fn without_enquire_link_inactivity_ends_the_session() {
    let mut desk = Desk::bound(Options { enquire_link: Duration::ZERO, ..Options::default() });
    assert_eq!(desk.session.poll_timeout(), Some(at(120_000)));
    desk.until(120_000);
    assert_eq!(desk.events(), [Event::Ended { reason: EndReason::Inactive }]);
    let never = Options { enquire_link: Duration::ZERO, ..quiet() };
    assert_eq!(Desk::bound(never).session.poll_timeout(), None);
}

#[test]
fn a_zombie_that_answers_enquire_link_alone_is_given_up() {
    let mut desk = Desk::bound(Options::default());
    let mut token = 0;
    for second in 0..200 {
        desk.until(second * 1_000);
        if desk.session.state() == State::Ended {
            break;
        }
        if desk.session.room() > 0 {
            token += 1;
            desk.submit(token).unwrap();
        }
        for (command_id, _, sequence) in desk.heads() {
            if command_id == ENQUIRE {
                desk.hear(ENQUIRE | RESP, 0, sequence, b"");
            }
        }
        // The peer's own questions show that it lives.
        desk.hear(ENQUIRE, 0, 1, b"");
    }
    assert!((120_000..=132_000).contains(&(desk.now.as_nanos() / 1_000_000)), "{:?}", desk.now);
    assert_eq!(desk.events().pop(), Some(Event::Ended { reason: EndReason::Stalled }));
}

/// Three unanswered in a row, over as long as a silent peer would be given; no two.
#[test]
fn two_unanswered_submits_make_no_zombie_and_three_do() {
    for (submitted, state) in [(&[0, 12][..], State::Bound), (&[0, 6, 12], State::Ended)] {
        let inactivity = Duration::from_secs(20);
        let quiet = Options { enquire_link: Duration::ZERO, inactivity, ..Options::default() };
        let mut desk = Desk::bound(quiet);
        for second in 0..22 {
            desk.until(second * 1_000);
            if submitted.contains(&second) {
                desk.submit(second).unwrap();
            }
            desk.hear(ENQUIRE, 0, 1, b"");
        }
        // The last is given up.
        desk.until(22_000);
        assert_eq!(desk.session.state(), state, "{submitted:?}");
    }
}

#[test]
fn some_answers_are_enough_not_to_be_a_zombie() {
    let mut desk = Desk::bound(Options::default());
    for round in 0..100 {
        desk.until(round * 5_000);
        desk.submit(round).unwrap();
        let (.., sequence) = desk.heads().pop().unwrap();
        if round % 10 == 0 {
            desk.hear(SUBMIT | RESP, 0, sequence, b"x\0");
        }
        desk.hear(ENQUIRE, 0, 1, b"");
    }
    assert_eq!(desk.session.state(), State::Bound);
}

#[test]
fn a_call_too_early_does_nothing() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    desk.sent();
    let due = desk.session.poll_timeout();
    for millis in [0, 1, 5_000, 9_999] {
        desk.session.handle_timeout(at(millis));
    }
    assert_eq!((desk.events(), desk.sent()), (vec![], vec![]));
    assert_eq!(desk.session.poll_timeout(), due);
}

#[test]
fn requests_before_the_bind_are_refused() {
    let mut desk = Desk::connected(Options::default());
    desk.sent();
    desk.hear(DELIVER, 0, 5, &deliver_body());
    desk.hear(ENQUIRE, 0, 6, b"");
    desk.hear(UNBIND, 0, 7, b"");
    desk.hear(0x0103, 0, 8, b"");
    assert_eq!(
        desk.heads(),
        [
            // Not for good: a slow bind response must cost no text.
            (DELIVER | RESP, 0x64, 5),
            (ENQUIRE | RESP, 0x04, 6),
            (UNBIND | RESP, 0x04, 7),
            (0x8000_0103, 0x04, 8),
        ]
    );
    assert_eq!((desk.events(), desk.session.state()), (vec![], State::Binding));
}

#[test]
fn every_request_but_alert_notification_is_answered() {
    let mut desk = Desk::bound(Options::default());
    for (sequence, command_id) in
        [0x0103, SUBMIT, 0x0009, 0x0003, 0x0999, 0x000B, 0x0111, 0, 0x0102].into_iter().enumerate()
    {
        desk.hear(command_id, 0, sequence as u32, b"whatever");
    }
    assert_eq!(
        desk.heads(),
        [
            (0x8000_0103, 0x03, 0),
            (SUBMIT | RESP, 0x03, 1),
            (0x8000_0009, 0x03, 2),
            (0x8000_0003, 0x03, 3),
            (NACK, 0x03, 4),
            (NACK, 0x03, 5),
            (NACK, 0x03, 6),
            (NACK, 0x03, 7),
        ]
    );
    assert_eq!(desk.session.state(), State::Bound);
}

#[test]
fn an_unreadable_deliver_is_answered_by_its_header() {
    let mut desk = Desk::bound(Options::default());
    let body = deliver_body();
    desk.hear(DELIVER, 0, 5, b"");
    desk.hear(DELIVER, 0, 6, &body[..20]);
    desk.hear(DELIVER, 0, 7, &body[..body.len() - 1]);
    desk.hear(DELIVER, 0, 8, &[b'1'; 200]);
    assert_eq!(
        desk.heads(),
        [
            (DELIVER | RESP, 0x02, 5),
            (DELIVER | RESP, 0x02, 6),
            (DELIVER | RESP, 0x01, 7),
            (DELIVER | RESP, 0x02, 8),
        ]
    );
    assert_eq!((desk.events(), desk.session.state()), (vec![], State::Bound));
}

#[test]
fn a_transmitter_takes_no_deliver() {
    let mut desk = Desk::bound(mode(Mode::Transmitter));
    desk.hear(DELIVER, 0, 5, &deliver_body());
    assert_eq!((desk.heads(), desk.events()), (vec![(DELIVER | RESP, 0x04, 5)], vec![]));
}
