//! Cross-origin requests: any web page may call the API with a key that its user gave it, for there are no cookies to misuse.
//!
//! Only what a page sends is treated so. And `activate` is for no page: else any page could take trial accounts from a gateway that a developer
//! runs on the own machine. Nor are the operators' paths.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, header};
use axum::response::Response;
use http::Request;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use tower::{Layer, Service, ServiceExt};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::api::REQUEST_ID;

/// How long browsers may keep what a preflight said.
const PREFLIGHT: Duration = Duration::from_hours(2);

/// Passes a request on, with what a page's needs around it.
pub(super) async fn pass<S>(request: Request<Body>, service: S) -> Result<Response, Infallible>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    if is_of_a_page(&request) { layer().layer(service).oneshot(request).await } else { service.oneshot(request).await }
}

fn is_of_a_page<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    headers.contains_key(ORIGIN)
        && (request.method() != Method::OPTIONS || headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD))
        && request.uri().path() != super::activate::PATH
        && !super::is_for_operators(request.uri().path())
}

fn layer() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([REQUEST_ID, header::RETRY_AFTER, header::ALLOW, header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT)
}
