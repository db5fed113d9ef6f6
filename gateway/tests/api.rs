//! The generated routes over a service that does next to nothing: every answer that the runtime gives by itself.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use chrono::DateTime;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use infrai_gateway::api::{
    ApiError, Call, Caller, CallerId, Code, ErrorCode, Host, Limits, MatchedOperation, Rejected, Reply,
};
use infrai_gateway::generated::operations::{
    Operations, StorageBucketCreate, StorageBucketList, StorageObjectDelete, StorageObjectPresign,
};
use infrai_gateway::generated::routes::router;
use infrai_gateway::generated::types::{Bucket, BucketList, DeleteObjectResult, PresignedUrl};
use infrai_gateway::state::Account;
use serde_json::{Value, json};
use tower::ServiceExt;

const BUCKETS: &str = "/v1/storage/buckets";

/// What reached the service.
#[derive(Default)]
struct Fake {
    keyed: Mutex<Vec<(String, [u8; 32])>>,
}

impl Host for Fake {
    async fn authenticate(&self, key: Option<&str>) -> Result<Caller, ApiError> {
        if key != Some("good") {
            return Err(ApiError::new(Code::Unauthorized, "there is no such API key"));
        }
        let created_at = DateTime::UNIX_EPOCH;
        Ok(Caller { account: Account { id: "acc".into(), name: "test".into(), created_at, trial: None } })
    }

    async fn once(
        &self,
        _: &Caller,
        key: &str,
        fingerprint: [u8; 32],
        attempt: impl Future<Output = Result<Reply, ApiError>> + Send,
    ) -> Result<Reply, ApiError> {
        self.keyed.lock().expect("no panic").push((key.to_owned(), fingerprint));
        attempt.await
    }

    fn refuse(&self, rejected: Rejected) -> ApiError {
        let code = match rejected.field {
            "bucket" => Code::InvalidBucket,
            "key" => Code::InvalidKey,
            _ => Code::InvalidRequest,
        };
        ApiError::new(code, rejected.message)
    }
}

impl Operations for Fake {
    async fn storage_bucket_create(&self, call: Call, request: StorageBucketCreate) -> Result<Bucket, ApiError> {
        if request.bucket == "busy" {
            return Err(ApiError::new(Code::RateLimited, "wait").with_retry_after(Duration::from_millis(1200)));
        }
        Ok(Bucket {
            bucket: request.bucket,
            vendor: call.idempotency_key.unwrap_or_else(|| "none".into()),
            region: request.region.unwrap_or_default(),
            created_at: DateTime::from_timestamp(1_768_469_400, 0).expect("a moment"),
            acl: request.acl,
        })
    }

    async fn storage_bucket_list(&self, _: Call, _: StorageBucketList) -> Result<BucketList, ApiError> {
        Ok(BucketList { items: Vec::new() })
    }

    async fn storage_object_presign(&self, _: Call, request: StorageObjectPresign) -> Result<PresignedUrl, ApiError> {
        Ok(PresignedUrl {
            url: format!("{}/{} {}", request.bucket, request.key, request.expires_seconds.unwrap_or(900)),
            method: request.method,
            expires_at: DateTime::from_timestamp(1_768_469_400, 500_000_000).expect("a moment"),
            headers: None,
        })
    }

    async fn storage_object_delete(
        &self,
        _: Call,
        request: StorageObjectDelete,
    ) -> Result<DeleteObjectResult, ApiError> {
        // The key comes back in the message, for the tests to see.
        if request.key.starts_with("show") {
            return Err(ApiError::new(Code::BucketNotFound, format!("{}|{}", request.bucket, request.key)));
        }
        Ok(DeleteObjectResult { ok: true })
    }
}

fn service() -> (Arc<Fake>, Router) {
    let fake = Arc::new(Fake::default());
    (Arc::clone(&fake), router(fake, Limits { body_bytes: 200, body_time: Duration::from_secs(10) }))
}

/// A response, read.
struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
    operation: Option<&'static str>,
    code: Option<Code>,
    caller: Option<String>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status, code and message of an error in the envelope, whose headers are right.
    fn error(&self) -> (u16, String, String) {
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

async fn send(router: &Router, request: Request<Body>) -> Got {
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

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", "Bearer good")
}

async fn bare(router: &Router, method: &str, path: &str) -> Got {
    send(router, request(method, path).body(Body::empty()).expect("a request")).await
}

async fn with_json(router: &Router, path: &str, body: &str) -> Got {
    let request = request("POST", path).header("content-type", "application/json");
    send(router, request.body(Body::from(body.to_owned())).expect("a request")).await
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
