//! Opening a store, again, and beside others; collecting what was left behind.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{BUCKET, EACH, bucket, bytes, files, get, part, put, put_with, store};
use infrai_store::engine::{Collected, Credentials, NewBucket, NewUpload, OpenError, Options, Put, Store, UploadAt};

fn open(folder: &std::path::Path) -> Result<Store, OpenError> {
    Store::open(folder, Options::default())
}

#[tokio::test]
async fn it_is_all_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made/if need be");
    let first = store(&path).await;
    put(&first, "k", b"data").await.unwrap();
    let credentials = first.credentials().clone();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }));
    assert!(error.to_string().contains("another gateway uses") && error.to_string().contains("made/if need be"));
    assert_eq!(Credentials::read(&path).unwrap(), credentials);
    drop(first);
    fs::write(path.join("tmp/left"), b"x").unwrap();
    // Not the store's.
    fs::create_dir(path.join("tmp/folder")).unwrap();
    let again = open(&path).unwrap();
    assert_eq!(get(&again, "k").await.unwrap(), b"data");
    assert_eq!((again.credentials(), files(&path)), (&credentials, (1, 1)));
    assert_eq!(again.gc(0).await.unwrap(), Collected::default());
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_look_into_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    drop(store(&path).await);
    assert_eq!(mode(), 0o700);
    // Nor if somebody made the folder before.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(mode(), 0o700);
    fs::set_permissions(path.join("credentials.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(open(&path), Err(OpenError::Exposed { .. })));
}

#[tokio::test]
async fn a_strange_index_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(folder.path()).await;
    put(&first, "k", b"data").await.unwrap();
    drop(first);
    let index = folder.path().join("index.sqlite");
    let whole = fs::read(&index).unwrap();

    let connection = rusqlite::Connection::open(&index).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");

    fs::write(&index, bytes(1, 50_000)).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");

    let mut damaged = whole.clone();
    let length = damaged.len();
    damaged[4096..length].fill(0x5a);
    fs::write(&index, damaged).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");

    fs::remove_file(&index).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("missing"), "{error}");

    fs::write(&index, b"").unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }) && error.to_string().contains("empty"), "{error:?}");

    fs::remove_file(&index).unwrap();
    let other = rusqlite::Connection::open(&index).unwrap();
    other.execute_batch("CREATE TABLE somebody (elses TEXT)").unwrap();
    drop(other);
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");

    fs::write(&index, whole).unwrap();
    assert_eq!(get(&open(folder.path()).unwrap(), "k").await.unwrap(), b"data");
}

#[tokio::test]
async fn an_index_without_its_log_is_no_new_index() {
    let (folder, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = store(folder.path()).await;
    put(&store, "k", b"data").await.unwrap();
    // As a backup that takes only this file, before anything was moved from the log into it.
    fs::copy(folder.path().join("index.sqlite"), copied.path().join("index.sqlite")).unwrap();
    fs::create_dir_all(copied.path().join("blobs/00")).unwrap();
    let blob = copied.path().join("blobs/00").join("0".repeat(32));
    fs::write(&blob, b"data").unwrap();
    let error = open(copied.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }) && error.to_string().contains("empty"), "{error:?}");
    assert!(blob.exists());
}

#[tokio::test]
async fn an_index_of_nothing_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let blob = folder.path().join("blobs/7f/0123456789abcdef0123456789abcdef");
    fs::write(&blob, b"somebody's").unwrap();
    assert_eq!(store.gc(0).await.unwrap(), Collected::default());
    assert!(blob.exists());
    put(&store, "k", b"data").await.unwrap();
    assert_eq!(store.gc(0).await.unwrap().blobs, 1);
}

#[tokio::test]
async fn orphans_are_collected() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    put(&store, "k", b"data").await.unwrap();
    let name = "0123456789abcdef0123456789abcdef";
    fs::write(folder.path().join("blobs/7f").join(name), b"nobody's").unwrap();
    fs::write(folder.path().join("blobs/7f/not a blob"), b"somebody's").unwrap();
    fs::write(folder.path().join("tmp").join(name), b"left").unwrap();
    let collected = store.gc(0).await.unwrap();
    assert_eq!(collected, Collected { temporary: 1, blobs: 1, uploads: 0 });
    assert_eq!(files(folder.path()), (0, 2));
    assert_eq!(store.gc(0).await.unwrap(), Collected::default());
}

#[tokio::test]
async fn an_index_of_the_first_version_counts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(folder.path()).await;
    put(&first, "k", b"data").await.unwrap();
    put(&first, "empty", b"").await.unwrap();
    let upload = first.create_upload(NewUpload { bucket: BUCKET, key: "k", ..NewUpload::default() }).await.unwrap();
    part(&first, UploadAt { bucket: BUCKET, key: "k", upload: &upload.id }, 1, b"a part").await.unwrap();
    // A second bucket of the same owner, and one of another, each with objects and an upload.
    bucket(&first, "second", None).await;
    let other = NewBucket { name: "other's", public: false, owner: "other", owner_limit: None };
    first.create_bucket(&other).await.unwrap();
    for (bucket, size) in [("second", 100), ("other's", 1000)] {
        let put = Put { bucket, key: "k", ..Put::default() };
        put_with(&first, put, None, &[], &bytes(1, size)).await.unwrap();
        let upload = first.create_upload(NewUpload { bucket, key: "k", ..NewUpload::default() }).await.unwrap();
        let at = UploadAt { bucket, key: "k", upload: &upload.id };
        for number in [1, 2] {
            part(&first, at, number, &bytes(2, 10 * size)).await.unwrap();
        }
    }
    let used = first.used("owner").await.unwrap();
    drop(first);
    let path = folder.path().join("index.sqlite");
    let index = rusqlite::Connection::open(&path).unwrap();
    // As that version wrote it: only bytes, and an owner without a bucket.
    index.execute_batch("UPDATE owners SET used = 10; INSERT INTO owners (owner, used) VALUES ('nobody', 7)").unwrap();
    index.pragma_update(None, "user_version", 1).unwrap();
    drop(index);
    for _ in 0..2 {
        let again = open(folder.path()).unwrap();
        assert_eq!((used, again.used("owner").await.unwrap()), (10 + 2100 + 6 * EACH, used));
        assert_eq!(again.used("other").await.unwrap(), 21_000 + 3 * EACH);
        assert_eq!(again.used("nobody").await.unwrap(), 0);
    }
}
