//! Each personality does what it says; those of receipts are in `receipts.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

mod esme;

use std::time::Duration;

use esme::lab::{A, B, Lab, PHONE, status};
use rusmpp::pdus::{CancelSm, QuerySm};
use rusmpp::tlvs::TlvValue;
use rusmpp::{Command, CommandId, Pdu};
use smpp_sim::{ConnId, Fault, Profile, personalities};

/// A quiet SMSC with these personalities.
fn profile(names: &str) -> Profile {
    Profile { enquire_every: None, ..Profile::personality(names).unwrap() }
}

fn lab(names: &str) -> Lab {
    Lab::bound(profile(names))
}

fn submit(sequence: u32) -> Vec<u8> {
    esme::submit(sequence, "5622", "381631112222", b"Stanje", false)
}

/// The status that each of these gets, sent one after the other.
fn statuses(names: &str, submits: &[Vec<u8>]) -> Vec<u32> {
    let mut lab = lab(names);
    submits.iter().map(|octets| status(&lab.say(A, octets))).collect()
}

fn text(lab: &mut Lab) -> String {
    let messages = lab.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].text.clone()
}

#[test]
fn every_personality_has_a_test() {
    let tests = [include_str!("personalities.rs"), include_str!("receipts.rs")].concat();
    for personality in personalities() {
        let quoted = format!("\"{}", personality.name);
        assert!(tests.contains(&quoted), "{} has none", personality.name);
    }
}

#[test]
fn strict_refuses_what_the_specification_forbids() {
    let as_is = |body: &[u8], esm_class, coding| {
        esme::submit_as(2, "5622", "381631112222", body, false, esm_class, coding)
    };
    let tlv = |tlvs: &[(u16, &[u8])], body: &[u8], esm_class| {
        esme::submit_with_tlvs(2, "5622", "381631112222", body, esm_class, tlvs)
    };
    let sar: [(u16, &[u8]); 3] = [(0x020C, &[0, 9]), (0x020E, &[2]), (0x020F, &[1])];
    let cases = [
        ("plain", as_is(b"Stanje", 0, 0), 0),
        ("255 octets", as_is(&[b'a'; 255], 0, 0), 0x01),
        ("payload beside a text", tlv(&[(0x0424, b"Stanje")], b"x", 0), 0xC1),
        ("payload alone", tlv(&[(0x0424, b"Stanje")], b"", 0), 0),
        ("sar beside a header", tlv(&sar, &[5, 0, 3, 9, 2, 1, b'a'], 0x40), 0x43),
        ("sar alone", tlv(&sar, b"a", 0), 0),
        ("a header that isn't there", as_is(&[9, 0, 3], 0x40, 0), 0x43),
        ("half a character", as_is(&[4, 0x21, 4], 0, 8), 0x01),
        ("Latin-1 as GSM", as_is(&[b'a', 0xE9], 0, 0), 0x01),
        ("a plus", esme::submit(2, "5622", "+381631112222", b"x", false), 0x0B),
        ("zeros", esme::submit(2, "5622", "00381631112222", b"x", false), 0x0B),
        ("a wrong time", esme::submit_valid(2, "tomorrow at noon"), 0x62),
        ("a right time", esme::submit_valid(2, "000000010000000R"), 0),
    ];
    for (what, octets, expected) in cases {
        assert_eq!(statuses("strict", std::slice::from_ref(&octets)), [expected], "{what}");
        assert_eq!(statuses("", &[octets]), [0], "{what}, where nobody checks");
    }
    let mut lab = Lab::new(profile("strict"));
    lab.smsc.handle_connected(A, lab.now);
    assert_eq!(status(&lab.say(A, &esme::octets(0, 1, Pdu::EnquireLink))), 0x04);
}

#[test]
fn errors_have_a_body_or_none() {
    let length = |names| {
        let mut lab = lab(names);
        lab.smsc.refuse_submits(0x64, 1);
        lab.smsc.handle_bytes(A, &submit(2), lab.now);
        lab.raw(A).len()
    };
    assert_eq!(length("bodies-on-errors"), 17);
    let both = profile("bodies-on-errors").with_personality("bare-errors").unwrap();
    assert!(both.bare_refusals);
    assert_eq!(length(""), 16);
}

