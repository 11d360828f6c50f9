//! Every PDU that we send or read, against octets that no codec made.
//!
//! The files in `tests/golden_pdus/` hold hexadecimal octets and `"text"`, `#` begins a comment.
//! They were laid out field by field after SMPP v3.4; so they prove what neither a simulator nor a
//! differential test can, that shares a mistake with us.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::path::Path;
use std::time::Duration;

use arrayvec::ArrayString;
use bytes::{Bytes, BytesMut};
use tellerd::base::now::Mono;
use tellerd::base::secret::Secret;
use tellerd::smpp::deliver::{AddressView, BindResp, DeliverSm, SubmitSmResp};
use tellerd::smpp::header::{CommandId, Header};
use tellerd::smpp::pdu::{self, Address, Payload, ShortMessage, Submit, Text, Validity};
use tellerd::smpp::receipt::{QuerySmResp, Receipt, State};
use tellerd::smpp::session::{Event, Mode, OptionalParameters, Options, Session};
use tellerd::smpp::status::Status;

/// The octets of one golden file; its command_length must be right.
fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_pdus").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let octets = octets(&text);
    let announced = u32::from_be_bytes(*octets.first_chunk().unwrap());
    assert_eq!(announced as usize, octets.len(), "{name}: command_length");
    octets
}

fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for line in text.lines() {
        // A quoted text stands alone before its comment and holds neither # nor quotes.
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(text) => octets.extend_from_slice(text.as_bytes()),
            None => octets.extend(
                line.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()),
            ),
        }
    }
    octets
}

fn options(mode: Mode) -> Options {
    Options {
        mode,
        system_id: "kombank".to_owned(),
        password: Secret::new("secret08"),
        system_type: "BANK".to_owned(),
        optional_parameters: OptionalParameters::Always,
        ..Options::default()
    }
}

fn sent(write: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
    let mut out = BytesMut::new();
    write(&mut out);
    out.to_vec()
}

#[test]
fn the_helper_reads_hexadecimal_and_text_and_no_comments() {
    assert_eq!(octets("00 fF # 11\n\"a b\" # text\n\n# 22\n7"), [0, 255, b'a', b' ', b'b', 7]);
}

#[test]
fn binds_are_sent_as_specified() {
    for (mode, name) in [
        (Mode::Receiver, "bind_receiver.hex"),
        (Mode::Transmitter, "bind_transmitter.hex"),
        (Mode::Transceiver, "bind_transceiver.hex"),
    ] {
        let mut session = Session::new(options(mode), Mono::ZERO);
        assert_eq!(sent(|out| assert!(session.poll_transmit(out))), golden(name), "{name}");
    }
}

#[test]
fn bind_responses_are_read() {
    let pdu = golden("bind_transceiver_resp.hex");
    assert_eq!(BindResp::parse(&pdu), BindResp { system_id: b"MTS-SMSC", version: Some(0x34) });
    let mut session = Session::new(options(Mode::Transceiver), Mono::ZERO);
    session.handle_frame(Bytes::from(pdu), Mono::ZERO);
    let bound = Event::Bound { version: Some(0x34), system_id: "MTS-SMSC".to_owned() };
    assert_eq!(session.poll_event(), Some(bound));
}

#[test]
fn what_became_of_a_message_is_asked_and_read_as_specified() {
    let source = Address::new(3, 0, "5622").unwrap();
    let asked = sent(|out| pdu::query_sm(out, 9, b"1A2B3C4D", &source));
    assert_eq!(asked, golden("query_sm.hex"));
    let answer = golden("query_sm_resp.hex");
    assert_eq!(QuerySmResp::parse(&answer), QuerySmResp { state: Some(State::Expired) });
    for length in 16..answer.len() - 2 {
        assert_eq!(QuerySmResp::parse(&answer[..length]), QuerySmResp { state: None });
    }
}

