//! What a card's holder writes to be known by: the kind of the card, his number, and of which cards
//! he wants to be told.
//!
//! Each reader takes tokens from the front of a slice and says how many it used; it never guesses
//! (CA-12 to CA-20, requirements 2.2).

use crate::base::jmbg::{JMBG_DIGITS, Jmbg};
use crate::service::token::{Kind, Token};

/// What stood in the slots `{card-kind}`, `{jmbg}` and `[mode]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HolderArgs {
    /// Of which kind the card is.
    pub kind: KindArg,
    /// Whose it is.
    pub jmbg: Option<Jmbg>,
    /// Of which cards to tell.
    pub mode: ModeArg,
}

/// A kind of card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum KindArg {
    /// No word stands there.
    #[default]
    Absent,
    /// A word that means none.
    Unknown,
    /// One of the service's, by its place in the list.
    Known(u8),
}

/// Of which cards the holder of a primary one wants to be told (CA-15).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ModeArg {
    /// Nothing stands there.
    #[default]
    Absent,
    /// Something that is no mode.
    Malformed,
    /// One of the three.
    Is(Mode),
}

/// See [`ModeArg`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `10`: of this card (CA-18).
    Own,
    /// `01`: of those that are additional to it (CA-17).
    Additional,
    /// `11`: of both (CA-19).
    Both,
}

impl Mode {
    /// As it is typed.
    pub const fn digits(self) -> &'static str {
        match self {
            Mode::Own => "10",
            Mode::Additional => "01",
            Mode::Both => "11",
        }
    }

    /// Whether uses of the card itself are told.
    pub const fn own(self) -> bool {
        matches!(self, Mode::Own | Mode::Both)
    }

    /// Whether uses of additional cards are told.
    pub const fn additional(self) -> bool {
        matches!(self, Mode::Additional | Mode::Both)
    }
}

/// The kind of card that a word means. Uses one token, unless it is absent.
pub fn kind(tokens: &[Token<'_>], kinds: &[String]) -> KindArg {
    let Some(word) = tokens.first().filter(|token| token.kind == Kind::Word) else {
        return KindArg::Absent;
    };
    let found = kinds.iter().position(|kind| kind == word.text);
    found.and_then(|at| u8::try_from(at).ok()).map_or(KindArg::Unknown, KindArg::Known)
}

/// A citizen's number and the tokens it took: thirteen digits, or two groups of digits with a space
/// between them that make thirteen (2.2/16). Where a mode may follow, a second group as short as
/// one isn't joined: twelve digits and a mode are no number.
pub fn jmbg(tokens: &[Token<'_>], mode_follows: bool) -> (Option<Jmbg>, usize) {
    // One in ten of these numbers also passes for a card's.
    let is_digits = |token: &Token<'_>| token.kind != Kind::Word;
    let Some(first) = tokens.first().filter(|token| is_digits(token)) else { return (None, 0) };
    if first.text.len() == JMBG_DIGITS {
        return (Jmbg::parse(first.text), 1);
    }
    let shortest = if mode_follows { 3 } else { 1 };
    let second = tokens.get(1).filter(|token| {
        is_digits(token) && token.spaced && token.glue == ' ' && token.text.len() >= shortest
    });
    match second.and_then(|second| Jmbg::joined(first.text, second.text)) {
        Some(jmbg) => (Some(jmbg), 2),
        None => (None, 0),
    }
}

/// A mode and the tokens it took. What has a digit in it (`1`, `O1`, `12`) was meant as one.
pub fn mode(tokens: &[Token<'_>]) -> (ModeArg, usize) {
    let joined = |token: &&Token<'_>| token.glue == ' ' && !token.spaced;
    let run = tokens.len().min(1) + tokens.iter().skip(1).take_while(joined).count();
    if tokens[..run].iter().all(|token| token.kind == Kind::Word) {
        return (ModeArg::Absent, 0);
    }
    let mode = match (run, tokens[0].text) {
        (1, "10") => ModeArg::Is(Mode::Own),
        (1, "01") => ModeArg::Is(Mode::Additional),
        (1, "11") => ModeArg::Is(Mode::Both),
        _ => ModeArg::Malformed,
    };
    (mode, run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::token::Tokens;

    fn tokens(text: &str) -> Tokens<'_> {
        Tokens::of(text, true)
    }

    #[test]
    fn a_number_may_be_parted_once() {
        let read = |text, mode_follows| jmbg(tokens(text).as_slice(), mode_follows);
        let whole = Jmbg::parse("0101990710008");
        assert!(whole.is_some());
        assert_eq!(read("0101990710008 11", true), (whole, 1));
        assert_eq!(read("0101990 710008 11", true), (whole, 2));
        assert_eq!(read("01019907100 08", false), (whole, 2));
        // Passes for a card's number, too.
        assert_eq!(read("0101990710016", true), (Jmbg::parse("0101990710016"), 1));
        for text in ["01019907100 11", "010199071000", "01019907100081", "0101 990 710008", ""] {
            assert_eq!(read(text, true), (None, 0), "{text}");
        }
        assert_eq!(read("0101990-710008", false), (None, 0));
    }

    #[test]
    fn modes_are_three() {
        let read = |text| mode(tokens(text).as_slice());
        assert_eq!(read("10"), (ModeArg::Is(Mode::Own), 1));
        assert_eq!(read("01"), (ModeArg::Is(Mode::Additional), 1));
        assert_eq!(read("11"), (ModeArg::Is(Mode::Both), 1));
        for (text, used) in [("1", 1), ("00", 1), ("O1", 2), ("1O", 2), ("110", 1)] {
            assert_eq!(read(text), (ModeArg::Malformed, used), "{text}");
        }
        assert_eq!(read("HVALA"), (ModeArg::Absent, 0));
        assert_eq!(read(""), (ModeArg::Absent, 0));
    }
}
