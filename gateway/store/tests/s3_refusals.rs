//! What a signed URL says of a body is held to, and what is refused is told with what to do instead.

mod s3_support;

use s3_support::{Ask, Server, Sign};

#[tokio::test]
async fn what_a_signed_query_says_of_the_body_is_held_to() {
    let server = Server::start().await;
    server.put("/private/key", b"before").await;
    let wrong = "0".repeat(64);
    for (query, code) in [
        ("x-amz-checksum-crc32=i9aeUg%3D%3D", "BadDigest"),
        ("X-Amz-Checksum-Crc32=i9aeUg%3D%3D", "BadDigest"),
        ("x-amz-checksum-crc32=i9aeUg%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", "BadDigest"),
        ("x-amz-checksum-sha512=AAAA", "InvalidRequest"),
        (&*format!("X-Amz-Content-Sha256={wrong}"), "XAmzContentSHA256Mismatch"),
    ] {
        let answer =
            Ask::new("PUT", &format!("/private/key?{query}")).presign(&server).body(b"text").send(&server).await;
        assert_eq!((answer.status, answer.element("Code").as_deref()), (400, Some(code)), "{query}: {}", answer.text());
    }
    assert_eq!(server.get("/private/key").await.body, b"before");
    for query in [
        "x-amz-checksum-crc32=i9aeUg%3D%3D",
        "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
        &format!("X-Amz-Content-Sha256={}", s3_support::hash(b"Hello world")),
    ] {
        let ask = Ask::new("PUT", &format!("/private/key?{query}")).presign(&server).body(b"Hello world");
        assert_eq!(ask.send(&server).await.status, 200, "{query}");
    }
    let asked = Ask::new("GET", "/private/key?x-amz-checksum-mode=ENABLED").presign(&server).send(&server).await;
    assert!(asked.header("x-amz-checksum-crc64nvme").is_some(), "{asked:?}");
    let target = "/private/parts?uploads&x-amz-checksum-algorithm=CRC32&x-amz-checksum-type=FULL_OBJECT";
    let begun = Ask::new("POST", target).presign(&server).send(&server).await;
    let told = ["x-amz-checksum-algorithm", "x-amz-checksum-type"].map(|name| begun.header(name));
    assert_eq!(told, [Some("CRC32"), Some("FULL_OBJECT")], "{begun:?}");
}

#[tokio::test]
async fn a_signature_that_can_not_be_one_is_a_wrong_one() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let url = Ask::new("GET", "/private/key").presign(&server);
    let (start, good) = url.query.rsplit_once('=').unwrap();
    let upper = good.to_ascii_uppercase();
    let long = format!("{good}0");
    for signature in ["", "0", &good[1..], &long, &"g".repeat(64), &upper, &"%C3%A9".repeat(32)] {
        let ask = Ask { query: format!("{start}={signature}"), ..url.clone() };
        ask.send(&server).await.refused(403, "SignatureDoesNotMatch");
        let mut signed = Ask::new("GET", "/private/key").sign(&server);
        let (_, value) = signed.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
        *value = value.rsplit_once('=').map(|(start, _)| format!("{start}={signature}")).unwrap();
        signed.send(&server).await.refused(403, "SignatureDoesNotMatch");
    }
    for (from, to, told) in [
        ("X-Amz-Date=20", "X-Amz-Date=", "the date must be"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3B%C3%A9", "`X-Amz-SignedHeaders` must be"),
        ("aws4_request", "aws3_request", "the credential must read"),
    ] {
        let ask = Ask { query: url.query.replace(from, to), ..url.clone() };
        let answer = ask.send(&server).await;
        answer.refused(400, "AuthorizationQueryParametersError");
        assert!(answer.element("Message").unwrap().starts_with(told), "{}", answer.text());
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let said = async |ask: Ask, code: &str| {
        let answer = ask.send(&server).await;
        answer.refused(400, code);
        answer.element("Message").unwrap()
    };
    let old = said(Ask::new("GET", "/private/key?AWSAccessKeyId=a&Expires=9&Signature=b"), "InvalidRequest").await;
    assert!(
        old.contains("set `signature_version` to `s3v4`") && old.contains("default.s3.signature_version s3v4"),
        "{old}"
    );
    let token = Ask::new("GET", "/private/key").header("x-amz-security-token", "secret").sign(&server);
    let token = said(token, "InvalidToken").await;
    assert!(token.contains("AWS_SESSION_TOKEN") && !token.contains("secret"), "{token}");
    let token = Ask::new("GET", "/private/key?X-Amz-Security-Token=secret").presign(&server);
    said(token, "InvalidToken").await;
    // The bucket in the host.
    for (method, target) in
        [("GET", "/key"), ("GET", "/k"), ("GET", "/?list-type=2"), ("PUT", "/k"), ("POST", "/?delete")]
    {
        let ask = Ask::new(method, target).header("host", "private.s3.localhost");
        let said = said(Sign::new(&server).apply(ask), "InvalidRequest").await;
        assert!(said.contains("path style") && said.contains("`/private/key`"), "{method} {target}: {said}");
    }
    // A host may begin like a bucket; and nothing is said of what is none.
    let ask = Ask::new("GET", "/private/key").header("host", "private.s3.localhost");
    assert_eq!(Sign::new(&server).apply(ask).send(&server).await.body, b"text");
    let ask = Ask::new("GET", "/key").header("host", "other.s3.localhost");
    Sign::new(&server).apply(ask).send(&server).await.refused(404, "NoSuchBucket");
    let named = said(Ask::new("GET", "/k").sign(&server), "InvalidBucketName").await;
    assert!(named.contains("/bucket/key"), "{named}");
}

#[tokio::test]
async fn the_headers_of_a_write_have_a_limit() {
    let server = Server::start().await;
    let put = async |size: usize| {
        let ask = Ask::new("PUT", "/private/key").header("content-disposition", &"a".repeat(size));
        ask.body(b"text").sign(&server).send(&server).await
    };
    assert_eq!(put(7000).await.status, 200);
    put(8193).await.refused(400, "RequestHeaderSectionTooLarge");
}

#[tokio::test]
async fn a_listing_tells_again_only_what_xml_can_carry() {
    let server = Server::start().await;
    for query in
        ["prefix=a%01", "delimiter=%00", "list-type=2&start-after=%1f", "list-type=2&prefix=%01", "uploads&prefix=%01"]
    {
        let answer = Ask::new("GET", &format!("/private?{query}")).sign(&server).send(&server).await;
        answer.refused(400, "InvalidArgument");
        let answer = Ask::new("GET", &format!("/private?encoding-type=url&{query}")).sign(&server).send(&server).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    }
    let answer = Ask::new("GET", "/private/key?uploads").sign(&server).send(&server).await;
    answer.refused(501, "NotImplemented");
    assert!(answer.text().contains("`?uploads`"), "{}", answer.text());
}
