//! What went wrong, as application/problem+json (RFC 9457) with the field that is at fault.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::json;

use crate::personality::WrongProfile;

/// A request that can't be done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    field: Option<String>,
    detail: String,
}

impl Problem {
    /// There is no such thing.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, field: None, detail: detail.into() }
    }

    /// There is such a thing, but not to do this with it.
    pub(super) fn not_allowed(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, field: None, detail: detail.into() }
    }

    /// A field has a value that it can't have.
    pub(super) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, field: Some(field.into()), detail: detail.into() }
    }

    /// The body is no JSON.
    pub(super) fn no_json(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, field: None, detail: detail.into() }
    }

    /// It is this field's fault.
    pub(super) fn at(self, field: &str) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, field: Some(field.into()), ..self }
    }
}

impl From<WrongProfile> for Problem {
    fn from(wrong: WrongProfile) -> Self {
        match wrong {
            WrongProfile::NoPersonality(_) => Self::invalid("personality", wrong.to_string()),
            WrongProfile::Setting { field, what } => Self::invalid(field, what),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(field) = self.field {
            body["field"] = field.into();
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, body.to_string()).into_response()
    }
}
