//! Who keeps the bytes: the embedded store or an S3 engine somewhere. One trait for both.

pub mod address;
pub mod choose;
pub mod config;
pub mod credentials;
pub mod health;
pub mod s3;
pub mod sign;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::state::Access;

/// What can be said of a vendor without asking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What callers and the configuration call it.
    pub name: String,
    /// Its regions; the first is its default. Never empty.
    pub regions: Vec<String>,
    /// Whether it can make a bucket's objects readable for everybody.
    pub public: bool,
    /// Lower comes first when callers name no vendor.
    pub priority: u32,
    /// Whether it keeps count of an account's bytes and holds it to a limit.
    pub counts_bytes: bool,
}

/// A bucket to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Make<'a> {
    /// What the vendor shall call it.
    pub physical: &'a str,
    /// Where.
    pub region: &'a str,
    /// Who may read its objects.
    pub access: Access,
    /// Whose bytes its objects count among.
    pub account: &'a str,
    /// The most bytes in all the account's objects.
    pub max_bytes: Option<u64>,
    /// Whether this was begun before: the bucket may be there, with another access.
    pub again: bool,
}

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectAt<'a> {
    /// What the vendor calls the bucket.
    pub physical: &'a str,
    /// Where the bucket is.
    pub region: &'a str,
    /// Who may read the bucket's objects.
    pub access: Access,
    /// The object's name, as it is.
    pub key: &'a str,
}

/// What a signed URL is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To download.
    Get,
    /// To upload.
    Put,
}

/// A signed URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The URL. Its query is as good as a password until it expires.
    pub url: String,
    /// Headers that must be sent just so, by lower-case name; often none.
    pub headers: Vec<(String, String)>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

/// Why a vendor didn't do it. Texts name the vendor and the cause in one line, never a credential or a signed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VendorError {
    /// It couldn't be reached, was too slow, or said to come later (429, 503).
    Down(String),
    /// It said no in a way that a retry won't change: wrong credentials, no right, a name it won't take.
    Refused(String),
    /// It answered with something else that makes no sense here.
    Odd(String),
    /// The physical bucket isn't there.
    NoBucket(String),
    /// It has no space left.
    Full(String),
}

impl std::fmt::Display for VendorError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Down(text) | Self::Refused(text) | Self::Odd(text) | Self::NoBucket(text) | Self::Full(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for VendorError {}

/// Why a vendor didn't make a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMade {
    /// What went wrong.
    pub error: VendorError,
    /// What it has of it all the same.
    pub left: Left,
}

/// What a vendor has of a bucket that it didn't make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing, now or later.
    Nothing,
    /// The bucket, without the access that it should have.
    Bucket,
    /// Perhaps the bucket, perhaps later: an answer was lost.
    Unknown,
}

/// As it is where making a bucket is one step, asked for once.
impl From<VendorError> for NotMade {
    fn from(error: VendorError) -> Self {
        let left = if matches!(error, VendorError::Down(_)) { Left::Unknown } else { Left::Nothing };
        Self { error, left }
    }
}

/// Who keeps the bytes.
#[async_trait]
pub trait Vendor: Send + Sync + 'static {
    /// What can be said of it without asking.
    fn about(&self) -> &About;
    /// Makes a bucket with exactly this access. That it is ours and there already is fine (so a plan can be done again).
    /// A failure leaves nothing that others could read, and says what it leaves: only the caller knows whether that is somebody's by
    /// now, so nothing is removed here.
    async fn make_bucket(&self, bucket: &Make<'_>) -> Result<(), NotMade>;
    /// Whether the bucket is there.
    async fn has_bucket(&self, physical: &str, region: &str) -> Result<bool, VendorError>;
    /// Removes an empty bucket; that it isn't there is fine.
    async fn remove_bucket(&self, physical: &str, region: &str) -> Result<(), VendorError>;
    /// Removes all objects and then the bucket, for accounts that have ended; that it isn't there is fine.
    async fn empty_bucket(&self, physical: &str, region: &str) -> Result<(), VendorError>;
    /// Removes an object; that there is none is fine.
    async fn delete_object(&self, object: ObjectAt<'_>) -> Result<(), VendorError>;
    /// Signs a URL (`SigV4`, query). Asks nobody.
    fn presign(
        &self,
        object: ObjectAt<'_>,
        method: Method,
        seconds: u32,
        now: DateTime<Utc>,
    ) -> Result<Signed, VendorError>;
    /// Asks whether it is up and takes our credentials; returns how long that took.
    async fn probe(&self) -> Result<Duration, VendorError>;
}
