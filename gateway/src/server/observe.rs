//! What is seen of a request: its id, one line in the log, and the metrics. Never a key, a query or an object's name.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, Request, Response};

use super::metrics::{Metrics, Outcome};
use crate::api::{CallerId, ErrorCode, MatchedOperation, RequestId};

/// The header that names a request in answers and logs.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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

/// Runs a request, and writes down how it went. A panic, which is a mistake of ours, is answered by `broken`.
pub(crate) async fn observe<A, B, F>(
    front: Front,
    metrics: &Metrics,
    request: Request<A>,
    run: impl FnOnce(Request<A>) -> F,
    broken: impl FnOnce(&RequestId) -> Response<B>,
) -> Result<Response<B>, Infallible>
where
    F: Future<Output = Result<Response<B>, Infallible>>,
{
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let id = RequestId::of(&head);
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(id.clone());
    if front == Front::S3 {
        request.extensions_mut().insert(infrai_store::s3::RequestId(id.0.clone()));
    }
    let method = request.method().clone();
    let running = metrics.running(front);
    let Ok(mut response) = match AssertUnwindSafe(run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(request_id = %id.0, "a request made the gateway panic; this is a mistake in it, please report it");
            Ok(broken(&id))
        }
    };
    drop(running);
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }

    let seen = response.extensions();
    let operation = match front {
        Front::Api => seen.get::<MatchedOperation>().map(|operation| operation.0),
        Front::S3 => seen.get::<infrai_store::s3::MatchedOperation>().map(|operation| operation.0),
    };
    let operation = operation.unwrap_or("none");
    let code = seen.get::<ErrorCode>().map(|code| code.0.as_str());
    let account = seen.get::<CallerId>().map(|caller| caller.0.as_str());
    let took = began.elapsed();
    let status = response.status().as_u16();
    metrics.ended(&Outcome { front: front.name(), operation, status }, took);
    tracing::info!(
        target: "infrai_gateway::request",
        front = front.name(),
        %method,
        operation,
        status,
        code,
        account,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = %id.0,
        "request"
    );
    Ok(response)
}
