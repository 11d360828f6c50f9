//! Whether a service's texts hold what they may be given: tried with values of every shape when the
//! service is read.
//!
//! A template may read well and still fail when it is filled in (`{bal|uper}`, `{1/0}`), come out
//! empty, or take more parts than it may cost. So each text is rendered with the longest values
//! that really occur in its place, with and without those that may be absent, and with lists of
//! none, one and many.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use minijinja::Value;

use crate::base::fault::Fault;
use crate::base::limits::{BALANCES_SHOWN_MAX, DESCRIPTION_CHARS_MAX, PARTS_MAX};
use crate::base::money::{Currency, Minor, Rate};
use crate::calendar::local::Shown;
use crate::service::class::{AccountClass, SEVERAL_PLACEHOLDERS};
use crate::service::code::{CodeRule, WRONG_PLACEHOLDERS};
use crate::service::fees::{FEE_OPTIONAL, FEE_PLACEHOLDERS, Fees};
use crate::service::file::ServiceFile;
use crate::service::reports::{REPORT_PLACEHOLDERS, Reports};
use crate::service::say::{ACCOUNT_OPTIONAL, ACCOUNT_PLACEHOLDERS, Say};
use crate::service::texts::{TextId, Texts};
use crate::service::topic::Topic;
use crate::service::{AccountKind, AlertRule};
use crate::text::encode::{Options, Policy, plan};

/// Accounts of one kind that a customer has at most, in what is tried.
const ACCOUNTS_SAMPLED: usize = 6;

/// A description of a movement; as many characters as are told are taken of it.
const DESCRIPTION: &str = "Uplata po fakturi broj 114/2026 od 20.11";

/// A place of a card's use.
const PLACE: &str = "Prodavnica 114, Novi Beograd, SRB";

/// An offer of a usual length.
const OFFER: &str = "Novo: kes kredit bez naknade za obradu do kraja meseca. U ekspoziturama.";

/// One place in which a text is said.
pub(super) struct Use<'a> {
    text: TextId,
    /// The placeholders that have values there.
    given: &'a [&'a str],
    /// Those that may be without one, in groups that are so together.
    optional: &'a [&'a [&'a str]],
    /// The account kind, where it is one's own text.
    kind: Option<&'a str>,
}

impl<'a> Use<'a> {
    /// A text that fills a role.
    pub(super) fn role(say: Say, text: TextId) -> Use<'a> {
        Use { text, given: say.placeholders(), optional: say.optional(), kind: None }
    }

    /// A text that tells of an event.
    pub(super) fn alert(rule: &AlertRule) -> Use<'a> {
        let (given, optional) = (rule.event.placeholders(), rule.event.optional());
        Use { text: rule.text, given, optional, kind: None }
    }

    /// The texts that answer codes.
    pub(super) fn code(rule: &CodeRule) -> [Use<'a>; 2] {
        let used = |text, given| Use { text, given, optional: &[], kind: None };
        [used(rule.wrong, WRONG_PLACEHOLDERS), used(rule.locked, &[])]
    }

    /// The texts that answer a question for an account.
    pub(super) fn account(kind: &'a AccountKind) -> impl Iterator<Item = Use<'a>> {
        [kind.info, kind.info_bare].into_iter().flatten().map(|text| Use {
            text,
            given: ACCOUNT_PLACEHOLDERS,
            optional: ACCOUNT_OPTIONAL,
            kind: Some(&kind.word),
        })
    }
}

impl<'a> Use<'a> {
    /// The text that tells of a month's fees.
    pub(super) fn fees(fees: &Fees) -> Option<Use<'a>> {
        let (given, optional) = (FEE_PLACEHOLDERS, FEE_OPTIONAL);
        fees.notice.map(|text| Use { text, given, optional, kind: None })
    }

    /// The texts that tell of a balance on business days.
    pub(super) fn reports(reports: &Reports) -> [Use<'a>; 2] {
        let given = REPORT_PLACEHOLDERS;
        [reports.text, reports.changed].map(|text| Use { text, given, optional: &[], kind: None })
    }

    /// The texts that answer a question for a class of accounts.
    pub(super) fn class(class: &AccountClass) -> [Use<'a>; 2] {
        [(class.several, SEVERAL_PLACEHOLDERS), (class.none, &[])].map(|(text, given)| Use {
            text,
            given,
            optional: &[],
            kind: None,
        })
    }
}

