//! The SMSC as a value, octet by octet and in virtual time.

mod esme;

use std::time::Duration;

use esme::lab::{A, B, Lab, PHONE, status};
use rusmpp::pdus::{CancelSm, QuerySm};
use rusmpp::{CommandId, Pdu};
use smpp_sim::{
    ConnId, Fate, Fault, IdFormat, LongTexts, MessageState, Odds, Profile, Receipts, System,
};

fn quiet() -> Profile {
    Profile { enquire_every: None, ..Profile::default() }
}

fn submit(sequence: u32) -> Vec<u8> {
    esme::submit(sequence, "5622", "381631112222", b"Stanje", false)
}

fn faulty(fault: Fault) -> Profile {
    Profile { odds: Odds::NONE.with(fault, 10_000), ..quiet() }
}

#[test]
fn only_the_right_password_binds_and_only_once() {
    let bank = System { system_id: "bank".into(), password: "secret".into(), codes: Vec::new() };
    let mut lab = Lab::new(Profile { systems: vec![bank], binds_max: Some(1), ..quiet() });
    lab.smsc.handle_connected(A, lab.now);
    assert_eq!(status(&lab.say(A, &submit(1))), 0x04);
    assert_eq!(status(&lab.say(A, &esme::bind(2, "bank", "guess"))), 0x0E);
    assert_eq!(status(&lab.say(A, &esme::bind(3, "thief", "secret"))), 0x0D);
    let bound = lab.say(A, &esme::bind(4, "bank", "secret"));
    assert_eq!((status(&bound), bound[0].id()), (0, CommandId::BindTransceiverResp));
    assert_eq!(status(&lab.say(A, &esme::bind(5, "bank", "secret"))), 0x05);
    assert_eq!(status(&lab.bind(B)), 0x05);
    assert_eq!(lab.smsc.binds().count(), 1);
}

#[test]
fn a_transmitter_gets_nothing_and_a_receiver_submits_nothing() {
    let mut lab = Lab::new(quiet());
    lab.smsc.handle_connected(A, lab.now);
    lab.smsc.handle_connected(B, lab.now);
    lab.say(A, &esme::bind_transmitter(1, "bank"));
    lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    assert!(lab.hear(A).is_empty());
    let heard = lab.say(B, &esme::bind_receiver(1, "bank"));
    assert_eq!(heard.len(), 2, "the response and what was waiting");
    assert_eq!(status(&lab.say(B, &submit(2))), 0x04);
    assert_eq!(status(&lab.say(A, &submit(2))), 0);
}

#[test]
fn parts_are_joined_and_the_answer_is_timed() {
    let mut lab = Lab::bound(quiet());
    lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    let heard = lab.hear(A);
    let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!("{heard:?}") };
    assert_eq!(deliver.source_addr.as_str(), "381631112222");
    assert_eq!(u8::from(deliver.esm_class), 0);
    assert_eq!(&deliver.short_message()[..], b"TR 2");
    lab.say(A, &esme::deliver_resp(heard[0].sequence_number(), 0));
    lab.wait(3);
    let part = |sequence, n, half: &[u8]| {
        let body = [&[5, 0, 3, 9, 2, n], half].concat();
        esme::submit_as(sequence, "5622", "381631112222", &body, false, 0x40, 0)
    };
    lab.say(A, &part(2, 2, b"nje"));
    lab.say(A, &part(3, 1, b"Sta"));
    let messages = lab.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].text.as_str(), messages[0].parts), ("Stanje", 2));
    assert_eq!(messages[0].to, PHONE);
    assert_eq!(messages[0].after_deliver, Some(Duration::from_secs(3)));
    assert_eq!(messages[0].message_ids, ["1001", "1000"]);
}

