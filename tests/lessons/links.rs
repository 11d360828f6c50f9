//! Lessons 8, 9, 12 to 15 and 17, sections 3.4 and 4.2: links, and what comes over them.

use bytes::BytesMut;
use smpp_sim::{Event, Fault, Odds, Profile, RawDeliver};
use tellerd::base::dice::Dice;
use tellerd::base::now::Mono;
use tellerd::message::State;
use tellerd::operator::{Operator, Order, canary};
use tellerd::smpp::pdu::Address;
use tellerd::text::decode::Alphabet;

use crate::field::{CODE, Field, MINUTE, PASSWORD, Plan, SECOND, plan};
use crate::log;

fn refused(field: &Field) -> usize {
    field.count(|event| matches!(event, Event::BindRefused { .. }))
}

fn bound(field: &Field) -> usize {
    field.count(|event| matches!(event, Event::Bound { .. }))
}

/// A number asks every few seconds for a while; how many were answered of how many.
fn chat(field: &mut Field, questions: usize) -> (usize, usize) {
    let before = field.texts().len();
    for n in 0..questions {
        field.asks(&format!("+38163{:07}", field.now.as_secs() * 100 + n as u64));
        field.pass(5 * SECOND);
    }
    (field.texts().len() - before, questions)
}

#[test]
fn lesson_8_already_bound_is_waited_out() {
    let mut field = plan("already-bound").open();
    field.smsc.drop_connection(field.conn());
    field.pass(30 * SECOND);
    assert!((1..=2).contains(&refused(&field)), "{} refusals", refused(&field));
    assert_eq!(bound(&field), 2);
    assert_eq!(chat(&mut field, 1), (1, 1));
}

#[test]
fn lesson_8_who_ends_unbinds_first() {
    let mut field = plan("already-bound").open();
    field.order(Order::Stop);
    field.pass(SECOND);
    assert_eq!(field.count(|event| matches!(event, Event::Unbound { gracefully: true, .. })), 1);
    assert_eq!(bound(&field), 1, "and doesn't come back");
}

#[test]
fn lesson_9_a_zombie_link_is_found_and_rebuilt() {
    let mut field = plan("goes-deaf").open();
    // Twenty answers, then silence but for enquire_link; the next connection works again.
    chat(&mut field, 20);
    assert_eq!(bound(&field), 1);
    chat(&mut field, 60);
    assert!(bound(&field) >= 2, "rebuilt");
    field.pass(10 * MINUTE);
    assert_eq!(field.reached(), 80, "nobody is left without an answer");
}

#[test]
fn lesson_9_a_slow_link_is_not_declared_dead() {
    let mut field = plan("slow").open();
    field.pass(10 * SECOND);
    let phones = field.all_ask(40);
    field.pass(10 * MINUTE);
    assert_eq!(bound(&field), 1);
    assert_eq!((field.texts().len(), field.engine.tally().unknown), (phones.len(), 0));
}

#[test]
fn lesson_12_esm_class_is_masked() {
    let mut field = plan("").open();
    // Modes, types for others, a reply path: all are texts. With UDHI the header is taken off.
    for (n, esm_class, text) in [
        (1, 0x03, &b"INFO"[..]),
        (2, 0x80, b"INFO"),
        (3, 0x83, b"INFO"),
        (4, 0x40, b"\x04\x24\x02\x00\x00INFO"),
        (5, 0xC3, b"\x05\x00\x03\x07\x01\x01INFO"),
    ] {
        let deliver = RawDeliver {
            source: (1, 1),
            source_addr: format!("38164000000{n}"),
            dest: (3, 0),
            destination_addr: CODE.into(),
            esm_class,
            short_message: text.to_vec(),
            ..RawDeliver::default()
        };
        field.smsc.phone_sends_raw(&deliver, field.now);
        field.pass(SECOND);
        assert_eq!(field.texts().len(), n, "esm_class 0x{esm_class:02X}");
        assert!(field.texts()[n - 1].text.contains("Kes kredit"), "0x{esm_class:02X}");
    }
    field.pass(MINUTE);
    assert_eq!(field.states(), [(State::Delivered, 5)]);
    // Receipts with a mode, a reply path, and as an intermediate notification.
    for esm_class in [0x07, 0x84, 0x24] {
        let deliver = RawDeliver {
            source: (1, 1),
            source_addr: "381640000001".into(),
            dest: (3, 0),
            destination_addr: CODE.into(),
            esm_class,
            short_message: b"id:1 stat:DELIVRD".to_vec(),
            ..RawDeliver::default()
        };
        field.smsc.phone_sends_raw(&deliver, field.now);
    }
    let before = field.engine.tally();
    field.pass(SECOND);
    let after = field.engine.tally();
    assert_eq!((after.receipts - before.receipts, after.received), (3, before.received));
}

