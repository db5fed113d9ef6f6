//! What a caller sets for one call, and how header lines given by a caller are checked.

use std::fmt;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::generated::service::SERVICE;
use crate::internal::Invalid;
use crate::retry::MOST_RETRIES;
use crate::service::Auth;

/// The request header by which a service recognises a repeated request.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Options of one call. What is not set comes from the client.
#[derive(Clone, Default)]
pub(crate) struct RequestOptions {
    /// The limit of one attempt, the whole response body included.
    pub(crate) timeout: Option<Duration>,
    /// The limit of the whole call, over all attempts and waits.
    pub(crate) deadline: Option<Duration>,
    /// How often it is tried again at most.
    pub(crate) max_retries: Option<u32>,
    /// Further header lines, unchecked.
    pub(crate) headers: HeaderLines,
    /// The caller's own idempotency key, unchecked.
    pub(crate) idempotency_key: Option<String>,
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("max_retries", &self.max_retries)
            .field("headers", &self.headers)
            .field("idempotency_key", &self.idempotency_key)
            .finish()
    }
}

/// Header lines as a caller gave them. Printed, they show names only: a value may be a secret.
#[derive(Clone, Default)]
pub(crate) struct HeaderLines(Vec<(String, String)>);

impl HeaderLines {
    /// Adds a line. Whether it is a legal one is only said by [`HeaderLines::checked`].
    pub(crate) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Returns the lines as headers; of two lines with one name the later counts.
    pub(crate) fn checked(&self) -> Result<HeaderMap, Invalid> {
        let mut headers = HeaderMap::with_capacity(self.0.len());
        for (name, value) in &self.0 {
            let line = HeaderName::try_from(name)
                .map_err(|_| Invalid::new(format!("`{}` is not a header's name", name.escape_debug())))?;
            if let Some(instead) = reserved(&line) {
                return Err(Invalid::new(format!("the header `{line}` is the client's own: {instead}")));
            }
            headers.insert(line, header_value(name, value)?);
        }
        Ok(headers)
    }
}

impl fmt::Debug for HeaderLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Returns `value` as a header's value. Line breaks, other control characters and non-ASCII are refused.
pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, Invalid> {
    let sendable = HeaderValue::from_str(value).ok().filter(|_| value.is_ascii());
    sendable.ok_or_else(|| {
        let why = "a header's value holds visible ASCII characters and spaces, no line breaks";
        Invalid::new(format!("the value for `{}` can't be sent: {why}", name.escape_debug()))
    })
}

/// Returns `timeout` if an answer can come within it.
pub(crate) fn positive(name: &str, timeout: Duration) -> Result<Duration, Invalid> {
    if timeout.is_zero() {
        return Err(Invalid::new(format!("`{name}` must be more than zero")));
    }
    Ok(timeout)
}

/// Returns `retries` if it isn't too many.
pub(crate) fn few(retries: u32) -> Result<u32, Invalid> {
    if retries > MOST_RETRIES {
        return Err(Invalid::new(format!("`max_retries` must be at most {MOST_RETRIES}")));
    }
    Ok(retries)
}

/// For a header that a caller may not set: what to do instead.
fn reserved(name: &HeaderName) -> Option<&'static str> {
    let credential = match SERVICE.auth {
        Auth::None | Auth::Query(_) => None,
        Auth::Bearer | Auth::Basic => Some("authorization"),
        Auth::Header(name) => Some(name),
    };
    if credential.is_some_and(|own| own.eq_ignore_ascii_case(name.as_str())) {
        return Some("give the key as `api_key`");
    }
    if SERVICE.attempt_header.is_some_and(|own| own.eq_ignore_ascii_case(name.as_str())) {
        return Some("it counts the attempts");
    }
    match name {
        name if name == IDEMPOTENCY_KEY => Some("give it as `idempotency_key`"),
        name if name == header::HOST => Some("give the host in `base_url`"),
        name if [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(name) => {
            Some("it follows from the connection and the body")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderLines;

    fn checked(name: &str, value: &str) -> Result<usize, String> {
        let mut lines = HeaderLines::default();
        lines.push(name, value);
        lines.checked().map(|headers| headers.len()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn header_lines_can_not_smuggle() {
        assert_eq!(checked("x-team", "blue"), Ok(1));
        for (name, value) in [
            ("x-team", "a\r\nx-evil: 1"),
            ("x-team", "a\nb"),
            ("x-team\r\nx", "a"),
            ("x team", "a"),
            ("", "a"),
            ("x-team", "é"),
        ] {
            assert!(checked(name, value).is_err(), "{name:?}: {value:?}");
        }
        for name in ["Host", "content-length", "Transfer-Encoding", "connection", "Idempotency-Key"] {
            assert!(checked(name, "1").is_err(), "{name}");
        }
    }

    #[test]
    fn values_are_not_shown() {
        let mut lines = HeaderLines::default();
        lines.push("x-secret", "canary");
        assert_eq!(format!("{lines:?}"), r#"["x-secret"]"#);
    }
}
