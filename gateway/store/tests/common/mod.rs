//! What the engine's tests share.
#![allow(dead_code, reason = "each test file takes what it needs")]

pub(crate) mod disk;

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use infrai_store::engine::{
    CompletePart, Condition, Error, Expected, Incoming, Metadata, NewBucket, Object, Options, Part, Put, PutPart,
    Replaces, Store, UploadAt,
};

/// The bucket of most tests.
pub(crate) const BUCKET: &str = "bucket";

/// What each object and part counts beside its bytes.
pub(crate) const EACH: u64 = 4096;

/// A store with a bucket.
pub(crate) async fn store(folder: &Path) -> Store {
    let store = Store::open(folder, Options::default()).unwrap();
    bucket(&store, BUCKET, None).await;
    store
}

/// Makes a bucket of `owner`.
pub(crate) async fn bucket(store: &Store, name: &str, owner_limit: Option<u64>) {
    store.create_bucket(&NewBucket { name, public: false, owner: "owner", owner_limit }).await.unwrap();
}

/// A body in pieces of so many bytes.
pub(crate) fn body(
    data: &[u8],
    piece: usize,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    let pieces: Vec<_> = data.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// Puts with everything that can be said.
pub(crate) async fn put_with(
    store: &Store,
    put: Put<'_>,
    size: Option<u64>,
    algorithms: &[infrai_store::engine::Algorithm],
    data: &[u8],
) -> Result<Object, Error> {
    let incoming = Incoming { bucket: put.bucket, replaces: Replaces::Object(put.key), size, algorithms };
    let received = store.receive(incoming, body(data, 64 << 10)).await?;
    store.put(put, received).await
}

/// Puts an object.
pub(crate) async fn put(store: &Store, key: &str, data: &[u8]) -> Result<Object, Error> {
    put_if(store, key, data, Condition::None).await
}

/// Puts an object if a condition holds.
pub(crate) async fn put_if(store: &Store, key: &str, data: &[u8], condition: Condition) -> Result<Object, Error> {
    let put = Put { bucket: BUCKET, key, condition, metadata: Metadata::default(), expected: Expected::default() };
    put_with(store, put, Some(data.len() as u64), &[], data).await
}

/// Gets an object.
pub(crate) async fn get(store: &Store, key: &str) -> Result<Vec<u8>, Error> {
    let reader = store.read(BUCKET, key).await?;
    let size = reader.object().size;
    let chunks: Vec<Bytes> = reader.stream(0..size).try_collect().await?;
    Ok(chunks.concat())
}

/// Puts a part.
pub(crate) async fn part(store: &Store, at: UploadAt<'_>, number: u32, data: &[u8]) -> Result<Part, Error> {
    let algorithms: Vec<_> = store.upload(at).await?.checksum.iter().map(|(algorithm, _)| *algorithm).collect();
    let replaces = Replaces::Part { key: at.key, upload: at.upload, number };
    let incoming = Incoming { bucket: at.bucket, replaces, size: None, algorithms: &algorithms };
    let received = store.receive(incoming, body(data, 64 << 10)).await?;
    store.put_part(PutPart { at, number, expected: Expected::default() }, received).await
}

/// Names a part to complete.
pub(crate) fn named(part: &Part) -> CompletePart {
    CompletePart { number: part.number, etag: part.etag.clone(), checksums: Vec::new() }
}

/// How many files are in `tmp` and in `blobs`.
pub(crate) fn files(folder: &Path) -> (usize, usize) {
    let count = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    let blobs = std::fs::read_dir(folder.join("blobs")).unwrap().map(|entry| count(&entry.unwrap().path())).sum();
    (count(&folder.join("tmp")), blobs)
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "still waiting until {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until there are so many files: removing goes on in the background, on a busy disk for long.
pub(crate) fn settles(folder: &Path, expected: (usize, usize)) {
    let (mut last, mut since) = (files(folder), Instant::now());
    while last != expected {
        assert!(since.elapsed() < Duration::from_secs(30), "{last:?} instead of {expected:?} files");
        std::thread::sleep(Duration::from_millis(5));
        let now = files(folder);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

/// Bytes that differ from place to place and from seed to seed.
pub(crate) fn bytes(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).take(size / 8 + 1).flatten().take(size).collect()
}
