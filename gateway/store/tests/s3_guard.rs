//! What must not get in: each case is a request by hand that S3 refuses, and most of them `s3s` alone would answer.

mod s3_support;

use std::time::{Duration, SystemTime};

use s3_support::{Ask, Presign, Server, Sign};

#[tokio::test]
async fn a_signed_url_lets_in_and_a_changed_one_does_not() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let good = Ask::new("GET", "/private/key").presign(&server);
    assert_eq!(good.send(&server).await.body, b"text");
    for change in [
        |ask: &mut Ask| ask.path = "/private/other".to_owned(),
        |ask: &mut Ask| ask.path = "/public/key".to_owned(),
        |ask: &mut Ask| ask.method = "DELETE".to_owned(),
        |ask: &mut Ask| ask.method = "HEAD".to_owned(),
        |ask: &mut Ask| ask.query = ask.query.replace("X-Amz-Expires=900", "X-Amz-Expires=901"),
        |ask: &mut Ask| ask.query.push_str("&response-content-type=text/html"),
        |ask: &mut Ask| ask.query.push_str("&versionId=null"),
        |ask: &mut Ask| {
            let last = ask.query.pop();
            ask.query.push(if last == Some('0') { '1' } else { '0' });
        },
    ] {
        let mut ask = good.clone();
        change(&mut ask);
        let answer = ask.send(&server).await;
        assert_eq!(answer.status, 403, "{ask:?}");
        if ask.method != "HEAD" {
            answer.refused(403, "SignatureDoesNotMatch");
        }
    }
    // What steers only the reading need not be signed.
    let ranged = good.clone().header("range", "bytes=1-2").header("if-match", "*").send(&server).await;
    assert_eq!((ranged.status, ranged.body.as_slice()), (206, &b"ex"[..]));
    // A type for an upload neither.
    let put = Ask::new("PUT", "/private/typed").presign(&server).header("content-type", "text/x").body(b"1");
    assert_eq!(put.send(&server).await.status, 200);
    assert_eq!(server.get("/private/typed").await.header("content-type"), Some("text/x"));
}

#[tokio::test]
async fn a_signed_url_has_all_its_parameters_once_and_right() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let send = async |presign: Presign| presign.apply(Ask::new("GET", "/private/key").to(&server)).send(&server).await;
    let base = || Presign::new(&server);
    for expires in ["0", "604801", "99999999999999999999", "-1", "+9", "1.5", "", "soon"] {
        let answer = send(Presign { expires: expires.to_owned(), ..base() }).await;
        answer.refused(400, "AuthorizationQueryParametersError");
    }
    assert_eq!(send(Presign { expires: "604800".to_owned(), ..base() }).await.status, 200);
    for (sign, code) in [
        (Sign { region: "eu-west-1".to_owned(), ..Sign::new(&server) }, "AuthorizationQueryParametersError"),
        (Sign { service: "sts".to_owned(), ..Sign::new(&server) }, "AuthorizationQueryParametersError"),
        (Sign { service: "ec2".to_owned(), ..Sign::new(&server) }, "AuthorizationQueryParametersError"),
        (Sign { day: Some("20200101".to_owned()), ..Sign::new(&server) }, "AuthorizationQueryParametersError"),
        (Sign { algorithm: "AWS4-HMAC-SHA1".to_owned(), ..Sign::new(&server) }, "AuthorizationQueryParametersError"),
    ] {
        send(Presign { sign, ..base() }).await.refused(400, code);
    }
    let wrong = Sign { secret_key: "other".to_owned(), ..Sign::new(&server) };
    send(Presign { sign: wrong, ..base() }).await.refused(403, "SignatureDoesNotMatch");
    let unknown = Sign { access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(), ..Sign::new(&server) };
    send(Presign { sign: unknown, ..base() }).await.refused(403, "InvalidAccessKeyId");
    let expired = Sign { time: SystemTime::now() - Duration::from_secs(1000), ..Sign::new(&server) };
    send(Presign { sign: expired, ..base() }).await.refused(403, "AccessDenied");
    let future = Sign { time: SystemTime::now() + Duration::from_secs(1000), ..Sign::new(&server) };
    send(Presign { sign: future, ..base() }).await.refused(403, "RequestTimeTooSkewed");
    for name in ["X-Amz-Expires", "X-Amz-Date", "X-Amz-Credential", "X-Amz-Algorithm", "X-Amz-SignedHeaders"] {
        send(Presign { leave_out: vec![name], ..base() }).await.refused(400, "AuthorizationQueryParametersError");
    }
    let good = Ask::new("GET", "/private/key").presign(&server);
    for pair in ["X-Amz-Expires=900", "x-amz-expires=604800", "X-Amz-Signature=00", "X-Amz-Credential=a"] {
        let mut twice = good.clone();
        twice.query = format!("{}&{pair}", twice.query);
        twice.send(&server).await.refused(400, "AuthorizationQueryParametersError");
    }
    // In another spelling they would pass for nothing at all, and the request for an anonymous one.
    let mut spelt = good.clone();
    spelt.path = "/public/key".to_owned();
    spelt.query = spelt.query.replace("X-Amz-", "x-amz-");
    spelt.send(&server).await.refused(400, "AuthorizationQueryParametersError");
}

