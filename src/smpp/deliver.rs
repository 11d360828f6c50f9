//! What the SMSC sends, read without a copy: borrowed, lenient views of deliver_sm and the
//! responses.
//!
//! A view reads one isolated frame (see [`super::frame`]), header included, and allocates nothing:
//! a test counts. Lenient means that only what makes a message unreadable is an error; stray octets
//! at the end, cut or unknown TLVs, TLV strings without their NUL, addresses that are too long or
//! not ASCII are read as they stand (3.3, lesson 13). Judging the values is the reader's business.
//! Neighbours: [`super::receipt`] reads receipts in a deliver_sm, [`super::pdu`] is the other way.

use std::fmt;

use super::header::HEADER_OCTETS;
use super::status::Status;

/// Tags of the optional parameters that are read or sent here (section 5.3.2).
pub mod tag {
    /// receipted_message_id (5.3.2.12).
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    /// user_message_reference (5.3.2.17).
    pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
    /// sar_msg_ref_num (5.3.2.22).
    pub const SAR_MSG_REF_NUM: u16 = 0x020C;
    /// sar_total_segments (5.3.2.23).
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
    /// sar_segment_seqnum (5.3.2.24).
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
    /// sc_interface_version (5.3.2.25).
    pub const SC_INTERFACE_VERSION: u16 = 0x0210;
    /// network_error_code (5.3.2.31).
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    /// message_payload (5.3.2.32).
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    /// message_state (5.3.2.35).
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// Why a body can't be read. Its header still can, so the request is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BodyError {
    /// The frame ends before the mandatory fields do, or inside a string that has no NUL.
    #[error("the PDU ends within its mandatory field {0}")]
    Ends(&'static str),
    /// sm_length points beyond the frame.
    #[error("sm_length is {announced}, but {left} octets are left")]
    MessageLength {
        /// What sm_length says.
        announced: u8,
        /// What is there.
        left: usize,
    },
}

impl BodyError {
    /// The status that tells the peer; a permanent one, because the same octets won't improve.
    pub const fn status(self) -> Status {
        match self {
            BodyError::Ends(_) => Status::RINVCMDLEN,
            BodyError::MessageLength { .. } => Status::RINVMSGLEN,
        }
    }
}

/// An address as it stands in a PDU: type of number, numbering plan, octets before the NUL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AddressView<'a> {
    /// Type of number (5.2.5).
    pub ton: u8,
    /// Numbering plan indicator (5.2.6).
    pub npi: u8,
    /// Digits as a rule; anything in practice.
    pub digits: &'a [u8],
}

impl fmt::Debug for AddressView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} [{} octets]", self.ton, self.npi, self.digits.len())
    }
}

/// A deliver_sm (section 4.6.1): a text of a customer, or a delivery receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeliverSm<'a> {
    /// service_type; empty as a rule.
    pub service_type: &'a [u8],
    /// Who sent it.
    pub source: AddressView<'a>,
    /// The short code that it was sent to.
    pub destination: AddressView<'a>,
    /// A bit field (5.2.12); see [`DeliverSm::udhi`] and [`DeliverSm::is_receipt`].
    pub esm_class: u8,
    /// protocol_id (5.2.13).
    pub protocol_id: u8,
    /// priority_flag (5.2.14).
    pub priority: u8,
    /// schedule_delivery_time; unused in deliver_sm, empty as a rule.
    pub schedule_delivery_time: &'a [u8],
    /// validity_period; unused in deliver_sm, empty as a rule.
    pub validity_period: &'a [u8],
    /// Whether an SME acknowledgement is asked for (5.2.17).
    pub registered_delivery: u8,
    /// replace_if_present_flag; unused in deliver_sm.
    pub replace_if_present: u8,
    /// The alphabet (5.2.19); what 0 means is the link's setting.
    pub data_coding: u8,
    /// sm_default_msg_id; unused in deliver_sm.
    pub sm_default_msg_id: u8,
    /// short_message; see [`DeliverSm::text`].
    pub short_message: &'a [u8],
    tail: &'a [u8],
}

