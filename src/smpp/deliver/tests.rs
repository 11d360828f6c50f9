//! deliver_sm as real SMSCs send it, and that nothing else than the mandatory fields can fail.

use proptest::prelude::*;

use super::*;

/// A deliver_sm: mandatory fields with this esm_class and text, then `tail`.
fn deliver_sm(esm_class: u8, text: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut pdu = vec![0; HEADER_OCTETS];
    pdu.extend_from_slice(b"\0\x01\x01381631112222\0\x03\x005622\0");
    pdu.extend_from_slice(&[esm_class, 0, 0, 0, 0, 0, 0, 8, 0, text.len() as u8]);
    pdu.extend_from_slice(text);
    pdu.extend_from_slice(tail);
    pdu
}

#[test]
fn all_mandatory_fields_are_read() {
    let mut pdu = vec![0; HEADER_OCTETS];
    pdu.extend_from_slice(b"CMT\0\x01\x01381631112222\0\x03\x095622\0");
    pdu.extend_from_slice(b"\x40\x11\x02sched\0valid\0\x01\x07\x08\x09\x04TR 2");
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert_eq!(sm.service_type, b"CMT");
    assert_eq!(sm.source, AddressView { ton: 1, npi: 1, digits: b"381631112222" });
    assert_eq!(sm.destination, AddressView { ton: 3, npi: 9, digits: b"5622" });
    assert_eq!((sm.esm_class, sm.protocol_id, sm.priority), (0x40, 0x11, 2));
    assert_eq!((sm.schedule_delivery_time, sm.validity_period), (&b"sched"[..], &b"valid"[..]));
    assert_eq!((sm.registered_delivery, sm.replace_if_present), (1, 7));
    assert_eq!((sm.data_coding, sm.sm_default_msg_id, sm.text()), (8, 9, &b"TR 2"[..]));
    assert!(sm.udhi() && !sm.is_receipt());
}

#[test]
fn a_frame_that_ends_in_the_mandatory_part_is_an_error_everywhere() {
    let pdu = deliver_sm(0, b"STANJE", &[]);
    for end in 0..pdu.len() {
        let error = DeliverSm::parse(&pdu[..end]).unwrap_err();
        let expected = if end > pdu.len() - 7 { Status::RINVMSGLEN } else { Status::RINVCMDLEN };
        assert_eq!(error.status(), expected, "{end}: {error}");
    }
    let mut no_nul = vec![b'1'; 60];
    no_nul[..HEADER_OCTETS].fill(0);
    assert_eq!(DeliverSm::parse(&no_nul), Err(BodyError::Ends("service_type")));
}

#[test]
fn what_comes_after_the_message_never_fails() {
    let tails: [&[u8]; 6] = [
        &[0],
        &[0, 0, 0],
        &[4, 0x24, 0, 9, b'x'],
        &[4, 0x24, 0xFF, 0xFF],
        &[0x14, 1, 0, 0, 0],
        b"rubbish at the end of a PDU",
    ];
    for tail in tails {
        let pdu = deliver_sm(0, b"STANJE", tail);
        let sm = DeliverSm::parse(&pdu).unwrap();
        assert_eq!(sm.text(), b"STANJE");
        assert!(sm.tlvs().count() <= 1);
    }
}

#[test]
fn strange_addresses_are_read_as_they_stand() {
    let mut pdu = vec![0; HEADER_OCTETS];
    pdu.extend_from_slice(b"\0\x05\0KOMBANK \xC8\xE6 and much longer than 21 octets\0\0\0\0");
    pdu.extend_from_slice(&[0; 10]);
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert!(sm.source.digits.len() > 21 && sm.destination.digits.is_empty());
}

