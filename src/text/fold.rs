//! A customer's text as the command parser wants it: upper-case ASCII, single spaces, no wrapping.
//!
//! Requirements 2.0, rules 1 and 2: what phones, keyboards and the seeds' printed quotes add is
//! taken away, accents fall off, Cyrillic is read letter by letter. It is done character by
//! character into an array on the stack: no heap (design, idea 6). The characters come from
//! [`super::decode`], or from the parts that [`super::join`] put together, one behind the other.

use arrayvec::ArrayVec;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::letters::{self, Blank};
use crate::base::limits::FOLDED_OCTETS_MAX;

/// Stands for a character that means nothing to us (an emoji): a word that holds it never matches.
///
/// It can't come from outside, since control characters fold to spaces.
pub const UNKNOWN: u8 = 0x1A;

/// How Cyrillic is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Script {
    /// By sound: `Р` is R, `В` is V.
    #[default]
    Sound,
    /// By looks where they differ: `Р` is P, `В` is B. The second try, if nothing matched.
    Looks,
}

/// A folded text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folded {
    /// Printable ASCII without lower-case letters, single spaces, and [`UNKNOWN`].
    pub bytes: ArrayVec<u8, FOLDED_OCTETS_MAX>,
    /// There was more than fits: no command is as long.
    pub overlong: bool,
}

impl Folded {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever written.
        std::str::from_utf8(&self.bytes).unwrap_or("")
    }
}

/// Folds `chars`; allocates nothing.
///
/// A character that only looks like a number (`²`, `½`, `①`) is [`UNKNOWN`] and no digit: `5²` as
/// an amount must be refused, never read as 52.
pub fn fold(chars: impl Iterator<Item = char>, script: Script) -> Folded {
    let mut writer = Writer { bytes: ArrayVec::new(), gap: false, overlong: false };
    for c in chars {
        character(c, script, &mut writer);
        if writer.overlong {
            break;
        }
    }
    let Writer { mut bytes, overlong, .. } = writer;
    unwrap(&mut bytes);
    Folded { bytes, overlong }
}

/// What one character becomes when it is folded: nothing, a space, or the octets that it is written
/// as.
///
/// For whoever must know which characters of the *original* text the command parser took for what:
/// each character folds by itself, so that all of them in a row give what [`fold`] gives, but for
/// the limit, single spaces, and what wraps the text.
pub fn fold_one(c: char, script: Script) -> ArrayVec<u8, FOLDED_OCTETS_MAX> {
    let mut writer = Writer { bytes: ArrayVec::new(), gap: false, overlong: false };
    character(c, script, &mut writer);
    if writer.gap && writer.bytes.is_empty() {
        writer.bytes.push(b' ');
    }
    writer.bytes
}

fn character(c: char, script: Script, out: &mut Writer) {
    if simple(c, script, out) {
        return;
    }
    let mut counterfeit = false;
    decompose_compatible(c, |part| counterfeit |= part.is_ascii_digit());
    if counterfeit {
        return out.push(UNKNOWN);
    }
    decompose_compatible(c, |part| {
        let undecomposable = part == c;
        if !is_combining_mark(part) && (undecomposable || !simple(part, script, out)) {
            out.push(UNKNOWN);
        }
    });
}

/// Writes `c` if it needs no decomposition; false if it does.
fn simple(c: char, script: Script, out: &mut Writer) -> bool {
    if c.is_ascii_graphic() {
        out.push(c.to_ascii_uppercase() as u8);
        return true;
    }
    match letters::blank(c) {
        Some(Blank::Space) => out.gap = true,
        Some(Blank::Nothing) => {}
        None => {
            let looks = if script == Script::Looks { letters::looks(c) } else { None };
            let spelling = looks.or_else(|| letters::latin(c)).or_else(|| letters::sign(c));
            match (spelling, letters::digit(c)) {
                (Some(spelling), _) => spelling.bytes().for_each(|byte| out.push(byte)),
                (None, Some(digit)) => out.push(digit as u8),
                (None, None) => return false,
            }
        }
    }
    true
}

