//! What nobody may see: keys, signatures, names and contents of objects.

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, activate, client, connect, fetch};
use infrai_tests::program::{Program, run};
use tokio::io::AsyncWriteExt;

use super::BUCKETS;
use super::lines::json_lines;

#[tokio::test]
async fn nothing_secret_is_printed_as_json() {
    nothing_secret("json", |stderr| drop(json_lines(stderr))).await;
}

#[tokio::test]
async fn nothing_secret_is_printed_as_text() {
    nothing_secret("text", |stderr| assert!(stderr.contains("status=403"), "{stderr}")).await;
}

/// Has a gateway with this log do all sorts of things, and looks through all that it has printed; then `read` does.
async fn nothing_secret(format: &str, read: impl FnOnce(&str)) {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["--log", format, "--log-level", "debug"];
    let mut program = Program::start(folder.path(), &words).await;
    let api = program.api();
    let key = activate(api).await;
    let own = run(folder.path(), &["keys", "create", "--account", "acme"]).good().trim_end().to_owned();
    let api_client = client(api, &key);
    let mut secrets = vec![key[12..].to_owned(), own[12..].to_owned()];
    let keep = |url: &str, secrets: &mut Vec<String>| {
        let (_, signature) = url.split_once("X-Amz-Signature=").expect("a signature");
        secrets.push(signature.split('&').next().unwrap_or_default().to_owned());
    };

    // What goes well.
    client(api, &own).storage().bucket().create("abc").await.expect("a bucket");
    let objects = api_client.storage().object();
    let put = objects.presign("demo", "canary-object/név 1.txt").await.expect("a URL").url;
    keep(&put, &mut secrets);
    assert_eq!(fetch("PUT", &put, Some(b"canary-content")).await.status, 200);
    let get = objects.presign("demo", "canary-object/név 1.txt").method(PresignMethod::Get).await.expect("a URL").url;
    keep(&get, &mut secrets);
    assert_eq!(fetch("GET", &get, None).await.status, 200);
    // What doesn't: expired, tampered, cut off, nonsense, with a body that is none, and with the key where it doesn't belong.
    assert_eq!(fetch("PUT", &get, Some(b"canary-content")).await.status, 403);
    assert_eq!(fetch("GET", &get.replace("/canary-object", "/canary-object2"), None).await.status, 403);
    assert_eq!(fetch("GET", &get.replace("X-Amz-Expires=900", "X-Amz-Expires=9000000"), None).await.status, 400);
    let (request, to) = Request::to("PUT", &put);
    let mut broken = connect(to).await;
    broken.write_all(&request.header("content-length", "1000").bytes(to)).await.expect("sent");
    drop(broken);
    for request in [
        Request::new("GET", &format!("{BUCKETS}?key={key}")),
        Request::new("GET", &format!("/canary-object/{key}")).key(&key),
        Request::new("POST", BUCKETS).key(&key).json(format!("{{\"bucket\":\"{key}\"}}")),
        Request::new("POST", BUCKETS)
            .key(&key)
            .header("idempotency-key", &key)
            .json(r#"{"bucket":"abd","vendor":"nobody"}"#),
        Request::new("DELETE", &format!("{BUCKETS}/demo/objects/canary-object%0A")).key(&key),
        Request::new("GET", BUCKETS).key(&format!("{key}x")),
        Request::new("GET", BUCKETS).header("authorization", &key),
        Request::new("GET", "/readyz").key(&key),
    ] {
        request.send(api).await;
    }
    for sent in [format!("GET / HTTP/1.1\r\nauthorization Bearer {key}\r\n\r\n"), format!("{key} / HTTP/7\r\n\r\n")] {
        let mut stream = connect(api).await;
        stream.write_all(sent.as_bytes()).await.expect("sent");
        infrai_tests::gateway::answer(&mut stream, false).await;
    }
    objects.delete("demo", "canary-object/név 1.txt").await.expect("an answer");
    let credentials = run(folder.path(), &["keys", "s3"]);
    let secret = credentials.good().lines().find_map(|line| line.strip_prefix("AWS_SECRET_ACCESS_KEY="));
    secrets.push(secret.expect("a secret").to_owned());
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success(), "{done:?}");

    secrets.extend(["canary-object", "canary-content", "X-Amz-", "Bearer"].map(str::to_owned));
    for secret in secrets {
        for line in done.stderr.lines().chain(done.stdout.lines()) {
            assert!(!line.to_lowercase().contains(&secret.to_lowercase()), "{secret} is in: {line}");
        }
    }
    read(&done.stderr);
}
