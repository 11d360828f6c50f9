//! Events: what the bank tells of, unasked.
//!
//! An [`Event`] arrives as a CloudEvent (1.0, JSON): `id`, `source`, `type`, `time` (RFC 3339, when it happened)
//! and `data`. Its identity is (bank, source, id); the bank is never in its body. Amounts are decimal strings
//! with a currency beside them. What `data` holds beyond what is named here is not looked at, so that a bank
//! may send its events as it has them; what is missing or can't be read is refused with its field's name.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::AccountNumber;
use crate::base::last4::Last4;
use crate::base::money::{Currency, Minor};
use crate::base::now::Wall;

/// Longest `source` and `id`, in octets.
pub const NAME_OCTETS_MAX: usize = 256;

/// Longest text in an event, in characters; what is longer is cut.
const TEXT_CHARS_MAX: usize = 600;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal [$($given:literal)*];)*) => {
        /// What kind of event it is.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum EventKind { $($(#[$doc])* #[serde(rename = $name)] $kind,)* }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$kind,)*];

            /// Its `type` in events and in service files.
            pub const fn name(self) -> &'static str {
                match self { $(EventKind::$kind => $name,)* }
            }

            /// The placeholders that its alerts' texts may use, `phone` aside.
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self { $(EventKind::$kind => &[$($given),*],)* }
            }
        }
    };
}

kinds! {
    /// Money came in (KB-17, KB-28, PC-05, SK-04).
    Credited "account.credited" ["k" "n" "acc" "amt" "cur" "date" "time" "desc" "bal" "type"];
    /// Money went out (KB-18, PC-05, SK-04).
    Debited "account.debited" ["k" "n" "acc" "amt" "cur" "date" "time" "desc" "bal" "type"];
    /// A card was used, or someone tried to (KB-19, KB-30, CA-01 to CA-04).
    CardAuthorized "card.authorized" ["kind" "last4" "amt" "cur" "date" "time" "place" "bal"];
    /// A cheque was realized (KB-20).
    ChequeRealized "cheque.realized" ["k" "n" "acc" "num" "amt" "date"];
    /// An order was rejected (KB-21).
    OrderRejected "order.rejected" ["chan" "amt" "cur" "date" "desc"];
    /// An overdraft is about to end (KB-22).
    OverdraftExpiring "overdraft.expiring" ["k" "n" "acc" "limit" "date"];
    /// An overdraft was cancelled (KB-23).
    OverdraftCancelled "overdraft.cancelled" ["k" "n" "acc" "limit" "date"];
    /// A reissued card waits at the branch (KB-24), or a service moves on to it (CA-23).
    CardReissued "card.reissued" ["kind" "last4" "place" "date"];
    /// A deposit matures (KB-25).
    DepositMaturing "deposit.maturing" ["k" "n" "acc" "amt" "cur" "date" "months" "rate"];
    /// A loan's balance (KB-26).
    LoanBalance "loan.balance" ["acc" "amt" "cur" "date"];
    /// A firm's account was blocked (KB-29).
    AccountBlocked "account.blocked" ["k" "n" "acc" "amt" "date" "time"];
    /// A firm's account was unblocked (KB-29).
    AccountUnblocked "account.unblocked" ["k" "n" "acc" "date" "time"];
    /// A new offer (KB-47).
    OfferPublished "offer.published" ["text"];
}

impl EventKind {
    /// Which of its placeholders may be without a value: those of one group are so together.
    pub const fn optional(self) -> &'static [&'static [&'static str]] {
        match self {
            EventKind::Credited | EventKind::Debited => &[&["desc"], &["bal"], &["type"]],
            EventKind::CardAuthorized => &[&["place"], &["bal"]],
            EventKind::CardReissued => &[&["place"], &["date"]],
            EventKind::AccountBlocked => &[&["amt"]],
            _ => &[],
        }
    }
}

/// What the bank tells of.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// The system that tells.
    pub source: String,
    /// The event's name there.
    pub id: String,
    /// When it happened.
    pub time: Wall,
    /// What happened.
    pub news: News,
}

impl Event {
    /// The same event, with the balance after its movement where it is one that doesn't tell it.
    pub fn with_balance(&self, counted: Option<Minor>) -> Event {
        let mut event = self.clone();
        if let News::Credited(posting) | News::Debited(posting) = &mut event.news {
            posting.balance = posting.balance.or(counted);
        }
        event
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.news.kind().name())
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// `account.credited`
    Credited(Posting),
    /// `account.debited`
    Debited(Posting),
    /// `card.authorized`
    CardAuthorized(Authorization),
    /// `cheque.realized`
    ChequeRealized(Cheque),
    /// `order.rejected`
    OrderRejected(Order),
    /// `overdraft.expiring`
    OverdraftExpiring(Overdraft),
    /// `overdraft.cancelled`
    OverdraftCancelled(Overdraft),
    /// `card.reissued`
    CardReissued(Reissue),
    /// `deposit.maturing`
    DepositMaturing(Deposit),
    /// `loan.balance`
    LoanBalance(Loan),
    /// `account.blocked`
    AccountBlocked(Block),
    /// `account.unblocked`
    AccountUnblocked(Block),
    /// `offer.published`
    OfferPublished(Offer),
}

