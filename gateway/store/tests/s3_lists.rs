//! Buckets, listings and multipart uploads.

mod s3_support;

use s3_support::{Answer, Ask, Server, encode};

async fn ask(server: &Server, method: &str, target: &str, body: &[u8]) -> Answer {
    Ask::new(method, target).body(body).sign(server).send(server).await
}

#[tokio::test]
async fn buckets_are_told_of() {
    let server = Server::start().await;
    assert_eq!(ask(&server, "GET", "/", b"").await.elements("Name"), ["private", "public"]);
    let head = ask(&server, "HEAD", "/private", b"").await;
    assert_eq!((head.status, head.header("x-amz-bucket-region")), (200, Some("us-east-1")));
    assert_eq!(ask(&server, "HEAD", "/none", b"").await.status, 404);
    assert!(ask(&server, "GET", "/private?location", b"").await.text().contains("LocationConstraint"));
    ask(&server, "GET", "/none?location", b"").await.refused(404, "NoSuchBucket");
    ask(&server, "GET", "/none?list-type=2", b"").await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn listings_go_page_by_page() {
    let server = Server::start().await;
    for key in ["a", "b/1", "b/2", "c d", "é", "x&<y>"] {
        server.put(&format!("/private/{}", encode(key, true)), b"text").await;
    }
    let all = ask(&server, "GET", "/private?list-type=2", b"").await;
    assert_eq!(all.elements("Key"), ["a", "b/1", "b/2", "c d", "x&amp;&lt;y&gt;", "é"], "{}", all.text());
    assert_eq!((all.element("KeyCount").as_deref(), all.element("IsTruncated").as_deref()), (Some("6"), Some("false")));
    let encoded = ask(&server, "GET", "/private?list-type=2&encoding-type=url", b"").await;
    assert_eq!(encoded.elements("Key"), ["a", "b/1", "b/2", "c%20d", "x%26%3Cy%3E", "%C3%A9"]);
    assert_eq!(encoded.element("EncodingType").as_deref(), Some("url"));
    let after = ask(&server, "GET", "/private?list-type=2&start-after=b%2F2&prefix=", b"").await;
    assert_eq!(after.elements("Key").len(), 3);
    let prefix = ask(&server, "GET", "/private?list-type=2&prefix=b%2F", b"").await;
    assert_eq!(prefix.elements("Key"), ["b/1", "b/2"]);
    assert_eq!(ask(&server, "GET", "/private?list-type=2&max-keys=0", b"").await.elements("Key").len(), 0);
    ask(&server, "GET", "/private?list-type=2&max-keys=-1", b"").await.refused(400, "InvalidArgument");
    ask(&server, "GET", "/private?list-type=2&continuation-token=nonsense", b"").await.refused(400, "InvalidArgument");
    for old in [false, true] {
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let kind = if old { "marker=" } else { "continuation-token=" };
            let place = if next.is_empty() { String::new() } else { format!("&{kind}{}", encode(&next, false)) };
            let kind = if old { "" } else { "&list-type=2" };
            let target = format!("/private?max-keys=1&delimiter=%2F{kind}{place}");
            let page = ask(&server, "GET", &target, b"").await;
            assert_eq!(page.status, 200, "{}", page.text());
            seen.extend(page.elements("Key"));
            seen.extend(page.elements("CommonPrefixes"));
            match page.element(if old { "NextMarker" } else { "NextContinuationToken" }) {
                Some(token) => next = token.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
                None => break,
            }
            assert!(seen.len() < 20, "{seen:?}");
        }
        assert_eq!(seen, ["a", "<Prefix>b/</Prefix>", "c d", "x&amp;&lt;y&gt;", "é"], "old: {old}");
    }
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let server = Server::start().await;
    for key in ["a", "b"] {
        server.put(&format!("/private/{key}"), b"text").await;
    }
    let xml = b"<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>none</Key></Object>\
        <Object><Key>b</Key><VersionId>3</VersionId></Object></Delete>";
    let answer = ask(&server, "POST", "/private?delete", xml).await;
    assert_eq!((answer.status, answer.elements("Key")), (200, vec!["b".to_owned()]), "{}", answer.text());
    server.get("/private/a").await.refused(404, "NoSuchKey");
    assert_eq!(server.get("/private/b").await.status, 200);
    ask(&server, "POST", "/private?delete", b"<Delete></Delete>").await.refused(400, "MalformedXML");
    ask(&server, "POST", "/private?delete", b"nonsense").await.refused(400, "MalformedXML");
}

