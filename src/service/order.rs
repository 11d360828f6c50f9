//! What is to be paid for, as customers type it: a number and an amount, or a product (PC-09,
//! PC-10).
//!
//! Money moves here, so nothing is guessed (requirements 2.0.4 and section 0, "2.0"): in a top-up
//! what stands behind the last space is the amount, and all before it one number, which may hold
//! spaces, `/` and `-`. An amount is whole or has exactly two decimals behind one `.` or `,`.

use std::fmt;

use arrayvec::ArrayString;

use crate::base::money::Minor;
use crate::service::token::{Kind, Token};

/// Characters that are kept of what was typed for a number or a user's name.
const TYPED_CHARS_MAX: usize = 32;

/// Something that a customer typed and that may be personal: prints as its length alone.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Typed(ArrayString<TYPED_CHARS_MAX>);

impl Typed {
    /// As it was typed, in capitals. Never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Writes a token as far as there is room; false where there is none.
    fn add(&mut self, token: &Token<'_>) -> bool {
        let glue = (token.glue != ' ').then_some(token.glue);
        let space = (token.spaced && !self.0.is_empty()).then_some(' ');
        let marks = space.into_iter().chain(glue);
        marks.chain(token.text.chars()).all(|c| self.0.try_push(c).is_ok())
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} characters]", self.0.len())
    }
}

/// What stood in the slots `{top-up}`, `{user}` and `{product}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OrderArgs {
    /// The number of a top-up, as it was typed.
    pub number: NumberArg,
    /// Its amount; `None` where none stands there, or nothing that is one.
    pub amount: Option<Minor>,
    /// Whose product, in small letters, where it isn't the customer's own.
    pub user: Option<Typed>,
    /// Which product, by its place in the service's list.
    pub product: Option<u8>,
}

/// The number of a top-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum NumberArg {
    /// None stands there.
    #[default]
    Absent,
    /// What stands there can be no telephone number. A card's isn't kept.
    Malformed(Typed),
    /// Digits, with spaces, `/` and `-` between them and perhaps a `+` before.
    Typed(Typed),
}

