//! The vocabulary of a service: patterns that a bank's clerk can read, matched against tokens.
//!
//! A pattern is a line such as `PRIJAVA PRILIV {account} [ordinal] [amount]`: capital words are
//! typed as they stand (`POMOC|HELP` is a choice), `{slot}` must be there, `[slot]` may be. The
//! pattern that explains the most tokens wins. What is left over is ignored where the command only
//! reads, and makes the message unreadable where it changes something (requirements 2.0.7).
//! Matching allocates nothing.

mod overlap;
mod reading;
mod words;

use std::ops::Range;

use arrayvec::ArrayVec;

use crate::base::fault::Fault;
use crate::service::holder::{self, KindArg};
use crate::service::order::{self, OrderArgs};
use crate::service::pattern::words::{choices, one_edit_apart};
use crate::service::slot::{self};
use crate::service::token::{Kind, Token, Tokens};
use crate::service::topic::Topic;

pub use crate::service::verb::Verb;
pub use reading::{Args, Reading};

/// A slot's name, between braces or brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    Account,
    Ordinal,
    Amount,
    Card,
    Date,
    CardKind,
    Jmbg,
    Mode,
    TopUp,
    User,
    Product,
}

impl Slot {
    const NAMES: [(&'static str, Slot); 11] = [
        ("account", Slot::Account),
        ("ordinal", Slot::Ordinal),
        ("amount", Slot::Amount),
        ("last4", Slot::Card),
        ("date", Slot::Date),
        ("card-kind", Slot::CardKind),
        ("jmbg", Slot::Jmbg),
        ("mode", Slot::Mode),
        ("top-up", Slot::TopUp),
        ("user", Slot::User),
        ("product", Slot::Product),
    ];
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Item {
    Word(Vec<String>),
    Slot { slot: Slot, required: bool },
}

/// One line of the vocabulary.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    items: ArrayVec<Item, 8>,
    verb: Verb,
    topic: Option<Topic>,
    class: Option<u8>,
    /// As it is written, and where.
    text: String,
    span: Range<usize>,
}

/// What of a pattern fitted.
struct Fit {
    args: Args,
    used: usize,
    complete: bool,
}

/// All that a service understands.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    patterns: Vec<Pattern>,
    accounts: Vec<String>,
    currency_words: Vec<String>,
    /// The words of the card kinds, in the order of the service's list.
    card_kinds: Vec<String>,
    /// How products are spelt, and their places in the service's list.
    products: Vec<(String, u8)>,
}

impl Vocabulary {
    /// A vocabulary without patterns. `accounts` are the words of the account kinds, in the order
    /// of the service's list; `currency_words` may follow an amount.
    pub fn new(accounts: Vec<String>, currency_words: Vec<String>) -> Vocabulary {
        Vocabulary { accounts, currency_words, ..Vocabulary::default() }
    }

    /// The same, with the words of card kinds.
    pub fn with_card_kinds(self, card_kinds: Vec<String>) -> Vocabulary {
        Vocabulary { card_kinds, ..self }
    }

    /// The same, with the spellings of products and their places in the service's list.
    pub fn with_products(self, products: Vec<(String, u8)>) -> Vocabulary {
        Vocabulary { products, ..self }
    }

    /// Whether some pattern asks for a citizen's number.
    pub fn asks_for_jmbg(&self) -> bool {
        let asks = |item: &Item| matches!(item, Item::Slot { slot: Slot::Jmbg, .. });
        self.patterns.iter().any(|pattern| pattern.items.iter().any(asks))
    }

    /// Adds a pattern, or says what is wrong with it at `span`.
    pub fn add(
        &mut self,
        text: &str,
        verb: Verb,
        topic: Option<Topic>,
        span: Range<usize>,
    ) -> Result<(), Fault> {
        let items =
            parse_items(text).map_err(|(what, remedy)| Fault::new(span.clone(), what, remedy))?;
        let (text, class) = (text.to_owned(), None);
        let pattern = Pattern { items, verb, topic, class, text, span: span.clone() };
        if self.patterns.iter().any(|known| known.items == pattern.items) {
            return Err(Fault::new(
                span,
                format!("the pattern `{}` stands here for a second time", pattern.text),
                "keep one of the two: the first always wins",
            ));
        }
        self.patterns.push(pattern);
        Ok(())
    }

