//! The state in Postgres: several replicas.
//!
//! All tables are in a schema of their own, `infrai_gateway`, and named with it, so that no `search_path` matters. What
//! must be atomic among replicas is a transaction that locks the account's row first, or a single statement.

mod accounts;
mod answers;
mod buckets;
mod grants;
mod migrate;
mod tls;
mod trouble;
mod url;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};

use super::{
    Account, Answer, Begun, Bucket, Grant, GrantLimits, Key, KeyHash, Keyed, Planned, State, StateError, random,
};
use trouble::Trouble;
pub use url::PostgresUrl;

/// How long a statement may take before the server gives it up, in milliseconds; and how long a lock is waited for. And what a
/// statement sees: with more isolation, which may be a database's default, two replicas at the same row would fail.
const SETTINGS: &str = "SET default_transaction_isolation = 'read committed'; \
    SET statement_timeout = 10000; SET lock_timeout = 8000; SET idle_in_transaction_session_timeout = 30000";
/// How long an operation may take in all: longer than the server's limit, which says more.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait until a connection of the pool is free.
const QUEUE: Duration = Duration::from_secs(5);

/// The state in Postgres.
pub struct Postgres {
    url: PostgresUrl,
    pool: Pool,
}

impl Postgres {
    /// Connects, makes the tables or brings them up to date, and keeps up to so many connections.
    pub async fn connect(url: &PostgresUrl, connections: usize) -> Result<Self, StateError> {
        let tls = tls::connector(&url.trust).map_err(StateError::Broken)?;
        migrate::run(url, tls.clone()).await?;
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let hook = Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
        });
        let pool = Pool::builder(Manager::from_config(url.config.clone(), tls, settings))
            .max_size(connections.max(1))
            .timeouts(Timeouts { wait: Some(QUEUE), create: Some(url.patience()), recycle: Some(QUEUE) })
            .runtime(Runtime::Tokio1)
            .post_create(hook)
            .build();
        let pool = pool.map_err(|error| StateError::Broken(format!("no pool of connections can be made: {error}")))?;
        Ok(Self { url: url.clone(), pool })
    }

    /// A connection, for as long as an operation may take: the pool's own limits don't cover what a new one is set up with.
    async fn client(&self) -> Result<Client, StateError> {
        match tokio::time::timeout(PATIENCE, self.pool.get()).await {
            Ok(client) => client.map_err(|error| trouble::of_pool(&self.url, &error)),
            Err(_) => Err(trouble::too_slow(&self.url)),
        }
    }

    async fn run<T>(&self, operation: impl Future<Output = Result<T, Trouble>> + Send) -> Result<T, StateError> {
        match tokio::time::timeout(PATIENCE, operation).await {
            Ok(result) => result.map_err(|trouble| trouble::of(&self.url, &trouble)),
            Err(_) => Err(trouble::too_slow(&self.url)),
        }
    }
}

#[async_trait]
impl State for Postgres {
    async fn add_account(&self, account: &Account, key: &Key, hash: &KeyHash) -> Result<bool, StateError> {
        let mut client = self.client().await?;
        self.run(accounts::add(&mut client, account, key, hash)).await
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StateError> {
        let client = self.client().await?;
        self.run(accounts::named(&client, name)).await
    }

    async fn account(&self, id: &str) -> Result<Option<Account>, StateError> {
        let client = self.client().await?;
        self.run(accounts::by_id(&client, id)).await
    }

    async fn add_key(&self, key: &Key, hash: &KeyHash) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(accounts::add_key(&client, key, hash)).await
    }

    async fn account_by_key(&self, hash: &KeyHash) -> Result<Option<Account>, StateError> {
        let client = self.client().await?;
        self.run(accounts::by_key(&client, hash)).await
    }

    async fn keys(&self) -> Result<Vec<(Key, Account)>, StateError> {
        let client = self.client().await?;
        self.run(accounts::keys(&client)).await
    }

