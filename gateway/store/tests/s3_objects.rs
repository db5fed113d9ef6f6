//! Objects over the wire: written, read, conditioned, ranged, copied and deleted.

mod s3_support;

use bytes::Bytes;
use futures_util::stream;
use infrai_store::engine::{Incoming, Replaces};
use s3_support::{Ask, Server, encode, exchange};

const KEYS: [&str; 24] = [
    "plain",
    "a b",
    "a+b",
    "a%b",
    "a%2Fb",
    "a%252Fb",
    "é",
    "日本語",
    "🦀",
    "a/",
    "a//b",
    "/a",
    "//",
    ".",
    "..",
    "a/../b",
    "./a",
    "a/./b",
    "a?b#c",
    "a&b=c",
    "'\"<>&;",
    "~!@$^*()_-=[]{}|\\`",
    "a:b,c",
    "\u{200b}\u{feff}",
];

#[tokio::test]
async fn keys_come_back_byte_for_byte() {
    let server = Server::start().await;
    let mut all: Vec<String> = KEYS.map(str::to_owned).to_vec();
    all.push("k".repeat(1024));
    for key in &all {
        let path = format!("/private/{}", encode(key, true));
        server.put(&path, key.as_bytes()).await;
        let presigned = Ask::new("GET", &path).presign(&server).send(&server).await;
        assert_eq!((presigned.status, presigned.body.as_slice()), (200, key.as_bytes()), "{key}");
        // With its slashes encoded it's the same key.
        let path = format!("/private/{}", encode(key, false));
        assert_eq!(server.get(&path).await.body, key.as_bytes(), "{key}");
    }
    let listing =
        server.store.list(infrai_store::engine::List { bucket: "private", max: 1000, ..Default::default() }).await;
    let mut listed: Vec<String> = listing.unwrap().objects.into_iter().map(|entry| entry.key).collect();
    listed.sort();
    all.sort();
    assert_eq!(listed, all);
    let long = format!("/private/{}", "k".repeat(1025));
    Ask::new("PUT", &long).sign(&server).send(&server).await.refused(400, "KeyTooLongError");
    // Characters that need no encoding on the wire, left plain.
    assert_eq!(server.get("/private/a+b").await.body, b"a+b");
}

#[tokio::test]
async fn an_object_comes_back_with_all_that_was_said_of_it() {
    let server = Server::start().await;
    let said = [
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "max-age=60"),
        ("content-disposition", "attachment; filename=\"a b\""),
        ("content-language", "de"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("x-amz-meta-name", "a value"),
    ];
    let put = said.iter().fold(Ask::new("PUT", "/private/key"), |ask, (name, value)| ask.header(name, value));
    let put = put.header("content-encoding", "gzip").body(b"text").sign(&server).send(&server).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.header("etag"), Some("\"1cb251ec0d568de6a929b520c4aed8d1\""));
    assert!(put.header("x-amz-checksum-crc64nvme").is_some(), "{put:?}");
    let get = server.get("/private/key").await;
    let head = Ask::new("HEAD", "/private/key").sign(&server).send(&server).await;
    assert_eq!((get.body.as_slice(), head.body.as_slice()), (&b"text"[..], &b""[..]));
    for answer in [&get, &head] {
        assert_eq!(answer.status, 200);
        for (name, value) in said {
            assert_eq!(answer.header(name), Some(value));
        }
        assert_eq!(answer.header("content-encoding"), Some("gzip"));
        assert_eq!(answer.header("content-length"), Some("4"));
        assert_eq!(answer.header("accept-ranges"), Some("bytes"));
        assert!(answer.header("last-modified").is_some_and(|date| date.ends_with(" GMT")));
        assert_eq!(answer.header("x-amz-checksum-crc64nvme"), None);
        assert!(answer.header("access-control-expose-headers").is_some_and(|names| names.contains("x-amz-meta-name")));
    }
    let checked = Ask::new("GET", "/private/key").header("x-amz-checksum-mode", "ENABLED").sign(&server);
    let checked = checked.send(&server).await;
    assert_eq!(checked.header("x-amz-checksum-crc64nvme"), put.header("x-amz-checksum-crc64nvme"));
    assert_eq!(checked.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
    let other = Ask::new("GET", "/private/key?response-content-type=a%2Fb&response-cache-control=no-store");
    let other = other.presign(&server).send(&server).await;
    assert_eq!((other.header("content-type"), other.header("cache-control")), (Some("a/b"), Some("no-store")));
    server.put("/private/plain", b"").await;
    assert_eq!(server.get("/private/plain").await.header("content-type"), Some("binary/octet-stream"));
    let much = Ask::new("PUT", "/private/key").header("x-amz-meta-a", &"a".repeat(2048)).sign(&server);
    much.send(&server).await.refused(400, "MetadataTooLarge");
}