#[test]
fn the_throttler_takes_five_a_second_and_two_at_once() {
    let six: Vec<_> = (2..8).map(submit).collect();
    assert_eq!(statuses("throttler", &six), [0, 0, 0, 0, 0, 0x14]);
    let mut lab = Lab::new(profile("throttler,slow"));
    lab.bind(A);
    lab.wait(4);
    lab.hear(A);
    lab.say(A, &[submit(2), submit(3), submit(4)].concat());
    lab.wait(4);
    let heard: Vec<u32> = lab.hear(A).iter().map(|c| c.status().into()).collect();
    assert_eq!(heard, [0, 0, 0x14]);
}

#[test]
fn the_vendor_has_tlvs_and_statuses_of_its_own() {
    let mut lab = Lab::new(profile("vendor"));
    lab.smsc.handle_connected(A, lab.now);
    lab.smsc.handle_bytes(A, &esme::bind(1, "bank", "secret"), lab.now);
    let bound = lab.raw(A);
    assert_eq!(usize::from(bound[3]), bound.len());
    assert!(bound.ends_with(&[0x14, 0, 0, 2, 1, 2, 0x3F, 0xFF, 0, 3, b'o', b'k', 0]), "{bound:?}");
    lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
    let heard = lab.hear(A);
    let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!("{heard:?}") };
    let tags: Vec<u16> = deliver.tlvs().iter().map(|t| t.tag().into()).collect();
    assert_eq!(tags, [0x1400, 0x3FFF]);
    let mut seen: Vec<u32> = (2..400).map(|s| status(&lab.say(A, &submit(s)))).collect();
    assert!(seen.iter().filter(|s| **s == 0).count() > 300);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 0x400, 0x42B, 0x4FF]);
}

#[test]
fn stray_octets_stand_at_the_end_within_the_length() {
    for (names, end) in [("short-tlv", &[0x14, 0x01, 0, 5, 1][..]), ("stray-nul", b"1000\0\0")] {
        let mut lab = Lab::new(profile(names));
        lab.smsc.handle_connected(A, lab.now);
        let bind = esme::bind(1, "bank", "secret");
        for octets in [bind, submit(2)] {
            lab.smsc.handle_bytes(A, &octets, lab.now);
        }
        lab.smsc.phone_sends(PHONE, "5622", "TR 2", lab.now);
        let octets = lab.raw(A);
        let mut lengths = Vec::new();
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let (pdu, more) = rest.split_at(usize::from(rest[3]));
            lengths.push(pdu.ends_with(&end[end.len() - 1..]));
            rest = more;
        }
        assert_eq!(lengths, [true; 3], "{names}: {octets:?}");
        assert!(octets.windows(end.len()).any(|w| w == end), "{names}: {octets:?}");
    }
}

#[test]
fn the_slow_one_answers_everything_late() {
    let mut lab = Lab::new(profile("slow"));
    assert!(lab.bind(A).is_empty(), "its bind's response, too");
    lab.wait(4);
    assert_eq!(status(&lab.hear(A)), 0);
    lab.say(A, &[submit(2), esme::octets(0, 3, Pdu::EnquireLink)].concat());
    lab.wait(3);
    assert!(lab.hear(A).is_empty());
    lab.wait(1);
    let heard: Vec<_> = lab.hear(A).iter().map(Command::id).collect();
    assert_eq!(heard, [CommandId::SubmitSmResp, CommandId::EnquireLinkResp]);
}

