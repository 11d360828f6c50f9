//! Whole card numbers, citizens' numbers and access codes out of a text, before anything stores or
//! logs it.
//!
//! The command parser reads the *folded* text: to it a line's end, a tab or a no-break space is a
//! space, `‑` is a dash, `５` and `٥` are 5, and a soft hyphen is nothing. What is blotted out must
//! be at least what the parser calls a card's digits, so both fold with the same tables and cut and
//! mark with the same functions ([`super::token`]); but here every character of the original text
//! counts, and neither the parser's limit of octets nor that of words holds.

use crate::base::jmbg::Jmbg;
use crate::service::code::CodeRule;
use crate::service::token::{Kind, Token, cut, mark_cards};
use crate::text::fold::{Script, fold_one};

/// The fewest digits that are blotted out: those of a card's or a citizen's number but one.
const DIGITS_MIN: usize = 12;

/// What stands where a group of a card's digits stood.
const BLOT: &str = "****";

/// What stands where an access code stood.
const CODE_BLOT: &str = "******";

/// `text` with every whole card number blotted out, in whatever digits and with whatever blanks or
/// dashes between its groups it is written.
pub fn without_cards(text: &str) -> String {
    without(text, DIGITS_MIN, BLOT, mark_cards)
}

/// `text` with whole card numbers blotted out, and with citizens' numbers. Where they are asked
/// for, so is whatever may be one with a slip in it; elsewhere only what looks like a right one,
/// since long numbers are telephones there.
pub fn without_numbers(text: &str, asked_for: bool) -> String {
    let mark = if asked_for { mark_long } else { mark_dated };
    without(&without_cards(text), DIGITS_MIN, BLOT, mark)
}

/// `text` with every access code blotted out, and all that is nearly one: with a digit too few or
/// too many, or in several groups. The ordinal beside a code stays.
pub fn without_codes(text: &str, rule: &CodeRule) -> String {
    without(text, rule.near_digits(), CODE_BLOT, |tokens| mark_codes(tokens, rule))
}

