//! From what went wrong to an [`Error`]: reads error bodies, names the phase of a timeout, keeps secrets out.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::credentials::ApiKey;
use crate::decode::{Fault, explain};
use crate::error::{Details, Error, ErrorKind, TimeoutPhase};
use crate::exec::{Answer, KEPT_BODY, LONGEST_BODY};
use crate::generated::service::SERVICE;
use crate::internal::{Invalid, RawError, redact};

/// The header that names a request, both ways.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Whether this crate was built with TLS of its own.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// What is known of a call, whatever becomes of it.
pub(crate) struct Context<'a> {
    pub(crate) operation: &'static str,
    pub(crate) request_id: String,
    pub(crate) key: Option<&'a ApiKey>,
    /// The limit of one attempt.
    pub(crate) timeout: Duration,
    /// Where the service is.
    pub(crate) base_url: &'a str,
}

impl Context<'_> {
    /// The scheme, host and port of the service.
    fn origin(&self) -> String {
        reqwest::Url::parse(self.base_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

/// A client that can't be built.
pub(crate) fn unusable(kind: ErrorKind, why: &Invalid) -> Error {
    Details::new(kind, why.to_string()).into()
}

/// A call that was refused before anything was sent.
pub(crate) fn refused(kind: ErrorKind, operation: &'static str, why: &Invalid) -> Error {
    Details { operation: Some(operation), ..Details::new(kind, why.to_string()) }.into()
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
        _ => return context.error(Details::new(ErrorKind::Connection, "no answer came")),
    };
    let cause = redact::text(&root(&fault).to_string(), context.key);
    if fault.is_builder() {
        return refused(
            ErrorKind::InvalidRequest,
            context.operation,
            &Invalid::new(format!("the request can't be made: {cause}")),
        );
    }
    let (kind, message) = match (fault.is_connect(), fault.is_timeout()) {
        (true, true) => {
            (ErrorKind::Timeout(TimeoutPhase::Connect), "no connection within the connect timeout".to_owned())
        }
        (false, true) => {
            (ErrorKind::Timeout(TimeoutPhase::Attempt), format!("no whole answer within {:?}", context.timeout))
        }
        (true, false) if context.base_url.starts_with("https:") && !HAS_TLS => (
            ErrorKind::Connection,
            format!("no connection to {}: `https` needs the feature `rustls` or `native-tls`", context.origin()),
        ),
        (true, false) => (ErrorKind::Connection, format!("no connection to {}: {cause}", context.origin())),
        (false, false) => (ErrorKind::Connection, format!("the connection broke: {cause}")),
    };
    context.error(Details { source: Some(Box::new(fault)), ..Details::new(kind, message) })
}

/// A call that got an answer which is no success, or not one of type `T`.
pub(crate) fn answered<T: DeserializeOwned>(context: &Context<'_>, answer: Answer, fault: Option<RawError>) -> Error {
    let mut details = if answer.status.is_success() {
        undocumented::<T>(context, &answer, fault)
    } else {
        error_status(context, &answer)
    };
    details.status = Some(answer.status);
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
        request_id(headers).map_or_else(|| self.request_id.clone(), |id| redact::text(id, self.key))
    }

    /// An error of a request that was sent, or was tried to be.
    fn error(&self, details: Details) -> Error {
        let request_id = details.request_id.or_else(|| Some(self.request_id.clone())).filter(|id| !id.is_empty());
        Details { operation: Some(self.operation), attempts: 1, request_id, ..details }.into()
    }
}

fn error_status(context: &Context<'_>, answer: &Answer) -> Details {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let find = |pointers: &[&str]| {
        let found = pointers.iter().find_map(|pointer| scalar(body.pointer(pointer)?));
        found.map(|text| redact::text(&text, context.key))
    };
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection());
    let redirect = location.map(|to| {
        let to = redact::url(&String::from_utf8_lossy(to.as_bytes()));
        format!("redirect to {} is not followed", redact::text(&to, context.key))
    });
    let message = redirect.or_else(|| find(SERVICE.errors.message));
    let message = message.unwrap_or_else(|| answer.status.canonical_reason().unwrap_or("no reason given").to_owned());
    Details {
        code: find(SERVICE.errors.code),
        request_id: find(SERVICE.errors.request_id),
        ..Details::new(ErrorKind::Status, message)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
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

fn root<'a>(fault: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut root = fault;
    while let Some(source) = root.source() {
        root = source;
    }
    root
}
