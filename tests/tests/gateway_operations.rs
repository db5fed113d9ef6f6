//! The four operations through the Rust client: what they do, in the order of the documentation page and in every shade.

use chrono::{SubsecRound, TimeDelta};
use infrai::types::{Acl, PresignMethod};
use infrai_tests::gateway::{Request, TestGateway, fetch, refused};
use infrai_tests::validate;
use serde_json::{Value, json};

/// The value as JSON, after a look at its form.
fn checked(operation: &str, status: u16, value: &impl serde::Serialize) -> Value {
    let value = serde_json::to_value(value).expect("JSON");
    validate::value(operation, status, &value).unwrap_or_else(|fault| panic!("{value}: {fault}"));
    value
}

#[tokio::test]
async fn the_examples_of_the_page_work_in_their_order() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);

    let made = client.storage().bucket().create("user-uploads").acl(Acl::Private).send_with_response().await;
    let made = made.expect("a bucket");
    assert_eq!(made.status(), 201);
    let made = checked("storage.bucket.create", 201, made.value());
    assert_eq!(made["bucket"], "user-uploads");
    assert_eq!(made["vendor"], "local");

    let listed = client.storage().bucket().list().send_with_response().await.expect("a list");
    assert_eq!(listed.status(), 200);
    let listed = checked("storage.bucket.list", 200, listed.value());
    assert_eq!(listed["items"][0]["bucket"], "demo");
    assert_eq!(listed["items"][1], made);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));

    let presign = client.storage().object().presign("demo", "uploads/hello.txt");
    let put = presign.method(PresignMethod::Put).expires_seconds(600).send_with_response().await.expect("a URL");
    assert_eq!(put.status(), 200);
    checked("storage.object.presign", 200, put.value());
    assert_eq!(fetch("PUT", &put.value().url, Some(b"hello")).await.status, 200);

    let deleted = client.storage().object().delete("user-uploads", "uploads/old.txt").send_with_response().await;
    let deleted = deleted.expect("an answer");
    assert_eq!(deleted.status(), 200);
    assert_eq!(checked("storage.object.delete", 200, deleted.value()), json!({"ok": true}));
}

#[tokio::test]
async fn a_second_create_of_a_bucket_says_that_it_exists() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    client.storage().bucket().create("user-uploads").await.expect("a bucket");
    let again = client.storage().bucket().create("user-uploads").await;
    assert_eq!(refused(again), (409, "bucket_exists".to_owned()));
    let first = client.storage().bucket().create("demo").acl(Acl::Public).await;
    assert_eq!(refused(first), (409, "bucket_exists".to_owned()));
}

#[tokio::test]
async fn an_upload_can_be_downloaded_and_deleted() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    let put = objects.presign("demo", "a/b.bin").await.expect("a URL");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert_eq!(fetch("PUT", &put.url, Some(&bytes)).await.status, 200);
    let get = objects.presign("demo", "a/b.bin").method(PresignMethod::Get).await.expect("a URL");
    let back = fetch("GET", &get.url, None).await;
    assert!(back.status == 200 && back.body == bytes, "{} bytes", back.body.len());

    for _ in 0..2 {
        assert!(objects.delete("demo", "a/b.bin").await.expect("an answer").ok);
    }
    assert_eq!(fetch("GET", &get.url, None).await.code(), "NoSuchKey");
}

#[tokio::test]
async fn a_bucket_is_where_it_was_asked_for() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let buckets = client.storage().bucket();
    let made = buckets.create("pinned").vendor("local").region("us-east-1").await.expect("a bucket");
    assert_eq!((&*made.vendor, &*made.region, made.acl), ("local", "us-east-1", Some(Acl::Private)));
    let there = buckets.create("there").region("us-east-1").await.expect("a bucket");
    assert_eq!((&*there.vendor, &*there.region), ("local", "us-east-1"));

    assert_eq!(refused(buckets.create("x-1").vendor("nobody").await), (404, "unknown_vendor".to_owned()));
    assert_eq!(refused(buckets.create("x-1").region("mars").await), (422, "unknown_region".to_owned()));
    let nowhere = buckets.create("x-1").vendor("local").region("mars").await;
    assert_eq!(refused(nowhere), (422, "unknown_region".to_owned()));
    let names: Vec<String> = buckets.list().await.expect("a list").items.into_iter().map(|one| one.bucket).collect();
    assert_eq!(names, ["demo", "pinned", "there"]);
}

