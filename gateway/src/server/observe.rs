//! What is seen of a request: its id, one line in the log, and the metrics. Never a key, a query or an object's name.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use http::{HeaderValue, Method, Request, Response};
use tracing::Instrument;

use super::expect::Asked;
use super::metrics::{Metrics, Outcome, Running};
use crate::api::{CallerId, ErrorCode, MatchedOperation, REQUEST_ID, RequestId};

/// The status of requests that clients gave up before there was an answer; it is only for logs and metrics.
const ABANDONED: u16 = 499;

/// How much of a method is logged.
const LONGEST_METHOD: usize = 32;

/// Which of the two services a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Front {
    /// The API.
    Api,
    /// The embedded S3 store.
    S3,
}

impl Front {
    /// As logs and metrics have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::S3 => "s3",
        }
    }
}

/// Runs a request, and writes down how it went; what is logged meanwhile has its id. The request has its id as an extension.
pub(super) async fn observe<A, B, F>(
    front: Front,
    metrics: &Metrics,
    (request, asked): (Request<A>, Asked),
    run: impl FnOnce(Request<A>) -> F,
) -> Result<Response<B>, Infallible>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
{
    let (head, body) = request.into_parts();
    let id = RequestId::of(&head);
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(id.clone());
    if front == Front::S3 {
        request.extensions_mut().insert(infrai_store::s3::RequestId(id.0.clone()));
    }
    // Of the highest level, so that it is there at each that is logged.
    let span = tracing::error_span!("request", request_id = %id.0);
    let seen = Seen::new(front, metrics, request.method().clone(), id.clone());
    let Ok(mut response) = run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    asked.answered(&mut response);
    seen.answered(&response);
    Ok(response)
}

/// Answers a panic, which is a mistake of ours, with `broken`.
pub(crate) async fn unbroken<A, B, F>(
    request: Request<A>,
    run: impl FnOnce(Request<A>) -> F,
    broken: impl FnOnce(&RequestId) -> Response<B>,
) -> Result<Response<B>, Infallible>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
{
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_else(RequestId::random);
    AssertUnwindSafe(run(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request_id = %id.0, "a request made the gateway panic; this is a mistake in it, please report it");
        Ok(broken(&id))
    })
}

/// A request that is running. Dropped without an answer, it was abandoned by its client, or cut off at the end.
struct Seen<'m> {
    front: Front,
    metrics: &'m Metrics,
    method: Method,
    id: RequestId,
    began: Instant,
    running: Option<Running>,
}

impl<'m> Seen<'m> {
    fn new(front: Front, metrics: &'m Metrics, method: Method, id: RequestId) -> Self {
        Self { front, metrics, method, id, began: Instant::now(), running: Some(metrics.running(front)) }
    }

    fn answered<B>(mut self, response: &Response<B>) {
        let seen = response.extensions();
        let operation = match self.front {
            Front::Api => seen.get::<MatchedOperation>().map(|operation| operation.0),
            Front::S3 => seen.get::<infrai_store::s3::MatchedOperation>().map(|operation| operation.0),
        };
        let code = match self.front {
            Front::Api => seen.get::<ErrorCode>().map(|code| code.0.as_str()),
            Front::S3 => seen.get::<infrai_store::s3::ErrorCode>().map(|code| code.0.as_str()),
        };
        let account = seen.get::<CallerId>().map(|caller| caller.0.as_str());
        self.ended(operation, response.status().as_u16(), code, account);
    }

    fn ended(&mut self, operation: Option<&'static str>, status: u16, code: Option<&str>, account: Option<&str>) {
        // Only once.
        if self.running.take().is_none() {
            return;
        }
        let (front, operation, took) = (self.front.name(), operation.unwrap_or("none"), self.began.elapsed());
        self.metrics.ended(&Outcome { front, operation, status }, took);
        tracing::info!(
            target: "infrai_gateway::request",
            front,
            // Any word may be a method, of any length.
            method = self.method.as_str().get(..LONGEST_METHOD).unwrap_or(self.method.as_str()),
            operation,
            status,
            code,
            account,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            request_id = %self.id.0,
            "request"
        );
    }
}

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        self.ended(None, ABANDONED, None, None);
    }
}
