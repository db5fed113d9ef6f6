//! From what went wrong to an [`Error`]: reads error bodies, names the phase of a timeout, keeps secrets out.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connection::Connection;
use crate::credentials::ApiKey;
use crate::decode::{Fault, explain};
use crate::error::{Details, Error, ErrorKind, TimeoutPhase, reason};
use crate::exec::{Answer, KEPT_BODY, LONGEST_BODY};
use crate::generated::service::SERVICE;
use crate::internal::{Invalid, RawError, redact};
use crate::log::Seconds;
use crate::retry::{Failed, Limit};
use crate::server_wait::server_wait;
use crate::system::Host;

/// The header that names a request, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whether this crate was built with TLS of its own.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// What is known of an attempt, whatever becomes of it.
pub(crate) struct Context<'a> {
    pub(crate) operation: &'a str,
    /// The id under which it was sent, if it came that far.
    pub(crate) sent_id: Option<HeaderValue>,
    pub(crate) key: Option<&'a ApiKey>,
    /// The number of the attempt, from 1.
    pub(crate) attempt: u32,
    /// How long it may take.
    pub(crate) limit: Limit,
    /// How long connecting may take, if we know.
    pub(crate) connect_timeout: Option<Duration>,
    /// Where the service is.
    pub(crate) connection: &'a Connection,
    pub(crate) system: &'a Host,
}

/// A client that can't be built.
pub(crate) fn unusable(kind: ErrorKind, why: &Invalid) -> Error {
    Details::new(kind, why.to_string()).into()
}

/// A call that was refused before anything was sent.
pub(crate) fn refused(kind: ErrorKind, operation: &str, why: &Invalid) -> Error {
    Details { operation: Some(operation.to_owned().into()), ..Details::new(kind, why.to_string()) }.into()
}

/// A call that got no answer, or not the whole of it.
pub(crate) fn unanswered(context: &Context<'_>, fault: Option<RawError>) -> Error {
    let fault = match fault {
        Some(RawError::InvalidRequest(why) | RawError::Custom(why)) => {
            return refused(ErrorKind::InvalidRequest, context.operation, &Invalid::new(why));
        }
        Some(
            RawError::CommunicationError(fault) | RawError::ResponseBodyError(fault) | RawError::InvalidUpgrade(fault),
        ) => fault.without_url(),
        _ => {
            let message = "the connection broke before the answer was whole";
            return context.error(Details { failed: Failed::Broken, ..Details::new(ErrorKind::Connection, message) });
        }
    };
    if fault.is_builder() {
        let why = redact::text(&root(&fault).to_string(), context.key);
        let why = Invalid::new(format!("the request can't be made: {why}"));
        return refused(ErrorKind::InvalidRequest, context.operation, &why);
    }
    let details = broken(&fault, context.limit, context.connect_timeout, &context.connection.origin(), context.key);
    context.error(Details { source: Some(Box::new(fault)), ..details })
}

/// What a request to `origin` failed with that got no whole answer.
pub(crate) fn broken(
    fault: &reqwest::Error,
    limit: Limit,
    connect_timeout: Option<Duration>,
    origin: &str,
    key: Option<&ApiKey>,
) -> Details {
    let (kind, failed, message) = match (fault.is_connect(), fault.is_timeout()) {
        (true, true) => {
            let within = connect_timeout.map(|limit| format!(" within {}", Seconds(limit))).unwrap_or_default();
            let message = format!("no connection to {origin}{within}");
            (ErrorKind::Timeout(TimeoutPhase::Connect), Failed::Unsent, message)
        }
        (true, false) => {
            let (failed, why) = unsent(fault, origin.starts_with("https:"));
            // A client of the caller's own may have followed a redirect before.
            let failed = if connect_timeout.is_none() && failed == Failed::Unsent { Failed::Broken } else { failed };
            let why = redact::text(&why, key);
            (ErrorKind::Connection, failed, format!("no connection to {origin}: {why}"))
        }
        (false, true) => {
            let deadline = if limit.phase == TimeoutPhase::Deadline { "the deadline of " } else { "" };
            let message = format!("no whole answer within {deadline}{}", Seconds(limit.told));
            (ErrorKind::Timeout(limit.phase), Failed::Broken, message)
        }
        (false, false) => {
            (ErrorKind::Connection, Failed::Broken, "the connection broke before the answer was whole".to_owned())
        }
    };
    Details { failed, unconnected: fault.is_connect(), ..Details::new(kind, message) }
}