#[test]
fn lesson_13_odd_parameters_and_stray_octets_cost_nothing() {
    for personality in ["short-tlv", "stray-nul", "vendor", "vendor,short-tlv,stray-nul"] {
        let mut plan = plan(personality);
        plan.profile.odds = Odds::NONE;
        let mut field = plan.open();
        assert_eq!(chat(&mut field, 10), (10, 10), "{personality}");
        field.pass(MINUTE);
        assert_eq!(field.states(), [(State::Delivered, 10)], "{personality}");
        assert_eq!(bound(&field), 1, "{personality}");
    }
}

#[test]
fn lesson_14_octets_come_in_pieces_and_in_heaps() {
    let mut plan = plan("");
    plan.profile.odds = Odds::NONE.with(Fault::SplitWrites, 5_000).with(Fault::MergeWrites, 5_000);
    let mut field = plan.open();
    assert_eq!(chat(&mut field, 20), (20, 20));
    assert_eq!(bound(&field), 1);
}

#[test]
fn lesson_14_a_pdu_that_is_cut_off_ends_its_link_only() {
    let mut plan = plan("cuts-pdus");
    plan.profile.odds = Odds::NONE.with(Fault::CutPdu, 1_000);
    let mut field = plan.open();
    chat(&mut field, 40);
    assert!(bound(&field) > 1);
    field.smsc.set_faults(Odds::NONE);
    field.pass(10 * MINUTE);
    assert_eq!(field.reached(), 40);
}

#[test]
fn lesson_15_parts_of_a_long_text_come_in_any_order() {
    for personality in ["wide-references", "sar", "payload", "sar,wide-references"] {
        let mut field = plan(personality).open();
        let text = format!("INFO {}", "molim vas ".repeat(30));
        field.says("+381640000001", &text);
        field.pass(10 * SECOND);
        assert_eq!((field.texts().len(), field.heads().len()), (1, 1), "{personality}");
        assert_eq!(field.body().said.trim_end(), text.trim_end(), "{personality}");
    }
}