#[tokio::test]
async fn headers_that_steer_must_be_signed() {
    let server = Server::start().await;
    server.put("/private/secret", b"secret").await;
    let put = Ask::new("PUT", "/public/key").presign(&server).body(b"text");
    for (name, value) in [
        ("x-amz-copy-source", "/private/secret"),
        ("x-amz-meta-name", "value"),
        ("x-amz-acl", "private"),
        ("X-Amz-Checksum-Crc32", "AAAAAA=="),
        ("x-amz-storage-class", "STANDARD"),
    ] {
        put.clone().header(name, value).send(&server).await.refused(403, "AccessDenied");
    }
    server.get("/public/key").await.refused(404, "NoSuchKey");
    let hash = s3_support::hash(b"text");
    for hash in ["UNSIGNED-PAYLOAD", &*hash, &*"0".repeat(64)] {
        put.clone().header("x-amz-content-sha256", hash).send(&server).await.refused(403, "AccessDenied");
        let signed =
            Ask::new("PUT", "/public/signed").header("x-amz-content-sha256", hash).presign(&server).body(b"text");
        assert_eq!(signed.send(&server).await.status, if hash.starts_with('0') { 400 } else { 200 }, "{hash}");
    }
    let unsigned = Sign { leave_out: vec!["x-amz-meta-name"], ..Sign::new(&server) };
    let ask = Ask::new("PUT", "/public/key").to(&server).header("x-amz-meta-name", "value");
    unsigned.apply(ask).send(&server).await.refused(403, "AccessDenied");
    for name in ["host", "x-amz-date", "x-amz-content-sha256"] {
        let sign = Sign { leave_out: vec![name], ..Sign::new(&server) };
        sign.apply(Ask::new("GET", "/private/secret").to(&server)).send(&server).await.refused(403, "AccessDenied");
    }
    let hostless = Presign { sign: Sign { leave_out: vec!["host"], ..Sign::new(&server) }, ..Presign::new(&server) };
    let ask = Ask::new("GET", "/private/secret").to(&server);
    hostless.apply(ask).send(&server).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_signed_query_may_stand_for_headers() {
    let server = Server::start().await;
    let nothing = s3_support::hash(b"");
    let target = format!(
        "/private/key?x-amz-meta-a=a%20b&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&X-Amz-Content-Sha256={nothing}"
    );
    let answer = Ask::new("PUT", &target).presign(&server).body(b"text").send(&server).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.get("/private/key").await.header("x-amz-meta-a"), Some("a b"));
    let twice = Ask::new("PUT", "/private/key?x-amz-meta-a=1").header("x-amz-meta-a", "2").presign(&server);
    twice.send(&server).await.refused(400, "InvalidRequest");
    let acl = Ask::new("PUT", "/private/key?x-amz-acl=public-read").presign(&server).send(&server).await;
    acl.refused(400, "AccessControlListNotSupported");
    // Unsigned, it stands for nothing.
    let mut added = Ask::new("PUT", "/private/key").presign(&server);
    added.query.push_str("&x-amz-meta-a=2");
    added.send(&server).await.refused(403, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn signed_headers_are_of_now_and_of_here() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let send = async |sign: Sign| sign.apply(Ask::new("GET", "/private/key").to(&server)).send(&server).await;
    let base = || Sign::new(&server);
    assert_eq!(send(base()).await.status, 200);
    for seconds in [-1000, 1000] {
        let time = if seconds < 0 {
            SystemTime::now() - Duration::from_secs(1000)
        } else {
            SystemTime::now() + Duration::from_secs(1000)
        };
        send(Sign { time, ..base() }).await.refused(403, "RequestTimeTooSkewed");
    }
    for (sign, status, code) in [
        (Sign { region: "eu-west-1".to_owned(), ..base() }, 400, "AuthorizationHeaderMalformed"),
        (Sign { service: "sts".to_owned(), ..base() }, 400, "AuthorizationHeaderMalformed"),
        (Sign { day: Some("20200101".to_owned()), ..base() }, 400, "AuthorizationHeaderMalformed"),
        (Sign { algorithm: "AWS4-HMAC-SHA512".to_owned(), ..base() }, 400, "InvalidArgument"),
        (Sign { secret_key: "other".to_owned(), ..base() }, 403, "SignatureDoesNotMatch"),
        (Sign { access_key: "other".to_owned(), ..base() }, 403, "InvalidAccessKeyId"),
    ] {
        send(sign).await.refused(status, code);
    }
    for value in ["AWS AKIA:AAAA", "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256", "Bearer token", ""] {
        let answer = Ask::new("GET", "/public/key").header("authorization", value).send(&server).await;
        assert_eq!(answer.status, 400, "{value}: {}", answer.text());
    }
    let both = Ask::new("GET", "/private/key").presign(&server);
    base().apply(both).send(&server).await.refused(400, "InvalidArgument");
    let twice = Ask::new("GET", "/private/key").sign(&server).header("authorization", "AWS4-HMAC-SHA256 x");
    twice.send(&server).await.refused(400, "InvalidRequest");
    let old = "/private/key?AWSAccessKeyId=a&Expires=99999999999&Signature=b";
    Ask::new("GET", old).send(&server).await.refused(400, "InvalidRequest");
}

#[tokio::test]
async fn the_public_may_read_objects_of_public_buckets_and_no_more() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    server.put("/public/key", b"text").await;
    let ask = async |method: &str, path: &str| Ask::new(method, path).send(&server).await;
    assert_eq!(ask("GET", "/public/key").await.body, b"text");
    assert_eq!(ask("HEAD", "/public/key").await.status, 200);
    ask("GET", "/public/none").await.refused(404, "NoSuchKey");
    ask("GET", "/none/key").await.refused(404, "NoSuchBucket");
    ask("GET", "/public/key?response-content-type=text/html").await.refused(400, "InvalidRequest");
    for (method, path) in [
        ("GET", "/private/key"),
        ("GET", "/public"),
        ("GET", "/public?list-type=2"),
        ("GET", "/public?uploads"),
        ("GET", "/"),
        ("GET", "/public/key?acl"),
        ("GET", "/public/key?uploadId=a"),
        ("PUT", "/public/key"),
        ("DELETE", "/public/key"),
        ("POST", "/public?delete"),
        ("POST", "/public/key?uploads"),
        ("PUT", "/new"),
    ] {
        ask(method, path).await.refused(403, "AccessDenied");
    }
    assert_eq!(ask("HEAD", "/private/key").await.status, 403);
    assert_eq!(ask("HEAD", "/public").await.status, 403);
    assert_eq!(ask("GET", "/public/key").await.body, b"text");
}

