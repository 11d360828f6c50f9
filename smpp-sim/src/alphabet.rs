//! How a phone's text becomes octets and back: the GSM default alphabet (3GPP 23.038, 6.2.1),
//! one octet a septet as SMPP carries it, and UCS-2. Written here again so that a fault in the
//! alphabet of the system under test can't hide behind the same fault in its test.

use serde::{Deserialize, Serialize};

/// The 128 characters of the GSM default alphabet in order; the escape's place holds U+001B.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: these cost two septets.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

const ESCAPE: u8 = 0x1B;

/// What `data_coding` 0 means at this SMSC (lesson 11: it differs from one to the next).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultAlphabet {
    /// The GSM default alphabet, one octet a septet.
    Gsm7,
    /// ISO 8859-1.
    Latin1,
}

/// The text as GSM octets, or nothing if a character is not in the alphabet.
pub(crate) fn to_gsm7(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if c != '\u{1b}'
            && let Some(code) = basic_code(c)
        {
            out.push(code);
        } else {
            let (code, _) = EXTENSION.iter().find(|(_, e)| *e == c)?;
            out.extend_from_slice(&[ESCAPE, *code]);
        }
    }
    Some(out)
}

/// GSM octets as text; what is outside the tables reads as U+FFFD.
pub(crate) fn from_gsm7(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut octets = octets.iter().copied();
    while let Some(octet) = octets.next() {
        if octet != ESCAPE {
            out.push(basic_char(octet));
        } else if let Some(code) = octets.next() {
            let found = EXTENSION.iter().find(|(e, _)| *e == code);
            // 23.038: a receiver shows the basic character for an escape that it doesn't know.
            out.push(found.map_or_else(|| basic_char(code), |(_, c)| *c));
        }
    }
    out
}

/// The text as ISO 8859-1, or nothing if a character is not in it.
pub(crate) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// The text as UTF-16, high octet first.
pub(crate) fn to_ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Octets of a short message as text, by their data_coding (5.2.19, and 23.038 for classes).
pub(crate) fn decode(octets: &[u8], data_coding: u8, default: DefaultAlphabet) -> String {
    match (data_coding, default) {
        (8 | 0x18..=0x1B, _) => {
            let units =
                octets.chunks(2).map(|c| u16::from_be_bytes([c[0], *c.get(1).unwrap_or(&0)]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        (3, _) | (0, DefaultAlphabet::Latin1) => octets.iter().map(|&o| char::from(o)).collect(),
        (1, _) => octets.iter().map(|&o| char::from(o & 0x7F)).collect(),
        _ => from_gsm7(octets),
    }
}

/// The name of an alphabet for people.
pub fn name(data_coding: u8) -> &'static str {
    match data_coding {
        0 => "GSM-7",
        1 => "ASCII",
        3 => "Latin-1",
        8 => "UCS-2",
        _ => "other",
    }
}

fn basic_code(c: char) -> Option<u8> {
    // Most of ASCII stands at its own place, so the long search is for the rest only.
    if c.is_ascii_alphanumeric() || matches!(c, ' '..='#' | '%'..='?') {
        return u8::try_from(c).ok();
    }
    BASIC.chars().position(|b| b == c).and_then(|at| u8::try_from(at).ok())
}

fn basic_char(octet: u8) -> char {
    if octet.is_ascii_alphanumeric() || matches!(octet, b' '..=b'#' | b'%'..=b'?') {
        return char::from(octet);
    }
    BASIC.chars().nth(usize::from(octet)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_septet_there_and_back() {
        assert_eq!(BASIC.chars().count(), 128);
        for octet in (0..128).filter(|o| *o != ESCAPE) {
            let text = from_gsm7(&[octet]);
            assert_eq!(to_gsm7(&text).unwrap(), [octet], "{text:?}");
        }
        assert_eq!(to_gsm7("€[A@").unwrap(), [0x1B, 0x65, 0x1B, 0x3C, b'A', 0]);
        assert_eq!(to_gsm7("š"), None);
    }

    #[test]
    fn ucs2_keeps_cyrillic_and_pairs() {
        let text = "СТАЊЕ 😀";
        assert_eq!(decode(&to_ucs2(text), 8, DefaultAlphabet::Gsm7), text);
    }
}