impl<'a> DeliverSm<'a> {
    /// Reads a whole deliver_sm, header included.
    ///
    /// # Errors
    /// [`BodyError`] where a mandatory field can't be read; answer with [`BodyError::status`].
    pub fn parse(frame: &'a [u8]) -> Result<DeliverSm<'a>, BodyError> {
        let mut body = Reader::after_header(frame)?;
        let service_type = body.c_string("service_type")?;
        let source = body.address("source_addr")?;
        let destination = body.address("destination_addr")?;
        let esm_class = body.octet("esm_class")?;
        let protocol_id = body.octet("protocol_id")?;
        let priority = body.octet("priority_flag")?;
        let schedule_delivery_time = body.c_string("schedule_delivery_time")?;
        let validity_period = body.c_string("validity_period")?;
        let registered_delivery = body.octet("registered_delivery")?;
        let replace_if_present = body.octet("replace_if_present_flag")?;
        let data_coding = body.octet("data_coding")?;
        let sm_default_msg_id = body.octet("sm_default_msg_id")?;
        let announced = body.octet("sm_length")?;
        let (short_message, tail) = body
            .0
            .split_at_checked(usize::from(announced))
            .ok_or(BodyError::MessageLength { announced, left: body.0.len() })?;
        Ok(DeliverSm {
            service_type,
            source,
            destination,
            esm_class,
            protocol_id,
            priority,
            schedule_delivery_time,
            validity_period,
            registered_delivery,
            replace_if_present,
            data_coding,
            sm_default_msg_id,
            short_message,
            tail,
        })
    }

    /// What was written: short_message, or message_payload where that is empty (3.2.3).
    pub fn text(&self) -> &'a [u8] {
        match self.message_payload() {
            Some(payload) if self.short_message.is_empty() => payload,
            _ => self.short_message,
        }
    }

    /// Whether the text begins with a user data header (5.2.12, GSM features).
    pub const fn udhi(&self) -> bool {
        self.esm_class & 0x40 != 0
    }

    /// Whether this is no text of a customer but a receipt (0x04), an SME's acknowledgement (0x08,
    /// 0x10) or an intermediate notification (0x20): bits 5-2 of esm_class, masked, never compared.
    pub const fn is_receipt(&self) -> bool {
        self.esm_class & 0x3C != 0
    }

    /// The optional parameters, in their order.
    pub const fn tlvs(&self) -> Tlvs<'a> {
        Tlvs(self.tail)
    }

    /// message_payload: a text of up to 64 KiB.
    pub fn message_payload(&self) -> Option<&'a [u8]> {
        self.tlvs().find(tag::MESSAGE_PAYLOAD)
    }

    /// sar_msg_ref_num: which long message this is a part of.
    pub fn sar_msg_ref_num(&self) -> Option<u16> {
        self.tlvs().number(tag::SAR_MSG_REF_NUM)
    }

    /// sar_total_segments: how many parts the long message has.
    pub fn sar_total_segments(&self) -> Option<u8> {
        self.tlvs().number(tag::SAR_TOTAL_SEGMENTS)
    }

    /// sar_segment_seqnum: which part this is, from 1.
    pub fn sar_segment_seqnum(&self) -> Option<u8> {
        self.tlvs().number(tag::SAR_SEGMENT_SEQNUM)
    }

    /// user_message_reference: in a receipt, what we gave in the submit_sm.
    pub fn user_message_reference(&self) -> Option<u16> {
        self.tlvs().number(tag::USER_MESSAGE_REFERENCE)
    }

    /// receipted_message_id, without the NUL that some leave out.
    pub fn receipted_message_id(&self) -> Option<&'a [u8]> {
        self.tlvs().find(tag::RECEIPTED_MESSAGE_ID).map(until_nul)
    }

    /// message_state (5.2.28).
    pub fn message_state(&self) -> Option<u8> {
        self.tlvs().number(tag::MESSAGE_STATE)
    }
}

impl fmt::Debug for DeliverSm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverSm")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("esm_class", &self.esm_class)
            .field("data_coding", &self.data_coding)
            .field("text_octets", &self.text().len())
            .finish_non_exhaustive()
    }
}