#[tokio::test]
async fn only_the_objects_of_public_buckets_are_read_without_a_signature() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    for (bucket, acl, status) in [("open-1", Acl::Public, 200), ("closed-1", Acl::Private, 403)] {
        let made = client.storage().bucket().create(bucket).acl(acl.clone()).await.expect("a bucket");
        assert_eq!(made.acl, Some(acl));
        let put = client.storage().object().presign(bucket, "a.txt").await.expect("a URL");
        assert_eq!(fetch("PUT", &put.url, Some(b"text")).await.status, 200);
        let plain = put.url.split('?').next().expect("a URL");
        let read = fetch("GET", plain, None).await;
        assert_eq!(read.status, status, "{read:?}");
        assert_eq!(read.body == b"text", status == 200);
        // To read is all that everybody may.
        for (method, body) in [("PUT", Some(&b"other"[..])), ("DELETE", None)] {
            assert_eq!(fetch(method, plain, body).await.status, 403, "{method} {bucket}");
        }
        let whole = plain.strip_suffix("/a.txt").expect("the bucket's URL");
        assert_eq!(fetch("GET", &format!("{whole}/?list-type=2"), None).await.status, 403, "{bucket} is listed");
    }
}

#[tokio::test]
async fn buckets_are_listed_in_the_order_of_their_bytes() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.standard_key("acme").await);
    let none = client.storage().bucket().list().await.expect("a list");
    assert_eq!(none.items.len(), 0);
    let mut names = ["b-1", "a.b", "a-b", "ab0", "a0b", "abc", "1ab", "zz9", "a-b-c"];
    for name in names {
        client.storage().bucket().create(name).await.expect(name);
    }
    names.sort_unstable();
    for _ in 0..2 {
        let list = client.storage().bucket().list().await.expect("a list");
        checked("storage.bucket.list", 200, &list);
        let listed: Vec<_> = list.items.iter().map(|bucket| &*bucket.bucket).collect();
        assert_eq!(listed, names);
    }
}

#[tokio::test]
async fn when_a_bucket_was_made_is_a_whole_second_and_stays() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    let before = gateway.clock().now().trunc_subsecs(0);
    let made = client.storage().bucket().create("user-uploads").await.expect("a bucket").created_at;
    assert!(made >= before && made <= gateway.clock().now() && made.timestamp_subsec_nanos() == 0, "{made}");
    gateway.clock().forward(TimeDelta::hours(5));
    let gateway = gateway.restart(|_| ()).await;
    let list = gateway.client(&key).storage().bucket().list().await.expect("a list");
    assert_eq!(list.items[1].created_at, made);
    let raw = gateway.send(&Request::new("GET", "/v1/storage/buckets").key(&key)).await;
    let text = raw.json()["items"][1]["created_at"].as_str().map(str::to_owned).expect("a time");
    assert!(text.len() == "2026-01-15T09:30:00Z".len() && text.ends_with('Z'), "{text}");
}

