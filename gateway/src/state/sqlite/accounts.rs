//! Accounts and keys.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};

use crate::state::{Account, Key, KeyHash, Trial};

const ACCOUNT: &str = "a.id, a.name, a.created_at, a.trial, a.expires_at, a.max_buckets, a.max_bytes";

/// `false` if the name is taken.
pub(super) fn add(db: &Connection, account: &Account) -> Result<bool> {
    let trial = account.trial.as_ref();
    if trial.is_none() && named(db, &account.name)?.is_some() {
        return Ok(false);
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO accounts (id, name, created_at, trial, expires_at, max_buckets, max_bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        account.id,
        account.name,
        account.created_at.timestamp_micros(),
        trial.is_some(),
        trial.and_then(|trial| trial.expires_at).map(|at| at.timestamp_micros()),
        trial.and_then(|trial| trial.max_buckets),
        trial.and_then(|trial| trial.max_bytes).map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
    ])?;
    Ok(true)
}

/// Always `true`, so that it fits behind `add`.
pub(super) fn add_key(db: &Connection, key: &Key, hash: &KeyHash) -> Result<bool> {
    let mut insert = db.prepare_cached(
        "INSERT INTO keys (id, account, name, hint, hash, created_at, revoked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    insert.execute(params![
        key.id,
        key.account,
        key.name,
        key.hint,
        hash.0,
        key.created_at.timestamp_micros(),
        key.revoked_at.map(|at| at.timestamp_micros()),
    ])?;
    Ok(true)
}

pub(super) fn named(db: &Connection, name: &str) -> Result<Option<Account>> {
    let mut find = db.prepare_cached(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.name = ?1 AND a.trial = 0"))?;
    find.query_row([name], |row| account(row, 0)).optional()
}

pub(super) fn by_id(db: &Connection, id: &str) -> Result<Option<Account>> {
    let mut find = db.prepare_cached(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.id = ?1"))?;
    find.query_row([id], |row| account(row, 0)).optional()
}

pub(super) fn by_key(db: &Connection, hash: &KeyHash) -> Result<Option<Account>> {
    let mut find = db.prepare_cached(&format!(
        "SELECT {ACCOUNT} FROM keys k JOIN accounts a ON a.id = k.account WHERE k.hash = ?1 AND k.revoked_at IS NULL"
    ))?;
    find.query_row([hash.0], |row| account(row, 0)).optional()
}

pub(super) fn keys(db: &Connection) -> Result<Vec<(Key, Account)>> {
    let mut find = db.prepare_cached(&format!(
        "SELECT k.id, k.account, k.name, k.hint, k.created_at, k.revoked_at, {ACCOUNT}
         FROM keys k JOIN accounts a ON a.id = k.account ORDER BY k.created_at, k.id"
    ))?;
    let found = find.query_map([], |row| {
        let key = Key {
            id: row.get(0)?,
            account: row.get(1)?,
            name: row.get(2)?,
            hint: row.get(3)?,
            created_at: time(row, 4)?,
            revoked_at: maybe_time(row, 5)?,
        };
        Ok((key, account(row, 6)?))
    })?;
    found.collect()
}

pub(super) fn revoke_key(db: &Connection, id: &str, now: DateTime<Utc>) -> Result<bool> {
    let mut update = db.prepare_cached("UPDATE keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?;
    Ok(update.execute(params![id, now.timestamp_micros()])? > 0)
}

pub(super) fn end_trial(db: &Connection, id: &str, at: DateTime<Utc>) -> Result<()> {
    let mut update = db.prepare_cached("UPDATE accounts SET expires_at = ?2 WHERE id = ?1 AND trial = 1")?;
    update.execute(params![id, at.timestamp_micros()])?;
    Ok(())
}

pub(super) fn ended_trials(db: &Connection, before: DateTime<Utc>) -> Result<Vec<Account>> {
    let mut find = db.prepare_cached(&format!(
        "SELECT {ACCOUNT} FROM accounts a WHERE a.trial = 1 AND a.expires_at < ?1 ORDER BY a.expires_at, a.id"
    ))?;
    find.query_map([before.timestamp_micros()], |row| account(row, 0))?.collect()
}

/// `false` if it has buckets.
pub(super) fn remove(db: &Connection, id: &str) -> Result<bool> {
    let mut used = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM buckets WHERE account = ?1)")?;
    if used.query_row([id], |row| row.get(0))? {
        return Ok(false);
    }
    db.prepare_cached("DELETE FROM accounts WHERE id = ?1")?.execute([id])?;
    Ok(true)
}

fn account(row: &Row<'_>, from: usize) -> Result<Account> {
    let trial = if row.get(from + 3)? {
        let max_bytes: Option<i64> = row.get(from + 6)?;
        Some(Trial {
            expires_at: maybe_time(row, from + 4)?,
            max_buckets: row.get(from + 5)?,
            max_bytes: max_bytes.map(|bytes| u64::try_from(bytes).unwrap_or(0)),
        })
    } else {
        None
    };
    Ok(Account { id: row.get(from)?, name: row.get(from + 1)?, created_at: time(row, from + 2)?, trial })
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<DateTime<Utc>> {
    let micros = row.get(column)?;
    DateTime::from_timestamp_micros(micros).ok_or_else(|| strange(column, Type::Integer, "a time out of range"))
}

fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<DateTime<Utc>>> {
    let micros: Option<i64> = row.get(column)?;
    micros.map(|_| time(row, column)).transpose()
}

pub(super) fn strange(column: usize, of: Type, what: &'static str) -> Error {
    Error::FromSqlConversionFailure(column, of, what.into())
}
