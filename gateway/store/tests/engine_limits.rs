//! The limit on all that an owner has: in the index, and on its way there.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io;

use bytes::Bytes;
use common::{BUCKET, body, bucket, put, put_with, settles, store};
use futures_util::stream;
use infrai_store::engine::{Copy, Error, Incoming, Put};

#[tokio::test]
async fn an_owner_has_no_more_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    bucket(&store, BUCKET, Some(100)).await;
    put(&store, "a", &[0; 60]).await.unwrap();
    // Told before a byte is received …
    let incoming = Incoming { bucket: BUCKET, replaces: Some("b"), size: Some(41), algorithms: &[] };
    let early = store.receive(incoming, stream::pending::<Result<Bytes, io::Error>>()).await;
    assert!(matches!(early, Err(Error::LimitExceeded { limit: 100, .. })));
    // … or when too much came …
    let put_unsaid = |key, size| {
        let put = Put { bucket: BUCKET, key, ..Put::default() };
        let store = store.clone();
        async move { put_with(&store, put, None, &[], &vec![0; size]).await }
    };
    assert!(matches!(put_unsaid("b", 41).await, Err(Error::LimitExceeded { .. })));
    // … or when others are on their way, which count until they are dropped …
    let receive = |size| {
        let incoming = Incoming { replaces: Some("b"), size, ..incoming };
        store.receive(incoming, body(&[1; 40], 20))
    };
    let one = receive(Some(40)).await.unwrap();
    for size in [Some(40), None] {
        assert!(matches!(receive(size).await, Err(Error::LimitExceeded { .. })), "{size:?}");
    }
    drop(one);
    let one = receive(None).await.unwrap();
    // … or when the limit fell meanwhile.
    bucket(&store, BUCKET, Some(99)).await;
    let late = store.put(Put { bucket: BUCKET, key: "b", ..Put::default() }, one).await;
    assert!(matches!(late, Err(Error::LimitExceeded { .. })));
    bucket(&store, BUCKET, Some(100)).await;
    let one = receive(Some(40)).await.unwrap();
    store.put(Put { bucket: BUCKET, key: "b", ..Put::default() }, one).await.unwrap();
    // What is replaced doesn't count, and less is fine even above the limit.
    put(&store, "a", &[0; 60]).await.unwrap();
    store.set_limit("owner", Some(10)).await.unwrap();
    put(&store, "a", &[0; 50]).await.unwrap();
    let from = store.read(BUCKET, "a").await.unwrap();
    let copied = store.copy(&from, Copy { bucket: BUCKET, key: "d", ..Copy::default() }).await;
    assert!(matches!(copied, Err(Error::LimitExceeded { .. })));
    assert_eq!(store.used("owner").await.unwrap(), 90);
    store.delete_objects(BUCKET, &["a", "b", "nothing", "a"]).await.unwrap();
    assert_eq!(store.used("owner").await.unwrap(), 0);
    settles(folder.path(), (0, 0));
}
