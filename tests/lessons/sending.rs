//! Lessons 4 to 7, 10, 11, 16 and 17: what leaves, is refused, or is never answered.

use std::time::Duration;

use smpp_sim::{Event, Pause, Profile};
use tellerd::engine::Input;
use tellerd::message::State;
use tellerd::operator::{LinkId, Report};
use tellerd::smpp::session::Ticket;
use tellerd::store::memory::Fault;
use tellerd::text::decode::Alphabet;

use crate::field::{CODE, MINUTE, SECOND, plan};

#[test]
fn lesson_4_errors_come_with_a_body_and_without() {
    for personality in ["bare-errors", "bodies-on-errors"] {
        let mut field = plan(personality).open();
        field.smsc.refuse_submits(0x08, 1);
        field.asks("+381640000001");
        field.pass(10 * SECOND);
        field.smsc.refuse_submits(0x0B, 1);
        field.asks("+381640000002");
        field.pass(MINUTE);
        let states = [(State::Delivered, 1), (State::Failed, 1)];
        assert_eq!(field.states(), states, "{personality}");
        assert_eq!(field.heads()[1].status, 0x0B, "{personality}");
        assert_eq!((field.engine.tally().receipts, field.texts().len()), (1, 1), "{personality}");
    }
}

#[test]
fn lesson_5_what_a_receipt_has_settled_is_not_sent_again() {
    let mut field = plan("unanswered").open();
    let phones = field.all_ask(8);
    field.pass(9 * SECOND);
    assert_eq!(field.states(), [(State::InFlight, phones.len())]);
    field.pass(15 * MINUTE);
    assert_eq!(field.texts().len(), phones.len(), "nobody got it twice");
    assert_eq!(field.states(), [(State::Delivered, phones.len())]);
}

#[test]
fn lesson_5_what_nobody_knows_is_neither_forgotten_nor_repeated_without_end() {
    let mut field = plan("unanswered,no-receipts").open();
    field.asks("+381640000001");
    field.pass(15 * SECOND);
    assert!(field.engine.tally().unknown > 0);
    // A reply is sent again, with pauses that grow, until it isn't worth it any more.
    field.pass(20 * MINUTE);
    let copies = field.texts().len();
    assert!((2..=11).contains(&copies), "{copies} copies");
    assert_eq!(field.engine.live(), 0);
    let head = &field.heads()[0];
    assert!(matches!(head.state, State::Failed | State::Expired), "{head:?}");
    assert_eq!(usize::from(head.attempts), copies, "each copy was written down");
}

#[test]
fn lesson_5_a_late_answer_is_believed() {
    let mut field = plan("no-receipts").open();
    field.smsc.pause(Pause::Submits);
    field.asks("+381640000001");
    field.pass(15 * SECOND);
    assert!(field.engine.tally().unknown > 0);
    field.smsc.pause(Pause::Nothing);
    field.pass(5 * MINUTE);
    assert_eq!(field.states(), [(State::Accepted, 1)]);
    assert_eq!(field.texts().len(), 2, "the first, and one out of unknown");
}

/// An SMSC that takes five a second where fifty were agreed; all get theirs in the order of asking.
fn throttled(status: u32) {
    let mut plan = plan("throttler");
    plan.profile = Profile { throttle_status: status, submit_window: None, ..plan.profile };
    let mut field = plan.open();
    let phones = field.all_ask(40);
    field.pass(5 * MINUTE);
    let got: Vec<String> = field.texts().into_iter().map(|text| text.to).collect();
    assert_eq!(got, phones, "in order, each once");
    let stats = field.smsc.stats();
    assert!(stats.throttled > 0 && stats.throttled < 100, "{stats:?}");
    // Each has its receipt: the request for it was kept over all tries.
    assert_eq!(field.states(), [(State::Delivered, phones.len())]);
    assert!(field.heads().iter().any(|head| head.attempts > 1));
}

#[test]
fn lesson_6_a_throttled_retry_keeps_its_receipt_request_and_order() {
    throttled(0x58);
}

#[test]
fn lesson_6_rates_count_parts() {
    let mut plan = plan("").with_long_offer();
    plan.reach.pace.rate = 10;
    let mut field = plan.open();
    field.all_ask(40);
    field.pass(MINUTE);
    assert_eq!(field.reached(), 40);
    assert!(field.texts().iter().all(|text| text.parts == 2));
    assert!(field.smsc.stats().peak_rate <= 10, "{:?}", field.smsc.stats());
}

#[test]
fn lesson_7_a_full_queue_is_like_throttling() {
    throttled(0x14);
}

