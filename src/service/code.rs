//! The access code in a customer's text: where it may stand, and how it is taken out before the
//! vocabulary reads the rest (section 0, SK-08).
//!
//! The code stands first or last, as one group of digits; a word such as KOD may precede it. What
//! is nearly a code (`4829 13`, a digit too few) is none: such a message has no code at all.

use std::ops::Range;

use crate::base::access_code::{AccessCode, CODE_DIGITS_MAX};
use crate::base::fault::Fault;
use crate::service::build::{check_word, checked_text};
use crate::service::file::CodeTable;
use crate::service::texts::{TextId, Texts};
use crate::service::token::{Kind, Token, Tokens};

/// The fewest digits that a code may have: with fewer a few tries are a real chance (6.6).
const DIGITS_MIN: u8 = 6;

/// The placeholders of the text that answers a wrong code: how many tries are left.
pub const WRONG_PLACEHOLDERS: &[&str] = &["n"];

/// That each command of a service needs the customer's code.
#[derive(Clone, Debug)]
pub struct CodeRule {
    /// How many digits a code has.
    pub digits: usize,
    /// After so many wrong ones in a row the phone is locked.
    pub tries: u8,
    /// Words that may precede it, folded.
    pub words: Vec<String>,
    /// Answers a wrong code.
    pub wrong: TextId,
    /// Answers any code of a phone that is locked.
    pub locked: TextId,
}

impl CodeRule {
    /// Checks the rule as it is written; what is wrong with it is added to `faults`.
    pub(super) fn build(
        table: &CodeTable,
        texts: &Texts,
        faults: &mut Vec<Fault>,
    ) -> Option<CodeRule> {
        let mut fault =
            |span: Range<usize>, what, remedy| faults.push(Fault::new(span, what, remedy));
        let (digits, tries) = (*table.digits.get_ref(), *table.tries.get_ref());
        if digits < DIGITS_MIN || usize::from(digits) > CODE_DIGITS_MAX {
            let what = format!("a code can't have {digits} digits");
            fault(table.digits.span(), what, format!("write {DIGITS_MIN} to {CODE_DIGITS_MAX}"));
        }
        if !(1..=10).contains(&tries) {
            let what = format!("a code can't be tried {tries} times");
            fault(table.tries.span(), what, "write 1 to 10".to_owned());
        }
        table.words.iter().for_each(|word| check_word(word, faults));
        let wrong = checked_text(&table.wrong, WRONG_PLACEHOLDERS, texts, faults);
        let locked = checked_text(&table.locked, &[], texts, faults);
        Some(CodeRule {
            digits: usize::from(digits),
            tries,
            words: table.words.iter().map(|word| word.get_ref().clone()).collect(),
            wrong: wrong?,
            locked: locked?,
        })
    }

    /// Takes the code, and the word before it, out of a message's tokens.
    pub(super) fn take<'a>(&self, tokens: &mut Tokens<'a>) -> Option<&'a str> {
        let is_word = |token: &Token<'_>| {
            token.kind == Kind::Word && self.words.iter().any(|word| word == token.text)
        };
        // Without a code the word means nothing either: a stored text has asterisks there.
        if tokens.as_slice().first().is_some_and(is_word) {
            tokens.remove(0);
        }
        let words = tokens.as_slice();
        let is_code = |at: usize| words.get(at).filter(|token| self.is_code(token));
        let last = words.len().saturating_sub(1);
        let (at, code) = match (is_code(0), is_code(last)) {
            (Some(first), _) => (0, first.text),
            // What was cut off hides which word is the last.
            (None, Some(token)) if !tokens.cut => (last, token.text),
            _ => return None,
        };
        tokens.remove(at);
        if at > 0 && tokens.as_slice().last().is_some_and(is_word) {
            tokens.remove(at - 1);
        }
        Some(code)
    }

    fn is_code(&self, token: &Token<'_>) -> bool {
        token.kind == Kind::Digits && token.text.len() == self.digits
    }

    /// The code that stood in a message's tokens.
    pub(super) fn typed(&self, tokens: &mut Tokens<'_>) -> Option<AccessCode> {
        self.take(tokens).and_then(AccessCode::parse)
    }

    /// The fewest digits, in one group or in several, that are nearly a code.
    pub(super) fn near_digits(&self) -> usize {
        self.digits.saturating_sub(2)
    }
}
