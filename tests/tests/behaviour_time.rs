//! Time limits: an attempt ends with its limit, whatever the server does.

use std::time::{Duration, Instant};

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
    let error = server.client().storage().bucket().list().timeout(Duration::from_secs(2)).await.expect_err("a 503");
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

/// How soon after its limit a call must be over.
const SOON: Duration = Duration::from_millis(100);

/// Holds the best of some tries against the limit: this machine may be busy in one of them, but not the client in all.
async fn ends_within<F: Future<Output = Error>>(limit: Duration, call: impl Fn() -> F) {
    let mut took = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let error = call().await;
        took.push(begun.elapsed());
        assert!(error.is_timeout() && begun.elapsed() >= limit, "{error:?} after {took:?}");
        if begun.elapsed() < limit + SOON {
            return;
        }
    }
    panic!("{took:?} instead of {limit:?}");
}

#[tokio::test]
async fn silence_stalls_and_drips_end_within_a_tenth_of_a_second_of_their_limit() {
    let body = || Answer::json(200, json!({"items": []}));
    let limit = Duration::from_millis(300);
    for answer in [Answer::silence(), body().hanging(100), body().dripping()] {
        let server = Server::start([answer]).await;
        let client = server.client();
        let list = async || client.storage().bucket().list().timeout(limit).await.expect_err("no whole answer");
        ends_within(limit, list).await;
        let list = async || client.storage().bucket().list().deadline(limit).await.expect_err("no whole answer");
        ends_within(limit, list).await;
    }
}

/// The attempts have more time than there is, and the waits are real.
#[tokio::test]
async fn the_deadline_holds_over_attempts_and_waits() {
    let limit = Duration::from_secs(3);
    let answers = [Answer::json(503, json!({})).header("retry-after-ms", "150")];
    let server = Server::start(answers.into_iter().cycle().take(2).chain([Answer::silence()])).await;
    let client = server.builder().max_retries(10).build().expect("a client");
    let begun = Instant::now();
    let error = client.storage().bucket().list().deadline(limit).await.expect_err("no answer");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout(TimeoutPhase::Deadline), 3));
    assert!(begun.elapsed() >= limit, "{:?}", begun.elapsed());
    // From here on all are silent: attempts that end by themselves leave less and less to the next.
    let list = async || {
        let list = client.storage().bucket().list().timeout(Duration::from_millis(200));
        list.max_retries(1).deadline(Duration::from_millis(500)).await.expect_err("no answer")
    };
    let mut took = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let error = list().await;
        took.push(begun.elapsed());
        assert!(error.is_timeout(), "{error:?}");
        if begun.elapsed() < Duration::from_millis(500) + SOON {
            return;
        }
    }
    panic!("{took:?}");
}
