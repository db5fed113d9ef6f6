//! Whether the gateway is alive, whether it can serve, and what it has counted.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use serde_json::{Map, Value, json};

use super::Parts;

/// The media type of `/metrics`.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes for operators.
pub(super) fn routes(parts: Parts) -> Router {
    Router::new()
        .route("/healthz", routing::get(|| async { body(StatusCode::OK, &json!({ "status": "ok" })) }))
        .route("/readyz", routing::get(ready))
        .route("/metrics", routing::get(metrics))
        .with_state(parts)
}

/// 200 if requests can be served, else 503; either way with what works and what doesn't. The log has the causes.
async fn ready(State(parts): State<Parts>) -> Response {
    let mut checks = Map::new();
    let mut note = |name: &str, failure: Option<String>| {
        if let Some(error) = &failure {
            tracing::warn!(check = name, error, "not ready");
        }
        checks.insert(name.to_owned(), Value::from(if failure.is_none() { "ok" } else { "failed" }));
        failure.is_none()
    };
    let mut ready = note("database", parts.state.check().await.err().map(|error| error.to_string()));
    if let Some(store) = &parts.store {
        ready &= note("store", store.check().await.err().map(|error| error.to_string()));
    }
    let mut any = false;
    for vendor in parts.health.reports() {
        let failure = (!vendor.health.up).then(|| vendor.error.unwrap_or_default());
        any |= note(&format!("vendor {}", vendor.name), failure);
    }
    let ready = ready && any;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    body(status, &json!({ "status": if ready { "ok" } else { "failed" }, "checks": checks }))
}

fn body(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn metrics(State(parts): State<Parts>) -> Response {
    ([(header::CONTENT_TYPE, OPENMETRICS)], parts.metrics.text()).into_response()
}
