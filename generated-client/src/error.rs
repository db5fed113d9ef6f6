//! The one error of this crate: what went wrong, for programs and for people, and no secret in it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::internal::redact;
use crate::retry::Failed;

/// Why a call, or the building of a client, failed.
///
/// It is one pointer wide. [`kind`](Error::kind) and the predicates say what happened, the other methods give the parts.
///
/// Printed with `{}` it is one line, with the operation, the status, the service's code and message, the request's id and the
/// number of attempts, as far as they are known:
///
/// ```text
/// books.loan.create: 409 already_lent: the book is out (request req_123, 1 attempt)
/// ```
///
/// Neither that line nor `{:?}` nor any [`source`](StdError::source) holds the API key or the query of a URL.
/// [`headers`](Error::headers) and [`body`](Error::body) are the answer as it came: mind what you log of them.
pub struct Error(Box<Details>);

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Refused before anything was sent: an argument, an option or the base URL can't be used. Also a transfer whose source or
    /// target can't be read or written, whenever that shows.
    InvalidRequest,
    /// There is no API key, or one that can't be used. Nothing was sent.
    Credentials,
    /// No connection was made, or it broke before the whole answer was there.
    Connection,
    /// Time ran out, in this phase.
    Timeout(TimeoutPhase),
    /// The service reported success, but the body isn't the documented one.
    Decode,
    /// The service answered with an error status, or with a redirect, which isn't followed.
    Status,
}

/// Which time limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The connect timeout: no connection was made in time, and nothing was sent.
    Connect,
    /// The timeout of one attempt: the answer, its whole body included, wasn't there in time.
    Attempt,
    /// The deadline of the whole call, over all attempts and waits.
    Deadline,
    /// The stall limit of a transfer: no byte moved for so long.
    Stall,
}

/// What an [`Error`] knows.
pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// Whether the service gave no message, and the status's own words stand for it.
    pub(crate) message_is_reason: bool,
    pub(crate) operation: Option<Cow<'static, str>>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) json_path: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) failed: Failed,
    /// Whether no connection was made.
    pub(crate) unconnected: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Details {
    /// Returns details with nothing but a kind and a message, which is to be free of secrets.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            message_is_reason: false,
            operation: None,
            status: None,
            code: None,
            json_path: None,
            request_id: None,
            attempts: 0,
            retry_after: None,
            failed: Failed::ForGood,
            unconnected: false,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source: None,
        }
    }
}

impl Details {
    /// Whether the service answered with this status.
    fn is(&self, status: u16) -> bool {
        self.kind == ErrorKind::Status && self.status.is_some_and(|own| own.as_u16() == status)
    }
}

impl From<Details> for Error {
    fn from(details: Details) -> Self {
        Self(Box::new(details))
    }
}

impl Error {
    pub(crate) fn details(&self) -> &Details {
        &self.0
    }

    /// Returns what kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns whether the request was refused before anything was sent.
    pub fn is_invalid_request(&self) -> bool {
        self.0.kind == ErrorKind::InvalidRequest
    }

    /// Returns whether there was no key that can be used. Nothing was sent.
    pub fn is_credentials(&self) -> bool {
        self.0.kind == ErrorKind::Credentials
    }

    /// Returns whether there was no connection, or it broke, or time ran out.
    pub fn is_connection(&self) -> bool {
        self.0.kind == ErrorKind::Connection || self.is_timeout()
    }

