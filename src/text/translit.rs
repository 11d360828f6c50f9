//! Outgoing text in the letters that an alphabet has: accents off, Cyrillic to Latin, plain quotes.
//!
//! Banks here write without diacritics, since one `č` would turn 160 letters a part into 70
//! (requirements, section 4). The table is the one that [`super::fold`] reads with; here case is
//! kept. [`super::encode`] counts and writes what comes out.

use std::iter::Peekable;
use std::str::Chars;

use arrayvec::ArrayVec;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::decode::Alphabet;
use super::gsm7;
use super::letters::{self, Blank};

/// Stands for what has no plain spelling.
pub const LOST: char = '?';

/// One character of a text written plainly, see [`plain`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Letter {
    /// A character that the alphabet has.
    pub c: char,
    /// Its septets in GSM 7-bit: 1 or 2.
    pub septets: usize,
    /// It is a [`LOST`] that stands for something else.
    pub lost: bool,
}

/// The septets of `c` if a link with `alphabet` can carry it to any phone.
///
/// What isn't in GSM 7-bit is refused even if the link's alphabet has it: the SMSC makes GSM 7-bit
/// of it towards the phone, and what it does to the rest nobody promises.
pub fn septets(c: char, alphabet: Alphabet) -> Option<usize> {
    let fits = match alphabet {
        Alphabet::Gsm7 => true,
        Alphabet::Latin1 => u32::from(c) <= 0xFF,
        Alphabet::Ascii => c.is_ascii(),
    };
    if fits { gsm7::septets(c).map(gsm7::Septets::count) } else { None }
}

/// `text`, written with the characters of `alphabet`; `euro_word` writes EUR even where € exists
/// (some routes lose the sign: requirements, section 4).
pub fn plain(text: &str, alphabet: Alphabet, euro_word: bool) -> Plain<'_> {
    Plain {
        chars: text.chars().peekable(),
        alphabet,
        euro_word,
        after_capital: false,
        ready: ArrayVec::new(),
    }
}

/// Most letters that one character becomes: U+FDFA decomposes to 18.
const SPELLING_MAX: usize = 32;

/// An iterator of [`Letter`], see [`plain`]; it doesn't allocate.
#[derive(Clone, Debug)]
pub struct Plain<'a> {
    chars: Peekable<Chars<'a>>,
    alphabet: Alphabet,
    euro_word: bool,
    after_capital: bool,
    /// What is left of the last character's spelling, last letter first.
    ready: ArrayVec<Letter, SPELLING_MAX>,
}

impl Iterator for Plain<'_> {
    type Item = Letter;

    fn next(&mut self) -> Option<Letter> {
        while self.ready.is_empty() {
            let c = self.chars.next()?;
            self.spell(c);
            self.ready.reverse();
            self.after_capital = c.is_uppercase();
        }
        self.ready.pop()
    }
}

