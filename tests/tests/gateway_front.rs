//! What stands before the operations: operators' paths, web pages, limits on what is repeated, and what the command line prints.

use std::time::{Duration, Instant};

use infrai_tests::gateway::{Request, TestGateway, answer, connect};
use infrai_tests::program::{command, run, serve};
use tokio::io::AsyncWriteExt;

const BUCKETS: &str = "/v1/storage/buckets";

const OPERATORS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

#[tokio::test]
async fn looks_at_a_database_that_hangs_do_not_queue_up() {
    let gateway = TestGateway::start().await;
    let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    database.busy_timeout(Duration::from_secs(5)).expect("an option");
    database.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let began = Instant::now();
    let looks: Vec<_> = (0..4)
        .map(|_| {
            let api = gateway.api();
            tokio::spawn(async move { Request::new("GET", "/readyz").send(api).await })
        })
        .collect();
    for look in looks {
        let look = look.await.expect("an answer");
        assert_eq!((look.status, look.json()["checks"]["database"].as_str()), (503, Some("failed")), "{look:?}");
    }
    // One after the other they would take 8.
    assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
}

#[tokio::test]
async fn pages_see_nothing_of_operators_and_use_up_no_trials() {
    let gateway = TestGateway::with(|layer| layer.trial_per_hour = Some(1)).await;
    for path in OPERATORS {
        let looked = Request::new("GET", path).header("origin", "https://app.example").send(gateway.api()).await;
        assert_eq!((looked.status, looked.header("access-control-allow-origin")), (200, None), "{looked:?}");
        let posted = Request::new("POST", path).send(gateway.api()).await;
        let seen = (posted.status, posted.header("allow"), &*posted.code());
        assert_eq!(seen, (405, Some("GET, HEAD"), "method_not_allowed"), "{posted:?}");
    }
    for origin in ["https://app.example", "null"] {
        let activate = Request::new("POST", "/v1/activate").header("origin", origin);
        let refused = gateway.send(&activate).await;
        assert_eq!((refused.status, &*refused.code()), (404, "not_found"), "{refused:?}");
    }
    let activate = Request::new("POST", "/v1/activate").header("host", "127.0.0.1@evil.example");
    let activated = gateway.send(&activate).await;
    assert_eq!(activated.status, 201, "{activated:?}");
    assert!(!activated.text().contains("evil.example"), "{activated:?}");
}

#[tokio::test]
async fn errors_repeat_little_of_a_request() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let long = "é".repeat(200_000);
    for body in [
        format!(r#"{{"bucket":"abc","acl":"{long}"}}"#),
        format!(r#"{{"{long}":1,"{long}":2}}"#),
        format!(r#"{{"bucket":"abc","{long}":{{}}"#),
    ] {
        let refused = gateway.send(&Request::new("POST", BUCKETS).key(&key).json(body)).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body.len() < 600, "{} bytes", refused.body.len());
    }
    let presign = Request::new("POST", "/v1/storage/buckets/demo/objects/a/presign").key(&key);
    let refused = gateway.send(&presign.json(r#"{"expires_seconds":99999999999999999999}"#)).await;
    assert!(refused.message().contains("too large"), "{refused:?}");
}

#[tokio::test]
async fn a_key_is_no_name_of_a_request() {
    let gateway = TestGateway::start().await;
    let named = Request::new("GET", BUCKETS).header("x-request-id", "ifr_pk_proj_0123456789").send(gateway.api()).await;
    assert!(named.header("x-request-id").is_some_and(|id| id.starts_with("req_")), "{named:?}");
}

#[tokio::test]
async fn bodies_under_way_take_no_slots() {
    let gateway = TestGateway::with(|layer| {
        (layer.max_requests, layer.body_seconds) = (Some(6), Some(60));
    })
    .await;
    let key = gateway.activate().await;
    let unfinished = Request::new("POST", BUCKETS).key(&key).header("content-type", "application/json");
    let unfinished = unfinished.header("content-length", "16");
    let mut streams = Vec::new();
    for _ in 0..6 {
        let mut stream = connect(gateway.api()).await;
        stream.write_all(&unfinished.bytes(gateway.api())).await.expect("sent");
        streams.push(stream);
    }
    // They are there when each is counted as running.
    let end = Instant::now() + Duration::from_secs(20);
    while !Request::new("GET", "/metrics")
        .send(gateway.api())
        .await
        .text()
        .lines()
        .any(|line| line.contains("running") && line.contains("api") && line.ends_with(" 7"))
    {
        assert!(Instant::now() < end, "they aren't there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // They have their places until it is known whose they are.
    while gateway.send(&Request::new("GET", BUCKETS).key(&key)).await.status != 200 {
        assert!(Instant::now() < end, "bodies under way take all places");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    streams[0].write_all(br#"{"bucket":"abc"}"#).await.expect("sent");
    assert_eq!(answer(&mut streams[0], false).await.expect("an answer").status, 201);
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_that_nobody_saw_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let made = command(folder.path(), &["keys", "create"]).stdout(full()).output().expect("an end");
    let text = String::from_utf8_lossy(&made.stderr).into_owned();
    assert_eq!(made.status.code(), Some(1), "{text}");
    assert!(text.contains("error: ") && text.contains("keys revoke key_"), "{text}");
    for words in [&["keys", "list"][..], &["serve", "--print-config"], &["doctor"]] {
        let listed = command(folder.path(), words).stdout(full()).output().expect("an end");
        assert_eq!(listed.status.code(), Some(1), "{words:?}");
    }
    // Who stops reading early is no failure, but of a key it is.
    for (words, code) in [(&["keys", "list"][..], 0), (&["keys", "create"], 1)] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ended = command(folder.path(), words).stdout(writer).output().expect("an end");
        assert_eq!(ended.status.code(), Some(code), "{words:?}");
    }
}

#[test]
fn base_urls_are_scheme_host_and_port() {
    let folder = tempfile::tempdir().expect("a folder");
    for url in
        ["http://:pw@host", "http://me@host", "http://@host", "https:api", "https:/api", " https://x ", "https://x/y"]
    {
        let done = serve(folder.path(), &["--public-url", url, "--print-config"]);
        assert!(done.line().contains("`public_url`") && !done.line().contains("pw"), "{url}: {done:?}");
    }
    let done = run(folder.path(), &["serve", "--public-url", "HTTPS://Api.example:443/", "--print-config"]);
    assert!(done.good().contains("public_url = \"https://api.example\""), "{done:?}");
    let done = run(folder.path(), &["serve", "--database", "postgres://me:pw@db.example/x", "--print-config"]);
    assert!(done.good().lines().any(|line| line.starts_with("# database = ")), "{done:?}");
}
