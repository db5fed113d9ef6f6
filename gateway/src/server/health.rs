//! Whether the gateway is alive, whether it can serve, and what it has counted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use http::Request;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::Parts;
use crate::api::{ApiError, Code, RequestId, response};
use crate::vendor::health::{Board, Report};

/// The media type of `/metrics`.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long it is good that all was well: to look costs a write to the database and to the store.
const KEPT: Duration = Duration::from_secs(1);

/// How long a look may take: who asks gives up soon, and an answer that hangs helps nobody.
const LIMIT: Duration = Duration::from_secs(2);

/// The last look. Who looks holds it: one look at a time is enough.
type Last = Arc<Mutex<Seen>>;

/// What the last look found.
#[derive(Default)]
struct Seen {
    /// When it ended, whether all was well, and in which words.
    answer: Option<(Instant, bool, Value)>,
    /// The checks that failed, so that the log has changes only.
    failing: BTreeSet<String>,
}

/// The routes for operators.
pub(super) fn routes(parts: Parts) -> Router {
    let last = Last::default();
    let alive = || async { body(StatusCode::OK, &json!({ "status": "ok" })) };
    let ready = move |parts| ready(parts, last.clone());
    Router::new()
        .route("/healthz", routing::get(alive).fallback(other))
        .route("/readyz", routing::get(ready).fallback(other))
        .route("/metrics", routing::get(metrics).fallback(other))
        .with_state(parts)
}

async fn other(request: Request<Body>) -> Response {
    let mut error = ApiError::new(Code::MethodNotAllowed, "this path takes GET and HEAD only");
    error.allow = vec!["GET", "HEAD"];
    response(Err(error), &RequestId::of(&request.into_parts().0))
}

/// 200 if requests can be served, else 503; either way with what works and what doesn't. The log has the causes.
async fn ready(State(parts): State<Parts>, last: Last) -> Response {
    let came = Instant::now();
    let mut last = last.lock().await;
    let (ready, words) = match &last.answer {
        // What ended while this one waited is its answer too: else those who wait for a database that hangs queue up.
        Some((at, ready, words)) if *at >= came || (*ready && at.elapsed() < KEPT) => (*ready, words.clone()),
        _ => {
            let (ready, words) = look(&parts, &mut last.failing).await;
            last.answer = Some((Instant::now(), ready, words.clone()));
            (ready, words)
        }
    };
    body(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &words)
}

async fn look(parts: &Parts, failing: &mut BTreeSet<String>) -> (bool, Value) {
    let store = async {
        match &parts.store {
            Some(store) => Some(in_time(store.check()).await),
            None => None,
        }
    };
    let (database, store, reports) = tokio::join!(in_time(parts.state.check()), store, vendors(&parts.health));
    let mut checks = Map::new();
    let mut note = |name: String, failure: Option<String>| {
        let well = failure.is_none();
        match failure {
            Some(error) if failing.insert(name.clone()) => tracing::warn!(check = name, error, "not ready"),
            None if failing.remove(&name) => tracing::info!(check = name, "ready again"),
            _ => {}
        }
        checks.insert(name, Value::from(if well { "ok" } else { "failed" }));
        well
    };
    let mut ready = note("database".to_owned(), database.err());
    if let Some(store) = store {
        ready &= note("store".to_owned(), store.err());
    }
    let mut any = false;
    for vendor in reports {
        let failure = match (vendor.checked_at, vendor.health.up) {
            (None, _) => Some("it hasn't answered a first probe yet".to_owned()),
            (_, false) => Some(vendor.error.unwrap_or_default()),
            (_, true) => None,
        };
        any |= note(format!("vendor {}", vendor.name), failure);
    }
    let ready = ready && any;
    (ready, json!({ "status": if ready { "ok" } else { "failed" }, "checks": checks }))
}

/// Why a check failed; one that takes too long did.
async fn in_time<E: std::fmt::Display>(check: impl Future<Output = Result<(), E>>) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, check).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
    }
}

/// How the vendors are doing. Just after the start nothing is known of them, so the first probes are waited for a moment.
async fn vendors(board: &Board) -> Vec<Report> {
    let end = Instant::now() + LIMIT;
    loop {
        let reports = board.reports();
        let known = reports.iter().any(|vendor| vendor.checked_at.is_some() && vendor.health.up)
            || reports.iter().all(|vendor| vendor.checked_at.is_some());
        if known || Instant::now() >= end {
            return reports;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn body(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn metrics(State(parts): State<Parts>) -> Response {
    ([(header::CONTENT_TYPE, OPENMETRICS)], parts.metrics.text()).into_response()
}
