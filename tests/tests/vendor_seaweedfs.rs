//! An S3 vendor on a real engine.

use std::time::Duration;

use chrono::Utc;
use infrai_gateway::state::Access::{self, Private, Public};
use infrai_gateway::vendor::address::{Endpoint, Style};
use infrai_gateway::vendor::credentials::Credentials;
use infrai_gateway::vendor::s3::{Limits, S3Vendor};
use infrai_gateway::vendor::sign::{Request, Signer};
use infrai_gateway::vendor::{Left, Method, Signed, Vendor, VendorError};
use infrai_tests::seaweedfs::{ACCESS_KEY, SECRET_KEY, SeaweedFs};
use infrai_tests::vendor::{REGION, make, object, open};
use reqwest::{Client, StatusCode};

/// Keys that something on the way might change.
const ODD: [&str; 40] = [
    "plain.txt",
    "a/b/c",
    "a b",
    " leading and trailing ",
    "a+b",
    "a%20b",
    "%",
    "%2F",
    "%2e%2e",
    "100%",
    "ünïcödé",
    "e\u{301}",
    "日本語/ファイル",
    "🦀/😀",
    "\u{200b}zero",
    "~tilde~",
    "star*",
    "quote'single",
    "quote\"double",
    "(round)[square]{curly}",
    "semi;colon:comma,",
    "at@sign",
    "amp&ersand=equals?question",
    "hash#fragment",
    "dollar$",
    "no\u{a0}break",
    "pipe|caret^back`tick",
    "<xml>&amp;</xml>",
    "exclamation!",
    "...",
    "a./b",
    ".hidden",
    "a/presign",
    "a..b",
    "-dash",
    "_under",
    "UPPER lower",
    "X-Amz-Signature=0",
    "?X-Amz-Expires=1",
    "\u{feff}mark",
];

/// Keys that this engine itself calls otherwise, for its store is a file system's. Our part is that they come there as they are.
const RENAMED: [(&str, &str); 3] = [("back\\slash", "back/slash"), ("x//y", "x/y"), ("/lead", "lead")];

/// A folder to this engine, of which it keeps the name and no bytes.
const FOLDER: &str = "slash/at/end/";

fn vendor(engine: &SeaweedFs, lines: &str) -> S3Vendor {
    open(&engine.endpoint(), (ACCESS_KEY, SECRET_KEY), lines, Limits::default())
}

fn signed(vendor: &S3Vendor, bucket: &str, key: &str, method: Method) -> Signed {
    vendor.presign(object(bucket, Private, key), method, 60, Utc::now()).expect("a URL")
}

async fn put(client: &Client, signed: &Signed, body: &str) -> StatusCode {
    let mut request = client.put(&signed.url).body(body.to_owned());
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    request.send().await.expect("an answer").status()
}

async fn get(client: &Client, url: &str) -> (StatusCode, String) {
    let answer = client.get(url).send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("a body"))
}

/// All of it in one, for the engine takes long to start.
#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_works_on_seaweedfs() {
    let Some(engine) = tokio::task::spawn_blocking(SeaweedFs::start).await.expect("it starts or not") else { return };
    let client = Client::builder().no_proxy().build().expect("a client");
    buckets(&engine).await;
    odd_keys(&engine, &client).await;
    wrong_urls(&engine, &client).await;
    for way in ["acl", "policy"] {
        access(&engine, &client, way).await;
    }
    emptying(&engine, &client).await;
    wrong_credentials(&engine).await;
    ends(engine).await;
}

async fn buckets(engine: &SeaweedFs) {
    let vendor = vendor(engine, "");
    assert!(vendor.probe().await.expect("it is up") < Duration::from_secs(5));
    assert_eq!(vendor.has_bucket("first", REGION).await, Ok(false));
    for _ in 0..2 {
        vendor.make_bucket(&make("first", Private)).await.expect("a bucket, also a second time");
    }
    assert_eq!(vendor.has_bucket("first", REGION).await, Ok(true));
    for _ in 0..2 {
        vendor.remove_bucket("first", REGION).await.expect("it goes, also a second time");
    }
    assert_eq!(vendor.has_bucket("first", REGION).await, Ok(false));
    vendor.empty_bucket("first", REGION).await.expect("nothing is there to be emptied");
    let error = vendor.delete_object(object("first", Private, "k")).await.expect_err("no bucket");
    assert!(matches!(error, VendorError::NoBucket(_)), "{error:?}");
    let refused = vendor.make_bucket(&make("Not_A_Name", Private)).await.expect_err("no name");
    assert!(matches!((&refused.error, refused.left), (VendorError::Refused(_), Left::Nothing)), "{refused:?}");
}

