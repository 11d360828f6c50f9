//! The octets of a short message, read as characters: one iterator, no allocation.
//!
//! data_coding says which alphabet (SMPP 3.4, 5.2.19; 3GPP 23.038, section 4), but for 0 only the
//! link knows (lessons, 11). [`super::fold`] makes a command of what comes out.

use super::{gsm7, ucs2};
use crate::base::limits::TEXT_IN_CHARS_MAX;

/// What data_coding 0 means on a link ("SMSC default alphabet").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// GSM 03.38, one septet an octet: most SMSCs.
    #[default]
    Gsm7,
    /// ISO 8859-1.
    Latin1,
    /// IA5, that is US-ASCII.
    Ascii,
}

/// The characters of `octets`, which a user-data header no longer precedes.
///
/// What can't be read (half a surrogate pair) is U+FFFD; nothing is an error.
pub fn chars(data_coding: u8, default: Alphabet, octets: &[u8]) -> Chars<'_> {
    Chars { coding: Coding::of(data_coding, default), octets }
}

/// What is kept of a text: all of it up to [`TEXT_IN_CHARS_MAX`] characters. A longer one is cut
/// behind a letter (half of a number may be half of a card's) and ends in U+FFFD, which the command
/// parser reads as one word too many: what is left of a change is no change.
pub fn kept(mut chars: impl Iterator<Item = char>) -> String {
    let mut text: String = chars.by_ref().take(TEXT_IN_CHARS_MAX).collect();
    if chars.next().is_some() {
        text.truncate(text.trim_end_matches(|c: char| !c.is_alphabetic()).len());
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

/// See [`chars`].
#[derive(Clone, Debug)]
pub struct Chars<'a> {
    coding: Coding,
    octets: &'a [u8],
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let (c, taken) = match self.coding {
            Coding::Gsm7 => gsm7::read(self.octets)?,
            Coding::Latin1 => (char::from(*self.octets.first()?), 1),
            Coding::Cyrillic => (cyrillic(*self.octets.first()?), 1),
            Coding::Ucs2 => ucs2::read(self.octets)?,
        };
        self.octets = self.octets.get(taken..).unwrap_or_default();
        Some(c)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.octets.len() / 4, Some(self.octets.len()))
    }
}

impl std::iter::FusedIterator for Chars<'_> {}

/// How octets become characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coding {
    Gsm7,
    /// Also for ASCII: links that promise it send Latin-1 all the same, and none sends anything
    /// else.
    Latin1,
    /// ISO 8859-5.
    Cyrillic,
    Ucs2,
}

impl Coding {
    fn of(data_coding: u8, default: Alphabet) -> Coding {
        let default = match default {
            Alphabet::Gsm7 => Coding::Gsm7,
            Alphabet::Latin1 | Alphabet::Ascii => Coding::Latin1,
        };
        match data_coding {
            // 2 and 4 are "octets, unspecified": text all the same, where a bank's customer sends
            // it.
            1..=4 => Coding::Latin1,
            6 => Coding::Cyrillic,
            8 => Coding::Ucs2,
            // General data coding with a message class: the alphabet is in bits 3 and 2.
            0x10..=0x1F => match data_coding & 0x0C {
                0x00 => Coding::Gsm7,
                0x04 => Coding::Latin1,
                0x08 => Coding::Ucs2,
                _ => default,
            },
            // Message waiting, stored, in UCS-2.
            0xE0..=0xEF => Coding::Ucs2,
            // Data coding and message class: bit 2 alone.
            0xF0..=0xFF if data_coding & 0x04 == 0 => Coding::Gsm7,
            0xF0..=0xFF => Coding::Latin1,
            _ => default,
        }
    }
}

/// ISO 8859-5: but for three places, Unicode's Cyrillic block moved down by 0x360.
fn cyrillic(octet: u8) -> char {
    match octet {
        0..=0xA0 | 0xAD => char::from(octet),
        0xF0 => '№',
        0xFD => '§',
        _ => char::from_u32(u32::from(octet) + 0x360).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_coding: u8, default: Alphabet, octets: &[u8]) -> String {
        chars(data_coding, default, octets).collect()
    }

    #[test]
    fn data_coding_zero_is_the_links() {
        assert_eq!(text(0, Alphabet::Gsm7, &[0x00, 0x54, 0x09]), "@TÇ");
        assert_eq!(text(0, Alphabet::Latin1, &[0x40, 0x54, 0xE7]), "@Tç");
        assert_eq!(text(0, Alphabet::Ascii, b"TR 2@"), "TR 2@");
        assert_eq!(text(5, Alphabet::Gsm7, &[0x00]), "@");
    }

    #[test]
    fn the_others_are_the_specifications() {
        let cases: [(u8, &[u8], &str); 12] = [
            (1, b"T$", "T$"),
            (2, &[0xE9], "é"),
            (3, &[0xE9], "é"),
            (4, &[0xE9], "é"),
            (6, &[0xC2, 0xC0, 0xF0, 0xFD, 0xFF, 0xA1], "ТР№§џЁ"),
            (8, &[0x04, 0x22], "Т"),
            (0x10, &[0x00], "@"),
            (0x15, &[0xE9], "é"),
            (0x18, &[0x04, 0x22], "Т"),
            (0xE0, &[0x04, 0x22], "Т"),
            (0xF1, &[0x00], "@"),
            (0xF5, &[0xE9], "é"),
        ];
        for (data_coding, octets, expected) in cases {
            assert_eq!(text(data_coding, Alphabet::Gsm7, octets), expected, "{data_coding:#x}");
        }
    }

    #[test]
    fn a_text_longer_than_any_phone_sends_is_cut_behind_a_letter() {
        let longest = "1".repeat(TEXT_IN_CHARS_MAX);
        assert_eq!(kept(longest.chars()), longest);
        let card = "4539148803461234";
        let head = format!("{}b ", "a".repeat(TEXT_IN_CHARS_MAX - 10));
        let cut = kept(format!("{head}{card}").chars());
        assert_eq!(cut, format!("{}\u{FFFD}", head.trim_end()));
    }

    proptest::proptest! {
        #[test]
        fn any_octets_are_read_to_their_end(data_coding: u8, octets: Vec<u8>) {
            let most = octets.len();
            let count = chars(data_coding, Alphabet::Gsm7, &octets).count();
            proptest::prop_assert!(count <= most && count >= most / 4);
        }
    }
}