#[tokio::test]
async fn nothing_is_taken_for_another_thing() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    for (method, target, status, code) in [
        ("PUT", "/private/key?partNumber=1", 400, "InvalidArgument"),
        ("PUT", "/private/key?uploadId=a", 400, "InvalidArgument"),
        ("DELETE", "/private/key?partNumber=1", 400, "InvalidArgument"),
        ("PUT", "/private/key?uploads", 501, "NotImplemented"),
        ("PUT", "/private/key?acl", 501, "NotImplemented"),
        ("PUT", "/private/key?versions", 501, "NotImplemented"),
        ("PUT", "/private/key?notification", 501, "NotImplemented"),
        ("DELETE", "/private/key?acl", 501, "NotImplemented"),
        ("DELETE", "/private/key?acl=", 501, "NotImplemented"),
        ("DELETE", "/private/key?retention", 501, "NotImplemented"),
        ("DELETE", "/private/key?legal-hold", 501, "NotImplemented"),
        ("DELETE", "/private/key?versions", 501, "NotImplemented"),
        ("DELETE", "/private/key?location", 501, "NotImplemented"),
        ("DELETE", "/private/key?publicAccessBlock", 501, "NotImplemented"),
        ("DELETE", "/private/key?intelligent-tiering", 501, "NotImplemented"),
        ("GET", "/private/key?versions", 501, "NotImplemented"),
        ("GET", "/private/key?location", 501, "NotImplemented"),
        ("PUT", "/private/key?tagging", 501, "NotImplemented"),
        ("PUT", "/private/key?cors", 501, "NotImplemented"),
        ("DELETE", "/private/key?uploads", 501, "NotImplemented"),
        ("DELETE", "/private/key?tagging", 501, "NotImplemented"),
        ("GET", "/private/key?attributes", 501, "NotImplemented"),
        ("GET", "/private?versions", 501, "NotImplemented"),
        ("PUT", "/private?versioning", 501, "NotImplemented"),
        ("PUT", "/new-bucket", 403, "AccessDenied"),
        ("DELETE", "/private", 403, "AccessDenied"),
        ("PATCH", "/private/key", 405, "MethodNotAllowed"),
        ("OPTIONS", "/private/key", 405, "MethodNotAllowed"),
        ("GET", "/private%2Fkey", 400, "InvalidURI"),
        ("GET", "/private/%zz", 400, "InvalidURI"),
        ("GET", "/private/%ff", 400, "InvalidURI"),
        ("PUT", "/private/a%00b", 400, "InvalidArgument"),
        ("PUT", "/private/a%0Ab", 400, "InvalidArgument"),
        ("GET", "//key", 400, "InvalidBucketName"),
        ("GET", "/private/key?versionId=3", 404, "NoSuchVersion"),
    ] {
        let answer = Ask::new(method, target).sign(&server).send(&server).await;
        assert_eq!((answer.status, answer.element("Code").as_deref()), (status, Some(code)), "{method} {target}");
        let allowed = (status == 405).then_some("GET, HEAD, PUT, POST, DELETE");
        assert_eq!(answer.header("allow"), allowed, "{method} {target}");
    }
    for (name, value, status, code) in [
        ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
        ("x-amz-grant-read", "id=1", 400, "AccessControlListNotSupported"),
        ("x-amz-server-side-encryption", "aws:kms", 501, "NotImplemented"),
        ("x-amz-tagging", "a=b", 501, "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", 501, "NotImplemented"),
        ("x-amz-storage-class", "GLACIER", 400, "InvalidStorageClass"),
        ("x-amz-expected-bucket-owner", "111122223333", 501, "NotImplemented"),
    ] {
        let ask = Ask::new("PUT", "/private/key").header(name, value).body(b"other").sign(&server);
        ask.send(&server).await.refused(status, code);
    }
    let form = Ask::new("POST", "/private").header("content-type", "Multipart/form-data; boundary=x").body(b"--x--");
    form.send(&server).await.refused(501, "NotImplemented");
    let owner = Ask::new("DELETE", "/private/key").header("x-amz-expected-bucket-owner", "111122223333").sign(&server);
    owner.send(&server).await.refused(501, "NotImplemented");
    // Of another kind, it is no form.
    let related = Ask::new("POST", "/private/b?uploads").header("content-type", "multipart/related; boundary=x");
    assert_eq!(related.sign(&server).send(&server).await.status, 200);
    assert_eq!(server.get("/private/key").await.body, b"text");
}
