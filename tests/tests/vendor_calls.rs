//! What an S3 vendor asks of an engine, and what it makes of each answer: against a server that answers from a script.

use std::time::{Duration, Instant};

use infrai_gateway::state::Access::{Private, Public};
use infrai_gateway::vendor::s3::{Limits, S3Vendor};
use infrai_gateway::vendor::{Vendor, VendorError};
use infrai_tests::http::{Answer, Server};
use infrai_tests::vendor::{KEYS, REGION, error, fine, lines, make, object, open, page, quick, uploads};

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
        (403, "RequestTimeTooSkewed", "set this machine's clock"),
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
    let error = vendor(&server, "").make_bucket(&make("b", Private)).await.expect_err("an error");
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
        "look for the bucket `b`: 301 PermanentRedirect: Said of …, a redirect to `b.elsewhere.example`: \
        check `endpoint` and `region` of this vendor, it says `eu-1`"
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
    assert!(begun.elapsed() < Duration::from_secs(2));

    let server = Server::start([Answer::silence()]).await;
    let limits = Limits { attempt: Duration::from_millis(300), ..quick() };
    let begun = Instant::now();
    let error = open(&server.url(), KEYS, "", limits).has_bucket("b", REGION).await.expect_err("an error");
    assert!(text(&error).ends_with("no whole answer within 0.3 s: check whether it is up"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(1));
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
    let server = Server::start([error(409, "BucketAlreadyOwnedByYou"), error(409, "BucketAlreadyExists")]).await;
    let vendor = vendor(&server, "");
    vendor.make_bucket(&make("b", Private)).await.expect("ours");
    let error = vendor.make_bucket(&make("b", Private)).await.expect_err("another's");
    assert!(matches!(error, VendorError::Refused(_)), "{error:?}");
    assert!(text(&error).ends_with(": somebody else has a bucket of this name"), "{error}");
    // Nobody else's bucket is removed, and neither is ours.
    assert_eq!(lines(&server), ["PUT /b", "PUT /b"]);
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
    let error = vendor(&server, "").make_bucket(&make("b", Public)).await.expect_err("an error");
    assert!(matches!(error, VendorError::Refused(_)), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_bucket_that_cant_be_public_goes_again() {
    let server = Server::start([fine(), error(403, "AccessDenied"), Answer::new(204, "", "")]).await;
    let error = vendor(&server, "public = 'policy'").make_bucket(&make("b", Public)).await.expect_err("an error");
    assert!(text(&error).starts_with("set the policy of the bucket `b`: 403 AccessDenied"), "{error}");
    assert_eq!(lines(&server), ["PUT /b", "PUT /b?policy=", "DELETE /b"]);

    let answers =
        [fine(), infrai_tests::vendor::error(501, "NotImplemented"), infrai_tests::vendor::error(403, "AccessDenied")];
    let server = Server::start(answers).await;
    let error = vendor(&server, "public = 'policy'").make_bucket(&make("b", Public)).await.expect_err("an error");
    assert!(error.to_string().contains("; and the bucket is still there: vendor `v`"), "{error}");
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
    assert!(vendor.probe().await.expect("it is up") < Duration::from_secs(1));
    assert!(matches!(vendor.probe().await, Err(VendorError::Refused(_))));
    assert!(matches!(vendor.probe().await, Err(VendorError::Down(_))));
    assert_eq!(server.requests().len(), 3, "a probe isn't tried again");
    assert!(lines(&server)[0].starts_with("GET /infrai-probe-"), "{:?}", lines(&server));
}
