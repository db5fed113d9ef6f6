//! Buckets, planned and ready.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::Row;

use super::accounts::begin;
use super::trouble::Trouble;
use crate::state::{Access, Bucket, Planned};

const BUCKET: &str = "account, name, physical, vendor, region, access, created_at, reason, idempotency_key, ready";

/// One at a time for an account, in any replica: its row is locked.
pub(super) async fn plan(client: &mut Client, bucket: &Bucket, max_buckets: Option<u32>) -> Result<Planned, Trouble> {
    let transaction = begin(client).await?;
    let lock = "SELECT 1 FROM infrai_gateway.accounts WHERE id = $1 FOR NO KEY UPDATE";
    let lock = transaction.prepare_cached(lock).await?;
    transaction.execute(&lock, &[&bucket.account]).await?;
    if let Some(there) = one(&transaction, &bucket.account, &bucket.name).await? {
        return Ok(Planned::Exists(Box::new(there)));
    }
    if let Some(max) = max_buckets {
        let count = "SELECT count(*) FROM infrai_gateway.buckets WHERE account = $1 AND name <> physical";
        let count = transaction.prepare_cached(count).await?;
        let count: i64 = transaction.query_one(&count, &[&bucket.account]).await?.try_get(0)?;
        if count >= i64::from(max) {
            return Ok(Planned::LimitReached(max));
        }
    }
    let insert =
        format!("INSERT INTO infrai_gateway.buckets ({BUCKET}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false)");
    let insert = transaction.prepare_cached(&insert).await?;
    transaction
        .execute(
            &insert,
            &[
                &bucket.account,
                &bucket.name,
                &bucket.physical,
                &bucket.vendor,
                &bucket.region,
                &bucket.access.map(Access::word),
                &bucket.created_at,
                &bucket.reason,
                &bucket.idempotency_key,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(Planned::Yes)
}

pub(super) async fn ready(client: &Client, physical: &str) -> Result<bool, Trouble> {
    let update = "UPDATE infrai_gateway.buckets SET ready = true WHERE physical = $1 AND name <> physical";
    let update = client.prepare_cached(update).await?;
    Ok(client.execute(&update, &[&physical]).await? > 0)
}

pub(super) async fn release(client: &Client, physical: &str) -> Result<bool, Trouble> {
    let update = "UPDATE infrai_gateway.buckets SET name = physical WHERE physical = $1 AND NOT ready";
    Ok(client.execute(update, &[&physical]).await? > 0)
}

pub(super) async fn drop_plan(client: &Client, physical: &str) -> Result<(), Trouble> {
    let delete = "DELETE FROM infrai_gateway.buckets WHERE physical = $1 AND NOT ready";
    client.execute(delete, &[&physical]).await?;
    Ok(())
}

pub(super) async fn drop(client: &Client, physical: &str) -> Result<(), Trouble> {
    let delete = "DELETE FROM infrai_gateway.buckets WHERE physical = $1";
    client.execute(delete, &[&physical]).await?;
    Ok(())
}

/// Ready or not.
pub(super) async fn one(client: &impl GenericClient, account: &str, name: &str) -> Result<Option<Bucket>, Trouble> {
    let find = format!("SELECT {BUCKET} FROM infrai_gateway.buckets WHERE account = $1 AND name = $2");
    let find = client.prepare_cached(&find).await?;
    client.query_opt(&find, &[&account, &name]).await?.as_ref().map(bucket).transpose()
}

pub(super) async fn of(client: &Client, account: &str) -> Result<Vec<Bucket>, Trouble> {
    let find = format!("SELECT {BUCKET} FROM infrai_gateway.buckets WHERE account = $1 AND ready ORDER BY name");
    let find = client.prepare_cached(&find).await?;
    client.query(&find, &[&account]).await?.iter().map(bucket).collect()
}

pub(super) async fn plans(client: &Client, before: DateTime<Utc>) -> Result<Vec<Bucket>, Trouble> {
    let find = format!(
        "SELECT {BUCKET} FROM infrai_gateway.buckets WHERE NOT ready AND created_at < $1 ORDER BY created_at, physical"
    );
    client.query(&find, &[&before]).await?.iter().map(bucket).collect()
}

pub(super) async fn vendors(client: &Client) -> Result<Vec<(String, u64)>, Trouble> {
    let count = "SELECT vendor, count(*) FROM infrai_gateway.buckets WHERE ready GROUP BY vendor ORDER BY vendor";
    let row = |row: &Row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.unsigned_abs()));
    client.query(count, &[]).await?.iter().map(row).collect()
}

fn bucket(row: &Row) -> Result<Bucket, Trouble> {
    let access: Option<&str> = row.try_get(5)?;
    let access = access.map(|word| Access::of(word).ok_or(Trouble::Strange("an unknown access of a bucket")));
    Ok(Bucket {
        account: row.try_get(0)?,
        name: row.try_get(1)?,
        physical: row.try_get(2)?,
        vendor: row.try_get(3)?,
        region: row.try_get(4)?,
        access: access.transpose()?,
        created_at: row.try_get(6)?,
        reason: row.try_get(7)?,
        idempotency_key: row.try_get(8)?,
        ready: row.try_get(9)?,
    })
}
