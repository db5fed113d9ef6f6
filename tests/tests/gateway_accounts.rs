//! Two accounts: each has its own buckets, and no name, path or URL leads to the other's.

use infrai::types::{Acl, PresignMethod};
use infrai_tests::gateway::{Request, TestGateway, fetch, refused};
use serde_json::json;

const CANARY: &[u8] = b"only mine";

/// A gateway, and two accounts that have a bucket `shared-name`; the first one's has an object `secret.txt`. With the keys come the
/// path of that object at the store, and the bucket's name there.
struct Two {
    gateway: TestGateway,
    mine: String,
    theirs: String,
    path: String,
    physical: String,
}

async fn two() -> Two {
    let gateway = TestGateway::start().await;
    let (mine, theirs) = (gateway.activate().await, gateway.activate().await);
    for key in [&mine, &theirs] {
        gateway.client(key).storage().bucket().create("shared-name").await.expect("a bucket");
    }
    let put = gateway.client(&mine).storage().object().presign("shared-name", "secret.txt").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(CANARY)).await.status, 200);
    let path = put.split(['?']).next().and_then(|url| url.splitn(4, '/').nth(3)).expect("a path");
    let physical = path.split('/').next().expect("a bucket").to_owned();
    Two { mine, theirs, path: format!("/{path}"), physical, gateway }
}

#[tokio::test]
async fn the_same_names_are_different_buckets() {
    let two = two().await;
    let gateway = &two.gateway;
    assert!(two.physical.starts_with("ifr-shared-name-"), "{}", two.physical);
    let client = gateway.client(&two.theirs);
    let get = client
        .storage()
        .object()
        .presign("shared-name", "secret.txt")
        .method(PresignMethod::Get)
        .await
        .expect("a URL")
        .url;
    assert_eq!(fetch("GET", &get, None).await.status, 404);
    let put = client.storage().object().presign("shared-name", "secret.txt").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"theirs")).await.status, 200);
    assert!(client.storage().object().delete("shared-name", "secret.txt").await.expect("an answer").ok);

    let client = gateway.client(&two.mine);
    let get = client
        .storage()
        .object()
        .presign("shared-name", "secret.txt")
        .method(PresignMethod::Get)
        .await
        .expect("a URL")
        .url;
    assert_eq!(fetch("GET", &get, None).await.body, CANARY);
    for key in [&two.mine, &two.theirs] {
        let list = gateway.client(key).storage().bucket().list().await.expect("a list");
        let names: Vec<&str> = list.items.iter().map(|bucket| &*bucket.bucket).collect();
        assert_eq!(names, ["demo", "shared-name"]);
    }
}

#[tokio::test]
async fn anothers_bucket_is_not_found() {
    let two = two().await;
    two.gateway.client(&two.mine).storage().bucket().create("mine-only").await.expect("a bucket");
    let client = two.gateway.client(&two.theirs);
    let objects = client.storage().object();
    for name in ["mine-only", &two.physical] {
        assert_eq!(refused(objects.presign(name, "secret.txt").await), (404, "bucket_not_found".to_owned()), "{name}");
        assert_eq!(refused(objects.delete(name, "secret.txt").await), (404, "bucket_not_found".to_owned()), "{name}");
    }
    // Not even by making a bucket of that name.
    let made = client.storage().bucket().create(&*two.physical).acl(Acl::Public).await.expect("a bucket");
    assert_eq!(made.bucket, two.physical);
    let get = objects.presign(&*two.physical, "secret.txt").method(PresignMethod::Get).await.expect("a URL").url;
    assert!(!get.contains(&format!("/{}/", two.physical)), "{get}");
    assert_eq!(fetch("GET", &get, None).await.status, 404);
}