#[tokio::test]
async fn uploads_in_parts() {
    let server = Server::start().await;
    let path = "/private/a%20%2B%C3%A9";
    let begun =
        Ask::new("POST", &format!("{path}?uploads")).header("x-amz-meta-a", "1").sign(&server).send(&server).await;
    let id = begun.element("UploadId").unwrap();
    let first = vec![b'1'; 5 << 20];
    let mut parts = String::new();
    for (number, body) in [(1, first.as_slice()), (3, b"last")] {
        let target = format!("{path}?partNumber={number}&uploadId={id}");
        let presigned = Ask::new("PUT", &target).body(body).presign(&server).send(&server).await;
        assert_eq!(presigned.status, 200, "{}", presigned.text());
        let etag = presigned.header("etag").unwrap();
        parts.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
    }
    let listed = ask(&server, "GET", &format!("{path}?uploadId={id}"), b"").await;
    assert_eq!(listed.elements("PartNumber"), ["1", "3"], "{}", listed.text());
    let uploads = ask(&server, "GET", "/private?uploads&encoding-type=url", b"").await;
    assert_eq!(
        (uploads.elements("Key"), uploads.elements("UploadId")),
        (vec!["a%20%2B%C3%A9".to_owned()], vec![id.clone()])
    );
    server.get(path).await.refused(404, "NoSuchKey");
    let complete = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let wrong = complete.replace("<PartNumber>3", "<PartNumber>2");
    ask(&server, "POST", &format!("{path}?uploadId={id}"), wrong.as_bytes()).await.refused(400, "InvalidPart");
    // The second time as well: the answer to the first may have been lost.
    for _ in 0..2 {
        let done = ask(&server, "POST", &format!("{path}?uploadId={id}"), complete.as_bytes()).await;
        assert!(done.element("ETag").is_some_and(|etag| etag.contains("-2")), "{}", done.text());
    }
    // But not of an upload that this isn't what became of.
    let other = format!("{path}?uploadId={}", "0".repeat(32));
    ask(&server, "POST", &other, complete.as_bytes()).await.refused(404, "NoSuchUpload");
    let got = server.get(path).await;
    assert_eq!((got.body.len(), got.header("x-amz-meta-a")), ((5 << 20) + 4, Some("1")));
    let part = ask(&server, "GET", &format!("{path}?partNumber=2"), b"").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &b"last"[..]));
    assert_eq!(part.header("x-amz-mp-parts-count"), Some("2"));
    for (query, status, length, parts) in [("", 200, "5242884", None), ("?partNumber=2", 206, "4", Some("2"))] {
        let head = ask(&server, "HEAD", &format!("{path}{query}"), b"").await;
        let told = (head.header("content-length"), head.header("x-amz-mp-parts-count"));
        assert_eq!((head.status, told), (status, (Some(length), parts)));
    }
    ask(&server, "GET", &format!("{path}?uploadId={id}"), b"").await.refused(404, "NoSuchUpload");
}

#[tokio::test]
async fn parts_are_copied_small_ones_refused_and_uploads_aborted() {
    let server = Server::start().await;
    server.put("/private/source", b"0123456789").await;
    let id = ask(&server, "POST", "/private/key?uploads", b"").await.element("UploadId").unwrap();
    let target = |number: u32| format!("/private/key?partNumber={number}&uploadId={id}");
    let mut parts = String::new();
    for (number, range) in [(1, "bytes=2-4"), (2, "bytes=0-9")] {
        let ask = Ask::new("PUT", &target(number)).header("x-amz-copy-source", "private/source");
        let answer = ask.header("x-amz-copy-source-range", range).sign(&server).send(&server).await;
        let etag = answer.element("ETag").unwrap_or_else(|| panic!("{}", answer.text()));
        parts.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
    }
    let beyond = Ask::new("PUT", &target(3)).header("x-amz-copy-source", "private/source");
    let beyond = beyond.header("x-amz-copy-source-range", "bytes=10-11").sign(&server).send(&server).await;
    beyond.refused(416, "InvalidRange");
    ask(&server, "PUT", &target(10_001), b"1").await.refused(400, "InvalidArgument");
    let complete = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let upload = format!("/private/key?uploadId={id}");
    ask(&server, "POST", &upload, complete.as_bytes()).await.refused(400, "EntityTooSmall");
    let empty = b"<CompleteMultipartUpload></CompleteMultipartUpload>";
    ask(&server, "POST", &upload, empty).await.refused(400, "MalformedXML");
    assert_eq!(ask(&server, "DELETE", &upload, b"").await.status, 204);
    ask(&server, "PUT", &target(1), b"1").await.refused(404, "NoSuchUpload");
    server.get("/private/key").await.refused(404, "NoSuchKey");
}
