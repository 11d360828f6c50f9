//! One PDU of an SMSC, whatever is in it: every reader of it ends without a panic, gives what
//! stands in the PDU and nothing else, and text comes out within its bounds.

use tellerd::base::limits::TEXT_IN_CHARS_MAX;
use tellerd::smpp::deliver::{BindResp, DeliverSm, SubmitSmResp};
use tellerd::smpp::header::{HEADER_OCTETS, Header};
use tellerd::smpp::receipt::{QuerySmResp, Receipt};
use tellerd::text::decode::{self, Alphabet};
use tellerd::text::fold::{Script, fold};
use tellerd::text::udh;

/// The octets are a frame, header included, or what is left of one.
pub(crate) fn run(octets: &[u8]) {
    let header = Header::parse(octets);
    assert_eq!(header.is_some(), octets.len() >= HEADER_OCTETS);
    let within = |slice: &[u8]| {
        slice.is_empty()
            || octets.as_ptr_range().contains(&slice.as_ptr()) && slice.len() <= octets.len()
    };
    if let Some(id) = SubmitSmResp::parse(octets).message_id {
        assert!(within(id) && !id.is_empty() && !id.contains(&0));
    }
    assert!(within(BindResp::parse(octets).system_id));
    let _ = QuerySmResp::parse(octets);
    let Ok(sm) = DeliverSm::parse(octets) else { return };
    assert!(header.is_some());
    let again = written(&sm);
    assert!(octets[HEADER_OCTETS..].starts_with(&again), "it reads {sm:?} differently");
    assert!(within(sm.text()));
    if let Some(receipt) = Receipt::read(&sm) {
        assert!(receipt.id.is_none_or(|id| within(id) && !id.is_empty()));
        assert!(receipt.error.is_none_or(within));
    }
    text(&sm);
}

/// The fields back in their order; what is left out is a tail that is no parameter.
fn written(sm: &DeliverSm<'_>) -> Vec<u8> {
    let mut octets = [sm.service_type, &[0]].concat();
    for address in [sm.source, sm.destination] {
        octets.extend([address.ton, address.npi]);
        octets.extend([address.digits, &[0]].concat());
    }
    octets.extend([sm.esm_class, sm.protocol_id, sm.priority]);
    octets.extend([sm.schedule_delivery_time, &[0], sm.validity_period, &[0]].concat());
    octets.extend([sm.registered_delivery, sm.replace_if_present]);
    octets.extend([sm.data_coding, sm.sm_default_msg_id, sm.short_message.len() as u8]);
    octets.extend(sm.short_message);
    for (tag, value) in sm.tlvs() {
        octets.extend(tag.to_be_bytes());
        octets.extend((value.len() as u16).to_be_bytes());
        octets.extend(value);
    }
    octets
}

fn text(sm: &DeliverSm<'_>) {
    let mut octets = sm.text();
    if sm.udhi() {
        let (segment, rest) = udh::parse(octets);
        assert!(octets.ends_with(rest));
        assert!(segment.is_none_or(|part| (1..=part.total).contains(&part.number)));
        octets = rest;
    }
    for alphabet in [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ascii] {
        let chars = decode::chars(sm.data_coding, alphabet, octets);
        assert!(chars.clone().count() <= octets.len());
        let kept = decode::kept(chars);
        assert!(kept.chars().count() <= TEXT_IN_CHARS_MAX + 1);
        for script in [Script::Sound, Script::Looks] {
            let folded = fold(kept.chars(), script);
            assert!(folded.as_str().is_ascii());
        }
    }
}
