//! Who doesn't read can't say that nothing came: deadlines stand still while reading is paused.

use super::*;

#[test]
fn a_response_that_lay_unread_through_a_pause_is_in_time() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    desk.sent();
    desk.until(4_000);
    desk.session.handle_pause(Some(Pause::Busy), desk.now);
    // Nothing falls due, however often the owner looks.
    assert_eq!(desk.session.poll_timeout(), None);
    for second in 5..60 {
        desk.session.handle_timeout(at(second * 1_000));
    }
    desk.now = at(60_000);
    desk.session.handle_pause(None, desk.now);
    assert_eq!(desk.events(), []);
    // Of its 10 s the response has 6 left, and comes in the last moment.
    assert_eq!(desk.session.poll_timeout(), Some(at(66_000)));
    desk.until(65_999);
    desk.hear(SUBMIT | RESP, 0, 2, b"x\0");
    assert!(matches!(desk.events()[..], [Event::Submitted { token: 1, .. }]));
}

#[test]
fn what_is_asked_in_a_pause_has_its_whole_time_after_it() {
    let mut desk = Desk::bound(Options::default());
    desk.session.handle_pause(Some(Pause::Busy), desk.now);
    desk.now = at(50_000);
    desk.submit(1).unwrap();
    desk.sent();
    desk.session.handle_pause(None, desk.now);
    desk.until(59_999);
    assert_eq!(desk.events(), []);
    desk.until(60_000);
    assert_eq!(desk.events(), [Event::Unanswered { token: 1 }]);
}

#[test]
fn pauses_add_up_and_neither_silence_nor_inactivity_grows_in_them() {
    let mut desk = Desk::bound(Options::default());
    for round in 0..50 {
        desk.until(round * 100_000 + 500);
        desk.session.handle_pause(Some(Pause::Busy), desk.now);
        desk.now = at((round + 1) * 100_000);
        desk.session.handle_pause(None, desk.now);
    }
    assert_eq!((desk.events(), desk.heads()), (vec![], vec![]));
    // 50 times 500 ms were listened to: the enquire_link comes 5 s later.
    desk.until(5_004_999);
    assert_eq!(desk.heads(), []);
    desk.until(5_005_000);
    assert_eq!(desk.heads(), [(ENQUIRE, 0, 2)]);
}

#[test]
fn a_peer_that_takes_nothing_for_too_long_is_given_up() {
    let mut desk = Desk::bound(Options::default());
    desk.submit(1).unwrap();
    desk.until(1_000);
    desk.session.handle_pause(Some(Pause::Deaf), desk.now);
    desk.until(120_999);
    assert_eq!(desk.events(), []);
    desk.until(121_000);
    let ended = Event::Ended { reason: EndReason::Deaf };
    assert_eq!(desk.events(), [Event::Unanswered { token: 1 }, ended]);
    assert_eq!(desk.session.poll_timeout(), None);
}
