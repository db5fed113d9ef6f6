//! A part of the data folder is lost or damaged: that is said at the start, in one sentence, and nothing is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use infrai_tests::gateway::{activate, until};
use infrai_tests::program::{Program, run, serve};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{FREE, folder};

/// A folder with a trial account and its bucket, and no gateway.
async fn used() -> TempDir {
    let folder = folder();
    let mut program = Program::start(folder.path(), &[]).await;
    activate(program.api()).await;
    program.kill().await;
    // All that the logs have, so that each file is what it will be.
    for name in ["state.sqlite", "store/index.sqlite"] {
        let database = Connection::open(folder.path().join("data").join(name)).expect("a database");
        database.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).expect("its log");
        database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("its log");
    }
    folder
}

/// All files below a folder, with what is in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            all.insert(path, bytes);
        }
    }
    all
}

/// Does this to the database's file, and looks that nobody goes on with what is left of it.
async fn refused(what: &str, harm: impl FnOnce(&Path)) {
    let folder = used().await;
    let path = folder.path().join("data/state.sqlite");
    harm(&path);
    let before = files(folder.path());
    let named = |sentence: &str| {
        let words = [what, "restore it from a backup", &path.display().to_string()];
        assert!(words.iter().all(|word| sentence.contains(word)), "no {words:?} in {sentence}");
    };
    named(serve(folder.path(), &[]).line());
    for words in [&["gc"][..], &["keys", "list"], &["keys", "create"]] {
        named(run(folder.path(), words).line());
    }
    assert!(files(folder.path()) == before, "{what}: something was changed");
    let doctor = run(folder.path(), &[&["doctor"], &FREE[..]].concat());
    assert!(doctor.line().contains("FAIL"), "{doctor:?}");
    let failures: Vec<&str> = doctor.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert_eq!(failures.len(), 1, "{doctor:?}");
    named(failures[0]);
    let state = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("state"));
    let of_state = |mut all: BTreeMap<PathBuf, Vec<u8>>| {
        all.retain(|path, _| state(path));
        all
    };
    assert!(of_state(files(folder.path())) == of_state(before), "{what}: `doctor` changed something");
}

#[tokio::test]
async fn a_missing_database_is_not_made_anew() {
    refused("is missing", |path| fs::remove_file(path).expect("removed")).await;
}

#[tokio::test]
async fn an_empty_database_is_not_filled_anew() {
    refused("is empty", |path| fs::write(path, b"").expect("emptied")).await;
    // As a backup without its log, made before anything was moved from that.
    refused("is empty", |path| {
        fs::remove_file(path).expect("removed");
        let bare = Connection::open(path).expect("a database");
        bare.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("a header");
        drop(bare);
        assert!(fs::metadata(path).expect("a file").len() > 0);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_database_is_found_at_the_start() {
    // Its header and list of tables stand in the first page.
    refused("is damaged", |path| {
        let mut bytes = fs::read(path).expect("the file");
        assert!(bytes.len() > 8192, "{} bytes", bytes.len());
        bytes[4096..].fill(0x5a);
        fs::write(path, bytes).expect("damaged");
    })
    .await;
}

#[tokio::test]
async fn a_lost_store_is_told_of() {
    let folder = used().await;
    let doctor = || run(folder.path(), &[&["doctor", "--max-connections", "100"], &FREE[..]].concat());
    assert!(!doctor().good().contains("warn "), "{:?}", doctor());
    fs::remove_dir_all(folder.path().join("data/store")).expect("removed");
    // Not only once: what is lost stays lost.
    for _ in 0..2 {
        let program = Program::start(folder.path(), &[]).await;
        let line =
            until("it warns", async || program.stderr().lines().find(|line| line.contains("WARN")).map(str::to_owned))
                .await;
        assert!(line.contains("embedded store (1)") && line.contains("(0)") && line.contains("backup"), "{line}");
        drop(program);
        let done = doctor();
        let warned = done.good().lines().find(|line| line.starts_with("warn "));
        assert!(warned.is_some_and(|line| line.contains("one backup")), "{done:?}");
    }
}
