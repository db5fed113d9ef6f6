//! No key and no signed query in anything that is printed: looked for by a canary in every rendering of everything.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::time::Duration;

use infrai::{Client, Error};
use infrai_tests::http::{Answer, KEY, Server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SIGNED: &str = "https://s3.example/demo/a?X-Amz-Credential=canary&X-Amz-Signature=canary";

/// The key and the signed query both hold this word, and so does every other secret here.
#[track_caller]
fn assert_clean(text: &str) {
    assert!(!text.contains("canary"), "{text}");
}

#[track_caller]
fn assert_debug_clean(value: &impl Debug) {
    assert_clean(&format!("{value:?}"));
    assert_clean(&format!("{value:#?}"));
}

/// Every rendering of an error and of all its sources.
#[track_caller]
fn assert_error_clean(error: &Error) {
    assert_debug_clean(error);
    assert_clean(&format!("{error:#}"));
    assert_clean(error.message());
    for part in [error.code(), error.request_id(), error.json_path()].into_iter().flatten() {
        assert_clean(part);
    }
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(error) = next {
        assert_clean(&format!("{error} {error:?} {error:#?}"));
        next = error.source();
    }
}

fn presigned() -> Value {
    json!({"url": SIGNED, "method": "PUT", "expires_at": "2026-01-15T09:40:00Z", "next_url": SIGNED})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = presigned();
    body[field] = value;
    body
}

async fn fails(answer: Answer) -> Error {
    let server = Server::start([answer]).await;
    let client = server.client();
    client.storage().object().presign("demo", "a").await.expect_err("a failure")
}

#[test]
fn the_canary_is_in_the_key() {
    assert!(KEY.contains("canary"));
}

#[tokio::test]
async fn clients_and_requests_are_clean() {
    let server = Server::start([Answer::json(200, json!({"items": []}))]).await;
    let builder = server.builder().header("x-secret", "canary");
    assert_debug_clean(&builder);
    assert_debug_clean(&builder.clone().base_url("https://canary:canary@h/?canary"));
    let client = builder.build().expect("a client");
    client.storage().bucket().list().await.expect("a list");
    assert_debug_clean(&client);
    assert!(format!("{client:?}").contains("ifr_pk_…6789"), "{client:?}");
    assert_debug_clean(&client.storage().bucket());
    assert_debug_clean(&client.storage().object().presign("demo", "a").header("x-secret", "canary"));

    let from_environment = |name: &str| (name == "INFRAI_API_KEY").then(|| KEY.to_owned());
    let client = Client::builder().base_url(server.url()).environment(from_environment).build().expect("a client");
    client.storage().bucket().list().await.expect("a list");
    assert_debug_clean(&client);
}

#[tokio::test]
async fn presigned_urls_are_clean() {
    let answer = Answer::json(200, presigned()).header("x-echo", KEY).header("x-next", SIGNED);
    let server = Server::start([answer]).await;
    let response = server.client().storage().object().presign("demo", "a").send_with_response().await.expect("a URL");
    assert_debug_clean(&response);
    assert_debug_clean(response.value());
    assert!(format!("{response:?}").contains("https://s3.example/demo/a?…"), "{response:?}");
    // The value itself is whole.
    assert_eq!(response.into_value().url, SIGNED);
}

#[tokio::test]
async fn errors_are_clean_though_the_server_repeats_secrets() {
    let echo = json!({"error": {
        "code": format!("bad_{KEY}"),
        "message": format!(
            "the key {KEY} may not GET {SIGNED}, \"/demo/a?sig=canary\" or {SIGNED}; \
             see https://h/a#access_token=canary and http://canary:canary@h/a"
        ),
        "request_id": format!("req_{KEY}"),
    }});
    let error = fails(Answer::json(401, echo).header("www-authenticate", KEY).header("x-request-id", KEY)).await;
    assert_error_clean(&error);
    assert!(error.message().contains("the key ifr_pk_…6789 may not GET https://s3.example/demo/a?…"), "{error}");

    assert_error_clean(&fails(Answer::new(502, "text/html", format!("<a href='{SIGNED}'>{KEY}</a>"))).await);
    assert_error_clean(&fails(Answer::new(302, "text/html", "").header("location", SIGNED)).await);
    assert_error_clean(&fails(Answer::new(302, "text/html", "").header("location", "//canary@h/a#canary")).await);
    assert_error_clean(&fails(Answer::json(500, json!({})).header("x-request-id", KEY)).await);
}

#[tokio::test]
async fn decoding_errors_are_clean_though_serde_quotes_values() {
    let mut bodies = Vec::new();
    for field in ["headers"] {
        for wrong in [json!("canary"), json!({"a": [1, "canary"]}), json!(["canary\", expected"])] {
            bodies.push(with(field, wrong));
        }
    }
    bodies.push(with("expires_at", json!("canary")));
    bodies.push(json!("canary"));
    for field in ["method", "expires_at", "headers"] {
        for wrong in [json!([SIGNED]), json!({KEY: [SIGNED]}), Value::Null] {
            bodies.push(with(field, wrong));
        }
    }
    for (field, wrong) in [("expires_at", KEY), ("expires_at", SIGNED), ("headers", KEY), ("headers", SIGNED)] {
        bodies.push(with(field, json!(wrong)));
    }
    bodies.extend([json!({"url": SIGNED}), json!(SIGNED), json!(KEY)]);
    for body in bodies {
        let error = fails(Answer::json(200, body.clone())).await;
        assert!(error.is_decode(), "{body}: {error:?}");
        assert_error_clean(&error);
    }
    assert_error_clean(&fails(Answer::new(200, "text/html", format!("{KEY} {SIGNED}"))).await);
}

#[tokio::test]
async fn connection_errors_are_clean() {
    let whole = Answer::json(200, presigned());
    for answer in [Answer::silence(), whole.clone().cut_short(), whole.dripping()] {
        let server = Server::start([answer]).await;
        let client = server.builder().timeout(Duration::from_millis(150)).build().expect("a client");
        let error = client.storage().object().presign("demo", "canary").await.expect_err("no whole answer");
        assert!(error.source().is_some(), "{error:?}");
        assert_error_clean(&error);
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = Client::builder().base_url(url).api_key(KEY).build().expect("a client");
    let error = client.storage().object().delete("demo", "canary").await.expect_err("no server");
    assert_error_clean(&error);
}

#[tokio::test]
async fn refusals_are_clean() {
    let server = Server::start([Answer::json(200, presigned())]).await;
    let client = server.client();
    let object = client.storage().object();
    let errors = [
        object.presign("demo", "canary".repeat(1000)).await.map(|_| ()),
        object.presign("demo", "a").header("x-secret", "canary\r\n").await.map(|_| ()),
        object.presign("demo", "a").idempotency_key("canary\n").await.map(|_| ()),
        client.storage().bucket().create("canary".repeat(11)).await.map(|_| ()),
    ];
    for error in errors {
        assert_error_clean(&error.expect_err("a refusal"));
    }
    for builder in [
        server.builder().api_key("canary\n"),
        server.builder().base_url("https://canary:canary@api.example"),
        server.builder().base_url("http://canary.example/?canary"),
        server.builder().header("x-secret", "canary\n"),
    ] {
        assert_error_clean(&builder.build().map(|_| ()).expect_err("a refusal"));
    }
}
