//! The form as it is written, and as it is understood.
//!
//! JSON, for one customer; `action` says what is ordered, and is `enrol` where it is left out:
//!
//! ```json
//! { "service": "teller", "customer": "10023", "holder": "natural",
//!   "phones":   [{ "number": "+381631110000", "operator": "telenor",
//!                  "alerts": { "loan": "on" } }],
//!   "accounts": [{ "kind": "TR", "number": "205-1-63", "alerts": { "credit": "5000.00" } }] }
//! { "service": "teller", "customer": "10023", "action": "change-number",
//!   "from": "+381631110000", "to": "+381601110000", "operator": "vip" }
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::contract::{Contract, Reader};
use super::field::{Field, Refusal};
use super::reports::ReportTable;
use crate::base::msisdn::Msisdn;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::service::verb::Verb;

/// What is ordered.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The contract is as the form says.
    #[default]
    Enrol,
    /// Another number takes the place of one of his.
    ChangeNumber,
    /// A number speaks for nobody and is told nothing.
    Suspend,
    /// It does again.
    Resume,
    /// Wrong codes and data are forgotten.
    Unlock,
    /// A new access code takes the old one's place.
    ReissueCode,
    /// He leaves; everything ends.
    Leave,
}

/// The form as it is written.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The service, as its file calls itself.
    pub service: String,
    /// The bank's own reference for the customer.
    pub customer: Option<String>,
    /// What is ordered.
    #[serde(default)]
    pub action: Task,
    /// A person or a firm.
    pub holder: Option<Holder>,
    /// His number as a citizen; only a keyed hash of it is stored.
    pub jmbg: Option<String>,
    /// His access code, where he has one already; only a keyed hash of it is stored.
    pub code: Option<String>,
    /// The questions that he contracts.
    pub questions: Option<Vec<Verb>>,
    /// His own products, by their names in the service file (PC-09).
    pub products: Option<Vec<String>>,
    /// Users of a seller for whom he may pay.
    pub pays_for: Option<Vec<String>>,
    /// Numbers that he may top up beside his own, where the service asks for a list (PC-10).
    pub tops_up: Option<Vec<String>>,
    /// His phones.
    pub phones: Option<Vec<PhoneTable>>,
    /// His accounts.
    pub accounts: Option<Vec<AccountTable>>,
    /// His cards.
    pub cards: Option<Vec<CardTable>>,
    /// The numbers of his loans.
    pub loans: Option<Vec<String>>,
    /// Cards additional to his whose holders are to be told on their own phones (CA-22).
    pub additional: Option<Vec<AdditionalTable>>,
    /// The number that is left.
    pub from: Option<String>,
    /// The number that takes its place.
    pub to: Option<String>,
    /// That number's operator.
    pub operator: Option<String>,
    /// The number that is suspended, resumed or unlocked; left out: all of his.
    pub number: Option<String>,
}

/// Alerts by topic: `on`, `off`, or on from an amount; what isn't named isn't contracted.
pub type AlertTexts = BTreeMap<Topic, String>;

/// One of `phones`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct PhoneTable {
    /// In international form.
    pub number: String,
    /// The operator that the number is with, as config.toml calls it (CA-25).
    pub operator: Option<String>,
    /// Notices that are of no account and no card.
    pub alerts: Option<AlertTexts>,
}

/// One of `accounts`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct AccountTable {
    /// The word of its kind, as the service file has it.
    pub kind: String,
    /// The bank's number for it.
    pub number: String,
    /// Its number among those of its kind; left out: as it was, or the next.
    pub ordinal: Option<u16>,
    /// Alerts of its movements.
    pub alerts: Option<AlertTexts>,
    /// Its balance on business days; left out: as it was.
    pub report: Option<ReportTable>,
    /// The one phone that both go to, by its place among the phones, from 1; left out: all.
    pub alerts_to: Option<u16>,
}

/// One of `cards`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct CardTable {
    /// The end of its number.
    pub last4: String,
    /// What kind of card it is, in the bank's words.
    pub kind: String,
    /// The bank's own reference for it; never a card number.
    pub reference: String,
    /// The word that customers type for its kind.
    pub word: Option<String>,
    /// The account that it is linked to.
    pub account: Option<String>,
    /// The reference of the primary card that it is additional to.
    pub primary: Option<String>,
    /// Whether it may be asked about.
    #[serde(default)]
    pub query: bool,
    /// Alerts of its use.
    pub alerts: Option<AlertTexts>,
}

