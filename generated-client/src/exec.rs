//! One exchange with the service: dresses the request, sends it, reads the whole answer and keeps it.
//!
//! The raw client sends its requests through [`raw::Client::exchange`]. It gets the answer's status and whole body; the same
//! answer stays in the [`Exchange`], so that a failure can be explained afterwards with everything that HTTP said.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};
use progenitor_client::{ClientInfo as _, ResponseValue};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;

use crate::auth::Credential;
use crate::failure::REQUEST_ID;
use crate::generated::raw;
use crate::generated::service::SERVICE;
use crate::internal::{RawError, RawResult};

/// The most bytes of a body that are read.
pub(crate) const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The most bytes of a body that an error keeps.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// The header that counts the attempts.
const ATTEMPT: Option<HeaderName> = match SERVICE.attempt_header {
    Some(name) => Some(HeaderName::from_static(name)),
    None => None,
};

/// What one attempt adds to its request, and what became of it.
pub(crate) struct Exchange {
    /// The headers that the client and the call add to those of the operation's arguments, which go before.
    headers: Arc<HeaderMap>,
    /// The number of the attempt, from 1.
    number: u32,
    /// What carries the key; nothing goes before it.
    credential: Credential,
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// Whether a success without a body is read as `null`.
    pub(crate) may_be_empty: bool,
    /// Who wants to see the request before it is sent.
    pub(crate) watcher: Option<Watcher>,
    state: Mutex<State>,
}

/// Sees a request before it is sent.
pub(crate) type Watcher = Box<dyn Fn(&Request) + Send + Sync>;

#[derive(Default)]
struct State {
    sent_id: Option<HeaderValue>,
    answer: Option<Answer>,
}

/// The last answer that came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether `body` is the whole of it.
    pub(crate) complete: bool,
}

impl Exchange {
    pub(crate) fn new(headers: Arc<HeaderMap>, number: u32, credential: Credential, timeout: Duration) -> Self {
        Self { headers, number, credential, timeout, may_be_empty: false, watcher: None, state: Mutex::default() }
    }

    /// Adds our headers to those of the operation's arguments, and notes under which id the request goes out.
    fn dress(&self, headers: &mut HeaderMap) {
        for (name, value) in &*self.headers {
            // These two are no arguments (OpenAPI 3.0.3, Parameter Object) but what is sent by default.
            let default = [header::ACCEPT, header::CONTENT_TYPE].contains(name);
            match headers.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value.clone());
                }
                Entry::Occupied(mut place) if default => {
                    place.insert(value.clone());
                }
                Entry::Occupied(_) => {}
            }
        }
        if let Some(name) = ATTEMPT {
            headers.entry(name).or_insert_with(|| self.number.into());
        }
        if let Credential::Header(name, value) = &self.credential {
            headers.insert(name, value.clone());
        }
        self.state().sent_id = headers.get(REQUEST_ID).cloned();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the answer, if one came.
    pub(crate) fn take_answer(&self) -> Option<Answer> {
        self.state().answer.take()
    }

    /// Returns the id under which the request went out, if it came that far.
    pub(crate) fn take_sent_id(&self) -> Option<HeaderValue> {
        self.state().sent_id.take()
    }
}

impl raw::Client {
    /// Dresses and sends a request, reads the whole answer and keeps it.
    pub(crate) async fn exchange(&self, mut request: Request) -> Result<Reply, RawError> {
        let exchange = self.inner();
        exchange.dress(request.headers_mut());
        if let Credential::Query(name, key) = &exchange.credential {
            request.url_mut().query_pairs_mut().append_pair(name, key.expose());
        }
        *request.timeout_mut() = Some(exchange.timeout);
        if let Some(watcher) = &exchange.watcher {
            watcher(&request);
        }
        let answer = read(self.client().execute(request).await?).await?;
        let is_null = exchange.may_be_empty && answer.body.is_empty();
        let body = if is_null { Bytes::from_static(b"null") } else { answer.body.clone() };
        let reply = Reply { status: answer.status, body };
        exchange.state().answer = Some(answer);
        Ok(reply)
    }
}

/// What the raw client sees of an answer.
pub(crate) struct Reply {
    status: StatusCode,
    body: Bytes,
}

impl Reply {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Reads the body as JSON.
    #[allow(dead_code, reason = "a service may answer with nothing but other bodies")]
    #[expect(clippy::result_large_err, reason = "the error is progenitor's")]
    pub(crate) fn json<T: DeserializeOwned>(self) -> RawResult<T> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(ResponseValue::new(value, self.status, HeaderMap::new())),
            Err(fault) => Err(RawError::InvalidResponsePayload(self.body, fault)),
        }
    }
}

/// For what progenitor's types want to have.
impl From<Reply> for Response {
    fn from(reply: Reply) -> Self {
        let mut response = http::Response::new(reply.body);
        *response.status_mut() = reply.status;
        response.into()
    }
}

/// Reads the body up to the limit. Where an error status is known already, a body that breaks off changes nothing about it.
async fn read(mut response: Response) -> reqwest::Result<Answer> {
    let status = response.status();
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let headers = mem::take(response.headers_mut());
    let limit = if announced.is_some_and(|length| length > LONGEST_BODY) { KEPT_BODY } else { LONGEST_BODY };
    let mut body = Bytes::new();
    let mut longer = BytesMut::new();
    let complete = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if longer.len() + body.len() + chunk.len() > limit => {
                longer.extend_from_slice(&body);
                longer.extend_from_slice(&chunk[..limit - longer.len()]);
                body.clear();
                break false;
            }
            // A body that comes in one piece, as most do, isn't copied.
            Ok(Some(chunk)) if body.is_empty() && longer.is_empty() => body = chunk,
            Ok(Some(chunk)) => {
                longer.reserve(announced.unwrap_or_default().min(KEPT_BODY));
                longer.extend_from_slice(&body);
                longer.extend_from_slice(&chunk);
                body.clear();
            }
            Ok(None) => break true,
            Err(_) if !status.is_success() => break false,
            Err(fault) => return Err(fault),
        }
    };
    let body = if longer.is_empty() { body } else { longer.freeze() };
    Ok(Answer { status, headers, body, complete })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{ATTEMPT, Exchange};
    use crate::auth::Credential;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn arguments_go_before_all_but_the_key() {
        let ours = [("x-request-id", "ours"), ("user-agent", "ours"), ("accept", "ours"), ("x-more", "ours")];
        let key = Credential::Header(HeaderName::from_static("x-key"), HeaderValue::from_static("key"));
        let exchange = Exchange::new(headers(&ours).into(), 1, key, Duration::ZERO);
        let mut request = headers(&[
            ("x-request-id", "argument"),
            ("user-agent", "argument"),
            ("accept", "default"),
            ("x-key", "argument"),
            ("x-own", "argument"),
        ]);
        exchange.dress(&mut request);
        if let Some(name) = ATTEMPT {
            assert_eq!(request.remove(name), Some(1.into()));
        }
        let sent = headers(&[
            ("x-request-id", "argument"),
            ("user-agent", "argument"),
            ("accept", "ours"),
            ("x-key", "key"),
            ("x-own", "argument"),
            ("x-more", "ours"),
        ]);
        assert_eq!(request, sent);
        assert_eq!(exchange.take_sent_id(), Some(HeaderValue::from_static("argument")));
    }
}
