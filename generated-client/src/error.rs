//! The one error of this crate: what went wrong, for programs and for people, and no secret in it.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::internal::redact;

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
    /// Refused before anything was sent: an argument, an option or the base URL can't be used.
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
}

/// What an [`Error`] knows.
pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) operation: Option<&'static str>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) json_path: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
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
            operation: None,
            status: None,
            code: None,
            json_path: None,
            request_id: None,
            attempts: 0,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source: None,
        }
    }
}

impl From<Details> for Error {
    fn from(details: Details) -> Self {
        Self(Box::new(details))
    }
}

impl Error {
    /// Returns what kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns whether time ran out, in whichever phase.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// Returns whether no connection could be made, be it for a name, a refusal, TLS or time. Nothing was sent then.
    pub fn is_connect(&self) -> bool {
        let source = self.0.source.as_ref().and_then(|source| source.downcast_ref::<reqwest::Error>());
        source.is_some_and(reqwest::Error::is_connect)
    }

    /// Returns whether the service answered with an error status or a redirect.
    pub fn is_status(&self) -> bool {
        self.0.kind == ErrorKind::Status
    }

    /// Returns whether a successful answer could not be understood.
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Returns the id of the operation that failed, such as `books.loan.create`; none where a client was being built.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation
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
        if let Some(operation) = details.operation {
            write!(f, "{operation}: ")?;
        }
        if let Some(status) = details.status {
            f.write_str(status.as_str())?;
            match &details.code {
                Some(code) => write!(f, " {code}: ")?,
                None if status.canonical_reason() == Some(&*details.message) => f.write_str(" ")?,
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
            d.operation = Some("books.loan.create");
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
