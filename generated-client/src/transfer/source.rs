//! What is uploaded: bytes, a file, or something that can be read.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncRead;

use super::feed::{Feed, Reader};
use crate::internal::Invalid;

/// What an upload sends: [`Bytes`] or anything that becomes them, the path of a file, or a reader.
///
/// Bytes and files are sent again from their first byte where an attempt fails; so is a reader that can be made anew
/// ([`Source::readers`]). Another reader is not sent again once a byte of it was read.
pub struct Source(Kind);

enum Kind {
    Bytes(Bytes),
    Path(PathBuf),
    Reader { reader: Reader, length: u64 },
    Readers { open: Box<dyn FnMut() -> io::Result<Reader> + Send>, length: u64 },
}

impl Source {
    /// A reader of exactly `length` bytes. One that ends earlier or has more makes no object: the upload fails as
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    pub fn reader(reader: impl AsyncRead + Send + Unpin + 'static, length: u64) -> Self {
        Self(Kind::Reader { reader: Reader::Async(Box::new(reader)), length })
    }

    /// Readers of the same `length` bytes, one for each attempt.
    pub fn readers<R: AsyncRead + Send + Unpin + 'static>(
        mut open: impl FnMut() -> io::Result<R> + Send + 'static,
        length: u64,
    ) -> Self {
        let open = move || Ok(Reader::Async(Box::new(open()?)));
        Self(Kind::Readers { open: Box::new(open), length })
    }

    /// A blocking reader of exactly `length` bytes, which is read on a thread for such things. A read that is under way when the
    /// upload ends is waited for by nobody, but keeps that thread.
    pub fn sync_reader(reader: impl Read + Send + 'static, length: u64) -> Self {
        Self(Kind::Reader { reader: Reader::Sync(Box::new(reader)), length })
    }

    /// Opens it, so that a file that can't be read is known before anything is sent.
    pub(super) async fn open(self) -> Result<Opened, (Invalid, Option<io::Error>)> {
        let opened = match self.0 {
            Kind::Bytes(bytes) => Opened { length: bytes.len() as u64, again: Again::Bytes(bytes) },
            Kind::Reader { reader, length } => Opened { length, again: Again::Once(Some(reader)) },
            Kind::Readers { open, length } => Opened { length, again: Again::Readers(open) },
            Kind::Path(path) => {
                let open = move || open_file(&path);
                let opened = tokio::task::spawn_blocking(open).await;
                opened.unwrap_or_else(|_| Err((Invalid::new("the file was not opened"), None)))?
            }
        };
        Ok(opened)
    }
}

fn open_file(path: &Path) -> Result<Opened, (Invalid, Option<io::Error>)> {
    let unusable = |fault: io::Error| {
        let why = Invalid::new(format!("{} can't be read: {fault}", path.display()));
        (why, Some(fault))
    };
    // Looked at before it is opened: opening a pipe waits for whoever writes it.
    let is_file = fs::metadata(path).map_err(unusable)?.is_file();
    if !is_file {
        return Err((Invalid::new(format!("{} is not a regular file", path.display())), None));
    }
    let file = File::open(path).map_err(unusable)?;
    let length = file.metadata().map_err(unusable)?.len();
    Ok(Opened { length, again: Again::File(Arc::new(file)) })
}

/// A source whose length is known.
pub(super) struct Opened {
    pub(super) length: u64,
    again: Again,
}

enum Again {
    Bytes(Bytes),
    File(Arc<File>),
    Once(Option<Reader>),
    Readers(Box<dyn FnMut() -> io::Result<Reader> + Send>),
}

impl Opened {
    /// Returns what one attempt sends, from the first byte. Nothing, if it can't be read again.
    pub(super) fn feed(&mut self) -> io::Result<Option<Feed>> {
        Ok(match &mut self.again {
            Again::Bytes(bytes) => Some(Feed::of_bytes(bytes.clone())),
            Again::File(file) => Some(Feed::of_file(Arc::clone(file))),
            Again::Once(reader) => reader.take().map(Feed::of_reader),
            Again::Readers(open) => Some(Feed::of_reader(open()?)),
        })
    }

    /// Takes back a reader of which nothing was read.
    pub(super) fn put_back(&mut self, feed: Option<Reader>) {
        if let Again::Once(reader) = &mut self.again {
            *reader = feed;
        }
    }

    /// It is known to be empty, and need not be read again to be sent again.
    pub(super) fn found_empty(&mut self) {
        self.again = Again::Bytes(Bytes::new());
    }

    /// Whether there is another attempt's worth of it.
    pub(super) fn is_left(&self) -> bool {
        !matches!(self.again, Again::Once(None))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, length) = match &self.0 {
            Kind::Bytes(bytes) => ("bytes", Some(bytes.len() as u64)),
            Kind::Path(_) => ("file", None),
            Kind::Reader { length, .. } => ("reader", Some(*length)),
            Kind::Readers { length, .. } => ("readers", Some(*length)),
        };
        f.debug_struct("Source").field("kind", &kind).field("length", &length).finish_non_exhaustive()
    }
}

macro_rules! from_bytes {
    ($($from:ty,)*) => {
        $(impl From<$from> for Source {
            fn from(bytes: $from) -> Self {
                Self(Kind::Bytes(bytes.into()))
            }
        })*
    };
}

from_bytes!(Bytes, Vec<u8>, Box<[u8]>, &'static [u8], &'static str, String,);

impl<const N: usize> From<&'static [u8; N]> for Source {
    fn from(bytes: &'static [u8; N]) -> Self {
        Self(Kind::Bytes(Bytes::from_static(bytes)))
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self(Kind::Path(path.to_owned()))
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self(Kind::Path(path))
    }
}

impl From<&PathBuf> for Source {
    fn from(path: &PathBuf) -> Self {
        Self(Kind::Path(path.clone()))
    }
}
