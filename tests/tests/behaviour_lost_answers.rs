//! Answers that get lost on their way: the gateway has done what it was asked for, the client never hears of it, asks again, and gets
//! what it would have got at first.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use infrai::Client;
use infrai_tests::gateway::{TestGateway, refused};
use infrai_tests::host::Host;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Hands requests on to a server. The answers to the first of them it reads to their ends, and then resets the connection.
struct Losing {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Losing {
    async fn start(to: SocketAddr, lost: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, to, Arc::clone(&count), lost));
            }
        });
        Self { address, seen, task }
    }

    fn client(&self, key: &str, host: &Host) -> Client {
        let builder = Client::builder().base_url(format!("http://{}", self.address)).api_key(key);
        builder.system(host.clone()).build().expect("a client")
    }

    /// How many requests have been answered, whether or not the client heard of it.
    fn answered(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Losing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn hand_on(mut client: TcpStream, to: SocketAddr, seen: Arc<AtomicUsize>, lost: usize) {
    let mut server = TcpStream::connect(to).await.expect("the gateway");
    while let Some(request) = message(&mut client).await {
        server.write_all(&request).await.expect("the gateway takes requests");
        let answer = message(&mut server).await.expect("the gateway answers");
        if seen.fetch_add(1, Ordering::SeqCst) < lost {
            client.set_zero_linger().expect("a reset");
            return;
        }
        client.write_all(&answer).await.expect("a client");
    }
}

/// A whole request or answer; none, if there are no more.
async fn message(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            let length: usize = length.trim().parse().expect("a length");
            if bytes.len() == head.len() + 4 + length {
                return Some(bytes);
            }
        }
        if from.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_made_once_and_its_maker_gets_it() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    for (lost, name) in [(1, "once"), (2, "twice")] {
        let (host, proxy) = (Host::default(), Losing::start(gateway.api(), lost).await);
        let client = proxy.client(&key, &host);
        let made = client.storage().bucket().create(name).await.expect("the bucket");
        assert_eq!(made.bucket, name);
        assert_eq!((proxy.answered(), host.waits().len()), (lost + 1, lost));
        let all = gateway.client(&key).storage().bucket().list().await.expect("a list");
        let same: Vec<_> = all.items.iter().filter(|bucket| bucket.bucket == name).collect();
        assert_eq!(same.len(), 1, "{all:?}");
        assert_eq!(same[0].created_at, made.created_at);
        // Another call is another wish.
        assert_eq!(refused(client.storage().bucket().create(name).await).0, 409);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_deleted_and_whoever_deletes_it_hears_so() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let direct = gateway.client(&key);
    direct.storage().bucket().create("mine").await.expect("a bucket");
    direct.storage().object().upload("mine", "a", "hello").await.expect("an upload");
    let (host, proxy) = (Host::default(), Losing::start(gateway.api(), 1).await);
    let deleted = proxy.client(&key, &host).storage().object().delete("mine", "a").await.expect("an answer");
    assert!(deleted.ok);
    assert_eq!((proxy.answered(), host.waits()), (2, vec![Duration::from_millis(250)]));
    let error = direct.storage().object().download("mine", "a").to_bytes().await.expect_err("no object");
    assert!(error.is_not_found(), "{error}");
}

/// What would happen without the key of the call: the client gives up, asks anew, and the bucket is there already.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_gives_up_does_not_know() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let proxy = Losing::start(gateway.api(), 1).await;
    let client = proxy.client(&key, &Host::default());
    let all = gateway.client(&key).storage().bucket().list().await.expect("a list");
    assert!(all.items.iter().all(|bucket| bucket.bucket != "mine"), "{all:?}");
    let error = client.storage().bucket().create("mine").max_retries(0).await.expect_err("a lost answer");
    assert_eq!(error.kind(), infrai::ErrorKind::Connection, "{error}");
    assert_eq!(refused(client.storage().bucket().create("mine").await).0, 409);
}
