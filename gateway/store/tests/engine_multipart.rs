//! Multipart uploads.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{BUCKET, EACH, bucket, bytes, get, named, part, put, settles, store};
use futures_util::TryStreamExt as _;
use infrai_store::engine::{
    Algorithm, Complete, CompletePart, Condition, Copy, Error, Kind, ListUploads, Metadata, NewUpload, Store, UploadAt,
};

const MIB5: usize = 5 << 20;

async fn begin(store: &Store, key: &str, checksum: Option<(Algorithm, Kind)>) -> String {
    let new = NewUpload { bucket: BUCKET, key, metadata: Metadata::default(), checksum };
    store.create_upload(new).await.unwrap().id
}

#[tokio::test]
async fn parts_become_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    put(&store, "k", b"what was there").await.unwrap();
    let id = begin(&store, "k", Some((Algorithm::Crc32, Kind::Full))).await;
    let at = UploadAt { bucket: BUCKET, key: "k", upload: &id };
    let (one, two) = (bytes(1, MIB5), bytes(2, 1_000_000));
    part(&store, at, 1, b"not taken either").await.unwrap();
    part(&store, at, 7, b"not taken").await.unwrap();
    part(&store, at, 3, b"replaced").await.unwrap();
    let second = part(&store, at, 3, &two).await.unwrap();
    let first = part(&store, at, 2, &one).await.unwrap();
    let listed = store.list_parts(at, 1, 2).await.unwrap();
    assert_eq!((listed.parts.clone(), listed.next), (vec![first.clone(), second.clone()], Some(3)));
    assert_eq!(store.list_parts(at, 3, 2).await.unwrap().parts.len(), 1);
    assert_eq!(store.used("owner").await.unwrap(), 14 + 16 + 9 + 1_000_000 + MIB5 as u64 + 5 * EACH);
    assert_eq!(get(&store, "k").await.unwrap(), b"what was there");
    let parts = [named(&first), named(&second)];
    let done = store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await.unwrap();
    let whole = [one, two].concat();
    assert!(done.etag.ends_with("-2") && done.parts == Some(2) && done.size == whole.len() as u64);
    assert_eq!(get(&store, "k").await.unwrap(), whole);
    assert_eq!(store.used("owner").await.unwrap(), whole.len() as u64 + EACH);
    let mut same = put_crc32(&store, &whole).await;
    assert_eq!(done.checksums.get(Algorithm::Crc32), same.pop().as_deref());
    let again = store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await;
    assert!(matches!(again, Err(Error::NoUpload { .. })));
    // Over the seam between the parts.
    let reader = store.read(BUCKET, "k").await.unwrap();
    let range = MIB5 as u64 - 10..MIB5 as u64 + 10;
    assert_eq!(reader.bytes(range.clone()).await.unwrap(), whole[MIB5 - 10..MIB5 + 10]);
    assert_eq!((reader.part(1), reader.part(3)), (Some(0..MIB5 as u64), None));
    // Also where its segments are known from the time before.
    assert_eq!(store.read(BUCKET, "k").await.unwrap().bytes(range).await.unwrap().len(), 20);
    // A copy, and a reader of the original that goes on when it is deleted.
    store.copy(&reader, Copy { bucket: BUCKET, key: "copy", ..Copy::default() }).await.unwrap();
    assert!(store.delete_object(BUCKET, "k").await.unwrap());
    settles(folder.path(), (0, 5));
    assert_eq!(store.gc(0).await.unwrap().blobs, 0);
    let chunks: Vec<_> = reader.stream(0..whole.len() as u64).try_collect().await.unwrap();
    assert_eq!(chunks.concat(), whole);
    assert_eq!(get(&store, "copy").await.unwrap(), whole);
    settles(folder.path(), (0, 3));
}

async fn put_crc32(store: &Store, data: &[u8]) -> Vec<String> {
    let put = infrai_store::engine::Put { bucket: BUCKET, key: "one piece", ..Default::default() };
    let object = common::put_with(store, put, None, &[Algorithm::Crc32], data).await.unwrap();
    object.checksums.values.into_iter().map(|(_, value)| value).collect()
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let id = begin(&store, "k", Some((Algorithm::Sha256, Kind::Full))).await;
    let at = UploadAt { bucket: BUCKET, key: "k", upload: &id };
    assert_eq!(store.upload(at).await.unwrap().checksum, Some((Algorithm::Sha256, Kind::Composite)));
    let one = part(&store, at, 1, b"small").await.unwrap();
    let two = part(&store, at, 2, b"last").await.unwrap();
    let complete = async |parts: &[CompletePart]| {
        store.complete_upload(Complete { at, parts, ..Complete::default() }).await.unwrap_err()
    };
    assert!(matches!(complete(&[]).await, Error::InvalidPartOrder));
    assert!(matches!(complete(&[named(&two), named(&one)]).await, Error::InvalidPartOrder));
    assert!(matches!(complete(&[named(&one), named(&one)]).await, Error::InvalidPartOrder));
    assert!(matches!(complete(&[named(&one), named(&two)]).await, Error::PartTooSmall { number: 1, size: 5, .. }));
    let other = CompletePart { etag: "0".repeat(32), ..named(&two) };
    assert!(matches!(complete(&[other]).await, Error::InvalidPart { number: 2 }));
    let missing = CompletePart { number: 9, ..named(&two) };
    assert!(matches!(complete(&[missing]).await, Error::InvalidPart { number: 9 }));
    for number in [0, 10_001] {
        assert!(matches!(part(&store, at, number, b"x").await, Err(Error::InvalidPartNumber)));
    }
    let elsewhere = UploadAt { key: "other", ..at };
    assert!(matches!(part(&store, elsewhere, 1, b"x").await, Err(Error::NoUpload { .. })));
    let parts = [named(&one)];
    let good = Complete { at, parts: &parts, ..Complete::default() };
    let size = store.complete_upload(Complete { size: Some(6), ..good.clone() }).await;
    assert!(matches!(size, Err(Error::OtherSize { declared: 6, is: 5 })));
    let sums = [(Algorithm::Sha256, format!("{}=-1", "A".repeat(43)))];
    let sum = store.complete_upload(Complete { checksums: &sums, ..good.clone() }).await;
    assert!(matches!(sum, Err(Error::BadChecksum { .. })), "{sum:?}");
    put(&store, "k", b"there").await.unwrap();
    let absent = store.complete_upload(Complete { condition: Condition::Absent, ..good.clone() }).await;
    assert!(matches!(absent, Err(Error::Precondition)));
    assert!(matches!(store.delete_bucket(BUCKET).await, Err(Error::NotEmpty { .. })));
    let object = store.complete_upload(good).await.unwrap();
    assert_eq!(object.checksums.kind, Kind::Composite);
    assert!(object.checksums.get(Algorithm::Sha256).unwrap().ends_with("-1"));
    assert_eq!(store.used("owner").await.unwrap(), 5 + EACH);
    settles(folder.path(), (0, 1));
}

