//! The store itself: opening it, its buckets and its owners.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::blobs::Blobs;
use super::folder;
use super::index::{Index, buckets, open_schema};
use super::layouts::Layouts;
use super::reserved::Reserved;
use super::{Bucket, Credentials, Error, NewBucket, OpenError, Options};

/// A store in a folder. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

// The order of the fields is the order of the end: the writer of the index, then the files and with them the lock.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) index: Index,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) reserved: Reserved,
    pub(crate) layouts: Layouts,
    credentials: Credentials,
}

impl Store {
    /// Opens the store in a folder, which is made if need be, and keeps other processes out of it until dropped.
    pub fn open(folder: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = options.disk;
        folder::prepare(disk.as_ref(), folder)?;
        let lock = folder::lock(folder)?;
        let path = folder.join("index.sqlite");
        let blobs = Arc::new(Blobs::open(folder, Arc::clone(&disk), lock)?);
        let connection = open_schema(&path, || blobs.any())?;
        let credentials = Credentials::read_or_make(folder)?;
        folder::sync(disk.as_ref(), folder)?;
        let index = Index::start(&path, connection, Arc::clone(&blobs))?;
        Ok(Self {
            inner: Arc::new(Inner {
                index,
                blobs,
                reserved: Reserved::default(),
                layouts: Layouts::default(),
                credentials,
            }),
        })
    }

    /// What S3 clients sign with.
    pub fn credentials(&self) -> &Credentials {
        &self.inner.credentials
    }

    /// Whether the index can be written, for `/readyz`.
    pub async fn check(&self) -> Result<(), Error> {
        self.inner.index.change(Vec::new(), buckets::touch).await
    }

    /// Makes a bucket. That the same owner has it is fine: its access and the owner's limit become those given.
    pub async fn create_bucket(&self, bucket: &NewBucket<'_>) -> Result<(), Error> {
        let limit = bucket.owner_limit;
        let bucket = Bucket {
            name: bucket.name.to_owned(),
            public: bucket.public,
            owner: bucket.owner.to_owned(),
            created: now(),
        };
        self.inner.index.change(Vec::new(), move |index| buckets::create(index, &bucket, limit)).await
    }

    /// What is known of a bucket; [`Error::NoBucket`] if there is none.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn bucket(&self, name: &str) -> Result<Bucket, Error> {
        let bucket = self.inner.index.read(|index| buckets::get(index, name))?;
        bucket.ok_or_else(|| Error::NoBucket { bucket: name.to_owned() })
    }

    /// Whether there is a bucket of this name.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn has_bucket(&self, name: &str) -> Result<bool, Error> {
        Ok(self.inner.index.read(|index| buckets::get(index, name))?.is_some())
    }

    /// All buckets, ordered by name.
    pub async fn list_buckets(&self) -> Result<Vec<Bucket>, Error> {
        self.read_aside(buckets::list).await
    }

    /// Removes an empty bucket.
    pub async fn delete_bucket(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.inner.index.change(Vec::new(), move |index| buckets::delete(index, &name)).await
    }

    /// Removes all objects and uploads of a bucket, and the bucket.
    pub async fn empty_bucket(&self, name: &str) -> Result<(), Error> {
        loop {
            let name = name.to_owned();
            if self.inner.index.change(Vec::new(), move |index| buckets::empty_some(index, &name)).await? {
                return Ok(());
            }
        }
    }

    /// Sets the most bytes in all of an owner's objects and parts. One below what is used only stops further ones.
    pub async fn set_limit(&self, owner: &str, limit: Option<u64>) -> Result<(), Error> {
        let owner = owner.to_owned();
        self.inner.index.change(Vec::new(), move |index| buckets::set_limit(index, &owner, limit)).await
    }

    /// How many bytes an owner's objects and parts count as, each with 4096 beside its own; 0 for an owner that isn't known.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn used(&self, owner: &str) -> Result<u64, Error> {
        self.inner.index.read(|index| buckets::used(index, owner))
    }

    /// Reads more than a few rows of the index, off the async threads.
    pub(crate) async fn read_aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.inner);
        aside(move || inner.index.read(work)).await
    }
}

/// Runs what may wait for the disk off the async threads.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    // It fails when the runtime ends.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Error::Stopped))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
