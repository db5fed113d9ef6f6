//! Opening a store, again, and beside others; collecting what was left behind.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{BUCKET, bytes, files, get, put, settles, store};
use infrai_store::engine::{Collected, Credentials, OpenError, Options, Store};

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
    let again = open(&path).unwrap();
    assert_eq!(get(&again, "k").await.unwrap(), b"data");
    assert_eq!((again.credentials(), files(&path)), (&credentials, (0, 1)));
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_look_into_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(store(&path).await);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
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

    let other = rusqlite::Connection::open(&index).unwrap();
    other.execute_batch("CREATE TABLE somebody (elses TEXT)").unwrap();
    drop(other);
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error:?}");

    fs::write(&index, whole).unwrap();
    assert_eq!(get(&open(folder.path()).unwrap(), "k").await.unwrap(), b"data");
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

#[tokio::test(flavor = "multi_thread")]
async fn collecting_is_safe_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let writers = (0..8_u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..60 {
                let size = if number % 4 == 0 { 300 << 10 } else { 100 };
                put(&store, &format!("{writer}/{}", number % 20), &bytes(writer * 100 + number, size)).await.unwrap();
            }
        })
    });
    let writers = tokio::spawn(futures_util::future::join_all(writers.collect::<Vec<_>>()));
    while !writers.is_finished() {
        assert_eq!(store.gc(0).await.unwrap().temporary, 0);
    }
    assert!(writers.await.unwrap().iter().all(Result::is_ok));
    for writer in 0..8 {
        for number in 40..60 {
            let size = if number % 4 == 0 { 300 << 10 } else { 100 };
            let expected = bytes(writer * 100 + number, size);
            assert_eq!(get(&store, &format!("{writer}/{}", number % 20)).await.unwrap(), expected);
        }
    }
    settles(folder.path(), (0, 160));
    assert!(store.has_bucket(BUCKET).await.unwrap());
}
