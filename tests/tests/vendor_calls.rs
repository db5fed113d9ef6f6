//! What an S3 vendor asks of an engine, and what it makes of each answer: against a server that answers from a script.

use std::time::{Duration, Instant};

use chrono::Utc;
use infrai::types::{Acl, PresignMethod};
use infrai_gateway::state::Access::{Private, Public};
use infrai_gateway::vendor::s3::{Limits, S3Vendor};
use infrai_gateway::vendor::{Left, Make, Method, NotMade, Vendor, VendorError};
use infrai_tests::gateway::{TestGateway, credentials_file};
use infrai_tests::http::{Answer, Recorded, Server};
use infrai_tests::sigv4;
use infrai_tests::vendor::{KEYS, REGION, error, fine, lines, make, object, open, page, quick, uploads};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn vendor(server: &Server, lines: &str) -> S3Vendor {
    open(&server.url(), KEYS, lines, quick())
}

/// Asks whether a bucket is there, and returns the error and how often was asked.
async fn failure(answers: &[Answer]) -> (VendorError, usize) {
    let server = Server::start(answers.to_vec()).await;
    let error = vendor(&server, "").has_bucket("b", REGION).await.expect_err("an error");
    let text = error.to_string();
    assert!(!text.contains("canary") && !text.contains("AKID"), "{text}");
    assert!(!text.contains('\n') && text.starts_with("vendor `v` at `127.0.0.1:"), "{text}");
    (error, server.requests().len())
}

/// Why a bucket wasn't made, and what is left of it.
async fn not_made(vendor: &S3Vendor, bucket: &Make<'_>) -> (VendorError, Left) {
    let NotMade { error, left } = vendor.make_bucket(bucket).await.expect_err("no bucket");
    (error, left)
}

