//! The client without async: the same calls, answers and errors, from any thread but one that runs async code.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use infrai::blocking::Client;
use infrai::types::{Acl, PresignMethod};
use infrai::{Error, ErrorKind, Method, Source, StatusCode, TimeoutPhase};
use infrai_tests::host::Host;
use infrai_tests::http::{Answer, KEY, Recorded, Server};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// The runtime of the server; the client has nothing to do with it.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn serve<const N: usize>(runtime: &Runtime, answers: [Answer; N]) -> (Server, Client) {
    let server = runtime.block_on(Server::start(answers));
    let client = server.builder().build_blocking().expect("a client");
    (server, client)
}

fn empty() -> Answer {
    Answer::json(200, json!({"items": []}))
}

fn call(client: &Client) -> Result<usize, Error> {
    client.storage().bucket().list().send().map(|list| list.items.len())
}

#[test]
fn every_operation_is_there_with_its_options() {
    let runtime = runtime();
    let bucket = json!({
        "bucket": "demo", "vendor": "aws", "region": "eu-west-1", "acl": "private", "created_at": "2026-01-02T03:04:05Z",
    });
    let url = json!({
        "url": "https://vendor.example/signed", "method": "PUT", "expires_at": "2026-01-02T03:04:05Z", "headers": {},
        "bucket": "demo", "key": "a/b",
    });
    let answers = [
        Answer::json(201, bucket.clone()),
        Answer::json(200, json!({"items": [bucket]})),
        Answer::json(200, url),
        Answer::json(200, json!({"ok": true})),
    ];
    let (server, client) = serve(&runtime, answers);
    let (buckets, objects) = (client.storage().bucket(), client.storage().object());

    let request =
        buckets.create("demo").vendor("aws").acl(Acl::Private).idempotency_key("once").header("x-team", "blue");
    let made = request.timeout(Duration::from_secs(5)).send_with_response().expect("a bucket");
    assert_eq!((made.status(), made.into_value().vendor.as_str()), (StatusCode::CREATED, "aws"));
    assert_eq!(buckets.list().send().expect("a list").items.len(), 1);
    let put = objects.presign("demo", "a/b").method(PresignMethod::Put).expires_seconds(600).send().expect("a URL");
    assert_eq!(put.url, "https://vendor.example/signed");
    assert!(objects.delete("demo", "a/b").send().expect("an answer").ok);

    let sent = server.requests();
    let lines: Vec<&str> = sent.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "POST /v1/storage/buckets HTTP/1.1",
            "GET /v1/storage/buckets HTTP/1.1",
            "POST /v1/storage/buckets/demo/objects/a%2Fb/presign HTTP/1.1",
            "DELETE /v1/storage/buckets/demo/objects/a%2Fb HTTP/1.1",
        ]
    );
    assert_eq!(sent[0].json(), json!({"bucket": "demo", "vendor": "aws", "acl": "private"}));
    let headers = ["authorization", "idempotency-key", "x-team"].map(|name| sent[0].header(name).unwrap_or_default());
    assert_eq!(headers, [&format!("Bearer {KEY}"), "once", "blue"]);
}

#[test]
fn both_clients_send_the_same_bytes_and_give_the_same_error() {
    let refusal =
        json!({"error": {"code": "bucket_exists", "message": "bucket already exists", "request_id": "req_1"}});
    let runtime = runtime();
    let (server, client) = serve(&runtime, [Answer::json(409, refusal)]);
    let own_id = ("x-request-id", "same");
    let waited = client.storage().bucket().create("demo").idempotency_key("same").header(own_id.0, own_id.1).send();
    let other = server.client();
    let awaited = other.storage().bucket().create("demo").idempotency_key("same").header(own_id.0, own_id.1).send();
    let [waited, awaited] = [waited, runtime.block_on(awaited)].map(|result| result.expect_err("a refusal"));
    assert_eq!(format!("{waited:?}"), format!("{awaited:?}"));
    assert_eq!(waited.code(), Some("bucket_exists"));
    let parts = |request: &Recorded| (request.line.clone(), request.headers.clone(), request.body.clone());
    let [first, second] = &server.requests()[..] else { panic!("not two requests") };
    assert_eq!(parts(first), parts(second));
}

