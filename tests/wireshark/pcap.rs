//! Conversations as a capture file: libpcap's format, IPv4 packets without a link layer.

use crate::tap::{Conversation, Side};

/// The port of SMPP, which every SMSC of a capture has.
pub(crate) const SMPP: u16 = 2_775;

/// The port of the ESME in the first conversation; each next one has the next.
pub(crate) const ESME: u16 = 50_000;

/// LINKTYPE_RAW.
const RAW: u32 = 101;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// The file.
pub(crate) fn file(conversations: &[Conversation]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend_from_slice(&0xA1B2_C3D4_u32.to_le_bytes());
    file.extend_from_slice(&[2, 0, 4, 0]);
    for word in [0, 0, 65_535, RAW] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    let mut capture = Capture { file, packets: 0 };
    for (port, conversation) in (ESME..).zip(conversations) {
        let mut stream = Stream { port, next: [0, 0] };
        capture.packet(&mut stream, Side::Esme, SYN, &[]);
        capture.packet(&mut stream, Side::Smsc, SYN | ACK, &[]);
        capture.packet(&mut stream, Side::Esme, ACK, &[]);
        for (side, octets) in &conversation.segments {
            capture.packet(&mut stream, *side, PSH | ACK, octets);
        }
        capture.packet(&mut stream, Side::Esme, FIN | ACK, &[]);
        capture.packet(&mut stream, Side::Smsc, FIN | ACK, &[]);
        capture.packet(&mut stream, Side::Esme, ACK, &[]);
    }
    capture.file
}

/// A TCP connection: the ESME's port, the next sequence number of each side.
struct Stream {
    port: u16,
    next: [u32; 2],
}

struct Capture {
    file: Vec<u8>,
    packets: u32,
}

impl Capture {
    /// A packet, a millisecond after the last one. Checksums stay 0: nobody computes them here.
    fn packet(&mut self, stream: &mut Stream, from: Side, flags: u8, octets: &[u8]) {
        let (me, peer) = if from == Side::Esme { (0, 1) } else { (1, 0) };
        let (hosts, ports) = ([[10, 0, 0, 1], [10, 0, 0, 2]], [stream.port, SMPP]);
        let length = 40 + octets.len() as u16;
        let mut packet = vec![0x45, 0];
        packet.extend_from_slice(&length.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend_from_slice(&hosts[me]);
        packet.extend_from_slice(&hosts[peer]);
        packet.extend_from_slice(&ports[me].to_be_bytes());
        packet.extend_from_slice(&ports[peer].to_be_bytes());
        packet.extend_from_slice(&stream.next[me].to_be_bytes());
        let acknowledged = if flags & ACK == 0 { 0 } else { stream.next[peer] };
        packet.extend_from_slice(&acknowledged.to_be_bytes());
        packet.extend_from_slice(&[0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        packet.extend_from_slice(octets);
        stream.next[me] += octets.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.packets += 1;
        let (second, micros) = (self.packets / 1_000, self.packets % 1_000 * 1_000);
        for word in [1_800_000_000 + second, micros, u32::from(length), u32::from(length)] {
            self.file.extend_from_slice(&word.to_le_bytes());
        }
        self.file.extend_from_slice(&packet);
    }
}
