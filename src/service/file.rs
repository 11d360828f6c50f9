//! A service file as it is written: the serde mirror of `services/*.toml`.
//!
//! Every field that can be at fault keeps its place in the file ([`Spanned`]); fields that aren't
//! known are refused, so that a misspelt option can't be silently without effect. `super::Service`
//! makes it live.

use std::collections::BTreeMap;

use jiff::civil::Time;
use serde::Deserialize;
use toml::Spanned;

use crate::bank::event::{EventKind, Outcome};
use crate::base::fault::Fault;
use crate::base::money::{AmountStyle, Currency};
use crate::calendar::Country;
use crate::service::fees::FeesTable;
use crate::service::pattern::Verb;
use crate::service::reports::ReportsTable;
use crate::service::say::Say;
use crate::service::topic::Topic;

/// The whole file.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct ServiceFile {
    /// The service's name, as routes in config.toml call it.
    pub name: Spanned<String>,
    /// The bank, as `[[bank]]` in config.toml calls it.
    pub bank: Spanned<String>,
    /// How amounts are written: `sr`, `sq`, `pl`.
    pub language: AmountStyle,
    /// The currency of accounts whose own isn't said; left out, that of the language's country.
    pub currency: Option<Spanned<String>>,
    /// The zone of its dates, such as `Europe/Belgrade`.
    pub zone: Spanned<String>,
    /// The country of its holidays.
    pub country: Country,
    /// The bank's telephone, `{phone}` in texts.
    pub phone: String,
    /// Whether letters and digits part at their border.
    #[serde(default = "yes")]
    pub split_digits: bool,
    /// Words that may follow an amount.
    #[serde(default)]
    pub amount_words: Vec<Spanned<String>>,
    /// The rules that are numbers and choices.
    #[serde(default)]
    pub rules: RulesTable,
    /// Account kinds.
    #[serde(default)]
    pub account: Vec<AccountTable>,
    /// Classes of account kinds that one command asks for.
    #[serde(default)]
    pub class: Vec<ClassTable>,
    /// Kinds of card that customers name by a word.
    #[serde(default)]
    pub card: Vec<CardTable>,
    /// Topics that customers can subscribe to by text.
    #[serde(default)]
    pub topic: Vec<TopicTable>,
    /// The vocabulary.
    #[serde(default)]
    pub command: Vec<CommandTable>,
    /// What customers are told unasked.
    #[serde(default)]
    pub alert: Vec<AlertTable>,
    /// What the daemon tells by its own calendar.
    #[serde(default)]
    pub notice: Vec<NoticeTable>,
    /// How customers pay for something by text.
    pub purchases: Option<PurchasesTable>,
    /// Who sells top-ups.
    #[serde(default)]
    pub provider: Vec<ProviderTable>,
    /// What has a fixed price.
    #[serde(default)]
    pub product: Vec<ProductTable>,
    /// What its messages cost; left out: nothing.
    pub fees: Option<FeesTable>,
    /// Balances on business days; left out: none.
    pub reports: Option<ReportsTable>,
    /// Which text fills which role.
    pub say: BTreeMap<Say, Spanned<String>>,
    /// The texts.
    pub texts: BTreeMap<Spanned<String>, Spanned<String>>,
    /// How many parts a text may take at its longest, where that isn't one.
    #[serde(default)]
    pub parts: BTreeMap<Spanned<String>, Spanned<u8>>,
}

impl ServiceFile {
    /// The service's currency: its own, or that of its language's country.
    pub(super) fn currency(&self, faults: &mut Vec<Fault>) -> Option<Currency> {
        let usual = match self.language {
            AmountStyle::Sr => "RSD",
            AmountStyle::Sq => "EUR",
            AmountStyle::Pl => "PLN",
        };
        let written = self.currency.as_ref();
        let parsed = written.map_or(usual, |written| written.get_ref()).parse::<Currency>();
        parsed
            .map_err(|error| {
                let span = written.map_or(0..0, Spanned::span);
                faults.push(Fault::new(
                    span,
                    error.to_string(),
                    "write such as currency = \"RSD\"",
                ));
            })
            .ok()
    }
}