    /// Makes the pattern that was added last one of a class of accounts.
    pub fn of_class(&mut self, class: u8) {
        self.patterns.last_mut().into_iter().for_each(|pattern| pattern.class = Some(class));
    }

    /// The verbs that some pattern leads to.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> + '_ {
        Verb::ALL.into_iter().filter(|verb| self.patterns.iter().any(|p| p.verb == *verb))
    }

    /// Reads a message's tokens exactly as they stand.
    pub fn read(&self, tokens: &Tokens<'_>) -> Reading {
        self.read_with(tokens, &|token, word| token.text == word)
    }

    /// Reads again with one-edit misspellings allowed, in words of five letters or more and in
    /// commands that change nothing (requirements 2.0.6).
    pub fn read_misspelt(&self, tokens: &Tokens<'_>) -> Reading {
        let close = |token: &Token<'_>, word: &str| {
            token.text == word
                || (word.len() >= 5 && one_edit_apart(token.text.as_bytes(), word.as_bytes()))
        };
        match self.read_with(tokens, &close) {
            Reading::Command { verb, .. } if verb.changes() => Reading::Unknown,
            Reading::Incomplete(_) => Reading::Unknown,
            reading => reading,
        }
    }

    fn read_with(&self, tokens: &Tokens<'_>, same: &dyn Fn(&Token<'_>, &str) -> bool) -> Reading {
        let words = tokens.as_slice();
        let (best, begun) = self.best(words, same);
        match best {
            Some((place, fit)) => {
                let pattern = &self.patterns[place];
                let tail = fit.used < words.len() || tokens.cut;
                if tail && pattern.verb.changes() {
                    return Reading::Incomplete(pattern.verb);
                }
                Reading::Command { verb: pattern.verb, topic: pattern.topic, args: fit.args }
            }
            None => begun.map_or(Reading::Unknown, Reading::Incomplete),
        }
    }

    /// The pattern that explains the most words, the first of several; and the verb of the first
    /// one that is only begun.
    fn best(
        &self,
        words: &[Token<'_>],
        same: &dyn Fn(&Token<'_>, &str) -> bool,
    ) -> (Option<(usize, Fit)>, Option<Verb>) {
        let mut best: Option<(usize, Fit)> = None;
        let mut begun: Option<Verb> = None;
        for (place, pattern) in self.patterns.iter().enumerate() {
            let fit = self.fit(pattern, words, same);
            if !fit.complete {
                // Any word may be a user's name: that begins nothing.
                let names = matches!(pattern.items[0], Item::Slot { slot: Slot::User, .. });
                if fit.used > 0 && begun.is_none() && !names {
                    begun = Some(pattern.verb);
                }
            } else if best.as_ref().is_none_or(|(_, so_far)| fit.used > so_far.used) {
                best = Some((place, fit));
            }
        }
        (best, begun)
    }

    fn fit(
        &self,
        pattern: &Pattern,
        words: &[Token<'_>],
        same: &dyn Fn(&Token<'_>, &str) -> bool,
    ) -> Fit {
        let args = Args { class: pattern.class, ..Args::default() };
        let mut fit = Fit { args, used: 0, complete: false };
        for (at, item) in pattern.items.iter().enumerate() {
            let rest = &words[fit.used..];
            let found = match item {
                Item::Word(choices) => {
                    let here = rest.first().filter(|t| t.kind == Kind::Word);
                    usize::from(
                        here.is_some_and(|token| choices.iter().any(|word| same(token, word))),
                    )
                }
                Item::Slot { slot, .. } => {
                    // What a number may be depends on what may stand behind it.
                    let number_follows = pattern.items[at + 1..].iter().any(|item| {
                        matches!(item, Item::Slot { slot: Slot::Amount | Slot::Mode, .. })
                    });
                    match slot {
                        Slot::TopUp | Slot::User | Slot::Product => {
                            self.fill_order(*slot, rest, fit.used > 0, &mut fit.args.order)
                        }
                        _ => self.fill(*slot, rest, number_follows, &mut fit.args),
                    }
                }
            };
            fit.used += found;
            if found == 0 && !matches!(item, Item::Slot { required: false, .. }) {
                return fit;
            }
        }
        fit.complete = true;
        fit
    }

    /// Fills a slot from the front of `rest`; how many tokens it took, 0 where it stays empty.
    fn fill(&self, slot: Slot, rest: &[Token<'_>], number_follows: bool, args: &mut Args) -> usize {
        match slot {
            Slot::Account => {
                let Some(token) = rest.first() else { return 0 };
                let found = self.accounts.iter().position(|word| word == token.text);
                args.account = found.and_then(|at| u8::try_from(at).ok());
                usize::from(args.account.is_some())
            }
            // Beside an amount, 1 to 99 is an ordinal and 100 an amount already (KB-40).
            Slot::Ordinal => {
                args.ordinal = slot::ordinal(rest, if number_follows { 2 } else { 4 });
                usize::from(args.ordinal.is_some())
            }
            Slot::Amount => match slot::amount(rest, &self.currency_words) {
                Some((amount, used)) => {
                    args.amount = Some(amount);
                    used
                }
                None => 0,
            },
            Slot::Card => {
                let (card, used) = slot::card(rest);
                args.card = card;
                used
            }
            Slot::Date => {
                let (date, used) = slot::date(rest);
                args.date = date;
                used
            }
            Slot::CardKind => {
                args.holder.kind = holder::kind(rest, &self.card_kinds);
                usize::from(args.holder.kind != KindArg::Absent)
            }
            Slot::Jmbg => {
                let (jmbg, used) = holder::jmbg(rest, number_follows);
                args.holder.jmbg = jmbg;
                used
            }
            Slot::Mode => {
                let (mode, used) = holder::mode(rest);
                args.holder.mode = mode;
                used
            }
            Slot::TopUp | Slot::User | Slot::Product => 0,
        }
    }

    /// The same for the slots of orders that move money.
    fn fill_order(
        &self,
        slot: Slot,
        rest: &[Token<'_>],
        behind_word: bool,
        args: &mut OrderArgs,
    ) -> usize {
        match slot {
            Slot::TopUp => order::top_up(rest, behind_word, &self.currency_words, args),
            Slot::User => order::user(rest, args),
            _ => order::product(rest, &self.products, args),
        }
    }
}

type Complaint = (String, String);

fn parse_items(text: &str) -> Result<ArrayVec<Item, 8>, Complaint> {
    let mut items = ArrayVec::new();
    for word in text.split_whitespace() {
        let item = match (slot_name(word, '{', '}'), slot_name(word, '[', ']')) {
            (Some(name), _) => Item::Slot { slot: slot_called(name)?, required: true },
            (_, Some(name)) => Item::Slot { slot: slot_called(name)?, required: false },
            _ => Item::Word(choices(word)?),
        };
        if items.try_push(item).is_err() {
            return Err((
                "a pattern has at most 8 words and slots".into(),
                "make two patterns of it".into(),
            ));
        }
    }
    if items.is_empty() {
        return Err((
            "the pattern is empty".into(),
            "write what the customer types, e.g. \"KT {last4}\"".into(),
        ));
    }
    Ok(items)
}

fn slot_name(word: &str, open: char, close: char) -> Option<&str> {
    word.strip_prefix(open)?.strip_suffix(close)
}

fn slot_called(name: &str) -> Result<Slot, Complaint> {
    Slot::NAMES.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot).ok_or_else(|| {
        let known: Vec<&str> = Slot::NAMES.iter().map(|(name, _)| *name).collect();
        (format!("there is no slot named `{name}`"), format!("the slots are {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Minor;

    fn vocabulary() -> Vocabulary {
        let accounts = ["TR", "TRS", "DR", "T"].map(String::from).to_vec();
        let mut vocabulary = Vocabulary::new(accounts, vec!["RSD".into(), "DIN".into()]);
        for (pattern, verb, topic) in [
            ("{account} [ordinal]", Verb::Balance, None),
            ("KT [last4]", Verb::Card, None),
            ("KURS [date]", Verb::Rates, None),
            ("PRIJAVA PRILIV {account} [ordinal] [amount]", Verb::Subscribe, Some(Topic::Credit)),
            ("ODJAVA PRILIV [account] [ordinal] [amount]", Verb::Unsubscribe, Some(Topic::Credit)),
            ("ODJAVA", Verb::Unsubscribe, None),
            ("POMOC|HELP", Verb::Help, None),
        ] {
            vocabulary.add(pattern, verb, topic, 0..1).unwrap();
        }
        vocabulary
    }

    fn read(text: &str) -> Reading {
        vocabulary().read(&Tokens::of(text, true))
    }

    fn args(text: &str) -> Args {
        match read(text) {
            Reading::Command { args, .. } => args,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn words_are_whole_and_slots_are_filled() {
        assert_eq!(args("TR"), Args { account: Some(0), ..Args::default() });
        assert_eq!(args("T 1"), Args { account: Some(3), ordinal: Some(1), ..Args::default() });
        assert_eq!(
            args("TRS2 MOLIM"),
            Args { account: Some(1), ordinal: Some(2), ..Args::default() }
        );
        let subscribed = args("PRIJAVA PRILIV TR 2 10.000 RSD");
        assert_eq!((subscribed.ordinal, subscribed.amount), (Some(2), Some(Minor::whole(10_000))));
        assert_eq!(args("PRIJAVA PRILIV TR 10 000").amount, Some(Minor::whole(10_000)));
        assert_eq!(args("PRIJAVA PRILIV TR 500").amount, Some(Minor::whole(500)));
        assert_eq!(args("PRIJAVA PRILIV TR 99").ordinal, Some(99));
    }

    #[test]
    fn a_tail_is_ignored_by_questions_and_refused_by_changes() {
        assert_eq!(args("TR 2 HVALA LEPO").ordinal, Some(2));
        assert_eq!(read("ODJAVA HVALA"), Reading::Incomplete(Verb::Unsubscribe));
        assert_eq!(read("PRIJAVA PRILIV TR 2 10.0000"), Reading::Incomplete(Verb::Subscribe));
    }

    #[test]
    fn what_is_begun_is_known_by_its_first_word() {
        assert_eq!(read("PRIJAVA"), Reading::Incomplete(Verb::Subscribe));
        assert_eq!(read("PRIJAVA PRILIV"), Reading::Incomplete(Verb::Subscribe));
        assert_eq!(read("PCA VE 6666"), Reading::Unknown);
        assert_eq!(read(""), Reading::Unknown);
    }

    #[test]
    fn misspellings_are_forgiven_in_long_words_of_questions_only() {
        let misspelt = |text: &str| vocabulary().read_misspelt(&Tokens::of(text, true));
        assert_eq!(misspelt("PONOC").verb(), Some(Verb::Help));
        assert_eq!(misspelt("PMOOC").verb(), Some(Verb::Help));
        assert_eq!(misspelt("POMO").verb(), Some(Verb::Help));
        assert_eq!(misspelt("HELPP"), Reading::Unknown);
        assert_eq!(misspelt("ODJAVAA"), Reading::Unknown);
        assert_eq!(misspelt("KURSS"), Reading::Unknown);
    }

    #[test]
    fn a_bad_pattern_says_what_to_do() {
        let mut vocabulary = vocabulary();
        for (pattern, says) in [
            ("KT {last5}", "no slot named"),
            ("kt {last4}", "capital letters"),
            ("", "empty"),
            ("POMOC|HELP", "second time"),
            ("A B C D E F G H I", "at most 8"),
        ] {
            let fault = vocabulary.add(pattern, Verb::Help, None, 0..1).unwrap_err();
            assert!(
                format!("{} {}", fault.what, fault.remedy).contains(says),
                "{pattern}: {fault:?}"
            );
        }
    }
}
