//! Trial accounts that were granted in the last hour.

use chrono::{DateTime, Utc};
use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;

use super::accounts::begin;
use super::trouble::Trouble;
use crate::state::{Grant, GrantLimits, HOUR};

pub(super) async fn grant(
    database: &mut Client,
    client: &str,
    limits: GrantLimits,
    now: DateTime<Utc>,
) -> Result<Grant, Trouble> {
    let transaction = begin(database).await?;
    // One after the other, in all replicas; the lock ends with the transaction.
    transaction.batch_execute("LOCK TABLE infrai_gateway.grants IN SHARE ROW EXCLUSIVE MODE").await?;
    // One of the future is of a clock that was wrong, and would count for too long.
    let forget = "DELETE FROM infrai_gateway.grants WHERE at <= $1 OR at > $2";
    let forget = transaction.prepare_cached(forget).await?;
    transaction.execute(&forget, &[&(now - HOUR), &(now + HOUR)]).await?;
    // Of as many as may be, the oldest: when it is forgotten, there is room.
    let oldest = "SELECT greatest(
        (SELECT at FROM infrai_gateway.grants ORDER BY at DESC LIMIT 1 OFFSET $2::bigint - 1),
        (SELECT at FROM infrai_gateway.grants WHERE client = $1 ORDER BY at DESC LIMIT 1 OFFSET $3::bigint - 1))";
    let oldest = transaction.prepare_cached(oldest).await?;
    let (in_all, per_client) = (i64::from(limits.in_all.get()), i64::from(limits.per_client.get()));
    let limits: [&(dyn ToSql + Sync); 3] = [&client, &in_all, &per_client];
    let oldest = transaction.query_one(&oldest, &limits).await?;
    if let Some(oldest) = oldest.try_get::<_, Option<DateTime<Utc>>>(0)? {
        return Ok(Grant::NotBefore(oldest + HOUR));
    }
    let insert = "INSERT INTO infrai_gateway.grants (client, at) VALUES ($1, $2)";
    let insert = transaction.prepare_cached(insert).await?;
    let granted: [&(dyn ToSql + Sync); 2] = [&client, &now];
    transaction.execute(&insert, &granted).await?;
    transaction.commit().await?;
    Ok(Grant::Yes)
}

/// One of them, where there are several of the same time.
pub(super) async fn take_back(database: &Client, client: &str, at: DateTime<Utc>) -> Result<(), Trouble> {
    // What was written down is cut to microseconds.
    let at = DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at);
    let delete = "DELETE FROM infrai_gateway.grants WHERE ctid =
        (SELECT ctid FROM infrai_gateway.grants WHERE client = $1 AND at = $2 LIMIT 1)";
    let granted: [&(dyn ToSql + Sync); 2] = [&client, &at];
    database.execute(delete, &granted).await?;
    Ok(())
}
