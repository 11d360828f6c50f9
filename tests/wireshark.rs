//! Wireshark's dissector reads a tour: the octets of every connection between the real binary and
//! simulated operators, recorded on their way, as a capture that tshark takes apart.
//!
//! It knows SMPP from neither us nor the simulator. It has to find the same PDUs as our reader, in
//! the same order, with the same octets in every field, and nothing that it can't read, warns of
//! or has no word for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/binary.rs"]
mod binary;
#[path = "wireshark/dissector.rs"]
mod dissector;
#[path = "wireshark/pcap.rs"]
mod pcap;
#[path = "wireshark/reading.rs"]
mod reading;
#[path = "end_to_end/rig.rs"]
#[allow(dead_code, reason = "each test takes what it needs of it")]
mod rig;
#[path = "wireshark/tap.rs"]
mod tap;
#[path = "common/tool.rs"]
mod tool;
#[path = "wireshark/tour.rs"]
mod tour;

use tellerd::smpp::header::CommandId as Id;

use dissector::{Read, dissect};
use reading::Pdu;
use tap::{Conversation, Side};

/// What each side has to say in the tour, so that it doesn't shrink unnoticed.
const ESME: [Id; 11] = [
    Id::BindReceiver,
    Id::BindTransmitter,
    Id::BindTransceiver,
    Id::SubmitSm,
    Id::QuerySm,
    Id::DeliverSmResp,
    Id::EnquireLink,
    Id::EnquireLinkResp,
    Id::Unbind,
    Id::UnbindResp,
    Id::GenericNack,
];
const SMSC: [Id; 12] = [
    Id::BindReceiverResp,
    Id::BindTransmitterResp,
    Id::BindTransceiverResp,
    Id::SubmitSmResp,
    Id::QuerySmResp,
    Id::DeliverSm,
    Id::EnquireLink,
    Id::EnquireLinkResp,
    Id::Unbind,
    Id::UnbindResp,
    Id::GenericNack,
    Id::Outbind,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wireshark_reads_a_whole_tour() {
    if !tool::is_there("tshark", "tshark") {
        return;
    }
    let tour = tour::hold().await;
    let pdus = reading::pdus(&tour);
    assert_whole(&pdus);
    let read = dissect(&tour);
    assert_eq!(read.odd, [""; 0]);
    assert_same(&pdus, &read);
    let tags = |pdu: &Pdu| pdu.fields.iter().filter(|(_, value)| *value == tour::VENDOR).count();
    let fields: usize = pdus.iter().map(|pdu| pdu.fields.len()).sum();
    println!("{} connections, {} PDUs, {fields} fields", tour.len(), pdus.len());
    let vendors = pdus.iter().map(tags).sum::<usize>();
    assert!(vendors > 0 && read.vendors == vendors, "{vendors}, read {}", read.vendors);
}

/// A submit_sm with a parameter, and its response, on which each damage below is done.
const SUBMIT: &[u8] = b"\0\0\0\x3b\0\0\0\x04\0\0\0\0\0\0\0\x02\
    \0\x03\x005622\0\x01\x01381631112222\0\0\0\0\0\0\x01\0\0\0\x04TR 2\x02\x04\0\x02\0\x07";
const RESPONSE: &[u8] = b"\0\0\0\x12\x80\0\0\x04\0\0\0\0\0\0\0\x02a\0";

/// What is done to them (whose octet, which, what it becomes), and what is said of it; where
/// nothing is, both readers must differ from what was meant.
const SPOILT: [(&str, Side, usize, u8, &str); 9] = [
    ("sm_length beyond the end", Side::Esme, 48, 0x40, "malformed"),
    ("sm_length too small", Side::Esme, 48, 3, "malformed"),
    ("a parameter beyond the end", Side::Esme, 56, 9, ""),
    ("a parameter that isn't 3.4's", Side::Esme, 54, 0x99, "parameter 0x0299"),
    ("a command that isn't 3.4's", Side::Esme, 7, 0x77, "fake-field-wrapper"),
    ("a status that isn't 3.4's", Side::Smsc, 10, 0x66, "Result: [Reserved]"),
    ("a string without its end", Side::Smsc, 17, b'b', "malformed"),
    ("another number", Side::Esme, 27, b'9', ""),
    ("another sequence", Side::Smsc, 15, 3, ""),
];

#[test]
fn a_capture_with_a_spoilt_pdu_is_found_out() {
    if !tool::is_there("tshark", "tshark") {
        return;
    }
    let segments = vec![(Side::Esme, SUBMIT.to_vec()), (Side::Smsc, RESPONSE.to_vec())];
    let good = [Conversation { segments }];
    let meant = reading::pdus(&good);
    let read = dissect(&good);
    assert_eq!(read.odd, [""; 0]);
    assert_same(&meant, &read);
    for (what, side, at, octet, said) in SPOILT {
        let mut spoilt = good.clone();
        let damaged = spoilt[0].segments.iter_mut().find(|(who, _)| *who == side).unwrap();
        assert_ne!(std::mem::replace(&mut damaged.1[at], octet), octet, "{what}");
        let read = dissect(&spoilt);
        assert_ne!(read.pdus, meant.iter().map(Pdu::as_shown).collect::<Vec<_>>(), "{what}");
        assert_eq!(read.odd.is_empty(), said.is_empty(), "{what}: {:?}", read.odd);
        assert!(read.odd.iter().all(|odd| odd.contains(said)), "{what}: {:?}", read.odd);
    }
}

/// Every kind of PDU, form of a long text, alphabet and refusal is there.
fn assert_whole(pdus: &[Pdu]) {
    let any = |what: &str, is: &dyn Fn(&Pdu) -> bool| {
        assert!(pdus.iter().any(is), "the tour has no {what}");
    };
    for (side, ids) in [(Side::Esme, &ESME[..]), (Side::Smsc, &SMSC)] {
        for id in ids {
            any(&format!("{id:?} of the {side:?}"), &|pdu| pdu.side == side && pdu.id() == *id);
        }
    }
    for id in [Id::SubmitSm, Id::DeliverSm] {
        let message = |pdu: &Pdu| pdu.id() == id;
        for coding in [0, 8] {
            any("such data_coding", &|pdu| {
                message(pdu) && pdu.number("data_coding") == Some(coding)
            });
        }
        for header in [b"\x05\x00\x03", b"\x06\x08\x04"] {
            any("such header", &|pdu| message(pdu) && pdu.begins("message", header));
        }
        for tag in [0x020C_u16, 0x0424] {
            let tag = tag.to_be_bytes();
            any("such parameter", &|pdu| message(pdu) && pdu.begins("opt_param_tag", &tag));
        }
    }
    for status in tour::REFUSALS {
        any("such refusal", &|pdu| pdu.number("command_status") == Some(status));
    }
    any("refusal without a body", &|pdu| {
        let is_refused = pdu.number("command_status").is_some_and(|status| status != 0);
        is_refused && pdu.id() == Id::SubmitSmResp && pdu.number("message_id").is_none()
    });
}

fn assert_same(ours: &[Pdu], read: &Read) {
    for (ours, theirs) in ours.iter().zip(&read.pdus) {
        assert_eq!(*theirs, ours.as_shown());
    }
    assert_eq!(read.pdus.len(), ours.len());
}
