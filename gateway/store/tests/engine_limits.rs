//! The limit on all that an owner has: in the index, and on its way there.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use common::disk::{Honesty, Step, TestDisk};
use common::{BUCKET, EACH, body, bucket, named, part, put, put_with, settles, store, until};
use futures_util::stream;
use infrai_store::engine::{Complete, Copy, Error, Incoming, NewUpload, Options, Put, Replaces, Store, UploadAt};

/// For 100 bytes in two objects.
const LIMIT: u64 = 100 + 2 * EACH;

#[tokio::test]
async fn an_owner_has_no_more_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    bucket(&store, BUCKET, Some(LIMIT)).await;
    put(&store, "a", &[0; 60]).await.unwrap();
    // Told before a byte is received …
    let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("b"), size: Some(41), algorithms: &[] };
    let early = store.receive(incoming, stream::pending::<Result<Bytes, io::Error>>()).await;
    assert!(matches!(early, Err(Error::LimitExceeded { limit: LIMIT, .. })));
    // … or when too much came …
    let put_unsaid = |key, size| {
        let put = Put { bucket: BUCKET, key, ..Put::default() };
        let store = store.clone();
        async move { put_with(&store, put, None, &[], &vec![0; size]).await }
    };
    assert!(matches!(put_unsaid("b", 41).await, Err(Error::LimitExceeded { .. })));
    // … or when others are on their way, which count until they are dropped …
    let receive = |size| {
        let incoming = Incoming { replaces: Replaces::Object("b"), size, ..incoming };
        store.receive(incoming, body(&[1; 40], 20))
    };
    let one = receive(Some(40)).await.unwrap();
    for size in [Some(40), None] {
        assert!(matches!(receive(size).await, Err(Error::Crowded { limit: LIMIT, .. })), "{size:?}");
    }
    drop(one);
    let one = receive(None).await.unwrap();
    // … or when the limit fell meanwhile.
    bucket(&store, BUCKET, Some(LIMIT - 1)).await;
    let late = store.put(Put { bucket: BUCKET, key: "b", ..Put::default() }, one).await;
    assert!(matches!(late, Err(Error::LimitExceeded { .. })));
    bucket(&store, BUCKET, Some(LIMIT)).await;
    let one = receive(Some(40)).await.unwrap();
    store.put(Put { bucket: BUCKET, key: "b", ..Put::default() }, one).await.unwrap();
    // What is replaced doesn't count, and less is fine even above the limit.
    put(&store, "a", &[0; 60]).await.unwrap();
    store.set_limit("owner", Some(10)).await.unwrap();
    put(&store, "a", &[0; 50]).await.unwrap();
    let from = store.read(BUCKET, "a").await.unwrap();
    let copied = store.copy(&from, Copy { bucket: BUCKET, key: "d", ..Copy::default() }).await;
    assert!(matches!(copied, Err(Error::LimitExceeded { .. })));
    assert_eq!(store.used("owner").await.unwrap(), 90 + 2 * EACH);
    store.delete_objects(BUCKET, &["a", "b", "nothing", "a"]).await.unwrap();
    assert_eq!(store.used("owner").await.unwrap(), 0);
    settles(folder.path(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_into_the_index_counts() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new(&folder.path().join("grave"), Honesty::Honest));
    let store = Store::open(&folder.path().join("store"), Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, Some(LIMIT)).await;
    disk.steps();
    disk.hold_commits(true);
    let first = tokio::spawn({
        let store = store.clone();
        async move { put(&store, "a", &[0; 60]).await }
    });
    until("the first is being committed", || disk.count(Step::BeforeCommit) > 0).await;
    let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("b"), size: Some(41), algorithms: &[] };
    let second = store.receive(incoming, body(&[0; 41], 41)).await;
    disk.hold_commits(false);
    assert!(matches!(second, Err(Error::Crowded { .. })), "{second:?}");
    first.await.unwrap().unwrap();
    // Once, not twice.
    let incoming = Incoming { size: Some(40), ..incoming };
    store.receive(incoming, body(&[0; 40], 40)).await.unwrap();
}

#[tokio::test]
async fn objects_and_parts_of_no_bytes_count_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    bucket(&store, BUCKET, Some(2 * EACH)).await;
    put(&store, "a", b"").await.unwrap();
    let upload = store.create_upload(NewUpload { bucket: BUCKET, key: "b", ..NewUpload::default() }).await.unwrap();
    let at = UploadAt { bucket: BUCKET, key: "b", upload: &upload.id };
    let first = part(&store, at, 1, b"").await.unwrap();
    assert!(matches!(put(&store, "c", b"").await, Err(Error::LimitExceeded { .. })));
    assert!(matches!(part(&store, at, 2, b"").await, Err(Error::LimitExceeded { .. })));
    // What comes again needs its room once, but not what only says so of a part of another key.
    put(&store, "a", b"").await.unwrap();
    part(&store, at, 1, b"").await.unwrap();
    let replaces = Replaces::Part { key: "c", upload: &upload.id, number: 1 };
    let incoming = Incoming { bucket: BUCKET, replaces, size: Some(0), algorithms: &[] };
    assert!(matches!(store.receive(incoming, body(b"", 1)).await, Err(Error::LimitExceeded { .. })));
    store.complete_upload(Complete { at, parts: &[named(&first)], ..Complete::default() }).await.unwrap();
    assert_eq!(store.used("owner").await.unwrap(), 2 * EACH);
    store.delete_objects(BUCKET, &["a", "b"]).await.unwrap();
    assert_eq!(store.used("owner").await.unwrap(), 0);
    put(&store, "c", b"").await.unwrap();
}
