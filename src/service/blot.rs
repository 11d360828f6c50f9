//! Whole card numbers and access codes out of a text, before anything stores or logs it.
//!
//! The command parser reads the *folded* text: to it a line's end, a tab or a no-break space is a
//! space, `‑` is a dash, `５` and `٥` are 5, and a soft hyphen is nothing. What is blotted out must
//! be at least what the parser calls a card's digits, so both fold with the same tables and cut and
//! mark with the same functions ([`super::token`]); but here every character of the original text
//! counts, and neither the parser's limit of octets nor that of words holds.

use crate::service::code::CodeRule;
use crate::service::token::{Kind, Token, cut, mark_cards};
use crate::text::fold::{Script, fold_one};

/// The fewest digits that a card number has.
const CARD_DIGITS_MIN: usize = 13;

/// What stands where a group of a card's digits stood.
const BLOT: &str = "****";

/// What stands where an access code stood.
const CODE_BLOT: &str = "******";

/// `text` with every whole card number blotted out, in whatever digits and with whatever blanks or
/// dashes between its groups it is written.
pub fn without_cards(text: &str) -> String {
    // By sound a soft sign is nothing, by its looks a B: the parser tries both.
    // Nearly every text ends here. A character is never more than one digit.
    let maybe_digits = text.chars().filter(|c| c.is_ascii_digit() || !c.is_ascii()).count();
    if maybe_digits < CARD_DIGITS_MIN {
        return text.to_owned();
    }
    let by_sound = blotted(text, Script::Sound, BLOT, mark_cards);
    blotted(&by_sound, Script::Looks, BLOT, mark_cards)
}

/// `text` with every access code blotted out, and all that is nearly one: with a digit too few or
/// too many, or in several groups. The ordinal beside a code stays.
pub fn without_codes(text: &str, rule: &CodeRule) -> String {
    let mark = |tokens: &mut [Token<'_>]| mark_codes(tokens, rule);
    let by_sound = blotted(text, Script::Sound, CODE_BLOT, mark);
    blotted(&by_sound, Script::Looks, CODE_BLOT, mark)
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
        if rule.is_near(row.iter().filter(|t| is_digits(t)).map(|t| t.text.len()).sum()) {
            row.iter_mut().for_each(|token| token.kind = Kind::CardDigits);
        }
    }
}

/// `text` with `blot` in the place of every group of digits that `mark` marks as a card's.
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
            assert_eq!(service.kept(text), kept, "{text:?}");
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
