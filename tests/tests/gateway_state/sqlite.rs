//! What only SQLite has: a file.

use std::fs;
use std::sync::Barrier;

use infrai_gateway::state::{Begun, Database, Planned, Sqlite, StateError, open};

use crate::place::{Place, account, at, bucket, keyed};

fn path(place: &Place) -> std::path::PathBuf {
    match place.database() {
        Database::Sqlite(path) => path.clone(),
        other @ Database::Postgres { .. } => panic!("{other}"),
    }
}

#[test]
fn processes_that_start_together_make_the_file_once() {
    for _ in 0..5 {
        let place = Place::sqlite();
        let (path, barrier) = (path(&place), Barrier::new(6));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    barrier.wait();
                    Sqlite::open(&path).map(drop).expect("opened");
                });
            }
        });
    }
}

/// The files as they are on the disk while everything is open: what a killed process leaves.
#[tokio::test]
async fn what_was_said_is_there_after_a_kill() {
    let place = Place::sqlite();
    let state = place.open().await;
    let made = account(&state, "team").await;
    let id = made.account.id.as_str();
    assert_eq!(state.plan_bucket(&bucket(id, "planned"), None).await, Ok(Planned::Yes));
    assert_eq!(state.plan_bucket(&bucket(id, "ready"), None).await, Ok(Planned::Yes));
    assert_eq!(state.bucket_ready(&format!("{id}-ready")).await, Ok(true));
    assert!(matches!(state.begin(&keyed(id, "key", 1), at(0), at(30)).await, Ok(Begun::First(_))));

    let (from, to) = (path(&place), tempfile::tempdir().expect("a folder"));
    for end in ["", "-wal"] {
        let name = format!("state.sqlite{end}");
        fs::copy(from.with_file_name(&name), to.path().join(&name)).expect("a copy");
    }
    let again = open(&Database::parse(None, to.path()).expect("a choice")).await.expect("the state");
    assert_eq!(again.account_by_key(&made.secret.hash()).await, Ok(Some(made.account.clone())));
    assert_eq!(again.plans(at(1)).await.expect("plans").len(), 1);
    assert_eq!(again.buckets(id).await.expect("buckets").len(), 1);
    assert_eq!(again.begin(&keyed(id, "key", 1), at(1), at(31)).await, Ok(Begun::Running));
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_with_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "text").expect("a file");
    let error = Sqlite::open(&folder.path().join("file/state.sqlite")).map(drop).expect_err("no folder");
    assert!(matches!(&error, StateError::Unavailable(text) if text.contains("state.sqlite")), "{error}");
    fs::create_dir(folder.path().join("state.sqlite")).expect("a folder");
    let error = Sqlite::open(&folder.path().join("state.sqlite")).map(drop).expect_err("a folder");
    assert!(matches!(&error, StateError::Unavailable(text) if text.contains("state.sqlite")), "{error}");
}

#[tokio::test]
async fn an_odd_path_is_only_a_path() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["file:x?mode=memory", ":memory:", "ü 'quoted'%20.db"] {
        let path = folder.path().join(name);
        let state: std::sync::Arc<dyn infrai_gateway::state::State> =
            std::sync::Arc::new(Sqlite::open(&path).expect("opened"));
        account(&state, "team").await;
        assert!(path.is_file(), "{name}");
    }
}