#[test]
fn zombies_answer_links_only() {
    let link = esme::octets(0, 9, Pdu::EnquireLink);
    let mut lab = lab("zombie");
    let heard = lab.say(A, &[submit(2), link.clone()].concat());
    assert_eq!(heard.iter().map(Command::id).collect::<Vec<_>>(), [CommandId::EnquireLinkResp]);
    lab.wait(3600);
    assert!(lab.hear(A).is_empty() && lab.messages().is_empty());
    assert_eq!(lab.smsc.stats().submitted, 0);

    let mut lab = self::lab("goes-deaf");
    let answered = (2..30).filter(|s| !lab.say(A, &submit(*s)).is_empty()).count();
    assert_eq!(answered, 20);
    assert_eq!(status(&lab.say(A, &link)), 0);
    lab.bind(B);
    assert_eq!(status(&lab.say(B, &submit(2))), 0, "another connection");

    let mut lab = self::lab("unanswered");
    assert!(lab.say(A, &submit(2)).is_empty());
    assert_eq!(text(&mut lab), "Stanje");
}

#[test]
fn a_lost_bind_still_counts_for_ten_seconds() {
    let mut lab = lab("already-bound");
    lab.smsc.handle_closed(A);
    assert_eq!(status(&lab.bind(B)), 0x05);
    lab.wait(10);
    assert_eq!(status(&lab.bind(ConnId(3))), 0);
    lab.say(ConnId(3), &esme::octets(0, 2, Pdu::Unbind));
    assert_eq!(status(&lab.bind(ConnId(4))), 0, "after an unbind at once");
}

#[test]
fn credentials_are_refused() {
    let mut lab = Lab::new(profile("refuses-credentials"));
    assert_eq!(status(&lab.bind(A)), 0x0E);
    assert_eq!(lab.smsc.binds().count(), 0);
}

#[test]
fn without_an_interface_version_tlvs_are_refused_or_overlooked() {
    let payload = esme::submit_with_tlvs(2, "5622", "381631112222", b"", 0, &[(0x0424, b"x")]);
    for (names, expected) in [("no-interface-version", 0xC1), ("overlooks-tlvs", 0)] {
        let mut lab = Lab::new(profile(names));
        let bound = lab.bind(A);
        let Some(Pdu::BindTransceiverResp(resp)) = bound[0].pdu() else { panic!("{bound:?}") };
        assert_eq!(resp.sc_interface_version(), None, "{names}");
        assert_eq!(status(&lab.say(A, &payload)), expected, "{names}");
        if expected == 0 {
            assert_eq!(text(&mut lab), "");
        }
        assert_eq!(status(&lab.say(A, &submit(3))), 0, "{names}");
    }
}

#[test]
fn silence_closes_the_connection_without_a_question() {
    let mut lab = Lab::bound(Profile::personality("closes-silent").unwrap());
    lab.wait(59);
    assert!(lab.hear(A).is_empty() && !lab.smsc.poll_close(A));
    lab.say(A, &esme::octets(0, 2, Pdu::EnquireLink));
    lab.wait(59);
    assert!(!lab.smsc.poll_close(A), "it has spoken");
    lab.wait(1);
    assert!(lab.smsc.poll_close(A));
}

#[test]
fn connections_end_in_the_middle_of_a_pdu() {
    let mut lab = lab("cuts-pdus");
    assert_eq!(lab.smsc.profile().odds.of(Fault::CutPdu), 100);
    lab.smsc.set_faults(smpp_sim::Odds::NONE.with(Fault::CutPdu, 10_000));
    lab.smsc.handle_bytes(A, &submit(2), lab.now);
    let octets = lab.raw(A);
    assert!(octets.len() < usize::from(octets[3]), "{octets:?}");
    assert!(lab.smsc.poll_close(A));
}

#[test]
fn query_and_cancel_are_refused_or_nacked() {
    let query = QuerySm::builder().message_id(esme::text("1000")).build();
    let cancel = CancelSm::builder().message_id(esme::text("1000")).build();
    for (names, ids) in [
        ("no-query", [CommandId::QuerySmResp, CommandId::CancelSmResp]),
        ("nacks-query", [CommandId::GenericNack; 2]),
    ] {
        let mut lab = lab(names);
        lab.say(A, &submit(2));
        let pdus = [esme::octets(0, 3, query.clone()), esme::octets(0, 4, cancel.clone())];
        let heard = lab.say(A, &pdus.concat());
        let told: Vec<_> = heard.iter().map(|c| (c.id(), u32::from(c.status()))).collect();
        assert_eq!(told, ids.map(|id| (id, 0x03)), "{names}");
    }
}

