//! The words and numbers of a folded message: the step between folding and matching.
//!
//! A token is a run of letters or a run of digits; what stands between two tokens (a space, `.`,
//! `-`, `#` …) is remembered as the second one's glue, so that `10.000,00`, `05.11.26` and `TR-2`
//! can each be read by the slot that knows what they mean (requirements 2.0.3 and section 0,
//! "2.0"). Tokens borrow the folded text and live on the stack: no allocation.
//!
//! Whole card numbers are found here too, so that no slot takes four digits out of the middle of
//! one (requirements 6.1 and section 0, "6.1").

use arrayvec::ArrayVec;

use crate::base::limits::TOKENS_MAX;

/// What a token is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Letters (and anything else that is neither digit nor separator).
    Word,
    /// Digits.
    Digits,
    /// A digit group that belongs to a whole card number.
    CardDigits,
}

/// A run of letters or digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is made of.
    pub kind: Kind,
    /// Its letters or digits, upper case.
    pub text: &'a str,
    /// The first punctuation mark between the token before and this one; `' '` where there is none.
    pub glue: char,
    /// Whether white space stands between the token before and this one.
    pub spaced: bool,
    /// How many punctuation marks stand between the token before and this one.
    pub marks: u8,
    /// The marks right before and right behind it; `' '` where there is a space, another token, or
    /// nothing.
    pub sides: (char, char),
}

/// The tokens of one message, in order. What doesn't fit in [`TOKENS_MAX`] is dropped and noted.
#[derive(Clone, Default)]
pub struct Tokens<'a> {
    list: ArrayVec<Token<'a>, TOKENS_MAX>,
    /// Whether something was dropped: a command that changes something is then refused.
    pub cut: bool,
}

impl<'a> Tokens<'a> {
    /// Cuts folded text into tokens. With `split_digits`, letters and digits part at their border
    /// (`TR2` is `TR 2`); without, a word may hold digits (`user1`).
    pub fn of(folded: &'a str, split_digits: bool) -> Tokens<'a> {
        let mut tokens = Tokens::default();
        for (_, token) in cut(folded, split_digits) {
            if tokens.list.try_push(token).is_err() {
                tokens.cut = true;
                break;
            }
        }
        mark_cards(&mut tokens.list);
        tokens
    }

    /// Takes a token out.
    pub(super) fn remove(&mut self, at: usize) {
        self.list.pop_at(at);
    }

    /// The tokens.
    pub fn as_slice(&self) -> &[Token<'a>] {
        &self.list
    }
}

/// The tokens of folded text, however many, each with the octet that it begins at.
pub(super) fn cut(folded: &str, split_digits: bool) -> Cut<'_> {
    Cut { folded, split_digits, at: 0 }
}

/// See [`cut`].
pub(super) struct Cut<'a> {
    folded: &'a str,
    split_digits: bool,
    at: usize,
}

impl<'a> Iterator for Cut<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<(usize, Token<'a>)> {
        let bytes = self.folded.as_bytes();
        let (mut glue, mut spaced, mut marks) = (' ', false, 0u8);
        loop {
            let (start, byte) = (self.at, *bytes.get(self.at)?);
            let goes_on = |byte: &u8| match byte {
                b'0'..=b'9' => !self.split_digits,
                other => is_letter(*other),
            };
            let (kind, length) = if byte.is_ascii_digit() {
                (Kind::Digits, bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count())
            } else if is_letter(byte) {
                (Kind::Word, bytes[start..].iter().take_while(|b| goes_on(b)).count())
            } else {
                self.at += 1;
                if byte == b' ' {
                    spaced = true;
                } else {
                    glue = if glue == ' ' { char::from(byte) } else { glue };
                    marks = marks.saturating_add(1);
                }
                continue;
            };
            self.at += length;
            let text = &self.folded[start..self.at];
            let mark = |at: Option<usize>| {
                let byte = at.and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
                if byte.is_ascii_digit() || is_letter(byte) { ' ' } else { char::from(byte) }
            };
            let sides = (mark(start.checked_sub(1)), mark(Some(self.at)));
            return Some((start, Token { kind, text, glue, spaced, marks, sides }));
        }
    }
}

/// Marks 13 to 19 digits, unbroken or in groups of 4-4-4-x, that pass the Luhn check.
pub(super) fn mark_cards(tokens: &mut [Token<'_>]) {
    let mut at = 0;
    while at < tokens.len() {
        let groups = card_groups(&tokens[at..]);
        for token in &mut tokens[at..at + groups] {
            token.kind = Kind::CardDigits;
        }
        at += groups.max(1);
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == 0x1A || byte >= 0x80
}

/// How many tokens from the first on make a card number; 0 where they make none.
fn card_groups(tokens: &[Token<'_>]) -> usize {
    let digits = |n: usize| {
        tokens
            .get(n)
            .filter(|t| t.kind == Kind::Digits && (n == 0 || matches!(t.glue, ' ' | '-' | '.')))
    };
    let Some(first) = digits(0) else { return 0 };
    if (13..=19).contains(&first.text.len()) {
        return usize::from(luhn(first.text.bytes()));
    }
    let groups_of_four =
        (0..4).take_while(|n| digits(*n).is_some_and(|t| t.text.len() == 4)).count();
    if groups_of_four < 3 {
        return 0;
    }
    // The longest reading first: 4-4-4-x and, for 19 digits, 4-4-4-4-3.
    for count in (4..=5).rev() {
        if (0..count).any(|n| digits(n).is_none()) || (count == 5 && groups_of_four < 4) {
            continue;
        }
        let length: usize = tokens[..count].iter().map(|t| t.text.len()).sum();
        if (13..=19).contains(&length) && luhn(tokens[..count].iter().flat_map(|t| t.text.bytes()))
        {
            return count;
        }
    }
    0
}

/// The check that card numbers pass (ISO/IEC 7812-1, annex B).
fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = Tokens::of(text, true);
        tokens.as_slice().iter().map(|t| format!("{}{}", t.glue, t.text)).collect()
    }

    #[test]
    fn letters_part_from_digits_and_glue_is_remembered() {
        assert_eq!(words("TR2"), [" TR", " 2"]);
        assert_eq!(words("TR-2"), [" TR", "-2"]);
        assert_eq!(words("10.000,00 RSD"), [" 10", ".000", ",00", " RSD"]);
        assert_eq!(words("05. 11. 26"), [" 05", ".11", ".26"]);
        assert_eq!(words("#482913#SALDO#"), ["#482913", "#SALDO"]);
    }

    #[test]
    fn words_keep_their_digits_where_the_service_says_so() {
        let tokens = Tokens::of("USER1 DUOTV", false);
        assert_eq!(tokens.as_slice()[0].text, "USER1");
    }

    #[test]
    fn whole_cards_are_marked_in_both_forms() {
        for text in ["5412 7512 3458 1600", "5412751234581600", "4539-1488-0346-1234"] {
            let tokens = Tokens::of(text, true);
            assert!(tokens.as_slice().iter().all(|t| t.kind == Kind::CardDigits), "{text}");
        }
        for text in ["5412 7512 3458 1601", "1234 0101990710008", "1600 4999", "541275123458160"] {
            let tokens = Tokens::of(text, true);
            assert!(tokens.as_slice().iter().all(|t| t.kind == Kind::Digits), "{text}");
        }
    }

    #[test]
    fn too_many_words_are_cut_and_noted() {
        let long = "A 1 ".repeat(200);
        assert!(Tokens::of(&long, true).cut);
    }
}
