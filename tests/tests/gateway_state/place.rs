//! Where a case keeps its state, and what it keeps.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use infrai_gateway::account::{NewKey, create};
use infrai_gateway::state::{Access, Account, Bucket, Database, Key, Keyed, State, open};
use infrai_tests::postgres::Postgres;
use rusqlite::Connection;
use tempfile::TempDir;

/// An empty database.
pub(crate) struct Place {
    database: Database,
    /// What Postgres calls it.
    name: String,
    _folder: Option<TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::parse(None, &folder.path().join("data")).expect("a choice");
        Self { database, name: String::new(), _folder: Some(folder) }
    }

    /// Nothing where Postgres isn't installed.
    pub(crate) fn postgres() -> Option<Self> {
        Some(Self::at(&server()?.database()))
    }

    pub(crate) fn at(url: &str) -> Self {
        let mut database = Database::parse(Some(url), Path::new("unused")).expect("a URL");
        if let Database::Postgres { pool, .. } = &mut database {
            // Opening one takes long in a debug build.
            *pool = 3;
        }
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        Self { database, name, _folder: None }
    }

    /// Another look at it, as of another process.
    pub(crate) async fn open(&self) -> Arc<dyn State> {
        open(&self.database).await.expect("the state")
    }

    /// Copies the answer to a request so often.
    pub(crate) fn fill(&self, request: &Keyed, count: u32) {
        match &self.database {
            Database::Sqlite(path) => {
                let database = Connection::open(path).expect("the database");
                database.execute_batch(&copies("answers", request, count)).expect("copies");
            }
            Database::Postgres { .. } => {
                server().expect("a server").sql(&self.name, &copies("infrai_gateway.answers", request, count));
            }
        }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// Copies the answer to a request so often, under other keys, in one statement.
fn copies(table: &str, request: &Keyed, count: u32) -> String {
    let Keyed { account, key, .. } = request;
    format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO {table} (account, key, fingerprint, token, until, status, body)
        SELECT account, 'copy-' || i, fingerprint, token, until, status, body FROM {table}, n
        WHERE account = '{account}' AND key = '{key}'"
    )
}

/// The one server of this run; it ends with the process.
pub(crate) fn server() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    SERVER.get_or_init(Postgres::start).as_ref()
}

/// A moment with all its microseconds, and so many seconds later.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_790_000_000_123_457).expect("a time") + TimeDelta::seconds(seconds)
}

pub(crate) async fn account(state: &Arc<dyn State>, name: &str) -> NewKey {
    create(&**state, name, "first", at(0)).await.expect("an account")
}

pub(crate) fn account_and_key(id: &str, name: &str) -> (Account, Key) {
    let account = Account { id: id.to_owned(), name: name.to_owned(), created_at: at(0), trial: None };
    let key = Key {
        id: format!("key_{id}"),
        account: id.to_owned(),
        name: "first".to_owned(),
        hint: "abcd".to_owned(),
        created_at: at(0),
        revoked_at: None,
    };
    (account, key)
}

pub(crate) fn bucket(account: &str, name: &str) -> Bucket {
    Bucket {
        account: account.to_owned(),
        name: name.to_owned(),
        physical: format!("{account}-{name}"),
        vendor: "embedded".to_owned(),
        region: "us-east-1".to_owned(),
        access: Some(Access::Private),
        created_at: at(0),
        reason: "the only one".to_owned(),
        idempotency_key: None,
        ready: false,
    }
}

pub(crate) fn keyed(account: &str, key: &str, fingerprint: u8) -> Keyed {
    Keyed { account: account.to_owned(), key: key.to_owned(), fingerprint: [fingerprint; 32] }
}

/// Runs 32 at once, through two looks at the place in turn.
pub(crate) async fn at_once<T, F>(place: &Place, each: impl Fn(Arc<dyn State>, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let states = [place.open().await, place.open().await];
    let tasks = (0..32).map(|number| tokio::spawn(each(Arc::clone(&states[number % 2]), number)));
    let tasks: Vec<_> = tasks.collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("no panic"));
    }
    results
}
