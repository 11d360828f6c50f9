//! Money: an amount in minor units and its currency. No floating point anywhere.
//!
//! How an amount is written for people (`1.234,56`, `1,234.56`, `1 234,56`) is an [`AmountStyle`];
//! how people write amounts to us is the command parser's business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

/// A text is no currency code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a currency is three capital letters (ISO 4217), for example RSD or EUR")]
pub struct CurrencyError;

impl Currency {
    /// The code's three letters.
    pub const fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Currency, CurrencyError> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Currency(bytes))
        } else {
            Err(CurrencyError)
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in hundredths (para, cent, grosz). Every currency that the banks give has two
/// decimals.
///
/// A customer's balance is personal, so `Debug` says only that there is one;
/// [`Minor::styled`] writes it for the customer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Minor(i64);

/// A text is no amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an amount is a decimal number with at most two decimals, for example \"1234.56\"")]
pub struct AmountError;

impl Minor {
    /// No money.
    pub const ZERO: Minor = Minor(0);

    /// From hundredths.
    pub const fn new(hundredths: i64) -> Minor {
        Minor(hundredths)
    }

    /// From whole units.
    pub const fn whole(units: i64) -> Minor {
        Minor(units.saturating_mul(100))
    }

    /// In hundredths.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The same amount the other way.
    #[must_use]
    pub const fn negated(self) -> Minor {
        Minor(self.0.saturating_neg())
    }

    /// The sum; at the ends of what can be counted it stays there.
    #[must_use]
    pub const fn plus(self, other: Minor) -> Minor {
        Minor(self.0.saturating_add(other.0))
    }

    /// So many of it; at the ends of what can be counted it stays there.
    #[must_use]
    pub fn times(self, count: u64) -> Minor {
        Minor(self.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// Reads a decimal string as the bank's data have it: `-1234.5`, `1234.56`, `1234`.
    pub fn parse(text: &str) -> Result<Minor, AmountError> {
        Ok(Minor(parse_fixed(text, 2).ok_or(AmountError)?))
    }

    /// Writes what [`Minor::parse`] reads: `-1234.56`.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }

    /// Writes the amount for people, in the language's style: `-1.234,56`.
    pub fn styled(self, style: AmountStyle) -> String {
        let (thousands, decimal) = style.marks();
        let (units, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let digits = units.checked_ilog10().unwrap_or(0) + 1;
        let digit = |number: u64, at: u32| char::from(b'0' + (number / 10_u64.pow(at) % 10) as u8);
        let mut grouped = String::with_capacity(30);
        if self.0 < 0 {
            grouped.push('-');
        }
        for at in (0..digits).rev() {
            grouped.push(digit(units, at));
            if at > 0 && at.is_multiple_of(3) {
                grouped.push(thousands);
            }
        }
        grouped.push(decimal);
        grouped.extend([digit(cents, 1), digit(cents, 0)]);
        grouped
    }
}

impl fmt::Debug for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[amount]")
    }
}

/// How a language writes amounts (requirements, section 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmountStyle {
    /// Serbian: `1.234,56`.
    #[default]
    Sr,
    /// Albanian: `1,234.56`.
    Sq,
    /// Polish: `1 234,56`.
    Pl,
}

impl AmountStyle {
    /// The thousands mark and the decimal mark.
    pub const fn marks(self) -> (char, char) {
        match self {
            AmountStyle::Sr => ('.', ','),
            AmountStyle::Sq => (',', '.'),
            AmountStyle::Pl => (' ', ','),
        }
    }
}

/// A rate of exchange in ten-thousandths: four decimals, as the lists have them (KB-09).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Rate(i64);

impl Rate {
    /// From ten-thousandths.
    pub const fn new(ten_thousandths: i64) -> Rate {
        Rate(ten_thousandths)
    }

    /// In ten-thousandths.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Reads `117.1748`.
    pub fn parse(text: &str) -> Result<Rate, AmountError> {
        match parse_fixed(text, 4) {
            Some(value) if value > 0 => Ok(Rate(value)),
            _ => Err(AmountError),
        }
    }

    /// Writes the rate for people: `117,1748`.
    pub fn styled(self, style: AmountStyle) -> String {
        format!("{}{}{:04}", self.0 / 10_000, style.marks().1, self.0 % 10_000)
    }
}

/// A decimal string as an integer of `decimals` places; `None` where it is none or doesn't fit.
fn parse_fixed(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (units, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if units.is_empty() || !all_digits(units) || !all_digits(fraction) || fraction.len() > decimals
    {
        return None;
    }
    if digits.ends_with('.') {
        return None;
    }
    let mut value: i64 = units.parse().ok()?;
    for place in 0..decimals {
        let digit = fraction.as_bytes().get(place).map_or(0, |b| i64::from(b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_print_in_three_styles() {
        let amount = Minor::parse("1234567.89").unwrap();
        assert_eq!(amount.styled(AmountStyle::Sr), "1.234.567,89");
        assert_eq!(amount.styled(AmountStyle::Sq), "1,234,567.89");
        assert_eq!(amount.styled(AmountStyle::Pl), "1 234 567,89");
        assert_eq!(Minor::parse("-0.5").unwrap().styled(AmountStyle::Sr), "-0,50");
        assert_eq!(Minor::parse("999").unwrap().styled(AmountStyle::Sr), "999,00");
        assert_eq!(format!("{amount:?}"), "[amount]");
        assert_eq!(amount.decimal(), "1234567.89");
        assert_eq!(Minor::new(-5).decimal(), "-0.05");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "1,5", "1.234", "--1", "1e3", "99999999999999999999"] {
            assert_eq!(Minor::parse(text), Err(AmountError), "{text}");
        }
    }

    #[test]
    fn rates_have_four_decimals() {
        assert_eq!(Rate::parse("117.1748").unwrap().styled(AmountStyle::Sr), "117,1748");
        assert_eq!(Rate::parse("30.4").unwrap().styled(AmountStyle::Sr), "30,4000");
        assert!(Rate::parse("0").is_err() && Rate::parse("-1").is_err());
    }
}
