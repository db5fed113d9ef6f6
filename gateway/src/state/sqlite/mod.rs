//! The state in a SQLite file: one machine, several processes.
//!
//! One thread writes and a few read, so nothing waits for the disk on the async threads. What was handed to them is
//! done to its end also when nobody waits for it any more. Whoever gets an answer to a write finds it after a crash of
//! the machine: `synchronous=FULL`.

mod accounts;
mod answers;
mod buckets;
mod grants;
mod open;
mod trouble;
mod workers;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Account, Answer, Begun, Bucket, Grant, GrantLimits, Key, KeyHash, Keyed, Planned, State, StateError, random,
};
use workers::Workers;

/// Threads that read. More would wait for the same cores.
const READERS: usize = 4;

/// The state in a SQLite file.
pub struct Sqlite {
    path: PathBuf,
    writer: Workers,
    readers: Workers,
}

impl Sqlite {
    /// Opens the file, made if missing (for its owner only), and brings an older one up to date. Blocks.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let writer = open::writer(&path)?;
        let readers = (0..READERS).map(|_| open::reader(&path)).collect::<Result<_, _>>()?;
        let start = |name, connections| {
            Workers::start(name, connections)
                .map_err(|error| StateError::Unavailable(format!("no thread for the database can be started: {error}")))
        };
        Ok(Self { writer: start("state-write", vec![writer])?, readers: start("state-read", readers)?, path })
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let result = self.readers.run(|connection| job(connection)).await;
        result.unwrap_or_else(|| Err(stopped())).map_err(|error| trouble::of(&self.path, &error))
    }

    /// The write lock is taken at once: a transaction that reads first and then can't write would have to begin again.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let result = self.writer.run(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = job(&transaction)?;
            transaction.commit()?;
            Ok(done)
        });
        result.await.unwrap_or_else(|| Err(stopped())).map_err(|error| trouble::of(&self.path, &error))
    }
}

fn stopped() -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure("its thread has stopped, restart the program".into())
}

#[async_trait]
impl State for Sqlite {
    async fn add_account(&self, account: &Account, key: &Key, hash: &KeyHash) -> Result<bool, StateError> {
        let (account, key, hash) = (account.clone(), key.clone(), *hash);
        self.write(move |db| Ok(accounts::add(db, &account)? && accounts::add_key(db, &key, &hash)?)).await
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>, StateError> {
        let name = name.to_owned();
        self.read(move |db| accounts::named(db, &name)).await
    }

    async fn account(&self, id: &str) -> Result<Option<Account>, StateError> {
        let id = id.to_owned();
        self.read(move |db| accounts::by_id(db, &id)).await
    }

    async fn add_key(&self, key: &Key, hash: &KeyHash) -> Result<(), StateError> {
        let (key, hash) = (key.clone(), *hash);
        self.write(move |db| accounts::add_key(db, &key, &hash).map(drop)).await
    }

    async fn account_by_key(&self, hash: &KeyHash) -> Result<Option<Account>, StateError> {
        let hash = *hash;
        self.read(move |db| accounts::by_key(db, &hash)).await
    }

    async fn keys(&self) -> Result<Vec<(Key, Account)>, StateError> {
        self.read(accounts::keys).await
    }

    async fn revoke_key(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StateError> {
        let id = id.to_owned();
        self.write(move |db| accounts::revoke_key(db, &id, now)).await
    }

    async fn grant(&self, client: &str, limits: GrantLimits, now: DateTime<Utc>) -> Result<Grant, StateError> {
        let client = client.to_owned();
        self.write(move |db| grants::grant(db, &client, limits, now)).await
    }

    async fn take_back_grant(&self, client: &str, at: DateTime<Utc>) -> Result<(), StateError> {
        let client = client.to_owned();
        self.write(move |db| grants::take_back(db, &client, at)).await
    }

    async fn plan_bucket(&self, bucket: &Bucket, max_buckets: Option<u32>) -> Result<Planned, StateError> {
        let bucket = bucket.clone();
        self.write(move |db| buckets::plan(db, &bucket, max_buckets)).await
    }

    async fn bucket_ready(&self, physical: &str) -> Result<bool, StateError> {
        let physical = physical.to_owned();
        self.write(move |db| buckets::ready(db, &physical)).await
    }

    async fn release_plan(&self, physical: &str) -> Result<bool, StateError> {
        let physical = physical.to_owned();
        self.write(move |db| buckets::release(db, &physical)).await
    }

    async fn drop_plan(&self, physical: &str) -> Result<(), StateError> {
        let physical = physical.to_owned();
        self.write(move |db| buckets::drop_plan(db, &physical)).await
    }

    async fn drop_bucket(&self, physical: &str) -> Result<(), StateError> {
        let physical = physical.to_owned();
        self.write(move |db| buckets::drop(db, &physical)).await
    }

    async fn bucket(&self, account: &str, name: &str) -> Result<Option<Bucket>, StateError> {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.read(move |db| Ok(buckets::one(db, &account, &name)?.filter(|bucket| bucket.ready))).await
    }

    async fn buckets(&self, account: &str) -> Result<Vec<Bucket>, StateError> {
        let account = account.to_owned();
        self.read(move |db| buckets::of(db, &account)).await
    }

    async fn plans(&self, before: DateTime<Utc>) -> Result<Vec<Bucket>, StateError> {
        self.read(move |db| buckets::plans(db, before)).await
    }

    async fn vendors(&self) -> Result<Vec<(String, u64)>, StateError> {
        self.read(buckets::vendors).await
    }

    async fn begin(&self, request: &Keyed, now: DateTime<Utc>, lease: DateTime<Utc>) -> Result<Begun, StateError> {
        let (request, token) = (request.clone(), random::token()?);
        self.write(move |db| answers::begin(db, &request, token, now, lease)).await
    }

    async fn answered(
        &self,
        request: &Keyed,
        token: &str,
        answer: &Answer,
        until: DateTime<Utc>,
    ) -> Result<(), StateError> {
        let (request, token, answer) = (request.clone(), token.to_owned(), answer.clone());
        self.write(move |db| answers::answered(db, &request, &token, &answer, until)).await
    }

    async fn unanswered(&self, request: &Keyed, token: &str) -> Result<(), StateError> {
        let (request, token) = (request.clone(), token.to_owned());
        self.write(move |db| answers::unanswered(db, &request, &token)).await
    }

    async fn forget_running(&self) -> Result<u64, StateError> {
        self.write(|db| answers::forget_running(db)).await
    }

    async fn forget_answers(&self, now: DateTime<Utc>) -> Result<u64, StateError> {
        self.write(move |db| answers::forget(db, now)).await
    }

    async fn end_trial(&self, account: &str, at: DateTime<Utc>) -> Result<(), StateError> {
        let account = account.to_owned();
        self.write(move |db| accounts::end_trial(db, &account, at)).await
    }

    async fn ended_trials(&self, before: DateTime<Utc>) -> Result<Vec<Account>, StateError> {
        self.read(move |db| accounts::ended_trials(db, before)).await
    }

    async fn remove_account(&self, id: &str) -> Result<bool, StateError> {
        let id = id.to_owned();
        self.write(move |db| accounts::remove(db, &id)).await
    }

    async fn check(&self) -> Result<(), StateError> {
        self.write(|db| db.execute("UPDATE probe SET count = count + 1", []).map(drop)).await
    }
}
