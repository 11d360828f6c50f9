//! `tellerd runs`: what many are being told just now, and how to hold it up.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::ClientError;

/// A run under way, as the daemon tells it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Running {
    /// Its number.
    pub number: u64,
    /// The service that tells it.
    pub service: String,
    /// What is told.
    pub kind: String,
    /// paused, running or, once nobody is left to be told, ending.
    pub state: String,
    /// How many messages were made of it.
    pub told: u64,
    /// When it is no longer worth telling (RFC 3339).
    pub until: String,
    /// The operators whose customers haven't all been looked at.
    pub left: Vec<String>,
}

/// An answer of the daemon.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Runs(Vec<Running>),
}

/// The runs of a bank that are under way.
pub fn list(store: &Path, bank: &str) -> Result<Vec<Running>, ClientError> {
    ask(store, &json!({ "runs": { "bank": bank } }))
}

/// Does `what` (pause, resume, stop) to a run; how it stands from now on.
pub fn steer(
    store: &Path,
    bank: &str,
    number: u64,
    what: &str,
) -> Result<Vec<Running>, ClientError> {
    ask(store, &json!({ "steer": { "bank": bank, "run": number, "what": what } }))
}

fn ask(store: &Path, request: &serde_json::Value) -> Result<Vec<Running>, ClientError> {
    let Answer::Runs(shown) = super::ask(store, request)?;
    Ok(shown)
}
