//! The control of the scripted server, for runners in other languages: cases are posted, looked at and deleted over HTTP.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::places::Neighbours;
use super::server::{Playing, Recorded};

/// The cases that are being played.
struct Cases {
    neighbours: Neighbours,
    playing: Mutex<(u64, HashMap<String, Playing>)>,
}

/// Starts the control on a port of its own. Returns where it is, and what runs it: it never ends by itself.
///
/// # Errors
/// If loopback has no free ports.
pub async fn start() -> io::Result<(SocketAddr, impl Future<Output = io::Result<()>>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let cases = Cases { neighbours: Neighbours::start().await?, playing: Mutex::default() };
    let routes = axum::Router::new()
        .route("/cases", post(begin))
        .route("/cases/{id}", get(show).delete(end))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(cases));
    Ok((address, async move { axum::serve(listener, routes).await }))
}

async fn begin(State(cases): State<Arc<Cases>>, script: String) -> Response {
    let script = match serde_json::from_str(&script) {
        Ok(script) => script,
        Err(error) => return wrong(StatusCode::BAD_REQUEST, &format!("the script is not JSON: {error}")),
    };
    let playing = match Playing::start(&script, &cases.neighbours).await {
        Ok(Ok(playing)) => playing,
        Ok(Err(why)) => return wrong(StatusCode::BAD_REQUEST, &why),
        Err(error) => return wrong(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let places: Map<String, Value> = playing.places().iter().map(|(name, url)| (name.to_owned(), url.into())).collect();
    let mut all = cases.playing.lock().unwrap_or_else(PoisonError::into_inner);
    all.0 += 1;
    let id = all.0.to_string();
    all.1.insert(id.clone(), playing);
    answer(StatusCode::CREATED, &json!({"id": id, "places": places}))
}

async fn show(State(cases): State<Arc<Cases>>, Path(id): Path<String>) -> Response {
    let all = cases.playing.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(playing) = all.1.get(&id) else { return no_case(&id) };
    let requests: Vec<Value> = playing.requests().iter().map(request).collect();
    answer(StatusCode::OK, &json!({"requests": requests, "open": playing.open()}))
}

async fn end(State(cases): State<Arc<Cases>>, Path(id): Path<String>) -> Response {
    let ended = cases.playing.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
    if ended.is_some() { StatusCode::NO_CONTENT.into_response() } else { no_case(&id) }
}

fn request(recorded: &Recorded) -> Value {
    let request = &recorded.request;
    let mut shown = json!({"to": recorded.to, "line": request.line, "headers": request.headers});
    match &request.body.bytes {
        Some(bytes) => shown["body"] = STANDARD.encode(bytes).into(),
        None => shown["long_body"] = json!({"length": request.body.length, "pattern": request.body.pattern}),
    }
    shown
}

fn no_case(id: &str) -> Response {
    wrong(StatusCode::NOT_FOUND, &format!("there is no case `{id}`"))
}

fn wrong(status: StatusCode, why: &str) -> Response {
    answer(status, &json!({"error": why}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
