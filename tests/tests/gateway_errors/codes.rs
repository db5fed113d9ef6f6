//! The codes of errors: the same in the program, the description and the documentation; and each had through the Rust client.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use infrai::types::Acl;
use infrai::{Client, Method};
use infrai_gateway::api::Code;
use infrai_tests::gateway::{Request, TestGateway, answer, connect, refused};
use infrai_tests::host::Host;
use infrai_tests::http;
use infrai_tests::paths::read;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::{BUCKETS, PRESIGN, is, said, with_vendor};

/// Pairs of status and code in a text that has `code`, `code` … (status) or | status | codes |.
fn listed(text: &str) -> BTreeSet<(u16, String)> {
    let mut pairs = BTreeSet::new();
    let words = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    for piece in text.split(';') {
        let status = piece.rsplit_once('(').and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in `{piece}`"));
        pairs.extend(words(piece).into_iter().map(|code| (status, code)));
    }
    pairs
}

#[test]
fn the_codes_are_the_same_everywhere() {
    let built: BTreeSet<(u16, String)> =
        Code::ALL.iter().map(|code| (code.status(), code.as_str().to_owned())).collect();
    assert_eq!(built.len(), Code::ALL.len());

    let spec: serde_json::Value = serde_yaml::from_str(&read("openapi/storage.yaml")).expect("YAML");
    let code = &spec["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["description"];
    let (_, list) = code.as_str().and_then(|text| text.split_once("So far:")).expect("a list");
    assert_eq!(listed(list), built);

    let page = read("docs/gateway.md");
    let (_, table) = page.split_once("| status | codes |").expect("a table");
    let mut documented = BTreeSet::new();
    for line in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let statuses: Vec<u16> = cells[0].split(", ").map(|status| status.parse().expect("a status")).collect();
        let codes: Vec<&str> = cells[1].split(", ").map(|code| code.trim_matches('`')).collect();
        // One status for all codes, or one for each.
        let statuses = statuses.iter().cycle().take(codes.len());
        documented.extend(statuses.zip(codes).map(|(status, code)| (*status, code.to_owned())));
    }
    assert_eq!(documented, built);
}

