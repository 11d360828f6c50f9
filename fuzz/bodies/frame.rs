//! Octets that come in pieces of any length: the frames are the same as those of all at once, each
//! is as long as it announces, and what waits for more is bounded.

use bytes::{Bytes, BytesMut};
use tellerd::base::limits::{PDU_OCTETS_MAX, PDU_OCTETS_MIN};
use tellerd::smpp::frame::{FrameError, next_frame};
use tellerd::smpp::header::Header;

/// Octets that say how long the pieces are, one after the other and then again.
const CUTS: usize = 8;

/// The first octets cut the others into pieces.
pub(crate) fn run(octets: &[u8]) {
    let (cuts, stream) = octets.split_at(CUTS.min(octets.len()));
    let (mut buf, mut rest, mut frames) = (BytesMut::new(), stream, Vec::new());
    let mut end = Ok(());
    for cut in cuts.iter().cycle().take(stream.len()) {
        let (piece, after) = rest.split_at((1 + usize::from(*cut)).min(rest.len()));
        rest = after;
        buf.extend_from_slice(piece);
        end = take(&mut buf, &mut frames);
        if end.is_err() || rest.is_empty() {
            break;
        }
        // Room is made for the PDU that is announced, whose length was looked at.
        assert!(buf.capacity() <= 2 * PDU_OCTETS_MAX as usize, "{} octets", buf.capacity());
    }
    let (mut whole, mut same) = (BytesMut::from(stream), Vec::new());
    assert_eq!(take(&mut whole, &mut same), end);
    assert_eq!(same, frames);
    for frame in frames {
        assert!((PDU_OCTETS_MIN..=PDU_OCTETS_MAX).contains(&(frame.len() as u32)));
        assert_eq!(Header::parse(&frame).map(|header| header.length), Some(frame.len() as u32));
    }
}

fn take(buf: &mut BytesMut, frames: &mut Vec<Bytes>) -> Result<(), FrameError> {
    while let Some(frame) = next_frame(buf)? {
        // As one keeps a frame: a copy, so that the buffer isn't held.
        frames.push(Bytes::copy_from_slice(&frame));
    }
    Ok(())
}