#[tokio::test]
async fn no_path_leads_to_anothers_bucket() {
    let two = two().await;
    let gateway = &two.gateway;
    let other = &two.physical;
    for path in [
        format!("demo/objects/..%2F{other}%2Fsecret.txt"),
        format!("demo/objects/../{other}/secret.txt"),
        format!("demo/objects/%2e%2e%2f{other}%2fsecret.txt"),
        format!("demo/objects/%2e%2e/{other}/secret.txt"),
        format!("demo/objects/a/../../{other}/secret.txt"),
        format!("demo/objects/./../{other}/secret.txt"),
        format!("demo%2f..%2f{other}/objects/secret.txt"),
        format!("%2e%2e%2f{other}/objects/secret.txt"),
        format!("..%2F{other}/objects/secret.txt"),
        format!("{other}/objects/secret.txt"),
        format!("demo%00{other}/objects/secret.txt"),
        format!("demo\\..\\{other}/objects/secret.txt"),
    ] {
        for method in ["GET", "PUT"] {
            let request = Request::new("POST", &format!("/v1/storage/buckets/{path}/presign")).key(&two.theirs);
            let answer = gateway.send(&request.json(json!({"method": method}).to_string())).await;
            assert!(answer.status == 400 || answer.status == 404, "{path}: {answer:?}");
        }
        let answer =
            gateway.send(&Request::new("DELETE", &format!("/v1/storage/buckets/{path}")).key(&two.theirs)).await;
        assert!(answer.status == 400 || answer.status == 404, "{path}: {answer:?}");
    }
    // Keys that only look so stay in their own bucket.
    for key in
        [format!("/{other}/secret.txt"), format!("..%2F{other}%2Fsecret.txt"), format!("\\..\\{other}\\secret.txt")]
    {
        let objects =
            gateway.client(&two.theirs).storage().object().presign("demo", &*key).method(PresignMethod::Get).await;
        let answer = fetch("GET", &objects.expect("a URL").url, None).await;
        assert_eq!(answer.status, 404, "{key}: {answer:?}");
    }
    let get = gateway
        .client(&two.mine)
        .storage()
        .object()
        .presign("shared-name", "secret.txt")
        .method(PresignMethod::Get)
        .await;
    assert_eq!(fetch("GET", &get.expect("a URL").url, None).await.body, CANARY);
}

#[tokio::test]
async fn no_form_of_a_target_leads_to_anothers_bucket() {
    let two = two().await;
    let gateway = &two.gateway;
    let mine = gateway.client(&two.mine);
    mine.storage().bucket().create("mine-only").await.expect("a bucket");
    let put = mine.storage().object().presign("mine-only", "secret.txt").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(CANARY)).await.status, 200);
    let (api, other) = (gateway.api(), &two.physical);
    let client = gateway.client(&two.theirs);
    let url = client.storage().object().presign("demo", "a").await.expect("a URL").url;
    let (theirs, _) = url.split_once("/a?").expect("a bucket");
    let object = |bucket: &str, key: &str| format!("/v1/storage/buckets/{bucket}/objects/{key}");
    for name in ["mine-only", other.as_str()] {
        let own = object("demo", "secret.txt");
        for target in [
            format!("http://{api}{}", object(name, "secret.txt")),
            format!("http://{name}@{api}{}", object(name, "secret.txt")),
            format!("{own};bucket={name}"),
            format!("/v1/storage/buckets/demo;{name}/objects/secret.txt"),
            format!("/v1/storage/buckets/{name};demo/objects/secret.txt"),
            format!("{own}#/../../../{name}/objects/secret.txt"),
            format!("/v1/storage/buckets/demo#/{name}/objects/secret.txt"),
            format!("{own}?bucket={name}&bucket=demo"),
            format!("{own}?bucket=demo&bucket={name}"),
            format!("/v1/storage/buckets/*/objects/{name}"),
            object("*", "secret.txt"),
            "*".to_owned(),
        ] {
            let (path, rest) = target.split_at(target.find(['?', '#']).unwrap_or(target.len()));
            let presign =
                Request::new("POST", &format!("{path}/presign{rest}")).key(&two.theirs).json("{\"method\":\"GET\"}");
            let signed = presign.send(api).await;
            // Signed is only what is their own, and that holds nothing.
            if signed.status == 200 {
                let url = signed.json()["url"].as_str().expect("a URL").to_owned();
                assert!(url.starts_with(&format!("{theirs}/")), "{target}: {url}");
                assert_eq!(fetch("GET", &url, None).await.status, 404, "{target}");
            }
            assert!(signed.status < 500, "{target}: {signed:?}");
            let deleted = Request::new("DELETE", &target).key(&two.theirs).send(api).await;
            assert!(deleted.status < 500, "{target}: {deleted:?}");
        }
    }
    for bucket in ["mine-only", "shared-name"] {
        let get = mine.storage().object().presign(bucket, "secret.txt").method(PresignMethod::Get).await;
        assert_eq!(fetch("GET", &get.expect("a URL").url, None).await.body, CANARY, "{bucket}");
    }
}

