//! Which patterns of a vocabulary stand in one another's way: found when a service is read.
//!
//! The pattern that explains the most words wins, and of equals the first. So of two patterns that
//! both explain a message to its end the second is never asked. Each pattern is therefore spelt out
//! in all its forms (a choice's words, a slot filled or left out), each form is read as a message
//! would be, and it is told where another pattern wins it.

use crate::base::fault::Fault;
use crate::service::pattern::{Args, Item, Pattern, Slot, Vocabulary};
use crate::service::token::{Token, Tokens};

/// Forms of one pattern that are tried; one with more of them is made of more choices than a clerk
/// reads.
const FORMS_MAX: usize = 2_000;

impl Vocabulary {
    /// The patterns that another one before them overlaps, or that can't match at all.
    pub fn overlaps(&self, split_digits: bool) -> Vec<Fault> {
        self.patterns
            .iter()
            .enumerate()
            .filter_map(|(place, pattern)| self.overlap(place, pattern, split_digits))
            .collect()
    }

    fn overlap(&self, place: usize, pattern: &Pattern, split_digits: bool) -> Option<Fault> {
        let same = |token: &Token<'_>, word: &str| token.text == word;
        let mut wins = false;
        let mut lost: Option<(&Pattern, String, bool)> = None;
        for form in self.forms(pattern) {
            let tokens = Tokens::of(&form, split_digits);
            let words = tokens.as_slice();
            let own = self.fit(pattern, words, &same);
            // A form that its own pattern reads otherwise (a slot too many) is another's of its
            // forms.
            if !own.complete || own.used < words.len() {
                continue;
            }
            let Some((best, fit)) = self.best(words, &same).0 else { continue };
            if best == place {
                wins = true;
                continue;
            }
            let winner = &self.patterns[best];
            let meaning = |pattern: &Pattern, args: Args| (pattern.verb, pattern.topic, args);
            let differs = meaning(winner, fit.args) != meaning(pattern, own.args);
            if lost.as_ref().is_none_or(|(.., differed)| differs && !differed) {
                lost = Some((winner, form.clone(), differs));
            }
        }
        let fault =
            |what: String, remedy: &str| Some(Fault::new(pattern.span.clone(), what, remedy));
        let text = &pattern.text;
        match lost {
            Some((winner, form, _)) if !wins => fault(
                format!(
                    "the pattern `{text}` never wins: `{}` stands before it and reads `{form}`",
                    winner.text
                ),
                "take one of the two out, or give this one a word that the other lacks",
            ),
            Some((winner, form, true)) => fault(
                format!(
                    "`{form}` is ambiguous: `{text}` reads it, and so does `{}`, which stands before \
                     it and wins",
                    winner.text
                ),
                "give one of the two a word that the other lacks, or another slot",
            ),
            None if !wins => fault(
                format!("the pattern `{text}` matches nothing that can be typed"),
                "an {account} needs an [[account]]; a slot can't follow one that takes all",
            ),
            _ => None,
        }
    }

    /// What a customer may type by this pattern.
    fn forms(&self, pattern: &Pattern) -> Vec<String> {
        let mut forms = vec![String::new()];
        for item in &pattern.items {
            let (words, may_be_absent): (Vec<&str>, bool) = match item {
                Item::Word(choices) => (choices.iter().map(String::as_str).collect(), false),
                Item::Slot { slot, required } => (self.samples(*slot), !required),
            };
            let mut longer = Vec::new();
            for form in &forms {
                longer.extend(words.iter().map(|word| format!("{form} {word}")));
                if may_be_absent {
                    longer.push(form.clone());
                }
            }
            longer.truncate(FORMS_MAX);
            forms = longer;
        }
        forms.iter().map(|form| form.trim_start().to_owned()).collect()
    }

    /// What stands in a slot, in forms that other slots may take for their own.
    fn samples(&self, slot: Slot) -> Vec<&str> {
        match slot {
            Slot::Account => self.accounts.iter().map(String::as_str).collect(),
            Slot::Ordinal => vec!["2", "12"],
            Slot::Amount => vec!["10000", "10.000,00"],
            Slot::Card => vec!["1600"],
            Slot::Date => vec!["05.11.26"],
            Slot::CardKind => self.card_kinds.iter().map(String::as_str).collect(),
            Slot::Jmbg => vec!["0101990710008"],
            Slot::Mode => vec!["11"],
            Slot::TopUp => vec!["044123456 5"],
            Slot::User => vec!["USER1"],
            Slot::Product => self.products.iter().map(|(spelling, _)| spelling.as_str()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::topic::Topic;
    use crate::service::verb::Verb;

    /// What is said of the last pattern of these.
    fn said(patterns: &[(&str, Verb, Option<Topic>)]) -> String {
        let accounts = ["TR", "KURS"].map(String::from).to_vec();
        let mut vocabulary = Vocabulary::new(accounts, vec!["RSD".into()]);
        for (place, (text, verb, topic)) in patterns.iter().enumerate() {
            vocabulary.add(text, *verb, *topic, place..place).unwrap();
        }
        let faults = vocabulary.overlaps(true);
        assert!(faults.iter().all(|fault| fault.span.start + 1 == patterns.len()), "{faults:?}");
        faults.iter().map(|fault| fault.what.as_str()).collect()
    }

    #[test]
    fn patterns_that_never_win_are_told() {
        for patterns in [
            [("KT [last4]", Verb::Card, None), ("KT [ordinal]", Verb::Balance, None)],
            [("KT [ordinal]", Verb::Balance, None), ("KT {last4}", Verb::Card, None)],
            [("A|B", Verb::Help, None), ("B", Verb::Offer, None)],
            // Even where it makes no difference: a second pattern that is never asked is a mistake.
            [("A [ordinal]", Verb::Help, None), ("A {ordinal}", Verb::Help, None)],
        ] {
            assert!(said(&patterns).contains("never wins"), "{patterns:?}: {}", said(&patterns));
        }
    }

    #[test]
    fn patterns_that_share_a_form_are_told() {
        let kurs =
            [("KURS [date]", Verb::Rates, None), ("{account} [ordinal]", Verb::Balance, None)];
        let said_of_kurs = said(&kurs);
        assert!(said_of_kurs.contains("is ambiguous: `{account} [ordinal]`"), "{said_of_kurs}");
        let amounts = [
            ("A {account} [amount]", Verb::Help, None),
            ("A {account} [ordinal]", Verb::Card, None),
        ];
        assert!(said(&amounts).contains("`A TR"), "{}", said(&amounts));
        let choice = [("A", Verb::Help, None), ("A|B", Verb::Offer, None)];
        assert!(said(&choice).contains("`A` is ambiguous"), "{}", said(&choice));
    }

    #[test]
    fn patterns_that_differ_or_mean_the_same_are_left() {
        let credit = Some(Topic::Credit);
        for patterns in [
            [("A", Verb::Help, None), ("A {account}", Verb::Balance, None)],
            [("A [ordinal] [amount]", Verb::Help, None), ("A [date]", Verb::Help, None)],
            [("A", Verb::Unsubscribe, credit), ("A [account]", Verb::Unsubscribe, credit)],
            [("A [amount] [ordinal]", Verb::Help, None), ("B", Verb::Help, None)],
        ] {
            assert_eq!(said(&patterns), "", "{patterns:?}");
        }
        assert!(said(&[("A {card}", Verb::Help, None); 0]).is_empty());
        let mut bare = Vocabulary::new(Vec::new(), Vec::new());
        bare.add("{account}", Verb::Balance, None, 0..1).unwrap();
        assert!(bare.overlaps(true)[0].what.contains("matches nothing"));
    }
}