/// The texts of a service file on trial.
pub(super) struct Fit<'a> {
    pub(super) texts: &'a Texts,
    pub(super) file: &'a ServiceFile,
    pub(super) currencies: &'a [Currency],
}

impl Fit<'_> {
    /// Tries every text: in each of its uses, and where it has none (a route may name it, or
    /// nobody) with whatever it asks for. Of each text its first fault is told.
    pub(super) fn check<'b>(&self, uses: impl Iterator<Item = Use<'b>>, faults: &mut Vec<Fault>) {
        let parts = self.parts(faults);
        let mut wrong: BTreeMap<TextId, Option<Fault>> = BTreeMap::new();
        for place in uses {
            let fault = wrong.entry(place.text).or_default();
            *fault = fault.take().or_else(|| self.try_use(&place, &parts));
        }
        for name in self.file.texts.keys() {
            let Some(text) = self.texts.find(name.get_ref()) else { continue };
            wrong.entry(text).or_insert_with(|| {
                let asked = self.texts.placeholders(text).unwrap_or_default();
                let given: Vec<&str> = asked.iter().map(String::as_str).collect();
                self.try_use(&Use { text, given: &given, optional: &[], kind: None }, &parts)
            });
        }
        faults.extend(wrong.into_values().flatten());
    }

    /// How many parts the texts may take that `[parts]` names.
    fn parts(&self, faults: &mut Vec<Fault>) -> BTreeMap<TextId, u8> {
        let mut parts = BTreeMap::new();
        for (name, most) in &self.file.parts {
            match self.texts.find(name.get_ref()) {
                None => faults.push(Fault::new(
                    name.span(),
                    format!("there is no text `{}`", name.get_ref()),
                    "name one of [texts], or take it out",
                )),
                Some(_) if !(1..=PARTS_MAX).contains(most.get_ref()) => faults.push(Fault::new(
                    most.span(),
                    format!("a text can't take {} parts", most.get_ref()),
                    format!("write 1 to {PARTS_MAX}"),
                )),
                Some(text) => {
                    parts.insert(text, *most.get_ref());
                }
            }
        }
        parts
    }

    fn try_use(&self, place: &Use<'_>, parts: &BTreeMap<TextId, u8>) -> Option<Fault> {
        let mut asked = self.texts.placeholders(place.text)?;
        asked.retain(|name| place.given.contains(&name.as_str()));
        let name = self.texts.name(place.text);
        let fault = |what: String, remedy: String| Some(Fault::new(self.span(name), what, remedy));
        let mut longest: Option<(usize, String)> = None;
        for shape in shapes(&asked, place.optional) {
            let values: Vec<_> = shape
                .iter()
                .filter_map(|(name, entries)| {
                    Some(((*name).to_owned(), self.sample(name, *entries, place.kind)?))
                })
                .collect();
            let wording = match self.texts.render(place.text, &values) {
                Ok(wording) => wording,
                Err(error) => {
                    let kind = error.kind().to_string();
                    return fault(
                        format!(
                            "the text `{name}` can't be filled in{}: {}",
                            described(&asked, &shape),
                            error.detail().unwrap_or(&kind)
                        ),
                        "mend what stands between its braces".into(),
                    );
                }
            };
            if wording.trim().is_empty() {
                return fault(
                    format!("the text `{name}` is empty{}", described(&asked, &shape)),
                    "write something that is always said: nobody understands an empty message"
                        .into(),
                );
            }
            let units = units(&wording);
            if longest.as_ref().is_none_or(|(most, _)| units > *most) {
                longest = Some((units, wording));
            }
        }
        let (_, wording) = longest?;
        let most = parts.get(&place.text).copied().unwrap_or(1);
        let options = Options { policy: Policy::Plain, ..Options::default() };
        let (units, needed) = match plan(&wording, &options) {
            Ok(plan) if plan.lost > 0 => {
                return fault(
                    format!("the text `{name}` has signs that plain letters can't spell"),
                    "take them out: a phone may show `?`, or the text costs more than twice".into(),
                );
            }
            Ok(plan) if plan.parts <= most => return None,
            Ok(plan) => (plan.units, usize::from(plan.parts)),
            Err(too_long) => (too_long.units, too_long.parts),
        };
        fault(
            format!(
                "the text `{name}` takes {needed} parts at its longest ({units} letters) and may \
                 take {most}"
            ),
            format!("shorten it, or allow more under [parts]; it would read: {wording}"),
        )
    }

    fn span(&self, text: &str) -> Range<usize> {
        self.file.texts.get_key_value(text).map_or(0..0, |(_, wording)| wording.span())
    }

    /// The longest value that really occurs for a placeholder, a list with as many `entries`.
    fn sample(&self, name: &str, entries: Entries, kind: Option<&str>) -> Option<Value> {
        let style = self.file.language;
        let amount = |hundredths| Value::from(Minor::new(hundredths).styled(style));
        let word = || {
            let words = self.file.account.iter().map(|account| account.word.get_ref().as_str());
            Value::from(kind.or_else(|| words.max_by_key(|word| word.len())).unwrap_or("TRS"))
        };
        let description =
            || DESCRIPTION.chars().take(DESCRIPTION_CHARS_MAX).collect::<String>().into();
        let list = |most: usize, pairs: &[(&'static str, Value)]| -> Value {
            let pairs = || Value::from_pairs(pairs.iter().cloned());
            (0..entries.of(most)).map(|_| pairs()).collect()
        };
        Some(match name {
            "k" => word(),
            "n" => Value::from(12),
            "acc" => Value::from("**0163"),
            "bal" | "amt" | "avail" => amount(-123_456_789),
            "min" | "max" => amount(99_999),
            "limit" => amount(123_456_789),
            "date" => shown(2026),
            "today" => shown(2026),
            "date2" => shown(2027),
            "my" => Value::from("11/28"),
            "time" => Value::from("14:05"),
            "cur" | "cur2" => Value::from("RSD"),
            "mode" => Value::from("11"),
            "num" | "user" => Value::from("+383 44 123 456, +383 49 123 456"),
            "ref" => Value::from("123456789"),
            "minutes" => Value::from(120),
            "prod" => {
                let names = self.file.product.iter().map(|product| product.name.get_ref().as_str());
                Value::from(names.max_by_key(|name| name.len()).unwrap_or("Internet"))
            }
            "chan" => Value::from("mBank"),
            "place" => PLACE.chars().take(DESCRIPTION_CHARS_MAX).collect::<String>().into(),
            "months" => Value::from(120),
            "rate" => amount(1_250),
            "type" => Value::from("Terheqje me kartele"),
            "desc" => description(),
            "last4" => Value::from("1600"),
            "kind" => Value::from("Mastercard Installment"),
            "kinds" => Value::from("DinaCard DIS co-branding, Mastercard Installment"),
            "list" => Value::from("*1600, *2210, *6666"),
            "text" => Value::from(OFFER),
            "dir" | "dir2" => self.topic_word(Topic::is_movement),
            "topic" => self.topic_word(|_| true),
            "wanted" => {
                let (topic, limit) = (self.topic_word(|_| true), amount(100_000));
                let alert = [
                    ("topic", topic),
                    ("k", word()),
                    ("n", Value::from(1)),
                    ("acc", Value::from("**0163")),
                    ("limit", limit),
                ];
                list(ACCOUNTS_SAMPLED, &alert)
            }
            "accounts" => {
                let naming =
                    [("k", word()), ("n", Value::from(12)), ("acc", Value::from("**0163"))];
                list(ACCOUNTS_SAMPLED, &naming)
            }
            "states" => {
                let state = [
                    ("k", word()),
                    ("n", Value::from(12)),
                    ("acc", Value::from("**0163")),
                    ("bal", amount(-123_456_789)),
                    ("avail", amount(-123_456_789)),
                ];
                list(ACCOUNTS_SAMPLED, &state)
            }
            "balances" => {
                let balance = [
                    ("cur", Value::from("CHF")),
                    ("bal", amount(123_456_789)),
                    ("date", shown(2027)),
                ];
                list(BALANCES_SHOWN_MAX, &balance)
            }
            "movements" => {
                let movement = [
                    ("dm", Value::from("22.11")),
                    ("amt", amount(-123_456_789)),
                    ("desc", description()),
                ];
                list(usize::from(self.file.rules.history_shown), &movement)
            }
            "rates" => {
                let rate = |rate: &str| {
                    Rate::parse(rate).map_or(Value::UNDEFINED, |rate| rate.styled(style).into())
                };
                let of = [
                    ("cur", Value::from("GBP")),
                    ("buy", rate("133.0049")),
                    ("middle", rate("133.4051")),
                    ("sell", rate("133.8053")),
                ];
                list(self.currencies.len(), &of)
            }
            _ => return None,
        })
    }

    /// The longest word for one of some topics.
    fn topic_word(&self, fits: impl Fn(Topic) -> bool) -> Value {
        let words = self.file.topic.iter().filter(|table| fits(table.topic));
        let longest = words.map(|table| table.word.as_str()).max_by_key(|word| word.len());
        Value::from(longest.unwrap_or("PRILIV"))
    }
}