    /// Returns whether time ran out, in whichever phase.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// Returns whether nothing was sent: no connection could be made, be it for a name, a refusal, TLS or time.
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Timeout(TimeoutPhase::Connect)
            || self.0.kind == ErrorKind::Connection && self.0.unconnected
    }

    /// Returns whether the service answered with an error status or a redirect.
    pub fn is_status(&self) -> bool {
        self.0.kind == ErrorKind::Status
    }

    /// Returns whether the request was malformed in the service's eyes (400).
    pub fn is_bad_request(&self) -> bool {
        self.0.is(400)
    }

    /// Returns whether the service did not accept the API key (401).
    pub fn is_authentication(&self) -> bool {
        self.0.is(401)
    }

    /// Returns whether the service knows the API key and does not allow this (403).
    pub fn is_permission_denied(&self) -> bool {
        self.0.is(403)
    }

    /// Returns whether there is no such thing (404).
    pub fn is_not_found(&self) -> bool {
        self.0.is(404)
    }

    /// Returns whether something else stands in the way, such as a bucket of that name (409).
    pub fn is_conflict(&self) -> bool {
        self.0.is(409)
    }

    /// Returns whether the service understood the request and can't do it (422).
    pub fn is_unprocessable_entity(&self) -> bool {
        self.0.is(422)
    }

    /// Returns whether the service wants fewer requests (429); [`retry_after`](Error::retry_after) may say from when on it takes
    /// more.
    pub fn is_rate_limit(&self) -> bool {
        self.0.is(429)
    }

    /// Returns whether the fault is the service's (5xx).
    pub fn is_internal_server(&self) -> bool {
        self.is_status() && self.0.status.is_some_and(|status| status.is_server_error())
    }

    /// Returns whether a successful answer could not be understood.
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Returns the id of the operation that failed, such as `books.loan.create`; none where a client was being built.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Returns the HTTP status, if there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the service's reason for programs, such as `already_lent`. Services add codes: treat one that you do not know by
    /// its status.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the reason for people: the service's, else this crate's. One line, without the API key and the queries of URLs, in
    /// which control characters are spaces and foreign text ends after 1000 characters.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns where in the body the fault is, if [`is_decode`](Error::is_decode): `$.items[3].created_at`.
    pub fn json_path(&self) -> Option<&str> {
        self.0.json_path.as_deref()
    }

    /// Returns the id of the request, to be quoted when asking for help: the one in the body, else the answer's `X-Request-Id`,
    /// else the one that was sent. None if nothing was sent.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns how often the request was sent, or was tried to be; 0 if it was refused before.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns how long the service asked to wait, by `retry-after-ms` or `Retry-After`, if the last answer said so. More than 60
    /// seconds are never waited.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the headers of the answer; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the first 64 KiB of the answer's body as they came; empty if there was none.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        if let Some(operation) = &details.operation {
            write!(f, "{operation}: ")?;
        }
        if let Some(status) = details.status {
            f.write_str(status.as_str())?;
            match &details.code {
                Some(code) => write!(f, " {code}: ")?,
                None if details.message_is_reason => f.write_str(" ")?,
                None => f.write_str(": ")?,
            }
        }
        f.write_str(&details.message)?;
        let attempts = match details.attempts {
            0 => return Ok(()),
            1 => "1 attempt".to_owned(),
            n => format!("{n} attempts"),
        };
        match &details.request_id {
            Some(id) => write!(f, " (request {id}, {attempts})"),
            None => write!(f, " ({attempts})"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        // Values of headers, and the body, may hold secrets, such as a signed URL.
        f.debug_struct("Error")
            .field("kind", &details.kind)
            .field("operation", &details.operation)
            .field("status", &details.status)
            .field("code", &details.code)
            .field("message", &details.message)
            .field("json_path", &details.json_path)
            .field("request_id", &details.request_id)
            .field("attempts", &details.attempts)
            .field("retry_after", &details.retry_after)
            .field("headers", &redact::names(&details.headers))
            .field("body_bytes", &details.body.len())
            .field("source", &details.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

/// Returns what a status means in a word or two (RFC 9110 §15, RFC 6585 §4). The same words in every language, so not those of a
/// library.
pub(crate) fn reason(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{Details, Error, ErrorKind};

    fn line(change: impl FnOnce(&mut Details)) -> String {
        let mut details = Details::new(ErrorKind::Status, "the book is out");
        change(&mut details);
        Error::from(details).to_string()
    }

    #[test]
    fn one_line_with_and_without_each_part() {
        assert_eq!(line(|_| ()), "the book is out");
        let full = |d: &mut Details| {
            d.operation = Some("books.loan.create".into());
            d.status = Some(StatusCode::CONFLICT);
            d.code = Some("already_lent".to_owned());
            d.request_id = Some("req_123".to_owned());
            d.attempts = 1;
        };
        assert_eq!(line(full), "books.loan.create: 409 already_lent: the book is out (request req_123, 1 attempt)");
        let without_code = |d: &mut Details| {
            full(d);
            d.code = None;
        };
        assert_eq!(line(without_code), "books.loan.create: 409: the book is out (request req_123, 1 attempt)");
        let reason_only = |d: &mut Details| {
            without_code(d);
            d.message = "Conflict".to_owned();
            d.message_is_reason = true;
            d.request_id = None;
            d.attempts = 3;
        };
        assert_eq!(line(reason_only), "books.loan.create: 409 Conflict (3 attempts)");
    }

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