/// Marks digits in however many groups that may be a citizen's number; four before them are a
/// card's end, one or two behind them a mode.
fn mark_long(tokens: &mut [Token<'_>]) {
    let groups = tokens.chunk_by_mut(|a, b| a.kind != Kind::Word && b.kind != Kind::Word);
    for group in groups.filter(|group| group[0].kind != Kind::Word) {
        let mut left: usize = group.iter().map(|token| token.text.len()).sum();
        let mut range = 0..group.len();
        if left >= DIGITS_MIN + 4 && group[0].text.len() == 4 {
            (left, range.start) = (left - 4, 1);
        }
        let last = group[group.len() - 1].text.len();
        if last <= 2 && left >= DIGITS_MIN + last {
            (left, range.end) = (left - last, range.end - 1);
        }
        if left >= DIGITS_MIN {
            group[range].iter_mut().for_each(|token| token.kind = Kind::CardDigits);
        }
    }
}

/// Marks thirteen digits that begin with a day and a month, in one group or two.
fn mark_dated(tokens: &mut [Token<'_>]) {
    for at in 0..tokens.len() {
        for groups in 1..=2 {
            let Some(group) = tokens.get_mut(at..at + groups) else { continue };
            let digits: String = group.iter().map(|token| token.text).collect();
            let number = |from: usize| digits.get(from..from + 2).and_then(|n| n.parse().ok());
            if Jmbg::parse(&digits).is_some()
                && number(0).is_some_and(|day: u8| (1..=31).contains(&day))
                && number(2).is_some_and(|month: u8| (1..=12).contains(&month))
            {
                group.iter_mut().for_each(|token| token.kind = Kind::CardDigits);
            }
        }
    }
}

/// Marks digits that are a code or nearly one: single groups first, and then groups in a row.
fn mark_codes(tokens: &mut [Token<'_>], rule: &CodeRule) {
    let is_digits = |token: &Token<'_>| token.kind == Kind::Digits;
    for token in tokens.iter_mut() {
        if is_digits(token) && token.text.len() >= rule.digits {
            token.kind = Kind::CardDigits;
        }
    }
    for row in tokens.chunk_by_mut(|a, b| is_digits(a) && is_digits(b)) {
        let digits: usize = row.iter().filter(|t| is_digits(t)).map(|t| t.text.len()).sum();
        if digits >= rule.near_digits() {
            row.iter_mut().for_each(|token| token.kind = Kind::CardDigits);
        }
    }
}

/// `text` with `blot` in the place of whatever `mark` marks as a card's, which takes at least
/// `fewest` digits.
fn without(text: &str, fewest: usize, blot: &str, mark: impl Fn(&mut [Token<'_>])) -> String {
    // Nearly every text ends here. A character is never more than one digit.
    let maybe_digits = text.chars().filter(|c| c.is_ascii_digit() || !c.is_ascii()).count();
    if maybe_digits < fewest {
        return text.to_owned();
    }
    // By sound a soft sign is nothing, by its looks a B: the parser tries both.
    let by_sound = blotted(text, Script::Sound, blot, &mark);
    blotted(&by_sound, Script::Looks, blot, &mark)
}

fn blotted(text: &str, script: Script, blot: &str, mark: impl Fn(&mut [Token<'_>])) -> String {
    let mut folded = String::with_capacity(text.len());
    // The place in `text` of the character behind each folded octet.
    let mut places = Vec::with_capacity(text.len());
    for (place, c) in text.char_indices() {
        for octet in fold_one(c, script) {
            folded.push(char::from(octet));
            places.push(place);
        }
    }
    let (starts, mut tokens): (Vec<usize>, Vec<_>) = cut(&folded, true).unzip();
    mark(&mut tokens);
    let mut clean = String::with_capacity(text.len());
    let mut kept = 0;
    for (start, token) in starts.into_iter().zip(tokens) {
        if token.kind == Kind::CardDigits {
            let (first, last) = (places[start], places[start + token.text.len() - 1]);
            clean.push_str(&text[kept..first]);
            clean.push_str(blot);
            kept = last + text[last..].chars().next().map_or(0, char::len_utf8);
        }
    }
    clean.push_str(&text[kept..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::FOLDED_OCTETS_MAX;
    use crate::service::token::Tokens;
    use crate::text::fold::fold;
    use proptest::prelude::*;

    #[test]
    fn cards_are_blotted_out_of_stored_text() {
        for (text, kept) in [
            ("KT 5412 7512 3458 1600", "KT **** **** **** ****"),
            ("KT 5412\n7512\n3458\n1600", "KT ****\n****\n****\n****"),
            ("KT 5412\t7512\u{A0}3458\r\n1600!", "KT ****\t****\u{A0}****\r\n****!"),
            ("KT 5412\u{2011}7512‑3458–1600", "KT ****\u{2011}****‑****–****"),
            ("moja 4539148803461234!", "moja ****!"),
            ("moja４５３９１４８８０３４６１２３４", "moja****"),
            ("٤٥٣٩ ١٤٨٨ ٠٣٤٦ ١٢٣٤", "**** **** **** ****"),
            ("45391\u{AD}4880\u{200B}3461\u{301}234", "****"),
            ("45391488Ь03461234", "****"),
            ("5412751234581600Ь1", "****Ь1"),
            ("PCA VE 1234 0101990710008", "PCA VE 1234 0101990710008"),
            ("Čekam 10.000", "Čekam 10.000"),
        ] {
            assert_eq!(without_cards(text), kept, "{text:?}");
        }
    }

    #[test]
    fn citizens_numbers_are_blotted_out_of_stored_text() {
        for (text, asked_for, elsewhere) in [
            ("PCA VE 1234 0101990710008", "PCA VE 1234 ****", "PCA VE 1234 ****"),
            ("PCA VE 1234 0101990710008 11", "PCA VE 1234 **** 11", "PCA VE 1234 **** 11"),
            ("PCA VE 1234 0101990 710008", "PCA VE 1234 **** ****", "PCA VE 1234 **** ****"),
            ("PCAVE12340101990710008", "PCAVE****", "PCAVE12340101990710008"),
            ("0101 990-710.008", "**** ****-****.****", "0101 990-710.008"),
            ("010199071000", "****", "010199071000"),
            ("００３８３44123456", "****", "００３８３44123456"),
            ("TR 2 10.000", "TR 2 10.000", "TR 2 10.000"),
        ] {
            assert_eq!(without_numbers(text, true), asked_for, "{text}");
            assert_eq!(without_numbers(text, false), elsewhere, "{text}");
        }
    }

    #[test]
    fn codes_are_blotted_out_of_stored_text() {
        let text = include_str!("../../tests/bad_config/services/twin.toml");
        let rules = "[rules.code]\ndigits = 6\ntries = 3\nwords = [\"KOD\"]\nwrong = \"unknown\"\n\
                     locked = \"unknown\"\n\n[say]";
        let service = crate::service::Service::read(&text.replace("[say]", rules)).unwrap();
        for (text, kept) in [
            ("482913 SALDO", "****** SALDO"),
            ("#482913#SALDO#1", "#******#SALDO#1"),
            ("482913saldo2", "******saldo2"),
            ("SALDO 2 482913", "SALDO 2 ******"),
            ("kod ４８２９１３\u{A0}saldo", "kod ******\u{A0}saldo"),
            ("4829 13 SALDO", "****** ****** SALDO"),
            ("4 8 2 9 1 3", "****** ****** ****** ****** ****** ******"),
            ("48291 SALDO", "****** SALDO"),
            ("4829133 SALDO", "****** SALDO"),
            ("482\u{AD}913", "******"),
            ("482913 539148803461234", "****** ******"),
            ("HISTORIA 12", "HISTORIA 12"),
            ("TR 100", "TR 100"),
        ] {
            assert_eq!(service.blotted(text), kept, "{text:?}");
        }
    }

    #[test]
    fn a_card_behind_more_numbers_than_a_command_has_words() {
        let text = format!("{}4539148803461234 x", "1 ".repeat(40));
        assert_eq!(without_cards(&text), format!("{}**** x", "1 ".repeat(40)));
        let text = format!("{}4539 1488 0346 1234", "zdravo ".repeat(100));
        assert!(without_cards(&text).ends_with("zdravo **** **** **** ****"));
    }

    /// Whether the command parser sees a card's digits, in any of the ways in which it reads.
    fn parser_sees_a_card(text: &str) -> bool {
        [Script::Sound, Script::Looks].into_iter().any(|script| {
            let folded = fold(text.chars(), script);
            // A number cut by the end of the room may look like a shorter one, which is none.
            let whole = !folded.overlong && folded.bytes.len() < FOLDED_OCTETS_MAX;
            let tokens = [true, false].map(|split| Tokens::of(folded.as_str(), split));
            whole && tokens.iter().flat_map(Tokens::as_slice).any(|t| t.kind == Kind::CardDigits)
        })
    }

    /// The card's digits in one of several scripts, groups and separators, with anything around.
    fn text_with_cards() -> impl Strategy<Value = String> {
        let card = prop::sample::select(vec!["5412751234581600", "4539148803461234"]);
        let zero = prop::sample::select(vec!['0', '٠', '۰', '०', '０', '𝟎']);
        let glue = "( |\n|\t|\u{A0}|\u{202F}|-|\u{2011}|–|\\.|…|·|\u{AD}|\u{301}|\u{200B}|¨|ь||\
                    [ -.]{2}|\\PC)";
        let number = (card, zero, glue, 0..4usize).prop_map(|(card, zero, glue, size)| {
            let digit = |digit: u8| {
                char::from_u32(u32::from(zero) + u32::from(digit - b'0')).unwrap_or('?')
            };
            let groups: Vec<String> = card
                .as_bytes()
                .chunks([4, 4, 16, 1][size])
                .map(|group| group.iter().map(|d| digit(*d)).collect())
                .collect();
            groups.join(&glue)
        });
        let around =
            prop_oneof![Just(String::new()), "[0-9]{1,4}[ .-]?", "\\PC{0,6}", "(1 ){1,45}"];
        prop::collection::vec((around, number), 1..4)
            .prop_map(|list| list.into_iter().map(|(around, number)| around + &number).collect())
    }

    proptest! {
        #[test]
        fn whatever_the_parser_calls_a_card_is_not_kept(text in text_with_cards()) {
            let kept = without_cards(&text);
            prop_assert!(!parser_sees_a_card(&kept), "{text:?} kept as {kept:?}");
            if parser_sees_a_card(&text) {
                prop_assert_ne!(kept, text);
            }
        }

        #[test]
        fn a_text_without_digits_is_kept(text in "[^0-9\\p{Nd}]{0,80}") {
            prop_assert_eq!(without_cards(&text), text);
        }
    }
}
