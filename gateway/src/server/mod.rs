//! The gateway as a server: listeners, limits, what is seen of a request.

mod activate;
pub(crate) mod alone;
pub(crate) mod chores;
mod cors;
mod expect;
pub(crate) mod handles;
mod health;
pub(crate) mod listen;
pub mod log;
pub(crate) mod metrics;
pub(crate) mod observe;
mod stall;
mod store;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderName;
use axum::response::Response;
use http::Request;
use infrai_store::Store;
use tower::ServiceExt;

use crate::api::{self, RequestId, Slots, response};
use crate::config::Limits;
use crate::generated::routes;
use crate::service::{Service, mistake};
use crate::state::State;
use crate::vendor::health::Board;
use metrics::Metrics;
use observe::{Front, observe, unbroken};

pub use listen::Peer;
pub(crate) use store::store;

/// What the routes work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) service: Service,
    pub(crate) state: Arc<dyn State>,
    pub(crate) store: Option<Store>,
    pub(crate) health: Arc<Board>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) public_url: Option<String>,
    pub(crate) client_address_header: Option<HeaderName>,
}

/// The API with all that surrounds it, for one listener.
pub(crate) fn api(
    parts: Parts,
    limits: &Limits,
) -> impl tower::Service<
    Request<hyper::body::Incoming>,
    Response = Response,
    Error = Infallible,
    Future = impl Future<Output = Result<Response, Infallible>> + Send,
> + Clone
+ Send
+ 'static {
    let metrics = parts.metrics.clone();
    let api_limits = api::Limits { body_bytes: limits.body_bytes, body_time: limits.body };
    let slots = Slots::new(limits.requests, limits.body_bytes);
    let router = Router::new()
        .merge(health::routes(parts.clone()))
        .merge(activate::routes(parts.clone()))
        .fallback_service(routes::router(Arc::new(parts.service), api_limits));
    tower::service_fn(move |request: Request<hyper::body::Incoming>| {
        let (metrics, slots, router) = (metrics.clone(), slots.clone(), router.clone());
        async move {
            let routed = |mut request: Request<Body>| async move {
                // Operators must be able to look when all slots are taken.
                let slot = slots.take();
                if slot.is_none() && !is_for_operators(request.uri().path()) {
                    return Ok(busy(request.extensions()));
                }
                if let Some(slot) = &slot {
                    request.extensions_mut().insert(slot.clone());
                }
                let answer = router.oneshot(request).await;
                drop(slot);
                answer
            };
            // A page is to read also what wasn't routed.
            let whole = tower::service_fn(|request| unbroken(request, routed.clone(), broken));
            let request = expect::watch(request, Body::new, Body::new);
            observe(Front::Api, &metrics, request, |request| cors::pass(request, whole)).await
        }
    })
}

fn is_for_operators(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

fn busy(extensions: &http::Extensions) -> Response {
    let id = extensions.get::<RequestId>().cloned().unwrap_or_else(RequestId::random);
    response(Err(api::busy()), &id)
}

fn broken(id: &RequestId) -> Response {
    response(Err(mistake()), id)
}
