//! An S3 engine that keeps no objects: it makes buckets after a while, and only as long as it isn't held back.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running engine. It ends with the value.
#[derive(Debug)]
pub struct Engine {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    delay: Duration,
    held: watch::Sender<bool>,
    asked: AtomicUsize,
    buckets: Mutex<BTreeSet<String>>,
}

impl Engine {
    /// Starts one that takes so long for each answer.
    ///
    /// # Panics
    /// If loopback has no free port.
    pub async fn start(delay: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port on loopback");
        let address = listener.local_addr().expect("the port's address");
        let held = watch::Sender::new(false);
        let inner = Arc::new(Inner { delay, held, asked: AtomicUsize::new(0), buckets: Mutex::default() });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.expect("a server") });
        Self { address, inner, task }
    }

    /// The URL of its root.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether it holds back what it answers to who wants a bucket made.
    pub fn hold(&self, held: bool) {
        self.inner.held.send_replace(held);
    }

    /// How often it was asked to make a bucket.
    pub fn asked(&self) -> usize {
        self.inner.asked.load(Ordering::SeqCst)
    }

    /// How many buckets it has.
    pub fn buckets(&self) -> usize {
        self.inner.buckets().len()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    fn buckets(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(engine): State<Arc<Inner>>, method: Method, uri: Uri) -> (StatusCode, &'static str) {
    tokio::time::sleep(engine.delay).await;
    let bucket = uri.path().trim_matches('/').to_owned();
    if method == Method::PUT {
        engine.asked.fetch_add(1, Ordering::SeqCst);
        // The sender is the engine's own, and lives as long.
        let _ = engine.held.subscribe().wait_for(|held| !held).await;
        engine.buckets().insert(bucket);
        return (StatusCode::OK, "");
    }
    if !engine.buckets().contains(&bucket) {
        return (StatusCode::NOT_FOUND, "<Error><Code>NoSuchBucket</Code></Error>");
    }
    if method == Method::DELETE {
        engine.buckets().remove(&bucket);
        return (StatusCode::NO_CONTENT, "");
    }
    (StatusCode::OK, "<ListBucketResult></ListBucketResult>")
}