#[tokio::test]
async fn a_url_is_good_for_as_long_as_was_asked() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    for (asked, seconds) in [(None, 900), (Some(1), 1), (Some(600), 600), (Some(604_800), 604_800)] {
        for method in [PresignMethod::Get, PresignMethod::Put] {
            let mut request = objects.presign("demo", "a.txt").method(method.clone());
            if let Some(asked) = asked {
                request = request.expires_seconds(asked);
            }
            let before = gateway.clock().now().trunc_subsecs(0);
            let signed = request.await.expect("a URL");
            checked("storage.object.presign", 200, &signed);
            let after = gateway.clock().now();
            assert_eq!(signed.method, method);
            assert_eq!(signed.headers, None);
            let end = TimeDelta::seconds(seconds);
            assert!((before + end..=after + end).contains(&signed.expires_at), "{asked:?}: {}", signed.expires_at);
            assert_eq!(signed.expires_at.timestamp_subsec_nanos(), 0);
            assert!(signed.url.contains(&format!("X-Amz-Expires={seconds}&")), "{}", signed.url);
        }
    }
}

#[tokio::test]
async fn no_url_is_good_for_less_than_a_second_or_more_than_seven_days() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for seconds in ["0", "604801", "-1", "9223372036854775807"] {
        let request = Request::new("POST", "/v1/storage/buckets/demo/objects/a/presign").key(&key);
        let answer = gateway.send(&request.json(format!("{{\"expires_seconds\":{seconds}}}"))).await;
        assert_eq!((answer.status, &*answer.code()), (400, "invalid_request"), "{seconds}: {answer:?}");
        assert!(answer.message().contains("`expires_seconds`"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_url_works_until_it_expires() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let presign = async |method: PresignMethod| {
        client.storage().object().presign("demo", "a.txt").method(method).await.expect("a URL").url
    };
    // The store goes by the machine's clock: what the service signs with its own put back has been good for a while.
    gateway.clock().forward(TimeDelta::seconds(-860));
    let (put, get) = (presign(PresignMethod::Put).await, presign(PresignMethod::Get).await);
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);
    assert_eq!(fetch("GET", &get, None).await.status, 200);
    gateway.clock().forward(TimeDelta::seconds(-42));
    for (method, url, body) in [
        ("PUT", presign(PresignMethod::Put).await, Some(&b"late"[..])),
        ("GET", presign(PresignMethod::Get).await, None),
    ] {
        let late = fetch(method, &url, body).await;
        assert_eq!((late.status, &*late.code()), (403, "AccessDenied"), "{late:?}");
    }
    assert_eq!(fetch("GET", &get, None).await.body, b"text");
}

#[tokio::test]
async fn a_url_is_good_for_what_was_signed_and_nothing_else() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let presign = async |key: &str, method: PresignMethod| {
        client.storage().object().presign("demo", key).method(method).await.expect("a URL").url
    };
    for key in ["a.txt", "b.txt"] {
        assert_eq!(fetch("PUT", &presign(key, PresignMethod::Put).await, Some(b"text")).await.status, 200);
    }
    let (get, put) = (presign("a.txt", PresignMethod::Get).await, presign("a.txt", PresignMethod::Put).await);
    let (_, signature) = get.split_once("X-Amz-Signature=").expect("a signature");
    let first = if signature.starts_with('0') { "1" } else { "0" };
    let tampered = get.replace(signature, &format!("{first}{}", &signature[1..]));
    let other = get.replacen("X-Amz-Credential=", "X-Amz-Credential=AKIAOTHER", 1);
    // What was signed and is another now is 403; what is no signed URL at all is 400, as in S3.
    let (signature, denied, malformed) =
        ((403, "SignatureDoesNotMatch"), (403, "AccessDenied"), (400, "AuthorizationQueryParametersError"));
    for (what, method, url, expected) in [
        ("a changed signature", "GET", tampered, signature),
        ("a longer life", "GET", get.replace("X-Amz-Expires=900", "X-Amz-Expires=901"), signature),
        ("another object", "GET", get.replace("/a.txt", "/b.txt"), signature),
        ("another method", "GET", put.clone(), signature),
        ("another method", "PUT", get.clone(), signature),
        ("another method", "DELETE", get.clone(), signature),
        ("another parameter", "GET", format!("{get}&response-content-type=text%2Fhtml"), signature),
        ("another parameter", "PUT", format!("{put}&x-id=PutObject"), signature),
        ("a key that nobody has", "GET", other, (403, "InvalidAccessKeyId")),
        ("no signature", "GET", get.split("&X-Amz-Signature").next().unwrap_or_default().to_owned(), malformed),
        ("all of it twice", "GET", format!("{get}&{}", get.split_once('?').expect("a query").1), malformed),
        ("more than seven days", "GET", get.replace("X-Amz-Expires=900", "X-Amz-Expires=604801"), malformed),
        ("a life that is no number", "GET", get.replace("X-Amz-Expires=900", "X-Amz-Expires=long"), malformed),
        ("nothing of it", "GET", get.split('?').next().unwrap_or_default().to_owned(), denied),
    ] {
        let body = (method == "PUT").then_some(&b"other"[..]);
        let answer = fetch(method, &url, body).await;
        assert_eq!((answer.status, &*answer.code()), expected, "{what}: {answer:?}");
        assert_ne!(answer.body, b"text", "{what}");
    }
    assert_eq!(fetch("GET", &get, None).await.body, b"text");
}

