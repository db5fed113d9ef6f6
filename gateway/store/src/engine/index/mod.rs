//! The index in `SQLite`: which buckets, objects and uploads there are, and which blobs are theirs.

pub(crate) mod buckets;
pub(crate) mod listing;
pub(crate) mod objects;
mod pool;
pub(crate) mod rows;
mod schema;
pub(crate) mod uploads;
pub(crate) mod weight;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use super::blobs::{Blobs, Fresh};
use super::{Error, OpenError};
use pool::Pool;
pub(crate) use schema::open as open_schema;
use writer::Writer;
pub(crate) use writer::{Dead, Done, Submit, is_much};

/// The index: one thread that writes, and connections to read with.
#[derive(Debug)]
pub(crate) struct Index {
    path: PathBuf,
    pool: Pool,
    writer: Writer,
}

impl Index {
    /// Starts the writer on an opened index.
    pub(crate) fn start(path: &Path, connection: Connection, blobs: Arc<Blobs>) -> Result<Self, OpenError> {
        Ok(Self {
            path: path.to_owned(),
            pool: Pool::new(path),
            writer: Writer::start(path, connection, blobs)
                .map_err(|error| Error::io("start a thread for", path, error))?,
        })
    }

    /// Reads.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.pool.with(work).map_err(|error| error.at_index(&self.path))
    }

    /// What changes are handed in with.
    pub(crate) fn submit(&self) -> Submit {
        self.writer.submit()
    }

    /// Hands in a change and waits for it.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        fresh: Vec<Fresh>,
        work: impl FnOnce(&Connection) -> Result<Done<T>, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.submit().hand_in(fresh, work).wait().await
    }
}
