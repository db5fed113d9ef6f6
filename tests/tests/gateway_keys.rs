//! The names of objects: which there may be, how they travel, and that none becomes another on the way.

use std::collections::HashSet;

use infrai::reqwest;
use infrai::types::PresignMethod;
use infrai_tests::gateway::{Answer, Request, TestGateway, fetch};
use infrai_tests::odd_keys::ODD;

/// The odd ones, and two that only this engine keeps apart from others.
fn odd() -> Vec<&'static str> {
    ODD.into_iter().chain(["\\", "a\\..\\b"]).collect()
}

fn objects(key: &str) -> String {
    format!("/v1/storage/buckets/demo/objects/{key}")
}

async fn presign(gateway: &TestGateway, key: &str, raw: &str, method: &str) -> Answer {
    let request = Request::new("POST", &format!("{}/presign", objects(raw))).key(key);
    gateway.send(&request.json(format!("{{\"method\":\"{method}\"}}"))).await
}

fn url(answer: &Answer) -> String {
    answer.json()["url"].as_str().unwrap_or_else(|| panic!("no URL: {answer:?}")).to_owned()
}

#[tokio::test]
async fn odd_keys_come_back_byte_for_byte() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    // As applications do it: through a library that parses the URL again.
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let objects = client.storage().object();
    for key in odd() {
        let put = objects.presign("demo", key).await.expect(key).url;
        let sent = http.put(&put).body(format!("this is {key}")).send().await.expect(key);
        assert_eq!(sent.status(), 200, "{key:?}: {:?}", sent.text().await);
    }
    let mut urls = HashSet::new();
    for key in odd() {
        let get = objects.presign("demo", key).method(PresignMethod::Get).await.expect(key).url;
        let got = http.get(&get).send().await.expect(key);
        assert_eq!(got.status(), 200, "{key:?}");
        assert_eq!(got.bytes().await.expect(key), format!("this is {key}"), "{key:?}");
        // Not parsed, too.
        assert_eq!(fetch("GET", &get, None).await.text(), format!("this is {key}"), "{key:?}");
        assert!(urls.insert(get.split('?').next().map(str::to_owned)), "{key:?} has the URL of another");
    }
    let odd = odd();
    for (at, key) in odd.iter().enumerate() {
        assert!(objects.delete("demo", *key).await.expect(key).ok, "{key:?}");
        let get = objects.presign("demo", *key).method(PresignMethod::Get).await.expect(key).url;
        assert_eq!(fetch("GET", &get, None).await.status, 404, "{key:?}");
        if let Some(next) = odd.get(at + 1) {
            let get = objects.presign("demo", *next).method(PresignMethod::Get).await.expect(next).url;
            assert_eq!(fetch("GET", &get, None).await.status, 200, "{key:?} took {next:?} with it");
        }
    }
}

#[tokio::test]
async fn a_key_has_1_to_1024_bytes() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    for longest in ["a".repeat(1024), "é".repeat(512), "/a".repeat(512)] {
        let put = client.storage().object().presign("demo", &longest).await.expect("a URL").url;
        assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200, "{} characters", longest.chars().count());
        assert!(client.storage().object().delete("demo", &longest).await.expect("an answer").ok);
    }
    for longer in ["a".repeat(1025), "%C3%A9".repeat(513), "%C3%A9".repeat(512) + "a", String::new()] {
        let signed = presign(&gateway, &key, &longer, "PUT").await;
        assert_eq!((signed.status, &*signed.code()), (400, "invalid_key"), "{signed:?}");
        let deleted = gateway.send(&Request::new("DELETE", &objects(&longer)).key(&key)).await;
        assert_eq!((deleted.status, &*deleted.code()), (400, "invalid_key"), "{deleted:?}");
    }
}

