//! Bringing the tables up to date, by one replica at a time.

use std::time::Duration;

use tokio_postgres::{Client, IsolationLevel, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::trouble;
use super::url::PostgresUrl;
use crate::state::{StateError, migrate};

/// The number of the lock: "infrais1". Held to the end of a step's transaction, so that a pooler in between does no harm.
const LOCK: i64 = 0x696e_6672_6169_7331;
/// How long another replica's step is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn run(url: &PostgresUrl, tls: MakeRustlsConnect) -> Result<(), StateError> {
    let connect = tokio::time::timeout(url.patience(), url.config.connect(tls));
    let connected = connect.await.map_err(|_| trouble::too_slow(url))?;
    let (mut client, connection) = connected.map_err(|error| trouble::of_postgres(url, &error))?;
    // It ends with the client.
    let driver = tokio::spawn(connection);
    let done = tokio::time::timeout(PATIENCE, steps(url, &mut client)).await;
    drop(client);
    let result = done.unwrap_or_else(|_| {
        Err(StateError::Unavailable(format!("{url} is being changed by another replica for long: try again")))
    });
    // Closing is polite, but nothing depends on it.
    let _ = tokio::time::timeout(Duration::from_secs(1), driver).await;
    result
}

async fn steps(url: &PostgresUrl, client: &mut Client) -> Result<(), StateError> {
    while step(url, client).await? {}
    Ok(())
}

/// Takes one step, if there is one to take.
async fn step(url: &PostgresUrl, client: &mut Client) -> Result<bool, StateError> {
    let said = |error| trouble::of_postgres(url, &error);
    // Whatever the server's default is: what another replica did while this one waited for the lock must be seen.
    let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    let transaction = transaction.start().await.map_err(said)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(said)?;
    let version = version(&transaction).await.map_err(said)?;
    let Some((number, step)) = migrate::next(migrate::POSTGRES, version, &url.to_string())? else { return Ok(false) };
    let take = async {
        transaction.batch_execute(step.sql).await?;
        let record = "INSERT INTO infrai_gateway.steps (number, name) VALUES ($1, $2)";
        transaction.execute(record, &[&number, &step.name]).await?;
        transaction.commit().await
    };
    take.await.map_err(said)?;
    Ok(true)
}

/// `CREATE … IF NOT EXISTS` would ask for the right to create also where there is nothing to do.
async fn version(transaction: &Transaction<'_>) -> Result<i64, tokio_postgres::Error> {
    let there = "SELECT to_regnamespace('infrai_gateway') IS NOT NULL, to_regclass('infrai_gateway.steps') IS NOT NULL";
    let there = transaction.query_one(there, &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        transaction.batch_execute("CREATE SCHEMA infrai_gateway").await?;
    }
    if !there.try_get::<_, bool>(1)? {
        let steps = "CREATE TABLE infrai_gateway.steps (
            number bigint PRIMARY KEY, name text NOT NULL, taken_at timestamptz NOT NULL DEFAULT now())";
        transaction.batch_execute(steps).await?;
    }
    let version = "SELECT coalesce(max(number), 0) FROM infrai_gateway.steps";
    transaction.query_one(version, &[]).await?.try_get(0)
}