#[test]
fn long_texts_leave_by_header_by_sar_or_by_payload() {
    for (long_texts, pdus, esm) in
        [(LongTexts::Udh, 2, 0x40), (LongTexts::Sar, 2, 0), (LongTexts::Payload, 1, 0)]
    {
        let mut lab = Lab::bound(Profile { long_texts, ..quiet() });
        lab.smsc.phone_sends(PHONE, "5622", &"a".repeat(200), lab.now);
        let heard = lab.hear(A);
        assert_eq!(heard.len(), pdus, "{long_texts:?}");
        let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!() };
        assert_eq!(u8::from(deliver.esm_class), esm);
    }
}

#[test]
fn receipts_come_later_with_text_and_tlvs_and_ids_in_their_own_notation() {
    let receipts = Receipts { delay: Duration::from_secs(4), ..Receipts::default() };
    let mut lab = Lab::bound(Profile {
        receipts: Some(receipts),
        receipt_ids: IdFormat::Hex,
        fates: vec![Fate { prefix: "38164".into(), ends: MessageState::Undeliverable }],
        ..quiet()
    });
    let resp = lab.say(A, &esme::submit(2, "5622", "381631112222", b"x", true));
    let Some(Pdu::SubmitSmResp(resp)) = resp[0].pdu() else { panic!() };
    assert_eq!(resp.message_id().as_str(), "1000");
    lab.say(A, &esme::submit(3, "5622", "381641112222", b"x", true));
    assert!(lab.hear(A).is_empty());
    lab.wait(4);
    let heard = lab.hear(A);
    let texts: Vec<_> = heard
        .iter()
        .map(|c| {
            let Some(Pdu::DeliverSm(d)) = c.pdu() else { panic!() };
            assert_eq!((u8::from(d.esm_class), d.tlvs().len()), (0x04, 2));
            String::from_utf8(d.short_message().to_vec()).unwrap()
        })
        .collect();
    assert!(texts[0].starts_with("id:3e8 sub:001 dlvrd:001 submit date:2601010000"), "{texts:?}");
    assert!(texts[1].contains("stat:UNDELIV err:001"), "{texts:?}");
}

#[test]
fn more_than_the_rate_in_one_second_is_throttled() {
    let mut lab = Lab::bound(Profile { rate: Some(2), throttle_status: 0x14, ..quiet() });
    let statuses: Vec<_> = (2..5).map(|s| status(&lab.say(A, &submit(s)))).collect();
    assert_eq!(statuses, [0, 0, 0x14]);
    lab.wait(1);
    assert_eq!(status(&lab.say(A, &submit(5))), 0);
    assert_eq!((lab.smsc.stats().throttled, lab.smsc.stats().peak_rate), (1, 3));
}

#[test]
fn binds_take_turns_within_their_windows() {
    let mut lab = Lab::bound(Profile { window: 2, ..quiet() });
    lab.bind(B);
    for _ in 0..5 {
        lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    }
    let (a, b) = (lab.hear(A), lab.hear(B));
    assert_eq!((a.len(), b.len(), lab.smsc.undelivered()), (2, 2, 5));
    assert_eq!(lab.say(B, &esme::deliver_resp(b[0].sequence_number(), 0)).len(), 1);
}

#[test]
fn with_room_in_both_windows_each_bind_gets_every_other_message() {
    let mut lab = Lab::bound(quiet());
    lab.bind(B);
    for _ in 0..4 {
        lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    }
    assert_eq!((lab.hear(A).len(), lab.hear(B).len()), (2, 2));
}

#[test]
fn an_accepted_message_can_be_asked_for_and_cancelled_until_it_is_out() {
    let mut lab = Lab::bound(quiet());
    lab.say(A, &submit(2));
    let query = QuerySm::builder().message_id(esme::text("1000")).build();
    let state = |lab: &mut Lab| {
        let heard = lab.say(A, &esme::octets(0, 3, query.clone()));
        let Some(Pdu::QuerySmResp(resp)) = heard[0].pdu() else { panic!("{heard:?}") };
        (u8::from(resp.message_state), resp.final_date.len())
    };
    assert_eq!(state(&mut lab).0, 1);
    let cancel = |id| CancelSm::builder().message_id(esme::text(id)).build();
    assert_eq!(status(&lab.say(A, &esme::octets(0, 4, cancel("4711")))), 0x11);
    assert_eq!(status(&lab.say(A, &esme::octets(0, 5, cancel("1000")))), 0);
    assert_eq!(state(&mut lab).0, 4);
    lab.say(A, &submit(6));
    lab.wait(2);
    assert_eq!(status(&lab.say(A, &esme::octets(0, 7, cancel("1001")))), 0x11);
}

