//! What goes to a store on the wire, byte by byte, and that a transfer that is dropped leaves nothing running. The cases that all
//! languages share are in `tests/conformance/transfers.json`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use infrai::{Client, ErrorKind, Sleep, Source, System, TimeoutPhase};
use infrai_tests::http::{Answer, KEY, Server};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpListener;

/// A client of a service that signs this URL.
async fn client_of(url: &str) -> (Server, Client) {
    let signed = json!({"url": url, "method": "PUT", "expires_at": Utc::now() + TimeDelta::hours(1)});
    let service = Server::start([Answer::json(200, signed)]).await;
    let client = service.builder().header("x-team", "blue").build().expect("a client");
    (service, client)
}

#[tokio::test]
async fn a_store_sees_only_what_the_transfer_needs() {
    let store = Server::start([Answer::new(200, "text/plain", "hello").header("etag", "\"v\"")]).await;
    let (_service, client) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
    let objects = client.storage().object();
    objects.upload("demo", "a", "").await.expect("an upload");
    objects.upload("demo", "a", "hello").await.expect("an upload");
    objects.upload("demo", "a", Source::reader(&b"hello"[..], 5)).await.expect("an upload");
    objects.download("demo", "a").to_bytes().await.expect("a download");
    let requests = store.requests();
    assert_eq!(requests.len(), 4);
    for (request, length) in requests.iter().zip([Some("0"), Some("5"), Some("5"), None]) {
        assert_eq!(request.header("content-length"), length, "{request:?}");
        let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.retain(|name| *name != "content-length");
        names.sort_unstable();
        // `accept: */*` is the HTTP client's, which has no way to leave it out.
        assert_eq!(names, ["accept", "host", "user-agent"], "{request:?}");
        assert_eq!(request.header("accept"), Some("*/*"));
        assert!(!format!("{request:?}").contains(KEY));
    }
    // One connection each: the scripted server closes them.
    assert_eq!(requests[1].body, b"hello");
    assert_eq!(requests[2].body, b"hello");
}

#[tokio::test]
async fn connections_to_a_store_are_used_again() {
    let store = Server::start([Answer::new(200, "text/plain", "").kept_alive()]).await;
    let (_service, client) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
    for _ in 0..5 {
        client.storage().object().upload("demo", "a", "hello").await.expect("an upload");
        client.storage().object().download("demo", "a").to_bytes().await.expect("a download");
    }
    assert_eq!(store.connections(), 1);
}

/// A reader without an end, that is slow if it is to be, and says when it is gone.
struct Endless {
    slow: bool,
    dropped: Arc<AtomicBool>,
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

impl AsyncRead for Endless {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.slow {
            buffer.put_slice(&[0; 1000][..buffer.remaining().min(1000)]);
            return Poll::Ready(Ok(()));
        }
        // Nobody wakes it.
        Poll::Pending
    }
}

impl io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(0);
        Ok(buffer.len())
    }
}

