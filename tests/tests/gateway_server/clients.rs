//! Clients that are slow, stop or go away; and web pages.

use std::time::{Duration, Instant};

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Request, TestGateway, answer, connect, fetch, until, until_running};
use infrai_tests::program::{Program, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::{BUCKETS, config, folder};

/// A gateway that waits no longer than three seconds for what has stopped, and has one connection at a time.
/// (That what is slow may go on is tested where time is the test's: in `server/store.rs` and `server/stall.rs` of the gateway.)
async fn hasty() -> (TestGateway, infrai::Client) {
    let gateway = TestGateway::with(|layer| {
        layer.stall_seconds = Some(3);
        layer.max_connections = Some(1);
    })
    .await;
    let client = gateway.client(&gateway.activate().await);
    (gateway, client)
}

#[tokio::test]
async fn an_upload_that_stops_is_cut_off() {
    let (_gateway, client) = hasty().await;
    let url = client.storage().object().presign("demo", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &url, Some(&[b'x'; 1000])).await.status, 200);
    let (request, to) = Request::to("PUT", &url);
    let request = request.header("content-length", "1000");
    let (began, mut stopped) = (Instant::now(), connect(to).await);
    stopped.write_all(&request.bytes(to)).await.expect("sent");
    stopped.write_all(&[b'y'; 999]).await.expect("sent");
    let refused = answer(&mut stopped, false).await;
    assert!(refused.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)), "{refused:?}");
    let rest = tokio::time::timeout(Duration::from_secs(20), stopped.read_u8()).await;
    assert!(rest.is_ok_and(|rest| rest.is_err()), "the connection stays open");
    assert!((3..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    // What was there is there.
    let get = client.storage().object().presign("demo", "a").method(PresignMethod::Get).await.expect("a URL").url;
    assert_eq!(fetch("GET", &get, None).await.body, [b'x'; 1000]);
}

#[tokio::test]
async fn a_download_that_nobody_takes_is_cut_off() {
    const SIZE: usize = 16 << 20;
    let (_gateway, client) = hasty().await;
    let objects = client.storage().object();
    let put = objects.presign("demo", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(&vec![b'x'; SIZE])).await.status, 200);
    let get = objects.presign("demo", "a").method(PresignMethod::Get).await.expect("a URL").url;
    let (request, to) = Request::to("GET", &get);
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(64 << 10).expect("an option");
    let mut stream = socket.connect(to).await.expect("a connection");
    stream.write_all(&request.bytes(to)).await.expect("sent");
    stream.peek(&mut [0]).await.expect("the answer begins");
    // Who takes what comes gets all of it, as soon as the connection that there may be is free.
    let began = Instant::now();
    assert_eq!(fetch("GET", &get, None).await.body.len(), SIZE);
    assert!((0..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    let mut taken = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut taken)).await;
    assert!(read.is_ok() && taken.len() < SIZE, "{} bytes came, {read:?}", taken.len());
}

#[tokio::test]
async fn a_request_at_work_is_no_stall() {
    let engine = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", engine.local_addr().expect("its address"));
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = engine.accept().await {
            open.push(tokio::spawn(async move {
                // Longer than each limit, and all of them began before.
                tokio::time::sleep(Duration::from_millis(1500)).await;
                let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(refusal).await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }));
        }
    });
    let folder = folder();
    let file = config(folder.path(), "embedded = true\nstall_seconds = 1\nheader_seconds = 1\nbody_seconds = 1", &url);
    let program = Program::start(folder.path(), &["--config", &file]).await;
    let key = run(folder.path(), &["keys", "create"]).good().trim_end().to_owned();
    let create = Request::new("POST", BUCKETS).key(&key).json(r#"{"bucket":"abc","vendor":"other"}"#);
    let answered = create.send(program.api()).await;
    assert_eq!((answered.status, &*answered.code()), (502, "vendor_error"), "{answered:?}");
}

