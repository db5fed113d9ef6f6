//! Objects: written, read, conditional, counted, copied, deleted.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use common::{BUCKET, EACH, body, bytes, files, get, put, put_if, put_with, settles, store, until};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use infrai_store::engine::{
    Algorithm, Condition, Copy, Error, Expected, Incoming, Kind, Metadata, NewBucket, Put, Reader, Replaces,
};

#[tokio::test]
async fn objects_of_all_sizes_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let sizes = [0, 1, 4096, 256 << 10, (256 << 10) + 1, 1 << 20, 5_000_003];
    for size in sizes {
        let data = bytes(size as u64, size);
        let object = put(&store, &format!("{size}"), &data).await.unwrap();
        assert_eq!(object.size, size as u64);
        assert_eq!(get(&store, &format!("{size}")).await.unwrap(), data, "{size}");
        assert_eq!(store.head(BUCKET, &format!("{size}")).await.unwrap(), object);
    }
    assert_eq!(store.head(BUCKET, "0").await.unwrap().etag, "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(store.used("owner").await.unwrap(), sizes.iter().map(|size| *size as u64 + EACH).sum::<u64>());
    settles(folder.path(), (0, sizes.len()));
}

#[tokio::test]
async fn ranges() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let data = bytes(1, 1_000_000);
    put(&store, "a", &data).await.unwrap();
    for range in [0..1, 5..5, 999_999..1_000_000, 10..700_001, 0..1_000_000] {
        let reader = store.read(BUCKET, "a").await.unwrap();
        let expected = &data[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        assert_eq!(reader.bytes(range.clone()).await.unwrap(), expected);
        let chunks: Vec<Bytes> = reader.stream(range).try_collect().await.unwrap();
        assert!(chunks.iter().all(|chunk| chunk.len() as u64 <= Reader::CHUNK));
        assert_eq!(chunks.concat(), expected);
    }
}

#[tokio::test]
async fn metadata_and_checksums_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let metadata = Metadata {
        content_type: Some("text/plain".to_owned()),
        expires: Some("whenever".to_owned()),
        user: BTreeMap::from([("name".to_owned(), "välue".to_owned())]),
        ..Metadata::default()
    };
    let checksums = vec![(Algorithm::Crc32, "y/Q5Jg==".to_owned())];
    let put = Put {
        bucket: BUCKET,
        key: "k",
        metadata: metadata.clone(),
        expected: Expected { md5: None, checksums: checksums.clone() },
        ..Put::default()
    };
    put_with(&store, put, None, &[Algorithm::Crc32], b"123456789").await.unwrap();
    let object = store.head(BUCKET, "k").await.unwrap();
    assert_eq!(object.metadata, metadata);
    assert_eq!((object.checksums.kind, object.checksums.values), (Kind::Full, checksums));
}

#[tokio::test]
async fn a_wrong_body_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    put(&store, "k", b"old").await.unwrap();
    for size in [10, 1 << 20] {
        let data = bytes(2, size);
        let with = |expected: Expected| Put { bucket: BUCKET, key: "k", expected, ..Put::default() };
        let md5 = with(Expected { md5: Some([7; 16]), checksums: Vec::new() });
        assert!(matches!(put_with(&store, md5, None, &[], &data).await, Err(Error::BadDigest)));
        let sum = || with(Expected { md5: None, checksums: vec![(Algorithm::Crc32c, "AAAAAA==".to_owned())] });
        let result = put_with(&store, sum(), None, &[Algorithm::Crc32c], &data).await;
        assert!(matches!(result, Err(Error::BadChecksum { algorithm: Algorithm::Crc32c })));
        let result = put_with(&store, sum(), None, &[], &data).await;
        assert!(matches!(result, Err(Error::InvalidChecksum { .. })));
        for declared in [size - 1, size + 1] {
            let result = put_with(&store, with(Expected::default()), Some(declared as u64), &[], &data).await;
            assert!(matches!(result, Err(Error::WrongSize { .. })), "{result:?}");
        }
        let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("k"), size: None, algorithms: &[] };
        let broken = body(&data, 1000).chain(stream::iter([Err(io::Error::other("signature"))]));
        let error = store.receive(incoming, broken).await.unwrap_err();
        assert!(matches!(&error, Error::Body(source) if source.to_string() == "signature"), "{error}");
    }
    assert_eq!(get(&store, "k").await.unwrap(), b"old");
    assert_eq!(store.used("owner").await.unwrap(), 3 + EACH);
    settles(folder.path(), (0, 1));
}

#[tokio::test]
async fn a_sender_that_goes_away_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let data = bytes(3, 2 << 20);
    let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("k"), size: None, algorithms: &[] };
    let endless = body(&data, 64 << 10).chain(stream::pending());
    tokio::select! {
        received = store.receive(incoming, endless) => panic!("it never ends: {received:?}"),
        () = until("there is a temporary file", || files(folder.path()) == (1, 0)) => {}
    }
    drop(store.receive(incoming, body(&data, 64 << 10)).await.unwrap());
    settles(folder.path(), (0, 0));
}

#[tokio::test]
async fn conditions() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let matches = |etag: &str| Condition::Matches(etag.to_owned());
    assert!(matches!(put_if(&store, "k", b"0", matches("*")).await, Err(Error::NoObject { .. })));
    let etag = put_if(&store, "k", b"1", Condition::Absent).await.unwrap().etag;
    assert!(matches!(put_if(&store, "k", b"2", Condition::Absent).await, Err(Error::Precondition)));
    assert!(matches!(put_if(&store, "k", b"2", matches("0")).await, Err(Error::Precondition)));
    put_if(&store, "k", b"2", matches(&etag)).await.unwrap();
    put_if(&store, "k", b"3", matches("*")).await.unwrap();
    assert_eq!(get(&store, "k").await.unwrap(), b"3");
    settles(folder.path(), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_creates() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let tries = (0..32_u8).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { put_if(&store, "k", &[number], Condition::Absent).await.is_ok().then_some(number) })
    });
    let winners: Vec<u8> = futures_util::future::join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(get(&store, "k").await.unwrap(), winners);
    settles(folder.path(), (0, 1));
}

