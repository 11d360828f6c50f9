//! Frames and headers around rusmpp's PDUs. rusmpp reads past `command_length` where a NUL is
//! missing, so a frame is cut out first and only that slice is decoded (SMPP 3.4, 3.2.1).

use std::str::FromStr;

use bytes::{BufMut, Bytes, BytesMut};
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Length, owned::Encode};
use rusmpp::types::COctetString;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};

use crate::profile::VendorTlv;

/// Octets of a PDU's header.
pub(crate) const HEADER: usize = 16;

/// No PDU is longer: message_payload has at most 64 KiB.
pub(crate) const PDU_MAX: usize = 70_000;

/// The four numbers that every PDU begins with, without the length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) id: u32,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
}

/// A length that no PDU can have; the stream can't be read on.
pub(crate) struct BadLength;

/// Takes the next whole PDU off the buffer; none yet is not an error.
pub(crate) fn take_frame(input: &mut BytesMut) -> Result<Option<(Header, BytesMut)>, BadLength> {
    let Some(length) = word(input, 0) else { return Ok(None) };
    let length = length as usize;
    if !(HEADER..=PDU_MAX).contains(&length) {
        return Err(BadLength);
    }
    if input.len() < length {
        return Ok(None);
    }
    let frame = input.split_to(length);
    let at = |i| word(&frame, i).unwrap_or_default();
    let header = Header { id: at(4), status: at(8), sequence: at(12) };
    Ok(Some((header, frame)))
}

/// The PDU of an isolated frame, or nothing if rusmpp can't read it.
pub(crate) fn decode(mut frame: BytesMut) -> Option<Command> {
    let mut rest = frame.split_off(4);
    let length = rest.len();
    let (command, _) = Command::decode(&mut rest, length).ok()?;
    // What is left over belongs to no field that rusmpp knows: the ESME wrote it wrongly.
    rest.is_empty().then_some(command)
}

/// A whole PDU, ready to be sent.
pub(crate) fn encode(status: u32, sequence: u32, pdu: impl Into<Pdu>) -> Bytes {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let length = 4 + command.length();
    let mut out = BytesMut::with_capacity(length);
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    command.encode(&mut out);
    out.freeze()
}

/// A header without a body.
pub(crate) fn encode_bare(id: CommandId, status: u32, sequence: u32) -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER);
    out.put_u32(16);
    out.put_u32(id.into());
    out.put_u32(status);
    out.put_u32(sequence);
    out.freeze()
}

/// The PDU with TLVs and octets more at its end.
pub(crate) fn lengthen(frame: &[u8], tlvs: &[VendorTlv], trailing: &[u8]) -> Bytes {
    let mut out = BytesMut::from(frame);
    for tlv in tlvs {
        let Ok(length) = u16::try_from(tlv.value.len()) else { continue };
        out.put_u16(tlv.tag);
        out.put_u16(length);
        out.put_slice(&tlv.value);
    }
    out.put_slice(trailing);
    let length = u32::try_from(out.len()).unwrap_or(u32::MAX);
    out[..4].copy_from_slice(&length.to_be_bytes());
    out.freeze()
}

/// Appends a PDU that was encoded before under another sequence number.
pub(crate) fn put_with_sequence(out: &mut BytesMut, frame: &[u8], sequence: u32) {
    let at = out.len();
    out.extend_from_slice(frame);
    if let Some(place) = out.get_mut(at + 12..at + 16) {
        place.copy_from_slice(&sequence.to_be_bytes());
    }
}

/// A string for a field; what doesn't fit or isn't ASCII becomes the empty one.
pub(crate) fn c_string<const MIN: usize, const MAX: usize>(text: &str) -> COctetString<MIN, MAX> {
    COctetString::from_str(text).unwrap_or_default()
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at + 4)?;
    Some(u32::from_be_bytes(octets.try_into().ok()?))
}
