//! What requests say: their bodies and queries, each fault with the field that is at fault.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

use super::WAIT_MAX;
use super::problem::Problem;
use crate::file::OneOrMany;
use crate::pause::Pause;
use crate::phone::RawDeliver;
use crate::state::MessageState;
use crate::units;

/// A body of JSON.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let octets = Bytes::from_request(request, state).await;
        let octets = octets.map_err(|e| Problem::no_json(e.body_text()))?;
        let mut reader = serde_json::Deserializer::from_slice(&octets);
        serde_path_to_error::deserialize(&mut reader).map(Self).map_err(|e| {
            let (path, inner) = (e.path().to_string(), e.inner());
            if inner.is_data() {
                Problem::invalid(if path == "." { "" } else { &path }, inner.to_string())
            } else {
                Problem::no_json(format!("the body is no JSON: {inner}"))
            }
        })
    }
}

/// The variable parts of a path.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(path)| Self(path)).map_err(|e| Problem::not_found(e.body_text()))
    }
}

/// A query.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|e| {
            let text = e.body_text();
            // "Failed to deserialize query string: after: invalid digit found in string"
            let text = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            let (field, what) = text.split_once(": ").unwrap_or(("", text));
            Problem::invalid(field, what)
        })
    }
}

/// A phone sends a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// The SMSC; without it the number's own.
    pub(super) smsc: Option<String>,
    /// The phone.
    pub(super) from: String,
    /// The short code.
    pub(super) to: String,
    pub(super) text: String,
}

/// A deliver_sm exactly as given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) smsc: Option<String>,
    pub(super) deliver: RawDeliver,
}

/// Which events are told.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Filter {
    /// Only those with higher numbers.
    pub(super) after: u64,
    /// So many at most.
    pub(super) limit: Option<usize>,
    /// If there is none, wait for one so long.
    wait: Option<String>,
    pub(super) smsc: Option<String>,
    /// Of a kind, such as `message`.
    pub(super) kind: Option<String>,
    /// Of a connection.
    pub(super) conn: Option<u64>,
    /// Of a phone.
    pub(super) phone: Option<String>,
    /// Of a short code.
    pub(super) code: Option<String>,
    /// With this in its text.
    pub(super) contains: Option<String>,
}

impl Filter {
    pub(super) fn wait(&self) -> Result<Duration, Problem> {
        let Some(wait) = &self.wait else { return Ok(Duration::ZERO) };
        match units::read_time(wait) {
            Ok(wait) if wait <= WAIT_MAX => Ok(wait),
            Ok(_) => Err(Problem::invalid("wait", "no request waits for more than 60s")),
            Err(e) => Err(Problem::invalid("wait", e)),
        }
    }
}

/// How a message ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) state: MessageState,
}

/// What is held back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    pub(super) paused: Pause,
}

/// Statuses for the next requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    pub(super) what: Refused,
    pub(super) status: u32,
    #[serde(default = "once")]
    pub(super) times: usize,
}

fn once() -> usize {
    1
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Refused {
    Binds,
    Submits,
}

/// How a connection ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Break {
    #[serde(default)]
    pub(super) how: How,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum How {
    /// The connection ends without a word.
    #[default]
    Cut,
    /// unbind, and its response is waited for.
    Unbind,
}

/// Octets that are written to a connection as they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Octets {
    #[serde(with = "units::hex")]
    pub(super) hex: Vec<u8>,
}

/// Personalities to put on before the other settings of a patch.
#[derive(Deserialize)]
pub(super) struct PutOn {
    pub(super) personality: Option<OneOrMany>,
}
