//! Whether the gateway is alive, whether it can serve, and what it has counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::Parts;

/// The media type of `/metrics`.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long it is good that all was well: to look costs a write to the database and to the store.
const KEPT: Duration = Duration::from_secs(1);

/// When all was found to be well, and in which words. Who looks holds it: one look at a time is enough.
type Last = Arc<Mutex<Option<(Instant, Value)>>>;

/// The routes for operators.
pub(super) fn routes(parts: Parts) -> Router {
    let last = Last::default();
    Router::new()
        .route("/healthz", routing::get(|| async { body(StatusCode::OK, &json!({ "status": "ok" })) }))
        .route("/readyz", routing::get(move |parts| ready(parts, last.clone())))
        .route("/metrics", routing::get(metrics))
        .with_state(parts)
}

/// 200 if requests can be served, else 503; either way with what works and what doesn't. The log has the causes.
async fn ready(State(parts): State<Parts>, last: Last) -> Response {
    let mut last = last.lock().await;
    if let Some((at, words)) = &*last
        && at.elapsed() < KEPT
    {
        return body(StatusCode::OK, words);
    }
    let (ready, words) = look(&parts).await;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let answer = body(status, &words);
    *last = ready.then(|| (Instant::now(), words));
    answer
}

async fn look(parts: &Parts) -> (bool, Value) {
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
    (ready, json!({ "status": if ready { "ok" } else { "failed" }, "checks": checks }))
}

fn body(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn metrics(State(parts): State<Parts>) -> Response {
    ([(header::CONTENT_TYPE, OPENMETRICS)], parts.metrics.text()).into_response()
}
