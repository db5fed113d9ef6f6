//! A successful answer with what HTTP says about it.

use std::fmt;

use http::{HeaderMap, StatusCode};

use crate::internal::redact;

/// The value of a successful call, together with the status, the headers and the request's id.
///
/// `send_with_response` returns it; `send` returns the value alone. Printed with `{:?}` it shows the names of the headers only,
/// since a value may be a secret.
#[derive(Clone)]
pub struct Response<T> {
    pub(crate) value: T,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: String,
}

impl<T> Response<T> {
    /// Returns the decoded body.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the decoded body and drops the rest.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the HTTP status, which is a 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id of the request: the answer's `X-Request-Id`, else the one that was sent.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.status)
            .field("headers", &redact::names(&self.headers))
            .field("request_id", &self.request_id)
            .finish()
    }
}
