//! The names of buckets: S3's rules, for `create` and in paths.

use infrai_tests::gateway::{Request, TestGateway};
use serde_json::json;

#[tokio::test]
async fn names_that_s3_has_are_taken() {
    let gateway = TestGateway::start().await;
    let key = gateway.standard_key("acme").await;
    let longest = "a".repeat(63);
    for name in ["abc", "a.b", "user-uploads", "1.2.3", "a--b", "256.1.1.1", "1.2.3.4.5", "0x1", &longest] {
        let request = Request::new("POST", "/v1/storage/buckets").key(&key).json(json!({"bucket": name}).to_string());
        let answer = gateway.send(&request).await;
        assert_eq!((answer.status, answer.json()["bucket"].as_str()), (201, Some(name)), "{answer:?}");
        let object = format!("/v1/storage/buckets/{name}/objects/a");
        assert_eq!(gateway.send(&Request::new("DELETE", &object).key(&key)).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn names_that_s3_does_not_have_are_refused() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let long = "a".repeat(64);
    let bad = [
        "",
        "ab",
        &long,
        "Abc",
        "a_b",
        "-ab",
        "ab-",
        ".ab",
        "ab.",
        "a..b",
        "192.168.0.1",
        "xn--abc",
        "sthree-abc",
        "amzn-s3-demo-abc",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--x-s3",
        "abc--table-s3",
        "ümlaut",
        "a b c",
        "a/b/c",
        "a%2Fb",
        "../x",
        "a\0b",
        "abc\n",
        "ＡＢＣ",
    ];
    for name in bad {
        let request = Request::new("POST", "/v1/storage/buckets").key(&key).json(json!({"bucket": name}).to_string());
        let answer = gateway.send(&request).await;
        assert_eq!((answer.status, &*answer.code()), (400, "invalid_bucket"), "{name:?}: {answer:?}");
    }
    let list = gateway.client(&key).storage().bucket().list().await.expect("a list");
    assert_eq!(list.items.len(), 1);
}

#[tokio::test]
async fn such_names_in_a_path_are_refused_too() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for name in ["ab", "Abc", "a..b", "192.168.0.1", "..", "%2e%2e", "a%2Fb", "%FF", "a%00b", "%zz", "de%6do%20"] {
        for (method, end) in [("DELETE", ""), ("POST", "/presign")] {
            let request = Request::new(method, &format!("/v1/storage/buckets/{name}/objects/a{end}")).key(&key);
            let request = if method == "POST" { request.json("{}") } else { request };
            let answer = gateway.send(&request).await;
            assert_eq!((answer.status, &*answer.code()), (400, "invalid_bucket"), "{method} {name}: {answer:?}");
        }
    }
    // An escape that nobody needed to write is no fault.
    let answer = gateway.send(&Request::new("DELETE", "/v1/storage/buckets/de%6Do/objects/a").key(&key)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