#[tokio::test]
async fn copies() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let old = put(&store, "a", b"data").await.unwrap();
    let from = store.read(BUCKET, "a").await.unwrap();
    let copy = store.copy(&from, Copy { bucket: BUCKET, key: "b", ..Copy::default() }).await.unwrap();
    assert_eq!((copy.etag, copy.size), (old.etag, 4));
    // Onto itself with other metadata.
    let metadata = Metadata { content_type: Some("a/b".to_owned()), ..Metadata::default() };
    let copy = Copy { bucket: BUCKET, key: "a", metadata: Some(metadata.clone()), ..Copy::default() };
    store.copy(&from, copy.clone()).await.unwrap();
    assert_eq!(store.head(BUCKET, "a").await.unwrap().metadata, metadata);
    // The state that was opened, although it's gone meanwhile.
    put(&store, "a", b"newer").await.unwrap();
    settles(folder.path(), (0, 2));
    store.copy(&from, Copy { key: "c", ..copy.clone() }).await.unwrap();
    for (key, data) in [("a", "newer"), ("b", "data"), ("c", "data")] {
        assert_eq!(get(&store, key).await.unwrap(), data.as_bytes());
    }
    let refused = store.copy(&from, Copy { key: "c", condition: Condition::Absent, ..copy }).await;
    assert!(matches!(refused, Err(Error::Precondition)));
    assert!(store.delete_object(BUCKET, "b").await.unwrap());
    assert!(!store.delete_object(BUCKET, "b").await.unwrap());
    assert_eq!(store.used("owner").await.unwrap(), 9 + 2 * EACH);
    settles(folder.path(), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_one_state_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let content = |number: u8| vec![number; 1000 + usize::from(number) * 3000];
    put(&store, "k", &content(0)).await.unwrap();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..200 {
                put(&store, "k", &content(number)).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        let data = get(&store, "k").await.unwrap();
        assert_eq!(data, content(data[0]));
    }
    writer.await.unwrap();
    settles(folder.path(), (0, 1));
}

#[tokio::test]
async fn buckets() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let new = |name, owner, public| NewBucket { name, public, owner, owner_limit: None };
    assert!(!store.bucket(BUCKET).await.unwrap().public);
    store.create_bucket(&new(BUCKET, "owner", true)).await.unwrap();
    assert!(store.bucket(BUCKET).await.unwrap().public);
    let taken = store.create_bucket(&new(BUCKET, "other", false)).await;
    assert!(matches!(taken, Err(Error::BucketTaken { .. })));
    assert!(store.has_bucket(BUCKET).await.unwrap() && !store.has_bucket("b").await.unwrap());
    assert!(matches!(store.bucket("b").await, Err(Error::NoBucket { .. })));
    assert!(matches!(store.read("b", "k").await, Err(Error::NoBucket { .. })));
    assert!(matches!(store.read(BUCKET, "k").await, Err(Error::NoObject { .. })));
    store.create_bucket(&new("another", "owner", false)).await.unwrap();
    let names: Vec<_> = store.list_buckets().await.unwrap().into_iter().map(|bucket| bucket.name).collect();
    assert_eq!(names, ["another", BUCKET]);
    for number in 0..1100 {
        put(&store, &format!("{number}"), b"x").await.unwrap();
    }
    assert!(matches!(store.delete_bucket(BUCKET).await, Err(Error::NotEmpty { .. })));
    store.empty_bucket(BUCKET).await.unwrap();
    store.delete_bucket("another").await.unwrap();
    assert!(store.list_buckets().await.unwrap().is_empty());
    assert_eq!(store.used("owner").await.unwrap(), 0);
    settles(folder.path(), (0, 0));
}

#[tokio::test]
async fn damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    put(&store, "k", b"some bytes").await.unwrap();
    let blobs = std::fs::read_dir(folder.path().join("blobs")).unwrap();
    let mut blobs = blobs.flat_map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap());
    let blob = blobs.next().unwrap().unwrap().path();
    let reader = store.read(BUCKET, "k").await.unwrap();
    std::fs::OpenOptions::new().write(true).open(&blob).unwrap().set_len(4).unwrap();
    assert!(matches!(reader.bytes(0..10).await, Err(Error::Damaged { .. })));
    assert!(matches!(store.read(BUCKET, "k").await, Err(Error::Damaged { .. })));
    std::fs::remove_file(&blob).unwrap();
    assert!(store.head(BUCKET, "k").await.is_ok());
    let error = store.read(BUCKET, "k").await.unwrap_err().to_string();
    assert!(error.contains("missing") && error.contains(&blob.display().to_string()), "{error}");
    assert_eq!(files(folder.path()), (0, 0));
}

#[tokio::test]
async fn odd_keys_are_keys() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let long = "x".repeat(1024);
    let keys =
        ["../../x", "a\0b", "a", "A", "ä/ö", "a//b", "/", "%2F", "a b+c", "\u{10ffff}", "'; DROP", long.as_str()];
    for key in keys {
        put(&store, key, key.as_bytes()).await.unwrap();
    }
    for key in keys {
        assert_eq!(get(&store, key).await.unwrap(), key.as_bytes());
    }
    for key in ["", &"x".repeat(1025)] {
        assert!(matches!(put(&store, key, b"").await, Err(Error::InvalidKey)));
    }
}
