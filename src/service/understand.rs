//! A customer's text as a service reads it: without its access code, then by the vocabulary.

use crate::base::access_code::AccessCode;
use crate::service::Service;
use crate::service::holder::KindArg;
use crate::service::pattern::{Args, Reading, Verb};
use crate::service::token::Tokens;
use crate::text::fold::{Folded, Script, fold};

impl Service {
    /// Reads a customer's text: by the letters' sound, then by their looks, then with a misspelling
    /// forgiven. Allocates nothing.
    pub fn understand<I: Iterator<Item = char>>(&self, text: impl Fn() -> I) -> Reading {
        let sound = fold(text(), Script::Sound);
        let (tokens, has_code) = self.tokens(&sound, self.split_digits);
        // A code alone asks what can be typed (2.4/7).
        if has_code && tokens.as_slice().is_empty() && self.has_verb(Verb::Guide) {
            return Reading::Command { verb: Verb::Guide, topic: None, args: Args::default() };
        }
        let by_sound = self.vocabulary.read(&tokens);
        // `РС` sounds like no kind of card, and looks like one.
        if let Reading::Command { args, .. } = by_sound
            && args.holder.kind != KindArg::Unknown
        {
            return by_sound;
        }
        let looks = fold(text(), Script::Looks);
        let by_looks = self.vocabulary.read(&self.tokens(&looks, self.split_digits).0);
        match (by_sound, by_looks) {
            (_, Reading::Command { .. }) | (Reading::Unknown, Reading::Incomplete(_)) => by_looks,
            (Reading::Unknown, _) => self.forgive(&sound, &tokens),
            // Half a command by its sound, which the looks didn't complete.
            _ => by_sound,
        }
    }

    /// Reads with a misspelling forgiven; a digit in a word may be the letter that it looks like
    /// (`SALD0`), so words are first left whole.
    fn forgive(&self, folded: &Folded, tokens: &Tokens<'_>) -> Reading {
        if self.split_digits {
            let whole = self.vocabulary.read_misspelt(&self.tokens(folded, false).0);
            if let Reading::Command { .. } = whole {
                return whole;
            }
        }
        self.vocabulary.read_misspelt(tokens)
    }

    /// The code that a text holds, where the service asks for one. Allocates nothing.
    pub fn typed_code<I: Iterator<Item = char>>(&self, text: impl Fn() -> I) -> Option<AccessCode> {
        let rule = self.code.as_ref()?;
        let folded = fold(text(), Script::Sound);
        rule.typed(&mut Tokens::of(folded.as_str(), self.split_digits))
    }

    /// The words and numbers of a text without its code, and whether it had one.
    fn tokens<'a>(&self, folded: &'a Folded, split_digits: bool) -> (Tokens<'a>, bool) {
        let mut tokens = Tokens::of(folded.as_str(), split_digits);
        tokens.cut |= folded.overlong;
        let code = self.code.as_ref().and_then(|rule| rule.take(&mut tokens));
        (tokens, code.is_some())
    }
}
