//! A seed file as it is written: the serde mirror of `examples/*.toml`.
//!
//! Amounts are decimal strings, days are strings that [`super::reader`] reads, and every value that
//! can be at fault keeps its place in the file. What only later features use (how a deposit is
//! renewed, a reissued card's end) is read and checked like the rest.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use crate::enrol::ReportWhen;
use crate::service::file::Holder;
use crate::service::topic::Topic;
use crate::service::verb::Verb;

/// Alerts by topic: `on`, `off`, or on from an amount; what isn't named isn't contracted.
pub(super) type Alerts = BTreeMap<Topic, Spanned<String>>;

/// The whole file.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedFile {
    /// The offer of the day.
    pub(super) offer: Option<Spanned<String>>,
    /// Rates of exchange.
    pub(super) rates: Option<RatesTable>,
    /// Customers, in the order of their enrolment.
    #[serde(default)]
    pub(super) customer: Vec<CustomerTable>,
    /// Numbers to which the sample seller doesn't sell at once.
    #[serde(default)]
    pub(super) sale: Vec<SaleTable>,
}

/// How many customers, and nothing of any of them: their tables can't be printed at all.
impl fmt::Debug for SeedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedFile [{} customers]", self.customer.len())
    }
}

/// `[rates]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RatesTable {
    /// Every working day from this many days ago gets a list; the last list is `lines` exactly.
    pub(super) days: Spanned<u16>,
    /// The list.
    pub(super) lines: Vec<RateTable>,
    /// Lists of single days, as they were.
    #[serde(default)]
    pub(super) archive: Vec<ArchiveTable>,
}

/// `[[rates.archive]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct ArchiveTable {
    /// Of which day.
    pub(super) date: Spanned<String>,
    /// The list.
    pub(super) lines: Vec<RateTable>,
}

/// A line of a list of rates.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RateTable {
    pub(super) currency: Spanned<String>,
    /// For how many units.
    #[serde(default = "one")]
    pub(super) unit: u16,
    pub(super) buy: Spanned<String>,
    pub(super) middle: Spanned<String>,
    pub(super) sell: Spanned<String>,
}

fn one() -> u16 {
    1
}

/// `[[sale]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct SaleTable {
    /// To which number.
    pub(super) number: Spanned<String>,
    /// How it ends.
    pub(super) ends: SaleEnd,
    /// After how many seconds that is known; until then the seller is silent.
    #[serde(default)]
    pub(super) after_seconds: u32,
}

/// How a sample sale ends.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum SaleEnd {
    Done,
    Refused,
    /// Nobody ever hears.
    Never,
}

/// `[[customer]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerTable {
    /// The bank's own reference for the customer; only a keyed hash of it is stored.
    pub(super) id: Spanned<String>,
    /// A person or a firm.
    pub(super) holder: Holder,
    /// The questions and orders that he contracted; left out: all that the service has.
    pub(super) questions: Option<Vec<Spanned<Verb>>>,
    /// His own products, by their names in the service file.
    #[serde(default)]
    pub(super) products: Vec<Spanned<String>>,
    /// Users for whose products he may pay.
    #[serde(default)]
    pub(super) pays_for: Vec<Spanned<String>>,
    /// Numbers that he may top up beside his own, where the service asks for a list.
    #[serde(default)]
    pub(super) tops_up: Vec<Spanned<String>>,
    /// His number as a citizen: only a keyed hash of it is stored.
    pub(super) jmbg: Option<Spanned<String>>,
    /// His access code; only a keyed hash of it is stored.
    pub(super) code: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) phone: Vec<PhoneTable>,
    #[serde(default)]
    pub(super) account: Vec<AccountTable>,
    #[serde(default)]
    pub(super) card: Vec<CardTable>,
    #[serde(default)]
    pub(super) loan: Vec<LoanTable>,
}

/// `[[customer.phone]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneTable {
    pub(super) number: Spanned<String>,
    /// The operator that the branch noted.
    pub(super) operator: Option<String>,
    /// Too many wrong codes came from it.
    #[serde(default)]
    pub(super) locked: bool,
    /// Notices that are of no account and no card.
    #[serde(default)]
    pub(super) alerts: Alerts,
}

/// `[[customer.account]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTable {
    /// The word of its kind, as the service file has it.
    pub(super) kind: Spanned<String>,
    pub(super) number: Spanned<String>,
    pub(super) balance: Option<Spanned<String>>,
    /// What of it may be spent.
    pub(super) available: Option<Spanned<String>>,
    /// The last movement.
    pub(super) last: Option<MovementTable>,
    /// The last movements, the newest first; the first of them is the last one.
    #[serde(default)]
    pub(super) history: Vec<MovementTable>,
    pub(super) overdraft: Option<OverdraftTable>,
    /// When its term ends.
    pub(super) term: Option<Spanned<String>>,
    /// On which terms it is renewed then.
    pub(super) renews: Option<RenewalTable>,
    /// Balances by currency.
    #[serde(default)]
    pub(super) balances: Vec<BalanceTable>,
    /// The bank never answers a question for it.
    #[serde(default)]
    pub(super) silent: bool,
    /// Alerts of its movements, for each phone of the customer.
    #[serde(default)]
    pub(super) alerts: Alerts,
    /// The one phone that they go to, by its place in the customer's list, from 1.
    pub(super) alerts_to: Option<Spanned<u16>>,
    /// Its balance on business days, to the phones of its alerts (SK-05).
    pub(super) report: Option<ReportTable>,
}

/// `report = { at, when }`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportTable {
    /// The local time, one of the service's.
    pub(super) at: Spanned<String>,
    /// `always`, only if it `changed`, or `never`.
    pub(super) when: ReportWhen,
}

/// `last = { date, amount, text }`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct MovementTable {
    pub(super) date: Spanned<String>,
    pub(super) amount: Spanned<String>,
    #[serde(default)]
    pub(super) text: String,
}

/// `overdraft = { limit, until }`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct OverdraftTable {
    pub(super) limit: Spanned<String>,
    pub(super) until: Spanned<String>,
}

/// `renews = { months, rate }`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RenewalTable {
    pub(super) months: Spanned<u16>,
    /// Per cent a year.
    pub(super) rate: Spanned<String>,
}

/// One of `balances`.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct BalanceTable {
    pub(super) currency: Spanned<String>,
    pub(super) amount: Spanned<String>,
    pub(super) term: Option<Spanned<String>>,
}

/// `[[customer.card]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct CardTable {
    pub(super) last4: Spanned<String>,
    /// What kind of card it is, in the bank's words.
    pub(super) kind: String,
    /// The bank's own reference for it; never a card number.
    pub(super) reference: Spanned<String>,
    /// After which month it is no longer valid; a card that may be asked about needs it.
    pub(super) expires: Option<Spanned<String>>,
    /// The word that customers type for its kind.
    pub(super) word: Option<Spanned<String>>,
    /// The account that it is linked to.
    pub(super) account: Option<Spanned<String>>,
    /// The reference of the primary card that it is additional to.
    pub(super) primary: Option<Spanned<String>>,
    pub(super) limit: Option<Spanned<String>>,
    pub(super) available: Option<Spanned<String>>,
    /// Whether it may be asked about.
    #[serde(default)]
    pub(super) query: bool,
    /// The end of the card that takes its place.
    pub(super) reissue: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) alerts: Alerts,
}

/// `[[customer.loan]]`
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct LoanTable {
    pub(super) number: Spanned<String>,
    pub(super) currency: Spanned<String>,
    /// What is still owed.
    pub(super) amount: Spanned<String>,
}
