//! What the gateway must remember: accounts, keys, buckets, answers to keyed requests.
//!
//! One small trait; SQLite keeps it on one machine, Postgres for several replicas. Time is an argument everywhere;
//! what is written down is cut to microseconds, so what is read back may be up to one earlier.

mod database;
mod migrate;
mod postgres;
pub(crate) mod random;
mod sqlite;

use std::num::NonZeroU32;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use database::STORE;
pub use database::{Database, POOL, open};
pub use postgres::{Postgres, PostgresUrl};
pub use sqlite::Sqlite;

/// Who owns buckets and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What it is called everywhere: 16 characters of `a-z` and `2-7`.
    pub id: String,
    /// What its owner calls it; unique among the accounts that aren't trials.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Set for a trial: what it may use, and until when.
    pub trial: Option<Trial>,
}

/// What a trial account may use. `None` is without a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The most buckets.
    pub max_buckets: Option<u32>,
    /// The most bytes in all its objects. A number above `i64::MAX` is kept as that.
    pub max_bytes: Option<u64>,
}

/// The SHA-256 of an API key. Keys are 190 random bits, so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// An API key, but for the key itself, which nobody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What it is called: `key_` and 12 characters.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// What its owner calls it.
    pub name: String,
    /// Its last 4 characters.
    pub hint: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Who may read a bucket's objects without a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody.
    Private,
    /// Everybody.
    Public,
}

impl Access {
    fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Private, Self::Public].into_iter().find(|access| access.word() == word)
    }
}

/// A bucket, as an account sees it and as a vendor does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Whose it is.
    pub account: String,
    /// What the account calls it.
    pub name: String,
    /// What the vendor calls it; unique among all.
    pub physical: String,
    /// The vendor's name.
    pub vendor: String,
    /// Where the vendor keeps it.
    pub region: String,
    /// As asked for when it was made.
    pub access: Option<Access>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Why this vendor: one line for operators.
    pub reason: String,
    /// The `Idempotency-Key` that it was made with.
    pub idempotency_key: Option<String>,
    /// Whether the vendor has it. Until then it is a plan, written down before the vendor is asked.
    pub ready: bool,
}

impl Bucket {
    /// Whether this is a plan whose name is free again: what its vendor has of it is to be removed.
    pub fn is_released(&self) -> bool {
        self.name == self.physical
    }
}

/// How planning a bucket went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// It is written down, not ready.
    Yes,
    /// The account has one of this name (ready or not): this one.
    Exists(Box<Bucket>),
    /// The account has as many as it may.
    LimitReached(u32),
}

/// An answer that is kept for repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: Vec<u8>,
}

/// A request with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// Whose it is.
    pub account: String,
    /// The header's value.
    pub key: String,
    /// The SHA-256 of operation and arguments.
    pub fingerprint: [u8; 32],
}

/// The most keyed requests of an account that are remembered at once.
pub const MAX_KEYED: u32 = 10_000;

/// What is known of a request with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: it runs now, under this token, until the lease ends.
    First(String),
    /// One like it is running.
    Running,
    /// It was answered.
    Answered(Answer),
    /// The key was used for another request.
    Mismatch,
    /// The account has used so many keys in the last 24 hours that it may not use another.
    TooMany,
}

/// How many trial accounts may be granted in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantLimits {
    /// To one client.
    pub per_client: NonZeroU32,
    /// To all together.
    pub in_all: NonZeroU32,
}

/// Whether a trial account may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It may, and is counted.
    Yes,
    /// There were as many as there may be in an hour; then there is room again.
    NotBefore(DateTime<Utc>),
}

/// How long a granted trial account counts.
pub(crate) const HOUR: TimeDelta = TimeDelta::hours(1);

