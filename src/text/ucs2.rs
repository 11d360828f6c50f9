//! UCS-2 as phones send it: UTF-16, big-endian (data_coding 8; 3GPP 23.038, 6.2.3).
//!
//! The name is old: emoji come as surrogate pairs. A pair whose half is missing becomes U+FFFD.

/// Reads the character at the head of `octets`, and says how many octets it took.
///
/// A lone surrogate is U+FFFD; one odd octet at the end is ignored. None at the end.
pub fn read(octets: &[u8]) -> Option<(char, usize)> {
    let [high, low, rest @ ..] = octets else { return None };
    let unit = u16::from_be_bytes([*high, *low]);
    let second = match rest {
        [high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    match char::decode_utf16(std::iter::once(unit).chain(second)).next() {
        Some(Ok(c)) => Some((c, 2 * c.len_utf16())),
        _ => Some((char::REPLACEMENT_CHARACTER, 2)),
    }
}

/// Appends `c` to `out`: two octets, or four above U+FFFF.
pub fn write(c: char, out: &mut Vec<u8>) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(&unit.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mut octets: &[u8]) -> String {
        let mut text = String::new();
        while let Some((c, taken)) = read(octets) {
            text.push(c);
            octets = &octets[taken..];
        }
        text
    }

    #[test]
    fn pairs_and_broken_pairs() {
        assert_eq!(text(&[0x04, 0x22, 0x04, 0x20]), "ТР");
        assert_eq!(text(&[0xD8, 0x3D, 0xDE, 0x00, 0x00, 0x41]), "😀A");
        assert_eq!(text(&[0xD8, 0x3D, 0x00, 0x41]), "\u{FFFD}A");
        assert_eq!(text(&[0xDE, 0x00, 0xD8, 0x3D]), "\u{FFFD}\u{FFFD}");
        assert_eq!(text(&[0x00, 0x41, 0x00]), "A");
        assert_eq!(text(&[]), "");
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(original: String) {
            let mut octets = Vec::new();
            original.chars().for_each(|c| write(c, &mut octets));
            proptest::prop_assert_eq!(text(&octets), original);
        }
    }
}