/// How many entries a list has; what is no list has its value in any case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entries {
    All,
    One,
    None,
}

impl Entries {
    fn of(self, most: usize) -> usize {
        match self {
            Entries::All => most,
            Entries::One => most.min(1),
            Entries::None => 0,
        }
    }
}

const LISTS: [&str; 6] = ["wanted", "accounts", "states", "balances", "rates", "movements"];

/// Every shape of what a text that asks for these may be given: placeholders that have values.
fn shapes<'a>(asked: &'a [String], optional: &[&[&str]]) -> Vec<Vec<(&'a str, Entries)>> {
    let all = asked.iter().map(|name| (name.as_str(), Entries::All)).collect();
    let mut shapes: Vec<Vec<(&str, Entries)>> = vec![all];
    for group in optional {
        let without = |shape: &Vec<(&'a str, Entries)>| {
            let left = shape.iter().filter(|(name, _)| !group.contains(name));
            left.copied().collect::<Vec<_>>()
        };
        let fewer: Vec<_> = shapes.iter().map(without).filter(|s| !shapes.contains(s)).collect();
        shapes.extend(fewer);
    }
    for list in asked.iter().filter(|name| LISTS.contains(&name.as_str())) {
        let of = |entries| {
            move |shape: &Vec<(&'a str, Entries)>| {
                let sized = |(name, all): &(&'a str, Entries)| {
                    (*name, if *name == list.as_str() { entries } else { *all })
                };
                shape.iter().map(sized).collect::<Vec<_>>()
            }
        };
        let one: Vec<_> = shapes.iter().map(of(Entries::One)).collect();
        let none: Vec<_> = shapes.iter().map(of(Entries::None)).collect();
        shapes.extend(one.into_iter().chain(none));
    }
    shapes
}

/// What is special about a shape, for a fault: ` without {date}, with no {balances}`.
fn described(asked: &[String], shape: &[(&str, Entries)]) -> String {
    let mut said = Vec::new();
    for name in asked {
        match shape.iter().find(|(given, _)| given == name) {
            None => said.push(format!("without {{{name}}}")),
            Some((_, Entries::None)) => said.push(format!("with no {{{name}}}")),
            Some((_, Entries::One)) => said.push(format!("with one of {{{name}}}")),
            Some((_, Entries::All)) => {}
        }
    }
    if said.is_empty() { String::new() } else { format!(" {}", said.join(", ")) }
}

fn units(wording: &str) -> usize {
    let options = Options { policy: Policy::Plain, ..Options::default() };
    plan(wording, &options).map_or_else(|too_long| too_long.units, |plan| plan.units)
}

fn shown(year: i16) -> Value {
    Date::new(year, 11, 22).map_or(Value::UNDEFINED, |date| Shown::Date(date).into())
}
