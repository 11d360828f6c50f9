//! Each personality of receipts does what it says: ids, moments, binds, texts, TLVs, ends.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

mod esme;

use std::time::Duration;

use esme::lab::{A, B, Lab};
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::{Command, CommandId, Pdu};
use smpp_sim::{MessageState, Profile, ReceiptParts};

/// An SMSC with these personalities that asks for no enquire_link, and an ESME bound to it.
fn lab(names: &str) -> Lab {
    let profile = Profile::personality(names).unwrap();
    Lab::bound(Profile { enquire_every: None, ..profile })
}

fn ask(sequence: u32, registered: u8) -> Vec<u8> {
    esme::submit_asking(sequence, "5622", "381631112222", b"Stanje 84.350,75 RSD", registered)
}

/// The id that the response of a submit_sm gave.
fn id(commands: &[Command]) -> String {
    let found = commands.iter().find_map(|c| match c.pdu() {
        Some(Pdu::SubmitSmResp(resp)) => Some(resp.message_id().as_str().to_owned()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{commands:?}"))
}

fn receipts(commands: &[Command]) -> Vec<&DeliverSm> {
    let delivers = commands.iter().filter_map(|c| match c.pdu() {
        Some(Pdu::DeliverSm(deliver)) => Some(deliver),
        _ => None,
    });
    delivers.collect()
}

fn text(deliver: &DeliverSm) -> String {
    String::from_utf8(deliver.short_message().to_vec()).unwrap()
}

fn tlv_id(deliver: &DeliverSm) -> Option<String> {
    deliver.tlvs().iter().find_map(|t| match t.value() {
        Some(TlvValue::ReceiptedMessageId(id)) => Some(id.as_str().to_owned()),
        _ => None,
    })
}

fn tlv_state(deliver: &DeliverSm) -> Option<u8> {
    deliver.tlvs().iter().find_map(|t| match t.value() {
        Some(TlvValue::MessageState(state)) => Some(u8::from(*state)),
        _ => None,
    })
}

/// One message and its one receipt.
fn one(names: &str) -> (String, DeliverSm) {
    let mut lab = lab(names);
    let id = id(&lab.say(A, &ask(2, 1)));
    lab.wait(2);
    let heard = lab.hear(A);
    let found = receipts(&heard);
    assert_eq!(found.len(), 1, "{names}: {heard:?}");
    (id, found[0].clone())
}

#[test]
fn ids_differ_between_response_and_receipt_in_base_case_and_zeros() {
    for (names, submitted, told) in [
        ("", "1000", "1000"),
        ("hex-ids", "3e8", "1000"),
        ("hex-receipts", "1000", "3e8"),
        ("padded-ids", "1000", "0000001000"),
        ("other-case", "3e8", "000003E8"),
        ("strict", "0000001000", "0000001000"),
    ] {
        let (id, receipt) = one(names);
        assert_eq!(id, submitted, "{names}");
        assert!(text(&receipt).starts_with(&format!("id:{told} sub")), "{names}: {receipt:?}");
        assert_eq!(tlv_id(&receipt).as_deref(), Some(told), "{names}");
    }
}

#[test]
fn what_comes_later_prevails() {
    let ids = |names| {
        let (submitted, receipt) = one(names);
        (submitted, tlv_id(&receipt).unwrap_or_default())
    };
    assert_eq!(ids("hex-receipts,hex-ids"), ("3e8".into(), "1000".into()));
    assert_eq!(ids("hex-ids,hex-receipts"), ("1000".into(), "3e8".into()));
    assert_eq!(ids("hex-ids,padded-ids"), ("1000".into(), "0000001000".into()));
    let (_, by_text) = one("receipts-tlv-only,receipts-text-only");
    assert!(by_text.tlvs().is_empty() && text(&by_text).starts_with("id:"));
    let (_, by_tlv) = one("receipts-text-only,receipts-tlv-only");
    assert_eq!((by_tlv.tlvs().len(), text(&by_tlv)), (2, String::new()));
    let put_on = |names| Profile::personality(names).unwrap().receipts.unwrap();
    assert!(!put_on("mixed-ends,receipts-text-only").network_error);
    assert_eq!(put_on("receipts-last-part,receipts-each-part").parts, ReceiptParts::Each);
}

#[test]
fn strict_receipts_are_as_in_the_appendix() {
    let mut lab = lab("bodies-on-errors,strict");
    assert!(lab.smsc.profile().bare_refusals);
    lab.say(A, &ask(2, 0x11));
    lab.wait(2);
    let heard = lab.hear(A);
    let told = receipts(&heard);
    assert_eq!(told.iter().map(|r| tlv_state(r).unwrap()).collect::<Vec<_>>(), [1, 2]);
    assert!(text(told[1]).ends_with(" text:Stanje 84.350,75 RSD"), "{}", text(told[1]));
}

#[test]
fn texts_come_in_all_their_variants() {
    let first = "id:1000 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 \
                 stat:DELIVRD err:000";
    for (names, said) in [
        ("", format!("{first} text:")),
        ("receipts-no-counts", format!("{first} text:").replace("sub:001 dlvrd:001 ", "")),
        ("receipts-error-words", format!("{first} text:").replace("err:000", "err:NIL")),
        (
            "receipts-long-dates",
            format!("{first} text:")
                .replace("submit date:2601010000", "submit date:260101000000")
                .replace("done date:2601010000", "done date:260101000002"),
        ),
        (
            "receipts-commas",
            "id:1000,sub:001,dlvrd:001,submit date:2601010000,done date:2601010000,\
             stat:DELIVRD,err:000,text:"
                .into(),
        ),
        ("receipts-no-text", first.into()),
        ("receipts-echo", format!("{first} text:Stanje 84.350,75 RSD")),
        ("receipts-no-counts,receipts-no-text", first.replace("sub:001 dlvrd:001 ", "")),
        ("receipts-tlv-only", String::new()),
        ("receipts-text-only", format!("{first} text:")),
    ] {
        let (_, receipt) = one(names);
        assert_eq!(text(&receipt), said, "{names}");
        assert_eq!(u8::from(receipt.esm_class), 0x04, "{names}");
        let tlvs = if names == "receipts-text-only" { 0 } else { 2 };
        assert_eq!(receipt.tlvs().len(), tlvs, "{names}");
    }
}

#[test]
fn a_receipt_comes_before_the_response_late_or_repeated() {
    let mut first = lab("receipts-first");
    let heard = first.say(A, &ask(2, 1));
    let order: Vec<_> = heard.iter().map(Command::id).collect();
    assert_eq!(order, [CommandId::DeliverSm, CommandId::SubmitSmResp]);
    assert!(text(receipts(&heard)[0]).starts_with("id:1000 "));
    first.say(A, &esme::deliver_resp(1, 0));
    first.wait(60);
    assert!(first.hear(A).is_empty(), "and only once");

    let mut late = lab("receipts-late");
    late.say(A, &ask(2, 1));
    late.wait(599);
    assert!(late.hear(A).is_empty());
    late.wait(1);
    assert_eq!(receipts(&late.hear(A)).len(), 1);

    let mut repeated = lab("receipts-repeated");
    repeated.say(A, &ask(2, 1));
    repeated.wait(4);
    let heard = repeated.hear(A);
    let texts: Vec<_> = receipts(&heard).into_iter().map(text).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts.iter().all(|t| t.starts_with("id:1000 ")), "{texts:?}");
}

#[test]
fn a_receipt_comes_over_another_bind_of_the_same_system_if_there_is_one() {
    let mut lab = lab("receipts-elsewhere");
    lab.say(A, &ask(2, 1));
    lab.wait(2);
    assert_eq!(receipts(&lab.hear(A)).len(), 1, "there is no other");
    lab.say(A, &esme::deliver_resp(1, 0));
    lab.bind(B);
    for sequence in 3..6 {
        lab.say(A, &ask(sequence, 1));
    }
    lab.wait(2);
    assert!(lab.hear(A).is_empty());
    assert_eq!(receipts(&lab.hear(B)).len(), 3);
}

#[test]
fn parts_get_a_receipt_each_or_the_last_one_only() {
    let part = |sequence, n: u8| {
        let body = [&[5, 0, 3, 9, 2, n], &b"half"[..]].concat();
        esme::submit_as(sequence, "5622", "381631112222", &body, true, 0x40, 0)
    };
    let told = |names| {
        let mut lab = lab(names);
        lab.say(A, &part(2, 1));
        lab.say(A, &part(3, 2));
        lab.wait(10);
        let heard = lab.hear(A);
        receipts(&heard).iter().filter_map(|r| tlv_id(r)).collect::<Vec<_>>()
    };
    assert_eq!(told(""), ["1000", "1001"]);
    assert_eq!(told("receipts-last-part"), ["1001"]);
    assert_eq!(told("receipts-each-part"), ["1000", "1001", "1000", "1001"]);
    assert!(told("no-receipts").is_empty());
}

#[test]
fn states_on_the_way_are_told_where_they_are_asked_for() {
    let states = |registered| {
        let mut lab = lab("receipts-on-the-way");
        lab.say(A, &ask(2, registered));
        lab.wait(2);
        let heard = lab.hear(A);
        let told = receipts(&heard).into_iter();
        told.map(|r| (tlv_state(r).unwrap(), u8::from(r.esm_class))).collect::<Vec<_>>()
    };
    assert_eq!(states(0x11), [(6, 0x20), (1, 0x20), (2, 0x04)]);
    assert_eq!(states(0x01), [(2, 0x04)]);
    assert_eq!(states(0x10), [(6, 0x20), (1, 0x20)]);
}

#[test]
fn messages_end_in_every_way() {
    let mut lab = lab("mixed-ends");
    for sequence in 2..8 {
        lab.say(A, &ask(sequence, 1));
    }
    lab.wait(2);
    let heard = lab.hear(A);
    let mut told: Vec<_> = receipts(&heard)
        .into_iter()
        .map(|r| {
            let said = text(r);
            let word = said.split("stat:").nth(1).unwrap().split(' ').next().unwrap();
            (word.to_owned(), tlv_state(r).unwrap(), r.tlvs().len())
        })
        .collect();
    told.sort();
    let expected = [
        ("DELETED", 4, 2),
        ("DELIVRD", 2, 2),
        ("EXPIRED", 3, 3),
        ("REJECTD", 8, 3),
        ("UNDELIV", 5, 3),
        ("UNKNOWN", 7, 3),
    ];
    assert_eq!(told, expected.map(|(word, state, tlvs)| (word.to_owned(), state, tlvs)));
}

#[test]
fn failures_only_are_told_where_that_is_asked_for() {
    let mut lab = lab("mixed-ends");
    for sequence in 2..8 {
        lab.say(A, &ask(sequence, 2));
    }
    lab.wait(2);
    let heard = lab.hear(A);
    let told = receipts(&heard);
    assert_eq!(told.len(), 5);
    assert!(told.iter().all(|r| tlv_state(r) != Some(2)));
}

#[test]
fn an_end_can_be_decided_by_hand() {
    let plain = Profile::default();
    let patch = serde_json::json!({ "receipts": { "by_hand": true }, "enquire_every": "off" });
    let mut lab = Lab::bound(plain.patched(&patch).unwrap());
    let id = id(&lab.say(A, &ask(2, 0)));
    lab.wait(3600);
    assert!(lab.hear(A).is_empty());
    assert_eq!(lab.smsc.state_of(&id, lab.now), Some(MessageState::Enroute));
    assert!(lab.smsc.conclude(&id, MessageState::Rejected, lab.now));
    let heard = lab.hear(A);
    assert!(text(receipts(&heard)[0]).contains("stat:REJECTD"));
    assert_eq!(lab.smsc.state_of(&id, lab.now), Some(MessageState::Rejected));
    assert!(!lab.smsc.conclude("4711", MessageState::Rejected, lab.now));
    // With receipts that come by themselves, the decision replaces the planned one.
    let mut lab = self::lab("");
    lab.say(A, &ask(2, 1));
    assert!(lab.smsc.conclude("1000", MessageState::Expired, lab.now));
    lab.wait(5);
    let heard = lab.hear(A);
    assert_eq!(receipts(&heard).len(), 1);
    assert_eq!(lab.now, Duration::from_secs(5));
}
