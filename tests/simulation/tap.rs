//! A tap on the wire: whole PDUs out of octets, and the few fields that the checker looks at.
//!
//! Written from the specification (3.2, 4.4, 4.6, 5.3) and shared with neither side, so that what
//! it reads is neither side's opinion.

use smpp_sim::Profile;

const SUBMIT_SM: u32 = 0x0000_0004;
const DELIVER_SM: u32 = 0x0000_0005;
const CANCEL_SM: u32 = 0x0000_0008;
const RESPONSE: u32 = 0x8000_0000;
const UDHI: u8 = 0x40;
const RECEIPT: u8 = 0x3C;
const MESSAGE_PAYLOAD: u16 = 0x0424;
const USER_MESSAGE_REFERENCE: u16 = 0x0204;
const SAR_SEGMENT: u16 = 0x020F;
/// Longer than any PDU of either side.
const OCTETS_MAX: usize = 66_560;

/// One direction of one connection.
#[derive(Default)]
pub(crate) struct Tap {
    octets: Vec<u8>,
    broken: bool,
}

/// A PDU, as far as it matters.
pub(crate) enum Pdu {
    /// A part towards a phone.
    Submit(Submit),
    /// Its response.
    SubmitResp { sequence: u32, status: u32 },
    /// A phone's text, or a receipt.
    Deliver { sequence: u32, deliver: Deliver },
    /// Its response.
    DeliverResp { sequence: u32, status: u32 },
}

/// submit_sm
pub(crate) struct Submit {
    pub(crate) sequence: u32,
    pub(crate) to: String,
    pub(crate) reference: Option<u16>,
    /// From 0.
    pub(crate) part: u8,
}

/// deliver_sm
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Deliver {
    /// Digits with the country code.
    pub(crate) from: String,
    pub(crate) code: String,
    /// Without user data header, decoded as plain ASCII.
    pub(crate) text: String,
    /// One of several.
    pub(crate) is_part: bool,
    pub(crate) is_receipt: bool,
}

impl Tap {
    /// The PDUs that these octets complete.
    pub(crate) fn read(&mut self, octets: &[u8], profile: &Profile) -> Vec<Pdu> {
        let mut pdus = Vec::new();
        self.octets.extend_from_slice(octets);
        while !self.broken && self.octets.len() >= 16 {
            let length = word(&self.octets, 0) as usize;
            if !(16..=OCTETS_MAX).contains(&length) {
                self.broken = true;
            } else if self.octets.len() < length {
                break;
            } else {
                let frame: Vec<u8> = self.octets.drain(..length).collect();
                pdus.extend(parse(&frame, profile));
            }
        }
        pdus
    }
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

fn parse(frame: &[u8], profile: &Profile) -> Option<Pdu> {
    let (id, status, sequence) = (word(frame, 4), word(frame, 8), word(frame, 12));
    assert_ne!(id, CANCEL_SM, "section 4.9: it may cancel more than is meant, so none is sent");
    match id {
        SUBMIT_SM => Message::read(&frame[16..]).map(|message| {
            Pdu::Submit(Submit {
                sequence,
                to: profile.canonical(&message.to),
                reference: message
                    .tlv(USER_MESSAGE_REFERENCE)
                    .map(|v| u16::from_be_bytes([v[0], v[1]])),
                part: message.part().map_or(0, |part| part - 1),
            })
        }),
        DELIVER_SM => Message::read(&frame[16..]).map(|message| {
            let text = message.tlv(MESSAGE_PAYLOAD).unwrap_or(message.text());
            let deliver = Deliver {
                from: profile.canonical(&message.from),
                code: message.to.clone(),
                text: text.iter().map(|octet| char::from(*octet)).collect(),
                is_part: message.part().is_some() || message.tlv(SAR_SEGMENT).is_some(),
                is_receipt: message.esm_class & RECEIPT != 0,
            };
            Pdu::Deliver { sequence, deliver }
        }),
        _ if id == SUBMIT_SM | RESPONSE => Some(Pdu::SubmitResp { sequence, status }),
        _ if id == DELIVER_SM | RESPONSE => Some(Pdu::DeliverResp { sequence, status }),
        _ => None,
    }
}

/// What submit_sm and deliver_sm have in common.
struct Message<'a> {
    from: String,
    to: String,
    esm_class: u8,
    octets: &'a [u8],
    tlvs: Vec<(u16, &'a [u8])>,
}

impl<'a> Message<'a> {
    fn read(body: &'a [u8]) -> Option<Message<'a>> {
        let mut rest = body;
        let _service_type = string(&mut rest)?;
        rest = rest.get(2..)?;
        let from = string(&mut rest)?;
        rest = rest.get(2..)?;
        let to = string(&mut rest)?;
        let esm_class = *rest.first()?;
        rest = rest.get(3..)?;
        let (_schedule, _validity) = (string(&mut rest)?, string(&mut rest)?);
        // registered_delivery, replace_if_present, data_coding, sm_default_msg_id, sm_length
        let length = usize::from(*rest.get(4)?);
        let octets = rest.get(5..5 + length)?;
        rest = &rest[5 + length..];
        let mut tlvs = Vec::new();
        while let [tag_high, tag_low, length_high, length_low, more @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
            tlvs.push((u16::from_be_bytes([*tag_high, *tag_low]), more.get(..length)?));
            rest = &more[length..];
        }
        Some(Message { from, to, esm_class, octets, tlvs })
    }

    fn tlv(&self, tag: u16) -> Option<&'a [u8]> {
        self.tlvs.iter().find(|(known, _)| *known == tag).map(|(_, value)| *value)
    }

    fn header_octets(&self) -> usize {
        if self.esm_class & UDHI == 0 { 0 } else { 1 + usize::from(self.octets[0]) }
    }

    fn text(&self) -> &'a [u8] {
        &self.octets[self.header_octets()..]
    }

    /// Its number in a user data header whose last octet it is, with 8- or 16-bit references.
    fn part(&self) -> Option<u8> {
        let header = self.header_octets();
        (header > 0).then(|| self.octets[header - 1])
    }
}

fn string(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|octet| *octet == 0)?;
    let text = rest[..end].iter().map(|octet| char::from(*octet)).collect();
    *rest = &rest[end + 1..];
    Some(text)
}