/// Takes off what wraps the text, however nested, and the stops at its end.
fn unwrap(bytes: &mut ArrayVec<u8, FOLDED_OCTETS_MAX>) {
    let wraps = |byte: u8| b"\"'`()[]{}<> ".contains(&byte);
    let stops = |byte: u8| wraps(byte) || b".!?,;:".contains(&byte);
    let end = bytes.iter().rposition(|byte| !stops(*byte)).map_or(0, |last| last + 1);
    bytes.truncate(end);
    let start = bytes.iter().position(|byte| !wraps(*byte)).unwrap_or(0);
    bytes.drain(..start);
}

/// Writes bytes, a gap of any width as one space, and none at the ends.
struct Writer {
    bytes: ArrayVec<u8, FOLDED_OCTETS_MAX>,
    gap: bool,
    overlong: bool,
}

impl Writer {
    fn push(&mut self, byte: u8) {
        let gap = std::mem::take(&mut self.gap) && !self.bytes.is_empty();
        if gap && self.bytes.try_push(b' ').is_err() || self.bytes.try_push(byte).is_err() {
            self.overlong = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::decode::{self, Alphabet};

    fn sound(text: &str) -> String {
        String::from_utf8(fold(text.chars(), Script::Sound).bytes.to_vec()).unwrap()
    }

    fn looks(text: &str) -> String {
        String::from_utf8(fold(text.chars(), Script::Looks).bytes.to_vec()).unwrap()
    }

    #[test]
    fn what_customers_send() {
        let cases = [
            ("tr 2", "TR 2"),
            ("ТР 2", "TR 2"),
            ("тр2", "TR2"),
            ("трс", "TRS"),
            ("КТ 1600", "KT 1600"),
            ("Курс", "KURS"),
            ("KURS.", "KURS"),
            ("пријава ауторизација 6666", "PRIJAVA AUTORIZACIJA 6666"),
            ("ОДЈАВА", "ODJAVA"),
            ("odjava!", "ODJAVA"),
            ("ПЦА ВЕ 1234 0101990710008", "PCA VE 1234 0101990710008"),
            ("PCA  VE 1234  0101990710008 ", "PCA VE 1234 0101990710008"),
            ("“Bilanc”", "BILANC"),
            ("„Bilanc“", "BILANC"),
            ("«(\"Bilanc\")»!", "BILANC"),
            (" [‘Bilanc’?]. ", "BILANC"),
            ("B.", "B"),
            ("Përshëndetje, sa para kam?", "PERSHENDETJE, SA PARA KAM"),
            ("482913 sałdo", "482913 SALDO"),
            ("482913#SALDO#1", "482913#SALDO#1"),
            ("#482913#SALDO#", "#482913#SALDO#"),
            ("８", "8"),
            ("ＴＲ\u{3000}２", "TR 2"),
            ("TR\u{A0}\t\r\n2", "TR 2"),
            ("\u{FEFF}T\u{200B}R\u{2009}2\u{0}", "TR 2"),
            ("044123456 5€", "044123456 5EUR"),
            ("+37744123456 5", "+37744123456 5"),
            ("044123456 ‑5", "044123456 -5"),
            ("PRIJAVA PRILIV TR 2 10.000,-", "PRIJAVA PRILIV TR 2 10.000,-"),
            ("PRIJAVA PRILIV TR 2 10\u{202F}000", "PRIJAVA PRILIV TR 2 10 000"),
            ("Тr 2", "TR 2"),
            ("٣ ३ 𝟠", "3 3 8"),
            ("", ""),
            ("?", ""),
            (" \"\" ", ""),
        ];
        for (text, folded) in cases {
            assert_eq!(sound(text), folded, "{text:?}");
        }
    }

    #[test]
    fn letters_of_the_four_languages() {
        assert_eq!(sound("čćšžđ ČĆŠŽĐ"), "CCSZDJ CCSZDJ");
        assert_eq!(sound("ð Ð Đ ë Ë ç Ç"), "DJ DJ DJ E E C C");
        assert_eq!(sound("ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ"), "ACELNOSZZ ACELNOSZZ");
        assert_eq!(
            sound("А Б В Г Д Ђ Е Ж З И Ј К Л Љ М Н Њ О П Р С Т Ћ У Ф Х Ц Ч Џ Ш"),
            "A B V G D DJ E Z Z I J K L LJ M N NJ O P R S T C U F H C C DZ S"
        );
        assert_eq!(
            sound("а б в г д ђ е ж з и ј к л љ м н њ о п р с т ћ у ф х ц ч џ ш"),
            "A B V G D DJ E Z Z I J K L LJ M N NJ O P R S T C U F H C C DZ S"
        );
        // The same letters, taken apart by the phone.
        assert_eq!(sound("c\u{30C}s\u{30C}e\u{308} Е\u{308}"), "CSE E");
        assert_eq!(sound("ß ø æ å ĳ ﬁ Ω ς"), "SS O AE A IJ FI O S");
    }

    #[test]
    fn the_second_try_goes_by_looks() {
        assert_eq!(looks("РСА ВЕ"), "PCA BE");
        assert_eq!(looks("ВК"), "BK");
        assert_eq!(looks("Н У Х М Т О Ј А Б"), "H Y X M T O J A B");
    }

    #[test]
    fn what_means_nothing_never_matches() {
        assert_eq!(sound("TR 😀"), "TR \u{1A}");
        assert_eq!(sound("T😀R"), "T\u{1A}R");
        assert_eq!(sound("余额 \u{FFFD}"), "\u{1A}\u{1A} \u{1A}");
        assert_eq!(sound("T\u{1A}R"), "T R");
        assert_eq!(sound("44 5² 5½ ①"), "44 5\u{1A} 5\u{1A} \u{1A}");
    }

    #[test]
    fn what_is_longer_is_no_command() {
        let full = fold("A".repeat(FOLDED_OCTETS_MAX).chars(), Script::Sound);
        assert!(full.bytes.len() == FOLDED_OCTETS_MAX && !full.overlong);
        assert!(fold("A".repeat(FOLDED_OCTETS_MAX + 1).chars(), Script::Sound).overlong);
        let spaces = format!("{}TR{}", " ".repeat(300), " ".repeat(300));
        assert_eq!(fold(spaces.chars(), Script::Sound).bytes.as_slice(), b"TR");
    }

    #[test]
    fn nothing_is_allocated() {
        let text = "“Пријава” ð ½ 余 e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307} ﷺ 각 😀 ８";
        let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let gsm = [0x54, 0x52, 0x20, 0x1B, 0x65, 0x09, 0x10];
        let counted = allocation_counter::measure(|| {
            for (coding, octets) in [(8, &octets[..]), (0, &gsm[..])] {
                let chars = decode::chars(coding, Alphabet::Gsm7, octets);
                std::hint::black_box(fold(chars.clone(), Script::Sound));
                std::hint::black_box(fold(chars, Script::Looks));
            }
        });
        assert_eq!(counted.count_total, 0);
        // The counter does count.
        assert_eq!(
            allocation_counter::measure(|| drop(std::hint::black_box(vec![1]))).count_total,
            1
        );
    }

    proptest::proptest! {
        #[test]
        fn the_result_is_plain_and_folding_it_changes_nothing(text: String) {
            let once = fold(text.chars(), Script::Sound).bytes;
            let plain = |byte: &u8| {
                (b' '..=b'~').contains(byte) && !byte.is_ascii_lowercase() || *byte == UNKNOWN
            };
            proptest::prop_assert!(once.iter().all(plain));
            proptest::prop_assert!(!once.windows(2).any(|pair| pair == b"  "));
            if !once.contains(&UNKNOWN) {
                let again = fold(once.iter().map(|byte| char::from(*byte)), Script::Sound);
                proptest::prop_assert_eq!(again.bytes, once);
            }
        }
    }
}
