//! Time limits: an attempt ends with its limit, whatever the server does.

use std::time::Duration;

use infrai::{Error, ErrorKind, TimeoutPhase};
use infrai_tests::http::{Answer, Server};
use serde_json::json;

const SHORT: Duration = Duration::from_millis(150);

fn assert_timed_out(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Attempt), "{error:?}");
    assert!(error.is_timeout() && !error.is_connect());
    assert_eq!((error.attempts(), error.operation()), (1, Some("storage.bucket.list")));
    assert!(error.to_string().starts_with("storage.bucket.list: no whole answer within 0.15 s (request "), "{error}");
}

#[tokio::test]
async fn silence_ends_with_the_clients_timeout() {
    let server = Server::start([Answer::silence()]).await;
    let client = server.builder().timeout(SHORT).build().expect("a client");
    assert_timed_out(&client.storage().bucket().list().await.expect_err("silence"));
}

#[tokio::test]
async fn the_calls_timeout_goes_before_the_clients() {
    let server = Server::start([Answer::silence()]).await;
    let error = server.client().storage().bucket().list().timeout(SHORT).await.expect_err("silence");
    assert_timed_out(&error);
}

#[tokio::test]
async fn a_dripping_body_ends_with_the_timeout() {
    let server = Server::start([Answer::json(200, json!({"items": []})).dripping()]).await;
    let error = server.client().storage().bucket().list().timeout(SHORT).await.expect_err("a drip");
    assert_timed_out(&error);
}

#[tokio::test]
async fn a_dripping_error_is_the_error_that_it_began_as() {
    let body = json!({"error": {"code": "unavailable", "message": "try later"}});
    let server = Server::start([Answer::json(503, body).dripping()]).await;
    let error = server.client().storage().bucket().list().timeout(Duration::from_millis(500)).await.expect_err("a 503");
    assert_eq!(error.code(), Some("unavailable"), "{error:?}");
}

/// A queue of connections that nobody accepts: on Linux, whoever comes when it is full waits.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connecting_has_a_limit_of_its_own() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let listener = socket.listen(1).expect("a queue");
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    while let Ok(stream) = tokio::time::timeout(SHORT, tokio::net::TcpStream::connect(address)).await {
        queue.push(stream.expect("a place in the queue"));
    }
    let builder = infrai::Client::builder().base_url(format!("http://{address}")).api_key("key").max_retries(0);
    let client = builder.connect_timeout(SHORT).build().expect("a client");
    let error = client.storage().bucket().list().await.expect_err("no connection");
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Connect), "{error:?}");
    assert!(error.is_timeout() && error.is_connect());
    assert_eq!(error.message(), format!("no connection to http://{address} within 0.15 s"));
}

#[tokio::test]
async fn no_limit_is_too_long() {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let builder = server.builder().timeout(Duration::MAX).connect_timeout(Duration::MAX);
    let list = builder.build().expect("a client").storage().bucket().list().await;
    assert!(list.is_ok(), "{list:?}");
}
