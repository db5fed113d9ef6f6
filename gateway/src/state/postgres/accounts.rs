//! Accounts and keys.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::{IsolationLevel, Row};

use super::trouble::Trouble;
use crate::state::{Account, Key, KeyHash, Trial};

const ACCOUNT: &str = "a.id, a.name, a.created_at, a.trial, a.expires_at, a.max_buckets, a.max_bytes";

/// `false` if the name is taken.
pub(super) async fn add(client: &mut Client, account: &Account, key: &Key, hash: &KeyHash) -> Result<bool, Trouble> {
    let transaction = begin(client).await?;
    let insert = transaction
        .prepare_cached(
            "INSERT INTO infrai_gateway.accounts (id, name, created_at, trial, expires_at, max_buckets, max_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) WHERE NOT trial DO NOTHING",
        )
        .await?;
    let trial = account.trial.as_ref();
    let expires_at = trial.and_then(|trial| trial.expires_at);
    let max_buckets = trial.and_then(|trial| trial.max_buckets).map(i64::from);
    let max_bytes = trial.and_then(|trial| trial.max_bytes).map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let added = transaction
        .execute(
            &insert,
            &[&account.id, &account.name, &account.created_at, &trial.is_some(), &expires_at, &max_buckets, &max_bytes],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    add_key(&transaction, key, hash).await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn add_key(client: &impl GenericClient, key: &Key, hash: &KeyHash) -> Result<(), Trouble> {
    let insert = client
        .prepare_cached(
            "INSERT INTO infrai_gateway.keys (id, account, name, hint, hash, created_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .await?;
    let hash = hash.0.as_slice();
    client
        .execute(&insert, &[&key.id, &key.account, &key.name, &key.hint, &hash, &key.created_at, &key.revoked_at])
        .await?;
    Ok(())
}

pub(super) async fn named(client: &Client, name: &str) -> Result<Option<Account>, Trouble> {
    let find = format!("SELECT {ACCOUNT} FROM infrai_gateway.accounts a WHERE a.name = $1 AND NOT a.trial");
    let find = client.prepare_cached(&find).await?;
    client.query_opt(&find, &[&name]).await?.map(|row| account(&row, 0)).transpose()
}

pub(super) async fn by_id(client: &Client, id: &str) -> Result<Option<Account>, Trouble> {
    let find = format!("SELECT {ACCOUNT} FROM infrai_gateway.accounts a WHERE a.id = $1");
    let find = client.prepare_cached(&find).await?;
    client.query_opt(&find, &[&id]).await?.map(|row| account(&row, 0)).transpose()
}

pub(super) async fn by_key(client: &Client, hash: &KeyHash) -> Result<Option<Account>, Trouble> {
    let find = format!(
        "SELECT {ACCOUNT} FROM infrai_gateway.keys k JOIN infrai_gateway.accounts a ON a.id = k.account
         WHERE k.hash = $1 AND k.revoked_at IS NULL"
    );
    let find = client.prepare_cached(&find).await?;
    client.query_opt(&find, &[&hash.0.as_slice()]).await?.map(|row| account(&row, 0)).transpose()
}

pub(super) async fn keys(client: &Client) -> Result<Vec<(Key, Account)>, Trouble> {
    let find = format!(
        "SELECT k.id, k.account, k.name, k.hint, k.created_at, k.revoked_at, {ACCOUNT}
         FROM infrai_gateway.keys k JOIN infrai_gateway.accounts a ON a.id = k.account ORDER BY k.created_at, k.id"
    );
    let rows = client.query(&find, &[]).await?;
    let read = |row: &Row| {
        let key = Key {
            id: row.try_get(0)?,
            account: row.try_get(1)?,
            name: row.try_get(2)?,
            hint: row.try_get(3)?,
            created_at: row.try_get(4)?,
            revoked_at: row.try_get(5)?,
        };
        Ok((key, account(row, 6)?))
    };
    rows.iter().map(read).collect()
}

pub(super) async fn revoke_key(client: &Client, id: &str, now: DateTime<Utc>) -> Result<bool, Trouble> {
    let update = "UPDATE infrai_gateway.keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Ok(client.execute(update, &[&id, &now]).await? > 0)
}

pub(super) async fn end_trial(client: &Client, id: &str, at: DateTime<Utc>) -> Result<(), Trouble> {
    let update = "UPDATE infrai_gateway.accounts SET expires_at = $2 WHERE id = $1 AND trial";
    client.execute(update, &[&id, &at]).await?;
    Ok(())
}

pub(super) async fn ended_trials(client: &Client, before: DateTime<Utc>) -> Result<Vec<Account>, Trouble> {
    let find = format!(
        "SELECT {ACCOUNT} FROM infrai_gateway.accounts a WHERE a.trial AND a.expires_at < $1
         ORDER BY a.expires_at, a.id"
    );
    client.query(&find, &[&before]).await?.iter().map(|row| account(row, 0)).collect()
}

/// `false` if it has buckets. Whoever plans one has to wait for the row, and then finds no account.
pub(super) async fn remove(client: &mut Client, id: &str) -> Result<bool, Trouble> {
    let transaction = begin(client).await?;
    transaction.execute("SELECT 1 FROM infrai_gateway.accounts WHERE id = $1 FOR UPDATE", &[&id]).await?;
    let used = "SELECT EXISTS (SELECT 1 FROM infrai_gateway.buckets WHERE account = $1)";
    if transaction.query_one(used, &[&id]).await?.try_get(0)? {
        return Ok(false);
    }
    transaction.execute("DELETE FROM infrai_gateway.accounts WHERE id = $1", &[&id]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Each statement sees what was committed before it, whatever the server's default is: what is read behind a lock is
/// as new as the lock.
pub(super) async fn begin(client: &mut Client) -> Result<deadpool_postgres::Transaction<'_>, Trouble> {
    Ok(client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?)
}

fn account(row: &Row, from: usize) -> Result<Account, Trouble> {
    let trial = if row.try_get(from + 3)? {
        let max_buckets: Option<i64> = row.try_get(from + 5)?;
        let max_bytes: Option<i64> = row.try_get(from + 6)?;
        let negative = |_| Trouble::Strange("a limit below zero");
        Some(Trial {
            expires_at: row.try_get(from + 4)?,
            max_buckets: max_buckets.map(u32::try_from).transpose().map_err(negative)?,
            max_bytes: max_bytes.map(u64::try_from).transpose().map_err(negative)?,
        })
    } else {
        None
    };
    Ok(Account { id: row.try_get(from)?, name: row.try_get(from + 1)?, created_at: row.try_get(from + 2)?, trial })
}