/// Why something couldn't be remembered. The text names the database and the cause, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateError {
    /// It can't be reached, or is read-only: try again later.
    Unavailable(String),
    /// Its disk is full.
    Full(String),
    /// What it holds makes no sense, or the program has a mistake.
    Broken(String),
}

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable(text) | Self::Full(text) | Self::Broken(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for StateError {}

/// What the gateway remembers.
#[async_trait]
pub trait State: Send + Sync + 'static {
    /// Writes down an account and its first key, or fails if the name is taken (`Ok(false)`).
    async fn add_account(&self, account: &Account, key: &Key, hash: &KeyHash) -> Result<bool, StateError>;
    /// Finds an account that isn't a trial by its name.
    async fn account_named(&self, name: &str) -> Result<Option<Account>, StateError>;
    /// Finds an account by its id.
    async fn account(&self, id: &str) -> Result<Option<Account>, StateError>;
    /// Adds a key to an account, which must be there.
    async fn add_key(&self, key: &Key, hash: &KeyHash) -> Result<(), StateError>;
    /// Whose key this is. Revoked and unknown ones are `None`; whether a trial has ended is the caller's to look at.
    async fn account_by_key(&self, hash: &KeyHash) -> Result<Option<Account>, StateError>;
    /// All keys with their accounts, oldest first.
    async fn keys(&self) -> Result<Vec<(Key, Account)>, StateError>;
    /// Revokes a key by its id; `false` if there is none or it was revoked before.
    async fn revoke_key(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StateError>;

    /// Grants a trial account to a client, unless it, or all together, had as many in the hour before. Who is refused isn't counted.
    /// Atomic: also of many at the same time, in any replicas, no more are granted.
    async fn grant(&self, client: &str, limits: GrantLimits, now: DateTime<Utc>) -> Result<Grant, StateError>;
    /// Forgets what was granted to a client at this time: it came to nothing.
    async fn take_back_grant(&self, client: &str, at: DateTime<Utc>) -> Result<(), StateError>;

    /// Writes down a bucket that a vendor shall make, unless it exists or the account may have no more.
    /// Atomic: of two at the same time, in any replicas, one is `Yes`.
    async fn plan_bucket(&self, bucket: &Bucket, max_buckets: Option<u32>) -> Result<Planned, StateError>;
    /// Marks a planned bucket as ready; `false` if it is gone or released. Like those below it goes by the physical name: the account's
    /// name for it may mean another bucket by now.
    async fn bucket_ready(&self, physical: &str) -> Result<bool, StateError>;
    /// Frees the name of a planned bucket, but keeps the plan under its physical name, since its vendor may have the bucket: it
    /// counts no more, and is found by [`State::plans`] until it is dropped. `false` if it is ready or gone. Of this and
    /// [`State::bucket_ready`], one succeeds.
    async fn release_plan(&self, physical: &str) -> Result<bool, StateError>;
    /// Forgets a planned bucket (not a ready one).
    async fn drop_plan(&self, physical: &str) -> Result<(), StateError>;
    /// Forgets a bucket, ready or not: its vendor has no trace of it.
    async fn drop_bucket(&self, physical: &str) -> Result<(), StateError>;
    /// A ready bucket.
    async fn bucket(&self, account: &str, name: &str) -> Result<Option<Bucket>, StateError>;
    /// The account's ready buckets in the order of their names' bytes.
    async fn buckets(&self, account: &str) -> Result<Vec<Bucket>, StateError>;
    /// Plans older than this, of all accounts: what a crash left behind.
    async fn plans(&self, before: DateTime<Utc>) -> Result<Vec<Bucket>, StateError>;
    /// The vendors that have ready buckets, each with how many.
    async fn vendors(&self) -> Result<Vec<(String, u64)>, StateError>;

    /// Begins a keyed request. A lease that has ended, or an answer older than it may be, counts as nothing.
    async fn begin(&self, request: &Keyed, now: DateTime<Utc>, lease: DateTime<Utc>) -> Result<Begun, StateError>;
    /// Keeps the answer until then, if the token still holds the request.
    async fn answered(
        &self,
        request: &Keyed,
        token: &str,
        answer: &Answer,
        until: DateTime<Utc>,
    ) -> Result<(), StateError>;
    /// Forgets a request that was not answered for good, if the token still holds it.
    async fn unanswered(&self, request: &Keyed, token: &str) -> Result<(), StateError>;

    /// Forgets all requests that are running: for a start when nobody else can be at work.
    async fn forget_running(&self) -> Result<u64, StateError>;

    /// Removes answers that are past their time, and leases that have ended; returns how many.
    async fn forget_answers(&self, now: DateTime<Utc>) -> Result<u64, StateError>;
    /// Ends a trial at this time.
    async fn end_trial(&self, account: &str, at: DateTime<Utc>) -> Result<(), StateError>;
    /// Trials that ended before this.
    async fn ended_trials(&self, before: DateTime<Utc>) -> Result<Vec<Account>, StateError>;
    /// Removes an account with its keys and answers. It must have no buckets left, planned ones
    /// included; `false` if it has. One that is gone already is fine.
    async fn remove_account(&self, id: &str) -> Result<bool, StateError>;
    /// Whether it can be reached and written to.
    async fn check(&self) -> Result<(), StateError>;
}