impl Plain<'_> {
    fn spell(&mut self, c: char) {
        if c == '€' && self.euro_word {
            return self.push_all("EUR".chars());
        }
        if self.simple(c, c) {
            return;
        }
        // One `?` for one character, however many letters it decomposes to.
        let mut lost = false;
        decompose_compatible(c, |part| {
            let undecomposable = part == c;
            lost |= !is_combining_mark(part) && (undecomposable || !self.simple(part, c));
        });
        if lost {
            self.ready.clear();
            self.push(LOST, true);
        }
    }

    /// Spells `c`, in the case of `original`, if that needs no decomposition.
    fn simple(&mut self, c: char, original: char) -> bool {
        if septets(c, self.alphabet).is_some() {
            self.push(c, false);
        } else if let Some(blank) = letters::blank(c) {
            if blank == Blank::Space {
                self.push(' ', false);
            }
        } else if let Some(spelling) = letters::latin(c) {
            if original.is_lowercase() {
                self.push_all(spelling.chars().map(|c| c.to_ascii_lowercase()));
            } else if self.among_capitals() {
                self.push_all(spelling.chars());
            } else {
                let tail = spelling.chars().skip(1).map(|c| c.to_ascii_lowercase());
                self.push_all(spelling.chars().take(1).chain(tail));
            }
        } else if let Some(sign) = letters::sign(c) {
            self.push_all(sign.chars());
        } else if let Some(digit) = letters::digit(c) {
            self.push(digit, false);
        } else {
            return false;
        }
        true
    }

    /// Whether a capital stands in a word of capitals: `DJORDJE`, but `Djordje`.
    fn among_capitals(&mut self) -> bool {
        match self.chars.peek() {
            Some(next) if next.is_alphabetic() => next.is_uppercase(),
            _ => self.after_capital,
        }
    }

    fn push_all(&mut self, letters: impl Iterator<Item = char>) {
        letters.for_each(|c| self.push(c, false));
    }

    fn push(&mut self, c: char, lost: bool) {
        let septets = septets(c, self.alphabet).unwrap_or(1);
        // Nothing decomposes to more than fits.
        let _ = self.ready.try_push(Letter { c, septets, lost });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gsm(text: &str) -> String {
        plain(text, Alphabet::Gsm7, true).map(|letter| letter.c).collect()
    }

    #[test]
    fn letters_keep_their_case() {
        let cases = [
            ("čćšžđ ČĆŠŽ", "ccszdj CCSZ"),
            ("Đorđe ĐORĐE Đ. EĐ", "Djordje DJORDJE Dj. EDJ"),
            ("Zahtevi su rešeni, Ljubo", "Zahtevi su reseni, Ljubo"),
            ("Љубав ЉУБАВ Џак", "Ljubav LJUBAV Dzak"),
            ("Përshëndetje, Çmimi, çaj", "Pershendetje, Çmimi, caj"),
            ("Zażółć gęślą jaźń ŁÓDŹ", "Zazolc gesla jazn LODZ"),
            ("“Bilanc” – ‘x’…", "\"Bilanc\" - 'x'..."),
            ("5 €\u{A0}net\u{200B}o\t!", "5 EUR neto !"),
            ("é è ö ß Å", "é è ö ß Å"),
            ("c\u{30C} ８", "c 8"),
        ];
        for (text, expected) in cases {
            assert_eq!(gsm(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_has_no_spelling_is_one_question_mark() {
        assert_eq!(gsm("a😀b余"), "a?b?");
        // Half of it has one: 0点.
        assert_eq!(gsm("a㍘"), "a?");
        assert_eq!(plain("?😀", Alphabet::Gsm7, true).filter(|letter| letter.lost).count(), 1);
    }

    #[test]
    fn each_link_gets_its_alphabet() {
        let written = |alphabet| -> String {
            plain("€ é Δ ç @", alphabet, false).map(|letter| letter.c).collect()
        };
        assert_eq!(written(Alphabet::Gsm7), "€ é Δ c @");
        assert_eq!(written(Alphabet::Latin1), "EUR é D c @");
        assert_eq!(written(Alphabet::Ascii), "EUR e D c @");
    }

    #[test]
    fn nothing_is_allocated() {
        let text = "Đorđe 余 ﷺ € c\u{30C}\u{30D}\u{30E}\u{30F}\u{310}\u{311} 각";
        let counted = allocation_counter::measure(|| {
            std::hint::black_box(plain(text, Alphabet::Gsm7, true).count());
        });
        assert_eq!(counted.count_total, 0);
    }

    proptest::proptest! {
        #[test]
        fn all_that_comes_out_is_in_the_alphabet(text: String) {
            for alphabet in [Alphabet::Gsm7, Alphabet::Latin1, Alphabet::Ascii] {
                for letter in plain(&text, alphabet, true) {
                    proptest::prop_assert_eq!(septets(letter.c, alphabet), Some(letter.septets));
                }
            }
        }
    }
}