#[test]
fn validity_is_honoured_or_capped() {
    let receipt = |names, validity| {
        let mut lab = lab(names);
        let patch = serde_json::json!({ "receipts": { "delay": "1h" } });
        let slow = lab.smsc.profile().patched(&patch).unwrap();
        lab.smsc.set_profile(slow);
        lab.say(A, &esme::submit_valid(2, validity));
        let mut waited = 0;
        loop {
            let heard = lab.hear(A);
            if let Some(Pdu::DeliverSm(deliver)) = heard.first().and_then(Command::pdu) {
                let text = String::from_utf8(deliver.short_message().to_vec()).unwrap();
                return (waited, text.split("stat:").nth(1).unwrap()[..7].to_owned());
            }
            lab.wait(60);
            waited += 1;
        }
    };
    let (ten_minutes, five_past) = ("000000001000000R", "260101000500000+");
    assert_eq!(receipt("honours-validity", ten_minutes), (10, "EXPIRED".into()));
    assert_eq!(receipt("honours-validity", five_past), (5, "EXPIRED".into()));
    assert_eq!(receipt("caps-validity", ten_minutes), (10, "EXPIRED".into()));
    assert_eq!(receipt("strict", ten_minutes), (10, "EXPIRED".into()));
    assert_eq!(receipt("honours-validity", "000000020000000R"), (60, "DELIVRD".into()));
    assert_eq!(receipt("", ten_minutes), (60, "DELIVRD".into()), "nobody reads it");
    let capped = |validity| statuses("caps-validity", &[esme::submit_valid(2, validity)])[0];
    assert_eq!(capped("000001000000000R"), 0);
    assert_eq!(capped("000001000001000R"), 0x62);
    assert_eq!(capped(five_past), 0x62);
}

#[test]
fn numbers_of_other_networks_are_refused_for_good() {
    let numbers = vec!["+38163".into()];
    let ported_out = vec!["381631112299".into()];
    let mut lab = Lab::bound(Profile { numbers, ported_out, ..profile("wrong-network") });
    let mut to = |number| status(&lab.say(A, &esme::submit(2, "5622", number, b"x", false)));
    assert_eq!(to("381631112222"), 0);
    assert_eq!(to("381641112222"), 0x0B);
    assert_eq!(to("381631112299"), 0x0B);
}

#[test]
fn data_coding_0_is_latin1_both_ways() {
    let mut lab = lab("latin1");
    let body = "Dugujete 5 \u{a3}, é".chars().map(|c| c as u8).collect::<Vec<_>>();
    lab.say(A, &esme::submit(2, "5622", "381631112222", &body, false));
    assert_eq!(text(&mut lab), "Dugujete 5 £, é");
    lab.smsc.phone_sends(PHONE, "5622", "é@", lab.now);
    let heard = lab.hear(A);
    let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!("{heard:?}") };
    assert_eq!(&deliver.short_message()[..], [0xE9, b'@']);
    assert_eq!(u8::from(deliver.data_coding), 0);
}

#[test]
fn long_texts_of_phones_come_in_every_form() {
    let first = |names| {
        let mut lab = lab(names);
        lab.smsc.phone_sends(PHONE, "5622", &"a".repeat(200), lab.now);
        let heard = lab.hear(A);
        let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!("{heard:?}") };
        (heard.len(), deliver.clone())
    };
    let (count, wide) = first("wide-references");
    assert_eq!((count, &wide.short_message()[..5]), (2, &[6, 8, 4, 0, 1][..]));
    assert_eq!(wide.short_message()[5..7], [2, 2], "the last part first");
    let (count, sar) = first("sar");
    assert_eq!((count, u8::from(sar.esm_class), sar.tlvs().len()), (2, 0, 3));
    let (count, payload) = first("payload");
    assert_eq!((count, payload.short_message().len()), (1, 0));
    let whole = payload.tlvs().iter().any(|t| match t.value() {
        Some(TlvValue::MessagePayload(p)) => p.value.len() == 200,
        _ => false,
    });
    assert!(whole);
}