/// All eight wait at the same time: had one to wait for another, the whole would take longer.
#[test]
fn calls_of_many_threads_run_at_once() {
    const THREADS: usize = 8;
    let limit = Duration::from_secs(3);
    let runtime = runtime();
    let (server, client) = serve(&runtime, [Answer::silence()]);
    let (begin, start) = (Barrier::new(THREADS), Instant::now());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let (client, begin) = (client.clone(), &begin);
            scope.spawn(move || {
                begin.wait();
                let error =
                    client.storage().bucket().list().timeout(limit).max_retries(0).send().expect_err("no answer");
                assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Attempt));
            });
        }
    });
    assert!(start.elapsed() < limit * 4, "{:?}", start.elapsed());
    assert_eq!(server.requests().len(), THREADS);
}

#[test]
fn connections_are_kept_and_shared_by_clones_and_threads() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [empty().kept_alive()]);
    let others = || {
        let made = server.connections();
        for _ in 0..3 {
            let client = client.clone();
            thread::spawn(move || call(&client).expect("a list")).join().expect("no panic");
        }
        server.connections() - made
    };
    assert!(others() > 0);
    // A call may come before the connection of the one before is put back, which another thread does: but not in every round.
    assert!((0..20).any(|_| others() == 0), "{} connections", server.connections());
}

#[test]
fn async_code_is_told_to_use_the_async_client() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [empty()]);
    let current = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let in_task = {
        let client = client.clone();
        runtime.block_on(runtime.spawn(async move { call(&client) })).expect("no panic")
    };
    let local = tokio::task::LocalSet::new();
    let in_local = local.block_on(&current, async { call(&client) });
    let refused =
        [runtime.block_on(async { call(&client) }), current.block_on(async { call(&client) }), in_task, in_local];
    for result in refused {
        let error = result.expect_err("a refusal");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert_eq!(
            error.to_string(),
            "storage.bucket.list: a blocking call in async code would hold up its runtime: use the async `Client`, or \
             `spawn_blocking`"
        );
    }
    assert!(server.requests().is_empty());
}

/// A task that was refused goes on as if nothing had been.
#[test]
fn a_refused_call_leaves_its_task_alone() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [empty()]);
    runtime.block_on(async {
        call(&client).expect_err("a refusal");
        tokio::time::sleep(Duration::from_millis(1)).await;
        server.client().storage().bucket().list().await.expect("a list");
    });
}

#[test]
fn where_a_runtime_allows_waiting_calls_work() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [empty()]);
    let in_pool = {
        let client = client.clone();
        runtime.block_on(runtime.spawn_blocking(move || call(&client))).expect("no panic")
    };
    let in_place = {
        let client = client.clone();
        let task = runtime.spawn(async move { tokio::task::block_in_place(|| call(&client)) });
        runtime.block_on(task).expect("no panic")
    };
    let entered = {
        let _inside = runtime.enter();
        call(&client)
    };
    for result in [in_pool, in_place, entered] {
        assert_eq!(result.expect("a list"), 0);
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_client_can_be_made_and_dropped_anywhere() {
    let runtime = runtime();
    let (server, used) = serve(&runtime, [empty().kept_alive()]);
    call(&used).expect("a list");
    let last = used.clone();
    drop(used);
    call(&last).expect("a list");
    runtime.block_on(async move { drop(last) });
    runtime.block_on(async { drop(server.builder().build_blocking().expect("a client")) });
}

#[test]
fn a_clients_debug_is_that_of_the_async_one() {
    let builder = Client::builder().api_key(KEY).base_url("https://api.example").environment(|_| None);
    let (own, other) = (builder.clone().build_blocking().expect("a client"), builder.build().expect("a client"));
    assert_eq!(format!("{own:?}"), format!("{other:?}"));
    assert_eq!(own.base_url().ok(), other.base_url().ok());
    let shown = format!("{own:?} {:?} {:?}", own.storage().bucket(), own.storage().object().delete("demo", "a"));
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("ifr_pk_…6789") && shown.contains("https://api.example"), "{shown}");
}

#[test]
fn what_can_not_be_used_is_refused_as_by_the_async_one() {
    let error = Client::builder().api_key("").build_blocking().expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::Credentials);
    let keyless = Client::builder().base_url("http://127.0.0.1:1").environment(|_| None).build_blocking();
    let error = call(&keyless.expect("a client without a key")).expect_err("a call without a key");
    assert_eq!(error.kind(), ErrorKind::Credentials);
}