#[tokio::test]
async fn no_signed_url_leads_to_anothers_bucket() {
    let two = two().await;
    let client = two.gateway.client(&two.theirs);
    for (method, name) in [(PresignMethod::Get, "GET"), (PresignMethod::Put, "PUT")] {
        let signed = client.storage().object().presign("demo", "secret.txt").method(method).await.expect("a URL").url;
        let (_, query) = signed.split_once('?').expect("a query");
        let own = signed.splitn(4, '/').nth(3).and_then(|path| path.split('/').next()).expect("a bucket").to_owned();
        let secret = &two.path;
        for path in [
            secret.clone(),
            format!("/{own}/..{secret}"),
            format!("/{own}/%2e%2e{secret}"),
            format!("/{own}/%2e%2e%2f{}", &secret[1..]),
            format!("/{own}/secret.txt/../..{secret}"),
            format!("/.{secret}"),
            format!("/{secret}"),
            secret.replace("/secret", "//secret"),
            format!("{secret}%3F"),
        ] {
            let body = (name == "PUT").then_some(&b"theirs"[..]);
            let answer = fetch(name, &format!("http://{}{path}?{query}", two.gateway.s3()), body).await;
            assert!((400..500).contains(&answer.status), "{name} {path}: {answer:?}");
            if path == *secret {
                assert_eq!((answer.status, &*answer.code()), (403, "SignatureDoesNotMatch"), "{answer:?}");
            }
        }
        // A path that is hidden from the signature: a host, a form, a header for proxies.
        let (request, to) = Request::to(name, &signed);
        for (header, value) in [("x-forwarded-uri", secret), ("x-original-url", secret), ("x-rewrite-url", secret)] {
            let request = if name == "PUT" { request.clone().body("theirs") } else { request.clone() };
            let answer = request.header(header, value).send(to).await;
            assert_ne!(answer.body, CANARY, "{header}");
        }
        let request = request.header("host", &format!("{}.{to}", two.physical));
        let request = if name == "PUT" { request.body("theirs") } else { request };
        assert!((400..500).contains(&request.send(to).await.status), "{name}");
    }
    let get = two
        .gateway
        .client(&two.mine)
        .storage()
        .object()
        .presign("shared-name", "secret.txt")
        .method(PresignMethod::Get)
        .await;
    assert_eq!(fetch("GET", &get.expect("a URL").url, None).await.body, CANARY);
}

#[tokio::test]
async fn the_store_shows_nothing_to_strangers() {
    let two = two().await;
    let at = |path: &str| format!("http://{}{path}", two.gateway.s3());
    for path in ["/".to_owned(), format!("/{}", two.physical), format!("/{}/", two.physical), two.path.clone()] {
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let body = (method == "PUT").then_some(&b"theirs"[..]);
            let answer = fetch(method, &at(&path), body).await;
            assert!(answer.status >= 400 && answer.status != 500, "{method} {path}: {answer:?}");
        }
    }
    // An API key is no key of the store.
    let request = Request::new("GET", &two.path).key(&two.mine);
    assert!((400..404).contains(&request.send(two.gateway.s3()).await.status));
}

#[tokio::test]
async fn all_keys_of_an_account_open_the_same() {
    let gateway = TestGateway::start().await;
    let (one, other) = (gateway.standard_key("acme").await, gateway.standard_key("acme").await);
    let stranger = gateway.standard_key("umbrella").await;
    gateway.client(&one).storage().bucket().create("abc").await.expect("a bucket");
    let list = async |key: &str| gateway.client(key).storage().bucket().list().await.expect("a list").items.len();
    assert_eq!((list(&one).await, list(&other).await, list(&stranger).await), (1, 1, 0));
}
