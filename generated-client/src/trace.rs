//! What `tracing` sees: a span for a call and an event for each attempt, under OpenTelemetry's names for HTTP clients.

use tracing::{Span, field};

use crate::connection::Connection;
use crate::error::{Error, ErrorKind};
use crate::service::Operation;

/// The span of a call.
pub(crate) fn call(operation: &Operation<'_>) -> Span {
    tracing::info_span!(
        "call",
        operation = operation.id,
        "http.request.method" = operation.method,
        "url.template" = operation.path,
        "server.address" = field::Empty,
        "server.port" = field::Empty,
        "http.response.status_code" = field::Empty,
        "http.request.resend_count" = field::Empty,
        "error.type" = field::Empty,
    )
}

/// Notes where the call goes.
pub(crate) fn server(span: &Span, connection: &Connection) {
    if span.is_disabled() {
        return;
    }
    if let Ok(url) = reqwest::Url::parse(&connection.base_url) {
        span.record("server.address", url.host_str());
        span.record("server.port", url.port_or_known_default());
    }
}

/// Notes what an attempt, counted from 1, came to.
pub(crate) fn attempt(number: u32, status: Option<u16>, error: Option<&Error>) {
    tracing::debug!(
        "http.request.resend_count" = number - 1,
        "http.response.status_code" = status,
        "error.type" = error.map(error_type),
        "attempt"
    );
}

/// Notes what the call came to.
pub(crate) fn end(span: &Span, attempts: u32, status: Option<u16>, error: Option<&Error>) {
    span.record("http.request.resend_count", attempts.saturating_sub(1));
    span.record("http.response.status_code", status);
    span.record("error.type", error.map(error_type));
}

/// A word for the kind of error, of a closed list but for statuses.
fn error_type(error: &Error) -> String {
    match (error.kind(), error.status()) {
        (ErrorKind::InvalidRequest, _) => "invalid_request".to_owned(),
        (ErrorKind::Credentials, _) => "credentials".to_owned(),
        (ErrorKind::Connection, _) => "connection".to_owned(),
        (ErrorKind::Timeout(_), _) => "timeout".to_owned(),
        (ErrorKind::Decode, _) => "decode".to_owned(),
        (ErrorKind::Status, status) => status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
    }
}
