//! One exchange with the service: dresses the request, sends it, reads the whole answer and keeps it.
//!
//! The raw client runs its requests through the hooks here. It gets the answer as a response that is complete in memory; the
//! same answer stays in the [`Exchange`], so that a failure can be explained afterwards with everything that HTTP said.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response, ResponseBuilderExt as _};

use crate::credentials::ApiKey;
use crate::failure::REQUEST_ID;
use crate::generated::raw;

/// The most bytes of a body that are read.
pub(crate) const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The most bytes of a body that an error keeps.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// What one attempt adds to its request, and what became of it.
pub(crate) struct Exchange {
    /// The query parameter that carries the key, for services that want it there.
    pub(crate) query_key: Option<(&'static str, ApiKey)>,
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

struct State {
    /// The headers that the client and the call add to those of the operation's arguments, which go before.
    headers: HeaderMap,
    /// The header that carries the key; nothing goes before it.
    credential: HeaderMap,
    sent_id: Option<String>,
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
    pub(crate) fn new(headers: HeaderMap, credential: HeaderMap, timeout: Duration) -> Self {
        let state = Mutex::new(State { headers, credential, sent_id: None, answer: None });
        Self { query_key: None, timeout, may_be_empty: false, watcher: None, state }
    }

    /// Adds our headers to those of the operation's arguments, and notes under which id the request goes out.
    fn dress(&self, headers: &mut HeaderMap) {
        let mut state = self.state();
        let mut dressed = mem::take(&mut state.headers);
        let mut last = None;
        for (name, value) in headers.drain() {
            // A further value of one name comes without it.
            let is_first = name.is_some();
            last = name.or(last);
            let Some(name) = &last else { continue };
            // These two are no arguments (OpenAPI 3.0.3, Parameter Object) but what is sent by default.
            let default = [header::ACCEPT, header::CONTENT_TYPE].contains(name);
            if default && dressed.contains_key(name) {
                continue;
            }
            if is_first {
                dressed.insert(name.clone(), value);
            } else {
                dressed.append(name.clone(), value);
            }
        }
        for (name, value) in &mem::take(&mut state.credential) {
            dressed.insert(name.clone(), value.clone());
        }
        if let Some(id) = dressed.get(REQUEST_ID) {
            state.sent_id = Some(String::from_utf8_lossy(id.as_bytes()).into_owned());
        }
        *headers = dressed;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the answer, if one came.
    pub(crate) fn take_answer(&self) -> Option<Answer> {
        self.state().answer.take()
    }

    /// Returns the id under which the request went out, if it came that far.
    pub(crate) fn take_sent_id(&self) -> Option<String> {
        self.state().sent_id.take()
    }
}

impl ClientHooks<Exchange> for raw::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let exchange = self.inner();
        exchange.dress(request.headers_mut());
        if let Some((name, key)) = &exchange.query_key {
            request.url_mut().query_pairs_mut().append_pair(name, key.expose());
        }
        *request.timeout_mut() = Some(exchange.timeout);
        if let Some(watcher) = &exchange.watcher {
            watcher(request);
        }
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let url = request.url().clone();
        let answer = read(self.client().execute(request).await?).await?;
        let body = if self.inner().may_be_empty && answer.body.is_empty() {
            Bytes::from_static(b"null")
        } else {
            answer.body.clone()
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status;
        self.inner().state().answer = Some(answer);
        // Without it, reqwest makes one up and parses that.
        let (mut parts, body) = response.into_parts();
        let with_url = http::Response::builder().url(url).body(()).map(|response| response.into_parts().0.extensions);
        parts.extensions = with_url.unwrap_or_default();
        Ok(http::Response::from_parts(parts, body).into())
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

    use super::Exchange;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn arguments_go_before_all_but_the_key() {
        let ours = [("x-request-id", "ours"), ("user-agent", "ours"), ("accept", "ours"), ("x-more", "ours")];
        let key = headers(&[("x-key", "key")]);
        let exchange = Exchange::new(headers(&ours), key, Duration::ZERO);
        let mut request = headers(&[
            ("x-request-id", "argument"),
            ("user-agent", "argument"),
            ("accept", "default"),
            ("x-key", "argument"),
            ("x-own", "argument"),
        ]);
        exchange.dress(&mut request);
        let sent = headers(&[
            ("x-request-id", "argument"),
            ("user-agent", "argument"),
            ("accept", "ours"),
            ("x-key", "key"),
            ("x-own", "argument"),
            ("x-more", "ours"),
        ]);
        assert_eq!(request, sent);
        assert_eq!(exchange.take_sent_id().as_deref(), Some("argument"));
    }
}