async fn odd_keys(engine: &SeaweedFs, client: &Client) {
    let vendor = vendor(engine, "");
    vendor.make_bucket(&make("odd", Private)).await.expect("a bucket");
    for key in ODD {
        let signed = signed(&vendor, "odd", key, Method::Put);
        assert!(signed.headers.is_empty());
        assert_eq!(put(client, &signed, &format!("of {key}")).await, 200, "{key}");
    }
    // What the engine calls them, not only that putting and getting agree.
    let mut expected = ODD.map(str::to_owned).to_vec();
    expected.sort_unstable();
    assert_eq!(keys(engine, client, "odd").await, expected);
    for key in ODD {
        let url = signed(&vendor, "odd", key, Method::Get).url;
        assert_eq!(get(client, &url).await, (StatusCode::OK, format!("of {key}")), "{key}");
    }
    for key in ODD {
        for _ in 0..2 {
            vendor.delete_object(object("odd", Private, key)).await.expect("it goes, also a second time");
        }
        let url = signed(&vendor, "odd", key, Method::Get).url;
        assert_eq!(get(client, &url).await.0, 404, "{key}");
    }
    for (key, name) in RENAMED {
        assert_eq!(put(client, &signed(&vendor, "odd", key, Method::Put), key).await, 200, "{key}");
        assert_eq!(get(client, &signed(&vendor, "odd", key, Method::Get).url).await, (StatusCode::OK, key.to_owned()));
        assert_eq!(keys(engine, client, "odd").await, [name]);
        vendor.delete_object(object("odd", Private, key)).await.expect("it goes");
    }
    assert_eq!(put(client, &signed(&vendor, "odd", FOLDER, Method::Put), "").await, 200);
    assert_eq!(get(client, &signed(&vendor, "odd", FOLDER, Method::Get).url).await.0, 200);
    assert_eq!(keys(engine, client, "odd").await, [FOLDER]);
    vendor.delete_object(object("odd", Private, FOLDER)).await.expect("it goes");
    vendor.remove_bucket("odd", REGION).await.expect("it is empty");
}

/// Lists by a request that is signed here.
async fn keys(engine: &SeaweedFs, client: &Client, bucket: &str) -> Vec<String> {
    let endpoint = Endpoint::new(&engine.endpoint(), Style::Path).expect("an endpoint");
    let url = endpoint.url(REGION, Some(bucket), None, &[("list-type", "2")]).expect("a URL");
    let credentials = Credentials {
        access_key: ACCESS_KEY.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
        session_token: None,
        from: "the test".to_owned(),
    };
    let request = Request { method: "GET", url: &url, region: REGION, headers: &[] };
    let (url, _) = Signer::new(&credentials).presign(request, 60, Utc::now()).expect("a URL");
    let (status, page) = get(client, &url).await;
    assert_eq!(status, 200, "{page}");
    let mut keys: Vec<String> = page
        .split("<Key>")
        .skip(1)
        .map(|rest| rest.split_once("</Key>").expect("an end").0)
        .map(|key| quick_xml::escape::unescape(key).expect("a text").into_owned())
        .collect();
    keys.sort_unstable();
    keys
}

async fn wrong_urls(engine: &SeaweedFs, client: &Client) {
    let vendor = vendor(engine, "");
    vendor.make_bucket(&make("wrong", Private)).await.expect("a bucket");
    let good = signed(&vendor, "wrong", "key", Method::Put);
    assert_eq!(put(client, &good, "x").await, 200);
    let url = signed(&vendor, "wrong", "key", Method::Get).url;
    assert_eq!(get(client, &url).await.0, 200);

    let (before, last) = url.split_at(url.find("X-Amz-Signature=").expect("a signature") + 16);
    let other = if last.starts_with('0') { "1" } else { "0" };
    for tampered in [
        format!("{before}{other}{}", &last[1..]),
        url.replace("/wrong/key", "/wrong/other"),
        url.replace("/wrong/", "/odd/"),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        format!("{}/wrong/key", engine.endpoint()),
    ] {
        assert_ne!(tampered, url);
        assert_eq!(get(client, &tampered).await.0, 403, "{tampered}");
    }
    // For another method.
    assert_eq!(put(client, &Signed { url: url.clone(), ..good.clone() }, "y").await, 403);
    assert_eq!(client.delete(&good.url).send().await.expect("an answer").status(), 403);
    assert_eq!(get(client, &good.url).await.0, 403);
    // Who has a URL doesn't get to say who else may read.
    let public = client.put(&good.url).header("x-amz-acl", "public-read").body("y").send().await.expect("an answer");
    assert_eq!(public.status(), 403);
    // Too late.
    let earlier = Utc::now() - Duration::from_mins(2);
    let expired = vendor.presign(object("wrong", Private, "key"), Method::Get, 60, earlier).expect("a URL");
    assert_eq!(get(client, &expired.url).await.0, 403);
    assert_eq!(get(client, &url).await, (StatusCode::OK, "x".to_owned()), "and it is as it was");
    vendor.empty_bucket("wrong", REGION).await.expect("it goes");
}

