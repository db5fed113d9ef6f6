//! The generated routes over a service that does next to nothing: every answer that the runtime gives by itself.

#[path = "api/fake.rs"]
mod fake;
#[path = "api/got.rs"]
mod got;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use chrono::DateTime;
use http::{Request, StatusCode};
use infrai_gateway::api::{Code, Limits};
use infrai_gateway::generated::routes::router;
use infrai_gateway::generated::types::PresignedUrl;
use serde_json::json;

use fake::Fake;
use got::{Got, bare, request, send, with_json};

const BUCKETS: &str = "/v1/storage/buckets";

fn service() -> (Arc<Fake>, Router) {
    let fake = Arc::new(Fake::default());
    (Arc::clone(&fake), router(fake, Limits { body_bytes: 200, body_time: Duration::from_secs(10) }))
}

#[tokio::test]
async fn what_goes_well_has_its_documented_status_and_order() {
    let (_, router) = service();
    let made = with_json(&router, BUCKETS, r#"{"acl":"public","bucket":"demo","region":"here","more":1}"#).await;
    assert_eq!(made.status, 201);
    let body =
        r#"{"bucket":"demo","vendor":"none","region":"here","created_at":"2026-01-15T09:30:00Z","acl":"public"}"#;
    assert_eq!(made.body, body);
    assert_eq!((made.operation, made.code, made.caller.as_deref()), (Some("storage.bucket.create"), None, Some("acc")));

    let listed = bare(&router, "GET", BUCKETS).await;
    assert_eq!((listed.status, listed.body.as_str()), (200, r#"{"items":[]}"#));

    let signed = with_json(&router, &format!("{BUCKETS}/demo/objects/a%2Fb/presign"), "{}").await;
    assert_eq!(signed.status, 200);
    assert_eq!(
        signed.json(),
        json!({ "url": "demo/a/b 900", "method": "PUT", "expires_at": "2026-01-15T09:30:00.500Z" })
    );

    let deleted = bare(&router, "DELETE", &format!("{BUCKETS}/demo/objects/a/presign")).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (200, r#"{"ok":true}"#));
    assert_eq!(deleted.operation, Some("storage.object.delete"));
}

#[tokio::test]
async fn keys_arrive_as_they_are() {
    let (_, router) = service();
    for (raw, key) in [
        ("show%2Fme", "show/me"),
        ("show/me", "show/me"),
        ("show/a%2Fb/c", "show/a/b/c"),
        ("show/../me//", "show/../me//"),
        ("show/presign", "show/presign"),
        ("show+%2B%25", "show++%"),
        ("show%C3%A9?query=1", "showé"),
    ] {
        let got = bare(&router, "DELETE", &format!("{BUCKETS}/demo/objects/{raw}")).await;
        assert_eq!(got.error(), (404, "bucket_not_found".into(), format!("demo|{key}")), "{raw}");
    }
    let twice = with_json(&router, &format!("{BUCKETS}/demo/objects/a/presign/presign"), "{}").await;
    assert_eq!(twice.json()["url"], "demo/a/presign 900");
    for raw in ["", "%zz", "%FF", "a%"] {
        let got = bare(&router, "DELETE", &format!("{BUCKETS}/demo/objects/{raw}")).await.error();
        assert_eq!((got.0, got.1.as_str()), (400, "invalid_key"), "{raw}: {}", got.2);
    }
    let got = with_json(&router, &format!("{BUCKETS}/demo/objects//presign"), "{}").await.error();
    assert_eq!(got, (400, "invalid_key".into(), "`key`: must not be empty".into()));
    let got = bare(&router, "DELETE", &format!("{BUCKETS}//objects/a")).await.error();
    assert_eq!(got, (400, "invalid_bucket".into(), "`bucket`: must not be empty".into()));
}

#[tokio::test]
async fn a_request_without_a_good_key_is_refused_before_it_is_read() {
    let (_, router) = service();
    for sent in [None, Some("Bearer bad"), Some("Basic Z29vZA=="), Some("Bearer"), Some("good")] {
        let mut request = Request::builder().method("POST").uri(BUCKETS);
        if let Some(sent) = sent {
            request = request.header("authorization", sent);
        }
        let got = send(&router, request.body(Body::from("no JSON")).expect("a request")).await;
        let (status, code, _) = got.error();
        assert_eq!((status, code.as_str()), (401, "unauthorized"), "{sent:?}");
        assert_eq!((got.operation, got.caller), (Some("storage.bucket.create"), None));
    }
    let request = Request::builder().uri(BUCKETS).header("authorization", "bEARER good");
    assert_eq!(send(&router, request.body(Body::empty()).expect("a request")).await.status, 200);
}

#[tokio::test]
async fn other_paths_are_not_found_and_other_methods_not_allowed() {
    let (_, router) = service();
    for path in [
        "/",
        "/v1/storage/buckets/",
        "/v1/storage//buckets",
        "/v1/storage/buckets/demo",
        "/v1/storage/buckets/a/b/objects/c",
    ] {
        // Without a key, too: there is nothing to protect.
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let (status, code, _) = send(&router, request).await.error();
        assert_eq!((status, code.as_str()), (404, "not_found"), "{path}");
    }
    for (method, path, allow) in [
        ("DELETE", "", "GET, POST"),
        ("OPTIONS", "", "GET, POST"),
        ("get", "", "GET, POST"),
        ("GET", "/demo/objects/a", "DELETE"),
        ("POST", "/demo/objects/a", "DELETE"),
        ("POST", "/demo/objects/a%2Fpresign", "DELETE"),
        ("POST", "/demo/objects/presign", "DELETE"),
        ("GET", "/demo/objects/a/presign", "DELETE, POST"),
        ("PUT", "/demo/objects/a/presign", "DELETE, POST"),
    ] {
        let got = bare(&router, method, &format!("{BUCKETS}{path}")).await;
        let (status, code, _) = got.error();
        assert_eq!((status, code.as_str(), got.header("allow")), (405, "method_not_allowed", allow), "{method} {path}");
    }
    let got = bare(&router, "HEAD", BUCKETS).await;
    assert_eq!(got.body, "", "an answer to HEAD has no body");
    assert_eq!((got.status, got.header("allow"), got.code), (405, "GET, POST", Some(Code::MethodNotAllowed)));
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let (_, router) = service();
    let post = |kind: &'static str| request("POST", BUCKETS).header("content-type", kind);
    for kind in ["text/plain", "application/json; charset=latin1", "application/x-www-form-urlencoded"] {
        let (status, code, _) = send(&router, post(kind).body(Body::from("{}")).expect("a request")).await.error();
        assert_eq!((status, code.as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    let (status, ..) = send(&router, request("POST", BUCKETS).body(Body::from("{}")).expect("a request")).await.error();
    assert_eq!(status, 415);
    let packed = post("application/json").header("content-encoding", "gzip").body(Body::from("{}"));
    assert_eq!(send(&router, packed.expect("a request")).await.error().0, 415);

    // By its own word, before a byte is read; and without one.
    let never = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let announced = post("application/json").header("content-length", "201").body(never).expect("a request");
    assert_eq!(send(&router, announced).await.error().1, "payload_too_large");
    let pieces =
        futures_util::stream::iter((0..30).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"        "))));
    let long = post("application/json").body(Body::from_stream(pieces)).expect("a request");
    let (status, _, message) = send(&router, long).await.error();
    assert_eq!((status, message.as_str()), (413, "the body is larger than 200 bytes; send a smaller one"));
    let fits = format!("{{\"bucket\":\"demo\"{}}}", " ".repeat(200 - 17));
    assert_eq!((fits.len(), with_json(&router, BUCKETS, &fits).await.status), (200, 201));
    assert_eq!(with_json(&router, BUCKETS, &format!("{fits} ")).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let (_, router) = service();
    let never = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let request = request("POST", BUCKETS).header("content-type", "application/json").body(never);
    let got = send(&router, request.expect("a request")).await;
    assert_eq!(got.caller.as_deref(), Some("acc"));
    let (status, code, message) = got.error();
    assert_eq!((status, code.as_str()), (408, "request_timeout"));
    assert_eq!(message, "the body did not arrive within 10 seconds; send it again");
}

#[tokio::test]
async fn requests_that_are_not_as_described_are_refused_with_the_place() {
    let (_, router) = service();
    for (body, code, message) in [
        ("", "invalid_request", "the body is missing; send a JSON value, such as `{}`"),
        ("{}", "invalid_request", "`bucket` is missing"),
        ("[]", "invalid_request", "the body must be an object, not a list"),
        (r#"{"bucket":7}"#, "invalid_request", "`bucket`: must be a string, not a whole number"),
        (r#"{"bucket":"demo","acl":"open"}"#, "invalid_request", "`acl`: must be `private` or `public`, not `open`"),
        (r#"{"bucket":"demo","vendor":null}"#, "invalid_request", "`vendor`: must be a string, not `null`"),
        (r#"{"bucket":"demo","vendor":""}"#, "invalid_request", "`vendor`: must have 1 to 64 characters, not 0"),
        (r#"{"bucket":"de"}"#, "invalid_bucket", "`bucket`: must have 3 to 63 characters, not 2"),
    ] {
        let got = with_json(&router, BUCKETS, body).await;
        assert_eq!(got.error(), (400, code.into(), message.into()), "{body}");
        assert_eq!((got.operation, got.caller.as_deref()), (Some("storage.bucket.create"), Some("acc")));
    }
    let presign = format!("{BUCKETS}/demo/objects/a/presign");
    for (body, message) in [
        (r#"{"expires_seconds":"9"}"#, "`expires_seconds`: must be a whole number of 64 bits, not a string"),
        (r#"{"expires_seconds":0}"#, "`expires_seconds`: must be 1 to 604800, not 0"),
        (r#"{"expires_seconds":604801}"#, "`expires_seconds`: must be 1 to 604800, not 604801"),
    ] {
        let got = with_json(&router, &presign, body).await.error();
        assert_eq!(got, (400, "invalid_request".into(), message.into()), "{body}");
    }
    for body in ["{", "{}{}", r#"{"bucket":"demo","bucket":"demo"}"#] {
        let (status, code, message) = with_json(&router, BUCKETS, body).await.error();
        assert_eq!((status, code.as_str()), (400, "invalid_request"), "{message}");
    }
    // No body and no type is a missing body, too.
    assert_eq!(bare(&router, "POST", BUCKETS).await.error().2, "the body is missing; send a JSON value, such as `{}`");
    let long = format!("{BUCKETS}/demo/objects/{}", "é".repeat(1025));
    assert_eq!(bare(&router, "DELETE", &long).await.error().2, "`key`: must have 1 to 1024 characters, not 1025");
}

async fn keyed(router: &Router, key: &[&str], path: &str, body: &str) -> Got {
    let mut request = request("POST", path).header("content-type", "application/json");
    for key in key {
        request = request.header("idempotency-key", *key);
    }
    send(router, request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn keyed_requests_are_told_apart_by_what_they_ask_for() {
    let (fake, router) = service();
    for body in [
        r#"{"bucket":"demo","acl":"private"}"#,
        r#" { "acl" : "private", "ignored": 1,
             "bucket":"\u0064emo" } "#,
        r#"{"bucket":"demo"}"#,
        r#"{"bucket":"other","acl":"private"}"#,
    ] {
        let got = keyed(&router, &["k-1"], BUCKETS, body).await;
        assert_eq!((got.status, got.json()["vendor"].as_str()), (201, Some("k-1")));
    }
    let seen = fake.keyed.lock().expect("no panic").clone();
    assert!(seen.iter().all(|(key, _)| key == "k-1"));
    let prints: Vec<[u8; 32]> = seen.into_iter().map(|(_, print)| print).collect();
    assert_eq!(prints.len(), 4);
    assert_eq!(prints[0], prints[1]);
    assert!(prints[0] != prints[2] && prints[0] != prints[3] && prints[2] != prints[3]);
}

#[tokio::test]
async fn a_key_must_be_sound_and_counts_only_where_it_means_something() {
    let (fake, router) = service();
    for key in [&[""][..], &["a b"], &["é"], &["a", "a"], &["x".repeat(256).as_str()]] {
        let (status, code, message) = keyed(&router, key, BUCKETS, "no JSON").await.error();
        assert_eq!((status, code.as_str()), (400, "invalid_request"), "{key:?}");
        assert!(message.contains("`Idempotency-Key`"), "{message}");
    }
    assert_eq!(keyed(&router, &["a b"], &format!("{BUCKETS}/demo/objects/a/presign"), "{}").await.status, 200);
    assert_eq!(keyed(&router, &[], BUCKETS, r#"{"bucket":"demo"}"#).await.status, 201);
    assert!(fake.keyed.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn every_answer_has_the_requests_name() {
    let (_, router) = service();
    for (path, status) in [(BUCKETS, 200), ("/nowhere", 404)] {
        let named = request("GET", path).header("x-request-id", "mine-1").body(Body::empty()).expect("a request");
        let got = send(&router, named).await;
        assert_eq!((got.status, got.header("x-request-id")), (status, "mine-1"));
        let unnamed = bare(&router, "GET", path).await;
        assert!(unnamed.header("x-request-id").starts_with("req_"));
    }
}

#[tokio::test]
async fn what_the_service_says_of_waiting_is_in_the_header() {
    let (_, router) = service();
    let got = with_json(&router, BUCKETS, r#"{"bucket":"busy"}"#).await;
    assert_eq!((got.error().0, got.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS.as_u16(), "2"));
}

#[test]
fn a_signed_url_is_not_shown() {
    let signed = PresignedUrl {
        url: "https://host/secret".into(),
        method: infrai_gateway::generated::types::PresignMethod::Get,
        expires_at: DateTime::UNIX_EPOCH,
        headers: None,
    };
    let shown = format!("{signed:?}");
    assert!(!shown.contains("secret") && shown.contains("url: …"), "{shown}");
}

#[test]
fn the_description_lists_every_code_with_its_status() {
    let listed = include_str!("../../openapi/storage.yaml");
    let (_, listed) = listed.split_once("So far:").expect("the list of codes");
    let listed = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = listed.as_str();
    for group in Code::ALL.chunk_by(|one, other| one.status() == other.status()) {
        let words: Vec<String> = group.iter().map(|code| format!("`{code}`")).collect();
        let text = format!("{} ({})", words.join(", "), group[0].status());
        rest = rest.strip_prefix(&text).unwrap_or_else(|| panic!("`{text}` is not at {}", &rest[..60]));
        rest = rest.trim_start_matches(['.', ';', ' ']);
    }
    assert!(rest.starts_with("example:"), "{}", &rest[..60]);
}