#[test]
fn lesson_17_no_credential_stands_in_a_log() {
    let mut field = plan("refuses-credentials").open();
    field.pass(10 * MINUTE);
    field.smsc.set_profile(Profile::default());
    field.pass(10 * MINUTE);
    chat(&mut field, 3);
    field.smsc.inject(field.conn(), b"HTTP/1.1 400 Bad Request\r\n\r\n", field.now);
    field.pass(MINUTE);
    let said = log::said();
    for told in ["ESME_RINVPASWD", "operator=mts", "HTTP"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(!said.contains(PASSWORD) && !said.contains("38163"), "{said}");
}

/// What an SMSC answers to a bind whose name would be two lines (4.1.2).
const TWO_LINES: &[u8] =
    b"\0\0\0\x23\x80\0\0\x09\0\0\0\0\0\0\0\x01smsc\nERROR\0\x02\x10\0\x01\x34\0\0\0";

#[test]
fn lesson_17_no_peer_forges_a_line_of_the_log() {
    log::keep();
    let mut operator = Operator::new(plan("").reach, Dice::seeded(1));
    assert_eq!(operator.poll_connect(Mono::ZERO), Some(0));
    operator.handle_connected(0, Mono::ZERO);
    operator.handle_bytes(0, &mut BytesMut::from(TWO_LINES), Mono::ZERO);
    let said = log::said();
    assert!(said.contains("ERROR") && !said.contains('\n'), "{said}");
}

#[test]
fn section_3_4_no_interface_version_means_no_parameters() {
    for personality in ["no-interface-version", "overlooks-tlvs"] {
        let mut field = plan(personality).with_long_offer().open();
        assert_eq!(chat(&mut field, 3), (3, 3), "{personality}");
        field.pass(MINUTE);
        assert_eq!(field.states(), [(State::Delivered, 3)], "{personality}");
        assert_eq!(field.smsc.stats().refused, 0, "{personality}");
    }
}

#[test]
fn section_4_2_the_smsc_may_unbind() {
    let mut field = plan("").open();
    field.smsc.unbind(field.conn(), field.now);
    field.pass(5 * SECOND);
    assert_eq!((bound(&field), chat(&mut field, 1)), (2, (1, 1)));
}

/// A phone that sends back what it gets, and a canary to it.
fn with_canary(personalities: &str) -> Plan {
    let mut plan = plan(personalities);
    plan.profile.echoes = vec!["381640000099".into()];
    plan.reach.canary = Some(canary::Options {
        every: 10 * MINUTE,
        deadline: MINUTE,
        source: Address::new(3, 0, CODE).unwrap(),
        destination: Address::new(1, 1, "381640000099").unwrap(),
        validity: true,
        alphabet: Alphabet::Gsm7,
    });
    plan
}

#[test]
fn lesson_9_a_canary_measures_the_whole_way_round_and_is_missed() {
    let mut field = with_canary("").with_binds(2).open();
    field.pass(25 * MINUTE);
    // At once and every ten minutes, over both binds.
    assert_eq!((field.canaries.len(), field.texts().len()), (6, 6));
    assert!(field.canaries.iter().flatten().count() == 6, "{:?}", field.canaries);
    let tally = field.engine.tally();
    assert_eq!(
        (tally.received, tally.receipts, field.engine.live()),
        (0, 0, 0),
        "nobody's message"
    );
    assert_eq!(field.heads(), []);
    // The way back is broken; enquire_link sees nothing of it.
    let profile = Profile { echoes: Vec::new(), ..field.smsc.profile().clone() };
    field.smsc.set_profile(profile);
    field.pass(10 * MINUTE);
    assert_eq!((&field.canaries[6..], bound(&field)), (&[None, None][..], 2));
    // Customers who write like one are answered as ever, if it isn't one.
    field.says("+381640000001", "tellerd canary");
    field.pass(SECOND);
    assert_eq!(field.engine.tally().received, 1);
}

#[test]
fn lesson_9_a_canary_waits_for_the_pace_and_comes_back_in_every_alphabet() {
    for personality in ["", "payload", "latin1", "slow"] {
        let mut plan = with_canary(personality);
        (plan.reach.pace.rate, plan.reach.canary.as_mut().unwrap().every) = (2, MINUTE);
        let mut field = plan.open();
        field.all_ask(60);
        field.pass(5 * MINUTE);
        assert_eq!(field.reached(), 61, "{personality}");
        assert!(field.smsc.stats().peak_rate <= 2, "{personality}");
        assert!(
            field.canaries.iter().flatten().count() >= 3,
            "{personality}: {:?}",
            field.canaries
        );
        assert_eq!(field.engine.tally().received, 60, "{personality}");
    }
}

#[test]
fn several_binds_share_the_rate_and_survive_each_others_loss() {
    let mut plan = plan("").with_binds(3);
    plan.reach.pace.rate = 10;
    let mut field = plan.open();
    let phones = field.all_ask(200);
    for _ in 0..3 {
        field.pass(5 * SECOND);
        let conn = field.conn();
        field.smsc.drop_connection(conn);
    }
    field.pass(10 * MINUTE);
    assert_eq!((field.reached(), field.engine.live()), (phones.len(), 0));
    assert!(field.smsc.stats().peak_rate <= 10, "{:?}", field.smsc.stats());
    assert_eq!((bound(&field), field.smsc.binds().count()), (6, 3), "each was bound again");
}