#[tokio::test]
async fn deleting_is_the_same_the_second_time() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    for _ in 0..2 {
        let answer = Ask::new("DELETE", "/private/key").sign(&server).send(&server).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
    }
    server.get("/private/key").await.refused(404, "NoSuchKey");
    let head = Ask::new("HEAD", "/private/key").sign(&server).send(&server).await;
    assert_eq!((head.status, head.body.len()), (404, 0));
    server.get("/none/key").await.refused(404, "NoSuchBucket");
    Ask::new("PUT", "/none/key").sign(&server).send(&server).await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn reads_heed_conditions_and_ranges() {
    let server = Server::start().await;
    let etag = server.put("/private/key", b"0123456789").await.header("etag").unwrap().to_owned();
    let read = async |pairs: &[(&str, &str)]| {
        let ask = pairs.iter().fold(Ask::new("GET", "/private/key"), |ask, (name, value)| ask.header(name, value));
        ask.sign(&server).send(&server).await
    };
    let unmodified = read(&[("if-none-match", &etag)]).await;
    assert_eq!((unmodified.status, unmodified.body.len()), (304, 0));
    assert_eq!(unmodified.header("etag"), Some(etag.as_str()));
    assert_eq!(read(&[("if-none-match", &format!("\"x\", {etag}"))]).await.status, 304);
    read(&[("if-match", "\"x\"")]).await.refused(412, "PreconditionFailed");
    assert_eq!(read(&[("if-match", &etag)]).await.status, 200);
    assert_eq!(read(&[("if-modified-since", "nonsense")]).await.status, 200);
    for (range, status, body, told) in [
        ("bytes=2-4", 206, &b"234"[..], Some("bytes 2-4/10")),
        ("bytes=-2", 206, b"89", Some("bytes 8-9/10")),
        ("bytes=8-100", 206, b"89", Some("bytes 8-9/10")),
        ("bytes=0-1,3-4", 200, b"0123456789", None),
        ("bytes=4-2", 200, b"0123456789", None),
        ("pages=1", 200, b"0123456789", None),
    ] {
        let answer = read(&[("range", range)]).await;
        assert_eq!(
            (answer.status, answer.body.as_slice(), answer.header("content-range")),
            (status, body, told),
            "{range}"
        );
    }
    let beyond = read(&[("range", "bytes=10-")]).await;
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
    beyond.refused(416, "InvalidRange");
    assert_eq!(read(&[("range", "bytes=0-1"), ("if-range", "\"x\"")]).await.status, 200);
    // Weakly the same is another object, where it is about its very bytes.
    let weak = format!("W/{etag}");
    assert_eq!(read(&[("range", "bytes=0-1"), ("if-range", &etag)]).await.status, 206);
    assert_eq!(read(&[("range", "bytes=0-1"), ("if-range", &weak)]).await.status, 200);
    read(&[("if-match", &weak)]).await.refused(412, "PreconditionFailed");
    assert_eq!(read(&[("if-none-match", &weak)]).await.status, 304);
    let part = Ask::new("GET", "/private/key?partNumber=1").sign(&server).send(&server).await;
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 0-9/10")));
    Ask::new("GET", "/private/key?partNumber=2").sign(&server).send(&server).await.refused(416, "InvalidRange");
}

#[tokio::test]
async fn writes_heed_conditions() {
    let server = Server::start().await;
    let put = async |name: &str, value: &str, body: &[u8]| {
        Ask::new("PUT", "/private/key").header(name, value).body(body).sign(&server).send(&server).await
    };
    assert_eq!(put("if-none-match", "*", b"one").await.status, 200);
    put("if-none-match", "*", b"two").await.refused(412, "PreconditionFailed");
    put("if-match", "\"x\"", b"two").await.refused(412, "PreconditionFailed");
    let weak = format!("W/{}", server.get("/private/key").await.header("etag").unwrap());
    put("if-match", &weak, b"two").await.refused(412, "PreconditionFailed");
    put("if-none-match", "\"x\"", b"two").await.refused(501, "NotImplemented");
    let got = server.get("/private/key").await;
    assert_eq!(got.body, b"one");
    assert_eq!(put("if-match", got.header("etag").unwrap(), b"two").await.status, 200);
    assert_eq!(server.get("/private/key").await.body, b"two");
}

