//! A citizen's number (JMBG): thirteen digits that give birth date and sex.
//!
//! It is personal through and through: it prints masked, isn't stored, and leaves only as a keyed
//! hash. Its check digit isn't looked at: real registers hold wrong ones, and whether the bank has
//! it of its customer decides (requirements 3.1).

use crate::base::seal::Keyring;

const HASH_JMBG: u8 = 20;

/// How many digits it has.
pub const JMBG_DIGITS: usize = 13;

/// A citizen's number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Jmbg([u8; JMBG_DIGITS]);

impl Jmbg {
    /// Reads exactly thirteen digits.
    pub fn parse(text: &str) -> Option<Jmbg> {
        Jmbg::joined(text, "")
    }

    /// Reads thirteen digits that stand in two groups.
    pub fn joined(head: &str, tail: &str) -> Option<Jmbg> {
        if head.len() + tail.len() != JMBG_DIGITS {
            return None;
        }
        let mut digits = [0; JMBG_DIGITS];
        for (place, octet) in digits.iter_mut().zip(head.bytes().chain(tail.bytes())) {
            *place = octet;
        }
        digits.iter().all(u8::is_ascii_digit).then_some(Jmbg(digits))
    }

    /// What is kept of it: enough to know it again, and nothing else.
    pub fn hash(&self, keyring: &Keyring) -> u128 {
        keyring.hash(HASH_JMBG, &self.0)
    }
}

impl std::fmt::Debug for Jmbg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[JMBG]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_digits_and_nothing_of_them_is_printed() {
        let whole = Jmbg::parse("0101990710008").unwrap();
        assert_eq!(Jmbg::joined("0101990", "710008"), Some(whole));
        assert_eq!(format!("{whole:?}"), "[JMBG]");
        for text in ["", "010199071000", "01019907100081", "010199071000x"] {
            assert_eq!(Jmbg::parse(text), None, "{text}");
        }
    }
}