#[test]
fn a_test_can_order_statuses() {
    let mut lab = Lab::new(Profile { bare_refusals: false, ..quiet() });
    lab.smsc.refuse_binds(0x05, 1);
    assert_eq!(status(&lab.bind(A)), 0x05);
    assert_eq!(status(&lab.say(A, &esme::bind(2, "bank", "secret"))), 0);
    lab.smsc.refuse_submits(0x58, 2);
    let statuses: Vec<_> = (3..6).map(|s| status(&lab.say(A, &submit(s)))).collect();
    assert_eq!(statuses, [0x58, 0x58, 0]);
    assert_eq!(lab.smsc.stats().submitted, 1);
}

#[test]
fn a_deliver_is_repeated_until_it_is_answered_for_good() {
    let mut lab = Lab::bound(quiet());
    lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    assert_eq!(lab.hear(A).len(), 1);
    lab.wait(10);
    let second = lab.hear(A);
    assert_eq!(second.len(), 1, "no answer: once more");
    lab.say(A, &esme::deliver_resp(second[0].sequence_number(), 0x14));
    assert!(lab.hear(A).is_empty());
    lab.wait(2);
    assert_eq!(lab.hear(A).len(), 1, "a temporary refusal: once more after the pause");
    lab.smsc.handle_closed(A);
    let third = lab.bind(B);
    assert_eq!(third.len(), 2, "a lost connection: over the next one");
    lab.say(B, &esme::deliver_resp(third[1].sequence_number(), 0x66));
    lab.wait(60);
    assert!(lab.hear(B).is_empty(), "refused for good");
    assert_eq!((lab.smsc.undelivered(), lab.smsc.stats().redelivers), (0, 3));
}

#[test]
fn links_are_tested_and_unbound_both_ways() {
    let mut lab = Lab::bound(Profile::default());
    assert_eq!(
        lab.say(A, &esme::octets(0, 2, Pdu::EnquireLink))[0].id(),
        CommandId::EnquireLinkResp
    );
    lab.wait(30);
    let asked = lab.hear(A);
    assert_eq!(asked[0].id(), CommandId::EnquireLink);
    lab.say(A, &esme::octets(0, asked[0].sequence_number(), Pdu::EnquireLinkResp));
    lab.wait(29);
    assert!(!lab.smsc.poll_close(A));
    lab.wait(1);
    assert_eq!(lab.hear(A)[0].id(), CommandId::EnquireLink);
    lab.wait(9);
    assert!(!lab.smsc.poll_close(A));
    lab.wait(1);
    assert!(lab.smsc.poll_close(A), "silent for too long");
    lab.bind(B);
    assert_eq!(lab.say(B, &esme::octets(0, 2, Pdu::Unbind))[0].id(), CommandId::UnbindResp);
    assert!(lab.smsc.poll_close(B));
    lab.bind(ConnId(3));
    lab.smsc.unbind(ConnId(3), lab.now);
    let asked = lab.hear(ConnId(3));
    lab.say(ConnId(3), &esme::octets(0, asked[0].sequence_number(), Pdu::UnbindResp));
    assert!(lab.smsc.poll_close(ConnId(3)));
}

#[test]
fn what_is_no_smpp_is_answered_and_the_rest_read_on() {
    let mut lab = Lab::bound(quiet());
    let mut torn = submit(7);
    torn.truncate(20);
    torn[3] = 20;
    let heard = lab.say(A, &[torn, submit(8)].concat());
    assert_eq!((heard[0].id(), heard[0].sequence_number()), (CommandId::GenericNack, 7));
    assert_eq!(heard[1].id(), CommandId::SubmitSmResp);
    lab.say(A, b"HTTP/1.1 200 OK\r\n");
    assert!(lab.smsc.poll_close(A));
}