    async fn revoke_key(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StateError> {
        let client = self.client().await?;
        self.run(accounts::revoke_key(&client, id, now)).await
    }

    async fn grant(&self, client: &str, limits: GrantLimits, now: DateTime<Utc>) -> Result<Grant, StateError> {
        let mut database = self.client().await?;
        self.run(grants::grant(&mut database, client, limits, now)).await
    }

    async fn take_back_grant(&self, client: &str, at: DateTime<Utc>) -> Result<(), StateError> {
        let database = self.client().await?;
        self.run(grants::take_back(&database, client, at)).await
    }

    async fn plan_bucket(&self, bucket: &Bucket, max_buckets: Option<u32>) -> Result<Planned, StateError> {
        let mut client = self.client().await?;
        self.run(buckets::plan(&mut client, bucket, max_buckets)).await
    }

    async fn bucket_ready(&self, physical: &str) -> Result<bool, StateError> {
        let client = self.client().await?;
        self.run(buckets::ready(&client, physical)).await
    }

    async fn release_plan(&self, physical: &str) -> Result<bool, StateError> {
        let client = self.client().await?;
        self.run(buckets::release(&client, physical)).await
    }

    async fn drop_plan(&self, physical: &str) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(buckets::drop_plan(&client, physical)).await
    }

    async fn drop_bucket(&self, physical: &str) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(buckets::drop(&client, physical)).await
    }

    async fn bucket(&self, account: &str, name: &str) -> Result<Option<Bucket>, StateError> {
        let client = self.client().await?;
        let bucket = self.run(buckets::one(&client, account, name)).await?;
        Ok(bucket.filter(|bucket| bucket.ready))
    }

    async fn buckets(&self, account: &str) -> Result<Vec<Bucket>, StateError> {
        let client = self.client().await?;
        self.run(buckets::of(&client, account)).await
    }

    async fn plans(&self, before: DateTime<Utc>) -> Result<Vec<Bucket>, StateError> {
        let client = self.client().await?;
        self.run(buckets::plans(&client, before)).await
    }

    async fn vendors(&self) -> Result<Vec<(String, u64)>, StateError> {
        let client = self.client().await?;
        self.run(buckets::vendors(&client)).await
    }

    async fn begin(&self, request: &Keyed, now: DateTime<Utc>, lease: DateTime<Utc>) -> Result<Begun, StateError> {
        let token = random::token()?;
        let client = self.client().await?;
        self.run(answers::begin(&client, request, token, now, lease)).await
    }

    async fn answered(
        &self,
        request: &Keyed,
        token: &str,
        answer: &Answer,
        until: DateTime<Utc>,
    ) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(answers::answered(&client, request, token, answer, until)).await
    }

    async fn unanswered(&self, request: &Keyed, token: &str) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(answers::unanswered(&client, request, token)).await
    }

    async fn forget_running(&self) -> Result<u64, StateError> {
        let client = self.client().await?;
        self.run(answers::forget_running(&client)).await
    }

    async fn forget_answers(&self, now: DateTime<Utc>) -> Result<u64, StateError> {
        let client = self.client().await?;
        self.run(answers::forget(&client, now)).await
    }

    async fn end_trial(&self, account: &str, at: DateTime<Utc>) -> Result<(), StateError> {
        let client = self.client().await?;
        self.run(accounts::end_trial(&client, account, at)).await
    }

    async fn ended_trials(&self, before: DateTime<Utc>) -> Result<Vec<Account>, StateError> {
        let client = self.client().await?;
        self.run(accounts::ended_trials(&client, before)).await
    }

    async fn remove_account(&self, id: &str) -> Result<bool, StateError> {
        let mut client = self.client().await?;
        self.run(accounts::remove(&mut client, id)).await
    }

    async fn check(&self) -> Result<(), StateError> {
        let client = self.client().await?;
        let probe = async {
            client.execute("UPDATE infrai_gateway.probe SET count = count + 1", &[]).await?;
            Ok(())
        };
        self.run(probe).await
    }
}
