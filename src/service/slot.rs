//! What stands in the slots of a pattern: ordinals, amounts, card ends and dates, as people type
//! them.
//!
//! Each reader takes tokens from the front of a slice and says how many it used; it never guesses
//! (requirements 2.0.4, 2.0.5, KB-09, KB-40 and section 0).

use jiff::civil::Date;

use crate::base::last4::Last4;
use crate::base::money::Minor;
use crate::service::token::{Kind, Token};

/// What the customer wrote where a card's last four digits belong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CardArg {
    /// Nothing.
    #[default]
    Absent,
    /// Something that is no four digits.
    Malformed,
    /// A whole card number, which is read no further (requirements 2.1/16).
    WholeNumber,
    /// Four digits.
    Last4(Last4),
}

/// What the customer wrote where a date belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DateArg {
    /// Nothing.
    #[default]
    Absent,
    /// Digits that are no date.
    Malformed,
    /// A day.
    On(Date),
}

/// An ordinal of up to `digits_max` digits, which isn't the head of an amount. Uses one token.
pub fn ordinal(tokens: &[Token<'_>], digits_max: usize) -> Option<u16> {
    let (first, next) = (tokens.first()?, tokens.get(1));
    if first.kind != Kind::Digits || first.text.len() > digits_max {
        return None;
    }
    if next.is_some_and(|next| next.kind == Kind::Digits && continues_amount(next)) {
        return None;
    }
    first.text.parse().ok()
}

/// Whether a digit group can only be the rest of a number that began before it: `.000`, `,00`, `
/// 000`.
fn continues_amount(group: &Token<'_>) -> bool {
    match group.glue {
        '.' | ',' => !group.spaced,
        ' ' => group.text.len() == 3 && group.text.starts_with('0'),
        _ => false,
    }
}

/// An amount in the Serbian grammar (2.0.4) and the tokens it took, its currency word included.
/// `None` where it is no amount: the caller then has a tail that it can't read.
pub fn amount(tokens: &[Token<'_>], currency_words: &[String]) -> Option<(Minor, usize)> {
    let first = tokens.first().filter(|t| t.kind == Kind::Digits)?;
    // `TR-5000` has a separator, `TR -5000` a sign: no limit is negative.
    if first.glue == '-' && first.spaced {
        return None;
    }
    if first.text.len() > 1 && first.text.starts_with('0') {
        return None;
    }
    let groups = 1 + tokens[1..]
        .iter()
        .take_while(|t| {
            t.kind == Kind::Digits && (matches!(t.glue, '.' | ',') && !t.spaced || t.glue == ' ')
        })
        .count();
    let rest = &tokens[1..groups];
    // The last group holds decimals where it has one or two digits after a mark.
    let (thousands, decimals) = match rest.split_last() {
        Some((last, before)) if last.glue != ' ' && last.text.len() <= 2 => (before, last.text),
        _ => (rest, ""),
    };
    let decimal_mark = rest.last().filter(|_| !decimals.is_empty()).map(|t| t.glue);
    let mut value: i64 = first.text.parse().ok()?;
    if !thousands.is_empty() && first.text.len() > 3 {
        return None;
    }
    for group in thousands {
        // One kind of thousands mark throughout, and not the one that marks the decimals.
        if group.text.len() != 3
            || group.glue != thousands[0].glue
            || Some(group.glue) == decimal_mark
        {
            return None;
        }
        value = value.checked_mul(1_000)?.checked_add(group.text.parse().ok()?)?;
    }
    let cents: i64 = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<i64>().ok()? * 10,
        _ => decimals.parse().ok()?,
    };
    let mut used = groups;
    if tokens.get(used).is_some_and(|t| currency_words.iter().any(|word| word == t.text)) {
        used += 1;
    }
    Some((Minor::new(value.checked_mul(100)?.checked_add(cents)?), used))
}

/// A card's last four digits and the tokens it took.
pub fn card(tokens: &[Token<'_>]) -> (CardArg, usize) {
    let Some(first) = tokens.first() else { return (CardArg::Absent, 0) };
    match first.kind {
        Kind::CardDigits => {
            let groups = tokens.iter().take_while(|t| t.kind == Kind::CardDigits).count();
            (CardArg::WholeNumber, groups)
        }
        Kind::Digits => (Last4::parse(first.text).map_or(CardArg::Malformed, CardArg::Last4), 1),
        Kind::Word => (CardArg::Malformed, 1),
    }
}

/// A date and the tokens it took: `5.11.26`, `05.11.2026.`, `5/11-26`, `05. 11. 26`, `051126`.
/// Words before it are ignored; a number after a word that is no date is ignored too (KB-09).
pub fn date(tokens: &[Token<'_>]) -> (DateArg, usize) {
    let words = tokens.iter().take_while(|t| t.kind == Kind::Word).count();
    let digits = &tokens[words..];
    let Some(first) = digits.first() else { return (DateArg::Absent, 0) };
    let groups = digits.iter().take(3).take_while(|t| t.kind == Kind::Digits).count();
    let parsed = match (first.text.len(), groups) {
        (6 | 8, _) if first.kind == Kind::Digits => {
            day(&first.text[..2], &first.text[2..4], &first.text[4..]).map(|date| (date, 1))
        }
        (_, 3) => day(first.text, digits[1].text, digits[2].text).map(|date| (date, 3)),
        _ => None,
    };
    match parsed {
        Some((date, used)) => (DateArg::On(date), words + used),
        None if words > 0 => (DateArg::Absent, 0),
        None => (DateArg::Malformed, groups.max(1)),
    }
}

/// A day by its numbers, day first; a year of two digits is of this century.
fn day(day: &str, month: &str, year: &str) -> Option<Date> {
    if day.len() > 2 || month.len() > 2 || !matches!(year.len(), 2 | 4) {
        return None;
    }
    let year: i16 = year.parse().ok().map(|y: i16| if year.len() == 2 { 2_000 + y } else { y })?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::token::Tokens;

    fn read_amount(text: &str) -> Option<(i64, usize)> {
        let tails = ["RSD".to_owned(), "DIN".to_owned(), "DINARA".to_owned()];
        amount(Tokens::of(text, true).as_slice(), &tails).map(|(a, used)| (a.get(), used))
    }

    #[test]
    fn amounts_as_serbs_write_them() {
        for (text, hundredths, used) in [
            ("10000", 1_000_000, 1),
            ("10.000", 1_000_000, 2),
            ("10 000", 1_000_000, 2),
            ("10,000", 1_000_000, 2),
            ("10.000,00", 1_000_000, 3),
            ("10000,00", 1_000_000, 2),
            ("10,000.00", 1_000_000, 3),
            ("1.234.567,8", 123_456_780, 4),
            ("10.00", 1_000, 2),
            ("999,99", 99_999, 2),
            ("10.000 RSD", 1_000_000, 3),
            ("10000DIN.", 1_000_000, 2),
            ("5000,-", 500_000, 1),
            ("10.000 DINARA", 1_000_000, 3),
            ("0", 0, 1),
        ] {
            assert_eq!(read_amount(text), Some((hundredths, used)), "{text}");
        }
    }

    #[test]
    fn a_sign_is_no_separator() {
        let after_ordinal = |text| {
            let tokens = Tokens::of(text, true);
            amount(&tokens.as_slice()[1..], &[]).map(|(a, _)| a.get())
        };
        assert_eq!(after_ordinal("2 -5000"), None);
        assert_eq!(after_ordinal("2-5000"), Some(500_000));
    }

    #[test]
    fn what_is_no_amount_is_not_guessed() {
        for text in [
            "000",
            "10.0000",
            "10.000.00",
            "1.00.000",
            "1000.000",
            "1,000,00",
            "A",
            "",
            "007",
            "99999999999999999999",
        ] {
            assert_eq!(read_amount(text), None, "{text}");
        }
    }

    fn read_ordinal(text: &str) -> Option<u16> {
        ordinal(Tokens::of(text, true).as_slice(), 2)
    }

    #[test]
    fn an_ordinal_is_not_the_head_of_an_amount() {
        assert_eq!(read_ordinal("2"), Some(2));
        assert_eq!(read_ordinal("2 10.000"), Some(2));
        assert_eq!(read_ordinal("2 10 000"), Some(2));
        assert_eq!(read_ordinal("2 500"), Some(2));
        for text in ["10.000", "10 000", "10,00", "500", "A"] {
            assert_eq!(read_ordinal(text), None, "{text}");
        }
    }

    fn read_date(text: &str) -> DateArg {
        date(Tokens::of(text, true).as_slice()).0
    }

    #[test]
    fn dates_in_all_usual_forms() {
        let november_5 = DateArg::On(Date::new(2026, 11, 5).unwrap());
        for text in [
            "5.11.26",
            "05.11.26",
            "05.11.2026",
            "05.11.26.",
            "5/11/26",
            "5-11-2026",
            "05. 11. 26",
            "051126",
            "05112026",
            "ZA 05.11.26",
            "EUR 5.11.26",
            "5 11 26",
            "05.11.2026. GODINE",
        ] {
            assert_eq!(read_date(text), november_5, "{text}");
        }
        for text in ["31.02.26", "5.11", "2026-11-05", "5.11.026", "123", "29.02.26", "00.11.26"] {
            assert_eq!(read_date(text), DateArg::Malformed, "{text}");
        }
        for text in ["", "EUR", "EUR 100"] {
            assert_eq!(read_date(text), DateArg::Absent, "{text}");
        }
        assert_eq!(read_date("01.01.99"), DateArg::On(Date::new(2099, 1, 1).unwrap()));
    }

    #[test]
    fn card_ends_are_four_digits_and_whole_numbers_are_none() {
        let read = |text: &str| card(Tokens::of(text, true).as_slice()).0;
        assert_eq!(read("1600"), CardArg::Last4(Last4::parse("1600").unwrap()));
        assert_eq!(read("*1600"), CardArg::Last4(Last4::parse("1600").unwrap()));
        assert_eq!(read("5412 7512 3458 1600"), CardArg::WholeNumber);
        assert_eq!(read("5412751234581600"), CardArg::WholeNumber);
        assert_eq!(read("160"), CardArg::Malformed);
        assert_eq!(read("VISA"), CardArg::Malformed);
        assert_eq!(read(""), CardArg::Absent);
    }
}
