//! `POST /v1/activate`, which `infra.activate()` calls. It isn't in the description, as the storage page shows the SDK's call only.

use std::net::{IpAddr, SocketAddr};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response;
use axum::{Router, routing};
use http::{Extensions, Request};

use super::Parts;
use super::listen::Peer;
use crate::api::{ApiError, CallerId, Code, MatchedOperation, Reply, RequestId, response};

/// Where it is.
pub(super) const PATH: &str = "/v1/activate";

/// As logs and metrics have it.
const OPERATION: MatchedOperation = MatchedOperation("activate");

/// The route.
pub(super) fn routes(parts: Parts) -> Router {
    Router::new().route(PATH, routing::post(activate).fallback(other)).with_state(parts)
}

async fn activate(State(parts): State<Parts>, request: Request<axum::body::Body>) -> Response {
    let (head, _) = request.into_parts();
    let id = RequestId::of(&head);
    // Browsers say where a page is from, be it the string `null`; other programs don't. Pages can't read the answer, and should not use the
    // hour's trials up either.
    if head.headers.contains_key(header::ORIGIN) {
        let message = "web pages get no trial accounts; activate from a program, and give the page its key";
        return refused(ApiError::new(Code::NotFound, message), &id);
    }
    let Some(client) = client(&head.headers, &head.extensions, parts.client_address_header.as_ref()) else {
        let error = ApiError::new(Code::Internal, "the client's address isn't known");
        return refused(error, &id);
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
    refused(error, &RequestId::of(&request.into_parts().0))
}

fn refused(error: ApiError, id: &RequestId) -> Response {
    let mut answer = response(Err(error), id);
    answer.extensions_mut().insert(OPERATION);
    answer
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::HOST)?
        .to_str()
        .ok()
        .filter(|host| !host.contains('@') && host.parse::<http::uri::Authority>().is_ok())
}

/// The client's address: the connection's, or the last that a reverse proxy put into its header.
fn client(headers: &HeaderMap, extensions: &Extensions, header: Option<&HeaderName>) -> Option<IpAddr> {
    let told = header.and_then(|name| headers.get_all(name).iter().next_back());
    let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next().and_then(address));
    told.or_else(|| extensions.get::<Peer>().map(|peer| peer.0.ip()))
}

/// An address as proxies write it: some with its port, and then IPv6 in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_come_with_and_without_a_port() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            (" 192.0.2.1:4711 ", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(address(text).map(|address| address.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
