//! Sending requests to the routes, and reading what they answer.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use infrai_gateway::api::{CallerId, Code, ErrorCode, MatchedOperation};
use serde_json::Value;
use tower::ServiceExt;

/// A response, read.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    pub(super) operation: Option<&'static str>,
    pub(super) code: Option<Code>,
    pub(super) caller: Option<String>,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status, code and message of an error in the envelope, whose headers are right.
    pub(super) fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |name: &str| body["error"][name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
        assert_eq!(body["error"].as_object().map(serde_json::Map::len), Some(3), "{body}");
        assert_eq!(text("request_id"), self.header("x-request-id"));
        assert_eq!(self.header("www-authenticate"), if self.status == 401 { "Bearer" } else { "" });
        assert_eq!(self.code.map(Code::as_str), Some(text("code").as_str()));
        assert_eq!(self.code.map(Code::status), Some(self.status));
        (self.status, text("code"), text("message"))
    }
}

pub(super) async fn send(router: &Router, request: Request<Body>) -> Got {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (head, body) = response.into_parts();
    assert_eq!(head.headers["content-type"], "application/json");
    assert_eq!(head.headers["cache-control"], "no-store");
    let body = body.collect().await.expect("a body").to_bytes();
    Got {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
        operation: head.extensions.get::<MatchedOperation>().map(|operation| operation.0),
        code: head.extensions.get::<ErrorCode>().map(|code| code.0),
        caller: head.extensions.get::<CallerId>().map(|caller| caller.0.clone()),
    }
}

pub(super) fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", "Bearer good")
}

pub(super) async fn bare(router: &Router, method: &str, path: &str) -> Got {
    send(router, request(method, path).body(Body::empty()).expect("a request")).await
}

pub(super) async fn with_json(router: &Router, path: &str, body: &str) -> Got {
    let request = request("POST", path).header("content-type", "application/json");
    send(router, request.body(Body::from(body.to_owned())).expect("a request")).await
}
