//! A phone's text as deliver_sm: the alphabet it fits, the parts it needs, the addresses as this
//! operator writes them. One encoded PDU a part; the sequence number is filled in when it is sent.

use bytes::Bytes;
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::{MessageDeliveryRequestTlvValue as Tlv, TlvTag};
use rusmpp::types::{AnyOctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, Npi, RegisteredDelivery, Ton};
use serde::{Deserialize, Deserializer};

use crate::alphabet::{DefaultAlphabet, to_gsm7, to_latin1, to_ucs2};
use crate::manner::{LongTexts, SourceFormat};
use crate::profile::{Profile, VendorTlv};
use crate::units;
use crate::wire;

/// A deliver_sm field by field, for tests that need an odd one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawDeliver {
    /// source_addr_ton, source_addr_npi.
    pub source: (u8, u8),
    /// source_addr, at most 20 ASCII characters.
    pub source_addr: String,
    /// dest_addr_ton, dest_addr_npi.
    pub dest: (u8, u8),
    /// destination_addr, at most 20 ASCII characters.
    pub destination_addr: String,
    /// esm_class.
    pub esm_class: u8,
    /// protocol_id.
    pub protocol_id: u8,
    /// registered_delivery.
    pub registered_delivery: u8,
    /// data_coding.
    pub data_coding: u8,
    /// short_message, at most 255 octets.
    #[serde(with = "units::hex")]
    pub short_message: Vec<u8>,
    /// TLVs: tag and value.
    #[serde(deserialize_with = "tlvs")]
    pub tlvs: Vec<(u16, Vec<u8>)>,
}

fn tlvs<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<(u16, Vec<u8>)>, D::Error> {
    let tlvs = Vec::<VendorTlv>::deserialize(from)?;
    Ok(tlvs.into_iter().map(|tlv| (tlv.tag, tlv.value)).collect())
}

impl RawDeliver {
    /// The PDU, under sequence number 0.
    pub(crate) fn encode(&self) -> Bytes {
        let tlvs = self.tlvs.iter().map(|(tag, value)| Tlv::Other {
            tag: TlvTag::from(*tag),
            value: AnyOctetString::from_slice(value),
        });
        let mut pdu = DeliverSm::builder()
            .source_addr_ton(Ton::from(self.source.0))
            .source_addr_npi(Npi::from(self.source.1))
            .source_addr(wire::c_string(&self.source_addr))
            .dest_addr_ton(Ton::from(self.dest.0))
            .dest_addr_npi(Npi::from(self.dest.1))
            .destination_addr(wire::c_string(&self.destination_addr))
            // Never EsmClass::default(): rusmpp's has the bits of a delivery acknowledgement.
            .esm_class(EsmClass::from(self.esm_class))
            .protocol_id(self.protocol_id)
            .registered_delivery(RegisteredDelivery::from(self.registered_delivery))
            .data_coding(DataCoding::from(self.data_coding))
            .short_message(OctetString::from_slice(&self.short_message).unwrap_or_default())
            .build();
        pdu.set_tlvs(tlvs.collect());
        wire::encode(0, 0, pdu)
    }
}

