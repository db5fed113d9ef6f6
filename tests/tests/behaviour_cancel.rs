//! A call that is dropped ends at once and leaves nothing running: no connection, no task, no wait and no further request.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use infrai::{Client, Progress, Source};
use infrai_tests::host::Host;
use infrai_tests::http::{Answer, Server};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Handle;

/// How soon all must be over.
const SOON: Duration = Duration::from_secs(1);

/// How long a call may take to get to where it is dropped.
const PATIENCE: Duration = Duration::from_secs(10);

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

async fn until(limit: Duration, what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < limit, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Drops the call as soon as `now`.
async fn cut<T: Debug>(call: impl Future<Output = T>, now: impl Fn() -> bool) {
    tokio::select! {
        done = call => panic!("it came to its end: {done:?}"),
        () = until(PATIENCE, "the call doesn't get there", now) => {}
    }
}

/// Drops the call as soon as `now`; then these servers have no connection, nothing runs that did not before, and nothing more comes.
async fn leaves_nothing<T: Debug>(servers: &[&Server], call: impl Future<Output = T>, now: impl Fn() -> bool) {
    let before = tasks();
    cut(call, now).await;
    let requests = || servers.iter().map(|server| server.requests().len()).sum::<usize>();
    let came = requests();
    until(SOON, "a connection is open", || servers.iter().all(|server| server.open() == 0)).await;
    until(SOON, "something still runs", || tasks() <= before).await;
    assert_eq!(requests(), came, "a request came after the end");
}

/// A service that signs this store's URLs, and its client.
async fn service_of(store: &Server, host: &Host) -> (Server, Client) {
    let url = format!("{}/demo/a?sig=1", store.url());
    let signed = json!({"url": url, "method": "PUT", "expires_at": Utc::now() + TimeDelta::hours(1)});
    let service = Server::start([Answer::json(200, signed)]).await;
    let client = service.builder().system(host.clone()).max_retries(2).build().expect("a client");
    (service, client)
}

#[tokio::test]
async fn during_an_attempt() {
    let hanging = Answer::json(200, json!({"items": []})).hanging(100);
    for answer in [Answer::silence(), hanging, Answer::json(200, json!({})).dripping()] {
        let server = Server::start([answer]).await;
        let client = server.client();
        let (buckets, objects) = (client.storage().bucket(), client.storage().object());
        leaves_nothing(&[&server], buckets.list().send(), || server.requests().len() == 1).await;
        leaves_nothing(&[&server], buckets.create("demo").send(), || server.requests().len() == 2).await;
        leaves_nothing(&[&server], objects.delete("demo", "a").send(), || server.requests().len() == 3).await;
    }
}

#[tokio::test]
async fn during_a_wait_between_attempts() {
    let host = Host::default().endless_waits();
    let server = Server::start([Answer::json(503, json!({}))]).await;
    let client = server.builder().system(host.clone()).max_retries(2).build().expect("a client");
    leaves_nothing(&[&server], client.storage().bucket().list().send(), || host.waiting() == 1).await;
    assert_eq!((host.waiting(), host.waits().len(), server.requests().len()), (0, 1, 1));
}

#[tokio::test]
async fn a_call_that_was_dropped_is_no_loss_to_the_next_one() {
    let server = Server::start([Answer::silence(), Answer::json(200, json!({"items": []}))]).await;
    let client = server.client();
    leaves_nothing(&[&server], client.storage().bucket().list().send(), || server.requests().len() == 1).await;
    client.storage().bucket().list().await.expect("a list");
}

#[tokio::test]
async fn while_an_upload_sends() {
    let store = Server::start([Answer::silence()]).await;
    let (service, client) = service_of(&store, &Host::default()).await;
    let (mut writer, reader) = tokio::io::duplex(1024);
    writer.write_all(b"hello").await.expect("room");
    // The other 5 bytes never come.
    let upload = client.storage().object().upload("demo", "a", Source::reader(reader, 10)).send();
    leaves_nothing(&[&service, &store], upload, || store.open() == 1).await;
    // The reader is gone, too.
    assert!(writer.write_all(b"hello").await.is_err());
}

#[tokio::test]
async fn while_an_upload_waits_for_its_answer() {
    let store = Server::start([Answer::silence()]).await;
    let (service, client) = service_of(&store, &Host::default()).await;
    let upload = client.storage().object().upload("demo", "a", "hello").send();
    leaves_nothing(&[&service, &store], upload, || store.requests().len() == 1).await;
}

#[tokio::test]
async fn while_a_download_reads() {
    let body = vec![b'a'; 100_000];
    let store = Server::start([Answer::new(200, "text/plain", body).header("etag", "\"v\"").hanging(200_000)]).await;
    let (service, client) = service_of(&store, &Host::default()).await;
    let folder = tempfile::tempdir().expect("a folder");
    for to_file in [false, true] {
        let bytes = Arc::new(AtomicU64::new(0));
        let so_far = Arc::clone(&bytes);
        let watch = move |progress: Progress| so_far.store(progress.bytes, Ordering::SeqCst);
        let download = client.storage().object().download("demo", "a").progress(watch);
        let download = async {
            let path = folder.path().join("a");
            if to_file { download.to_file(path).await.map(|_| ()) } else { download.to_bytes().await.map(|_| ()) }
        };
        leaves_nothing(&[&service, &store], download, || bytes.load(Ordering::SeqCst) > 0).await;
    }
}

#[tokio::test]
async fn while_a_transfer_waits_between_attempts() {
    let host = Host::default().endless_waits();
    let store = Server::start([Answer::new(503, "text/plain", "")]).await;
    let (service, client) = service_of(&store, &host).await;
    let objects = client.storage().object();
    let all = [&service, &store];
    leaves_nothing(&all, objects.upload("demo", "a", "hello").send(), || host.waiting() == 1).await;
    leaves_nothing(&all, objects.download("demo", "a").to_bytes(), || host.waiting() == 1).await;
    assert_eq!((host.waiting(), store.requests().len()), (0, 2));
}
