//! Requests with an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::state::{Answer, Begun, Keyed, MAX_KEYED};

pub(super) fn begin(
    db: &Connection,
    request: &Keyed,
    token: String,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<Begun> {
    let mut find = db.prepare_cached(
        "SELECT fingerprint, status, body FROM answers WHERE account = ?1 AND key = ?2 AND until > ?3",
    )?;
    let found = find.query_row(params![request.account, request.key, now.timestamp_micros()], |row| {
        if row.get::<_, [u8; 32]>(0)? != request.fingerprint {
            return Ok(Begun::Mismatch);
        }
        let status: Option<u16> = row.get(1)?;
        let body: Option<Vec<u8>> = row.get(2)?;
        Ok(status.map_or(Begun::Running, |status| Begun::Answered(Answer { status, body: body.unwrap_or_default() })))
    });
    if let Some(begun) = found.optional()? {
        return Ok(begun);
    }
    // Rows of that many requests are counted in a millisecond. One that is past its time is taken over, which adds none.
    let mut take = db.prepare_cached(
        "INSERT INTO answers (account, key, fingerprint, token, until) SELECT ?1, ?2, ?3, ?4, ?5
         WHERE (SELECT count(*) FROM (SELECT 1 FROM answers WHERE account = ?1 LIMIT ?6)) < ?6
            OR EXISTS (SELECT 1 FROM answers WHERE account = ?1 AND key = ?2)
         ON CONFLICT (account, key) DO UPDATE
         SET fingerprint = excluded.fingerprint, token = excluded.token, until = excluded.until,
             status = NULL, body = NULL",
    )?;
    let lease = lease.timestamp_micros();
    let taken = take.execute(params![request.account, request.key, request.fingerprint, token, lease, MAX_KEYED])?;
    Ok(if taken > 0 { Begun::First(token) } else { Begun::TooMany })
}

pub(super) fn answered(
    db: &Connection,
    request: &Keyed,
    token: &str,
    answer: &Answer,
    until: DateTime<Utc>,
) -> Result<()> {
    let mut update = db.prepare_cached(
        "UPDATE answers SET status = ?4, body = ?5, until = ?6
         WHERE account = ?1 AND key = ?2 AND token = ?3 AND status IS NULL",
    )?;
    let until = until.timestamp_micros();
    update.execute(params![request.account, request.key, token, answer.status, answer.body, until]).map(drop)
}

pub(super) fn unanswered(db: &Connection, request: &Keyed, token: &str) -> Result<()> {
    let mut delete =
        db.prepare_cached("DELETE FROM answers WHERE account = ?1 AND key = ?2 AND token = ?3 AND status IS NULL")?;
    delete.execute(params![request.account, request.key, token]).map(drop)
}

pub(super) fn forget_running(db: &Connection) -> Result<u64> {
    db.execute("DELETE FROM answers WHERE status IS NULL", []).map(|count| count as u64)
}

pub(super) fn forget(db: &Connection, now: DateTime<Utc>) -> Result<u64> {
    let mut delete = db.prepare_cached("DELETE FROM answers WHERE until <= ?1")?;
    delete.execute([now.timestamp_micros()]).map(|count| count as u64)
}
