//! What a progress callback sees, in uploads and downloads that go well and in some that break off.

use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use infrai::{Client, Progress};
use infrai_tests::gateway::TestGateway;
use infrai_tests::http::{Answer, Server};
use serde_json::json;

/// What came, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Progress>>>);

impl Seen {
    fn watcher(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let seen = self.clone();
        move |progress| seen.0.lock().expect("no panic").push(progress)
    }

    /// The numbers so far, each with the same total.
    fn bytes(&self, total: Option<u64>) -> Vec<u64> {
        let seen = self.0.lock().expect("no panic");
        assert!(seen.iter().all(|progress| progress.total == total), "{seen:?}");
        seen.iter().map(|progress| progress.bytes).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_grows_to_the_whole_length() {
    let gateway = TestGateway::start().await;
    let client = gateway.client(&gateway.activate().await);
    let objects = client.storage().object();
    for length in [0_u64, 1, 5_000_000] {
        let bytes = vec![7; usize::try_from(length).expect("a small number")];
        let (up, down) = (Seen::default(), Seen::default());
        objects.upload("demo", "a", bytes).progress(up.watcher()).await.expect("an upload");
        objects.download("demo", "a").progress(down.watcher()).to_bytes().await.expect("a download");
        for seen in [up.bytes(Some(length)), down.bytes(Some(length))] {
            assert!(seen.is_sorted() && seen.last() == Some(&length), "{seen:?}");
            assert!(length < 1_000_000 || seen.len() > 3, "{seen:?}");
        }
    }
}

/// A client of a service that signs URLs of `store`.
async fn client_of(store: &Server, method: &str) -> (Server, Client) {
    let signed = json!({"url": format!("{}/demo/a?sig=1", store.url()), "method": method,
        "expires_at": Utc::now() + TimeDelta::hours(1)});
    let service = Server::start([Answer::json(200, signed)]).await;
    let client = service.builder().max_retries(2).build().expect("a client");
    (service, client)
}

#[tokio::test]
async fn a_download_that_goes_on_grows_and_one_that_begins_again_falls_back() {
    let cut = |etag: &str| Answer::new(200, "text/plain", vec![b'a'; 1000]).header("etag", etag).cut_short();
    let rest =
        Answer::new(206, "text/plain", "b").header("etag", "\"v\"").header("content-range", "bytes 1000-1000/1001");
    let store = Server::start([cut("\"v\""), rest]).await;
    let (_service, client) = client_of(&store, "GET").await;
    let seen = Seen::default();
    let got =
        client.storage().object().download("demo", "a").progress(seen.watcher()).to_bytes().await.expect("a download");
    assert_eq!(got.len(), 1001);
    let bytes = seen.bytes(Some(1001));
    assert!(bytes.is_sorted() && bytes.last() == Some(&1001), "{bytes:?}");

    let whole = Answer::new(200, "text/plain", vec![b'a'; 1001]);
    let store = Server::start([cut("W/\"v\""), whole]).await;
    let (_service, client) = client_of(&store, "GET").await;
    let seen = Seen::default();
    client.storage().object().download("demo", "a").progress(seen.watcher()).to_bytes().await.expect("a download");
    let bytes = seen.bytes(Some(1001));
    assert_eq!(bytes.windows(2).filter(|two| two[1] < two[0]).count(), 1, "{bytes:?}");
    assert_eq!((bytes.contains(&1000), bytes.last()), (true, Some(&1001)), "{bytes:?}");
}

#[tokio::test]
async fn an_upload_that_begins_again_falls_back() {
    let store = Server::start([Answer::new(500, "text/plain", ""), Answer::new(200, "text/plain", "")]).await;
    let (_service, client) = client_of(&store, "PUT").await;
    let seen = Seen::default();
    client.storage().object().upload("demo", "a", vec![1; 200_000]).progress(seen.watcher()).await.expect("an upload");
    let bytes = seen.bytes(Some(200_000));
    assert_eq!(bytes.windows(2).filter(|two| two[1] < two[0]).count(), 1, "{bytes:?}");
    assert_eq!(bytes.last(), Some(&200_000));
}