/// Why no connection was made, and whether it may be there the next time.
fn unsent(fault: &reqwest::Error, tls: bool) -> (Failed, String) {
    if tls && !HAS_TLS {
        return (Failed::ForGood, "`https` needs the feature `rustls` or `native-tls`".to_owned());
    }
    let chain = chain(fault);
    let says = |word: &str| chain.iter().any(|link| link.to_string().to_ascii_lowercase().contains(word));
    let kind = chain.iter().rev().find_map(|link| link.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => (Failed::Unsent, "connection refused".to_owned()),
        // The names of errors of hyper and of TLS libraries are their own; their texts are all there is.
        _ if says("dns error") => (Failed::Unsent, "host not found".to_owned()),
        // A proxy that refuses to go on; no byte came to the service.
        _ if says("tunnel") => (Failed::Unsent, root(fault).to_string()),
        _ if tls && says("certificate") => (Failed::ForGood, "certificate not trusted".to_owned()),
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) if tls => {
            (Failed::Unsent, "TLS handshake failed".to_owned())
        }
        Some(io::ErrorKind::InvalidData) | None if tls => (Failed::ForGood, "TLS handshake failed".to_owned()),
        _ => (Failed::Unsent, root(fault).to_string()),
    }
}

/// A call that got an answer which is no success, or not one of type `T`.
pub(crate) fn answered<T: DeserializeOwned>(context: &Context<'_>, answer: Answer, fault: Option<RawError>) -> Error {
    let mut details = if answer.status.is_success() {
        undocumented::<T>(context, &answer, fault)
    } else {
        error_status(context, &answer)
    };
    details.status = Some(answer.status);
    details.retry_after = server_wait(&answer.headers, context.system.wall_clock());
    details.request_id = details.request_id.or_else(|| Some(context.answered_id(&answer.headers)));
    details.headers = answer.headers;
    // A copy, so that an error doesn't hold on to megabytes.
    details.body = if answer.body.len() > KEPT_BODY {
        bytes::Bytes::copy_from_slice(&answer.body[..KEPT_BODY])
    } else {
        answer.body
    };
    context.error(details)
}

/// Returns the request id among these headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID)?.to_str().ok().filter(|id| !id.is_empty())
}

impl Context<'_> {
    /// The id that an answer gives the request, else the one that was sent.
    pub(crate) fn answered_id(&self, headers: &HeaderMap) -> String {
        request_id(headers).map_or_else(|| self.sent_id(), |id| redact::text(id, self.key))
    }

    /// The id that was sent, as it may be shown.
    fn sent_id(&self) -> String {
        let text = |id: &HeaderValue| redact::text(&String::from_utf8_lossy(id.as_bytes()), self.key);
        self.sent_id.as_ref().map(text).unwrap_or_default()
    }

    /// An error of a request that was sent, or was tried to be.
    fn error(&self, details: Details) -> Error {
        let request_id = details.request_id.or_else(|| Some(self.sent_id())).filter(|id| !id.is_empty());
        let operation = Some(self.operation.to_owned().into());
        Details { operation, attempts: self.attempt, request_id, ..details }.into()
    }
}

fn error_status(context: &Context<'_>, answer: &Answer) -> Details {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let find = |pointers: &[&str]| {
        let found = pointers.iter().find_map(|pointer| text(body.pointer(pointer)?));
        found.map(|text| redact::text(text, context.key))
    };
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection());
    let redirect = location.map(|to| {
        let to = redact::url(&String::from_utf8_lossy(to.as_bytes()));
        format!("redirect to {} is not followed", redact::text(&to, context.key))
    });
    let message = redirect.or_else(|| find(SERVICE.errors.message));
    let message_is_reason = message.is_none() && reason(answer.status).is_some();
    let message = message.unwrap_or_else(|| reason(answer.status).unwrap_or("no reason given").to_owned());
    Details {
        message_is_reason,
        failed: Failed::Status,
        code: find(SERVICE.errors.code),
        request_id: find(SERVICE.errors.request_id),
        ..Details::new(ErrorKind::Status, message)
    }
}

/// A text that isn't empty. Anything else isn't the documented error.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn undocumented<T: DeserializeOwned>(context: &Context<'_>, answer: &Answer, fault: Option<RawError>) -> Details {
    let fault = match fault {
        _ if !answer.complete => Fault::whole(format!("the body is longer than {} MiB", LONGEST_BODY >> 20)),
        _ if answer.body.is_empty() => Fault::whole("the body is empty"),
        Some(RawError::InvalidResponsePayload(_, error)) => explain::<T>(&answer.body, &error),
        _ => Fault::whole("the body is of another kind"),
    };
    let path = redact::text(&fault.path, context.key);
    let why = redact::text(&fault.why, context.key);
    let message = format!("the answer is not as documented: {path}: {why}");
    Details { json_path: Some(path), source: Some(Box::new(Reason(why))), ..Details::new(ErrorKind::Decode, message) }
}

/// A reason, already free of secrets. serde's own errors quote the values that they found.
#[derive(Debug)]
struct Reason(String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Reason {}

/// Returns an error and its causes. What an `io::Error` wraps is its cause, although its `source` is that one's.
fn chain<'a>(fault: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut chain = vec![];
    let mut next = Some(fault);
    while let Some(this) = next {
        chain.push(this);
        let wrapped = this.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => this.source(),
        };
    }
    chain
}

fn root<'a>(fault: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    chain(fault).pop().unwrap_or(fault)
}
