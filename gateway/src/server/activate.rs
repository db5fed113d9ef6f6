//! `POST /v1/activate`, which `infra.activate()` calls. It isn't in the description, as the storage page shows the SDK's call only.

use std::net::IpAddr;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response;
use axum::{Router, routing};
use http::{Extensions, Request};

use super::Parts;
use super::listen::Peer;
use crate::api::{ApiError, CallerId, Code, MatchedOperation, Reply, RequestId, response};

/// As logs and metrics have it.
const OPERATION: MatchedOperation = MatchedOperation("activate");

/// The route.
pub(super) fn routes(parts: Parts) -> Router {
    Router::new().route("/v1/activate", routing::post(activate).fallback(other)).with_state(parts)
}

async fn activate(State(parts): State<Parts>, request: Request<axum::body::Body>) -> Response {
    let (head, _) = request.into_parts();
    let id = RequestId::of(&head);
    let Some(client) = client(&head.headers, &head.extensions, parts.client_address_header.as_ref()) else {
        let error = ApiError::new(Code::Internal, "the client's address isn't known");
        return response(Err(error), &id);
    };
    let base_url = match &parts.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", host(&head.headers).unwrap_or("127.0.0.1:7100")),
    };
    let activated = parts.service.activate(client).await;
    let account = activated.as_ref().ok().map(|activated| CallerId(activated.account_id().to_owned()));
    let reply = activated.and_then(|activated| Reply::json(201, &activated.to_json(&base_url)));
    let mut answer = response(reply, &id);
    answer.extensions_mut().insert(OPERATION);
    if let Some(account) = account {
        answer.extensions_mut().insert(account);
    }
    answer
}

async fn other(request: Request<axum::body::Body>) -> Response {
    let mut error = ApiError::new(Code::MethodNotAllowed, "this path takes POST only");
    error.allow = vec!["POST"];
    let mut answer = response(Err(error), &RequestId::of(&request.into_parts().0));
    answer.extensions_mut().insert(OPERATION);
    answer
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok().filter(|host| host.parse::<http::uri::Authority>().is_ok())
}

/// The client's address: the connection's, or the last that a reverse proxy put into its header.
fn client(headers: &HeaderMap, extensions: &Extensions, header: Option<&HeaderName>) -> Option<IpAddr> {
    let told = header.and_then(|name| headers.get_all(name).iter().next_back());
    let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    told.or_else(|| extensions.get::<Peer>().map(|peer| peer.0.ip()))
}