fn text(error: &VendorError) -> String {
    let text = error.to_string();
    text.split_once("` didn't ").map_or(text.clone(), |(_, rest)| rest.to_owned())
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let cases = [
        (403, "SignatureDoesNotMatch", "check the credentials in the variables `V_ACCESS` and `V_SECRET`"),
        (403, "InvalidAccessKeyId", "check the credentials in the variables `V_ACCESS` and `V_SECRET`"),
        (
            403,
            "AccessDenied",
            "check the credentials in the variables `V_ACCESS` and `V_SECRET`, and that they have the right to do this",
        ),
        (403, "RequestTimeTooSkewed", "set this machine's clock, or the engine's"),
        (400, "AuthorizationHeaderMalformed", "check `endpoint` and `region` of this vendor"),
        (400, "Curious", "look at this vendor's configuration"),
    ];
    for (status, code, advice) in cases {
        let (error, asked) = failure(&[infrai_tests::vendor::error(status, code)]).await;
        assert!(matches!(error, VendorError::Refused(_)), "{error:?}");
        assert_eq!(text(&error), format!("look for the bucket `b`: {status} {code}: Said of …: {advice}"));
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let (error, asked) = failure(&[infrai_tests::vendor::error(503, "SlowDown")]).await;
    assert!(matches!(error, VendorError::Down(_)), "{error:?}");
    assert_eq!(text(&error), "look for the bucket `b`: 503 SlowDown: Said of …: wait until it is up again");
    assert_eq!(asked, 3);
    let (error, asked) = failure(&[Answer::new(502, "text/html", "<html>a proxy</html>")]).await;
    assert!(matches!(error, VendorError::Down(_)), "{error:?}");
    assert_eq!(asked, 3);

    let server =
        Server::start([infrai_tests::vendor::error(500, "InternalError"), page(&[]).cut_short(), page(&[])]).await;
    assert_eq!(vendor(&server, "").has_bucket("b", REGION).await, Ok(true));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn what_is_no_engine_is_told() {
    for answer in [
        Answer::new(200, "text/html", "<html>hello</html>"),
        Answer::new(404, "text/html", "<!doctype html><title>no</title>"),
        Answer::new(404, "text/plain", ""),
        Answer::json(200, serde_json::json!({})),
        fine(),
    ] {
        let (error, asked) = failure(&[answer]).await;
        assert!(matches!(error, VendorError::Odd(_)), "{error:?}");
        assert!(text(&error).ends_with(": check that `endpoint` is an S3 engine's"), "{error}");
        assert_eq!(asked, 1);
    }
    // A web server in front must not look like a bucket that was made.
    let server = Server::start([Answer::new(200, "text/html", "<html>log in</html>")]).await;
    let (error, left) = not_made(&vendor(&server, ""), &make("b", Private)).await;
    assert_eq!(left, Left::Nothing);
    assert!(matches!(error, VendorError::Odd(_)), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let to = "https://b.elsewhere.example/?X-Amz-Signature=0";
    let answer = infrai_tests::vendor::error(301, "PermanentRedirect")
        .header("location", to)
        .header("x-amz-bucket-region", "eu-1");
    let (error, asked) = failure(&[answer]).await;
    assert!(matches!(error, VendorError::Refused(_)), "{error:?}");
    assert_eq!(
        text(&error),
        "look for the bucket `b`: 301 PermanentRedirect: Said of …, a redirect to `https://b.elsewhere.example`: \
        check `endpoint` and `region` of this vendor, for it names the region `eu-1`"
    );
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn down_is_told_within_the_limits() {
    // Nobody listens there any more.
    let url = Server::start([fine()]).await.url();
    tokio::task::yield_now().await;
    let begun = Instant::now();
    let error = open(&url, KEYS, "", quick()).probe().await.expect_err("an error");
    assert!(matches!(&error, VendorError::Down(text) if text.contains("no connection: Connection refused")), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));

    let server = Server::start([Answer::silence()]).await;
    let limits = Limits { attempt: Duration::from_millis(300), ..quick() };
    let begun = Instant::now();
    let error = open(&server.url(), KEYS, "", limits).has_bucket("b", REGION).await.expect_err("an error");
    assert!(text(&error).ends_with("no whole answer within 0.3 s: check whether it is up"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(server.requests().len(), 1);

    // A byte now and then doesn't make it an answer.
    let server = Server::start([page(&[]).dripping()]).await;
    let error = open(&server.url(), KEYS, "", limits).has_bucket("b", REGION).await.expect_err("an error");
    assert!(matches!(error, VendorError::Down(_)), "{error:?}");
}

#[tokio::test]
async fn a_bucket_is_looked_for() {
    let server = Server::start([page(&["k"]), error(404, "NoSuchBucket")]).await;
    let vendor = vendor(&server, "");
    assert_eq!(vendor.has_bucket("b", REGION).await, Ok(true));
    assert_eq!(vendor.has_bucket("b", REGION).await, Ok(false));
    assert_eq!(lines(&server)[0], "GET /b?list-type=2&max-keys=1");
    let authorization = server.requests()[0].header("authorization").map(str::to_owned).expect("a signature");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDCANARY/"), "{authorization}");
}

#[tokio::test]
async fn a_bucket_of_ours_is_fine_and_anothers_is_not() {
    let listed = || Answer::new(200, "", "<ListBucketResult/>");
    let taken = || error(409, "BucketAlreadyExists");
    let answers = [error(409, "BucketAlreadyOwnedByYou"), taken(), listed(), taken(), error(403, "AccessDenied")];
    let server = Server::start(answers).await;
    let vendor = vendor(&server, "");
    vendor.make_bucket(&make("b", Private)).await.expect("ours");
    vendor.make_bucket(&make("b", Private)).await.expect("ours, for it shows us what is in it");
    let (error, left) = not_made(&vendor, &make("b", Private)).await;
    assert!(matches!((&error, left), (VendorError::Refused(_), Left::Nothing)), "{error:?}, {left:?}");
    assert!(text(&error).ends_with(": somebody else has a bucket of this name"), "{error}");
    // Nobody else's bucket is removed, and neither is ours.
    let look = "GET /b?list-type=2&max-keys=1";
    assert_eq!(lines(&server), ["PUT /b", "PUT /b", look, "PUT /b", look]);
}

#[tokio::test]
async fn where_a_bucket_shall_be_is_said_if_the_engine_wants_it() {
    let server = Server::start([fine()]).await;
    let text = "regions = ['us-east-1', 'eu-1']\nlocation_constraint = true\n";
    let config =
        format!("name = 'v'\nendpoint = '{}'\naccess_key_env = 'A'\nsecret_key_env = 'S'\n{text}", server.url());
    let config = toml::from_str(&config).expect("a configuration");
    let vendor = S3Vendor::open(&config, &|_| Some("x".to_owned())).expect("a vendor");
    for region in ["us-east-1", "eu-1"] {
        let mut bucket = make("b", Private);
        bucket.region = region;
        vendor.make_bucket(&bucket).await.expect("a bucket");
    }
    let bodies: Vec<String> =
        server.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert_eq!(bodies[0], "");
    assert!(bodies[1].contains("<LocationConstraint>eu-1</LocationConstraint>"), "{}", bodies[1]);
    assert!(server.requests()[1].header("content-md5").is_some());
}

#[tokio::test]
async fn each_way_to_be_public_is_its_own() {
    let asked = async |lines: &str, access, answers: Vec<Answer>| {
        let server = Server::start(answers).await;
        vendor(&server, lines).make_bucket(&make("b", access)).await.expect("a bucket");
        let acl = server.requests()[0].header("x-amz-acl").map(str::to_owned);
        (infrai_tests::vendor::lines(&server), acl, server.requests().pop().expect("a request").body)
    };
    let known = || error(409, "BucketAlreadyOwnedByYou");

    let (lines, acl, _) = asked("public = 'acl'", Public, vec![fine()]).await;
    assert_eq!((lines, acl.as_deref()), (vec!["PUT /b".to_owned()], Some("public-read")));
    let (lines, acl, _) = asked("public = 'acl'", Private, vec![known(), fine()]).await;
    assert_eq!((lines.join(" "), acl.as_deref()), ("PUT /b PUT /b?acl=".to_owned(), Some("private")));

    let (lines, acl, body) = asked("public = 'policy'", Public, vec![fine()]).await;
    assert_eq!((lines.join(" "), acl), ("PUT /b PUT /b?policy=".to_owned(), None));
    let policy: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(policy["Statement"][0]["Resource"][0], "arn:aws:s3:::b/*");
    let (lines, _, _) = asked("public = 'policy'", Private, vec![fine(), error(404, "NoSuchBucketPolicy")]).await;
    assert_eq!(lines.join(" "), "PUT /b DELETE /b?policy=");

    // As on Amazon, where the block is remembered for a moment.
    let answers = vec![fine(), fine(), error(403, "AccessDenied"), fine()];
    let (lines, _, _) = asked("public = 'policy'\npublic_access_block = true", Public, answers).await;
    assert_eq!(lines.join(" "), "PUT /b DELETE /b?publicAccessBlock= PUT /b?policy= PUT /b?policy=");

    let (lines, _, _) = asked("public = 'object-acl'", Public, vec![fine()]).await;
    assert_eq!(lines.join(" "), "PUT /b");
    let (lines, acl, _) = asked("public = 'none'", Private, vec![fine()]).await;
    assert_eq!((lines.join(" "), acl), ("PUT /b".to_owned(), None));

    let server = Server::start([fine()]).await;
    let (error, left) = not_made(&vendor(&server, ""), &make("b", Public)).await;
    assert!(matches!((&error, left), (VendorError::Refused(_), Left::Nothing)), "{error:?}, {left:?}");
    assert!(server.requests().is_empty());
}

/// Who asked knows whether it is somebody's by now; here nothing is removed.
#[tokio::test]
async fn what_is_left_of_a_bucket_that_wasnt_made_is_told() {
    let policy = "PUT /b?policy=";
    for (answers, expected, asked) in [
        (vec![error(403, "AccessDenied")], Left::Nothing, vec!["PUT /b"]),
        (vec![fine(), error(403, "AccessDenied")], Left::Bucket, vec!["PUT /b", policy]),
        (vec![fine(), error(501, "NotImplemented")], Left::Bucket, vec!["PUT /b", policy]),
        (vec![fine(), Answer::silence()], Left::Unknown, vec!["PUT /b", policy]),
        (vec![Answer::silence()], Left::Unknown, vec!["PUT /b"]),
        // The first attempt may have made it.
        (vec![error(504, "Late"), error(403, "AccessDenied")], Left::Unknown, vec!["PUT /b", "PUT /b"]),
        (
            vec![Answer::new(200, "", "cut").cut_short(), error(403, "AccessDenied")],
            Left::Unknown,
            vec!["PUT /b", "PUT /b"],
        ),
    ] {
        let server = Server::start(answers).await;
        let limits = Limits { attempt: Duration::from_millis(500), ..quick() };
        let vendor = open(&server.url(), KEYS, "public = 'policy'", limits);
        let (error, left) = not_made(&vendor, &make("b", Public)).await;
        assert_eq!((left, lines(&server)), (expected, asked.into_iter().map(str::to_owned).collect()), "{error}");
    }
}

#[tokio::test]
async fn what_is_gone_may_go() {
    let gone = Server::start([error(404, "NoSuchBucket")]).await;
    let vendor = vendor(&gone, "");
    assert_eq!(vendor.remove_bucket("b", REGION).await, Ok(()));
    assert_eq!(vendor.empty_bucket("b", REGION).await, Ok(()));
    let error = vendor.delete_object(object("b", Private, "k")).await.expect_err("an error");
    assert!(matches!(error, VendorError::NoBucket(_)), "{error:?}");

    let server = Server::start([Answer::new(204, "", ""), infrai_tests::vendor::error(404, "NoSuchKey"), fine()]).await;
    let vendor = self::vendor(&server, "");
    for _ in 0..2 {
        assert_eq!(vendor.delete_object(object("b", Private, "a/ü +%")).await, Ok(()));
    }
    assert_eq!(lines(&server)[0], "DELETE /b/a/%C3%BC%20%2B%25");
    vendor.delete_object(object("b", Private, "../other/k")).await.expect_err("another bucket's");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_bucket_is_emptied_page_by_page() {
    let deleted = || Answer::new(200, "application/xml", "<DeleteResult></DeleteResult>");
    let server = Server::start([
        uploads(&["1"]),
        Answer::new(204, "", ""),
        uploads(&[]),
        page(&["a", "b &amp; c"]),
        deleted(),
        page(&["d"]),
        deleted(),
        page(&[]),
        Answer::new(204, "", ""),
    ])
    .await;
    vendor(&server, "").empty_bucket("b", REGION).await.expect("empty");
    let list = "GET /b?list-type=2&max-keys=1000";
    assert_eq!(
        lines(&server),
        [
            "GET /b?uploads=",
            "DELETE /b/a%20b?uploadId=1",
            "GET /b?uploads=",
            list,
            "POST /b?delete=",
            list,
            "POST /b?delete=",
            list,
            "DELETE /b"
        ]
    );
    let request = &server.requests()[4];
    assert!(String::from_utf8_lossy(&request.body).contains("<Key>b &amp; c</Key>"));
    assert!(request.header("content-md5").is_some());
}

#[tokio::test]
async fn emptying_ends_where_the_engine_doesnt_help() {
    let no = "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code>\
        <Message>locked</Message></Error><Deleted><Key>c</Key></Deleted></DeleteResult>";
    let server = Server::start([uploads(&[]), page(&["a", "b"]), Answer::new(200, "application/xml", no)]).await;
    let error = vendor(&server, "").empty_bucket("b", REGION).await.expect_err("an error");
    assert!(text(&error).starts_with("delete objects of the bucket `b`: AccessDenied: locked: check"), "{error}");

    let deleted = Answer::new(200, "application/xml", "<DeleteResult/>");
    let server =
        Server::start([infrai_tests::vendor::error(501, "NotImplemented"), page(&["a"]), deleted, page(&["a"])]).await;
    let error = vendor(&server, "").empty_bucket("b", REGION).await.expect_err("an error");
    assert!(matches!(&error, VendorError::Odd(text) if text.contains("lists them again")), "{error}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_probe_is_one_small_request() {
    let server =
        Server::start([error(404, "NoSuchBucket"), error(403, "InvalidAccessKeyId"), error(503, "SlowDown")]).await;
    let vendor = vendor(&server, "");
    assert!(vendor.probe().await.expect("it is up") < Duration::from_secs(30));
    assert!(matches!(vendor.probe().await, Err(VendorError::Refused(_))));
    assert!(matches!(vendor.probe().await, Err(VendorError::Down(_))));
    assert_eq!(server.requests().len(), 3, "a probe isn't tried again");
    assert!(lines(&server)[0].starts_with("GET /infrai-probe-"), "{:?}", lines(&server));
}

#[tokio::test]
async fn each_call_says_in_a_sentence_what_wasnt_done() {
    let server = Server::start([error(403, "AccessDenied")]).await;
    let vendor = vendor(&server, "public = 'policy'");
    let said = |done: Result<(), VendorError>| text(&done.expect_err("a refusal")).split(':').next().map(str::to_owned);
    let probe = said(vendor.probe().await.map(drop)).expect("a text");
    assert!(probe.starts_with("look for the bucket `infrai-probe-"), "{probe}");
    for (told, expected) in [
        (said(Err(not_made(&vendor, &make("b", Private)).await.0)), "make the bucket `b`"),
        (said(vendor.has_bucket("b", REGION).await.map(drop)), "look for the bucket `b`"),
        (said(vendor.remove_bucket("b", REGION).await), "remove the bucket `b`"),
        (said(vendor.empty_bucket("b", REGION).await), "list uploads to the bucket `b`"),
        (said(vendor.delete_object(object("b", Private, "k")).await), "delete an object of the bucket `b`"),
    ] {
        assert_eq!(told.as_deref(), Some(expected));
    }
    // What fails in the middle: the answers before, what is asked for then, and with which settings.
    let block = "public = 'policy'\npublic_access_block = true";
    let known = || error(409, "BucketAlreadyOwnedByYou");
    for (lines, access, first, expected) in [
        ("public = 'acl'", Private, known(), "set the ACL of the bucket `b`"),
        ("public = 'policy'", Public, fine(), "set the policy of the bucket `b`"),
        ("public = 'policy'", Private, fine(), "clear the policy of the bucket `b`"),
        (block, Public, fine(), "take the public access block off the bucket `b`"),
    ] {
        let server = Server::start([first, error(403, "AccessDenied")]).await;
        let told = said(Err(not_made(&self::vendor(&server, lines), &make("b", access)).await.0));
        assert_eq!(told.as_deref(), Some(expected), "{lines}");
    }
    let denied = || error(403, "AccessDenied");
    for (answers, expected) in [
        (vec![uploads(&["1"]), denied()], "end an upload to the bucket `b`"),
        (vec![uploads(&[]), denied()], "list the bucket `b`"),
        (vec![uploads(&[]), page(&["k"]), denied()], "delete objects of the bucket `b`"),
        (
            vec![uploads(&[]), page(&["k"]), Answer::new(200, "application/xml", "<DeleteResult/>"), page(&["k"])],
            "empty the bucket `b`",
        ),
    ] {
        let server = Server::start(answers).await;
        assert_eq!(said(self::vendor(&server, "").empty_bucket("b", REGION).await).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn no_name_no_tls_and_a_cut_line_are_told_apart() {
    let told = async |url: &str| open(url, KEYS, "", quick()).probe().await.expect_err("an error").to_string();
    let no_name = told("http://no-such-host.invalid:9").await;
    assert!(no_name.starts_with("vendor `v` at `no-such-host.invalid:9` didn't look for the bucket"), "{no_name}");
    assert!(
        no_name.contains(": no connection: ") && no_name.ends_with(": check `endpoint`, and whether it is up"),
        "{no_name}"
    );

    // It listens, and speaks no TLS.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("its address"));
    let plain = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let no_tls = told(&url).await;
    plain.abort();
    assert!(
        no_tls.contains(": no TLS: ") && no_tls.ends_with(": check `endpoint`, and the certificate there"),
        "{no_tls}"
    );

    let server = Server::start([page(&[]).cut_short()]).await;
    let cut = told(&server.url()).await;
    assert!(cut.contains(": the connection broke: ") && cut.ends_with(": check whether it is up"), "{cut}");
}

#[tokio::test]
async fn both_styles_are_signed_as_they_are_sent() {
    for (style, host, begin) in [("virtual", "b.localhost", ""), ("path", "localhost", "/b")] {
        let server = Server::start([fine(), Answer::new(204, "", ""), fine()]).await;
        let (_, port) =
            server.url().rsplit_once(':').map(|(before, port)| (before.to_owned(), port.to_owned())).expect("a port");
        let lines = format!("style = '{style}'");
        let vendor = open(&format!("http://localhost:{port}"), KEYS, &lines, quick());
        vendor.make_bucket(&make("b", Private)).await.expect("a bucket");
        vendor.delete_object(object("b", Private, "a/ü +%")).await.expect("it goes");
        let signed = vendor.presign(object("b", Private, "a/ü +%"), Method::Put, 60, Utc::now()).expect("a URL");
        assert!(signed.url.starts_with(&format!("http://{host}:{port}{begin}/a/%C3%BC%20%2B%25?")), "{}", signed.url);
        sent("PUT", &signed.url, &server, &[]).await;
        let expected = ["PUT /", "DELETE /a/%C3%BC%20%2B%25", "PUT /a/%C3%BC%20%2B%25"];
        let expected = expected.map(|line| line.replacen(" /", &format!(" {begin}/"), 1));
        for (request, expected) in server.requests().iter().zip(expected) {
            let line = request.line.split(['?']).next().unwrap_or_default().trim_end_matches(" HTTP/1.1");
            // The bucket itself has no slash after it where it is in the path.
            assert_eq!(line, if begin.is_empty() { &*expected } else { expected.trim_end_matches('/') }, "{style}");
            assert_eq!(request.header("host"), Some(&*format!("{host}:{port}")), "{style}: {line}");
            assert_eq!(sigv4::check(request, KEYS.1), Ok(()), "{style}: {line}");
            let mut other = request.clone();
            other.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
            other.headers.push(("host".to_owned(), format!("c.{host}:{port}")));
            assert!(sigv4::check(&other, KEYS.1).is_err(), "{style}: {line} is good for another bucket");
        }
        assert_eq!(server.requests().len(), 3);
    }
}

/// Sends a request to wherever its URL's host would lead in the end.
async fn sent(method: &str, url: &str, server: &Server, headers: &[(String, String)]) {
    let rest = url.strip_prefix("http://").expect("a URL");
    let (host, path) = rest.split_once('/').expect("a path");
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\n{headers}connection: close\r\n\r\ntext"
    );
    let address = server.url();
    let mut stream = tokio::net::TcpStream::connect(address.trim_start_matches("http://")).await.expect("the server");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    stream.read_to_end(&mut Vec::new()).await.expect("an answer");
}

/// A scripted server has no ACLs: what is shown is that an engine gets the header, signed, and can't be sent an upload without it.
#[tokio::test(flavor = "multi_thread")]
async fn an_acl_of_objects_comes_from_presign_and_is_signed() {
    let server = Server::start([fine()]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let vendor = json!({
        "name": "engine", "endpoint": server.url(), "region": REGION, "public": "object-acl",
        "credentials_file": credentials_file(folder.path()),
    });
    let gateway = TestGateway::with(|layer| {
        layer.vendors = vec![serde_json::from_value(vendor).expect("a vendor")];
    });
    let gateway = gateway.await;
    let client = gateway.client(&gateway.standard_key("acme").await);
    for (bucket, acl, value) in [("open-one", Acl::Public, "public-read"), ("closed-one", Acl::Private, "private")] {
        client.storage().bucket().create(bucket).vendor("engine").acl(acl).await.expect("a bucket");
        let get = client.storage().object().presign(bucket, "k").method(PresignMethod::Get).await.expect("a URL");
        assert_eq!(get.headers, None);
        let put = client.storage().object().presign(bucket, "k").method(PresignMethod::Put).await.expect("a URL");
        let headers: Vec<(String, String)> = put.headers.expect("headers").into_iter().collect();
        assert_eq!(headers, [("x-amz-acl".to_owned(), value.to_owned())]);
        let upload = async |headers: &[(String, String)]| {
            sent("PUT", &put.url, &server, headers).await;
            let uploads = |request: &Recorded| request.line.starts_with("PUT ") && request.line.contains("/k?");
            let request = server.requests().into_iter().rfind(uploads).expect("the upload");
            sigv4::check(&request, "secret")
        };
        assert_eq!(upload(&headers).await, Ok(()));
        upload(&[]).await.expect_err("a signed header is missing");
        upload(&[("x-amz-acl".to_owned(), "public-read-write".to_owned())]).await.expect_err("another value");
    }
}
