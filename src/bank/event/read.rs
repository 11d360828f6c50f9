//! Events out of JSON: a fault names its field and what is expected, never what stood there.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Event, EventKind, News, Text};
use crate::bank::AccountNumber;
use crate::base::last4::Last4;
use crate::base::money::{Currency, Minor};
use crate::base::now::Wall;
use crate::base::words::without_values;

/// Longest `source` and `id`, in octets.
pub const NAME_OCTETS_MAX: usize = 256;

/// Longest text in an event, in characters; what is longer is cut.
const TEXT_CHARS_MAX: usize = 600;

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

pub(super) fn account<'de, D: Deserializer<'de>>(from: D) -> Result<AccountNumber, D::Error> {
    name(from).map(AccountNumber::new)
}

pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() || text.len() > NAME_OCTETS_MAX {
        return Err(D::Error::custom("must have 1 to 256 octets"));
    }
    Ok(text)
}

pub(super) fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<Minor, D::Error> {
    let text = String::deserialize(from)?;
    Minor::parse(&text).map_err(D::Error::custom)
}

pub(super) fn positive<'de, D: Deserializer<'de>>(from: D) -> Result<Minor, D::Error> {
    let amount = amount(from)?;
    if amount < Minor::ZERO {
        return Err(D::Error::custom(
            "an amount has no sign here: the event's type says which way",
        ));
    }
    Ok(amount)
}

pub(super) fn some_amount<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Minor>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| Minor::parse(&text).map_err(D::Error::custom)).transpose()
}

pub(super) fn currency<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

pub(super) fn some_currency<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Currency>, D::Error> {
    let code = Option::<String>::deserialize(from)?;
    code.map(|code| code.parse().map_err(D::Error::custom)).transpose()
}

pub(super) fn last4<'de, D: Deserializer<'de>>(from: D) -> Result<Last4, D::Error> {
    let text = String::deserialize(from)?;
    Last4::parse(&text).ok_or_else(|| D::Error::custom("the last four digits of a card"))
}

pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    let one_line: String = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    Ok(Text(one_line.chars().take(TEXT_CHARS_MAX).collect()))
}

pub(super) fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
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
