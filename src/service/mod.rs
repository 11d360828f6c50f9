//! A service made live: one file of `services/`, read, checked and ready to answer from.
//!
//! [`token`] cuts a folded message into words and digits, [`pattern`] matches them against the
//! vocabulary, [`slot`] reads what stands in its slots; [`say`] names what a teller may have to
//! say, [`texts`] holds the wording and `fit` tries it with values of every shape; [`blot`] takes
//! card numbers out of what is stored; [`mod@file`] is the file as written. No bank's name stands
//! in Rust: what differs between banks is data here.

pub mod blot;
mod build;
pub mod class;
pub mod code;
pub mod fees;
pub mod file;
mod fit;
pub mod holder;
pub mod notice;
pub mod order;
pub mod pattern;
pub mod purchase;
pub mod reports;
pub mod say;
pub mod slot;
pub mod texts;
pub mod token;
pub mod topic;
mod understand;
pub mod verb;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Time;
use minijinja::Value;

use crate::base::fault::Fault;
use crate::base::money::{AmountStyle, Currency, Minor};
use crate::base::now::Wall;
use crate::calendar::local::Zone;
use crate::calendar::{Calendar, Country, Options as CalendarOptions};
use crate::service::build::{build_account, build_says, build_vocabulary, checked_text};
use crate::service::class::AccountClass;
use crate::service::code::CodeRule;
use crate::service::fees::Fees;
use crate::service::file::{Holder, LimitConflict, ReissuedCard, ServiceFile};
use crate::service::fit::{Fit, Use};
pub use crate::service::notice::AlertRule;
use crate::service::notice::NoticeRule;
use crate::service::pattern::{Verb, Vocabulary};
use crate::service::purchase::Purchases;
use crate::service::reports::Reports;
use crate::service::say::Say;
use crate::service::texts::{TextId, Texts};
use crate::service::topic::Topic;
use crate::text::encode::shortened;

/// One kind of account: what its holder calls it and what may be asked of it.
#[derive(Clone, Debug)]
pub struct AccountKind {
    /// The word that customers type, folded.
    pub word: String,
    /// Who may hold it; `None`: anybody.
    pub holder: Option<Holder>,
    /// The smallest limit of its alerts; `None`: its alerts know no limits.
    pub minimum: Option<Minor>,
    /// The limits that a contract may choose from for its alerts; none: any from the smallest on.
    pub limits: Vec<Minor>,
    /// The topics that it has.
    pub topics: Vec<Topic>,
    /// Answers a question for it, where a command asks for its kind.
    pub info: Option<TextId>,
    /// Answers it where there is no overdraft or no term.
    pub info_bare: Option<TextId>,
}

/// A service, ready.
#[derive(Clone, Debug)]
pub struct Service {
    /// As routes call it.
    pub name: String,
    /// As `[[bank]]` calls its bank.
    pub bank: String,
    /// How amounts are written.
    pub style: AmountStyle,
    /// The zone of its dates.
    pub zone: Zone,
    /// The country of its holidays.
    pub country: Country,
    /// What happens when the two directions' limits differ.
    pub limit_conflict: LimitConflict,
    /// The local hour from which a day's rates are in force.
    pub rates_from_hour: i8,
    /// Rates older than this many days aren't given.
    pub rates_age_days_max: u16,
    /// The currencies of a rates answer, in order.
    pub rates_currencies: Vec<Currency>,
    /// Who alone may ask about cards; `None`: anybody.
    pub cards_for: Option<Holder>,
    /// Help texts that one number gets in an hour.
    pub help_per_hour: u32,
    /// Messages that one number gets answers to in a minute.
    pub replies_per_minute: u32,
    /// Wrong data from one phone, or for one card, that lock it.
    pub wrong_data_max: u8,
    /// The hours in which they count, and for which it is locked.
    pub wrong_data_hours: u16,
    /// From this local time on offers are told (BR-07).
    pub offers_from: Time,
    /// Until this one.
    pub offers_until: Time,
    /// What the news that a card was reissued means for the contract.
    pub reissued_card: ReissuedCard,
    /// The words of the card kinds.
    pub card_kinds: Vec<String>,
    /// That each command needs the customer's code; `None`: the number is enough.
    pub code: Option<CodeRule>,
    /// How many operations a history shows.
    pub history_shown: u8,
    /// How many phones a customer may have; `None`: any number.
    pub phones_max: Option<u8>,
    /// The operators whose numbers are enrolled; none: any.
    pub operators: Vec<String>,
    /// The kinds of account.
    pub accounts: Vec<AccountKind>,
    /// The business days of its country.
    pub calendar: Calendar,
    /// The currency of accounts whose own isn't said.
    pub currency: Currency,
    /// What the daemon tells by its own calendar.
    pub notices: Vec<NoticeRule>,
    /// What its messages cost; `None`: nothing.
    pub fees: Option<Fees>,
    /// Balances on business days; `None`: none.
    pub reports: Option<Reports>,
    /// The classes of accounts.
    pub classes: Vec<AccountClass>,
    /// What customers are told unasked.
    pub alerts: Vec<AlertRule>,
    /// What customers can pay for by text, if anything.
    pub purchases: Option<Purchases>,
    topics: Vec<(Topic, String)>,
    vocabulary: Vocabulary,
    split_digits: bool,
    texts: Texts,
    says: BTreeMap<Say, TextId>,
}

