//! The user-data header at the head of a short message, and the place of a part in the whole.
//!
//! With bit 0x40 of esm_class set (a mask, never a comparison: lessons, 12) the octets begin with
//! UDHL and information elements (3GPP 23.040, 9.2.3.24). Only concatenation interests us, and that
//! may come by TLV instead ([`Segment::from_sar`]). [`super::join`] puts the parts together.

/// Concatenation with an 8-bit reference: reference, total, number (9.2.3.24.1).
const CONCAT_8: u8 = 0x00;
/// Concatenation with a 16-bit reference (9.2.3.24.8).
const CONCAT_16: u8 = 0x08;

/// Which part of a long message this is.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize,
)]
pub struct Segment {
    /// Where the reference comes from: equal numbers of two kinds are two messages.
    pub kind: Kind,
    /// The sender's number for the whole message.
    pub reference: u16,
    /// How many parts, at least 1.
    pub total: u8,
    /// Which of them, from 1 to `total`.
    pub number: u8,
}

/// How a part names its message.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize,
)]
pub enum Kind {
    /// 8-bit reference in the header.
    Short,
    /// 16-bit reference in the header.
    Wide,
    /// The TLVs sar_msg_ref_num, sar_total_segments, sar_segment_seqnum.
    Sar,
}

impl Segment {
    /// From the values of the three SAR TLVs (SMPP 3.4, 5.3.2.22 to 24); None if they make no
    /// sense.
    pub fn from_sar(reference: u16, total: u8, number: u8) -> Option<Segment> {
        Segment::new(Kind::Sar, reference, total, number)
    }

    fn new(kind: Kind, reference: u16, total: u8, number: u8) -> Option<Segment> {
        (1..=total).contains(&number).then_some(Segment { kind, reference, total, number })
    }
}

/// Takes the header off `octets` (UDHI set), and gives its segment, if it has one, and the text.
///
/// Elements that we don't know are skipped, of several concatenations the last one counts, and one
/// that makes no sense (number 0, number above total) is ignored (9.2.3.24.1). A header that is
/// longer than the message is none: all octets are text.
pub fn parse(octets: &[u8]) -> (Option<Segment>, &[u8]) {
    let Some((&length, rest)) = octets.split_first() else { return (None, octets) };
    let Some((mut elements, text)) = rest.split_at_checked(usize::from(length)) else {
        return (None, octets);
    };
    let mut segment = None;
    while let [id, length, rest @ ..] = elements {
        let Some((value, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        segment = match (*id, value) {
            (CONCAT_8, [reference, total, number]) => {
                Segment::new(Kind::Short, u16::from(*reference), *total, *number)
            }
            (CONCAT_16, [high, low, total, number]) => {
                Segment::new(Kind::Wide, u16::from_be_bytes([*high, *low]), *total, *number)
            }
            _ => None,
        }
        .or(segment);
        elements = rest;
    }
    (segment, text)
}

/// Appends the header of one part: six octets, or seven with a 16-bit reference.
///
/// Without `wide`, the low eight bits of the reference are sent.
pub fn write(reference: u16, wide: bool, total: u8, number: u8, out: &mut Vec<u8>) {
    let [high, low] = reference.to_be_bytes();
    if wide {
        out.extend_from_slice(&[6, CONCAT_16, 4, high, low, total, number]);
    } else {
        out.extend_from_slice(&[5, CONCAT_8, 3, low, total, number]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(kind: Kind, reference: u16, total: u8, number: u8) -> Option<Segment> {
        Some(Segment { kind, reference, total, number })
    }

    #[test]
    fn both_references_and_strangers_between() {
        let parse = |octets| parse(octets);
        assert_eq!(
            parse(b"\x05\x00\x03\xFE\x02\x01TR"),
            (segment(Kind::Short, 0xFE, 2, 1), &b"TR"[..])
        );
        assert_eq!(
            parse(b"\x06\x08\x04\x12\x34\x02\x02TR"),
            (segment(Kind::Wide, 0x1234, 2, 2), &b"TR"[..])
        );
        // An application port before, a national shift table behind.
        assert_eq!(
            parse(b"\x0E\x05\x04\x0B\x84\x0B\x84\x00\x03\x07\x03\x03\x25\x01\x01TR"),
            (segment(Kind::Short, 7, 3, 3), &b"TR"[..])
        );
        assert_eq!(parse(b"\x00TR"), (None, &b"TR"[..]));
    }

    #[test]
    fn broken_headers_keep_the_text() {
        let none: [(&[u8], &[u8]); 7] = [
            (b"", b""),
            (b"\x05", b"\x05"),
            (b"\x20TR 2", b"\x20TR 2"),
            (b"\x05\x00\x03\x01\x02\x00TR", b"TR"),
            (b"\x05\x00\x03\x01\x02\x03TR", b"TR"),
            (b"\x05\x00\x09\x01\x02\x01TR", b"TR"),
            (b"\x04\x00\x02\x01\x02TR", b"TR"),
        ];
        for (octets, text) in none {
            assert_eq!(parse(octets), (None, text), "{octets:?}");
        }
        // A sensible element is not undone by a senseless one behind it.
        assert_eq!(
            parse(b"\x0A\x00\x03\x01\x02\x01\x00\x03\x01\x02\x00TR").0,
            segment(Kind::Short, 1, 2, 1)
        );
    }

    #[test]
    fn sar_values() {
        assert_eq!(Segment::from_sar(9, 2, 1), segment(Kind::Sar, 9, 2, 1));
        assert_eq!(Segment::from_sar(9, 0, 0), None);
    }

    proptest::proptest! {
        #[test]
        fn a_written_header_is_read(reference: u16, wide: bool, total in 1..=255u8) {
            let mut octets = Vec::new();
            write(reference, wide, total, total, &mut octets);
            octets.extend_from_slice(b"TR");
            let (found, text) = parse(&octets);
            let (kind, reference) =
                if wide { (Kind::Wide, reference) } else { (Kind::Short, reference & 0xFF) };
            proptest::prop_assert_eq!(found, segment(kind, reference, total, total));
            proptest::prop_assert_eq!(text, b"TR");
        }

        #[test]
        fn no_octets_break_it(octets: Vec<u8>) {
            let (_, text) = parse(&octets);
            proptest::prop_assert!(octets.ends_with(text));
        }
    }
}
