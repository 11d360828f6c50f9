//! `tellerd switch`: commands that are answered with a text for a while.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::ClientError;

/// A command that is off, as the daemon tells it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Off {
    /// The service.
    pub service: String,
    /// The command.
    pub command: String,
    /// What answers it.
    pub text: String,
}

/// An answer of the daemon.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Switches(Vec<Off>),
}

/// What is off.
pub fn list(store: &Path) -> Result<Vec<Off>, ClientError> {
    ask(store, &json!({ "switches": {} }))
}

/// Switches a command of a service off, with a text that answers it ("" for the service's own), or
/// on; what is off from now on.
pub fn switch(
    store: &Path,
    service: &str,
    command: &str,
    off: Option<&str>,
) -> Result<Vec<Off>, ClientError> {
    ask(store, &json!({ "switch": { "service": service, "command": command, "off": off } }))
}

fn ask(store: &Path, request: &serde_json::Value) -> Result<Vec<Off>, ClientError> {
    let Answer::Switches(shown) = super::ask(store, request)?;
    Ok(shown)
}
