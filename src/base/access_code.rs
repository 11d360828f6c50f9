//! The code that a customer types with each command (SK-07, SK-08): never printed, never kept.
//!
//! What a contract holds of it is a [`CodeHash`]: a keyed hash that is salted with its customer, so
//! that equal codes of two customers don't look equal on disk.

use std::fmt;
use std::hint::black_box;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::dice::Dice;
use super::seal::Keyring;

const HASH_CODE: u8 = 9;

/// Most digits of a code.
pub const CODE_DIGITS_MAX: usize = 12;

/// An access code as it was typed; wiped from memory when dropped. Prints as `******`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessCode {
    digits: Zeroizing<[u8; CODE_DIGITS_MAX]>,
    length: usize,
}

impl AccessCode {
    /// Reads digits; `None` where there is anything else, or too many of them.
    pub fn parse(text: &str) -> Option<AccessCode> {
        let fits = (1..=CODE_DIGITS_MAX).contains(&text.len());
        if !fits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut digits = Zeroizing::new([0; CODE_DIGITS_MAX]);
        digits[..text.len()].copy_from_slice(text.as_bytes());
        Some(AccessCode { digits, length: text.len() })
    }

    /// A new one, drawn at random.
    pub fn draw(length: usize, dice: &mut Dice) -> AccessCode {
        let length = length.clamp(1, CODE_DIGITS_MAX);
        let mut digits = Zeroizing::new([0; CODE_DIGITS_MAX]);
        for digit in &mut digits[..length] {
            *digit = b'0' + dice.below(10) as u8;
        }
        AccessCode { digits, length }
    }

    /// Its digits, for whoever gives it to the customer, once. Never for a log or a record.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.digits[..self.length].iter().map(|digit| char::from(*digit)).collect())
    }

    /// How many digits it has.
    pub fn length(&self) -> usize {
        self.length
    }
}

impl fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// What is kept of a customer's access code.
#[derive(Clone, Serialize, Deserialize)]
pub struct CodeHash(u128);

impl CodeHash {
    /// The hash of `code` as the code of one customer of one bank.
    pub fn of(keyring: &Keyring, bank: u16, customer: u64, code: &AccessCode) -> CodeHash {
        let mut octets = Zeroizing::new([0; 10 + CODE_DIGITS_MAX]);
        octets[..2].copy_from_slice(&bank.to_be_bytes());
        octets[2..10].copy_from_slice(&customer.to_be_bytes());
        octets[10..].copy_from_slice(&*code.digits);
        CodeHash(keyring.hash(HASH_CODE, &octets[..10 + code.length]))
    }
}

/// In constant time: all bits are compared, whichever differ.
impl PartialEq for CodeHash {
    fn eq(&self, other: &CodeHash) -> bool {
        black_box(self.0 ^ other.0) == 0
    }
}

impl Eq for CodeHash {}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AccessCode {
        AccessCode::parse(text).unwrap()
    }

    #[test]
    fn a_code_is_digits_and_is_never_printed() {
        assert!(["", "48291A", "4829130000000"].iter().all(|t| AccessCode::parse(t).is_none()));
        let keyring = Keyring::new([1; 32]);
        let hash = CodeHash::of(&keyring, 1, 1, &code("482913"));
        assert_eq!(format!("{:?} {hash:?}", code("482913")), "****** [code]");
    }

    #[test]
    fn a_hash_is_of_one_customers_code() {
        let keyring = Keyring::new([1; 32]);
        let of = |bank, customer, text| CodeHash::of(&keyring, bank, customer, &code(text));
        assert_eq!(of(1, 1, "482913"), of(1, 1, "482913"));
        for other in [of(1, 1, "482914"), of(1, 2, "482913"), of(2, 1, "482913")] {
            assert_ne!(of(1, 1, "482913"), other);
        }
    }
}
