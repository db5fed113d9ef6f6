//! What a request gets that fails: a code, a sentence, and what the headers must say.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::{Code, RequestId};

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The reason, for programs; it has the status.
    pub code: Code,
    /// The reason, for people. It never holds a secret.
    pub message: String,
    /// When to try again, for `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The methods for `Allow`, sorted; empty but with [`Code::MethodNotAllowed`].
    pub allow: Vec<&'static str>,
}

impl ApiError {
    /// Returns an error of a code with a message for people.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None, allow: Vec::new() }
    }

    /// Says when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Returns the body: `{"error":{"code","message","request_id"}}`.
    pub fn body(&self, request_id: &RequestId) -> Bytes {
        let detail = Detail { code: self.code.as_str(), message: &self.message, request_id: &request_id.0 };
        // Texts under fixed names can't fail to be written.
        serde_json::to_vec(&Envelope { error: detail }).unwrap_or_default().into()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
}