#[tokio::test]
async fn who_goes_away_leaves_a_line() {
    // An engine that takes connections and says nothing.
    let engine = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", engine.local_addr().expect("its address"));
    let folder = folder();
    let file = config(folder.path(), "embedded = true\nlog = 'json'", &url);
    let program = Program::start(folder.path(), &["--config", &file]).await;
    let key = run(folder.path(), &["keys", "create"]).good().trim_end().to_owned();
    let create = Request::new("POST", BUCKETS).key(&key).header("x-request-id", "gone-1");
    let create = create.json(r#"{"bucket":"abc","vendor":"other"}"#);
    let mut stream = connect(program.api()).await;
    stream.write_all(&create.bytes(program.api())).await.expect("sent");
    until_running(program.api(), "api", 1).await;
    drop(stream);
    let line = until("it has a line", async || {
        let text = program.stderr();
        let of_it = |line: &&str| line.contains(r#""message":"request""#) && line.contains("gone-1");
        text.lines().find(of_it).map(str::to_owned)
    })
    .await;
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((line["status"].as_u64(), line["method"].as_str()), (Some(499), Some("POST")), "{line}");
    let metrics = Request::new("GET", "/metrics").send(program.api()).await.text();
    assert!(metrics.contains("status=\"499\""), "{metrics}");
}

#[tokio::test]
async fn what_goes_wrong_is_logged_under_the_requests_id() {
    let folder = folder();
    let program = Program::start(folder.path(), &["--log", "json", "--log-level", "warn"]).await;
    let database = rusqlite::Connection::open(folder.path().join("data/state.sqlite")).expect("the database");
    database.execute_batch("ALTER TABLE probe RENAME TO elsewhere").expect("a change");
    // What was found to be well isn't looked at again at once.
    let mut number = 0;
    let id = until("it isn't ready", async || {
        number += 1;
        let id = format!("ready-{number}");
        let ready = Request::new("GET", "/readyz").header("x-request-id", &id).send(program.api()).await;
        (ready.status == 503).then_some(id)
    })
    .await;
    let cause = until("the cause is logged", async || {
        let text = program.stderr();
        let cause = text.lines().find(|line| line.contains("not ready") && line.contains("database"))?;
        Some(serde_json::from_str::<serde_json::Value>(cause).expect("JSON"))
    })
    .await;
    assert_eq!(cause["span"]["request_id"], *id, "{cause}");
}

#[tokio::test]
async fn many_looks_are_one() {
    let gateway = TestGateway::start().await;
    let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    let count = || database.query_row("SELECT count FROM probe", [], |row| row.get::<_, i64>(0)).expect("a count");
    let (began, before) = (Instant::now(), count());
    let looks: Vec<_> = (0..20)
        .map(|_| {
            let api = gateway.api();
            // A look has two seconds for its write: who is told that it took longer looks again.
            tokio::spawn(until("it is ready", async move || {
                let status = Request::new("GET", "/readyz").send(api).await.status;
                assert!([200, 503].contains(&status), "{status}");
                (status == 200).then_some(())
            }))
        })
        .collect();
    for look in looks {
        look.await.expect("it is ready");
    }
    let most = 1 + i64::try_from(began.elapsed().as_secs()).expect("a number");
    assert!((1..=most).contains(&(count() - before)), "{} writes", count() - before);
}

#[tokio::test]
async fn options_of_no_page_are_a_method_as_others() {
    let gateway = TestGateway::start().await;
    let origin = |request: Request| request.header("origin", "https://app.example");
    for bare in [Request::new("OPTIONS", BUCKETS), origin(Request::new("OPTIONS", BUCKETS))] {
        let answer = gateway.send(&bare).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST")), "{answer:?}");
    }
    assert_eq!(gateway.send(&Request::new("OPTIONS", "/nothing")).await.status, 404);
    let plain = gateway.send(&Request::new("GET", BUCKETS)).await;
    assert_eq!(plain.header("access-control-allow-origin"), None, "{plain:?}");
    // No page may take trial accounts from a gateway on its visitor's machine.
    let preflight = origin(Request::new("OPTIONS", "/v1/activate")).header("access-control-request-method", "POST");
    let answer = preflight.send(gateway.api()).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{answer:?}");
    let activated = origin(Request::new("POST", "/v1/activate")).send(gateway.api()).await;
    assert_eq!((activated.status, activated.header("access-control-allow-origin")), (404, None), "{activated:?}");
}

#[tokio::test]
async fn a_dropped_gateway_takes_its_connections_along() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let url = client.storage().object().presign("demo", "a").await.expect("a URL").url;
    let (request, to) = Request::to("PUT", &url);
    let mut upload = connect(to).await;
    upload.write_all(&request.header("content-length", "1000").bytes(to)).await.expect("sent");
    until_running(gateway.api(), "s3", 1).await;
    drop(gateway);
    let end = tokio::time::timeout(Duration::from_secs(30), upload.read_u8()).await;
    assert!(end.is_ok_and(|end| end.is_err()), "the connection stays open");
}