fn yes() -> bool {
    true
}

/// `[rules]`.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct RulesTable {
    /// What happens when a new limit isn't the other direction's (KB-35).
    pub limit_conflict: LimitConflict,
    /// The local hour from which a day's rates are in force (KB-09).
    pub rates_from_hour: i8,
    /// Rates older than this many days aren't given.
    pub rates_age_days_max: u16,
    /// The currencies of a rates answer, in order (KB-08).
    pub rates_currencies: Vec<String>,
    /// Who alone may ask about cards (KB-02); none means anybody.
    pub cards_for: Option<Holder>,
    /// Help texts that one number gets in an hour (2.0.8).
    pub help_per_hour: u32,
    /// Messages that one number gets answers to in a minute (KB-07).
    pub replies_per_minute: u32,
    /// Wrong data from one phone, or for one card, that lock it (CA-35).
    pub wrong_data_max: u8,
    /// The hours in which they count, and for which it is locked (CA-35).
    pub wrong_data_hours: u16,
    /// From this local time on offers are told (BR-07).
    pub offers_from: Time,
    /// Until this one.
    pub offers_until: Time,
    /// What the news that a card was reissued means for the contract (KB-24, CA-23).
    pub reissued_card: ReissuedCard,
    /// That each command needs the customer's code (SK-08); none where the number is enough.
    pub code: Option<CodeTable>,
    /// How many operations a history shows.
    pub history_shown: u8,
    /// How many phones a customer may have (SK-14); none means any number.
    pub phones_max: Option<u8>,
    /// The operators whose numbers are enrolled (KB-03, PC-03); none means any.
    pub operators: Vec<String>,
}

/// `[rules.code]`
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct CodeTable {
    /// How many digits a code has.
    pub digits: Spanned<u8>,
    /// After so many wrong ones in a row the phone is locked.
    pub tries: Spanned<u8>,
    /// Words that may precede it.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// The text that answers a wrong code.
    pub wrong: Spanned<String>,
    /// The text that answers any code of a phone that is locked.
    pub locked: Spanned<String>,
}

impl Default for RulesTable {
    fn default() -> RulesTable {
        RulesTable {
            limit_conflict: LimitConflict::Align,
            rates_from_hour: 8,
            rates_age_days_max: 14,
            rates_currencies: ["EUR", "USD", "CHF", "GBP"].map(String::from).to_vec(),
            cards_for: None,
            help_per_hour: 3,
            replies_per_minute: 60,
            wrong_data_max: 5,
            wrong_data_hours: 24,
            offers_from: Time::constant(8, 0, 0, 0),
            offers_until: Time::constant(20, 0, 0, 0),
            reissued_card: ReissuedCard::Waits,
            code: None,
            history_shown: 5,
            phones_max: None,
            operators: Vec::new(),
        }
    }
}

/// KB-35's setting.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LimitConflict {
    /// The last one wins for both directions, and the reply says so.
    Align,
    /// The change is refused.
    Reject,
}

/// What the news of a reissued card means.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ReissuedCard {
    /// It waits to be fetched; the old one stays in the contract.
    Waits,
    /// It is in use from now on, with all that was subscribed to for the old one.
    Replaces,
}

/// Who may hold an account kind.
#[derive(Deserialize, serde::Serialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// A person.
    Natural,
    /// A firm.
    Legal,
}

