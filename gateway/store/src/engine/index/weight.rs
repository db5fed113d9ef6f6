//! What objects and parts count for their owners.

use rusqlite::{Connection, params};

use super::buckets::Home;
use super::rows::size;
use crate::engine::Error;

/// What each of them counts beside its bytes: its row and its file take room too. Without it, objects of no bytes would cost nothing.
pub(crate) const EACH: u64 = 4096;

/// What an object or a part of this size counts.
pub(crate) fn weight(size: u64) -> u64 {
    size.saturating_add(EACH)
}

/// What a part counts for its owner; 0 if it isn't there.
pub(crate) fn of_part(connection: &Connection, home: &Home, key: &str, id: &str, number: u32) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT size FROM uploads JOIN parts ON upload = id WHERE bucket = ?1 AND key = ?2 AND id = ?3 AND number = ?4",
    )?;
    let mut rows = statement.query(params![home.id, key.as_bytes(), id, number])?;
    rows.next()?.map_or(Ok(0), |row| Ok(weight(size(row, 0)?)))
}