#[tokio::test]
async fn headers_that_change_what_is_done_must_be_signed() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    let put = objects.presign("demo", "a.txt").await.expect("a URL").url;
    for (name, value) in [("x-amz-acl", "private"), ("x-amz-copy-source", "/demo/b"), ("x-amz-meta-a", "b")] {
        let (request, to) = Request::to("PUT", &put);
        let answer = request.header(name, value).body("other").send(to).await;
        assert_eq!((answer.status, &*answer.code()), (403, "AccessDenied"), "{name}: {answer:?}");
    }
    assert_eq!(fetch("PUT", &put, Some(b"0123456789")).await.status, 200);

    let get = objects.presign("demo", "a.txt").method(PresignMethod::Get).await.expect("a URL").url;
    let (request, to) = Request::to("GET", &get);
    let part = request.clone().header("range", "bytes=2-4").send(to).await;
    assert_eq!((part.status, &*part.body), (206, &b"234"[..]), "{part:?}");
    let tag = part.header("etag").expect("an ETag").to_owned();
    assert_eq!(request.clone().header("if-match", &tag).send(to).await.status, 200);
    assert_eq!(request.clone().header("if-match", "\"other\"").send(to).await.status, 412);
    assert_eq!(request.header("if-none-match", &tag).send(to).await.status, 304);
}

#[tokio::test]
async fn a_url_can_be_had_for_a_bucket_of_ones_own_only() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    assert_eq!(refused(objects.presign("nothing", "a").await), (404, "bucket_not_found".to_owned()));
    assert_eq!(refused(objects.delete("nothing", "a").await), (404, "bucket_not_found".to_owned()));
}

#[tokio::test]
async fn urls_begin_as_the_settings_say() {
    let gateway = TestGateway::with(|layer| {
        layer.public_s3_url = Some("https://objects.example.com/".to_owned());
        layer.public_url = Some("https://api.example.com".to_owned());
    })
    .await;
    let activated = Request::new("POST", "/v1/activate").send(gateway.api()).await.json();
    assert_eq!(activated["base_url"], "https://api.example.com");
    assert_eq!(activated["bucket"], "demo");
    assert_eq!(activated["account"]["trial"], true);
    let client = gateway.client(activated["api_key"].as_str().expect("a key"));
    let signed = client.storage().object().presign("demo", "a").await.expect("a URL");
    assert!(signed.url.starts_with("https://objects.example.com/ifr-demo-"), "{}", signed.url);
    // What a proxy passes on, with the host that the client called, is right.
    let path = signed.url.strip_prefix("https://objects.example.com").expect("the host");
    let request = Request::new("PUT", path).header("host", "objects.example.com").body("text");
    assert_eq!(request.send(gateway.s3()).await.status, 200);
}
