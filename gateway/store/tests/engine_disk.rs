//! The order in which things reach the disk, and what is left when the disk fails.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common::disk::{Honesty, Step, TestDisk};
use common::{BUCKET, EACH, bucket, bytes, files, get, named, part, put, put_if, settles, until};
use infrai_store::engine::{Complete, Condition, Copy, Error, NewUpload, OpenError, Options, Store, UploadAt};

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

async fn open(folder: &Path) -> (Store, Arc<TestDisk>) {
    let grave = folder.join("grave");
    let folder = &folder.canonicalize().unwrap();
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
    disk.slow_commits();
    let steps = disk.steps();
    let made = steps.iter().rposition(|(step, _)| *step == MakeFolder).unwrap();
    let whole = folder.path().canonicalize().unwrap();
    assert_eq!(steps[made + 1], (SyncFolder, whole.join("store/blobs")));
    for size in [10, 1 << 20] {
        disk.steps();
        put(&store, "k", &bytes(1, size)).await.unwrap();
        settles(&folder.path().join("store"), (0, 1));
        // Removals come when they come, but after the commit.
        let mut steps = disk.steps();
        if size > 10 {
            let removed = steps.iter().position(|(step, _)| *step == Remove).unwrap();
            assert!(removed > steps.iter().position(|(step, _)| *step == AfterCommit).unwrap());
            steps.remove(removed);
        }
        steps.dedup_by_key(|(step, _)| *step);
        assert_eq!(kinds(&steps), [Create, Write, SyncFile, Rename, SyncFolder, BeforeCommit, AfterCommit]);
        let paths: Vec<_> = steps.iter().map(|(_, path)| path.as_path()).collect();
        assert!(paths[0].parent() == Some(&whole.join("store/tmp")));
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
                assert_eq!(store.used("owner").await.unwrap(), 3 + EACH);
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
    until("the removal failed", || !disk.fails()).await;
    assert_eq!(files(&path), (0, 2));
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

#[tokio::test]
async fn folders_that_an_earlier_start_made_are_synced_too() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().canonicalize().unwrap();
    let (path, grave) = (whole.join("made/if need be/store"), whole.join("grave"));
    std::fs::create_dir(&grave).unwrap();
    let disk = Arc::new(TestDisk::new(&grave, Honesty::Honest));
    for synced in [&whole.join("made/if need be"), &path, &path.join("blobs")] {
        disk.fail_at(Step::SyncFolder, synced, EIO);
        assert!(matches!(Store::open(&path, Options { disk: disk.clone() }), Err(OpenError::Failed(_))), "{synced:?}");
    }
    let store = Store::open(&path, Options { disk: disk.clone() }).unwrap();
    bucket(&store, BUCKET, None).await;
    put(&store, "k", b"data").await.unwrap();
    drop(store);
    disk.lose(0);
    assert_eq!(get(&Store::open(&path, Options::default()).unwrap(), "k").await.unwrap(), b"data");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_waits_for_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    let spawn = |key: &str, condition: Condition| {
        let (store, key) = (store.clone(), key.to_owned());
        tokio::spawn(async move { put_if(&store, &key, b"data", condition).await })
    };
    let mut number = 0;
    loop {
        let key = format!("k{number}");
        disk.steps();
        // While one commit waits, the next two come together into one transaction, which fails.
        disk.hold_commits(true);
        let first = spawn("first", Condition::None);
        until("the first is being committed", || disk.count(Step::BeforeCommit) > 0).await;
        let two = [spawn(&key, Condition::Absent), spawn(&key, Condition::Absent)];
        until("the others are written", || disk.count(Step::Rename) > 2).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        disk.fail(Step::BeforeCommit, EIO);
        disk.hold_commits(false);
        first.await.unwrap().unwrap();
        let [one, other] = two;
        let results = [one.await.unwrap(), other.await.unwrap()];
        let failed = results.iter().filter(|result| matches!(result, Err(Error::Io { .. }))).count();
        if failed == 2 {
            break;
        }
        // One of them came too late, into a transaction of its own, which nothing rested on.
        assert!(failed == 1 && results.iter().any(Result::is_ok), "{results:?}");
        number += 1;
        assert!(number < 20, "the two never share a transaction");
    }
    put_if(&store, &format!("k{number}"), b"data", Condition::Absent).await.unwrap();
    settles(&folder.path().join("store"), (0, number + 2));
}

#[tokio::test]
async fn a_copy_of_many_files_does_not_keep_the_index_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    let upload = store.create_upload(NewUpload { bucket: BUCKET, key: "k", ..NewUpload::default() }).await.unwrap();
    let at = UploadAt { bucket: BUCKET, key: "k", upload: &upload.id };
    let one = part(&store, at, 1, &bytes(1, 5 << 20)).await.unwrap();
    let two = part(&store, at, 2, b"end").await.unwrap();
    let parts = [named(&one), named(&two)];
    store.complete_upload(Complete { at, parts: &parts, ..Complete::default() }).await.unwrap();
    let reader = store.read(BUCKET, "k").await.unwrap();
    let (before, _) = (disk.synced_by_index(), disk.steps());
    store.copy(&reader, Copy { bucket: BUCKET, key: "copy", ..Copy::default() }).await.unwrap();
    assert_eq!(disk.synced_by_index(), before);
    let mut steps = kinds(&disk.steps());
    steps.dedup();
    assert_eq!(steps, [Step::Link, Step::SyncFolder, Step::BeforeCommit, Step::AfterCommit]);
}

#[tokio::test]
async fn folders_are_looked_through_again_only_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (store, disk) = open(folder.path()).await;
    let path = folder.path().join("store");
    put(&store, "k", b"data").await.unwrap();
    assert_eq!(store.gc(0).await.unwrap().blobs, 0);
    // Nothing of this process can leave such a file, so it shows who looks.
    let stray = |number: u64| {
        std::fs::write(path.join(format!("blobs/7f/{number:032x}")), b"nobody's").unwrap();
    };
    stray(1);
    assert_eq!(store.gc(0).await.unwrap().blobs, 0);
    // A removal that failed is a reason, once …
    disk.fail(Step::Remove, EIO);
    put(&store, "k", b"other").await.unwrap();
    until("the removal failed", || !disk.fails()).await;
    // (it is noted a moment after it failed)
    let collected = async {
        loop {
            match store.gc(0).await.unwrap().blobs {
                0 => tokio::task::yield_now().await,
                some => break some,
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(30), collected).await.expect("it looks again"), 2);
    stray(2);
    assert_eq!(store.gc(0).await.unwrap().blobs, 0);
    // … and so is a collection that came to no end …
    disk.fail(Step::Remove, EIO);
    put(&store, "k", b"third").await.unwrap();
    until("the removal failed", || !disk.fails()).await;
    let fails = async {
        loop {
            disk.fail(Step::Remove, EIO);
            if store.gc(0).await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), fails).await.expect("a collection that fails");
    assert_eq!(store.gc(0).await.unwrap().blobs, 2);
    // … and another process, as the command is.
    stray(3);
    drop(store);
    let store = Store::open(&path, Options::default()).unwrap();
    assert_eq!(store.gc(0).await.unwrap().blobs, 1);
}
