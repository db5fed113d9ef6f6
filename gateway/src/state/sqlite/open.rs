//! Opening the file: made for its owner only, ours and no other program's, up to date.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::trouble;
use crate::state::{STORE, StateError, migrate};

/// How long one process waits for another one's write.
const PATIENCE: Duration = Duration::from_secs(5);
/// Stands in the file's header: "ifrs".
const APPLICATION: i64 = 0x6966_7273;
/// Up to this size the whole file is looked through at open; larger ones would make starting slow.
const LOOKED_THROUGH: u64 = 64 << 20;

/// The connection that writes, to a file that is up to date.
pub(super) fn writer(path: &Path) -> Result<Connection, StateError> {
    // Asked before SQLite is: it would remove the log of an empty file.
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => may_be_new(path, "missing")?,
        Ok(file) if file.len() == 0 => may_be_new(path, "empty")?,
        _ => {}
    }
    create(path)?;
    let said = |error| trouble::of(path, &error);
    let mut db = connect(path).map_err(said)?;
    if db.is_readonly("main").map_err(said)? {
        return Err(trouble::read_only(path));
    }
    belongs(&db, path)?;
    look_through(&db, path)?;
    keep_a_log(&db).map_err(said)?;
    migrate(&mut db, path)?;
    Ok(db)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StateError> {
    let reader = || {
        let db = connect(path)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    };
    reader().map_err(|error| trouble::of(path, &error))
}

/// Beside a store there was a database before: a new one would give its buckets' names and its accounts' keys to nobody.
fn may_be_new(path: &Path, how: &str) -> Result<(), StateError> {
    let store = path.with_file_name(STORE);
    if store.join("index.sqlite").exists() { Err(trouble::lost(path, how, &store)) } else { Ok(()) }
}

/// SQLite gives the files beside it (`-wal`, `-shm`) the same rights.
fn create(path: &Path) -> Result<(), StateError> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    match folder.and_then(|()| options.open(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(trouble::cannot_create(path, &error)),
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Without `SQLITE_OPEN_URI`: a path is a path, whatever it looks like.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    // Else SQLite plans a statement anew for each new value, since an index is for some values only (`WHERE ready = 0`).
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // On macOS that takes another call than elsewhere; here these change nothing.
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "checkpoint_fullfsync", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Another program's database isn't touched.
fn belongs(db: &Connection, path: &Path) -> Result<(), StateError> {
    let look = || -> rusqlite::Result<(i64, i64)> {
        let application = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let tables = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((application, tables))
    };
    match look().map_err(|error| trouble::of(path, &error))? {
        (APPLICATION, _) => Ok(()),
        (0, 0) => may_be_new(path, "empty"),
        _ => Err(trouble::foreign(path)),
    }
}

/// What is damaged is refused here, and not by the first request that comes upon it.
fn look_through(db: &Connection, path: &Path) -> Result<(), StateError> {
    if fs::metadata(path).is_ok_and(|file| file.len() > LOOKED_THROUGH) {
        return Ok(());
    }
    let verdict = db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    if verdict.map_err(|error| trouble::of(path, &error))? == "ok" { Ok(()) } else { Err(trouble::damaged(path)) }
}

/// Changing the journal needs the file for itself and doesn't always wait, so that two processes that make the file
/// together would disturb each other.
fn keep_a_log(db: &Connection) -> rusqlite::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let mode = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(_) => return Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error),
        }
    }
}

fn migrate(db: &mut Connection, path: &Path) -> Result<(), StateError> {
    let said = |error| trouble::of(path, &error);
    let shown = format!("the database `{}`", path.display());
    loop {
        // The lock first: another process may be at the same step.
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(said)?;
        let version = step.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(said)?;
        let Some((number, next)) = migrate::next(migrate::SQLITE, version, &shown)? else { return Ok(()) };
        let take = || {
            step.execute_batch(next.sql)?;
            step.pragma_update(None, "application_id", APPLICATION)?;
            step.pragma_update(None, "user_version", number)?;
            step.commit()
        };
        take().map_err(|error| trouble::in_step(path, next.name, &error))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &Path) -> String {
        match writer(path) {
            Err(StateError::Broken(text)) => text,
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn what_is_no_database_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.sqlite");
        fs::write(&path, "this is a letter to my aunt, not a database. ".repeat(40)).expect("a file");
        assert!(broken(&path).contains("isn't a SQLite database"));
        assert!(fs::read_to_string(&path).expect("the file").starts_with("this is a letter"));

        fs::remove_file(&path).expect("removed");
        Connection::open(&path).expect("a database").execute_batch("CREATE TABLE aunts (name)").expect("a table");
        let text = broken(&path);
        assert!(text.contains("another program") && text.contains("state.sqlite"), "{text}");
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.sqlite");
        writer(&path).expect("opened").pragma_update(None, "user_version", 99).expect("set");
        let text = broken(&path);
        assert!(text.contains("has schema 99") && text.contains("newer program"), "{text}");
    }

    #[test]
    fn a_commit_waits_for_the_disk_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.sqlite");
        for db in [writer(&path).expect("opened"), reader(&path).expect("opened")] {
            let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).expect(name);
            assert_eq!(pragma("synchronous"), 2, "FULL");
            assert_eq!([pragma("fullfsync"), pragma("checkpoint_fullfsync"), pragma("foreign_keys")], [1, 1, 1]);
            let journal = db.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
            assert_eq!(journal.expect("a mode"), "wal");
        }
    }

    #[test]
    fn a_full_disk_is_said_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.sqlite");
        let db = writer(&path).expect("opened");
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a count");
        db.pragma_update(None, "max_page_count", pages).expect("set");
        let fill = || -> rusqlite::Result<()> {
            for number in 0..1000 {
                let text = format!("{number:0>400}");
                db.execute("INSERT INTO accounts VALUES (?1, ?1, 0, 0, NULL, NULL, NULL)", [text])?;
            }
            Ok(())
        };
        let error = trouble::of(&path, &fill().expect_err("full"));
        assert!(matches!(&error, StateError::Full(text) if text.contains("no space")), "{error}");
        let kept: i64 = db.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0)).expect("a count");
        assert!(kept > 0);
    }

    #[test]
    fn a_lock_that_stays_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.sqlite");
        let (mut holds, mut waits) = (writer(&path).expect("opened"), writer(&path).expect("opened"));
        let _held = holds.transaction_with_behavior(TransactionBehavior::Immediate).expect("the lock");
        waits.busy_timeout(Duration::from_millis(10)).expect("set");
        let error = waits.transaction_with_behavior(TransactionBehavior::Immediate).map(drop).expect_err("locked");
        let error = trouble::of(&path, &error);
        assert!(matches!(&error, StateError::Unavailable(text) if text.contains("is locked")), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/state.sqlite");
        let _db = writer(&path).expect("opened");
        for end in ["", "-wal", "-shm"] {
            let file = folder.path().join(format!("data/state.sqlite{end}"));
            let mode = fs::metadata(&file).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    }
}