#[tokio::test]
async fn copies_are_whole_and_conditioned() {
    let server = Server::start().await;
    let source = "/private/a%20%2B%25%3F%20%C3%A9";
    Ask::new("PUT", source).header("x-amz-meta-a", "1").body(b"text").sign(&server).send(&server).await;
    let copy = async |target: &str, pairs: &[(&str, &str)]| {
        let ask = Ask::new("PUT", target).header("x-amz-copy-source", source);
        pairs.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).sign(&server).send(&server).await
    };
    let answer = copy("/public/copy", &[]).await;
    assert!(
        answer.element("ETag").is_some_and(|etag| etag.contains("1cb251ec0d568de6a929b520c4aed8d1")),
        "{}",
        answer.text()
    );
    let got = server.get("/public/copy").await;
    assert_eq!((got.body.as_slice(), got.header("x-amz-meta-a")), (&b"text"[..], Some("1")));
    let replaced = [("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-b", "2")];
    assert_eq!(copy("/public/copy", &replaced).await.status, 200);
    let got = server.get("/public/copy").await;
    assert_eq!((got.header("x-amz-meta-a"), got.header("x-amz-meta-b")), (None, Some("2")));
    copy(source, &[]).await.refused(400, "InvalidRequest");
    assert_eq!(copy(source, &replaced).await.status, 200);
    copy("/public/copy", &[("x-amz-copy-source-if-match", "\"x\"")]).await.refused(412, "PreconditionFailed");
    copy("/public/copy", &[("if-none-match", "*")]).await.refused(412, "PreconditionFailed");
    let none = Ask::new("PUT", "/public/copy").header("x-amz-copy-source", "/private/none").sign(&server);
    none.send(&server).await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn an_account_is_held_to_its_limit() {
    let server = Server::start_with(infrai_store::s3::Options::default(), Some(10 + 4096)).await;
    server.put("/private/key", b"12345678").await;
    let more = Ask::new("PUT", "/private/more").body(b"123").sign(&server).send(&server).await;
    more.refused(403, "QuotaExceeded");
    assert!(more.text().contains("4106 bytes"), "{}", more.text());
    server.put("/private/key", b"1234567890").await;
}

#[tokio::test]
async fn what_only_others_on_their_way_leave_no_room_for_may_come_again() {
    let server = Server::start_with(infrai_store::s3::Options::default(), Some(10 + 2 * 4096)).await;
    server.put("/private/key", b"1234").await;
    let incoming = Incoming { bucket: "private", replaces: Replaces::Object("other"), size: Some(4), algorithms: &[] };
    let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"text"))]);
    let other = server.store.receive(incoming, body).await.unwrap();
    let put = async |body: &[u8]| Ask::new("PUT", "/private/more").body(body).sign(&server).send(&server).await;
    let later = put(b"123456").await;
    // A code that SDKs send again.
    later.refused(503, "SlowDown");
    assert!(later.text().contains("on their way") && later.text().contains("8202 bytes"), "{}", later.text());
    put(b"1234567").await.refused(403, "QuotaExceeded");
    drop(other);
    assert_eq!(put(b"123456").await.status, 200);
    put(b"1234567").await.refused(403, "QuotaExceeded");
}

#[tokio::test]
async fn browsers_of_any_origin_may_ask() {
    let server = Server::start().await;
    let ask = Ask::new("OPTIONS", "/private/key").header("origin", "https://example.com");
    let asked = ask
        .clone()
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type,x-amz-meta-a");
    let answer = asked.send(&server).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, PUT, HEAD, POST, DELETE"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-amz-meta-a"));
    assert!(answer.header("access-control-max-age").is_some());
    assert_eq!(ask.send(&server).await.status, 405);
    let refused = Ask::new("GET", "/private/key").header("origin", "https://example.com").send(&server).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, Some("*")));
    assert!(refused.header("access-control-expose-headers").is_some_and(|names| names.contains("ETag")));
}

#[tokio::test]
async fn a_client_may_wait_to_be_told_to_go_on() {
    let server = Server::start().await;
    let ask = Ask::new("PUT", "/private/key").header("expect", "100-continue").body(b"text").sign(&server);
    assert_eq!(ask.send(&server).await.status, 200);
    let head = format!("GET /private/key HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address);
    let raw = String::from_utf8(exchange(&server, head.as_bytes()).await).unwrap();
    assert!(raw.starts_with("HTTP/1.1 403"), "{raw}");
    assert!(!raw.contains(&server.credentials.secret_key));
}

/// Tools ask for the tags before they copy an object that came in parts.
#[tokio::test]
async fn objects_have_no_tags() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let tags = async |target: &str| Ask::new("GET", target).sign(&server).send(&server).await;
    let answer = tags("/private/key?tagging").await;
    assert_eq!((answer.status, answer.element("TagSet").as_deref()), (200, Some("")), "{}", answer.text());
    assert_eq!(tags("/private/key?tagging&versionId=null").await.status, 200);
    tags("/private/key?tagging&versionId=3").await.refused(404, "NoSuchVersion");
    tags("/private/other?tagging").await.refused(404, "NoSuchKey");
    tags("/other/key?tagging").await.refused(404, "NoSuchBucket");
    server.put("/public/key", b"text").await;
    Ask::new("GET", "/public/key?tagging").send(&server).await.refused(403, "AccessDenied");
    let ask = Ask::new("PUT", "/private/key?tagging").body(b"<Tagging><TagSet></TagSet></Tagging>");
    ask.sign(&server).send(&server).await.refused(501, "NotImplemented");
}