/// A store that takes all it gets and never answers; it counts the connections that are open.
async fn hole() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/demo/a?sig=1", listener.local_addr().expect("an address"));
    let open = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&open);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut buffer = vec![0; 1 << 16];
                while let Ok(1..) = stream.read(&mut buffer).await {}
                count.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (url, open)
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_dropped_leaves_nothing_running() {
    let (url, open) = hole().await;
    let (_service, client) = client_of(&url).await;
    for kind in ["async", "slow", "sync"] {
        let dropped = Arc::new(AtomicBool::new(false));
        let reader = Endless { slow: kind == "slow", dropped: Arc::clone(&dropped) };
        let length = 1 << 40;
        let source = if kind == "sync" { Source::sync_reader(reader, length) } else { Source::reader(reader, length) };
        let objects = client.storage().object();
        let upload = objects.upload("demo", "a", source).send();
        let cut = tokio::time::timeout(Duration::from_millis(300), upload).await;
        assert!(cut.is_err(), "{kind}: {cut:?}");
        until(kind, || dropped.load(Ordering::SeqCst) && open.load(Ordering::SeqCst) == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_dropped_leaves_nothing_running_but_the_part_file() {
    let begun = Answer::new(200, "text/plain", vec![b'a'; 100_000]).header("etag", "\"v\"");
    let store = Server::start([begun.hanging(200_000)]).await;
    let (_service, client) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let objects = client.storage().object();
    let part = folder.path().join(".target.part");
    tokio::select! {
        done = objects.download("demo", "a").to_file(&path) => panic!("it never ends: {done:?}"),
        () = until("there is no part file with its note", || folder.path().join(".target.part.json").exists()) => {}
    }
    assert!(!path.exists());
    // Nobody has it locked.
    until("the part file is locked", || std::fs::File::open(&part).is_ok_and(|file| file.try_lock().is_ok())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_dropped_leaves_no_file_that_nobody_could_go_on_with() {
    let answer = |etag| Answer::new(200, "text/plain", "hello").header("etag", etag).hanging(200_000);
    for (etag, left) in [("\"v\"", 2), ("W/\"v\"", 0)] {
        let store = Server::start([answer(etag)]).await;
        let (_service, client) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("target");
        let objects = client.storage().object();
        let count = || std::fs::read_dir(folder.path()).expect("the folder").count();
        let second = async {
            until("there is no part file with its note", || count() == 2).await;
            tokio::select! {
                done = objects.download("demo", "a").to_file(&path) => panic!("it never ends: {done:?}"),
                () = until("the second has no file of its own", || count() > 2) => {}
            }
            until("the second's file is left", || count() == 2).await;
        };
        tokio::select! {
            done = objects.download("demo", "a").to_file(&path) => panic!("it never ends: {done:?}"),
            () = second => {}
        }
        until("a file is left, or none", || count() == left).await;
        assert_eq!(folder.path().join(".target.part").exists(), left > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_take_its_place_is_an_error_and_leaves_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let (_service, client) = client_of(&format!("http://{}/a?sig=1", listener.local_addr().expect("an address"))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let store = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        // An answer before the request is none.
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 \r\ncontent-length: 5\r\netag: \"v\"\r\n\r\nhe").await.expect("a reader");
        until("no part file", || folder.path().join(".target.part.json").exists()).await;
        std::fs::create_dir_all(path.join("full")).expect("a folder");
        stream.write_all(b"llo").await.expect("a reader");
    };
    let objects = client.storage().object();
    let (result, ()) = tokio::join!(objects.download("demo", "a").to_file(&path), store);
    let error = result.expect_err("a folder is in the way");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().starts_with("what came can't be written: "), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

#[tokio::test]
async fn what_ends_with_the_connection_is_not_taken_for_whole() {
    for (checksum, expected) in [("", None), ("x-amz-checksum-crc64nvme: M3eFcAZSQlc=\r\n", Some(5))] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/a?sig=1", listener.local_addr().expect("an address"));
        let (_service, client) = client_of(&url).await;
        let store = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            stream.write_all(format!("HTTP/1.0 200 \r\n{checksum}\r\nhello").as_bytes()).await.expect("a reader");
        };
        let objects = client.storage().object();
        let (result, ()) = tokio::join!(objects.download("demo", "a").to_bytes(), store);
        match expected {
            Some(length) => assert_eq!(result.expect("whole, by its checksum").len(), length),
            None => assert_eq!(
                result.expect_err("no end").to_string(),
                "storage.object.download: 200: the answer has no length, so its end may be a break (1 attempt)"
            ),
        }
    }
}

#[tokio::test]
async fn a_break_after_much_takes_none_of_the_tokens() {
    const PIECE: usize = 1 << 20;
    let breaks = 120;
    let total = PIECE * breaks + 1;
    let answers = (0..=breaks).map(|at| {
        let from = PIECE * at;
        let bytes = vec![b'a'; PIECE.min(total - from)];
        let answer = Answer::new(if at == 0 { 200 } else { 206 }, "text/plain", bytes).header("etag", "\"v\"");
        let range = format!("bytes {from}-{}/{total}", total - 1);
        if at == 0 { answer.cut_after(total) } else { answer.header("content-range", &range).cut_after(total - from) }
    });
    let store = Server::start(answers).await;
    let (service, _) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
    let client = service.builder().system(Impatient).build().expect("a client");
    let done = client.storage().object().download("demo", "a").to_writer(tokio::io::sink()).await.expect("all");
    assert_eq!((done.bytes, done.attempts as usize), (total as u64, breaks + 1));
}

/// The machine, without waits.
struct Impatient;

impl System for Impatient {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn sleep(&self, _: Duration) -> Sleep<'_> {
        Box::pin(std::future::ready(()))
    }
}

/// With one blocking thread, which the lookup of names needs, many can be under way.
#[test]
fn transfers_hold_none_of_the_threads_that_look_names_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let store = Server::start([Answer::new(200, "text/plain", "hello").header("etag", "\"v\"")]).await;
        let url = format!("{}/demo/a?sig=1", store.url().replace("127.0.0.1", "localhost"));
        let (_service, client) = client_of(&url).await;
        let folder = tempfile::tempdir().expect("a folder");
        let objects = client.storage().object();
        let [a, b] = ["a", "b"].map(|name| objects.download("demo", "a").to_file(folder.path().join(name)));
        let both = tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(a, b) });
        let (a, b) = both.await.expect("threads");
        assert_eq!((a.expect("a file").bytes, b.expect("a file").bytes), (5, 5));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn standing_still_ends_an_upload_and_slowness_does_not() {
    let (url, _) = hole().await;
    let (_service, client) = client_of(&url).await;
    let limit = Duration::from_millis(400);
    let dropped = Arc::new(AtomicBool::new(false));
    let still = Source::reader(Endless { slow: true, dropped }, 10);
    let empty = Source::reader(Endless { slow: true, dropped: Arc::default() }, 0);
    for source in [Source::from("hello"), still, empty] {
        let begun = Instant::now();
        let upload = client.storage().object().upload("demo", "a", source).stall_timeout(limit).max_retries(0);
        let error = upload.await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Stall));
        assert_eq!(error.to_string(), "storage.object.upload: no byte for 0.4 s (1 attempt)");
        assert!(begun.elapsed() >= limit && begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
    // Three seconds, of which no two are without a byte.
    let limit = Duration::from_secs(2);
    let (mut writer, reader) = tokio::io::duplex(16);
    tokio::spawn(async move {
        for _ in 0..15 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            writer.write_all(b"a").await.expect("a reader");
        }
    });
    let store = Server::start([Answer::new(200, "text/plain", "")]).await;
    let (_service, client) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
    let upload = client.storage().object().upload("demo", "a", Source::reader(reader, 15)).stall_timeout(limit);
    upload.await.expect("an upload");
    assert_eq!(store.request().body, b"a".repeat(15));
    // No limit at all.
    let upload = client.storage().object().upload("demo", "a", "hello").stall_timeout(Duration::MAX);
    upload.await.expect("an upload");
}

#[tokio::test]
async fn a_writer_is_never_given_the_first_bytes_twice() {
    let begun = Answer::new(200, "text/plain", "hello").cut_short();
    let rest = Answer::new(206, "text/plain", "!").header("etag", "\"v\"").header("content-range", "bytes 5-5/6");
    let strong = begun.clone().header("etag", "\"v\"");
    let whole = Answer::new(200, "text/plain", "hello!").header("etag", "\"v\"");
    for (answers, expected) in [
        (vec![strong.clone(), rest], Ok(6)),
        (vec![begun, whole.clone()], Err("the connection broke before the answer was whole")),
        (vec![strong.clone(), whole], Err("the object changed while it was downloaded")),
        (vec![strong, Answer::new(412, "text/plain", "")], Err("the object changed while it was downloaded")),
    ] {
        let store = Server::start(answers).await;
        let (service, _) = client_of(&format!("{}/demo/a?sig=1", store.url())).await;
        let client = service.builder().max_retries(2).build().expect("a client");
        let mut written = Vec::new();
        let result = client.storage().object().download("demo", "a").to_writer(&mut written).await;
        assert_eq!(result.as_ref().map(|done| done.bytes).map_err(infrai::Error::message), expected);
        assert_eq!(written, if expected.is_ok() { &b"hello!"[..] } else { b"hello" });
    }
}
