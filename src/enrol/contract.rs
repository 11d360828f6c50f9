//! What a form says of a contract, each value as what it is.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::field::{Field, Part, Refusal};
use super::form::{AlertTexts, Application};
use super::reports::ReportPart;
use crate::bank::AccountNumber;
use crate::base::access_code::AccessCode;
use crate::base::former::today;
use crate::base::jmbg::Jmbg;
use crate::base::last4::Last4;
use crate::base::limits::CONTRACT_PARTS_MAX;
use crate::base::money::Minor;
use crate::base::msisdn::Msisdn;
use crate::service::blot::without_cards;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::service::verb::Verb;

/// Names and references are no longer than this, in octets.
const NAME_OCTETS_MAX: usize = 256;

/// Whether alerts of something leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alert {
    /// Contracted, and not active.
    Off,
    /// Active, from the kind's minimum on.
    On,
    /// Active, from this amount on.
    From(Minor),
}

/// Alerts by topic; what isn't named isn't contracted.
pub type Alerts = BTreeMap<Topic, Alert>;

/// What a form says of a contract; what it leaves out is `None` and stays as it was.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// A person or a firm.
    pub holder: Option<Holder>,
    /// His number as a citizen.
    pub jmbg: Option<Jmbg>,
    /// His access code.
    pub code: Option<AccessCode>,
    /// The questions that he contracts.
    pub questions: Option<Vec<Verb>>,
    /// His own products, by their names in the service file.
    pub products: Option<Vec<String>>,
    /// Users of a seller for whom he may pay, in small letters.
    pub pays_for: Option<Vec<String>>,
    /// Numbers that he may top up beside his own.
    pub tops_up: Option<Vec<Msisdn>>,
    /// His phones.
    pub phones: Option<Vec<PhonePart>>,
    /// His accounts.
    pub accounts: Option<Vec<AccountPart>>,
    /// His cards.
    pub cards: Option<Vec<CardPart>>,
    /// His loans.
    pub loans: Option<Vec<AccountNumber>>,
    /// Cards additional to his whose holders are to be told (CA-22).
    pub additional: Vec<AdditionalPart>,
}

/// A phone.
#[derive(Clone, PartialEq, Eq)]
pub struct PhonePart {
    /// Its number.
    pub number: Msisdn,
    /// Its operator.
    pub operator: Option<String>,
    /// Notices that are of no account and no card.
    pub alerts: Option<Alerts>,
}

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountPart {
    /// The word of its kind.
    pub kind: String,
    /// The bank's number for it.
    pub number: AccountNumber,
    /// Its number among those of its kind.
    pub ordinal: Option<u16>,
    /// Alerts of its movements.
    pub alerts: Option<Alerts>,
    /// Its balance on business days.
    pub report: Option<ReportPart>,
    /// The one phone that both go to, from 1.
    pub alerts_to: Option<u16>,
}

/// A card.
#[derive(Clone, PartialEq, Eq)]
pub struct CardPart {
    /// The end of its number.
    pub last4: Last4,
    /// What kind of card it is, in the bank's words.
    pub kind: String,
    /// The bank's own reference for it.
    pub reference: String,
    /// The word that customers type for its kind.
    pub word: Option<String>,
    /// The account that it is linked to.
    pub account: Option<AccountNumber>,
    /// The reference of the primary card that it is additional to.
    pub primary: Option<String>,
    /// Whether it may be asked about.
    pub query: bool,
    /// Alerts of its use.
    pub alerts: Option<Alerts>,
}

/// A card additional to one of his, whose holder is to be told on his own phone.
#[derive(Clone, PartialEq, Eq)]
pub struct AdditionalPart {
    /// The bank's own reference for it.
    pub reference: String,
    /// Alerts of its use.
    pub alerts: Alerts,
}

/// Reads values and notes what is no such value.
#[derive(Default)]
pub(super) struct Reader {
    /// What couldn't be read.
    pub(super) refusals: Vec<Refusal>,
}

impl Contract {
    /// Understands what is written of a contract; on failure all that is wrong with it.
    pub fn of(application: &Application) -> Result<Contract, Vec<Refusal>> {
        let mut reader = Reader::default();
        Contract::read(application, &mut reader).ok_or(reader.refusals)
    }

