//! What operators see: log lines, metrics, readiness; and what nobody may see in them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, TestGateway, activate, client, connect, fetch};
use infrai_tests::program::{Program, run};
use serde_json::Value;
use tokio::io::AsyncWriteExt;

const BUCKETS: &str = "/v1/storage/buckets";

/// The log's lines, each of which is to be a JSON object.
fn lines(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The line of the request with this id.
fn line_of(lines: &[Value], id: &str) -> Value {
    let mut found = lines.iter().filter(|line| line["request_id"] == id && line["message"] == "request");
    let line = found.next().unwrap_or_else(|| panic!("no line of {id}"));
    assert!(found.next().is_none(), "{id} has two lines");
    line.clone()
}

#[cfg(unix)]
#[tokio::test]
async fn each_request_has_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(folder.path(), &["--log", "json"]).await;
    let api = program.api();
    let key = activate(api).await;
    let send = async |request: Request, id: &str| request.header("x-request-id", id).send(api).await.status;
    let create = |body: &str| Request::new("POST", BUCKETS).key(&key).json(body);
    assert_eq!(send(create(r#"{"bucket":"abc"}"#), "id-1").await, 201);
    assert_eq!(send(create(r#"{"bucket":"abc"}"#), "id-2").await, 409);
    assert_eq!(send(create("{"), "id-3").await, 400);
    assert_eq!(send(Request::new("GET", BUCKETS), "id-4").await, 401);
    assert_eq!(send(Request::new("GET", "/nothing"), "id-5").await, 404);
    assert_eq!(send(Request::new("PUT", BUCKETS), "id-6").await, 405);
    assert_eq!(send(Request::new("POST", "/v1/activate"), "id-7").await, 201);
    let put = client(api, &key).storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &put);
    assert_eq!(request.header("x-request-id", "id-8").body("text").send(to).await.status, 200);
    let (request, to) = Request::to("GET", &put);
    assert_eq!(request.header("x-request-id", "id-9").send(to).await.status, 403);
    program.terminate();
    let done = program.ended().await;
    assert!(done.status.success(), "{done:?}");

    let lines = lines(&done.stderr);
    for line in &lines {
        let time = line["timestamp"].as_str().unwrap_or_default();
        assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
        assert!(["ERROR", "WARN", "INFO"].iter().any(|level| line["level"] == *level), "{line}");
        assert!(line["message"].is_string(), "{line}");
    }
    for (id, front, method, operation, status, code) in [
        ("id-1", "api", "POST", "storage.bucket.create", 201, None),
        ("id-2", "api", "POST", "storage.bucket.create", 409, Some("bucket_exists")),
        ("id-3", "api", "POST", "storage.bucket.create", 400, Some("invalid_request")),
        ("id-4", "api", "GET", "storage.bucket.list", 401, Some("unauthorized")),
        ("id-5", "api", "GET", "none", 404, Some("not_found")),
        ("id-6", "api", "PUT", "none", 405, Some("method_not_allowed")),
        ("id-7", "api", "POST", "activate", 201, None),
        ("id-8", "s3", "PUT", "PutObject", 200, None),
    ] {
        let line = line_of(&lines, id);
        assert_eq!(line["front"], front, "{line}");
        assert_eq!(line["method"], method, "{line}");
        assert_eq!(line["operation"], operation, "{line}");
        assert_eq!(line["status"], status, "{line}");
        assert_eq!(line["code"].as_str(), code, "{line}");
        assert!(line["ms"].is_u64(), "{line}");
        let known = matches!(id, "id-1" | "id-2" | "id-3" | "id-7");
        assert_eq!(line["account"].as_str().is_some_and(|account| account.len() == 16), known, "{line}");
    }
    let refused = line_of(&lines, "id-9");
    assert_eq!((refused["front"].as_str(), refused["status"].as_u64()), (Some("s3"), Some(403)), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_secret_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["--log", "json", "--log-level", "debug"];
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
    lines(&done.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_is_as_quiet_as_it_is_told_to_be() {
    for (words, has) in [(&["--log-level", "off"][..], false), (&["--log-level", "error"], false), (&[], true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = Program::start(folder.path(), words).await;
        activate(program.api()).await;
        program.terminate();
        let done = program.ended().await;
        assert_eq!(done.stderr.contains("activate"), has, "{done:?}");
        assert!(has || done.stderr.is_empty(), "{done:?}");
        assert!(!done.stderr.contains('\u{1b}'), "colours in a file: {done:?}");
    }
}

/// The samples of a page of metrics, by name and labels.
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut samples = BTreeMap::new();
    let mut described = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.split(' ');
            if words.next() == Some("TYPE") {
                described.push(words.next().expect("a name").to_owned());
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let name = series.split('{').next().unwrap_or_default();
        assert!(
            described.last().is_some_and(|family| name.starts_with(family.as_str())),
            "{line} stands under {described:?}"
        );
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} stands there twice");
    }
    samples
}

#[tokio::test]
async fn requests_are_counted() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let client = gateway.client(&key);
    for _ in 0..3 {
        client.storage().bucket().list().await.expect("a list");
    }
    gateway.send(&Request::new("GET", BUCKETS)).await;
    gateway.send(&Request::new("GET", "/nothing/canary-path")).await;
    let put = client.storage().object().presign("demo", "canary-object").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"text")).await.status, 200);

    let page = Request::new("GET", "/metrics").send(gateway.api()).await;
    let kind = page.header("content-type").unwrap_or_default();
    assert!(page.status == 200 && kind.starts_with("application/openmetrics-text; version=1.0.0"), "{page:?}");
    let text = page.text();
    let samples = samples(&text);
    let count = |front: &str, operation: &str, status: u16| {
        let labels =
            [format!("front=\"{front}\""), format!("operation=\"{operation}\""), format!("status=\"{status}\"")];
        let mut found = samples.iter().filter(|(series, _)| {
            series.starts_with("infrai_http_requests_total{") && labels.iter().all(|label| series.contains(label))
        });
        found.next().map_or(0.0, |(_, value)| *value)
    };
    for (front, operation, status, expected) in [
        ("api", "storage.bucket.list", 200, 3.0),
        ("api", "storage.bucket.list", 401, 1.0),
        ("api", "activate", 201, 1.0),
        ("api", "none", 404, 1.0),
        ("api", "storage.object.presign", 200, 1.0),
        ("s3", "PutObject", 200, 1.0),
    ] {
        assert!((count(front, operation, status) - expected).abs() < 0.1, "{front} {operation} {status}: {text}");
    }
    let running = samples.iter().find(|(series, _)| series.starts_with("infrai_http_requests_running{front=\"api\""));
    assert_eq!(running.map(|(_, value)| *value), Some(1.0), "{text}");
    let up = samples.iter().find(|(series, _)| series.starts_with("infrai_vendor_up{vendor=\"local\""));
    assert_eq!(up.map(|(_, value)| *value), Some(1.0), "{text}");
    let durations: Vec<_> =
        samples.keys().filter(|series| series.starts_with("infrai_http_request_duration_seconds")).collect();
    assert!(durations.iter().any(|series| series.contains("le=\"+Inf\"")), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn what_is_asked_for_makes_no_new_series() {
    let gateway = TestGateway::start().await;
    let series = async || -> BTreeSet<String> {
        let names = samples(&Request::new("GET", "/metrics").send(gateway.api()).await.text()).into_keys();
        // What is known of a vendor comes when it comes.
        names.filter(|name| !name.starts_with("infrai_vendor_")).collect()
    };
    let ask = async |number: usize| {
        Request::new("GET", &format!("/nothing/{number}")).send(gateway.api()).await;
        Request::new(&format!("X{number}"), BUCKETS).send(gateway.api()).await;
        Request::new(&format!("X{number}"), "/bucket/key").send(gateway.s3()).await;
    };
    ask(0).await;
    series().await;
    let before = series().await;
    for number in 1..30 {
        ask(number).await;
    }
    assert_eq!(series().await, before);
}

#[tokio::test]
async fn it_is_ready_only_while_it_can_serve() {
    let gateway = TestGateway::start().await;
    let ready = async || Request::new("GET", "/readyz").send(gateway.api()).await;
    let well = ready().await;
    assert_eq!((well.status, well.json()["status"].as_str()), (200, Some("ok")), "{well:?}");
    for check in ["database", "store", "vendor local"] {
        assert_eq!(well.json()["checks"][check], "ok", "{well:?}");
    }
    for (file, table, check) in [("state.sqlite", "probe", "database"), ("store/index.sqlite", "touched", "store")] {
        let database = rusqlite::Connection::open(gateway.data().join(file)).expect("the database");
        database.busy_timeout(Duration::from_secs(5)).expect("an option");
        database.execute_batch(&format!("ALTER TABLE {table} RENAME TO elsewhere")).expect("a change");
        // A good answer is kept for a second.
        let end = Instant::now() + Duration::from_secs(10);
        let ill = loop {
            let answer = ready().await;
            if answer.status != 200 || Instant::now() > end {
                break answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!((ill.status, ill.json()["status"].as_str()), (503, Some("failed")), "{ill:?}");
        assert_eq!(ill.json()["checks"][check], "failed", "{ill:?}");
        // Causes are for the log.
        assert!(!ill.text().contains("sqlite") && !ill.text().contains("table"), "{ill:?}");
        assert_eq!(Request::new("GET", "/healthz").send(gateway.api()).await.json()["status"], "ok");
        database.execute_batch(&format!("ALTER TABLE elsewhere RENAME TO {table}")).expect("a change");
        assert_eq!(ready().await.status, 200);
    }
}