/// Has the service refuse something with this code, and returns what the client makes of it. There is no arm for all others: a new
/// code doesn't compile without its own.
async fn provoked(code: Code) -> (u16, String) {
    match code {
        Code::InvalidRequest => typeless(Method::POST, BUCKETS, json!({"bucket": 7})).await,
        Code::InvalidBucket => refused(trial().await.1.storage().bucket().create("192.0.2.1").await),
        Code::InvalidKey => refused(trial().await.1.storage().object().presign("demo", "a\nb").await),
        Code::Unauthorized => {
            let gateway = TestGateway::start().await;
            refused(gateway.client("ifr_pk_proj_nobodys").storage().bucket().list().await)
        }
        Code::TrialEnded => {
            let (gateway, client) = trial().await;
            gateway.clock().forward(TimeDelta::days(31));
            refused(client.storage().bucket().list().await)
        }
        Code::LimitExceeded => {
            let gateway = TestGateway::with(|layer| layer.trial_buckets = Some(1)).await;
            let client = gateway.client(&gateway.activate().await);
            refused(client.storage().bucket().create("user-uploads").await)
        }
        Code::NotFound => typeless(Method::GET, "/v1/nothing", Value::Null).await,
        Code::BucketNotFound => refused(trial().await.1.storage().object().delete("nobodys", "a").await),
        Code::UnknownVendor => refused(trial().await.1.storage().bucket().create("abc").vendor("nobody").await),
        Code::MethodNotAllowed => typeless(Method::PATCH, BUCKETS, json!({})).await,
        Code::RequestTimeout => too_slow().await,
        Code::BucketExists => refused(trial().await.1.storage().bucket().create("demo").await),
        Code::PayloadTooLarge => {
            let gateway = TestGateway::with(|layer| layer.max_body_bytes = Some(10)).await;
            let client = gateway.client(&gateway.activate().await);
            refused(client.storage().bucket().create("user-uploads").await)
        }
        Code::UnsupportedMediaType => {
            let (_gateway, client) = trial().await;
            let request = client.request(Method::POST, PRESIGN).json(&json!({})).header("content-encoding", "gzip");
            refused(request.send::<Value>().await)
        }
        Code::UnknownRegion => refused(trial().await.1.storage().bucket().create("abc").region("nowhere").await),
        Code::AclUnsupported => {
            let (gateway, _folder) = with_vendor("http://127.0.0.1:9").await;
            let client = gateway.client(&gateway.standard_key("team").await);
            refused(client.storage().bucket().create("abc").vendor("other").acl(Acl::Public).await)
        }
        Code::IdempotencyMismatch => {
            let (_gateway, client) = trial().await;
            let buckets = client.storage().bucket();
            buckets.create("abc").idempotency_key("once").await.expect("a bucket");
            refused(buckets.create("abd").idempotency_key("once").await)
        }
        Code::RateLimited => {
            let gateway = TestGateway::with(|layer| layer.trial_per_client = Some(1)).await;
            keyless(&gateway).activate().await.expect("a key");
            refused(keyless(&gateway).activate().await)
        }
        Code::Internal => {
            let (gateway, client) = trial().await;
            let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
            database.execute_batch("ALTER TABLE buckets RENAME TO tubs").expect("a change");
            refused(client.storage().bucket().list().await)
        }
        Code::VendorError => {
            let engine = http::Server::start([http::Answer::new(403, "application/xml", "")]).await;
            at_vendor(&engine.url()).await
        }
        Code::Unavailable => {
            let engine = http::Server::start([http::Answer::new(503, "application/xml", "")]).await;
            at_vendor(&engine.url()).await
        }
    }
}

#[tokio::test]
async fn each_code_is_had_through_the_client() {
    for code in Code::ALL {
        assert_eq!(provoked(*code).await, is(code.status(), code.as_str()));
    }
}

/// A gateway, and a client that has a trial account there and tries nothing again.
async fn trial() -> (TestGateway, Client) {
    let gateway = TestGateway::start().await;
    let builder = Client::builder().base_url(format!("http://{}", gateway.api())).max_retries(0);
    let client = builder.api_key(gateway.activate().await).environment(|_| None).build().expect("a client");
    (gateway, client)
}

/// A client on a machine of its own, which has no key and no place to keep one.
fn keyless(gateway: &TestGateway) -> Client {
    let builder = Client::builder().base_url(format!("http://{}", gateway.api())).max_retries(0);
    builder.system(Host::default()).build().expect("a client")
}

/// A request that no method of the client would make.
async fn typeless(method: Method, path: &str, body: Value) -> (u16, String) {
    let (_gateway, client) = trial().await;
    let request = client.request(method, path);
    let request = if body.is_null() { request } else { request.json(&body) };
    refused(request.send::<Value>().await)
}

/// A body that doesn't come to its end. Raw: the client sends what it has at once.
async fn too_slow() -> (u16, String) {
    let gateway = TestGateway::with(|layer| layer.body_seconds = Some(1)).await;
    let request = Request::new("POST", BUCKETS).key(&gateway.activate().await);
    let request = request.header("content-type", "application/json").header("content-length", "100");
    let mut stream = connect(gateway.api()).await;
    stream.write_all(&request.bytes(gateway.api())).await.expect("sent");
    let answer = answer(&mut stream, false).await.expect("an answer");
    answer.assert_described(&request);
    said(&answer)
}

/// A bucket at a vendor with this address.
async fn at_vendor(endpoint: &str) -> (u16, String) {
    let (gateway, _folder) = with_vendor(endpoint).await;
    let client = gateway.client(&gateway.standard_key("team").await);
    refused(client.storage().bucket().create("abc").vendor("other").max_retries(0).await)
}