/// A submit_sm_resp (section 4.4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubmitSmResp<'a> {
    /// The SMSC's id of the message: opaque octets, up to 64 as specified, more in practice. `None`
    /// where the body is missing (normal beside an error status) or the id is empty.
    pub message_id: Option<&'a [u8]>,
}

impl<'a> SubmitSmResp<'a> {
    /// Reads a whole submit_sm_resp, header included. Nothing in it can be wrong: without its NUL
    /// the id reaches to the end.
    pub fn parse(frame: &'a [u8]) -> SubmitSmResp<'a> {
        let id = until_nul(frame.get(HEADER_OCTETS..).unwrap_or_default());
        SubmitSmResp { message_id: (!id.is_empty()).then_some(id) }
    }
}

/// A bind_transmitter_resp, bind_receiver_resp or bind_transceiver_resp (section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BindResp<'a> {
    /// The SMSC's name of itself; empty where the body is missing.
    pub system_id: &'a [u8],
    /// sc_interface_version; where it is missing, the SMSC takes no optional parameters (3.4).
    pub version: Option<u8>,
}

impl<'a> BindResp<'a> {
    /// Reads a whole bind response, header included; what is missing is empty.
    pub fn parse(frame: &'a [u8]) -> BindResp<'a> {
        let body = frame.get(HEADER_OCTETS..).unwrap_or_default();
        let version = response_tlvs(frame).number(tag::SC_INTERFACE_VERSION);
        BindResp { system_id: until_nul(body), version }
    }
}

/// The optional parameters of a response whose body begins with one string (a name, an id).
pub fn response_tlvs(frame: &[u8]) -> Tlvs<'_> {
    let body = frame.get(HEADER_OCTETS..).unwrap_or_default();
    Tlvs(body.get(until_nul(body).len() + 1..).unwrap_or_default())
}

/// Optional parameters: tag and value, one after the other (section 3.2.4.1).
///
/// Ends where fewer octets are left than a parameter needs; what is left is ignored.
#[derive(Clone, Copy)]
pub struct Tlvs<'a>(&'a [u8]);

impl<'a> Tlvs<'a> {
    /// The value of the first parameter with this tag.
    pub fn find(mut self, tag: u16) -> Option<&'a [u8]> {
        self.find_map(|(found, value)| (found == tag).then_some(value))
    }

    /// The first parameter with this tag as an unsigned number. Its length may differ from the
    /// specified one (some send an octet as a word), its value may not.
    pub fn number<N: TryFrom<u64>>(self, tag: u16) -> Option<N> {
        let value = self.find(tag)?;
        if !(1..=8).contains(&value.len()) {
            return None;
        }
        let number = value.iter().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
        N::try_from(number).ok()
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let [tag @ .., high, low] = *head;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((u16::from_be_bytes(tag), value))
    }
}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.map(|(tag, value)| (tag, value.len()))).finish()
    }
}

fn until_nul(octets: &[u8]) -> &[u8] {
    octets.split(|octet| *octet == 0).next().unwrap_or_default()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn after_header(frame: &'a [u8]) -> Result<Reader<'a>, BodyError> {
        frame.get(HEADER_OCTETS..).map(Reader).ok_or(BodyError::Ends("header"))
    }

    fn octet(&mut self, field: &'static str) -> Result<u8, BodyError> {
        let (first, rest) = self.0.split_first().ok_or(BodyError::Ends(field))?;
        self.0 = rest;
        Ok(*first)
    }

    fn c_string(&mut self, field: &'static str) -> Result<&'a [u8], BodyError> {
        let end = self.0.iter().position(|octet| *octet == 0).ok_or(BodyError::Ends(field))?;
        let (string, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        Ok(string)
    }

    fn address(&mut self, field: &'static str) -> Result<AddressView<'a>, BodyError> {
        let (ton, npi) = (self.octet(field)?, self.octet(field)?);
        Ok(AddressView { ton, npi, digits: self.c_string(field)? })
    }
}

#[cfg(test)]
mod tests;
