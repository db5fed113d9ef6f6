//! Buckets, planned and ready.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::accounts::{strange, time};
use crate::state::{Access, Bucket, Planned};

const BUCKET: &str = "account, name, physical, vendor, region, access, created_at, reason, idempotency_key, ready";

pub(super) fn plan(db: &Connection, bucket: &Bucket, max_buckets: Option<u32>) -> Result<Planned> {
    if let Some(there) = one(db, &bucket.account, &bucket.name)? {
        return Ok(Planned::Exists(Box::new(there)));
    }
    if let Some(max) = max_buckets {
        let mut count = db.prepare_cached("SELECT count(*) FROM buckets WHERE account = ?1 AND name <> physical")?;
        let count: i64 = count.query_row([&bucket.account], |row| row.get(0))?;
        if count >= i64::from(max) {
            return Ok(Planned::LimitReached(max));
        }
    }
    let mut insert =
        db.prepare_cached(&format!("INSERT INTO buckets ({BUCKET}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)"))?;
    insert.execute(params![
        bucket.account,
        bucket.name,
        bucket.physical,
        bucket.vendor,
        bucket.region,
        bucket.access.map(Access::word),
        bucket.created_at.timestamp_micros(),
        bucket.reason,
        bucket.idempotency_key,
    ])?;
    Ok(Planned::Yes)
}

pub(super) fn ready(db: &Connection, physical: &str) -> Result<bool> {
    let mut update = db.prepare_cached("UPDATE buckets SET ready = 1 WHERE physical = ?1 AND name <> physical")?;
    Ok(update.execute([physical])? > 0)
}

pub(super) fn release(db: &Connection, physical: &str) -> Result<bool> {
    let mut update = db.prepare_cached("UPDATE buckets SET name = physical WHERE physical = ?1 AND ready = 0")?;
    Ok(update.execute([physical])? > 0)
}

pub(super) fn drop_plan(db: &Connection, physical: &str) -> Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM buckets WHERE physical = ?1 AND ready = 0")?;
    delete.execute([physical]).map(std::mem::drop)
}

pub(super) fn drop(db: &Connection, physical: &str) -> Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM buckets WHERE physical = ?1")?;
    delete.execute([physical]).map(std::mem::drop)
}

/// Ready or not.
pub(super) fn one(db: &Connection, account: &str, name: &str) -> Result<Option<Bucket>> {
    let mut find = db.prepare_cached(&format!("SELECT {BUCKET} FROM buckets WHERE account = ?1 AND name = ?2"))?;
    find.query_row([account, name], bucket).optional()
}

pub(super) fn of(db: &Connection, account: &str) -> Result<Vec<Bucket>> {
    let mut find = db.prepare_cached(&format!(
        "SELECT {BUCKET} FROM buckets WHERE account = ?1 AND ready = 1 ORDER BY name COLLATE BINARY"
    ))?;
    find.query_map([account], bucket)?.collect()
}

pub(super) fn plans(db: &Connection, before: DateTime<Utc>) -> Result<Vec<Bucket>> {
    let mut find = db.prepare_cached(&format!(
        "SELECT {BUCKET} FROM buckets WHERE ready = 0 AND created_at < ?1 ORDER BY created_at, physical"
    ))?;
    find.query_map([before.timestamp_micros()], bucket)?.collect()
}

pub(super) fn vendors(db: &Connection) -> Result<Vec<(String, u64)>> {
    let mut count =
        db.prepare_cached("SELECT vendor, count(*) FROM buckets WHERE ready = 1 GROUP BY vendor ORDER BY vendor")?;
    count.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?.collect()
}

fn bucket(row: &Row<'_>) -> Result<Bucket> {
    let access: Option<String> = row.get(5)?;
    let access = access.map(|word| Access::of(&word).ok_or_else(|| strange(5, Type::Text, "an unknown access")));
    Ok(Bucket {
        account: row.get(0)?,
        name: row.get(1)?,
        physical: row.get(2)?,
        vendor: row.get(3)?,
        region: row.get(4)?,
        access: access.transpose()?,
        created_at: time(row, 6)?,
        reason: row.get(7)?,
        idempotency_key: row.get(8)?,
        ready: row.get(9)?,
    })
}