/// The parts of a text that a phone sends to a code. `reference` tells long texts apart.
pub(crate) fn parts(
    profile: &Profile,
    from: &str,
    to: &str,
    text: &str,
    reference: u16,
) -> Vec<RawDeliver> {
    let wide_header = profile.long_texts == LongTexts::Udh16;
    let default = match profile.default_alphabet {
        DefaultAlphabet::Gsm7 => {
            to_gsm7(text).map(|octets| (octets, 160, if wide_header { 152 } else { 153 }))
        }
        DefaultAlphabet::Latin1 => {
            to_latin1(text).map(|octets| (octets, 140, if wide_header { 133 } else { 134 }))
        }
    };
    let is_ucs2 = default.is_none();
    let (octets, whole, split) =
        default.unwrap_or_else(|| (to_ucs2(text), 140, if wide_header { 132 } else { 134 }));
    let data_coding = if is_ucs2 { 8 } else { 0 };
    let ((ton, npi), source_addr) = source(profile, from);
    let template = RawDeliver {
        source: (ton, npi),
        source_addr,
        dest: (profile.code_ton, if profile.code_ton == 5 { 0 } else { 1 }),
        destination_addr: to.into(),
        data_coding,
        ..RawDeliver::default()
    };
    if octets.len() <= whole {
        return vec![RawDeliver { short_message: octets, ..template }];
    }
    if profile.long_texts == LongTexts::Payload {
        return vec![RawDeliver { tlvs: vec![(0x0424, octets)], ..template }];
    }
    let chunks = split_octets(&octets, split, is_ucs2);
    let of = u8::try_from(chunks.len()).unwrap_or(u8::MAX);
    let numbered = (1..=of).zip(chunks);
    let part = |(n, chunk): (u8, &[u8])| match profile.long_texts {
        LongTexts::Sar => RawDeliver {
            short_message: chunk.into(),
            tlvs: vec![
                (0x020C, reference.to_be_bytes().into()),
                (0x020E, vec![of]),
                (0x020F, vec![n]),
            ],
            ..template.clone()
        },
        LongTexts::Udh | LongTexts::Udh16 | LongTexts::Payload => {
            let [high, low] = reference.to_be_bytes();
            let mut short_message = match wide_header {
                true => vec![6, 8, 4, high, low, of, n],
                false => vec![5, 0, 3, low, of, n],
            };
            short_message.extend_from_slice(chunk);
            RawDeliver { esm_class: 0x40, short_message, ..template.clone() }
        }
    };
    let mut parts: Vec<_> = numbered.map(part).collect();
    if profile.parts_reversed {
        parts.reverse();
    }
    parts
}

/// Cuts without parting an escape from its character or the halves of a surrogate pair.
fn split_octets(octets: &[u8], at_most: usize, ucs2: bool) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = octets;
    while rest.len() > at_most {
        let last = if ucs2 { at_most - 2 } else { at_most - 1 };
        let torn = if ucs2 { (0xD8..=0xDB).contains(&rest[last]) } else { rest[last] == 0x1B };
        let (part, more) = rest.split_at(if torn { last } else { at_most });
        parts.push(part);
        rest = more;
    }
    parts.push(rest);
    parts
}

/// A phone's number as this operator writes it; a name goes as it is.
pub(crate) fn source(profile: &Profile, from: &str) -> ((u8, u8), String) {
    if from.chars().any(|c| c.is_ascii_alphabetic()) {
        return ((5, 0), from.into());
    }
    let digits = profile.canonical(from);
    let national = digits.strip_prefix(&profile.country);
    match (profile.source, national) {
        (SourceFormat::International, _) => ((1, 1), digits),
        (SourceFormat::Plus, _) => ((1, 1), format!("+{digits}")),
        (SourceFormat::National, Some(rest)) => ((2, 1), format!("0{rest}")),
        (SourceFormat::ZeroZero | SourceFormat::National, _) => ((0, 1), format!("00{digits}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_the_alphabet_and_the_parts_it_needs() {
        let profile = Profile::default();
        let of = |text: &str| {
            let parts = parts(&profile, "+381631112222", "5622", text, 7);
            (parts.len(), parts[0].data_coding, parts[0].short_message.len())
        };
        assert_eq!(of("TR 2"), (1, 0, 4));
        assert_eq!(of(&"a".repeat(160)), (1, 0, 160));
        assert_eq!(of(&"a".repeat(161)), (2, 0, 159));
        assert_eq!(of(&"š".repeat(70)), (1, 8, 140));
        assert_eq!(of(&"š".repeat(71)), (2, 8, 140));
        // An escape pair at the edge moves on as a whole: 152 and 10 characters of two.
        assert_eq!(of(&format!("{}€{}", "a".repeat(152), "b".repeat(20))), (2, 0, 158));
    }

    #[test]
    fn each_operator_writes_numbers_its_own_way() {
        let write = |source_format, from| {
            source(&Profile { source: source_format, ..Profile::default() }, from)
        };
        assert_eq!(write(SourceFormat::International, "063 111-2222").1, "381631112222");
        assert_eq!(write(SourceFormat::Plus, "+381631112222").1, "+381631112222");
        assert_eq!(write(SourceFormat::ZeroZero, "+381631112222").1, "00381631112222");
        assert_eq!(write(SourceFormat::National, "+381631112222"), ((2, 1), "0631112222".into()));
        assert_eq!(write(SourceFormat::National, "+48601").1, "0048601");
        assert_eq!(write(SourceFormat::International, "INFO"), ((5, 0), "INFO".into()));
    }
}