/// `[[account]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct AccountTable {
    /// The word that customers type.
    pub word: Spanned<String>,
    /// Who may hold it; none means anybody.
    pub holder: Option<Holder>,
    /// The smallest limit of its alerts, as a decimal string; none means alerts without limits.
    pub minimum: Option<Spanned<String>>,
    /// The limits that a contract may choose from for its alerts, as decimal strings (PC-06).
    #[serde(default)]
    pub limits: Vec<Spanned<String>>,
    /// The topics that it has.
    pub topics: Vec<Topic>,
    /// The text that answers a question for it; left out where no command asks for its kind.
    pub info: Option<Spanned<String>>,
    /// The text where there is no overdraft or no term.
    pub info_bare: Option<Spanned<String>>,
}

/// `[[class]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct ClassTable {
    /// As commands call it.
    pub class: Spanned<String>,
    /// The words of its account kinds, in the order in which they are told.
    pub kinds: Vec<Spanned<String>>,
    /// The text that tells of several accounts; one alone has its kind's own.
    pub several: Spanned<String>,
    /// The text where the contract has none.
    pub none: Spanned<String>,
}

/// `[[card]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct CardTable {
    /// The word that customers type for it.
    pub word: Spanned<String>,
}

/// `[[alert]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct AlertTable {
    /// The kind of event.
    pub event: EventKind,
    /// How a card's use ended, where that matters; left out: any way.
    pub outcome: Option<Outcome>,
    /// Whose subscribers are told.
    pub topic: Topic,
    /// The text that tells them.
    pub text: Spanned<String>,
    /// `{type}` in the text, where the event doesn't bring its own word (PC-05).
    #[serde(default)]
    pub word: String,
}

/// `[[notice]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct NoticeTable {
    /// The kind of event that it makes.
    pub event: Spanned<EventKind>,
    /// The local time at which the daemon looks.
    pub at: Spanned<String>,
    /// So many calendar days before the day that it tells of.
    pub days: Option<u16>,
    /// So many business days before it.
    pub business_days: Option<u16>,
    /// On these days of each year.
    pub on: Option<Vec<Spanned<String>>>,
}

/// `[purchases]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct PurchasesTable {
    /// The words of the account kinds that pay: the first that the customer has.
    pub from: Vec<Spanned<String>>,
    /// The smallest top-up.
    pub min: Spanned<String>,
    /// The largest.
    pub max: Spanned<String>,
    /// What one customer may top up in a day.
    pub day_max: Spanned<String>,
    /// The same text of the same phone within so many minutes is a repeat.
    pub repeat_minutes: u16,
    /// Onto whose numbers a customer may pay (PC-10).
    pub targets: Targets,
    /// The country code of numbers, without `+`.
    pub country_code: Spanned<String>,
    /// How many digits stand behind it.
    pub digits: Spanned<u8>,
}

/// Onto whose numbers a customer may pay.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Targets {
    /// Anybody's.
    Any,
    /// Those that speak for him.
    Own,
    /// Those, and the ones that his contract lists.
    Listed,
}

/// `[[provider]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct ProviderTable {
    /// As the sale is called.
    pub name: Spanned<String>,
    /// How its numbers begin, without 0 and country code.
    pub prefixes: Vec<Spanned<String>>,
    /// Country codes that its numbers had before.
    #[serde(default)]
    pub former: Vec<Spanned<String>>,
}

/// `[[product]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct ProductTable {
    /// As texts, contracts and the sale call it.
    pub name: Spanned<String>,
    /// What is typed for it.
    pub words: Vec<Spanned<String>>,
    /// What a month of it costs.
    pub price: Spanned<String>,
}

/// `[[topic]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct TopicTable {
    /// Which.
    pub topic: Topic,
    /// What customers call it, for texts.
    pub word: String,
}

/// `[[command]]`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct CommandTable {
    /// What the customer types.
    pub pattern: Spanned<String>,
    /// What it asks for.
    pub does: Verb,
    /// Of what, for subscriptions; none in an `unsubscribe` means all.
    pub topic: Option<Topic>,
    /// Of which class of accounts, for `balances`.
    pub class: Option<Spanned<String>>,
}
