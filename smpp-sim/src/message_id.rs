//! How message ids are written: opaque to the ESME by 5.2.23, "decimal" in receipts by appendix B,
//! and in the field two notations at one SMSC (lesson 1).

use serde::{Deserialize, Serialize};

/// How message ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdFormat {
    /// `4711`
    Decimal,
    /// `0000004711`, ten digits as appendix B has it
    DecimalPadded,
    /// `1267`, lower case
    Hex,
    /// `126F`, upper case
    HexUpper,
    /// `0000126F`, upper case with leading zeros
    HexPadded,
}

impl IdFormat {
    /// The id in this notation.
    pub fn write(self, id: u64) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::DecimalPadded => format!("{id:010}"),
            Self::Hex => format!("{id:x}"),
            Self::HexUpper => format!("{id:X}"),
            Self::HexPadded => format!("{id:08X}"),
        }
    }

    /// The id that was written in this notation.
    pub fn read(self, text: &str) -> Option<u64> {
        match self {
            Self::Decimal | Self::DecimalPadded => text.parse().ok(),
            Self::Hex | Self::HexUpper | Self::HexPadded => u64::from_str_radix(text, 16).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_there_and_back() {
        use IdFormat::{Decimal, DecimalPadded, Hex, HexPadded, HexUpper};
        let all = [Decimal, DecimalPadded, Hex, HexUpper, HexPadded];
        let written = all.map(|format| format.write(4719));
        assert_eq!(written, ["4719", "0000004719", "126f", "126F", "0000126F"]);
        assert!(all.iter().zip(written).all(|(format, text)| format.read(&text) == Some(4719)));
    }
}