/// One of `additional`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct AdditionalTable {
    /// The bank's own reference for the additional card.
    pub reference: String,
    /// Alerts of its use, for its holder.
    pub alerts: AlertTexts,
}

/// A form that can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// The service, as its file calls itself.
    pub service: String,
    /// The bank's own reference for the customer.
    pub customer: Option<String>,
    /// What is ordered.
    pub order: Order,
}

/// The service, and nothing of the customer.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form [{}]", self.service)
    }
}

/// What is ordered.
#[derive(Clone, PartialEq, Eq)]
pub enum Order {
    /// The contract is as the form says.
    Enrol(Box<Contract>),
    /// Another number takes the place of one of his.
    ChangeNumber {
        /// The number that is left; `None`: his only one.
        from: Option<Msisdn>,
        /// The number that takes its place.
        to: Msisdn,
        /// That number's operator.
        operator: Option<String>,
    },
    /// A number, or all of his, speaks for nobody and is told nothing.
    Suspend(Option<Msisdn>),
    /// It does again.
    Resume(Option<Msisdn>),
    /// Wrong codes and data of a number, or of all that is his, are forgotten.
    Unlock(Option<Msisdn>),
    /// A new access code takes the old one's place.
    ReissueCode,
    /// He leaves; everything ends.
    Leave,
}

impl Form {
    /// Reads a form from JSON; on failure why not. Where its shape is wrong that is the first fault
    /// only, and the field is named in words.
    pub fn parse(json: &str) -> Result<Form, Vec<Unread>> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let application: Application = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| vec![Unread::of_shape(&error)])?;
        Form::read(&application)
            .map_err(|refusals| refusals.into_iter().map(Unread::from).collect())
    }

    /// Understands a form; on failure all that is wrong with it.
    pub fn read(application: &Application) -> Result<Form, Vec<Refusal>> {
        let mut reader = Reader::default();
        let customer =
            application.customer.as_ref().and_then(|text| reader.name(Field::of("customer"), text));
        application.only_what_belongs(&mut reader);
        let mut number = |name, text: &Option<String>| {
            text.as_ref().and_then(|text| reader.number(Field::of(name), text))
        };
        let order = match application.action {
            Task::Enrol => {
                Contract::read(application, &mut reader).map(|c| Order::Enrol(Box::new(c)))
            }
            Task::ChangeNumber => {
                let (from, to) = (number("from", &application.from), number("to", &application.to));
                if application.to.is_none() {
                    reader.refuse(Field::of("to"), "is missing", "write the new number");
                }
                let operator = application
                    .operator
                    .as_ref()
                    .and_then(|text| reader.name(Field::of("operator"), text));
                to.map(|to| Order::ChangeNumber { from, to, operator })
            }
            Task::Suspend => Some(Order::Suspend(number("number", &application.number))),
            Task::Resume => Some(Order::Resume(number("number", &application.number))),
            Task::Unlock => Some(Order::Unlock(number("number", &application.number))),
            Task::ReissueCode => Some(Order::ReissueCode),
            Task::Leave => Some(Order::Leave),
        };
        // Whoever has locked himself out need not be anybody's customer.
        let needs_customer = application.action != Task::Unlock || application.number.is_none();
        if application.customer.is_none() && needs_customer {
            let remedy = "write the bank's own reference for the customer";
            reader.refuse(Field::of("customer"), "is missing", remedy);
        }
        match order {
            Some(order) if reader.refusals.is_empty() => {
                Ok(Form { service: application.service.clone(), customer, order })
            }
            _ => Err(reader.refusals),
        }
    }
}

