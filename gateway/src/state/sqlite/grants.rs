//! Trial accounts that were granted in the last hour.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Result, params};

use crate::state::{Grant, GrantLimits, HOUR};

pub(super) fn grant(db: &Connection, client: &str, limits: GrantLimits, now: DateTime<Utc>) -> Result<Grant> {
    // One of the future is of a clock that was wrong, and would count for too long.
    let mut forget = db.prepare_cached("DELETE FROM grants WHERE at <= ?1 OR at > ?2")?;
    forget.execute([(now - HOUR).timestamp_micros(), (now + HOUR).timestamp_micros()])?;
    // Of as many as may be, the oldest: when it is forgotten, there is room.
    let mut oldest = db.prepare_cached(
        "SELECT (SELECT at FROM grants ORDER BY at DESC LIMIT 1 OFFSET ?2 - 1),
                (SELECT at FROM grants WHERE client = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?3 - 1)",
    )?;
    let limits = params![client, limits.in_all.get(), limits.per_client.get()];
    let oldest: [Option<i64>; 2] = oldest.query_row(limits, |row| Ok([row.get(0)?, row.get(1)?]))?;
    if let Some(oldest) = oldest.into_iter().flatten().max() {
        return Ok(Grant::NotBefore(DateTime::from_timestamp_micros(oldest).unwrap_or(now) + HOUR));
    }
    let mut insert = db.prepare_cached("INSERT INTO grants (client, at) VALUES (?1, ?2)")?;
    insert.execute(params![client, now.timestamp_micros()])?;
    Ok(Grant::Yes)
}

/// One of them, where there are several of the same time.
pub(super) fn take_back(db: &Connection, client: &str, at: DateTime<Utc>) -> Result<()> {
    let mut delete = db.prepare_cached(
        "DELETE FROM grants WHERE rowid = (SELECT rowid FROM grants WHERE client = ?1 AND at = ?2 LIMIT 1)",
    )?;
    delete.execute(params![client, at.timestamp_micros()]).map(drop)
}