/// A movement on an account, posted.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Posting {
    /// Which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much, without a sign.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// The balance after it; where the bank doesn't say, it is counted.
    #[serde(default, deserialize_with = "some_amount")]
    pub balance: Option<Minor>,
    /// What for.
    #[serde(default, deserialize_with = "text")]
    pub description: Text,
    /// What kind of movement it is, in the bank's words, for texts that say so (PC-05).
    #[serde(default, rename = "kind", deserialize_with = "text")]
    pub type_word: Text,
}

/// How a card's use ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was approved.
    Approved,
    /// It was declined.
    Declined,
    /// It was approved and then reversed.
    Reversed,
}

/// A use of a card.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Authorization {
    /// Which card: the bank's own reference, never its number.
    #[serde(deserialize_with = "name")]
    pub card: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How much, without a sign.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// Where.
    #[serde(default, deserialize_with = "text")]
    pub place: Text,
    /// What is available after it on the account that the card is linked to.
    #[serde(default, deserialize_with = "some_amount")]
    pub available: Option<Minor>,
}

/// A cheque that was realized.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Cheque {
    /// On which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// The cheque's number.
    #[serde(deserialize_with = "text")]
    pub number: Text,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
}

/// By which channel an order came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
pub enum Channel {
    /// The bank's web site.
    #[serde(rename = "web", alias = "WEB")]
    Web,
    /// The bank's application on the telephone.
    #[serde(rename = "mbank", alias = "mBank", alias = "MBANK")]
    MBank,
}

impl Channel {
    /// As customers know it.
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Web => "WEB",
            Channel::MBank => "mBank",
        }
    }
}

/// An order that was rejected.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Order {
    /// From which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How it was given.
    pub channel: Channel,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// When it was given; the day of the event where that isn't said.
    #[serde(default)]
    pub ordered: Option<Date>,
    /// Why it was rejected (KB-21: obligatory).
    #[serde(deserialize_with = "said")]
    pub reason: Text,
}

/// An overdraft that ends.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Overdraft {
    /// Of which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How large it is.
    #[serde(deserialize_with = "positive")]
    pub limit: Minor,
    /// Its last day, or the day on which it was cancelled; the day of the event where that isn't said.
    #[serde(default)]
    pub date: Option<Date>,
}

/// A card that takes another one's place.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Reissue {
    /// The old card: the bank's own reference.
    #[serde(deserialize_with = "name")]
    pub card: String,
    /// The new one's reference; the old one's where the bank keeps it.
    #[serde(default)]
    pub new_card: Option<String>,
    /// The new one's last four digits.
    #[serde(deserialize_with = "last4")]
    pub last4: Last4,
    /// Where it waits.
    #[serde(default, deserialize_with = "text")]
    pub place: Text,
    /// Until when it waits.
    #[serde(default)]
    pub until: Option<Date>,
}

/// A deposit that matures.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Deposit {
    /// On which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much.
    #[serde(deserialize_with = "positive")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// On which day.
    pub matures: Date,
    /// For how many months it is renewed.
    pub months: u16,
    /// At what per cent a year.
    #[serde(deserialize_with = "amount")]
    pub rate: Minor,
}

/// What is owed of a loan.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Loan {
    /// Which loan.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// How much is owed.
    #[serde(deserialize_with = "amount")]
    pub amount: Minor,
    /// In which currency.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// On which day; that of the event where it isn't said.
    #[serde(default)]
    pub date: Option<Date>,
}

/// An account that is blocked, or no longer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Block {
    /// Which account.
    #[serde(deserialize_with = "account")]
    pub account: AccountNumber,
    /// For how much, where that is said.
    #[serde(default, deserialize_with = "some_amount")]
    pub amount: Option<Minor>,
}

/// An offer to all who want them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Offer {
    /// In the bank's words.
    #[serde(deserialize_with = "said")]
    pub text: Text,
}

/// A text of the bank's. Never printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text(pub String);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[text]")
    }
}

/// Why something isn't an event. Holds no value of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {what}")]
pub struct EventError {
    /// Which field, as in `data.amount`; `event` for the whole.
    pub field: String,
    /// What is wrong with it, and what is expected.
    pub what: String,
}