#[test]
fn optional_parameters_are_found_by_tag() {
    let tail = b"\x02\x0C\0\x02\x12\x34\x02\x0E\0\x01\x03\x02\x0F\0\x02\0\x02\x14\x01\0\0\
        \x02\x04\0\x02\xBE\xEF\0\x1E\0\x041A2B\x04\x27\0\x01\x02\x04\x24\0\x03abc";
    let pdu = deliver_sm(0x04, b"", tail);
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert_eq!(sm.sar_msg_ref_num(), Some(0x1234));
    assert_eq!((sm.sar_total_segments(), sm.sar_segment_seqnum()), (Some(3), Some(2)));
    assert_eq!(sm.user_message_reference(), Some(0xBEEF));
    assert_eq!(sm.receipted_message_id(), Some(&b"1A2B"[..]));
    assert_eq!(sm.message_state(), Some(2));
    assert_eq!(sm.text(), b"abc");
    assert!(sm.is_receipt());
    assert_eq!(sm.tlvs().map(|(tag, _)| tag).last(), Some(tag::MESSAGE_PAYLOAD));
}

#[test]
fn a_short_message_goes_before_a_payload_beside_it() {
    let pdu = deliver_sm(0, b"one", b"\x04\x24\0\x03two");
    assert_eq!(DeliverSm::parse(&pdu).unwrap().text(), b"one");
}

#[test]
fn numbers_that_do_not_fit_are_absent() {
    let pdu = deliver_sm(0, b"", b"\x04\x27\0\x02\x01\0\x02\x04\0\0\x02\x0C\0\x03\0\x12\x34");
    let sm = DeliverSm::parse(&pdu).unwrap();
    assert_eq!((sm.message_state(), sm.user_message_reference()), (None, None));
    assert_eq!(sm.sar_msg_ref_num(), Some(0x1234));
}

#[test]
fn responses_are_read_with_a_body_and_without() {
    let with = |body: &[u8]| [&[0; HEADER_OCTETS][..], body].concat();
    let id = |body: &[u8]| SubmitSmResp::parse(&with(body)).message_id.map(<[u8]>::to_vec);
    assert_eq!(id(b""), None);
    assert_eq!(id(b"\0"), None);
    assert_eq!(id(b"0a1B\0"), Some(b"0a1B".to_vec()));
    assert_eq!(id(b"0a1B"), Some(b"0a1B".to_vec()));
    assert_eq!(id(&[b'7'; 100]), Some(vec![b'7'; 100]));
    assert_eq!(id(b"7\0\x02\x04\0\x02"), Some(b"7".to_vec()));

    let bind = |body: &[u8]| BindResp::parse(&with(body)).version;
    assert_eq!(bind(b""), None);
    assert_eq!(bind(b"smsc\0"), None);
    assert_eq!(bind(b"smsc\0\x02\x10\0\x01\x34"), Some(0x34));
    assert_eq!(bind(b"smsc\0\x14\0\0\0\x02\x10\0\x01\x33\0"), Some(0x33));
    assert_eq!(BindResp::parse(&with(b"smsc")).system_id, b"smsc");
}

#[test]
fn nothing_of_a_message_is_printed() {
    let pdu = deliver_sm(0, b"STANJE 1234", b"\x04\x24\0\x03abc");
    let sm = DeliverSm::parse(&pdu).unwrap();
    let printed = format!("{sm:?} {:?} {:?}", sm.tlvs(), BodyError::Ends("source_addr"));
    assert!(!printed.contains("STANJE") && !printed.contains("38163"), "{printed}");
    // Nor as numbers: the text begins with 83, 84.
    assert!(!printed.contains("83, 84"), "{printed}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(sm) = DeliverSm::parse(&bytes) {
            prop_assert!(sm.text().len() <= bytes.len());
            prop_assert!(sm.tlvs().count() <= bytes.len() / 4);
            let _ = (sm.message_state(), sm.receipted_message_id(), sm.sar_msg_ref_num());
        }
        let _ = (SubmitSmResp::parse(&bytes), BindResp::parse(&bytes));
    }

    #[test]
    fn any_tail_is_survived(tail in proptest::collection::vec(0u8..6, 0..60)) {
        let pdu = deliver_sm(0, b"x", &tail);
        let sm = DeliverSm::parse(&pdu).unwrap();
        let used: usize = sm.tlvs().map(|(_, value)| 4 + value.len()).sum();
        prop_assert!(used <= tail.len());
    }
}
