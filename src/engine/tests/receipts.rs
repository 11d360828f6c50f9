//! What becomes of messages behind the SMSC (lessons 1 and 2, 5.3.2.12, 5.3.2.17, 4.8).

use std::ops::ControlFlow;

use super::*;
use crate::outbox::of_token;
use crate::outbox::receipts::{AWAITED, IdBase};
use crate::smpp::receipt::State as Told;
use crate::store::Read;

const HOUR: Duration = Duration::from_secs(3_600);
const DELIVERED: &str = "stat:DELIVRD err:000";

/// One operator that is asked for receipts.
fn rig(change: impl FnOnce(&mut OperatorSetup)) -> Rig {
    let mut setup = setup();
    setup.operators[0].form.registered_delivery = 1;
    change(&mut setup.operators[0]);
    Rig::with(setup)
}

/// The SMSC has a part, under this id.
fn accepted_as(token: u64, id: &'static str) -> Input {
    let (status, meaning) = (Status::ROK, Meaning::Ok);
    let smsc_id = Some(Bytes::from_static(id.as_bytes()));
    Input::Operator(0, Report::Submitted { token, status, meaning, smsc_id })
}

/// A receipt for a message to a number.
fn receipt(phone: &str, id: &str, rest: &str) -> Input {
    frame(phone, CODE, 0x04, format!("id:{id} sub:001 dlvrd:001 {rest}").as_bytes())
}

/// A receipt that has nothing but the reference of its submit_sm, and its state.
fn echo(phone: &str, token: u64, state: u8) -> Input {
    let Input::Operator(lane, Report::Deliver { link, ticket, frame }) = frame(phone, CODE, 4, b"")
    else {
        unreachable!("it makes one");
    };
    let mut frame = frame.to_vec();
    frame.extend_from_slice(&[0x02, 0x04, 0, 2]);
    frame.extend_from_slice(&(token as u16).to_be_bytes());
    frame.extend_from_slice(&[0x04, 0x27, 0, 1, state]);
    let length = frame.len() as u32;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Input::Operator(lane, Report::Deliver { link, ticket, frame: Bytes::from(frame) })
}

/// Asks something whose answer has two parts; their tokens.
fn ask(rig: &mut Rig) -> Vec<u64> {
    let bank = rig.engine.bank_id(0);
    put_offer(rig.engine.records(), bank, &"Kes kredit ".repeat(18));
    let tokens = rig.sent([deliver(PHONE, CODE, "INFO")]);
    assert_eq!(tokens.len(), 2);
    tokens
}

fn ask_briefly(rig: &mut Rig) -> u64 {
    let tokens = rig.sent([deliver(PHONE, CODE, "INFO")]);
    assert_eq!(tokens.len(), 1);
    tokens[0]
}

fn state(rig: &mut Rig, token: u64) -> State {
    let bank = rig.engine.bank_id(0);
    rig.head(bank, of_token(token).0.0).unwrap().state
}

fn awaited(rig: &Rig) -> usize {
    let (prefix, mut count) = (AWAITED.key(0), 0);
    let visit = &mut |_: &[u8], _: &[u8]| {
        count += 1;
        ControlFlow::Continue(())
    };
    rig.engine.store().scan(&prefix, None, visit).unwrap();
    count
}

#[test]
fn a_receipt_is_matched_whatever_its_base_case_and_zeros() {
    for (base, id, in_receipt, odd) in [
        (IdBase::Same, "4A9F", "4A9F", 0),
        (IdBase::Same, "4A9F", "00004a9f", 0),
        (IdBase::HexThenDecimal, "4A9F", "0000019103", 0),
        (IdBase::DecimalThenHex, "19103", "4A9F", 0),
        (IdBase::Same, "4A9F", "19103", 1),
        (IdBase::Same, "19103", "4A9F", 1),
    ] {
        let mut rig = rig(|operator| operator.receipt_ids = base);
        let token = ask_briefly(&mut rig);
        rig.turn([accepted_as(token, id)]);
        assert_eq!((state(&mut rig, token), awaited(&rig)), (State::Accepted, 1));
        rig.crash();
        rig.up();
        rig.turn([receipt(PHONE, in_receipt, DELIVERED)]);
        let heard = rig.now.wall;
        assert_eq!((state(&mut rig, token), awaited(&rig)), (State::Delivered, 0), "{in_receipt}");
        let tally = rig.engine.tally();
        assert_eq!((tally.delivered, tally.receipts_odd), (1, odd), "{in_receipt}");
        // It comes again: nothing changes.
        rig.turn([receipt(PHONE, in_receipt, "stat:UNDELIV err:001")]);
        assert_eq!(state(&mut rig, token), State::Delivered);
        let (bank, id) = (rig.engine.bank_id(0), of_token(token).0.0);
        let fate = rig.head(bank, id).unwrap().fate.unwrap();
        assert_eq!(fate.heard, heard, "when it was delivered");
    }
}

#[test]
fn an_id_in_another_base_counts_for_the_same_number_only() {
    let mut rig = rig(|_| {});
    let token = ask_briefly(&mut rig);
    rig.turn([accepted_as(token, "4A9F")]);
    rig.turn([receipt("381631999999", "19103", DELIVERED)]);
    assert_eq!(state(&mut rig, token), State::Accepted);
}