    /// Understands what is written of a contract; `None` where something, then noted, isn't
    /// understood.
    pub(super) fn read(application: &Application, reader: &mut Reader) -> Option<Contract> {
        let before = reader.refusals.len();
        let jmbg = application.jmbg.as_ref().and_then(|text| reader.jmbg(text));
        let code = application.code.as_ref().and_then(|text| reader.code(text));
        let contract = Contract {
            holder: application.holder,
            jmbg,
            code,
            questions: application.questions.clone(),
            products: reader.list(
                "products",
                application.products.as_deref(),
                |reader, at, text| reader.product(at, text),
            ),
            pays_for: reader.list(
                "pays_for",
                application.pays_for.as_deref(),
                |reader, at, text| reader.user(at, text),
            ),
            tops_up: reader.list("tops_up", application.tops_up.as_deref(), |reader, at, text| {
                reader.target(at, text)
            }),
            phones: reader.list("phones", application.phones.as_deref(), Reader::phone),
            accounts: reader.list("accounts", application.accounts.as_deref(), Reader::account),
            cards: reader.list("cards", application.cards.as_deref(), Reader::card),
            loans: reader.list("loans", application.loans.as_deref(), |reader, at, number| {
                reader.loan(at, number)
            }),
            additional: reader
                .list("additional", application.additional.as_deref(), Reader::additional)
                .unwrap_or_default(),
        };
        let phones = contract.phones.iter().flatten().enumerate();
        let phones = phones.map(|(at, part)| (Part::Phone(at), part.number));
        reader.once(phones, "number");
        let accounts = contract.accounts.iter().flatten().enumerate();
        let accounts = accounts.map(|(at, part)| (Part::Account(at), part.number.reveal()));
        let loans = contract.loans.iter().flatten().enumerate();
        let loans = loans.map(|(at, loan)| (Part::Loan(at), loan.reveal()));
        reader.once(accounts.chain(loans), "number");
        let cards = contract.cards.iter().flatten().enumerate();
        let cards = cards.map(|(at, part)| (Part::Card(at), part.reference.as_str()));
        reader.once(cards, "reference");
        (reader.refusals.len() == before).then_some(contract)
    }
}

impl Reader {
    /// Notes a fault.
    pub(super) fn refuse(&mut self, field: Field, what: impl Display, remedy: &str) {
        self.refusals.push(Refusal::new(field, what.to_string(), remedy));
    }

    /// A name or reference.
    pub(super) fn name(&mut self, field: Field, text: &str) -> Option<String> {
        if text.trim().is_empty() || text.len() > NAME_OCTETS_MAX {
            self.refuse(field, "must have 1 to 256 octets", "write it as the bank does");
            return None;
        }
        Some(text.to_owned())
    }

    /// A telephone number; a former one is today's (requirements 3.2).
    pub(super) fn number(&mut self, field: Field, text: &str) -> Option<Msisdn> {
        let remedy = "write it such as \"+381631112222\"";
        Msisdn::parse(text).map(today).map_err(|error| self.refuse(field, error, remedy)).ok()
    }

    fn list<W, T>(
        &mut self,
        name: &'static str,
        written: Option<&[W]>,
        mut read: impl FnMut(&mut Reader, usize, &W) -> Option<T>,
    ) -> Option<Vec<T>> {
        let written = written?;
        if written.len() > CONTRACT_PARTS_MAX {
            let what = format!("has more than {CONTRACT_PARTS_MAX} entries");
            self.refuse(Field::of(name), what, "leave out what isn't the customer's");
            return None;
        }
        let parts = written.iter().enumerate();
        Some(parts.filter_map(|(at, part)| read(self, at, part)).collect())
    }

    fn phone(&mut self, at: usize, table: &super::PhoneTable) -> Option<PhonePart> {
        let part = Part::Phone(at);
        let operator = table
            .operator
            .as_ref()
            .and_then(|text| self.name(Field::within(part, "operator"), text));
        let alerts = self.some_alerts(part, table.alerts.as_ref());
        let number = self.number(Field::within(part, "number"), &table.number)?;
        Some(PhonePart { number, operator, alerts })
    }

    fn account(&mut self, at: usize, table: &super::AccountTable) -> Option<AccountPart> {
        let part = Part::Account(at);
        if table.ordinal == Some(0) {
            let field = Field::within(part, "ordinal");
            self.refuse(field, "an ordinal begins at 1", "leave it out for the next");
        }
        let told = table.alerts.is_some() || table.report.is_some();
        if table.alerts_to.is_some() && !told {
            let field = Field::within(part, "alerts_to");
            self.refuse(field, "says nothing without alerts", "add the account's alerts");
        }
        let alerts = self.some_alerts(part, table.alerts.as_ref());
        let report = table.report.as_ref().and_then(|report| self.report(part, report));
        let number = self.name(Field::within(part, "number"), &table.number)?;
        Some(AccountPart {
            kind: table.kind.clone(),
            number: AccountNumber::new(number),
            ordinal: table.ordinal,
            alerts,
            report,
            alerts_to: table.alerts_to,
        })
    }

