//! The way to the store: an HTTP client of its own, which has no key, no headers of its own, and follows no redirect.
//!
//! What it sends is what the signed URL wants and what the transfer needs.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};
use reqwest::{Body, Request, Response, Url};
use tokio::time::timeout;

use super::s3_error;
use crate::error::{Details, ErrorKind, TimeoutPhase, reason};
use crate::failure;
use crate::internal::{Invalid, redact};
use crate::log::Seconds;
use crate::retry::{Failed, Limit};
use crate::server_wait::server_wait;
use crate::transport::Transport;
use crate::types::PresignedUrl;

/// The most of an error, or of an answer to an upload, that is read.
const LONGEST_BODY: usize = 64 * 1024;

/// Under which name a store tells a request's id.
const REQUEST_ID: &str = "x-amz-request-id";

/// Where a store tells the checksum of the whole object.
const CHECKSUM: &str = "x-amz-checksum-crc64nvme";

/// A signed URL, and what goes with it.
pub(super) struct Signed {
    url: Url,
    headers: HeaderMap,
    expires_at: SystemTime,
}

impl Signed {
    /// Reads the service's answer. What is wrong with it is told with its place.
    pub(super) fn new(signed: PresignedUrl) -> Result<Self, (&'static str, Invalid)> {
        let url = Url::parse(&signed.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| ("$.url", Invalid::new("not an `http` or `https` URL")))?;
        let line = |(name, value): (String, String)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        };
        let headers: Option<HeaderMap> = signed.headers.unwrap_or_default().into_iter().map(line).collect();
        let headers = headers.ok_or_else(|| ("$.headers", Invalid::new("not headers that can be sent")))?;
        Ok(Self { url, headers, expires_at: signed.expires_at.into() })
    }

    /// Whether it is good no more.
    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        now >= self.expires_at
    }

    /// Where it leads.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

/// The way to a store.
pub(super) struct Store<'a> {
    http: &'a reqwest::Client,
    origin: String,
    connect_timeout: Duration,
    stall: Duration,
}

impl<'a> Store<'a> {
    /// The way to where a signed URL leads.
    pub(super) fn new(transport: &'a Transport, signed: &Signed, stall: Duration) -> Result<Self, Invalid> {
        let (http, connect_timeout) = transport.bare(signed.url.scheme() == "http").map_err(|fault| {
            Invalid::new(format!(
                "no HTTP client can be made: {}",
                redact::text(&fault.without_url().to_string(), None)
            ))
        })?;
        Ok(Self { http, origin: signed.url.origin().ascii_serialization(), connect_timeout, stall })
    }

    /// Sends a request, and waits for the head of its answer as long as something still moves.
    pub(super) async fn send(&self, request: Request, stalled: impl Future<Output = ()>) -> Result<Response, Details> {
        let (mut answer, mut stalled) = (pin!(self.http.execute(request)), pin!(stalled));
        let came = poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => stalled.as_mut().poll(context).map(|()| None),
        });
        match came.await {
            Some(answer) => answer.map_err(|fault| self.broken(fault)),
            None => Err(self.stalled()),
        }
    }

    /// Returns the next bytes of an answer; nothing at its end.
    pub(super) async fn next(&self, answer: &mut Response) -> Result<Option<Bytes>, Details> {
        match timeout(self.stall, answer.chunk()).await {
            Ok(chunk) => chunk.map_err(|fault| self.broken(fault)),
            Err(_) => Err(self.stalled()),
        }
    }

    /// Reads what little a store says beside its head. Nothing depends on it, so it may end early.
    pub(super) async fn rest(&self, mut answer: Response) -> Bytes {
        let mut body = BytesMut::new();
        while let Ok(Some(chunk)) = self.next(&mut answer).await {
            let left = LONGEST_BODY - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(left)]);
            if body.len() == LONGEST_BODY {
                break;
            }
        }
        body.freeze()
    }

    /// What an answer says that is no success.
    pub(super) async fn refused(&self, answer: Response, now: SystemTime) -> Details {
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = self.rest(answer).await;
        let told = s3_error::read(&body).unwrap_or_default();
        let shown = |text: &String| redact::text(text, None);
        let location = headers.get(header::LOCATION).filter(|_| status.is_redirection());
        let redirect = location.map(|to| {
            let to = redact::url(&String::from_utf8_lossy(to.as_bytes()));
            format!("redirect to {} is not followed", redact::text(&to, None))
        });
        let message = redirect.or_else(|| told.message.as_ref().map(shown));
        let message_is_reason = message.is_none() && reason(status).is_some();
        let message = message.unwrap_or_else(|| reason(status).unwrap_or("no reason given").to_owned());
        Details {
            failed: Failed::Status,
            message_is_reason,
            status: Some(status),
            code: told.code.as_ref().map(shown),
            request_id: told.request_id.as_ref().map(shown).or_else(|| request_id(&headers)),
            retry_after: server_wait(&headers, now),
            headers,
            body,
            ..Details::new(ErrorKind::Status, message)
        }
    }

    /// For so long nothing moved.
    pub(super) fn stalled(&self) -> Details {
        let message = format!("no byte for {}", Seconds(self.stall));
        Details { failed: Failed::Broken, ..Details::new(ErrorKind::Timeout(TimeoutPhase::Stall), message) }
    }

    fn broken(&self, fault: reqwest::Error) -> Details {
        let fault = fault.without_url();
        let limit = Limit { time: self.stall, phase: TimeoutPhase::Stall, told: self.stall };
        let details = failure::broken(&fault, limit, Some(self.connect_timeout), &self.origin, None);
        Details { source: Some(Box::new(fault)), ..details }
    }
}

/// The request of one attempt: the signed URL's headers and ours, which count where both have one.
pub(super) fn request(method: Method, signed: &Signed, ours: HeaderMap) -> Request {
    let mut request = Request::new(method, signed.url.clone());
    let headers = request.headers_mut();
    headers.clone_from(&signed.headers);
    headers.extend(ours);
    request
}

/// The same with a body.
pub(super) fn with_body(mut request: Request, body: Body) -> Request {
    *request.body_mut() = Some(body);
    request
}

/// Whether an answer whose body ends is whole: by its length, its framing, or the checksum that it is to have. Otherwise the end
/// of the connection is that of the body (RFC 9112 §6.3), broken or not.
pub(super) fn shows_its_end(answer: &Response) -> bool {
    let headers = answer.headers();
    answer.version() >= Version::HTTP_2
        || headers.contains_key(header::CONTENT_LENGTH)
        || headers.contains_key(header::TRANSFER_ENCODING)
        || headers.contains_key(CHECKSUM)
}

/// An answer that came too early, or had too little.
pub(super) fn broke_off() -> Details {
    let message = "the connection broke before the answer was whole";
    Details { failed: Failed::Broken, ..Details::new(ErrorKind::Connection, message) }
}

/// A success whose bytes are not the object's.
pub(super) fn other_bytes(status: StatusCode, headers: HeaderMap, message: String) -> Details {
    let request_id = request_id(&headers);
    Details { status: Some(status), request_id, headers, ..Details::new(ErrorKind::Decode, message) }
}

/// The checksum of the whole object, if the store tells it.
pub(super) fn checksum(headers: &HeaderMap) -> Option<String> {
    text(headers, CHECKSUM).map(|sum| redact::text(sum, None))
}

/// The value of a header, if it can be read.
pub(super) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, REQUEST_ID).map(|id| redact::text(id, None))
}
