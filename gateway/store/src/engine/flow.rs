//! Writing a body into a temporary file while it is hashed, a batch at a time.
//!
//! Threads are held only while there is a batch to work on, never while a client takes its time: there are few of them, and
//! everything that waits for the disk needs one.

use std::io::IoSlice;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::blobs::{Blobs, Fresh};
use super::fs::Writing;
use super::hash::{Digests, Hasher};
use super::{Algorithm, Error};

/// A blob whose file isn't in its place yet.
#[derive(Debug)]
pub(crate) struct Temporary {
    pub(crate) fresh: Fresh,
    pub(crate) writing: Writing,
}

impl Temporary {
    /// Makes the file.
    pub(crate) fn create(blobs: &Arc<Blobs>) -> Result<Self, Error> {
        let mut fresh = blobs.begin()?;
        let writing = fresh.create()?;
        Ok(Self { fresh, writing })
    }

    /// Appends.
    pub(crate) fn write(&mut self, blobs: &Blobs, pieces: &[Bytes]) -> Result<(), Error> {
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        blobs
            .disk()
            .write(&mut self.writing, &mut slices)
            .map_err(|error| Error::io("write", &self.writing.path, error))
    }
}

/// Two tasks, of which one hashes and one writes the last batch while the next one comes. Dropped, they end, and the file is
/// removed.
#[derive(Debug)]
pub(crate) struct Flow {
    blobs: Arc<Blobs>,
    file: JoinHandle<Result<Temporary, Error>>,
    hash: JoinHandle<Hasher>,
}

impl Flow {
    /// Begins with the first batch.
    pub(crate) fn start(blobs: &Arc<Blobs>, algorithms: &[Algorithm], pieces: Vec<Bytes>) -> Self {
        let (blobs, hasher, batch) = (Arc::clone(blobs), Hasher::new(algorithms), Arc::new(pieces));
        let (creating, first) = (Arc::clone(&blobs), Arc::clone(&batch));
        let file = spawn_blocking(move || {
            let mut file = Temporary::create(&creating)?;
            file.write(&creating, &first)?;
            Ok(file)
        });
        Self { blobs, file, hash: hash(hasher, batch) }
    }

    /// Hands on the next batch when the one before is done.
    pub(crate) async fn send(self, pieces: Vec<Bytes>) -> Result<Self, Error> {
        let Self { blobs, file, hash: hashing } = self;
        let (mut file, hasher) = wait(file, hashing).await?;
        let batch = Arc::new(pieces);
        let (writing, next) = (Arc::clone(&blobs), Arc::clone(&batch));
        let file = spawn_blocking(move || {
            file.write(&writing, &next)?;
            Ok(file)
        });
        Ok(Self { blobs, file, hash: hash(hasher, batch) })
    }

    /// Waits for the last batch.
    pub(crate) async fn finish(self) -> Result<(Temporary, Digests), Error> {
        let (file, hasher) = wait(self.file, self.hash).await?;
        Ok((file, hasher.finish()))
    }
}

fn hash(mut hasher: Hasher, batch: Arc<Vec<Bytes>>) -> JoinHandle<Hasher> {
    spawn_blocking(move || {
        batch.iter().for_each(|piece| hasher.update(piece));
        hasher
    })
}

/// They fail when the runtime ends.
async fn wait(
    file: JoinHandle<Result<Temporary, Error>>,
    hash: JoinHandle<Hasher>,
) -> Result<(Temporary, Hasher), Error> {
    let file = file.await.unwrap_or(Err(Error::Stopped))?;
    Ok((file, hash.await.map_err(|_| Error::Stopped)?))
}
