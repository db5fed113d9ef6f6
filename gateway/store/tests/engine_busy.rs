//! Many at once: slow ones hold nothing that others need, and collecting takes nothing that somebody has.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::disk::{Honesty, Step, TestDisk};
use common::{BUCKET, EACH, body, bucket, bytes, get, named, part, put, settles, store};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use infrai_store::engine::{Complete, Copy, Error, Incoming, List, NewUpload, Options, Replaces, Store, UploadAt};
use tokio::sync::Semaphore;

/// Threads that may wait for the disk.
const THREADS: usize = 4;

#[test]
fn slow_uploads_hold_no_thread() {
    let folder = tempfile::tempdir().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().max_blocking_threads(THREADS).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store(folder.path()).await;
        let stuck = Arc::new(Semaphore::new(0));
        let slow = (0..2 * THREADS).map(|number| {
            let (store, is_stuck) = (store.clone(), Arc::clone(&stuck));
            tokio::spawn(async move {
                let key = format!("slow/{number}");
                let incoming =
                    Incoming { bucket: BUCKET, replaces: Replaces::Object(&key), size: None, algorithms: &[] };
                let never = stream::once(async move {
                    is_stuck.add_permits(1);
                    std::future::pending().await
                });
                let stuck = body(&bytes(1, 2 << 20), 64 << 10).chain(never);
                store.receive(incoming, stuck).await.map(drop)
            })
        });
        let slow: Vec<_> = slow.collect();
        let number = u32::try_from(2 * THREADS).unwrap();
        let all = tokio::time::timeout(Duration::from_secs(30), stuck.acquire_many(number)).await;
        all.expect("they come to where no more comes").unwrap().forget();
        let others = async {
            put(&store, "small", b"data").await.unwrap();
            put(&store, "large", &bytes(2, 1 << 20)).await.unwrap();
            store.list(List { bucket: BUCKET, max: 10, ..List::default() }).await.unwrap().objects.len()
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(30), others).await.expect("they wait"), 2);
        for upload in slow {
            upload.abort();
            assert!(upload.await.is_err());
        }
        drop(store);
        settles(folder.path(), (0, 2));
    });
}

#[tokio::test]
async fn small_pieces_do_not_pile_up_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new(&folder.path().join("grave"), Honesty::Honest));
    let store = Store::open(&folder.path().join("store"), Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, None).await;
    // Each may keep 8 KiB from being freed, so the 33rd makes it more than the 256 KiB that wait in memory.
    for (pieces, written) in [(32, 0), (33, 1)] {
        disk.steps();
        let incoming = Incoming { bucket: BUCKET, replaces: Replaces::Object("k"), size: None, algorithms: &[] };
        let received = store.receive(incoming, body(&vec![1; pieces], 1)).await.unwrap();
        assert_eq!(disk.count(Step::Create), written, "{pieces} pieces");
        drop(received);
    }
}

async fn put_in_parts(store: &Store, key: &str, data: &[u8]) -> Result<(), Error> {
    let upload = store.create_upload(NewUpload { bucket: BUCKET, key, ..NewUpload::default() }).await?;
    let at = UploadAt { bucket: BUCKET, key, upload: &upload.id };
    let parts = [named(&part(store, at, 1, data).await?)];
    store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await?;
    Ok(())
}

async fn copy(store: &Store, key: &str) -> Result<(), Error> {
    let reader = store.read(BUCKET, key).await?;
    store.copy(&reader, Copy { bucket: BUCKET, key: &format!("{key} again"), ..Copy::default() }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn collecting_is_safe_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let content = |writer: u64, number: u64| {
        let size = if number.is_multiple_of(4) { 300 << 10 } else { 100 };
        bytes(writer * 100 + number, size)
    };
    let writers = (0..8_u64).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..60 {
                let (key, data) = (format!("{writer}/{}", number % 20), content(writer, number));
                match number % 3 {
                    0 => put(&store, &key, &data).await.map(drop).unwrap(),
                    _ => put_in_parts(&store, &key, &data).await.unwrap(),
                }
                if number.is_multiple_of(5) {
                    copy(&store, &key).await.unwrap();
                }
            }
        })
    });
    let writers = tokio::spawn(futures_util::future::join_all(writers.collect::<Vec<_>>()));
    // An object of parts that is replaced all the while, and read.
    put_in_parts(&store, "k", &bytes(0, 300 << 10)).await.unwrap();
    let replacing = tokio::spawn({
        let (store, writers) = (store.clone(), writers.abort_handle());
        async move {
            while !writers.is_finished() {
                put_in_parts(&store, "k", &bytes(0, 300 << 10)).await.unwrap();
            }
        }
    });
    let reading = tokio::spawn({
        let (store, writers) = (store.clone(), writers.abort_handle());
        async move {
            while !writers.is_finished() {
                let reader = store.read(BUCKET, "k").await.unwrap();
                tokio::time::sleep(Duration::from_millis(3)).await;
                let chunks: Vec<_> = reader.stream(0..300 << 10).try_collect().await.unwrap();
                assert!(chunks.concat() == bytes(0, 300 << 10));
            }
        }
    });
    while !writers.is_finished() {
        assert_eq!(store.gc(0).await.unwrap().temporary, 0);
    }
    assert!(writers.await.unwrap().iter().all(Result::is_ok));
    replacing.await.unwrap();
    reading.await.unwrap();
    for writer in 0..8 {
        for number in 40..60 {
            let key = format!("{writer}/{}", number % 20);
            assert_eq!(get(&store, &key).await.unwrap(), content(writer, number));
            if number.is_multiple_of(5) {
                assert_eq!(get(&store, &format!("{key} again")).await.unwrap(), content(writer, number));
            }
        }
    }
    settles(folder.path(), (0, 8 * 24 + 1));
}

#[tokio::test]
async fn nobody_waits_until_all_of_many_blobs_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new(&folder.path().join("grave"), Honesty::Honest));
    let path = folder.path().join("store");
    let store = Store::open(&path, Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, None).await;
    let index = rusqlite::Connection::open(path.join("index.sqlite")).unwrap();
    let keys = ["0", "1", "2", "3", "4"];
    let fill = || {
        for key in keys {
            let object = "INSERT INTO objects SELECT id, CAST(?1 AS BLOB), 0, '', 0, '', '', 2000, ?1 FROM buckets";
            index.execute(object, [key]).unwrap();
            let numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)";
            let segments = format!("{numbers} INSERT INTO segments SELECT ?1, n, 0, ?1 || '-' || n FROM numbers");
            assert_eq!(index.execute(&segments, [key]).unwrap(), 2000);
            index.execute(&format!("UPDATE owners SET used = used + {EACH}"), []).unwrap();
        }
        disk.steps();
    };
    fill();
    store.delete_objects(BUCKET, &keys).await.unwrap();
    assert_eq!((disk.count(Step::BeforeCommit), store.used("owner").await.unwrap()), (3, 0));
    fill();
    store.empty_bucket(BUCKET).await.unwrap();
    // And one for the bucket itself.
    assert_eq!((disk.count(Step::BeforeCommit), store.used("owner").await.unwrap()), (4, 0));
    let left = "SELECT (SELECT count(*) FROM objects) + (SELECT count(*) FROM segments)";
    assert_eq!(index.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
