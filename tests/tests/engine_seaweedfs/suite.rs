//! What a gateway does, whatever engine is behind it: each function is one behaviour, and takes the gateway.

use chrono::TimeDelta;
use infrai::Client;
use infrai::types::{Acl, PresignMethod};
use infrai_tests::gateway::{Request, TestGateway, fetch, refused};

use crate::keys::{self, Exception};

/// A gateway to look at.
pub(crate) struct Side {
    pub(crate) gateway: TestGateway,
    /// The key of an account that isn't a trial, and has no buckets.
    pub(crate) key: String,
    /// Who keeps its buckets.
    pub(crate) vendor: &'static str,
    /// The keys that its engine doesn't keep as they are.
    pub(crate) exceptions: &'static [Exception],
}

impl Side {
    pub(crate) async fn new(gateway: TestGateway, vendor: &'static str, exceptions: &'static [Exception]) -> Self {
        let key = gateway.standard_key("acme").await;
        Self { gateway, key, vendor, exceptions }
    }

    pub(crate) fn client(&self) -> Client {
        self.gateway.client(&self.key)
    }

    /// A private bucket.
    pub(crate) async fn bucket(&self, name: &str) {
        self.client().storage().bucket().create(name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// A URL to upload to.
    pub(crate) async fn put(&self, bucket: &str, key: &str) -> String {
        self.presign(bucket, key, PresignMethod::Put).await
    }

    /// A URL to download from.
    pub(crate) async fn get(&self, bucket: &str, key: &str) -> String {
        self.presign(bucket, key, PresignMethod::Get).await
    }

    async fn presign(&self, bucket: &str, key: &str, method: PresignMethod) -> String {
        let client = self.client();
        let signed = client.storage().object().presign(bucket, key).method(method).await;
        let signed = signed.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(signed.headers, None, "nothing else must be sent");
        signed.url
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, bucket: &str, key: &str) {
        let deleted = self.client().storage().object().delete(bucket, key).await;
        assert!(deleted.unwrap_or_else(|error| panic!("{key:?}: {error}")).ok);
    }
}

/// All of it.
pub(crate) async fn run(side: &Side) {
    buckets(side).await;
    one_request_with_its_key(side).await;
    accounts(side).await;
    keys::odd_keys(side).await;
    keys::exceptions(side).await;
    sizes(side).await;
    wrong_urls(side).await;
    expired_urls(side).await;
    headers(side).await;
    everybody(side).await;
    deletes(side).await;
}

async fn buckets(side: &Side) {
    let client = side.client();
    let buckets = client.storage().bucket();
    assert_eq!(buckets.list().await.expect("a list").items.len(), 0);
    let mut made = Vec::new();
    for (name, acl) in [("b-private", Some(Acl::Private)), ("a-public", Some(Acl::Public)), ("c-plain", None)] {
        let create = buckets.create(name);
        let one = match acl.clone() {
            Some(acl) => create.acl(acl).await,
            None => create.await,
        };
        let one = one.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((&*one.bucket, &*one.vendor, &*one.region), (name, side.vendor, "us-east-1"));
        assert_eq!(one.acl, Some(acl.unwrap_or(Acl::Private)));
        made.push(one);
    }
    made.sort_unstable_by(|one, other| one.bucket.cmp(&other.bucket));
    for _ in 0..2 {
        assert_eq!(buckets.list().await.expect("a list").items, made);
    }
    for acl in [Acl::Private, Acl::Public] {
        assert_eq!(refused(buckets.create("b-private").acl(acl).await), (409, "bucket_exists".to_owned()));
    }
    assert_eq!(refused(buckets.create("x-1").vendor("nobody").await), (404, "unknown_vendor".to_owned()));
    assert_eq!(refused(buckets.create("x-1").region("mars").await), (422, "unknown_region".to_owned()));
    assert_eq!(buckets.list().await.expect("a list").items, made);
}

async fn one_request_with_its_key(side: &Side) {
    let client = side.client();
    let create = async || client.storage().bucket().create("once-only").idempotency_key("once").await;
    let first = create().await.expect("a bucket");
    assert_eq!(create().await.expect("the same"), first);
    let other = client.storage().bucket().create("once-other").idempotency_key("once").await;
    assert_eq!(refused(other), (422, "idempotency_mismatch".to_owned()));
}

async fn accounts(side: &Side) {
    side.bucket("shared-name").await;
    let key = side.gateway.standard_key("umbrella").await;
    let other = side.gateway.client(&key);
    assert_eq!(other.storage().bucket().list().await.expect("a list").items.len(), 0);
    let strange = other.storage().object().presign("shared-name", "a").await;
    assert_eq!(refused(strange), (404, "bucket_not_found".to_owned()));
    other.storage().bucket().create("shared-name").await.expect("a bucket of its own");
    assert_eq!(fetch("PUT", &side.put("shared-name", "a").await, Some(b"text")).await.status, 200);
    let theirs = other.storage().object().presign("shared-name", "a").method(PresignMethod::Get).await.expect("a URL");
    assert_eq!(fetch("GET", &theirs.url, None).await.code(), "NoSuchKey");
    assert!(other.storage().object().delete("shared-name", "a").await.expect("an answer").ok);
    assert_eq!(fetch("GET", &side.get("shared-name", "a").await, None).await.body, b"text");
}

async fn sizes(side: &Side) {
    side.bucket("sizes").await;
    for size in [0, 1, 65_537, 10_000_000] {
        let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
        let put = fetch("PUT", &side.put("sizes", "object").await, Some(&bytes)).await;
        assert_eq!(put.status, 200, "{size}: {put:?}");
        assert!(put.header("etag").is_some(), "{put:?}");
        let got = fetch("GET", &side.get("sizes", "object").await, None).await;
        assert!(got.status == 200 && got.body == bytes, "{size}: {} bytes with {}", got.body.len(), got.status);
    }
}

async fn wrong_urls(side: &Side) {
    side.bucket("wrong-urls").await;
    for key in ["a.txt", "b.txt"] {
        assert_eq!(fetch("PUT", &side.put("wrong-urls", key).await, Some(b"text")).await.status, 200);
    }
    let (get, put) = (side.get("wrong-urls", "a.txt").await, side.put("wrong-urls", "a.txt").await);
    let (before, signature) = get.split_once("X-Amz-Signature=").expect("a signature");
    let first = if signature.starts_with('0') { "1" } else { "0" };
    let (plain, query) = get.split_once('?').expect("a query");
    for (what, method, url) in [
        ("a changed signature", "GET", format!("{before}X-Amz-Signature={first}{}", &signature[1..])),
        ("no query", "GET", plain.to_owned()),
        ("a longer life", "GET", get.replace("X-Amz-Expires=900", "X-Amz-Expires=901")),
        ("another key", "GET", get.replace("/a.txt", "/b.txt")),
        ("another key", "PUT", put.replace("/a.txt", "/b.txt")),
        ("another bucket", "GET", get.replace("wrong-urls", "wrong-urlz")),
        ("another method", "GET", put.clone()),
        ("another method", "PUT", get.clone()),
        ("another method", "DELETE", get.clone()),
        ("another method", "DELETE", put.clone()),
        ("another parameter", "GET", format!("{get}&response-content-type=text%2Fhtml")),
        ("another parameter", "PUT", format!("{put}&x-id=PutObject")),
        ("a subresource", "GET", format!("{plain}?acl=&{query}")),
    ] {
        assert!((method, &url) != ("GET", &get) && (method, &url) != ("PUT", &put), "{what} is what was signed");
        let answer = fetch(method, &url, (method == "PUT").then_some(b"other")).await;
        assert_eq!(answer.status, 403, "{what}, {method}: {answer:?}");
    }
    for key in ["a.txt", "b.txt"] {
        assert_eq!(fetch("GET", &side.get("wrong-urls", key).await, None).await.body, b"text", "{key} isn't as it was");
    }
}

/// Engines go by the machine's clock: what the service signs with its own put back has been good for a while.
async fn expired_urls(side: &Side) {
    side.bucket("expired").await;
    let clock = side.gateway.clock();
    let back = async |seconds: i64| {
        clock.forward(TimeDelta::seconds(-seconds));
        let urls = (side.put("expired", "a.txt").await, side.get("expired", "a.txt").await);
        clock.forward(TimeDelta::seconds(seconds));
        urls
    };
    let (put, get) = back(840).await;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    assert_eq!(fetch("GET", &get, None).await.body, b"text");
    let (put, get) = back(902).await;
    for late in [fetch("PUT", &put, Some(b"late")).await, fetch("GET", &get, None).await] {
        assert_eq!((late.status, &*late.code()), (403, "AccessDenied"), "{late:?}");
    }
    assert_eq!(fetch("GET", &side.get("expired", "a.txt").await, None).await.body, b"text");
}

async fn headers(side: &Side) {
    side.bucket("headers").await;
    let put = side.put("headers", "a.txt").await;
    for (name, value) in [
        ("x-amz-acl", "public-read"),
        ("x-amz-copy-source", "/headers/b"),
        ("x-amz-meta-a", "b"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-storage-class", "STANDARD"),
    ] {
        let (request, to) = Request::to("PUT", &put);
        let answer = request.header(name, value).body("other").send(to).await;
        assert_eq!(answer.status, 403, "{name}: {answer:?}");
    }
    assert_eq!(fetch("GET", &side.get("headers", "a.txt").await, None).await.status, 404);
    assert_eq!(fetch("PUT", &put, Some(b"0123456789")).await.status, 200);

    let (request, to) = Request::to("GET", &side.get("headers", "a.txt").await);
    let part = request.clone().header("range", "bytes=2-4").send(to).await;
    assert_eq!((part.status, &*part.body), (206, &b"234"[..]), "{part:?}");
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"), "{part:?}");
    let tag = part.header("etag").expect("an ETag").to_owned();
    for (name, value, status) in [
        ("if-match", &*tag, 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", &*tag, 304),
        ("if-none-match", "\"other\"", 200),
        ("range", "bytes=10-", 416),
    ] {
        let answer = request.clone().header(name, value).send(to).await;
        assert_eq!(answer.status, status, "{name}: {value}: {answer:?}");
    }
}

async fn everybody(side: &Side) {
    for (bucket, acl, status) in [("closed-one", Acl::Private, 403), ("open-one", Acl::Public, 200)] {
        side.client().storage().bucket().create(bucket).acl(acl).await.expect("a bucket");
        let put = side.put(bucket, "a/ü.txt").await;
        assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
        let plain = put.split('?').next().expect("a URL");
        let read = fetch("GET", plain, None).await;
        assert_eq!((read.status, read.body == b"text"), (status, status == 200), "{bucket}: {read:?}");
        assert_eq!(fetch("HEAD", plain, None).await.status, status, "{bucket}");
        // To read is all that everybody may.
        for (method, body) in [("PUT", Some(&b"other"[..])), ("DELETE", None)] {
            assert_eq!(fetch(method, plain, body).await.status, 403, "{method} {bucket}");
        }
        let whole = plain.strip_suffix("/a/%C3%BC.txt").expect("the bucket's URL");
        for query in ["", "?list-type=2", "?policy", "?acl"] {
            let answer = fetch("GET", &format!("{whole}{query}"), None).await;
            assert_eq!(answer.status, 403, "{bucket}{query}: {answer:?}");
        }
    }
}

async fn deletes(side: &Side) {
    side.bucket("deletes").await;
    for key in ["a", "other"] {
        assert_eq!(fetch("PUT", &side.put("deletes", key).await, Some(b"text")).await.status, 200);
    }
    let get = side.get("deletes", "a").await;
    for _ in 0..2 {
        side.delete("deletes", "a").await;
        let gone = fetch("GET", &get, None).await;
        assert_eq!((gone.status, &*gone.code()), (404, "NoSuchKey"));
    }
    side.delete("deletes", "never/was").await;
    assert_eq!(fetch("GET", &side.get("deletes", "other").await, None).await.body, b"text");
    let client = side.client();
    let nowhere = client.storage().object().delete("nothing", "a").await;
    assert_eq!(refused(nowhere), (404, "bucket_not_found".to_owned()));
}

/// For who looks at the output, since some of it is only told.
#[expect(clippy::print_stdout, reason = "the output of a test is for who runs it")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