impl EventError {
    fn new(field: &str, what: impl Into<String>) -> EventError {
        EventError { field: field.to_owned(), what: what.into() }
    }
}

/// An event as it is written.
#[derive(Deserialize)]
struct Envelope<'a> {
    specversion: Option<String>,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    time: Timestamp,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl News {
    /// What kind of news it is.
    pub fn kind(&self) -> EventKind {
        match self {
            News::Credited(_) => EventKind::Credited,
            News::Debited(_) => EventKind::Debited,
            News::CardAuthorized(_) => EventKind::CardAuthorized,
            News::ChequeRealized(_) => EventKind::ChequeRealized,
            News::OrderRejected(_) => EventKind::OrderRejected,
            News::OverdraftExpiring(_) => EventKind::OverdraftExpiring,
            News::OverdraftCancelled(_) => EventKind::OverdraftCancelled,
            News::CardReissued(_) => EventKind::CardReissued,
            News::DepositMaturing(_) => EventKind::DepositMaturing,
            News::LoanBalance(_) => EventKind::LoanBalance,
            News::AccountBlocked(_) => EventKind::AccountBlocked,
            News::AccountUnblocked(_) => EventKind::AccountUnblocked,
            News::OfferPublished(_) => EventKind::OfferPublished,
        }
    }

    /// The account that it is of.
    pub fn account(&self) -> Option<&AccountNumber> {
        match self {
            News::Credited(posting) | News::Debited(posting) => Some(&posting.account),
            News::ChequeRealized(cheque) => Some(&cheque.account),
            News::OrderRejected(order) => Some(&order.account),
            News::OverdraftExpiring(overdraft) | News::OverdraftCancelled(overdraft) => {
                Some(&overdraft.account)
            }
            News::DepositMaturing(deposit) => Some(&deposit.account),
            News::LoanBalance(loan) => Some(&loan.account),
            News::AccountBlocked(block) | News::AccountUnblocked(block) => Some(&block.account),
            News::CardAuthorized(_) | News::CardReissued(_) | News::OfferPublished(_) => None,
        }
    }

    /// The card that it is of, by the bank's reference.
    pub fn card(&self) -> Option<&str> {
        match self {
            News::CardAuthorized(authorization) => Some(&authorization.card),
            News::CardReissued(reissue) => Some(&reissue.card),
            _ => None,
        }
    }
}

impl Event {
    /// Reads an event from JSON.
    pub fn parse(json: &str) -> Result<Event, EventError> {
        let envelope: Envelope<'_> = read(json, "")?;
        if envelope.specversion.as_deref().is_some_and(|version| !version.starts_with("1.")) {
            return Err(EventError::new("specversion", "is not 1.0, which is what is read here"));
        }
        for (field, text) in [("id", &envelope.id), ("source", &envelope.source)] {
            if text.is_empty() || text.len() > NAME_OCTETS_MAX {
                return Err(EventError::new(field, "must have 1 to 256 octets"));
            }
        }
        let kind = EventKind::ALL.iter().find(|kind| kind.name() == envelope.kind);
        let Some(kind) = kind else {
            let known: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
            let what = format!("is none of {}", known.join(", "));
            return Err(EventError::new("type", what));
        };
        let time = Wall::from_millis(envelope.time.as_millisecond());
        let news = read_news(*kind, envelope.data.get())?;
        Ok(Event { source: envelope.source, id: envelope.id, time, news })
    }
}

fn read_news(kind: EventKind, data: &str) -> Result<News, EventError> {
    Ok(match kind {
        EventKind::Credited => News::Credited(read(data, "data.")?),
        EventKind::Debited => News::Debited(read(data, "data.")?),
        EventKind::CardAuthorized => News::CardAuthorized(read(data, "data.")?),
        EventKind::ChequeRealized => News::ChequeRealized(read(data, "data.")?),
        EventKind::OrderRejected => News::OrderRejected(read(data, "data.")?),
        EventKind::OverdraftExpiring => News::OverdraftExpiring(read(data, "data.")?),
        EventKind::OverdraftCancelled => News::OverdraftCancelled(read(data, "data.")?),
        EventKind::CardReissued => News::CardReissued(read(data, "data.")?),
        EventKind::DepositMaturing => News::DepositMaturing(read(data, "data.")?),
        EventKind::LoanBalance => News::LoanBalance(read(data, "data.")?),
        EventKind::AccountBlocked => News::AccountBlocked(read(data, "data.")?),
        EventKind::AccountUnblocked => News::AccountUnblocked(read(data, "data.")?),
        EventKind::OfferPublished => News::OfferPublished(read(data, "data.")?),
    })
}