#[test]
fn a_receipt_before_the_submit_sm_resp_waits_for_it() {
    let mut rig = rig(|operator| operator.receipt_ids = IdBase::HexThenDecimal);
    let token = ask_briefly(&mut rig);
    rig.turn([receipt(PHONE, "19103", DELIVERED)]);
    assert_eq!(state(&mut rig, token), State::InFlight);
    rig.turn([accepted_as(token, "4A9F")]);
    assert_eq!((state(&mut rig, token), awaited(&rig)), (State::Delivered, 0));
    assert_eq!(rig.engine.live(), 0);
}

#[test]
fn what_became_of_the_parts_is_what_became_of_the_whole() {
    for (first, second, whole) in [
        ("stat:DELIVRD", "stat:DELIVRD", State::Delivered),
        ("stat:DELIVRD", "stat:EXPIRED", State::Lapsed),
        ("stat:UNDELIV", "stat:DELIVRD", State::Undeliverable),
        ("stat:REJECTD", "stat:EXPIRED", State::Lapsed),
        ("stat:DELETED", "stat:DELIVRD", State::Undeliverable),
        ("stat:DELIVRD", "stat:ENROUTE", State::Accepted),
        ("stat:ACCEPTD", "stat:UNKNOWN", State::Accepted),
    ] {
        let mut rig = rig(|_| {});
        let tokens = ask(&mut rig);
        rig.turn([accepted_as(tokens[0], "A0"), accepted_as(tokens[1], "A1")]);
        // Out of order, and both in one turn.
        rig.turn([receipt(PHONE, "A1", second), receipt(PHONE, "A0", first)]);
        assert_eq!(state(&mut rig, tokens[0]), whole, "{first} {second}");
    }
}

#[test]
fn who_has_its_receipt_is_not_sent_to_again() {
    let mut rig = rig(|_| {});
    let token = ask_briefly(&mut rig);
    // Nobody knows; it leaves again, and then a receipt of the first try comes.
    assert_eq!(rig.sent([unknown(token)]), [token]);
    assert!(rig.sent([echo(PHONE, token, 2)]).is_empty());
    assert!(rig.sent([unknown(token)]).is_empty(), "the phone has it");
    assert_eq!((state(&mut rig, token), rig.engine.live()), (State::Delivered, 0));
}

#[test]
fn a_reference_of_another_phone_is_nobodys() {
    let mut rig = rig(|_| {});
    let token = ask_briefly(&mut rig);
    rig.turn([echo("381631999999", token, 2)]);
    assert_eq!(rig.sent([unknown(token)]), [token]);
    assert_eq!(rig.engine.tally().receipts_unmatched, 1);
}

#[test]
fn what_is_never_heard_of_is_asked_about_and_then_given_up() {
    let mut rig = rig(|operator| operator.query = true);
    let token = ask_briefly(&mut rig);
    rig.turn([accepted_as(token, "4A9F")]);
    rig.pass(71 * HOUR);
    assert!(rig.turn([]).is_empty());
    rig.pass(HOUR);
    for _ in 0..3 {
        let orders = rig.turn([]);
        let [Order::Query { token: asked, id, source }] = &orders[..] else {
            panic!("a question: {orders:?}");
        };
        assert_eq!((*asked, &id[..], source.reveal()), (token, &b"4A9F"[..], CODE));
        assert!(rig.turn([]).is_empty(), "one at a time");
        rig.turn([Input::Operator(0, Report::Queried { token, state: None })]);
        rig.pass(HOUR);
    }
    rig.turn([]);
    assert_eq!((state(&mut rig, token), awaited(&rig)), (State::Unheard, 0));
    assert_eq!(rig.engine.tally().unheard, 1);
}

#[test]
fn an_answer_to_a_question_is_as_good_as_a_receipt() {
    let mut rig = rig(|operator| operator.query = true);
    let token = ask_briefly(&mut rig);
    rig.turn([accepted_as(token, "4A9F")]);
    rig.pass(72 * HOUR);
    assert_eq!(rig.turn([]).len(), 1);
    let said = Some(Told::Expired);
    rig.turn([Input::Operator(0, Report::Queried { token, state: said })]);
    assert_eq!((state(&mut rig, token), awaited(&rig)), (State::Lapsed, 0));
}

#[test]
fn silence_is_bad_news_only_where_good_news_are_told() {
    for (asked_for, end) in [(1, State::Unheard), (2, State::Accepted)] {
        let mut rig = rig(|operator| operator.form.registered_delivery = asked_for);
        let token = ask_briefly(&mut rig);
        rig.turn([accepted_as(token, "1")]);
        rig.pass(73 * HOUR);
        rig.turn([]);
        assert_eq!((state(&mut rig, token), awaited(&rig)), (end, 0));
    }
}

#[test]
fn nothing_is_awaited_where_no_receipt_was_asked_for() {
    let mut rig = rig(|operator| operator.form.registered_delivery = 0);
    let token = ask_briefly(&mut rig);
    rig.turn([accepted_as(token, "1")]);
    assert_eq!(awaited(&rig), 0);
}

#[test]
fn section_4_4_2_an_id_may_have_64_characters() {
    const ID: &str = "7f9c2e1b03aa4b5f9f2e0c8a11d0e6b97F9C2E1B03AA4B5F9F2E0C8A11D0E6B9";
    let mut rig = rig(|_| {});
    let token = ask_briefly(&mut rig);
    rig.turn([accepted_as(token, ID)]);
    // Another one, that differs in its last character only, isn't meant.
    rig.turn([receipt(PHONE, &format!("{}A", &ID[..63]), DELIVERED)]);
    assert_eq!((ID.len(), state(&mut rig, token)), (64, State::Accepted));
    rig.turn([receipt(PHONE, ID, DELIVERED)]);
    assert_eq!(state(&mut rig, token), State::Delivered);
}
