//! How fast the engine is: `cargo bench -p infrai-store`. `TMPDIR` says on which disk; a name as argument runs only that part.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use infrai_store::engine::{Incoming, NewBucket, Options, Put, Reader, Replaces, Store};

const BUCKET: &str = "bench";
const LONG: Duration = Duration::from_secs(4);
const GIB: u64 = 1 << 30;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runs = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let bucket = NewBucket { name: BUCKET, public: false, owner: "bench", owner_limit: None };
        store.create_bucket(&bucket).await.unwrap();
        if runs("small") {
            let put = |store: Store, number| async move { small_put(&store, number).await };
            many("put 4 KiB, durable, 64 writers", &store, 64, put).await;
            let get = |store: Store, number| async move { small_get(&store, number % 1000).await };
            many("get 4 KiB, 64 readers", &store, 64, get).await;
            let head = |store: Store, number: u64| async move {
                store.head(BUCKET, &format!("small/{}", number % 1000)).await.unwrap();
            };
            many("head, 64 readers", &store, 64, head).await;
        }
        if runs("large") {
            large(&store).await;
        }
    });
}

/// Does something from so many tasks for a while.
async fn many<F>(what: &str, store: &Store, tasks: usize, one: impl Fn(Store, u64) -> F + Copy + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (count, begun, cpu) = (Arc::new(AtomicU64::new(0)), Instant::now(), cpu());
    let tasks = (0..tasks).map(|_| {
        let (count, store) = (Arc::clone(&count), store.clone());
        tokio::spawn(async move {
            while begun.elapsed() < LONG {
                one(store.clone(), count.fetch_add(1, Ordering::Relaxed)).await;
            }
        })
    });
    futures_util::future::join_all(tasks.collect::<Vec<_>>()).await;
    let (done, seconds) = (count.load(Ordering::Relaxed) as f64, begun.elapsed().as_secs_f64());
    let micros = (self::cpu() - cpu) / done * 1e6;
    println!("{what}: {:.0} a second, {micros:.0} µs of CPU each", done / seconds);
}

async fn small_put(store: &Store, number: u64) {
    let (key, data) = (format!("small/{number}"), Bytes::from(vec![7; 4096]));
    let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object(&key), size: Some(4096), algorithms: &[] };
    let body = stream::iter([Ok::<_, std::io::Error>(data)]);
    let received = store.receive(incoming, body).await.unwrap();
    store.put(Put { bucket: BUCKET, key: &key, ..Put::default() }, received).await.unwrap();
}

async fn small_get(store: &Store, number: u64) {
    let reader = store.read(BUCKET, &format!("small/{number}")).await.unwrap();
    assert_eq!(reader.bytes(0..4096).await.unwrap().len(), 4096);
}

/// One GiB up and down.
async fn large(store: &Store) {
    let piece = Bytes::from(vec![42; 64 << 10]);
    let pieces = stream::iter((0..GIB / (64 << 10)).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    let (begun, before) = (Instant::now(), cpu());
    let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("large"), size: Some(GIB), algorithms: &[] };
    let received = store.receive(incoming, pieces).await.unwrap();
    store.put(Put { bucket: BUCKET, key: "large", ..Put::default() }, received).await.unwrap();
    tell("put 1 GiB with MD5", begun, before);
    let (begun, before) = (Instant::now(), cpu());
    let reader = store.read(BUCKET, "large").await.unwrap();
    let sizes = reader.stream(0..GIB).map(|bytes| bytes.unwrap().len() as u64);
    assert_eq!(sizes.fold(0, |sum, size| async move { sum + size }).await, GIB);
    tell("get 1 GiB", begun, before);
    println!("(in chunks of {} KiB)", Reader::CHUNK >> 10);
}

fn tell(what: &str, begun: Instant, before: f64) {
    println!("{what}: {:.2} s, {:.2} CPU-s", begun.elapsed().as_secs_f64(), cpu() - before);
}

/// Seconds of CPU that this process has used; 0 where the system doesn't say it so.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