#[test]
fn lesson_7_no_refusal_makes_a_loop_that_spins() {
    for (status, most) in [(0x58, 60), (0x14, 60), (0x08, 11), (0x64, 11)] {
        let mut field = plan("").open();
        field.smsc.refuse_submits(status, 10_000);
        field.asks("+381640000001");
        field.pass(15 * MINUTE);
        let tries = field.smsc.stats().refused;
        assert!((2..=most).contains(&tries), "0x{status:02X}: {tries} tries");
        assert_eq!(field.engine.live(), 0, "0x{status:02X}");
        // For as long as it is worth anything, and no longer.
        assert_eq!(field.states(), [(State::Expired, 1)], "0x{status:02X}");
    }
}

#[test]
fn lesson_10_unanswered_requests_and_what_waits_behind_them_are_bounded() {
    let mut plan = plan("zombie");
    plan.setup.options.live_max = 100;
    let mut field = plan.open();
    for round in 0..20 {
        for n in 0..50 {
            field.asks(&format!("+3816400{round:02}{n:03}"));
        }
        field.pass(SECOND);
        assert!(field.engine.live() <= 100, "{}", field.engine.live());
        // The window, and what is marked ahead of its permit.
        let out = field.heads().iter().filter(|head| head.state == State::InFlight).count();
        assert!(out <= 11, "{out} in flight");
    }
    // More were put off, not lost: the SMSC keeps them, and all are answered in the end.
    assert!(field.engine.tally().refused > 0 && field.smsc.undelivered() > 0);
    field.smsc.set_profile(Profile::default());
    field.pass(15 * MINUTE);
    assert_eq!((field.smsc.undelivered(), field.reached()), (0, 1_000));
}

#[test]
fn lesson_11_data_coding_0_is_the_links_alphabet_both_ways() {
    for (personality, alphabet) in [("", Alphabet::Gsm7), ("latin1", Alphabet::Latin1)] {
        let mut plan = plan(personality).with(|operator| operator.form.alphabet = alphabet);
        plan.offer = "Pitanja: info@banka.rs, racun_2 [RSD]".into();
        let mut field = plan.open();
        field.says("+381640000001", "INFO @_");
        field.pass(10 * SECOND);
        assert_eq!(field.body().said, "INFO @_", "{personality}");
        let text = &field.texts()[0];
        assert!(text.text.contains("info@banka.rs, racun_2"), "{personality}: {}", text.text);
        assert_eq!(text.data_coding, 0, "{personality}");
    }
}

#[test]
fn lesson_16_nothing_leaves_of_a_batch_that_isnt_on_disk() {
    for fault in [Fault::BeforeDurable, Fault::AfterDurable] {
        let mut field = plan("").open();
        let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1];
        frame.extend_from_slice(b"381641112222\0\x03\0");
        frame.extend_from_slice(CODE.as_bytes());
        frame.extend_from_slice(b"\0\0\0\0\0\0\0\0\0\0\x04INFO");
        let length = frame.len() as u32;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let link = LinkId { bind: 0, epoch: 1 };
        let report = Report::Deliver { link, ticket: Ticket::default(), frame: frame.into() };
        field.memory.fail_next(fault);
        let at = field.at();
        assert!(field.engine.turn([Input::Operator(0, report)], at).is_err(), "{fault:?}");
        assert!(field.engine.poll_effect().is_none(), "{fault:?}: no answer, no reply");
    }
}

#[test]
fn lesson_17_the_wrong_networks_refusal_is_final_and_kept() {
    let mut plan = plan("wrong-network");
    plan.profile.ported_out = vec!["38164".into()];
    let mut field = plan.open();
    field.asks("+381640000001");
    field.pass(10 * MINUTE);
    let head = &field.heads()[0];
    assert_eq!((head.state, head.status, head.attempts), (State::Failed, 0x0B, 1));
    assert_eq!((field.smsc.stats().refused, field.engine.tally().failed), (1, 1));
}

#[test]
fn lesson_17_what_is_too_old_ends_as_expired_and_is_counted() {
    let mut field = plan("").open();
    let conn = field.conn();
    field.smsc.refuse_binds(0x0D, 10_000);
    field.smsc.phone_sends("+381640000001", CODE, "INFO", field.now);
    field.smsc.pause(Pause::Submits);
    field.pass(SECOND);
    field.smsc.drop_connection(conn);
    field.pass(Duration::from_secs(20 * 60));
    assert_eq!(field.states(), [(State::Expired, 1)]);
    assert_eq!((field.engine.tally().expired, field.engine.live()), (1, 0));
    assert!(field.count(|event| matches!(event, Event::BindRefused { .. })) > 3);
}
