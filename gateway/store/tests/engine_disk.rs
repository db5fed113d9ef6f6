//! The order in which things reach the disk, and what is left when the disk fails.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::disk::{Honesty, Step, TestDisk};
use common::{BUCKET, bucket, bytes, get, put, settles};
use infrai_store::engine::{Copy, Error, OpenError, Options, Store};

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

async fn open(folder: &Path) -> (Store, Arc<TestDisk>) {
    let grave = folder.join("grave");
    std::fs::create_dir_all(&grave).unwrap();
    let disk = Arc::new(TestDisk::new(&grave, Honesty::Honest));
    let store = Store::open(&folder.join("store"), Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, None).await;
    (store, disk)
}

fn kinds(steps: &[(Step, PathBuf)]) -> Vec<Step> {
    steps.iter().map(|(step, _)| *step).collect()
}

#[tokio::test]
async fn everything_is_synced_before_it_is_said() {
    use Step::{AfterCommit, BeforeCommit, Create, Link, MakeFolder, Remove, Rename, SyncFile, SyncFolder, Write};

    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    let steps = disk.steps();
    let made = steps.iter().rposition(|(step, _)| *step == MakeFolder).unwrap();
    assert_eq!(steps[made + 1], (SyncFolder, folder.path().join("store/blobs")));
    for size in [10, 1 << 20] {
        disk.steps();
        put(&store, "k", &bytes(1, size)).await.unwrap();
        settles(&folder.path().join("store"), (0, 1));
        // Removals come when they come, but after the commit.
        let mut steps = disk.steps();
        if size > 10 {
            let removed = steps.iter().position(|(step, _)| *step == Remove).unwrap();
            assert!(removed > steps.iter().position(|(step, _)| *step == BeforeCommit).unwrap());
            steps.remove(removed);
        }
        steps.dedup_by_key(|(step, _)| *step);
        assert_eq!(kinds(&steps), [Create, Write, SyncFile, Rename, SyncFolder, BeforeCommit, AfterCommit]);
        let paths: Vec<_> = steps.iter().map(|(_, path)| path.as_path()).collect();
        assert!(paths[0].parent() == Some(&folder.path().join("store/tmp")));
        assert!(paths[1] == paths[0] && paths[2] == paths[0] && paths[3].parent() == Some(paths[4]));
    }
    let reader = store.read(BUCKET, "k").await.unwrap();
    store.copy(&reader, Copy { bucket: BUCKET, key: "copy", ..Copy::default() }).await.unwrap();
    assert_eq!(kinds(&disk.steps()), [Link, SyncFolder, BeforeCommit, AfterCommit]);
}

#[tokio::test]
async fn a_fault_at_any_step_leaves_the_old_object() {
    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    put(&store, "k", b"old").await.unwrap();
    let path = folder.path().join("store");
    let steps = [Step::Create, Step::Write, Step::SyncFile, Step::Rename, Step::SyncFolder, Step::BeforeCommit];
    for step in steps {
        for error in [ENOSPC, EIO] {
            for size in [10, 2 << 20] {
                disk.fail(step, error);
                let result = put(&store, "k", &bytes(1, size)).await.unwrap_err();
                match error {
                    ENOSPC => assert!(matches!(result, Error::Full { .. }), "{step:?} {result}"),
                    _ => assert!(matches!(result, Error::Io { .. }), "{step:?} {result}"),
                }
                assert_eq!(get(&store, "k").await.unwrap(), b"old", "{step:?}");
                assert_eq!(store.used("owner").await.unwrap(), 3);
                settles(&path, (0, 1));
            }
        }
    }
    assert!(store.check().await.is_ok());
    disk.fail(Step::BeforeCommit, ENOSPC);
    let error = store.check().await.unwrap_err().to_string();
    assert!(error.contains("full") && error.contains("index.sqlite"), "{error}");
    // A copy falls back to writing where a second name can't be given.
    disk.fail(Step::Link, EIO);
    let reader = store.read(BUCKET, "k").await.unwrap();
    store.copy(&reader, Copy { bucket: BUCKET, key: "copy", ..Copy::default() }).await.unwrap();
    assert_eq!(get(&store, "copy").await.unwrap(), b"old");
    settles(&path, (0, 2));
    // What can't be removed is found by `gc`.
    disk.fail(Step::Remove, EIO);
    store.delete_object(BUCKET, "copy").await.unwrap();
    while disk.steps().last().is_none_or(|(step, _)| *step != Step::AfterCommit) {}
    tokio::time::sleep(Duration::from_millis(100)).await;
    settles(&path, (0, 2));
    assert_eq!(store.gc(0).await.unwrap().blobs, 1);
    settles(&path, (0, 1));
}

#[tokio::test]
async fn a_writer_that_panicked_is_an_error_and_no_hang() {
    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    put(&store, "k", b"old").await.unwrap();
    disk.panic_at_commit();
    for _ in 0..2 {
        let result = tokio::time::timeout(Duration::from_secs(10), put(&store, "k", b"new")).await.unwrap();
        assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
    }
    assert!(matches!(store.check().await, Err(Error::Stopped)));
    assert_eq!(get(&store, "k").await.unwrap(), b"old");
    settles(&folder.path().join("store"), (0, 1));
}

#[tokio::test]
async fn a_full_disk_at_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new(folder.path(), Honesty::Honest));
    disk.fail(Step::SyncFolder, ENOSPC);
    let error = Store::open(&folder.path().join("store"), Options { disk }).unwrap_err();
    assert!(matches!(error, OpenError::Failed(Error::Full { .. })), "{error}");
    assert!(Store::open(&folder.path().join("store"), Options::default()).is_ok());
}