/// A number and an amount, to the end of the text. Uses all tokens, or none where the first holds
/// no digits.
pub(super) fn top_up(
    tokens: &[Token<'_>],
    behind_word: bool,
    currency_words: &[String],
    args: &mut OrderArgs,
) -> usize {
    if tokens.first().is_none_or(|token| token.kind == Kind::Word) {
        return 0;
    }
    let is_currency = |token: &Token<'_>| currency_words.iter().any(|word| word == token.text);
    let last = tokens.len() - 1;
    // A currency that stands alone belongs to the amount before it.
    let alone = tokens[last].spaced && is_plain(&tokens[last]) && is_currency(&tokens[last]);
    let end = if alone { last } else { tokens.len() };
    // The first token stands behind a space, too, where a word is before it.
    let begin = tokens[..end].iter().skip(1).rposition(|token| token.spaced);
    let (number, sum) = tokens[..end].split_at(begin.map_or(end, |before| before + 1));
    args.number = read_number(number, behind_word);
    args.amount = amount(sum, alone, is_currency);
    tokens.len()
}

/// No mark before and none behind.
fn is_plain(token: &Token<'_>) -> bool {
    token.marks == 0 && token.sides.1 == ' '
}

fn read_number(tokens: &[Token<'_>], behind_word: bool) -> NumberArg {
    let (mut typed, mut fits, mut is_card) = (Typed::default(), true, false);
    for (at, token) in tokens.iter().enumerate() {
        // `MBUSHJE: 044…`: between a word and a number they are spaces.
        let separator = behind_word && at == 0 && ".,;:/#-".contains(token.glue);
        let token = Token { glue: if separator { ' ' } else { token.glue }, ..*token };
        let glue = if at == 0 { " +" } else { " /-" };
        fits &= token.kind == Kind::Digits && glue.contains(token.glue) && typed.add(&token);
        is_card |= token.kind == Kind::CardDigits;
    }
    let last_mark = tokens.last().map_or(' ', |token| token.sides.1);
    match (fits && " /-.,;:".contains(last_mark), is_card) {
        (true, _) => NumberArg::Typed(typed),
        (false, false) => {
            let mut shown = Typed::default();
            let _ = tokens.iter().all(|token| shown.add(token));
            NumberArg::Malformed(shown)
        }
        (false, true) => NumberArg::Malformed(Typed::default()),
    }
}

/// `5`, `5,00`, `5.00EUR`; the currency may stand `alone` behind it.
fn amount(
    tokens: &[Token<'_>],
    alone: bool,
    is_currency: impl Fn(&Token<'_>) -> bool,
) -> Option<Minor> {
    let (first, rest) = tokens.split_first()?;
    let rest = match rest.split_last() {
        Some((word, before)) if word.kind == Kind::Word => {
            if alone || !is_plain(word) || !is_currency(word) {
                return None;
            }
            before
        }
        _ => rest,
    };
    let is_digits = |token: &Token<'_>| token.kind == Kind::Digits;
    let padded = first.text.len() > 1 && first.text.starts_with('0');
    // A comma or a stroke may stand behind the number; a sign, or a comma at the amount, may not.
    let parted = " /.,;:".contains(first.glue) && first.sides.0 == ' ';
    if !is_digits(first) || padded || !parted {
        return None;
    }
    let units: i64 = first.text.parse().ok()?;
    let cents: i64 = match rest {
        [] if first.sides.1 == ' ' => 0,
        [decimals]
            if is_digits(decimals)
                && matches!(decimals.glue, '.' | ',')
                && (decimals.marks, decimals.sides.1) == (1, ' ')
                && decimals.text.len() == 2 =>
        {
            decimals.text.parse().ok()?
        }
        _ => return None,
    };
    let sum = units.checked_mul(100)?.checked_add(cents)?;
    (sum > 0).then_some(Minor::new(sum))
}

/// A user's name: what stands up to the next space, in small letters. Uses its tokens; none where
/// it is the last, or no name.
pub(super) fn user(tokens: &[Token<'_>], args: &mut OrderArgs) -> usize {
    let length = 1 + tokens.iter().skip(1).take_while(|token| !token.spaced).count();
    if length >= tokens.len() || tokens[0].glue != ' ' {
        return 0;
    }
    let mut typed = Typed::default();
    let named = tokens[..length].iter().all(|token| {
        let plain = token.text.bytes().all(|octet| octet.is_ascii_alphanumeric());
        plain && token.kind != Kind::CardDigits && typed.add(token)
    });
    if !named {
        return 0;
    }
    typed.0.make_ascii_lowercase();
    args.user = Some(typed);
    length
}

/// A product by one of its spellings, of one word or several; the longest counts. Uses its tokens.
pub(super) fn product(
    tokens: &[Token<'_>],
    products: &[(String, u8)],
    args: &mut OrderArgs,
) -> usize {
    let length_of = |spelling: &str| {
        let mut words = 0;
        let fits = spelling.split(' ').all(|word| {
            let token = tokens.get(words).filter(|token| token.text == word);
            words += 1;
            token.is_some()
        });
        if fits { words } else { 0 }
    };
    let fits = products.iter().map(|(spelling, place)| (length_of(spelling), *place));
    let (length, place) = fits.max_by_key(|(length, _)| *length).unwrap_or_default();
    args.product = (length > 0).then_some(place);
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::token::Tokens;
    use crate::text::fold::{Script, fold};

    fn read(text: &str) -> (NumberArg, Option<i64>) {
        let words = ["EUR", "EURO", "E"].map(String::from);
        let folded = fold(text.chars(), Script::Sound);
        let tokens = Tokens::of(folded.as_str(), true);
        let mut args = OrderArgs::default();
        assert_eq!(top_up(tokens.as_slice(), false, &words, &mut args), tokens.as_slice().len());
        (args.number, args.amount.map(Minor::get))
    }

    fn number(text: &str) -> String {
        match read(text).0 {
            NumberArg::Typed(typed) => typed.reveal().to_owned(),
            NumberArg::Malformed(typed) => format!("?{}", typed.reveal()),
            NumberArg::Absent => "-".to_owned(),
        }
    }

    #[test]
    fn amounts_of_money_are_read_strictly() {
        for (text, cents) in [
            ("5", 500),
            ("5.00", 500),
            ("5,50", 550),
            ("5€", 500),
            ("5 €", 500),
            ("5 euro", 500),
            ("5eur", 500),
            ("5,00 EUR", 500),
            ("5e", 500),
            ("5.", 500),
            ("30.00", 3_000),
            ("5000", 500_000),
            ("0.50", 50),
        ] {
            assert_eq!(read(&format!("044123456 {text}")).1, Some(cents), "{text}");
        }
        for text in [
            "0",
            "0.00",
            "-5",
            "+5",
            "1.000",
            "1,000",
            "5,5",
            "5.5",
            "pese",
            "5.-",
            "5-",
            "5,-",
            "5/",
            "1.000,00",
            "5.00.00",
            "05",
            "5 000",
            "5EUR EUR",
            "5 ¤",
            "5²",
            "½",
            "5%",
            "*5",
            ",50",
            "5.EUR",
            "- 5",
            "- -5",
            ", -5",
            "5.,00",
            "5..00",
            "5 .00",
            "99999999999999999999",
            "5x",
            "E5",
            "5 dinar",
        ] {
            assert_eq!(read(&format!("044123456 {text}")).1, None, "{text}");
        }
        for text in ["044123456, 5", "044123456: 5", "044123456 / 5", "044123456,  5,00"] {
            assert_eq!(read(text).1, Some(500), "{text}");
        }
    }

    #[test]
    fn all_before_the_last_space_is_one_number() {
        for (text, expected) in [
            ("044123456 5", "044123456"),
            ("044 123 456 5", "044 123 456"),
            ("044/123-456 5", "044/123-456"),
            ("044 / 123 456 5", "044 /123 456"),
            ("+383 44 123 456 5", "+383 44 123 456"),
            ("0038344123456 5 euro", "0038344123456"),
            ("044123456", "044123456"),
            ("0441234565", "0441234565"),
            ("044123456/5", "044123456/5"),
            ("044123456- 5", "044123456"),
            ("044.123.456 5", "?044.123.456"),
            ("044123456,5", "?044123456,5"),
            ("044123456, 5", "044123456"),
            ("(0)44123456 5", "?0)44123456"),
            ("044x123456 5", "?044X123456"),
            ("5412751234581600 5", "?"),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(format!("{:?}", read("044123456 5").0), "Typed([9 characters])");
    }

    #[test]
    fn products_and_users_are_whole_words() {
        let products = [("DUO TV", 0), ("DUOTV", 0), ("TV", 1)];
        let products = products.map(|(spelling, place)| (spelling.to_owned(), place));
        let read = |text: &str| {
            let tokens = Tokens::of(text, true);
            let mut args = OrderArgs::default();
            let used = product(tokens.as_slice(), &products, &mut args);
            (args.product, used)
        };
        assert_eq!(read("DUO TV"), (Some(0), 2));
        assert_eq!(read("DUOTV 10"), (Some(0), 1));
        assert_eq!(read("TV"), (Some(1), 1));
        assert_eq!(read("TVX"), (None, 0));
        let read = |text: &str| {
            let tokens = Tokens::of(text, true);
            let mut args = OrderArgs::default();
            let used = user(tokens.as_slice(), &mut args);
            (args.user.map(|typed| typed.reveal().to_owned()), used)
        };
        assert_eq!(read("USER1 DUOTV"), (Some("user1".into()), 2));
        assert_eq!(read("A.B-C_2@IPKO TV"), (Some("a.b-c_2@ipko".into()), 5));
        assert_eq!(read("USER1"), (None, 0));
        assert_eq!(read("\u{1a}X TV"), (None, 0));
    }
}
