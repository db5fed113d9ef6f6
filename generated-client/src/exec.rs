//! One exchange with the service: dresses the request, sends it, reads the whole answer and keeps it.
//!
//! The raw client runs its requests through the hooks here. It gets the answer as a response that is complete in memory; the
//! same answer stays in the [`Exchange`], so that a failure can be explained afterwards with everything that HTTP said.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response};

use crate::credentials::ApiKey;
use crate::generated::raw;

/// The most bytes of a body that are read.
pub(crate) const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The most bytes of a body that an error keeps.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

/// What one call adds to its request, and what became of it.
pub(crate) struct Exchange {
    /// All headers but those of the body.
    pub(crate) headers: HeaderMap,
    /// The query parameter that carries the key, for services that want it there.
    pub(crate) query_key: Option<(&'static str, ApiKey)>,
    /// The limit of one attempt.
    pub(crate) timeout: Duration,
    /// Whether a success without a body is read as `null`.
    pub(crate) may_be_empty: bool,
    answer: Mutex<Option<Answer>>,
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
    pub(crate) fn new(
        headers: HeaderMap,
        query_key: Option<(&'static str, ApiKey)>,
        timeout: Duration,
        may_be_empty: bool,
    ) -> Self {
        Self { headers, query_key, timeout, may_be_empty, answer: Mutex::new(None) }
    }

    /// Returns the answer, if one came.
    pub(crate) fn take_answer(&self) -> Option<Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }
}

impl ClientHooks<Exchange> for raw::Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let exchange = self.inner();
        for (name, value) in &exchange.headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        if let Some((name, key)) = &exchange.query_key {
            request.url_mut().query_pairs_mut().append_pair(name, key.expose());
        }
        *request.timeout_mut() = Some(exchange.timeout);
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let answer = read(self.client().execute(request).await?).await?;
        let body = if self.inner().may_be_empty && answer.body.is_empty() {
            Bytes::from_static(b"null")
        } else {
            answer.body.clone()
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers.clone();
        self.inner().keep(answer);
        Ok(response.into())
    }
}

/// Reads the body up to the limit. Where an error status is known already, a body that breaks off changes nothing about it.
async fn read(mut response: Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let limit = if announced.is_some_and(|length| length > LONGEST_BODY) { KEPT_BODY } else { LONGEST_BODY };
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default().min(KEPT_BODY));
    let complete = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                break false;
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) if !status.is_success() => break false,
            Err(fault) => return Err(fault),
        }
    };
    Ok(Answer { status, headers, body: body.freeze(), complete })
}