/// Reads JSON; a fault names its field and what is expected, never what stood there.
fn read<'de, T: Deserialize<'de>>(json: &'de str, prefix: &str) -> Result<T, EventError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "event".to_owned() } else { format!("{prefix}{path}") };
        EventError { field, what: without_values(error.inner()) }
    })
}

/// serde's words, without the value that it quotes: that may be personal.
fn without_values(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    match said.split_once("expected ") {
        Some((before, expected)) if before.contains('`') || before.starts_with("invalid") => {
            format!("expected {expected}")
        }
        _ => said.to_owned(),
    }
}

fn account<'de, D: Deserializer<'de>>(from: D) -> Result<AccountNumber, D::Error> {
    name(from).map(AccountNumber::new)
}

fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() || text.len() > NAME_OCTETS_MAX {
        return Err(D::Error::custom("must have 1 to 256 octets"));
    }
    Ok(text)
}

fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<Minor, D::Error> {
    let text = String::deserialize(from)?;
    Minor::parse(&text).map_err(D::Error::custom)
}

fn positive<'de, D: Deserializer<'de>>(from: D) -> Result<Minor, D::Error> {
    let amount = amount(from)?;
    if amount < Minor::ZERO {
        return Err(D::Error::custom(
            "an amount has no sign here: the event's type says which way",
        ));
    }
    Ok(amount)
}

fn some_amount<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Minor>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| Minor::parse(&text).map_err(D::Error::custom)).transpose()
}

fn currency<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn last4<'de, D: Deserializer<'de>>(from: D) -> Result<Last4, D::Error> {
    let text = String::deserialize(from)?;
    Last4::parse(&text).ok_or_else(|| D::Error::custom("the last four digits of a card"))
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    let one_line: String = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    Ok(Text(one_line.chars().take(TEXT_CHARS_MAX).collect()))
}

fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    let text = text(from)?;
    if text.0.is_empty() {
        return Err(D::Error::custom("must not be empty"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, data: &str) -> Result<Event, EventError> {
        Event::parse(&format!(
            r#"{{"specversion":"1.0","id":"1","source":"core","type":"{kind}","time":"2026-11-22T14:05:00+01:00","extension":7,"data":{data}}}"#
        ))
    }

    const CREDIT: &str = r#"{"account":"205-1","amount":"2500.50","currency":"RSD","x":1}"#;

    #[test]
    fn a_cloud_event_is_read() {
        let event = event("account.credited", CREDIT).unwrap();
        assert_eq!(event.time, Wall::from_millis(1_795_352_700_000));
        let News::Credited(posting) = event.news else { panic!("another kind") };
        assert_eq!((posting.amount, posting.balance), (Minor::new(250_050), None));
        assert_eq!(posting.account.reveal(), "205-1");
    }

    #[test]
    fn a_fault_names_its_field_and_no_value() {
        for (kind, data, field) in [
            ("account.credited", r#"{"amount":"1","currency":"RSD"}"#, "event"),
            (
                "account.credited",
                r#"{"account":"205-1","amount":7,"currency":"RSD"}"#,
                "data.amount",
            ),
            (
                "account.debited",
                r#"{"account":"205-1","amount":"-7","currency":"RSD"}"#,
                "data.amount",
            ),
            (
                "account.debited",
                r#"{"account":"205-1","amount":"84.750,1","currency":"RSD"}"#,
                "data.amount",
            ),
            (
                "account.debited",
                r#"{"account":"205-1","amount":"7","currency":"din"}"#,
                "data.currency",
            ),
            (
                "card.authorized",
                r#"{"card":"c","outcome":"perhaps","amount":"1","currency":"RSD"}"#,
                "data.outcome",
            ),
            (
                "order.rejected",
                r#"{"account":"1","channel":"web","amount":"1","currency":"RSD","reason":" "}"#,
                "data.reason",
            ),
            ("card.reissued", r#"{"card":"c","last4":"12x4"}"#, "data.last4"),
            ("account.vanished", "{}", "type"),
        ] {
            let error = event(kind, data).unwrap_err();
            assert_eq!(error.field, field, "{error}");
            for value in ["205-1", "84.750", "perhaps", "12x4"] {
                assert!(!error.to_string().contains(value), "{error}");
            }
        }
        assert_eq!(Event::parse("[]").unwrap_err().field, "event");
    }

    #[test]
    fn the_bank_and_the_texts_are_in_no_print() {
        let event = event("account.credited", CREDIT).unwrap();
        assert_eq!(format!("{event:?}"), "[account.credited]");
        assert!(!format!("{:?}", event.news).contains("2500"));
    }
}