    fn card(&mut self, at: usize, table: &super::CardTable) -> Option<CardPart> {
        let part = Part::Card(at);
        let alerts = self.some_alerts(part, table.alerts.as_ref());
        let mut named = |name, text: &Option<String>| {
            text.as_ref().and_then(|text| self.name(Field::within(part, name), text))
        };
        let (account, primary) =
            (named("account", &table.account), named("primary", &table.primary));
        let kind = self.name(Field::within(part, "kind"), &table.kind);
        let reference = self.reference(Field::within(part, "reference"), &table.reference);
        let last4 = Last4::parse(&table.last4);
        if last4.is_none() {
            let remedy = "write the last four digits of the card, such as \"1600\"";
            self.refuse(Field::within(part, "last4"), "these aren't four digits", remedy);
        }
        Some(CardPart {
            last4: last4?,
            kind: kind?,
            reference: reference?,
            word: table.word.clone(),
            account: account.map(AccountNumber::new),
            primary,
            query: table.query,
            alerts,
        })
    }

    fn product(&mut self, at: usize, name: &str) -> Option<String> {
        self.name(Field::part(Part::Product(at)), name)
    }

    fn user(&mut self, at: usize, name: &str) -> Option<String> {
        self.name(Field::part(Part::User(at)), name).map(|name| name.to_lowercase())
    }

    fn target(&mut self, at: usize, number: &str) -> Option<Msisdn> {
        self.number(Field::part(Part::Target(at)), number)
    }

    fn loan(&mut self, at: usize, number: &str) -> Option<AccountNumber> {
        self.name(Field::part(Part::Loan(at)), number).map(AccountNumber::new)
    }

    fn additional(&mut self, at: usize, table: &super::AdditionalTable) -> Option<AdditionalPart> {
        let part = Part::Additional(at);
        let alerts = self.alerts(part, &table.alerts);
        let reference = self.reference(Field::within(part, "reference"), &table.reference)?;
        Some(AdditionalPart { reference, alerts })
    }

    /// A card's reference, which is kept: never its number.
    fn reference(&mut self, field: Field, text: &str) -> Option<String> {
        if without_cards(text) != text {
            let remedy = "card numbers are kept nowhere; make a reference up, such as \"card-1\"";
            self.refuse(field, "this is a whole card number", remedy);
            return None;
        }
        self.name(field, text)
    }

    fn some_alerts(&mut self, part: Part, texts: Option<&AlertTexts>) -> Option<Alerts> {
        texts.map(|texts| self.alerts(part, texts))
    }

    fn alerts(&mut self, part: Part, texts: &AlertTexts) -> Alerts {
        let read = |(topic, text): (&Topic, &String)| {
            Some((*topic, self.alert(Field::alert(part, *topic), text)?))
        };
        texts.iter().filter_map(read).collect()
    }

    fn alert(&mut self, field: Field, text: &str) -> Option<Alert> {
        match text {
            "on" => Some(Alert::On),
            "off" => Some(Alert::Off),
            amount => match Minor::parse(amount) {
                Ok(amount) if amount > Minor::ZERO => Some(Alert::From(amount)),
                _ => {
                    let remedy = "write \"on\", \"off\", or the smallest amount: \"1000.00\"; \
                                  leave it out if it isn't contracted";
                    self.refuse(field, "this says neither on nor off", remedy);
                    None
                }
            },
        }
    }

    fn jmbg(&mut self, text: &str) -> Option<Jmbg> {
        let jmbg = Jmbg::parse(text);
        if jmbg.is_none() {
            let remedy = "write the whole number; only a keyed hash of it is stored";
            self.refuse(Field::of("jmbg"), "these aren't thirteen digits", remedy);
        }
        jmbg
    }

    fn code(&mut self, text: &str) -> Option<AccessCode> {
        let code = AccessCode::parse(text);
        if code.is_none() {
            let remedy = "write its digits, such as \"123456\"";
            self.refuse(Field::of("code"), "this is no access code", remedy);
        }
        code
    }

    /// Notes what stands there twice.
    fn once<T: PartialEq>(&mut self, values: impl Iterator<Item = (Part, T)>, name: &'static str) {
        let mut seen = Vec::new();
        for (part, value) in values {
            if seen.contains(&value) {
                let name = if matches!(part, Part::Loan(_)) { "" } else { name };
                self.refuse(Field::within(part, name), "stands here twice", "leave one out");
            }
            seen.push(value);
        }
    }
}
