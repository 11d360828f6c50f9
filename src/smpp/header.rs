//! The 16 octets that every PDU begins with (section 3.2.1).
//!
//! A PDU whose body can't be read still has a header, and with it an answer: that is why the header
//! is read apart from the body. Before: [`super::frame`]; after: [`super::deliver`],
//! [`super::session`].

use bytes::{BufMut, BytesMut};
pub use rusmpp::CommandId;

use super::status::Status;

/// Octets of a header.
pub const HEADER_OCTETS: usize = 16;

/// The greatest sequence_number; after it comes 1 again (section 5.1.4).
pub const SEQUENCE_MAX: u32 = 0x7FFF_FFFF;

/// A PDU's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// command_length: octets of the whole PDU, this header included.
    pub length: u32,
    /// What is asked, or (bit 31 set) what is answered (section 5.1.2).
    pub command_id: CommandId,
    /// How a request went; 0 in requests (section 5.1.3).
    pub status: Status,
    /// Which request this is, or answers; of the sender's choice (section 5.1.4).
    pub sequence: u32,
}

impl Header {
    /// Reads the header of a frame; `None` where there are fewer than 16 octets.
    pub fn parse(frame: &[u8]) -> Option<Header> {
        let octets: &[u8; HEADER_OCTETS] = frame.first_chunk()?;
        let word = |at: usize| {
            u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
        };
        Some(Header {
            length: word(0),
            command_id: CommandId::from(word(4)),
            status: Status(word(8)),
            sequence: word(12),
        })
    }

    /// Appends the header to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_u32(self.length);
        out.put_u32(self.command_id.into());
        out.put_u32(self.status.0);
        out.put_u32(self.sequence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written() {
        for command_id in [CommandId::SubmitSmResp, CommandId::EnquireLink, CommandId::Other(0x99)]
        {
            let header =
                Header { length: 16, command_id, status: Status(0x58), sequence: SEQUENCE_MAX };
            let mut out = BytesMut::new();
            header.encode(&mut out);
            assert_eq!(out.len(), HEADER_OCTETS);
            assert_eq!(Header::parse(&out), Some(header));
            assert_eq!(Header::parse(&out[..15]), None);
        }
    }
}
