//! Failures: the right kind, every part that is known, and one line of text.

use infrai::{Error, ErrorKind};
use infrai_tests::http::{Answer, Server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const MIB: usize = 1024 * 1024;

fn envelope() -> Value {
    json!({"error": {"code": "bucket_exists", "message": "bucket already exists", "request_id": "req_123"}})
}

async fn fails(answer: Answer) -> (Error, Server) {
    let server = Server::start([answer]).await;
    let error = server.client().storage().bucket().create("demo").send().await.expect_err("a failure");
    (error, server)
}

#[tokio::test]
async fn a_documented_error_is_one_line() {
    let (error, _) = fails(Answer::json(409, envelope()).header("x-team", "storage")).await;
    assert_eq!(
        error.to_string(),
        "storage.bucket.create: 409 bucket_exists: bucket already exists (request req_123, 1 attempt)"
    );
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(error.is_status() && !error.is_timeout() && !error.is_connect() && !error.is_decode());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert_eq!((error.code(), error.message()), (Some("bucket_exists"), "bucket already exists"));
    assert_eq!((error.operation(), error.attempts()), (Some("storage.bucket.create"), 1));
    assert_eq!(error.headers().get("x-team").and_then(|value| value.to_str().ok()), Some("storage"));
    assert_eq!(error.body(), envelope().to_string().as_bytes());
    assert_eq!(error.json_path(), None);
}

#[tokio::test]
async fn the_request_id_is_the_bodys_else_the_headers_else_the_sent_one() {
    let bare = json!({"error": {"code": "internal", "message": "oops"}});
    let (error, _) = fails(Answer::json(500, envelope()).header("x-request-id", "req_header")).await;
    assert_eq!(error.request_id(), Some("req_123"));
    let (error, _) = fails(Answer::json(500, bare.clone()).header("x-request-id", "req_header")).await;
    assert_eq!(error.request_id(), Some("req_header"));
    let (error, server) = fails(Answer::json(500, bare)).await;
    assert_eq!(error.request_id(), server.request().header("x-request-id"));
}

#[tokio::test]
async fn an_undocumented_body_is_still_the_right_error() {
    let bodies = [
        ("text/html", "<html>\n<h1>Bad Gateway</h1>\n</html>"),
        ("application/json", ""),
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", r#"{"error": "teapot"}"#),
        ("application/json", r#"{"error": {"code": null, "message": {}}}"#),
        ("application/octet-stream", "\u{0}"),
    ];
    for (content_type, body) in bodies {
        for (status, reason) in [(400, "Bad Request"), (502, "Bad Gateway"), (503, "Service Unavailable")] {
            let (error, _) = fails(Answer::new(status, content_type, body).header("x-request-id", "req_7")).await;
            assert_eq!(
                error.to_string(),
                format!("storage.bucket.create: {status} {reason} (request req_7, 1 attempt)"),
                "{body}"
            );
            assert!(error.is_status() && error.code().is_none());
            assert_eq!(error.body(), body.as_bytes());
            assert_eq!(error.headers().get("content-type").and_then(|value| value.to_str().ok()), Some(content_type));
        }
    }
}

#[tokio::test]
async fn every_other_status_is_an_error() {
    for status in [300, 304, 400, 401, 403, 404, 422, 429, 499, 500, 501, 504, 599] {
        let (error, _) = fails(Answer::json(status, envelope())).await;
        assert!(error.is_status(), "{error:?}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    }
}

#[tokio::test]
async fn a_success_body_does_not_make_an_error_status_a_success() {
    let bucket = json!({"bucket": "demo", "vendor": "v", "region": "r", "created_at": "2026-01-15T09:30:00Z"});
    let (error, _) = fails(Answer::json(500, bucket)).await;
    assert!(error.is_status());
}

#[tokio::test]
async fn a_redirect_is_shown_and_not_followed() {
    let elsewhere = Server::start([Answer::json(200, json!({}))]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/there?token=canary", elsewhere.url());
        let (error, server) = fails(Answer::new(status, "text/html", "moved").header("location", &location)).await;
        assert!(error.is_status(), "{error:?}");
        let shown = format!("redirect to {}/there?… is not followed", elsewhere.url());
        assert_eq!(error.message(), shown);
        assert!(error.to_string().starts_with(&format!("storage.bucket.create: {status}: redirect to http://")));
        assert_eq!(server.requests().len(), 1);
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn messages_stay_on_one_short_line() {
    let long = format!("two\nlines\u{1b}[31m {}", "x".repeat(5000));
    let (error, _) = fails(Answer::json(400, json!({"error": {"code": "a\r\nb", "message": long}}))).await;
    assert_eq!(error.code(), Some("a  b"));
    assert_eq!(error.message().chars().count(), 1001);
    assert!(!error.to_string().chars().any(char::is_control), "{error}");
}

#[tokio::test]
async fn at_most_64_kib_of_a_body_are_kept() {
    let (error, _) = fails(Answer::new(500, "text/plain", vec![b'x'; MIB])).await;
    assert_eq!(error.body().len(), 64 * 1024);
}

#[tokio::test]
async fn answers_over_16_mib_are_errors() {
    let mut body = br#"{"bucket":"demo","vendor":"v","region":"r","created_at":"2026-01-15T09:30:00Z"}"#.to_vec();
    body.resize(16 * MIB, b' ');
    let json = |body: &[u8]| Answer::new(200, "application/json", body);

    let server = Server::start([json(&body), json(&body).chunked()]).await;
    for _ in 0..2 {
        server.client().storage().bucket().create("demo").await.expect("exactly 16 MiB");
    }
    body.push(b' ');
    for answer in [json(&body), json(&body).chunked()] {
        let (error, _) = fails(answer).await;
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
        assert!(error.message().contains("longer than 16 MiB"), "{error}");
        assert_eq!(error.body().len(), 64 * 1024);
    }
    let (error, _) = fails(Answer::new(503, "text/html", body)).await;
    assert!(error.is_status(), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_says_so() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = infrai::Client::builder()
        .base_url(format!("{url}/base"))
        .api_key("key")
        .max_retries(0)
        .build()
        .expect("a client");
    let error = client.storage().bucket().list().await.expect_err("no server");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_connect() && !error.is_timeout());
    assert_eq!(error.message(), format!("no connection to {url}: connection refused"));
    assert_eq!((error.attempts(), error.status(), error.body()), (1, None, &[][..]));
    assert!(error.request_id().is_some());
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_broken_answer_is_no_success() {
    let bucket = json!({"bucket": "demo", "vendor": "v", "region": "r", "created_at": "2026-01-15T09:30:00Z"});
    let (error, _) = fails(Answer::json(201, bucket).cut_short()).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert!(!error.is_connect());
    assert_eq!(error.message(), "the connection broke before the answer was whole");

    // What the status says is known whole.
    let (error, _) = fails(Answer::json(409, envelope()).cut_short()).await;
    assert_eq!(error.code(), Some("bucket_exists"), "{error:?}");
}

#[test]
fn an_error_can_be_passed_on() {
    fn passes<T: std::error::Error + Send + Sync + 'static>() -> usize {
        size_of::<T>()
    }
    assert_eq!(passes::<Error>(), size_of::<usize>());
}