#[tokio::test]
async fn keys_that_a_parser_would_change_are_refused() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let bad = [
        ".",
        "..",
        "%2e",
        "%2E%2e",
        "a/..",
        "../a",
        "a/./b",
        "a%2F..%2Fb",
        "a/%2e%2e/b",
        "%2F..",
        "./",
        "a%0Ab",
        "a%00",
        "%7F",
        "%C2%85",
        "a%09b",
        "%1b",
    ];
    for raw in bad {
        let signed = presign(&gateway, &key, raw, "GET").await;
        assert_eq!((signed.status, &*signed.code()), (400, "invalid_key"), "{raw}: {signed:?}");
        let deleted = gateway.send(&Request::new("DELETE", &objects(raw)).key(&key)).await;
        assert_eq!((deleted.status, &*deleted.code()), (400, "invalid_key"), "{raw}: {deleted:?}");
    }
    // What isn't text can't be a key.
    for raw in ["%FF", "%C3", "%ED%A0%80", "%C0%AF", "%", "%4", "%zz"] {
        let signed = presign(&gateway, &key, raw, "GET").await;
        assert_eq!((signed.status, &*signed.code()), (400, "invalid_key"), "{raw}: {signed:?}");
    }
}

#[tokio::test]
async fn slashes_may_be_encoded_or_not() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for (at, one, other) in
        [(0, "a%2Fb%2Fc", "a/b/c"), (1, "a/b%2Fd", "a%2fb/d"), (2, "/x/", "%2Fx%2F"), (3, "y//z", "y%2F%2Fz")]
    {
        let text = format!("object {at}");
        let put = presign(&gateway, &key, one, "PUT").await;
        assert_eq!(fetch("PUT", &url(&put), Some(text.as_bytes())).await.status, 200, "{one}");
        let get = url(&presign(&gateway, &key, other, "GET").await);
        assert_eq!(fetch("GET", &get, None).await.text(), text, "{other}");
        let deleted = gateway.send(&Request::new("DELETE", &objects(other)).key(&key)).await;
        assert_eq!(deleted.json()["ok"], true, "{deleted:?}");
        assert_eq!(fetch("GET", &get, None).await.status, 404, "{one}");
    }
}

#[tokio::test]
async fn an_encoded_percent_stays_one() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let put = url(&presign(&gateway, &key, "a%252Fb", "PUT").await);
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    let slash = url(&presign(&gateway, &key, "a%2Fb", "GET").await);
    assert_eq!(fetch("GET", &slash, None).await.status, 404);
    let percent = url(&presign(&gateway, &key, "a%252Fb", "GET").await);
    assert_eq!(fetch("GET", &percent, None).await.status, 200);
    // A plus is a plus in a path.
    let put = url(&presign(&gateway, &key, "c+d", "PUT").await);
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    let space = url(&presign(&gateway, &key, "c%20d", "GET").await);
    assert_eq!(fetch("GET", &space, None).await.status, 404);
}

#[tokio::test]
async fn a_key_may_end_in_presign() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    for name in ["a/presign", "presign", "a/presign/presign", "a"] {
        let put = client.storage().object().presign("demo", name).await.expect("a URL").url;
        assert_eq!(fetch("PUT", &put, Some(name.as_bytes())).await.status, 200, "{name}");
    }
    let read = async |raw: &str| fetch("GET", &url(&presign(&gateway, &key, raw, "GET").await), None).await;
    // POST takes one final `/presign` off, DELETE none.
    for (raw, name) in [
        ("a/presign", "a/presign"),
        ("a%2Fpresign", "a/presign"),
        ("presign", "presign"),
        ("a/presign/presign", "a/presign/presign"),
        ("a", "a"),
    ] {
        assert_eq!(read(raw).await.text(), name, "{raw}");
    }
    for raw in ["a/presign", "presign", "a/presign/presign"] {
        assert_eq!(gateway.send(&Request::new("DELETE", &objects(raw)).key(&key)).await.status, 200, "{raw}");
        assert_eq!(read(raw).await.status, 404, "{raw}");
    }
    assert_eq!(read("a").await.text(), "a");
}

#[tokio::test]
async fn a_query_is_no_part_of_a_key() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let put = url(&presign(&gateway, &key, "a", "PUT").await);
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    let deleted = gateway.send(&Request::new("DELETE", &objects("a?b=c")).key(&key)).await;
    assert_eq!(deleted.status, 200);
    let get = url(&presign(&gateway, &key, "a", "GET").await);
    assert_eq!(fetch("GET", &get, None).await.status, 404);
}
