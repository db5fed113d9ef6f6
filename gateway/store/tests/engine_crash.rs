//! The power is cut while many write: what was acknowledged is there and right.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use common::disk::{Honesty, TestDisk};
use common::{BUCKET, EACH, bucket, bytes, get, named, part, put, settles};
use infrai_store::engine::{Complete, Copy, Error, NewUpload, Options, Store, UploadAt};

/// What a key may hold after the crash: what was acknowledged last, or what was being done.
type May = Vec<Option<Vec<u8>>>;

/// Writes until the power is cut. Each writer has its own keys.
async fn write(store: Store, writer: u64) -> BTreeMap<String, May> {
    let mut keys: BTreeMap<String, May> = BTreeMap::new();
    for number in 0.. {
        let key = format!("{writer}/{}", number % 5);
        let size = if number % 3 == 0 { 300 << 10 } else { 2000 };
        let data = bytes(writer << 32 | number, size);
        let wanted = if number % 7 == 6 { None } else { Some(data.clone()) };
        keys.entry(key.clone()).or_insert_with(|| vec![None]).push(wanted.clone());
        let result = match number % 7 {
            6 => store.delete_object(BUCKET, &key).await.map(drop),
            4 => put_by_copy(&store, &key, &data).await,
            5 => put_in_parts(&store, &key, &data).await,
            _ => put(&store, &key, &data).await.map(drop),
        };
        if result.is_err() {
            break;
        }
        keys.insert(key, vec![wanted]);
    }
    keys
}

async fn put_by_copy(store: &Store, key: &str, data: &[u8]) -> Result<(), Error> {
    let other = format!("{key} to copy");
    put(store, &other, data).await?;
    let reader = store.read(BUCKET, &other).await?;
    store.copy(&reader, Copy { bucket: BUCKET, key, ..Copy::default() }).await?;
    store.delete_object(BUCKET, &other).await?;
    Ok(())
}

async fn put_in_parts(store: &Store, key: &str, data: &[u8]) -> Result<(), Error> {
    let upload = store.create_upload(NewUpload { bucket: BUCKET, key, ..NewUpload::default() }).await?;
    let at = UploadAt { bucket: BUCKET, key, upload: &upload.id };
    let parts = [named(&part(store, at, 1, data).await?)];
    store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await?;
    Ok(())
}

/// Writes, cuts the power after so many steps, opens the store again; returns what is wrong then.
async fn crash(folder: &Path, steps: usize, honesty: Honesty) -> Vec<String> {
    let folder = &folder.canonicalize().unwrap();
    let (grave, path) = (folder.join("grave"), folder.join("store"));
    std::fs::create_dir_all(&grave).unwrap();
    let disk = Arc::new(TestDisk::new(&grave, honesty));
    let store = Store::open(&path, Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, None).await;
    disk.cut_after(steps);
    let writers = (0..8).map(|writer| tokio::spawn(write(store.clone(), writer)));
    let written = futures_util::future::join_all(writers.collect::<Vec<_>>()).await;
    drop(store);
    disk.lose(steps as u64);
    let store = Store::open(&path, Options::default()).unwrap();
    let mut wrong = Vec::new();
    for (key, may) in written.into_iter().flat_map(Result::unwrap) {
        let found = match get(&store, &key).await {
            Ok(data) => Some(data),
            Err(Error::NoObject { .. }) => None,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        if !may.contains(&found) {
            wrong.push(format!("{key} is neither the old nor the new"));
        }
    }
    if wrong.is_empty() {
        store.gc(i64::MAX).await.unwrap();
        let list = infrai_store::engine::List { bucket: BUCKET, max: 1000, ..Default::default() };
        let objects = store.list(list).await.unwrap().objects;
        // Of an index that has nothing, `gc` believes nothing.
        if !objects.is_empty() {
            settles(&path, (0, objects.len()));
        }
        assert_eq!(store.used("owner").await.unwrap(), objects.iter().map(|object| object.size + EACH).sum::<u64>());
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let wrong = crash(folder.path(), 50 + round * 37, Honesty::Honest).await;
        assert!(wrong.is_empty(), "{round}: {wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_sees_what_is_not_synced() {
    for honesty in [Honesty::LosesFiles, Honesty::LosesFolders] {
        let folder = tempfile::tempdir().unwrap();
        assert!(!crash(folder.path(), 500, honesty).await.is_empty(), "{honesty:?}");
    }
}