#[tokio::test]
async fn uploads_are_listed_counted_aborted_and_collected() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    bucket(&store, BUCKET, Some(10 + 2 * EACH)).await;
    let mut ids = Vec::new();
    for key in ["b", "a/1", "a/2", "a/2"] {
        ids.push(begin(&store, key, None).await);
    }
    let all = ListUploads { bucket: BUCKET, max: 1000, ..ListUploads::default() };
    let keys = async |list: ListUploads<'_>| {
        let page = store.list_uploads(list).await.unwrap();
        (page.uploads.into_iter().map(|upload| upload.key).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(keys(all).await.0, ["a/1", "a/2", "a/2", "b"]);
    assert_eq!(keys(ListUploads { prefix: "a/", max: 2, ..all }).await, (vec!["a/1".into(), "a/2".into()], true));
    assert_eq!(keys(ListUploads { after_key: Some("a/2"), ..all }).await.0, ["b"]);
    assert_eq!(keys(ListUploads { prefix: "a/", after_key: Some("a/1"), ..all }).await.0, ["a/2", "a/2"]);
    assert_eq!(keys(ListUploads { prefix: "a/2", after_key: Some("a"), ..all }).await.0, ["a/2", "a/2"]);
    assert_eq!(keys(ListUploads { prefix: "a/2", after_key: Some("a/2"), ..all }).await.0, Vec::<String>::new());
    assert_eq!(keys(ListUploads { prefix: "a/", after_key: Some("b"), ..all }).await.0, Vec::<String>::new());
    let least = ids[2].clone().min(ids[3].clone());
    let after = ListUploads { after_key: Some("a/2"), after_upload: Some(&least), ..all };
    assert_eq!(keys(after).await.0, ["a/2", "b"]);
    let at = UploadAt { bucket: BUCKET, key: "b", upload: &ids[0] };
    part(&store, at, 1, b"123456").await.unwrap();
    assert!(matches!(part(&store, at, 2, b"12345").await, Err(Error::LimitExceeded { .. })));
    store.abort_upload(at).await.unwrap();
    assert!(matches!(store.abort_upload(at).await, Err(Error::NoUpload { .. })));
    assert_eq!(store.used("owner").await.unwrap(), 0);
    part(&store, UploadAt { bucket: BUCKET, key: "a/1", upload: &ids[1] }, 1, b"1").await.unwrap();
    settles(folder.path(), (0, 1));
    let begun = store.list_uploads(all).await.unwrap().uploads[0].begun;
    let week = 7 * 24 * 60 * 60 * 1000;
    assert_eq!(store.gc(begun + week - 1000).await.unwrap().uploads, 0);
    assert_eq!(store.gc(begun + week + 60_000).await.unwrap().uploads, 3);
    assert_eq!(store.used("owner").await.unwrap(), 0);
    settles(folder.path(), (0, 0));
}

#[tokio::test]
async fn an_upload_that_goes_on_is_not_collected() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let (slow, left) = (begin(&store, "slow", None).await, begin(&store, "left", None).await);
    for (key, upload) in [("slow", &slow), ("left", &left)] {
        part(&store, UploadAt { bucket: BUCKET, key, upload }, 1, b"1").await.unwrap();
    }
    let index = rusqlite::Connection::open(folder.path().join("index.sqlite")).unwrap();
    let week = 7 * 24 * 60 * 60 * 1000;
    index.execute("UPDATE uploads SET begun = begun - ?1", [2 * week]).unwrap();
    index.execute("UPDATE parts SET modified = modified - ?1 WHERE upload = ?2", (week, &left)).unwrap();
    let at = UploadAt { bucket: BUCKET, key: "slow", upload: &slow };
    let now = part(&store, at, 2, b"2").await.unwrap().modified + 1;
    assert_eq!(store.gc(now).await.unwrap().uploads, 1);
    assert_eq!(store.list_parts(at, 0, 10).await.unwrap().parts.len(), 2);
    assert_eq!(store.gc(now + week).await.unwrap().uploads, 1);
    settles(folder.path(), (0, 0));
}