#[test]
fn requests_of_ones_own_wait_too() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [Answer::json(200, json!({"used": 7}))]);
    let usage: Value = client.request(Method::GET, "/v1/usage").idempotent(true).send().expect("an answer");
    assert_eq!(usage["used"], 7);
    assert_eq!(server.request().line, "GET /v1/usage HTTP/1.1");
}

#[test]
fn activation_waits_and_keeps_the_key() {
    let runtime = runtime();
    let home = tempfile::tempdir().expect("a folder");
    let server = runtime
        .block_on(Server::start([Answer::json(201, json!({"api_key": KEY})), Answer::json(200, json!({"items": []}))]));
    let machine = Host::default().home(home.path());
    let client = Client::builder().base_url(server.url()).system(machine).build_blocking().expect("a client");
    let refused = runtime.block_on(async { client.activate() }).expect_err("a refusal");
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::InvalidRequest, Some("activate")));
    let new = client.activate().expect("a key");
    assert_eq!((new.kept(), new.shown_key()), (false, "ifr_pk_…6789"));
    let file = std::fs::read_to_string(new.file().expect("a file")).expect("the file");
    assert!(file.contains(KEY), "{file}");
    assert_eq!(call(&client).expect("a list"), 0);
    assert!(client.activate().expect("a key").kept());
    let lines: Vec<_> = server.requests().iter().map(|request| request.line.clone()).collect();
    let list = "GET /v1/storage/buckets HTTP/1.1";
    assert_eq!(lines, ["POST /v1/activate HTTP/1.1", list, list]);
}

#[test]
fn transfers_wait_too() {
    let runtime = runtime();
    let body = Answer::new(200, "text/plain", "hello").header("etag", "\"v\"");
    let store = runtime.block_on(Server::start([body]));
    let signed = json!({
        "url": format!("{}/demo/a?sig=1", store.url()), "method": "PUT", "expires_at": "2126-01-02T03:04:05Z",
    });
    let (_service, client) = serve(&runtime, [Answer::json(200, signed)]);
    let objects = client.storage().object();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    std::fs::write(&path, "hello").expect("a file");
    let reader = Source::sync_reader(std::io::Cursor::new("hello"), 5);
    for source in ["hello".into(), Source::from(&path), reader] {
        let up = objects.upload("demo", "a", source).send().expect("an upload");
        assert_eq!((up.bytes, up.etag.as_deref(), up.attempts), (5, Some("\"v\""), 1));
    }
    std::fs::remove_file(&path).expect("a file");
    let down = objects.download("demo", "a").to_file(&path).expect("a download");
    assert_eq!((down.bytes, std::fs::read(&path).expect("the file")), (5, b"hello".to_vec()));
    assert_eq!(objects.download("demo", "a").to_bytes().expect("a download"), "hello");
    let mut written = Vec::new();
    objects.download("demo", "a").to_writer(&mut written).expect("a download");
    assert_eq!(written, b"hello");
    let requests = store.requests();
    assert_eq!(requests.len(), 6);
    assert!(requests[..3].iter().all(|request| request.body == b"hello" && request.line.starts_with("PUT /demo/a?")));
    assert!(requests[3..].iter().all(|request| request.line.starts_with("GET /demo/a?")));
}

#[test]
fn transfers_in_async_code_are_refused_and_send_nothing() {
    let runtime = runtime();
    let (server, client) = serve(&runtime, [empty()]);
    let objects = client.storage().object();
    let (up, down) = runtime.block_on(async {
        (objects.upload("demo", "a", "hello").send().err(), objects.download("demo", "a").to_bytes().err())
    });
    for (error, operation) in [(up, "storage.object.upload"), (down, "storage.object.download")] {
        let error = error.expect("a refusal");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some(operation)));
    }
    assert!(server.requests().is_empty());
    let error = objects.download("demo", "a").to_bytes().expect_err("no signed URL");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("storage.object.presign")));
}

#[test]
fn a_client_is_cheap_to_share() {
    fn shared<T: Clone + Send + Sync + 'static>() -> usize {
        size_of::<T>()
    }
    assert_eq!(shared::<Client>(), size_of::<usize>());
}