#[test]
fn long_texts_of_the_esme_are_joined_from_every_form() {
    let to = ("5622", "381631112222");
    let tlvs = |sequence, body: &[u8], tlvs: &[(u16, &[u8])]| {
        esme::submit_with_tlvs(sequence, to.0, to.1, body, 0, tlvs)
    };
    let header = |sequence, header: &[u8], text: &[u8]| {
        esme::submit_as(sequence, to.0, to.1, &[header, text].concat(), false, 0x40, 0)
    };
    let sar = |n: u8, text: &[u8]| {
        tlvs(u32::from(n) + 1, text, &[(0x020C, &[0, 9]), (0x020E, &[2]), (0x020F, &[n])])
    };
    for (form, pdus) in [
        (
            "8 bits",
            vec![header(2, &[5, 0, 3, 9, 2, 2], b"nje"), header(3, &[5, 0, 3, 9, 2, 1], b"Sta")],
        ),
        (
            "16 bits",
            vec![
                header(2, &[6, 8, 4, 1, 9, 2, 1], b"Sta"),
                header(3, &[6, 8, 4, 1, 9, 2, 2], b"nje"),
            ],
        ),
        ("sar", vec![sar(2, b"nje"), sar(1, b"Sta")]),
        ("payload", vec![tlvs(2, b"", &[(0x0424, b"Stanje")])]),
    ] {
        let mut lab = lab("strict");
        for pdu in pdus {
            assert_eq!(status(&lab.say(A, &pdu)), 0, "{form}");
        }
        assert_eq!(text(&mut lab), "Stanje", "{form}");
    }
}

#[test]
fn phones_send_back_what_they_get() {
    let mut lab = lab("echo");
    let heard = lab.say(A, &submit(2));
    let Some(Pdu::DeliverSm(deliver)) = heard[1].pdu() else { panic!("{heard:?}") };
    let addresses = (deliver.source_addr.as_str(), deliver.destination_addr.as_str());
    assert_eq!(addresses, ("381631112222", "5622"));
    assert_eq!(&deliver.short_message()[..], b"Stanje");
    assert_eq!(text(&mut lab), "Stanje");
}

#[test]
fn numbers_of_phones_are_written_in_every_way() {
    let source = |names, from: &str| {
        let mut lab = lab(names);
        lab.smsc.phone_sends(from, "5622", "TR 2", lab.now);
        let heard = lab.hear(A);
        let Some(Pdu::DeliverSm(deliver)) = heard[0].pdu() else { panic!("{heard:?}") };
        deliver.source_addr.as_str().to_owned()
    };
    assert_eq!(source("national-numbers", PHONE), "0631112222");
    assert_eq!(source("national-numbers", "+48601234567"), "0048601234567");
    assert_eq!(source("zero-zero-numbers", PHONE), "00381631112222");
}

#[test]
fn responses_are_held_back_until_they_are_let_go() {
    use smpp_sim::Pause;
    let mut lab = lab("");
    lab.smsc.pause(Pause::Submits);
    let heard = lab.say(A, &[submit(2), esme::octets(0, 3, Pdu::EnquireLink)].concat());
    assert_eq!(heard.iter().map(Command::id).collect::<Vec<_>>(), [CommandId::EnquireLinkResp]);
    lab.smsc.pause(Pause::Everything);
    assert!(lab.say(A, &[submit(4), esme::octets(0, 5, Pdu::EnquireLink)].concat()).is_empty());
    assert_eq!(lab.smsc.pause(Pause::Submits), 1);
    assert_eq!(lab.hear(A)[0].id(), CommandId::EnquireLinkResp);
    lab.wait(60);
    assert_eq!(lab.smsc.pause(Pause::Nothing), 2);
    let heard: Vec<_> = lab.hear(A).iter().map(|c| c.sequence_number()).collect();
    assert_eq!((heard, lab.now), (vec![2, 4], Duration::from_secs(60)));
}
