//! Each operation on the wire: method, request line, headers, body, and the answer's value.

use std::collections::HashSet;

use infrai::StatusCode;
use infrai::types::{Acl, PresignMethod};
use infrai_tests::http::{Answer, KEY, Recorded, Server};
use serde_json::{Value, json};

fn bucket() -> Value {
    json!({"bucket": "user-uploads", "vendor": "local", "region": "us-east-1", "created_at": "2026-01-15T09:30:00Z"})
}

fn presigned() -> Value {
    json!({
        "url": "https://s3.example/demo/a?X-Amz-Signature=1",
        "method": "GET",
        "expires_at": "2026-01-15T09:40:00Z",
        "headers": {"x-amz-acl": "private"},
    })
}

fn is_uuid4(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.as_bytes()[14] == b'4' && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// What every request has.
fn assert_common(request: &Recorded) {
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("infrai-rust/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(request.header("x-infrai-attempt"), Some("1"));
    assert!(request.header("x-request-id").is_some_and(is_uuid4), "{request:?}");
    let body = if request.body.is_empty() { None } else { Some("application/json") };
    assert_eq!(request.header("content-type"), body);
}

#[tokio::test]
async fn create_sends_what_is_set() {
    let server = Server::start([Answer::json(201, bucket())]).await;
    let client = server.client();
    let create = client.storage().bucket().create("user-uploads");
    let made = create.vendor("local").region("us-east-1").acl(Acl::Private).send().await.expect("a bucket");
    assert_eq!((&*made.bucket, &*made.vendor, &*made.region), ("user-uploads", "local", "us-east-1"));
    assert_eq!(made.created_at.timestamp(), 1_768_469_400);
    assert_eq!(made.acl, None);

    let request = server.request();
    assert_eq!(request.line, "POST /v1/storage/buckets HTTP/1.1");
    assert_common(&request);
    assert_eq!(
        request.json(),
        json!({"bucket": "user-uploads", "vendor": "local", "region": "us-east-1", "acl": "private"})
    );
}

#[tokio::test]
async fn create_leaves_out_what_is_not_set() {
    let server = Server::start([Answer::json(201, bucket())]).await;
    server.client().storage().bucket().create("user-uploads").send().await.expect("a bucket");
    assert_eq!(server.request().body, br#"{"bucket":"user-uploads"}"#);
}

#[tokio::test]
async fn create_is_keyed_and_the_others_are_not() {
    let server = Server::start([Answer::json(201, bucket())]).await;
    let client = server.client();
    for _ in 0..2 {
        client.storage().bucket().create("user-uploads").await.expect("a bucket");
    }
    client.storage().bucket().create("user-uploads").idempotency_key("mine").await.expect("a bucket");
    let sent = server.requests();
    let keys: Vec<_> = sent.iter().filter_map(|request| request.header("idempotency-key")).collect();
    assert!(is_uuid4(keys[0]) && is_uuid4(keys[1]) && keys[0] != keys[1], "{keys:?}");
    assert_eq!(keys[2], "mine");

    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    server.client().storage().bucket().list().await.expect("a list");
    assert_eq!(server.request().header("idempotency-key"), None);
}

#[tokio::test]
async fn list_gives_the_buckets_in_order() {
    let mut second = bucket();
    second["acl"] = json!("public");
    let server = Server::start([Answer::json(200, json!({"items": [bucket(), second]}))]).await;
    let list = server.client().storage().bucket().list().send().await.expect("a list");
    assert_eq!(list.items.iter().map(|bucket| bucket.acl.clone()).collect::<Vec<_>>(), [None, Some(Acl::Public)]);

    let request = server.request();
    assert_eq!(request.line, "GET /v1/storage/buckets HTTP/1.1");
    assert_common(&request);
    assert_eq!(request.body, b"");
    assert_eq!(request.header("content-length"), None);
}

#[tokio::test]
async fn presign_sends_the_documented_default() {
    let server = Server::start([Answer::json(200, presigned())]).await;
    server.client().storage().object().presign("demo", "uploads/hello.txt").await.expect("a URL");
    let request = server.request();
    assert_eq!(request.line, "POST /v1/storage/buckets/demo/objects/uploads%2Fhello.txt/presign HTTP/1.1");
    assert_common(&request);
    assert_eq!(request.body, br#"{"method":"PUT"}"#);
}

#[tokio::test]
async fn presign_gives_the_url() {
    let server = Server::start([Answer::json(200, presigned())]).await;
    let client = server.client();
    let presign = client.storage().object().presign("demo", "a").method(PresignMethod::Get).expires_seconds(600);
    let signed = presign.send().await.expect("a URL");
    assert_eq!(signed.url, "https://s3.example/demo/a?X-Amz-Signature=1");
    assert_eq!(signed.method, PresignMethod::Get);
    assert_eq!(signed.expires_at.timestamp(), 1_768_470_000);
    assert_eq!(signed.headers.and_then(|headers| headers.get("x-amz-acl").cloned()).as_deref(), Some("private"));
    assert_eq!(server.request().json(), json!({"method": "GET", "expires_seconds": 600}));
}

#[tokio::test]
async fn delete_says_ok() {
    let server = Server::start([Answer::json(200, json!({"ok": true}))]).await;
    let deleted = server.client().storage().object().delete("user-uploads", "uploads/old.txt").send().await;
    assert!(deleted.expect("a result").ok);
    let request = server.request();
    assert_eq!(request.line, "DELETE /v1/storage/buckets/user-uploads/objects/uploads%2Fold.txt HTTP/1.1");
    assert_common(&request);
    assert_eq!(request.body, b"");
}

#[tokio::test]
async fn values_of_closed_lists_pass_though_unknown() {
    let server = Server::start([Answer::json(201, bucket())]).await;
    server.client().storage().bucket().create("user-uploads").acl("team-only").await.expect("a bucket");
    assert_eq!(server.request().json()["acl"], "team-only");
}

#[tokio::test]
async fn the_response_has_status_headers_and_the_request_id() {
    let answer = || Answer::json(202, json!({"items": []})).header("x-team", "storage");
    let server = Server::start([answer().header("x-request-id", "req_1"), answer()]).await;
    let client = server.client();
    let named = client.storage().bucket().list().send_with_response().await.expect("a response");
    assert_eq!(named.status(), StatusCode::ACCEPTED);
    assert_eq!(named.headers().get("x-team").and_then(|value| value.to_str().ok()), Some("storage"));
    assert_eq!(named.request_id(), "req_1");
    assert_eq!(named.into_value().items, []);

    let unnamed = client.storage().bucket().list().send_with_response().await.expect("a response");
    let sent = server.requests().last().and_then(|request| request.header("x-request-id").map(str::to_owned));
    assert_eq!(Some(unnamed.request_id()), sent.as_deref());
}

#[tokio::test]
async fn each_call_has_a_request_id_of_its_own() {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let client = server.client();
    for _ in 0..3 {
        client.storage().bucket().list().await.expect("a list");
    }
    client.storage().bucket().list().header("X-Request-Id", "mine").await.expect("a list");
    let sent = server.requests();
    let ids: HashSet<_> = sent.iter().filter_map(|request| request.header("x-request-id")).collect();
    assert!(ids.len() == 4 && ids.contains("mine"), "{ids:?}");
}

#[tokio::test]
async fn requests_can_be_sent_from_other_tasks() {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let client = server.client();
    let tasks = [client.clone(), client]
        .map(|client| tokio::spawn(async move { client.storage().bucket().list().await.map(|list| list.items.len()) }));
    for task in tasks {
        assert_eq!(task.await.expect("a task").expect("a list"), 0);
    }
}
