//! A tiny ESME out of rusmpp's types: requests as octets, and what an SMSC wrote as commands.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a helper of tests")]

pub(crate) mod lab;

use std::str::FromStr;

use bytes::{BufMut, BytesMut};
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Length, owned::Encode};
use rusmpp::pdus::{BindReceiver, BindTransceiver, BindTransmitter, DeliverSmResp, SubmitSm};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmpp::{Command, CommandStatus, Pdu};

pub(crate) fn octets(status: u32, sequence: u32, pdu: impl Into<Pdu>) -> Vec<u8> {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let mut out = BytesMut::new();
    out.put_u32(4 + command.length() as u32);
    command.encode(&mut out);
    out.to_vec()
}

pub(crate) fn text<const A: usize, const B: usize>(text: &str) -> COctetString<A, B> {
    COctetString::from_str(text).unwrap()
}

pub(crate) fn bind(sequence: u32, system: &str, password: &str) -> Vec<u8> {
    let bind = BindTransceiver::builder().system_id(text(system)).password(text(password));
    octets(0, sequence, bind.interface_version(InterfaceVersion::Smpp3_4).build())
}

pub(crate) fn bind_receiver(sequence: u32, system: &str) -> Vec<u8> {
    octets(0, sequence, BindReceiver::builder().system_id(text(system)).build())
}

pub(crate) fn bind_transmitter(sequence: u32, system: &str) -> Vec<u8> {
    octets(0, sequence, BindTransmitter::builder().system_id(text(system)).build())
}

pub(crate) fn submit(sequence: u32, from: &str, to: &str, body: &[u8], receipt: bool) -> Vec<u8> {
    submit_as(sequence, from, to, body, receipt, 0, 0)
}

pub(crate) fn submit_as(
    sequence: u32,
    from: &str,
    to: &str,
    body: &[u8],
    receipt: bool,
    esm_class: u8,
    data_coding: u8,
) -> Vec<u8> {
    let pdu = SubmitSm::builder()
        .source_addr(text(from))
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(text(to))
        .esm_class(EsmClass::from(esm_class))
        .data_coding(DataCoding::from(data_coding))
        .registered_delivery(RegisteredDelivery::from(u8::from(receipt)))
        .short_message(OctetString::from_slice(body).unwrap())
        .build();
    octets(0, sequence, pdu)
}

/// With this registered_delivery.
pub(crate) fn submit_asking(
    sequence: u32,
    from: &str,
    to: &str,
    body: &[u8],
    registered: u8,
) -> Vec<u8> {
    let pdu = SubmitSm::builder()
        .source_addr(text(from))
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(text(to))
        .esm_class(EsmClass::from(0))
        .registered_delivery(RegisteredDelivery::from(registered))
        .short_message(OctetString::from_slice(body).unwrap())
        .build();
    octets(0, sequence, pdu)
}

/// With this validity_period.
pub(crate) fn submit_valid(sequence: u32, validity: &str) -> Vec<u8> {
    let pdu = SubmitSm::builder()
        .source_addr(text("5622"))
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(text("381631112222"))
        .esm_class(EsmClass::from(0))
        .registered_delivery(RegisteredDelivery::from(1))
        .validity_period(validity.parse().unwrap())
        .short_message(OctetString::from_slice(b"Stanje").unwrap())
        .build();
    octets(0, sequence, pdu)
}

/// With TLVs, octet by octet.
pub(crate) fn submit_with_tlvs(
    sequence: u32,
    from: &str,
    to: &str,
    body: &[u8],
    esm_class: u8,
    tlvs: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut out = submit_as(sequence, from, to, body, false, esm_class, 0);
    for (tag, value) in tlvs {
        out.put_u16(*tag);
        out.put_u16(u16::try_from(value.len()).unwrap());
        out.put_slice(value);
    }
    let length = u32::try_from(out.len()).unwrap();
    out[..4].copy_from_slice(&length.to_be_bytes());
    out
}

pub(crate) fn deliver_resp(sequence: u32, status: u32) -> Vec<u8> {
    octets(status, sequence, DeliverSmResp::default())
}

/// Takes the whole PDUs off a buffer.
pub(crate) fn commands(buffer: &mut BytesMut) -> Vec<Command> {
    let mut found = Vec::new();
    while buffer.len() >= 4 {
        let length = u32::from_be_bytes(buffer[..4].try_into().unwrap()) as usize;
        if buffer.len() < length {
            break;
        }
        let mut frame = buffer.split_to(length).split_off(4);
        found.push(Command::decode(&mut frame, length - 4).unwrap().0);
    }
    found
}