impl Service {
    /// Reads a service file; on failure all its faults, in the order of the file.
    pub fn read(text: &str) -> Result<Service, Vec<Fault>> {
        let file: ServiceFile = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            vec![Fault::new(span, error.message(), "see the comments of the files in services/")]
        })?;
        let mut faults = Vec::new();
        let service = Service::build(file, &mut faults);
        faults.sort_by_key(|fault| fault.span.start);
        match service {
            Some(service) if faults.is_empty() => Ok(service),
            _ => Err(faults),
        }
    }

    fn build(file: ServiceFile, faults: &mut Vec<Fault>) -> Option<Service> {
        let zone = Zone::named(file.zone.get_ref()).map_err(|_| {
            faults.push(Fault::new(
                file.zone.span(),
                format!("there is no time zone `{}`", file.zone.get_ref()),
                "write an IANA name such as Europe/Belgrade, Europe/Warsaw",
            ));
        });
        let wordings: BTreeMap<String, (String, Range<usize>)> = file
            .texts
            .iter()
            .map(|(name, text)| (name.get_ref().clone(), (text.get_ref().clone(), text.span())))
            .collect();
        let texts = Texts::compile(&wordings, &file.phone, faults);
        let vocabulary = build_vocabulary(&file, faults);
        let says = build_says(&file, &texts, &vocabulary, faults);
        let notices =
            file.notice.iter().filter_map(|table| NoticeRule::read(table, faults)).collect();
        let currency = file.currency(faults);
        let fees = file
            .fees
            .as_ref()
            .zip(currency)
            .and_then(|(table, currency)| Fees::read(table, currency, &texts, faults));
        let reports = file.reports.as_ref().and_then(|table| Reports::read(table, &texts, faults));
        let alerts: Vec<AlertRule> = file
            .alert
            .iter()
            .filter_map(|table| {
                let text = checked_text(&table.text, table.event.placeholders(), &texts, faults)?;
                let (event, outcome, topic) = (table.event, table.outcome, table.topic);
                Some(AlertRule { event, outcome, topic, text, word: table.word.clone() })
            })
            .collect();
        let accounts: Vec<AccountKind> = file
            .account
            .iter()
            .filter_map(|table| build_account(table, &file, &texts, faults))
            .collect();
        let classes = class::build(&file, &texts, faults);
        let code_table = file.rules.code.as_ref();
        let code = code_table.map(|table| CodeRule::build(table, &texts, faults));
        let purchases = purchase::build(&file, faults);
        let rates_currencies: Vec<Currency> = file
            .rules
            .rates_currencies
            .iter()
            .filter_map(|code| {
                code.parse()
                    .map_err(|error| {
                        faults.push(Fault::new(
                            0..0,
                            format!("rates_currencies: `{code}`"),
                            format!("{error}"),
                        ))
                    })
                    .ok()
            })
            .collect();
        let roles = says.iter().map(|(say, text)| Use::role(*say, *text));
        let uses = roles
            .chain(accounts.iter().flat_map(Use::account))
            .chain(classes.iter().flat_map(Use::class))
            .chain(alerts.iter().map(Use::alert))
            .chain(fees.iter().filter_map(Use::fees))
            .chain(reports.iter().flat_map(Use::reports))
            .chain(code.iter().flatten().flat_map(Use::code));
        let fit = Fit { texts: &texts, file: &file, currencies: &rates_currencies };
        fit.check(uses, faults);
        Some(Service {
            name: file.name.into_inner(),
            bank: file.bank.into_inner(),
            style: file.language,
            zone: zone.ok()?,
            country: file.country,
            limit_conflict: file.rules.limit_conflict,
            rates_from_hour: file.rules.rates_from_hour,
            rates_age_days_max: file.rules.rates_age_days_max,
            rates_currencies,
            cards_for: file.rules.cards_for,
            help_per_hour: file.rules.help_per_hour,
            replies_per_minute: file.rules.replies_per_minute,
            wrong_data_max: file.rules.wrong_data_max,
            wrong_data_hours: file.rules.wrong_data_hours,
            offers_from: file.rules.offers_from,
            offers_until: file.rules.offers_until,
            reissued_card: file.rules.reissued_card,
            card_kinds: file.card.into_iter().map(|table| table.word.into_inner()).collect(),
            code: code.flatten(),
            history_shown: file.rules.history_shown,
            phones_max: file.rules.phones_max,
            operators: file.rules.operators,
            accounts,
            calendar: Calendar::new(CalendarOptions::new(file.country)),
            currency: currency?,
            notices,
            fees,
            reports,
            classes,
            alerts,
            purchases,
            topics: file.topic.into_iter().map(|table| (table.topic, table.word)).collect(),
            vocabulary,
            split_digits: file.split_digits,
            texts,
            says,
        })
    }

    /// The text that fills a role.
    pub fn text_for(&self, say: Say) -> Option<TextId> {
        self.says.get(&say).copied()
    }

    /// The text called `name`.
    pub fn find_text(&self, name: &str) -> Option<TextId> {
        self.texts.find(name)
    }

    /// What its texts are called, sorted.
    pub fn text_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.texts.names()
    }

    /// The placeholders that a text uses and `given` lacks, `{phone}` aside.
    pub fn unknown_placeholders(&self, text: TextId, given: &[&str]) -> Vec<String> {
        self.texts.unknown_placeholders(text, given)
    }

    /// Whether some pattern leads to `verb`.
    pub fn has_verb(&self, verb: Verb) -> bool {
        self.vocabulary.verbs().any(|known| known == verb)
    }

    /// What may be stored of a customer's text: no card's number, no citizen's and no access code.
    pub fn blotted(&self, text: &str) -> String {
        let text = blot::without_numbers(text, self.vocabulary.asks_for_jmbg());
        match &self.code {
            Some(rule) => blot::without_codes(&text, rule),
            None => text,
        }
    }

    /// What a text is called.
    pub fn text_name(&self, text: TextId) -> &str {
        self.texts.name(text)
    }

    /// Renders a text, cut where it takes more parts than a message may have. A customer never gets
    /// an empty one: what can't be rendered with these values, or comes out empty, is answered with
    /// "later".
    pub fn render(&self, text: TextId, values: &[(&'static str, Value)]) -> String {
        let filled = |text| {
            let wording = self.texts.render(text, values).unwrap_or_default();
            if wording.trim().is_empty() {
                // Why it can't be rendered may hold a value, which no log may.
                tracing::error!(text = self.text_name(text), "can't be filled in");
                return None;
            }
            Some(shortened(wording))
        };
        filled(text).or_else(|| filled(self.text_for(Say::Later)?)).unwrap_or_default()
    }

    /// Whether offers are told at this time of day (BR-07).
    pub fn tells_offers_at(&self, now: Wall) -> bool {
        let time = self.zone.time(now);
        self.offers_from <= time && time < self.offers_until
    }

    /// What customers call a topic.
    pub fn topic_word(&self, topic: Topic) -> &str {
        self.topics.iter().find(|(known, _)| *known == topic).map_or("", |(_, word)| word)
    }

    /// The kind of account at a place of the list.
    pub fn account(&self, at: u8) -> Option<&AccountKind> {
        self.accounts.get(usize::from(at))
    }

    /// The place of the kind that customers call `word`.
    pub fn account_called(&self, word: &str) -> Option<u8> {
        self.accounts.iter().position(|kind| kind.word == word).and_then(|at| u8::try_from(at).ok())
    }
}
