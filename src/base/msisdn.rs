//! Telephone numbers: a subscriber's [`Msisdn`], a bank's [`ShortCode`].
//!
//! Both are packed into a word, so that a number is copied and compared without an allocation, and
//! a subscriber's prints itself masked wherever it is printed by accident.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A subscriber's number in international form: 7 to 15 digits (E.164), country code first, no `+`.
///
/// `Debug` and `Display` mask it (`38163***2222`); [`Msisdn::reveal`] is the one way to all digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(u64);

/// Why a text is no telephone number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NumberError {
    /// Something other than a digit stands in it.
    #[error("a telephone number has digits only, after an optional + or 00")]
    NotDigits,
    /// Too short or too long.
    #[error("a telephone number in international form has 7 to 15 digits")]
    Length,
    /// It begins with a 0 where the country code should be.
    #[error("a telephone number in international form begins with its country code")]
    NoCountry,
}

/// As its word, for sealed records.
impl Serialize for Msisdn {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Msisdn {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Msisdn, D::Error> {
        let word = u64::deserialize(from)?;
        Msisdn::from_word(word).ok_or_else(|| D::Error::custom("no telephone number"))
    }
}

impl Msisdn {
    /// Reads `+381631112222`, `00381631112222` or `381631112222`. Spaces are not accepted.
    pub fn parse(text: &str) -> Result<Msisdn, NumberError> {
        let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
        Self::from_digits(digits.as_bytes())
    }

    /// Reads ASCII digits in international form, without `+` and `00`.
    pub fn from_digits(digits: &[u8]) -> Result<Msisdn, NumberError> {
        let value = digits_value(digits).ok_or(NumberError::NotDigits)?;
        if !(7..=15).contains(&digits.len()) {
            return Err(NumberError::Length);
        }
        if digits[0] == b'0' {
            return Err(NumberError::NoCountry);
        }
        Ok(Msisdn(value))
    }

    /// The number as a word; the reverse of [`Msisdn::from_word`].
    pub const fn word(self) -> u64 {
        self.0
    }

    /// A number from [`Msisdn::word`].
    pub fn from_word(word: u64) -> Option<Msisdn> {
        (1_000_000..=999_999_999_999_999).contains(&word).then_some(Msisdn(word))
    }

    /// All digits, for the wire and for sealed records. Never for a log.
    pub fn reveal(self) -> String {
        self.0.to_string()
    }

    /// Whether the number begins with `prefix` (digits).
    pub fn starts_with(self, prefix: &str) -> bool {
        let mut buffer = [0; 20];
        decimal(self.0, &mut buffer).starts_with(prefix.as_bytes())
    }
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 20];
        let digits = decimal(self.0, &mut buffer);
        let (head, tail) = (digits.len().min(5), digits.len().saturating_sub(4));
        let show = |part: &[u8]| part.iter().map(|b| char::from(*b)).collect::<String>();
        if digits.len() < 11 {
            return write!(f, "***{}", show(&digits[digits.len() - 2..]));
        }
        write!(f, "{}***{}", show(&digits[..head]), show(&digits[tail..]))
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A bank's number that customers text to: 3 to 15 digits (`5622`, `48661000555`). Not personal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortCode(u64);

impl ShortCode {
    /// Reads 3 to 15 digits after an optional `+`, the first not 0.
    pub fn parse(text: &str) -> Result<ShortCode, NumberError> {
        let digits = text.strip_prefix('+').unwrap_or(text).as_bytes();
        let value = digits_value(digits).ok_or(NumberError::NotDigits)?;
        if !(3..=15).contains(&digits.len()) || digits[0] == b'0' {
            return Err(NumberError::Length);
        }
        Ok(ShortCode(value))
    }

    /// The code as a word; the reverse of [`ShortCode::from_word`].
    pub const fn word(self) -> u64 {
        self.0
    }

    /// Whether it is an ordinary number with its country's code (SK-09): short codes are shorter.
    pub const fn is_whole_number(self) -> bool {
        self.0 >= 1_000_000_000
    }

    /// A code from [`ShortCode::word`].
    pub fn from_word(word: u64) -> Option<ShortCode> {
        (100..=999_999_999_999_999).contains(&word).then_some(ShortCode(word))
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn digits_value(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0u64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

fn decimal(mut value: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &buffer[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_in_all_international_forms_and_print_masked() {
        for text in ["+381631112222", "00381631112222", "381631112222"] {
            let number = Msisdn::parse(text).unwrap();
            assert_eq!(number.reveal(), "381631112222");
            assert_eq!(format!("{number} {number:?}"), "38163***2222 38163***2222");
            assert_eq!(Msisdn::from_word(number.word()), Some(number));
            assert!(number.starts_with("38163") && !number.starts_with("3816311122229"));
        }
        assert_eq!(format!("{}", Msisdn::parse("+3834412").unwrap()), "***12");
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!(Msisdn::parse("BANKA"), Err(NumberError::NotDigits));
        assert_eq!(Msisdn::parse(""), Err(NumberError::NotDigits));
        assert_eq!(Msisdn::parse("+38163"), Err(NumberError::Length));
        assert_eq!(Msisdn::parse("+3816311122223333"), Err(NumberError::Length));
        assert_eq!(Msisdn::parse("0631112222"), Err(NumberError::NoCountry));
    }

    #[test]
    fn codes_are_short_or_whole_numbers() {
        assert_eq!(ShortCode::parse("5622").unwrap().to_string(), "5622");
        assert_eq!(ShortCode::parse("+48661000555").unwrap().to_string(), "48661000555");
        assert!(ShortCode::parse("12").is_err() && ShortCode::parse("BANK").is_err());
    }
}