#[test]
fn a_submit_is_sent_as_specified() {
    let plain = Submit {
        service_type: ArrayString::new(),
        source: Address::new(3, 0, "5622").unwrap(),
        destination: Address::new(1, 1, "381631112222").unwrap(),
        esm_class: 0,
        priority: 1,
        validity: Some(Validity::For(Duration::from_secs(600))),
        registered_delivery: 1,
        data_coding: 0,
        user_message_reference: Some(0x1234),
        text: Text::Short(ShortMessage::new(&b"Stanje: 84.350,75 RSD"[..]).unwrap()),
    };
    assert_eq!(sent(|out| pdu::submit_sm(out, 2, &plain, true)), golden("submit_sm.hex"));

    let octets = ShortMessage::new(&b"Stanje: 84.350,75 RSD"[..]).unwrap();
    let segment = Text::Segment { reference: 0xBEEF, total: 3, number: 2, octets };
    let payload = Payload::new(&b"Stanje: 84.350,75 RSD"[..]);
    for (text, name) in [
        (segment, "submit_sm_sar.hex"),
        (Text::Payload { parts: 2, octets: payload }, "submit_sm_payload.hex"),
    ] {
        let long = Submit { text, ..plain.clone() };
        assert_eq!(sent(|out| pdu::submit_sm(out, 2, &long, true)), golden(name), "{name}");
    }

    let long = Submit {
        service_type: ArrayString::from("BULK").unwrap(),
        source: Address::new(5, 0, "KOMBANK").unwrap(),
        esm_class: 0x40,
        priority: 0,
        validity: None,
        registered_delivery: 0x11,
        data_coding: 8,
        text: Text::Short(ShortMessage::new(&b"\x05\0\x03\xAA\x02\x01\x01\x0D"[..]).unwrap()),
        ..plain
    };
    let pdu = sent(|out| pdu::submit_sm(out, 0x7FFF_FFFF, &long, false));
    assert_eq!(pdu, golden("submit_sm_part.hex"));
}

#[test]
fn submit_responses_are_read() {
    let pdu = golden("submit_sm_resp.hex");
    assert_eq!(SubmitSmResp::parse(&pdu).message_id, Some(&b"0A1b2C3d"[..]));
    let refused = golden("submit_sm_resp_throttled.hex");
    let header = Header::parse(&refused).unwrap();
    assert_eq!((header.status, header.sequence), (Status::RTHROTTLED, 2));
    assert_eq!(SubmitSmResp::parse(&refused).message_id, None);
}

#[test]
fn a_customers_text_is_read() {
    let pdu = golden("deliver_sm.hex");
    assert_eq!(Header::parse(&pdu).unwrap().command_id, CommandId::DeliverSm);
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert_eq!(sm.service_type, b"CMT");
    assert_eq!(sm.source, AddressView { ton: 1, npi: 1, digits: b"381631112222" });
    assert_eq!(sm.destination, AddressView { ton: 3, npi: 0, digits: b"5622" });
    assert_eq!((sm.esm_class, sm.protocol_id, sm.priority), (0, 0, 0));
    assert_eq!((sm.registered_delivery, sm.replace_if_present), (0, 0));
    assert_eq!((sm.data_coding, sm.sm_default_msg_id), (0, 0));
    assert_eq!(sm.text(), b"STANJE 2");
    assert_eq!(sm.tlvs().collect::<Vec<_>>(), [(0x020A, &[0x16, 0x2E][..])]);
    assert_eq!(Receipt::read(&sm), None);
}

#[test]
fn a_long_text_in_a_payload_is_read() {
    let pdu = golden("deliver_sm_payload.hex");
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert_eq!(sm.text(), b"\0P\0R\0I\0J\0A\0V\0A");
    assert_eq!((sm.data_coding, sm.sar_msg_ref_num()), (8, Some(0x00AB)));
    assert_eq!((sm.sar_total_segments(), sm.sar_segment_seqnum()), (Some(3), Some(2)));
}

#[test]
fn a_receipt_is_read() {
    let pdu = golden("deliver_sm_receipt.hex");
    let sm = DeliverSm::parse(&pdu).unwrap();
    // The text says the same in words, so the parameter is looked at by itself.
    assert_eq!((sm.esm_class, sm.message_state()), (0x04, Some(5)));
    let receipt = Receipt::read(&sm).unwrap();
    assert_eq!(receipt.id, Some(&b"0A1b2C3d"[..]));
    assert_eq!(receipt.state, Some(State::Undeliverable));
    assert_eq!(receipt.error, Some(&b"00B"[..]));
    assert_eq!(receipt.network_error, Some((3, 0x0022)));
    assert_eq!(receipt.reference, Some(0x1234));
}

#[test]
fn the_small_ones_are_sent_as_specified() {
    use CommandId as Id;
    let bare = |id, status, sequence| sent(|out| pdu::bare(out, id, status, sequence));
    assert_eq!(
        sent(|out| pdu::deliver_sm_resp(out, Status::ROK, 9)),
        golden("deliver_sm_resp.hex")
    );
    assert_eq!(bare(Id::EnquireLink, Status::ROK, 3), golden("enquire_link.hex"));
    assert_eq!(bare(Id::EnquireLinkResp, Status::ROK, 3), golden("enquire_link_resp.hex"));
    assert_eq!(bare(Id::Unbind, Status::ROK, 4), golden("unbind.hex"));
    assert_eq!(bare(Id::UnbindResp, Status::ROK, 4), golden("unbind_resp.hex"));
    assert_eq!(bare(Id::GenericNack, Status::RINVCMDID, 5), golden("generic_nack.hex"));
    assert_eq!(bare(Id::DataSmResp, Status::RINVCMDID, 6), golden("data_sm_resp.hex"));
}
