//! Requests that fail: each code, what the answer says, and in which order faults are looked for.

#[path = "gateway_errors/codes.rs"]
mod codes;
#[path = "gateway_errors/pages.rs"]
mod pages;
#[path = "gateway_errors/vendors.rs"]
mod vendors;

use infrai_tests::gateway::{Answer, Request, TestGateway, credentials_file, refused};
use serde_json::json;

const BUCKETS: &str = "/v1/storage/buckets";
const OBJECT: &str = "/v1/storage/buckets/demo/objects/a";
const PRESIGN: &str = "/v1/storage/buckets/demo/objects/a/presign";

fn said(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A gateway whose second vendor, `other`, is at this address and has no public buckets.
async fn with_vendor(endpoint: &str) -> (TestGateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let credentials = credentials_file(folder.path());
    let gateway = TestGateway::with(|layer| {
        layer.embedded = Some(true);
        layer.vendors = serde_json::from_value(json!([{
            "name": "other", "endpoint": endpoint, "region": "eu-1", "credentials_file": credentials, "public": "none",
            "priority": 200,
        }]))
        .expect("a vendor");
        layer.trial = Some(true);
    });
    (gateway.await, folder)
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for path in [
        "/",
        "/v1",
        "/v1/storage",
        "/v1/storage/buckets/",
        "/v1/storage/buckets/demo",
        "/v1/storage/buckets/demo/objects",
        "/v2/storage/buckets",
        "//v1/storage/buckets",
        "/v1//storage/buckets",
        "/v1/storage/../storage/buckets",
        "/V1/storage/buckets",
        "/v1/storage%2Fbuckets",
        "/v1/activate/",
        "/metrics/x",
    ] {
        for request in [Request::new("GET", path), Request::new("GET", path).key(&key)] {
            let answer = gateway.send(&request).await;
            assert_eq!(said(&answer), is(404, "not_found"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let gateway = TestGateway::start().await;
    for (path, allowed, wrong) in [
        (BUCKETS, "GET, POST", &["PUT", "DELETE", "PATCH", "HEAD", "get", "PROPFIND"][..]),
        (OBJECT, "DELETE", &["GET", "PUT", "POST", "HEAD", "PATCH"]),
        (PRESIGN, "DELETE, POST", &["GET", "PUT", "HEAD", "PATCH"]),
        ("/v1/activate", "POST", &["GET", "PUT", "DELETE", "HEAD"]),
    ] {
        for method in wrong {
            // Without a key, too: whoever calls, the method is wrong.
            let answer = gateway.send(&Request::new(method, path)).await;
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}: {answer:?}");
            if *method == "HEAD" {
                assert_eq!(answer.body, b"", "{path}");
            } else {
                assert_eq!(answer.code(), "method_not_allowed", "{method} {path}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn who_shows_no_good_key_is_not_let_in() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let other = format!("{}{}", &key[..key.len() - 1], if key.ends_with('a') { "b" } else { "a" });
    let forms: [&[&str]; 12] = [
        &[],
        &[""],
        &["Bearer"],
        &["Bearer "],
        &[&key],
        &[&format!("Basic {key}")],
        &[&format!("Bearer{key}")],
        &[&format!("Bearer {key} x")],
        &[&format!("Bearer {other}")],
        &[&format!("Bearer {}", key.to_uppercase())],
        &["Bearer ifr_pk_proj_x"],
        &[&format!("Bearer {key}"), &format!("Bearer {key}")],
    ];
    for form in forms {
        for (method, path) in [("GET", BUCKETS), ("POST", BUCKETS), ("POST", PRESIGN), ("DELETE", OBJECT)] {
            let request =
                form.iter().fold(Request::new(method, path), |request, text| request.header("authorization", text));
            let answer = gateway.send(&request).await;
            assert_eq!(said(&answer), is(401, "unauthorized"), "{method} {path} {}", form.len());
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(!answer.text().contains(&key[12..]), "the answer repeats the key");
        }
    }
    let query = format!("{BUCKETS}?api_key={key}&access_token={key}");
    assert_eq!(gateway.send(&Request::new("GET", &query)).await.status, 401);
    // The scheme is the same in any case.
    let request = Request::new("GET", BUCKETS).header("Authorization", &format!("bEARER  {key}"));
    assert_eq!(gateway.send(&request).await.status, 200);
    // What the client says of it.
    assert_eq!(refused(gateway.client(&other).storage().bucket().list().await), is(401, "unauthorized"));
}

#[tokio::test]
async fn a_body_must_be_json_by_its_own_word() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let body = r#"{"bucket":"user-uploads"}"#;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "application/json;charset=latin1"]
    {
        let request = Request::new("POST", BUCKETS).key(&key).header("content-type", kind).body(body);
        assert_eq!(said(&gateway.send(&request).await), is(415, "unsupported_media_type"), "{kind}");
    }
    let unnamed = Request::new("POST", BUCKETS).key(&key).body(body);
    assert_eq!(said(&gateway.send(&unnamed).await), is(415, "unsupported_media_type"));
    let packed = Request::new("POST", BUCKETS).key(&key).header("content-encoding", "gzip").json(body);
    assert_eq!(said(&gateway.send(&packed).await), is(415, "unsupported_media_type"));
    let request =
        Request::new("POST", BUCKETS).key(&key).header("content-type", "Application/JSON; charset=UTF-8").body(body);
    assert_eq!(gateway.send(&request).await.status, 201);
}

#[tokio::test]
async fn a_body_must_be_json_in_truth() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let deep = format!(r#"{{"bucket":"abc","x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        " ",
        "{",
        r#"{"bucket":"abc""#,
        "{'bucket':'abc'}",
        r#"{"bucket":"abc",}"#,
        r#"{"bucket":"abc"}{}"#,
        "\u{feff}{}",
        "NaN",
        r#"{"bucket":"abc","bucket":"abc"}"#,
        r#"{"bucket":"abc","x":1,"x":1}"#,
        r#"{"bucket":"abc","\u0062ucket":"abd"}"#,
        &deep,
    ] {
        let answer = gateway.send(&Request::new("POST", BUCKETS).key(&key).json(body)).await;
        assert_eq!(said(&answer), is(400, "invalid_request"), "{body:.40}: {answer:?}");
    }
    let answer = gateway.send(&Request::new("POST", BUCKETS).key(&key).json(&b"{\"bucket\":\"a\xff\"}"[..])).await;
    assert_eq!(said(&answer), is(400, "invalid_request"));
    let answer = gateway.send(&Request::new("POST", PRESIGN).key(&key)).await;
    assert_eq!(said(&answer), is(400, "invalid_request"), "no body at all: {answer:?}");
    let list = gateway.client(&key).storage().bucket().list().await.expect("a list");
    assert_eq!(list.items.len(), 1, "one of them made a bucket");
}

#[tokio::test]
async fn a_wrong_value_is_named_by_its_place() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for (path, body, code, says) in [
        (BUCKETS, "{}", "invalid_request", "`bucket` is missing"),
        (BUCKETS, "[]", "invalid_request", "an object"),
        (BUCKETS, "null", "invalid_request", "an object"),
        (BUCKETS, "\"abc\"", "invalid_request", "an object"),
        (BUCKETS, r#"{"bucket":7}"#, "invalid_request", "`bucket`"),
        (BUCKETS, r#"{"bucket":null}"#, "invalid_request", "`bucket`"),
        (
            BUCKETS,
            r#"{"bucket":"abc","acl":"team"}"#,
            "invalid_request",
            "`acl`: must be `private` or `public`, not `team`",
        ),
        (BUCKETS, r#"{"bucket":"abc","acl":null}"#, "invalid_request", "`acl`"),
        (BUCKETS, r#"{"bucket":"abc","acl":{"private":1}}"#, "invalid_request", "`acl`"),
        (BUCKETS, r#"{"bucket":"abc","vendor":["local"]}"#, "invalid_request", "`vendor`"),
        (BUCKETS, r#"{"bucket":"abc","vendor":""}"#, "invalid_request", "`vendor`"),
        (BUCKETS, r#"{"bucket":"abc","region":""}"#, "invalid_request", "`region`"),
        (BUCKETS, r#"{"bucket":"ab"}"#, "invalid_bucket", "`bucket`"),
        (PRESIGN, r#"{"method":"DELETE"}"#, "invalid_request", "`method`: must be `GET` or `PUT`, not `DELETE`"),
        (PRESIGN, r#"{"method":"put"}"#, "invalid_request", "`method`"),
        (PRESIGN, r#"{"expires_seconds":"600"}"#, "invalid_request", "`expires_seconds`"),
        (PRESIGN, r#"{"expires_seconds":1.5}"#, "invalid_request", "`expires_seconds`"),
        (PRESIGN, r#"{"expires_seconds":null}"#, "invalid_request", "`expires_seconds`"),
        (PRESIGN, r#"{"expires_seconds":true}"#, "invalid_request", "`expires_seconds`"),
        (PRESIGN, r#"{"expires_seconds":1e400}"#, "invalid_request", ""),
        (PRESIGN, r#"{"expires_seconds":18446744073709551616}"#, "invalid_request", "`expires_seconds`"),
    ] {
        let answer = gateway.send(&Request::new("POST", path).key(&key).json(body)).await;
        assert_eq!(said(&answer), is(400, code), "{body}: {answer:?}");
        assert!(answer.message().contains(says), "{body}: {}", answer.message());
    }
    // What isn't known is passed over, and a whole number is one however it is written.
    let body = r#"{"method":"GET","expires_seconds":6e2,"new":{"a":[null]}}"#;
    assert_eq!(gateway.send(&Request::new("POST", PRESIGN).key(&key).json(body)).await.status, 200);
}

#[tokio::test]
async fn faults_are_looked_for_in_one_order() {
    let gateway = TestGateway::with(|layer| layer.max_body_bytes = Some(10)).await;
    let key = gateway.activate().await;
    let long = r#"{"bucket":"a"}"#;
    let at = |path: &str| Request::new("POST", path);
    let bad_key = |request: Request| request.header("idempotency-key", "a b");
    let plain = |request: Request| request.header("content-type", "text/plain").body(long);
    for (request, status) in [
        (plain(bad_key(at("/nothing"))), 404),
        (plain(bad_key(at(OBJECT))), 405),
        (plain(bad_key(at(BUCKETS))), 401),
        (plain(bad_key(at(BUCKETS).key(&key))), 400),
        (plain(at(BUCKETS).key(&key)), 415),
        (at(BUCKETS).key(&key).json(long), 413),
        (at(BUCKETS).key(&key).json("{]"), 400),
    ] {
        assert_eq!(gateway.send(&request).await.status, status, "{request:?}");
    }
}

#[tokio::test]
async fn a_request_is_called_what_its_client_calls_it() {
    let gateway = TestGateway::start().await;
    let named = gateway.send(&Request::new("GET", BUCKETS).header("X-Request-Id", "mine-1")).await;
    assert_eq!(named.header("x-request-id"), Some("mine-1"));
    assert_eq!(named.json()["error"]["request_id"], "mine-1");
    for odd in ["", "a b", &"x".repeat(129), "caf\u{e9}"] {
        let answer = gateway.send(&Request::new("GET", BUCKETS).header("x-request-id", odd)).await;
        let id = answer.header("x-request-id").unwrap_or_default();
        assert!(id != odd && id.len() > 8, "{odd}: {id}");
    }
    let error = gateway.client("ifr_pk_proj_x").storage().bucket().list().await.expect_err("a refusal");
    assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error}");
}

#[tokio::test]
async fn answers_are_not_for_caches() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for request in
        [Request::new("GET", BUCKETS).key(&key), Request::new("GET", BUCKETS), Request::new("POST", "/v1/activate")]
    {
        assert_eq!(gateway.send(&request).await.header("cache-control"), Some("no-store"), "{request:?}");
    }
}