#[test]
fn each_fault_does_what_it_says() {
    let submitted = |fault| {
        let mut lab = Lab::bound(quiet());
        lab.smsc.set_faults(faulty(fault).odds);
        lab.smsc.handle_bytes(A, &submit(2), lab.now);
        lab
    };
    let accepted = |lab: &Lab| lab.smsc.stats().submitted;
    let mut lab = submitted(Fault::DropBefore);
    assert!(lab.smsc.poll_close(A) && accepted(&lab) == 0);
    lab = submitted(Fault::DropAfter);
    assert!(lab.smsc.poll_close(A) && accepted(&lab) == 1);
    lab = submitted(Fault::LoseSubmitResp);
    lab.wait(60);
    assert!(lab.hear(A).is_empty() && accepted(&lab) == 1);
    lab = submitted(Fault::RefuseSubmit);
    assert_ne!(status(&lab.hear(A)), 0);
    lab = submitted(Fault::Garbage);
    assert!(lab.raw(A).len() > 16);
    lab = submitted(Fault::SplitWrites);
    assert!(lab.smsc.poll_transmit(A).unwrap().len() <= 7);
    lab = submitted(Fault::MergeWrites);
    assert!(lab.hear(A).is_empty());
    lab.wait(1);
    assert_eq!(lab.hear(A).len(), 1);
    lab = submitted(Fault::SlowResponse);
    assert!(lab.hear(A).is_empty());
    lab.wait(3);
    assert_eq!(lab.hear(A).len(), 1);
    lab = submitted(Fault::SwapResponses);
    let heard = lab.say(A, &submit(3));
    assert_eq!(heard.iter().map(|c| c.sequence_number()).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(lab.smsc.fault_counts().of(Fault::SwapResponses), 2);
}

#[test]
fn deliver_faults_repeat_and_bind_faults_refuse_until_they_stop() {
    let mut lab = Lab::bound(quiet());
    lab.smsc.set_faults(faulty(Fault::DuplicateDeliver).odds);
    lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    assert_eq!(lab.hear(A).len(), 2);
    lab.smsc.set_faults(faulty(Fault::LoseDeliverResp).odds);
    lab.say(A, &esme::deliver_resp(2, 0));
    lab.say(A, &esme::deliver_resp(3, 0));
    lab.say(A, &esme::deliver_resp(1, 0));
    lab.wait(10);
    assert_eq!(lab.hear(A).len(), 1);
    lab.smsc.set_faults(faulty(Fault::RefuseBind).odds);
    assert_ne!(status(&lab.bind(B)), 0);
    lab.smsc.set_faults(Odds::NONE);
    assert_eq!(status(&lab.say(B, &esme::bind(2, "bank", "secret"))), 0);
}

#[test]
fn one_seed_is_one_run_and_without_faults_all_arrives() {
    let run = |seed| {
        let mut lab = Lab::new(Profile { seed, odds: Odds::hostile(), ..Profile::default() });
        let mut trace = Vec::new();
        for n in 1..200_u64 {
            if n == 150 {
                lab.smsc.set_faults(Odds::NONE);
            }
            let conn = ConnId(n);
            // What comes back may be no PDU, so it is kept as octets.
            lab.smsc.handle_connected(conn, lab.now);
            lab.smsc.handle_bytes(conn, &esme::bind(1, "bank", "secret"), lab.now);
            lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
            lab.smsc.handle_bytes(conn, &submit(2), lab.now);
            lab.wait(2);
            trace.push(lab.raw(conn).to_vec());
            for sequence in 1..9 {
                lab.smsc.handle_bytes(conn, &esme::deliver_resp(sequence, 0), lab.now);
            }
            trace.push(lab.raw(conn).to_vec());
            lab.smsc.handle_closed(conn);
        }
        let faults = lab.smsc.fault_counts();
        assert!(faults.total() > 20, "{faults}");
        assert_eq!(lab.smsc.undelivered(), 0);
        (trace, lab.events())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0);
}
