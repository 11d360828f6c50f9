//! tshark on a capture, and what it read.

use std::process::Command;

use bytes::BytesMut;
use tellerd::smpp::frame::next_frame;
use tellerd::smpp::header::Header;

use crate::pcap;
use crate::tap::{Conversation, Side};

/// A PDU, as far as its header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pdu {
    pub(crate) side: Side,
    pub(crate) length: u32,
    pub(crate) id: u32,
    pub(crate) sequence: u32,
}

/// What one side said, as we read it.
pub(crate) fn pdus(conversation: &Conversation, side: Side) -> Vec<Pdu> {
    let mut octets = BytesMut::from(&conversation.said(side)[..]);
    let mut pdus = Vec::new();
    while let Some(frame) = next_frame(&mut octets).unwrap() {
        let Header { length, command_id, sequence, .. } = Header::parse(&frame).unwrap();
        pdus.push(Pdu { side, length, id: command_id.into(), sequence });
    }
    assert!(octets.is_empty(), "{} octets of no PDU", octets.len());
    pdus
}

/// What tshark read.
pub(crate) struct Read {
    pub(crate) pdml: String,
}

pub(crate) fn dissect(conversations: &[Conversation]) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tour.pcap");
    std::fs::write(&file, pcap::file(conversations)).unwrap();
    let run = Command::new("tshark")
        .arg("-r")
        .arg(&file)
        .args(["-d", &format!("tcp.port=={},smpp", pcap::SMPP), "-T", "pdml"])
        // Nobody's preferences and profiles.
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    if let Ok(f) = std::env::var("DUMPCAP") { std::fs::copy(&file, f).unwrap(); }
    Read { pdml: String::from_utf8(run.stdout).unwrap() }
}
