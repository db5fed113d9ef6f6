//! The embedded store as a server: what surrounds it for one listener.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body as _, Incoming};
use infrai_store::Store;
use infrai_store::s3::Body;

use super::metrics::Metrics;
use super::observe::{Front, observe, unbroken};
use super::stall::Upload;
use crate::api::RequestId;
use crate::embedded;

/// The store's service. An upload of which nothing comes for as long as `stall` is given up.
pub(crate) fn store(
    store: Store,
    metrics: Arc<Metrics>,
    stall: Duration,
) -> impl tower::Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> + Clone
+ Send
+ 'static {
    let options = infrai_store::s3::Options { region: embedded::REGION.to_owned(), ..Default::default() };
    let front = infrai_store::s3::service(store, options);
    tower::service_fn(move |request: Request<Incoming>| {
        let (metrics, front) = (metrics.clone(), front.clone());
        async move {
            let answer = |request: Request<Incoming>| async move {
                let request = request.map(|body| held(body, stall));
                Ok(front.answer(request).await)
            };
            observe(Front::S3, &metrics, request, |request| unbroken(request, answer, broken)).await
        }
    })
}

fn held(body: Incoming, stall: Duration) -> Body {
    if body.is_end_stream() { Body::empty() } else { Body::http_body(Upload::new(body, stall)) }
}

fn broken<B: Default>(_: &RequestId) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
