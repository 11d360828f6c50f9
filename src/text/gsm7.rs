//! The GSM 7-bit default alphabet and its extension table (3GPP 23.038, 6.2.1), one septet an
//! octet.
//!
//! SMPP carries septets unpacked (the SMSC packs them), so a septet is an octet here. Two traps:
//! `@` is 0x00 and ends nothing, and 0x09 is the capital Ç (Unicode's old table says ç).

/// The septet that announces one of the extension table.
pub const ESCAPE: u8 = 0x1B;

/// The default alphabet by septet; at 0x1B, the escape, stands a space (6.2.1, note 1).
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ' ', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The extension table: the septet after the escape, and its character.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{C}'),
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

/// Reads the character at the head of `octets`, and says how many octets it took.
///
/// Lenient, as 6.2.1 asks of a receiver: an escape without a known follower shows the follower's
/// default character, an escape before another escape or at the end is a space. Bit 8 of an octet
/// means nothing and is dropped. None at the end.
pub fn read(octets: &[u8]) -> Option<(char, usize)> {
    let (&first, rest) = octets.split_first()?;
    if first & 0x7F != ESCAPE {
        return Some((basic(first), 1));
    }
    let Some(&second) = rest.first() else { return Some((' ', 1)) };
    let second = second & 0x7F;
    match EXTENSION.iter().find(|(septet, _)| *septet == second) {
        Some((_, c)) => Some((*c, 2)),
        None => Some((basic(second), 2)),
    }
}

/// The one or two septets of `c`; None if the alphabet lacks it.
pub fn septets(c: char) -> Option<Septets> {
    // Where an ASCII character stands at its own place (letters, digits, most signs), no search.
    if c.is_ascii() && BASIC[c as usize] == c && c as u8 != ESCAPE {
        return Some(Septets::One(c as u8));
    }
    let escape = usize::from(ESCAPE);
    if let Some(at) = BASIC.iter().enumerate().position(|(at, known)| *known == c && at != escape) {
        return u8::try_from(at).ok().map(Septets::One);
    }
    EXTENSION.iter().find(|(_, known)| *known == c).map(|(septet, _)| Septets::Two(*septet))
}

/// How one character is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Septets {
    /// One septet of the default alphabet.
    One(u8),
    /// The escape, then this septet of the extension table.
    Two(u8),
}

impl Septets {
    /// How many septets: 1 or 2.
    pub fn count(self) -> usize {
        match self {
            Septets::One(_) => 1,
            Septets::Two(_) => 2,
        }
    }

    /// Appends them to `out`, one an octet.
    pub fn write(self, out: &mut Vec<u8>) {
        match self {
            Septets::One(septet) => out.push(septet),
            Septets::Two(septet) => out.extend_from_slice(&[ESCAPE, septet]),
        }
    }
}

/// How many septets `text` takes; None if the alphabet lacks one of its characters.
pub fn count(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, c| Some(sum + septets(c)?.count()))
}

fn basic(octet: u8) -> char {
    BASIC[usize::from(octet & 0x7F)]
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
    fn the_odd_places() {
        assert_eq!(text(&[0x00, 0x09, 0x1F, 0x24, 0x40, 0x5B, 0x60, 0x7F]), "@ÇÉ¤¡Ä¿à");
        assert_eq!(septets('@'), Some(Septets::One(0)));
        assert_eq!(septets('Ç'), Some(Septets::One(9)));
        assert_eq!(septets('$'), Some(Septets::One(2)));
        assert_eq!(septets('_'), Some(Septets::One(0x11)));
        assert_eq!(septets(' '), Some(Septets::One(0x20)));
        assert_eq!(septets('€'), Some(Septets::Two(0x65)));
        for absent in ['ç', 'ó', 'č', 'ë', 'Т', '`', '\u{1B}', '\t'] {
            assert_eq!(septets(absent), None, "{absent:?}");
        }
        assert_eq!(count("a[€"), Some(5));
        assert_eq!(count("aë"), None);
    }

    #[test]
    fn escapes_that_lead_nowhere() {
        assert_eq!(text(&[0x1B, 0x65]), "€");
        assert_eq!(text(&[0x1B, 0x41]), "A");
        assert_eq!(text(&[0x41, 0x1B]), "A ");
        assert_eq!(text(&[0x1B, 0x1B, 0x65]), " e");
        assert_eq!(text(&[0xC1]), "A");
    }

    #[test]
    fn every_character_comes_back() {
        for septet in (0..128).filter(|septet| *septet != ESCAPE) {
            assert_eq!(septets(basic(septet)), Some(Septets::One(septet)));
        }
        for (septet, c) in EXTENSION {
            assert_eq!(septets(c), Some(Septets::Two(septet)));
        }
    }

    /// The oracle packs and unpacks by itself; where it knows a character, both must agree.
    #[test]
    fn agrees_with_another_implementation() {
        let all: String = (0..128u8)
            .filter(|septet| *septet != ESCAPE)
            .map(basic)
            .chain(EXTENSION.iter().map(|(_, c)| *c).filter(|c| *c != '\u{C}'))
            .collect();
        for c in all.chars() {
            let mut writer = gsm7::Gsm7Writer::new(Vec::new());
            writer.write_char(c).unwrap();
            let packed = writer.into_writer().unwrap();
            let mut ours = Vec::new();
            septets(c).unwrap().write(&mut ours);
            let mut theirs = vec![packed[0] & 0x7F];
            if ours.len() == 2 {
                theirs.push((packed[0] >> 7) | ((packed[1] << 1) & 0x7F));
            }
            assert_eq!(ours, theirs, "{c:?}");
        }
    }
}