async fn access(engine: &SeaweedFs, client: &Client, way: &str) {
    let vendor = vendor(engine, &format!("public = '{way}'"));
    let reads = async |bucket: &str, access: Access| {
        vendor.make_bucket(&make(bucket, access)).await.expect("a bucket");
        assert_eq!(put(client, &signed(&vendor, bucket, "a/ü.txt", Method::Put), "open?").await, 200);
        get(client, &format!("{}/{bucket}/a/%C3%BC.txt", engine.endpoint())).await
    };
    let (open, closed) = (format!("open-{way}"), format!("closed-{way}"));
    assert_eq!(reads(&open, Public).await, (StatusCode::OK, "open?".to_owned()), "{way}");
    assert_eq!(reads(&closed, Private).await.0, 403, "{way}");
    // A plan that is done again has exactly the access it says; also where the engine says that the bucket is another's, as it does
    // of those with an ACL.
    assert_eq!(reads(&open, Private).await.0, 403, "{way}");
    assert_eq!(reads(&open, Public).await.0, 200, "{way}");
    assert_eq!(reads(&closed, Public).await.0, 200, "{way}");
    assert_eq!(reads(&closed, Private).await.0, 403, "{way}");
    // Everybody reads, nobody writes or deletes.
    let url = format!("{}/{open}/a/%C3%BC.txt", engine.endpoint());
    assert_eq!(client.put(&url).body("z").send().await.expect("an answer").status(), 403);
    assert_eq!(client.delete(&url).send().await.expect("an answer").status(), 403);
    for bucket in [&open, &closed] {
        vendor.empty_bucket(bucket, REGION).await.expect("it goes");
    }
}

async fn emptying(engine: &SeaweedFs, client: &Client) {
    let vendor = vendor(engine, "");
    vendor.make_bucket(&make("full", Private)).await.expect("a bucket");
    for key in ODD {
        assert_eq!(put(client, &signed(&vendor, "full", key, Method::Put), "x").await, 200, "{key}");
    }
    let error = vendor.remove_bucket("full", REGION).await.expect_err("it isn't empty");
    assert!(matches!(&error, VendorError::Refused(text) if text.contains("BucketNotEmpty")), "{error}");
    vendor.empty_bucket("full", REGION).await.expect("it goes");
    assert_eq!(vendor.has_bucket("full", REGION).await, Ok(false));
    vendor.make_bucket(&make("full", Private)).await.expect("a new one");
    assert_eq!(keys(engine, client, "full").await, [""; 0]);
    vendor.remove_bucket("full", REGION).await.expect("it goes");
}

async fn wrong_credentials(engine: &SeaweedFs) {
    for (keys, code) in
        [((ACCESS_KEY, "canary"), "SignatureDoesNotMatch"), (("CANARY", SECRET_KEY), "InvalidAccessKeyId")]
    {
        let error = open(&engine.endpoint(), keys, "", Limits::default()).probe().await.expect_err("wrong");
        let VendorError::Refused(text) = error else { panic!("{error:?}") };
        assert!(text.contains(code) && text.contains("the variables `V_ACCESS` and `V_SECRET`"), "{text}");
        assert!(!text.to_lowercase().contains("canary"), "{text}");
    }
}

async fn ends(engine: SeaweedFs) {
    let vendor = vendor(&engine, "");
    tokio::task::spawn_blocking(move || drop(engine)).await.expect("it ends");
    let error = vendor.probe().await.expect_err("it is down");
    assert!(matches!(&error, VendorError::Down(text) if text.contains("no connection")), "{error}");
}
