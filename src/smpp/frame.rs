//! Bytes in, whole PDUs out: isolates one PDU by its command_length, within bounds (section 3.2).
//!
//! Everything after this reads an isolated slice, so a fault inside one PDU can't put the stream
//! out of step: a missing NUL never reaches into the next PDU. Next: [`super::header`].

use bytes::{Bytes, BytesMut};

use crate::base::limits::{PDU_OCTETS_MAX, PDU_OCTETS_MIN};

/// What a command_length outside the bounds looks like. None can be recovered from: where the next
/// PDU begins is unknown, so the connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// Shorter than a header.
    #[error("a PDU of {0} octets is announced, shorter than its own header (16)")]
    TooShort(u32),
    /// Longer than anything we take.
    #[error("a PDU of {0} octets is announced, more than {PDU_OCTETS_MAX}")]
    TooLong(u32),
    /// The four octets are printable text: the peer speaks another protocol.
    #[error("the peer doesn't speak SMPP: its PDU begins with the text {:?}", as_text(.0))]
    NotSmpp([u8; 4]),
}

/// Takes the first whole PDU out of `buf`, without copying; `None` while it is incomplete.
///
/// Room for the announced rest is reserved in `buf`, so that the reader needs no second look.
///
/// # Errors
/// [`FrameError`] where the announced length is out of bounds; `buf` is left as it is.
pub fn next_frame(buf: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
    let Some(head) = buf.first_chunk::<4>() else { return Ok(None) };
    let length = checked_length(*head)?;
    if buf.len() < length {
        buf.reserve(length - buf.len());
        return Ok(None);
    }
    Ok(Some(buf.split_to(length).freeze()))
}

fn checked_length(head: [u8; 4]) -> Result<usize, FrameError> {
    let length = u32::from_be_bytes(head);
    match length {
        0..PDU_OCTETS_MIN => Err(FrameError::TooShort(length)),
        PDU_OCTETS_MIN..=PDU_OCTETS_MAX => Ok(length as usize),
        // Text is always above the bound: its first octet alone is worth 2^29.
        _ if head.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n')) => {
            Err(FrameError::NotSmpp(head))
        }
        _ => Err(FrameError::TooLong(length)),
    }
}

fn as_text(head: &[u8; 4]) -> &str {
    std::str::from_utf8(head).unwrap_or("????")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pdu(length: usize) -> Vec<u8> {
        let mut octets = (length as u32).to_be_bytes().to_vec();
        octets.resize(length, 7);
        octets
    }

    #[test]
    fn incomplete_input_is_no_error() {
        let whole = pdu(20);
        for end in 0..whole.len() {
            let mut buf = BytesMut::from(&whole[..end]);
            assert_eq!(next_frame(&mut buf), Ok(None));
            assert_eq!(buf.len(), end);
        }
    }

    #[test]
    fn two_frames_come_out_one_by_one() {
        let mut buf = BytesMut::from(&[pdu(16), pdu(33)].concat()[..]);
        assert_eq!(next_frame(&mut buf).unwrap().unwrap().len(), 16);
        assert_eq!(next_frame(&mut buf).unwrap().unwrap(), pdu(33));
        assert_eq!(next_frame(&mut buf), Ok(None));
    }

    #[test]
    fn a_length_out_of_bounds_says_what_it_looks_like() {
        let read = |head: &[u8]| next_frame(&mut BytesMut::from(head)).unwrap_err();
        assert_eq!(read(&[0, 0, 0, 15]), FrameError::TooShort(15));
        assert_eq!(read(&[0, 0, 0, 0, 1]), FrameError::TooShort(0));
        assert_eq!(read(&(PDU_OCTETS_MAX + 1).to_be_bytes()), FrameError::TooLong(66_561));
        assert_eq!(read(&[0xFF; 4]), FrameError::TooLong(u32::MAX));
        assert_eq!(read(b"HTTP/1.1 400"), FrameError::NotSmpp(*b"HTTP"));
        assert_eq!(u32::from_be_bytes(*b"HTTP"), 1_213_486_160);
        assert!(read(b"HTTP").to_string().contains("\"HTTP\""));
    }

    #[test]
    fn the_bounds_themselves_pass() {
        for length in [PDU_OCTETS_MIN, PDU_OCTETS_MAX] {
            let mut buf = BytesMut::from(&pdu(length as usize)[..]);
            assert_eq!(next_frame(&mut buf).unwrap().unwrap().len(), length as usize);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_frames_of_their_length_or_an_error(
            bytes in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..200)
        ) {
            let mut buf = BytesMut::from(&bytes[..]);
            while let Ok(Some(frame)) = next_frame(&mut buf) {
                let announced = u32::from_be_bytes(*frame.first_chunk().unwrap());
                prop_assert_eq!(frame.len(), announced as usize);
            }
        }
    }
}
