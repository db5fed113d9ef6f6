//! The index's tables, and opening it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::rows::number;
use super::weight::EACH;
use crate::engine::{Error, OpenError};

/// `IFRS`: tells our files from other people's.
const APPLICATION: i64 = 0x4946_5253;

/// What is written and read here.
const VERSION: i64 = 2;

/// Up to this size the whole index is looked through at open; larger ones would make starting slow.
const LOOKED_THROUGH: u64 = 64 << 20;

// Keys are BLOBs: compared byte by byte, and a prefix can be bounded by bytes that aren't UTF-8.
// An object in one piece names its blob; one that was uploaded in parts (`parts` isn't null) names its set of segments.
const TABLES: &str = "
CREATE TABLE owners (
    owner TEXT PRIMARY KEY NOT NULL,
    byte_limit INTEGER,
    used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    public INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE objects (
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    checksums TEXT NOT NULL,
    parts INTEGER,
    blob TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE segments (
    segments TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (segments, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE uploads (
    bucket INTEGER NOT NULL,
    key BLOB NOT NULL,
    id TEXT NOT NULL,
    begun INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (bucket, key, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE parts (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    checksums TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE touched (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO touched VALUES (0, 0);
";

/// From version 1: there only bytes counted. All is gone through once, however many owners there are.
const COUNT_ANEW: &str = "
UPDATE owners SET used = total FROM (
    SELECT whose, sum(weight) AS total FROM (
        SELECT owner AS whose, 0 AS weight FROM owners
        UNION ALL
        SELECT owner, sum(size + ?1) FROM objects JOIN buckets ON buckets.id = bucket GROUP BY bucket
        UNION ALL
        SELECT owner, sum(size + ?1)
        FROM uploads JOIN parts ON upload = uploads.id JOIN buckets ON buckets.id = bucket GROUP BY bucket
    ) GROUP BY whose
) WHERE whose = owner
";

/// What finds rows faster and changes no meaning, so an index has it or not without being of another version.
const INDEXES: &str = "CREATE INDEX IF NOT EXISTS uploads_begun ON uploads (begun);";

/// Opens the index to write, making it if it isn't there. That is refused if there are blobs: the new index would make garbage
/// of them all.
pub(crate) fn open(path: &Path, any_blobs: impl Fn() -> Result<bool, Error>) -> Result<Connection, OpenError> {
    // Asked before SQLite is: it would remove the log of an empty file.
    let there = std::fs::metadata(path);
    if !there.as_ref().is_ok_and(|metadata| metadata.len() > 0) && any_blobs()? {
        let what = if there.is_ok() { "empty" } else { "missing" };
        return Err(lost(path, what));
    }
    match open_or_fail(path, any_blobs) {
        Err(OpenError::Failed(Error::Damaged { path, what })) => Err(OpenError::Corrupt { path, reason: what }),
        // Files that only look like an index fail in many ways.
        Err(OpenError::Failed(Error::Index { source }))
            if matches!(source.sqlite_error_code(), Some(ErrorCode::Unknown | ErrorCode::TypeMismatch)) =>
        {
            Err(OpenError::Corrupt { path: path.to_owned(), reason: source.to_string() })
        }
        result => result,
    }
}

fn open_or_fail(path: &Path, any_blobs: impl Fn() -> Result<bool, Error>) -> Result<Connection, OpenError> {
    let failed = |error: rusqlite::Error| OpenError::Failed(Error::from(error).at_index(path));
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    let application = pragma(&connection, "application_id").map_err(failed)?;
    let version = pragma(&connection, "user_version").map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if (application, version, tables) != (0, 0, 0) {
        if application != APPLICATION {
            return Err(OpenError::Corrupt { path: path.to_owned(), reason: "it is not a store's index".to_owned() });
        }
        if version > VERSION {
            return Err(OpenError::Newer { path: path.to_owned(), found: version, known: VERSION });
        }
    } else if any_blobs()? {
        return Err(lost(path, "empty"));
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    // An acknowledged change must be on the disk.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    // On macOS that takes another call than elsewhere; here these change nothing.
    connection.pragma_update(None, "fullfsync", true).map_err(failed)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -32768).map_err(failed)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000).map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20).map_err(failed)?;
    if tables == 0 {
        let change = connection.transaction().map_err(failed)?;
        change.execute_batch(TABLES).map_err(failed)?;
        change.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        change.pragma_update(None, "user_version", VERSION).map_err(failed)?;
        change.commit().map_err(failed)?;
    } else {
        look_through(path, &connection)?;
        if version < VERSION {
            let change = connection.transaction().map_err(failed)?;
            change.execute(COUNT_ANEW, [number(EACH)]).map_err(failed)?;
            change.pragma_update(None, "user_version", VERSION).map_err(failed)?;
            change.commit().map_err(failed)?;
        }
    }
    connection.execute_batch(INDEXES).map_err(failed)?;
    Ok(connection)
}

fn lost(path: &Path, what: &str) -> OpenError {
    OpenError::Corrupt { path: path.to_owned(), reason: format!("it is {what}, although there are blobs") }
}

fn look_through(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOOKED_THROUGH) {
        return Ok(());
    }
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| OpenError::Failed(Error::from(error).at_index(path)))?;
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Corrupt { path: path.to_owned(), reason: verdict }) }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_for_the_disk_itself() {
        let folder = tempfile::tempdir().unwrap();
        let index = open(&folder.path().join("index.sqlite"), || Ok(false)).unwrap();
        for name in ["fullfsync", "checkpoint_fullfsync"] {
            assert_eq!(pragma(&index, name).unwrap(), 1, "{name}");
        }
        assert_eq!(pragma(&index, "synchronous").unwrap(), 2);
    }

    #[test]
    fn what_owners_have_is_counted_anew_in_one_go() {
        let folder = tempfile::tempdir().unwrap();
        let index = open(&folder.path().join("index.sqlite"), || Ok(false)).unwrap();
        let mut plan = index.prepare(&format!("EXPLAIN QUERY PLAN {COUNT_ANEW}")).unwrap();
        let steps = plan.query_map([number(EACH)], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        // For each owner again, it would take hours where there are many.
        assert!(!steps.iter().any(|step| step.contains("CORRELATED")), "{steps:#?}");
    }
}
