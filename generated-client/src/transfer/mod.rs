//! Uploads and downloads: a URL is signed, then the bytes go to the store or come from it.
//!
//! What goes to the store goes over [`store`], an HTTP client of its own; nothing else here sends anything but through the calls
//! of the client, and nothing here can name the API key.

mod checksum;
mod download;
mod feed;
mod outbox;
mod part;
mod progress;
mod s3_error;
mod session;
mod source;
mod store;
mod target;
mod upload;

pub use self::download::{Download, Downloaded};
pub use self::progress::Progress;
pub use self::source::Source;
pub use self::upload::{Upload, Uploaded};

use self::session::Settings;
use crate::api::StorageObjectApi;

impl<'a, C> StorageObjectApi<'a, C> {
    /// Uploads an object: bytes, a file by its path, or a reader; see [`Source`]. What the key had before is replaced.
    ///
    /// The URL that the bytes go to is presigned first, and again if it expires. The length is exact, memory does not grow with it,
    /// and what fails is tried again as the client's other calls are. There is no limit of time but for standing still: 20
    /// seconds without a byte.
    ///
    /// ```no_run
    /// # async fn example(client: &infrai::Client) -> Result<(), infrai::Error> {
    /// use std::path::Path;
    ///
    /// let objects = client.storage().object();
    /// objects.upload("demo", "hello.txt", "hello").await?;
    /// let uploaded = objects.upload("demo", "film.mp4", Path::new("film.mp4")).await?;
    /// println!("{} bytes", uploaded.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(
        &self,
        bucket: impl Into<String>,
        key: impl Into<String>,
        source: impl Into<Source>,
    ) -> Upload<'a, C> {
        Upload { client: self.client, settings: Settings::new(bucket.into(), key.into()), source: source.into() }
    }

    /// Downloads an object: into a file, memory or a writer.
    ///
    /// The URL is presigned first, and again if it expires. A download that breaks off goes on where it was, as long as the object
    /// is the same; length and, where the store tells one, checksum are compared. There is no limit of time but for standing still:
    /// 20 seconds without a byte.
    ///
    /// ```no_run
    /// # async fn example(client: &infrai::Client) -> Result<(), infrai::Error> {
    /// let objects = client.storage().object();
    /// let hello = objects.download("demo", "hello.txt").to_bytes().await?;
    /// let show = |progress: infrai::Progress| println!("{} bytes so far", progress.bytes);
    /// let film = objects.download("demo", "film.mp4").progress(show).to_file("film.mp4").await?;
    /// println!("{} and {} bytes", hello.len(), film.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, bucket: impl Into<String>, key: impl Into<String>) -> Download<'a, C> {
        Download { client: self.client, settings: Settings::new(bucket.into(), key.into()) }
    }
}
