//! `tellerd money`: orders of money that are open, and what two persons say of an unknown one.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::{ClientError, ask};

/// An open order, as the daemon tells it; numbers are masked.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Open {
    /// Its reference.
    pub reference: u64,
    /// Where it is: unknown, or on its way.
    pub state: String,
    /// How much it moves, as a decimal string.
    pub amount: String,
    /// In which currency; `None`, as below, where its customer was forgotten.
    pub currency: Option<String>,
    /// When it was ordered (RFC 3339).
    pub ordered: String,
    /// What is bought.
    pub what: Option<String>,
    /// For whom, masked.
    #[serde(rename = "for")]
    pub target: Option<String>,
}

/// Who says what became of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// Which order.
    pub reference: u64,
    /// Whether the sale was made.
    pub done: bool,
    /// One person.
    pub by: String,
    /// Another.
    pub and: String,
}

/// The answer to a list.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Listed {
    Purchases { open: Vec<Open> },
}

/// The answer to a settlement.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Settled {
    Settled { again: bool },
}

/// The open orders of a bank, in the order in which they were given.
pub fn list(store: &Path, bank: &str) -> Result<Vec<Open>, ClientError> {
    let Listed::Purchases { open } = ask(store, &json!({ "purchases": { "bank": bank } }))?;
    Ok(open)
}

/// Settles an unknown order; true where it was settled so before.
pub fn settle(store: &Path, bank: &str, settlement: &Settlement) -> Result<bool, ClientError> {
    let Settlement { reference, done, by, and } = settlement;
    let request = json!({
        "settle": { "bank": bank, "reference": reference, "done": done, "by": by, "and": and }
    });
    let Settled::Settled { again } = ask(store, &request)?;
    Ok(again)
}