impl Application {
    /// Refuses fields that say nothing in what is ordered: who wrote them meant something.
    fn only_what_belongs(&self, reader: &mut Reader) {
        const ENROL: &[Task] = &[Task::Enrol];
        const CHANGE: &[Task] = &[Task::ChangeNumber];
        const NUMBER: &[Task] = &[Task::Suspend, Task::Resume, Task::Unlock];
        let fields: [(&'static str, bool, &[Task]); 16] = [
            ("holder", self.holder.is_some(), ENROL),
            ("jmbg", self.jmbg.is_some(), ENROL),
            ("code", self.code.is_some(), ENROL),
            ("questions", self.questions.is_some(), ENROL),
            ("products", self.products.is_some(), ENROL),
            ("pays_for", self.pays_for.is_some(), ENROL),
            ("tops_up", self.tops_up.is_some(), ENROL),
            ("phones", self.phones.is_some(), ENROL),
            ("accounts", self.accounts.is_some(), ENROL),
            ("cards", self.cards.is_some(), ENROL),
            ("loans", self.loans.is_some(), ENROL),
            ("additional", self.additional.is_some(), ENROL),
            ("from", self.from.is_some(), CHANGE),
            ("to", self.to.is_some(), CHANGE),
            ("operator", self.operator.is_some(), CHANGE),
            ("number", self.number.is_some(), NUMBER),
        ];
        for (name, given, tasks) in fields {
            if given && !tasks.contains(&self.action) {
                reader.refuse(Field::of(name), "says nothing in this action", "leave it out");
            }
        }
    }
}

/// Why a form can't be read, in words alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// Which field, as a path.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Unread {
    fn of_shape(error: &serde_path_to_error::Error<serde_json::Error>) -> Unread {
        let path = error.path().to_string();
        let field = if path == "." { "form".to_owned() } else { path };
        let what = crate::base::words::without_values(error.inner());
        Unread { field, what, remedy: "see the forms in examples/enrol.ndjson".to_owned() }
    }
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Unread {
        let Refusal { field, what, remedy } = refusal;
        Unread { field: field.to_string(), what, remedy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Vec<String> {
        let faults = Form::parse(json).unwrap_err();
        faults.iter().map(|fault| format!("{} {}", fault.field, fault.what)).collect()
    }

    #[test]
    fn all_that_cant_be_read_is_told_with_its_field_and_no_value() {
        let json = r#"{ "service": "s", "customer": " ", "holder": "natural", "jmbg": "0101990",
            "code": "48x913", "to": "+381631112222",
            "phones": [{ "number": "063-111-2222", "operator": "" }],
            "accounts": [{ "kind": "TR", "number": "", "ordinal": 0, "alerts_to": 1 },
                         { "kind": "TR", "number": "205", "alerts": { "debit": "5.000,00" } }],
            "cards": [{ "last4": "16x0", "kind": "Visa", "reference": "4539 1488 0346 1234" }],
            "loans": ["205"], "additional": [{ "reference": "c", "alerts": { "card-use": "ja" } }] }"#;
        let said = faults(json);
        let fields: Vec<&str> = said.iter().map(|said| said.split_once(' ').unwrap().0).collect();
        let expected = [
            "customer",
            "to",
            "jmbg",
            "code",
            "phones[0].operator",
            "phones[0].number",
            "accounts[0].ordinal",
            "accounts[0].alerts_to",
            "accounts[0].number",
            "accounts[1].alerts.debit",
            "cards[0].reference",
            "cards[0].last4",
            "additional[0].alerts.card-use",
            "loans[0]",
        ];
        assert_eq!(fields, expected);
        for value in ["0101990", "48x913", "111-2222", "5.000", "16x0", "0346", "\"ja", "381631"] {
            assert!(said.iter().all(|said| !said.contains(value)), "{value} in {said:?}");
        }
    }

    #[test]
    fn what_has_another_shape_is_told_with_its_field_and_no_value() {
        for (json, expected) in [
            (r#"{"service":"s","customer":381631112222}"#, "customer expected a string"),
            (r#"{"service":"s","customer":"1","holder":"381631112222"}"#, "holder expected"),
            (r#"{"service":"s","customer":"1","action":"381631112222"}"#, "action expected"),
            (r#"{"service":"s","phones":[{"number":381631112222}]}"#, "phones[0].number expected"),
            (r#"{"service":"s","accounts":[{"kind":"TR"}]}"#, "accounts[0] missing field"),
            (r#"{"service":"s","accounts":[{"ordinal":"381631112222"}]}"#, "accounts[0].ordinal"),
            (r#"{"customer":"381631112222"}"#, "form missing field"),
            ("[]", "form "),
        ] {
            let said = faults(json);
            assert!(said[0].starts_with(expected), "{json}: {said:?}");
            assert!(!said[0].contains("381631112222"), "{said:?}");
        }
    }
}
