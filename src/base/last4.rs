//! The end of a card's number, which is all of it that we ever hold.

use serde::{Deserialize, Serialize};

/// The last four digits of a card. Shown as they are: they identify no account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Last4([u8; 4]);

impl Last4 {
    /// Reads exactly four digits.
    pub fn parse(text: &str) -> Option<Last4> {
        let digits: [u8; 4] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Last4(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("????")
    }
}

impl std::fmt::Debug for Last4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "*{}", self.as_str())
    }
}
