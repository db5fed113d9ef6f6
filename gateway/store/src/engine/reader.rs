//! Reading an object: a handle on one state of it, which stays good when the object is replaced or deleted.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};

use super::blobs::Blobs;
use super::file;
use super::index::objects::{self, Segment};
use super::layouts::Layout;
use super::{Error, Object, Store};

/// How often an object is looked up anew when it is replaced between the look-up and the opening of its file.
const TRIES: usize = 100;

/// An object's bytes as they come. Ends after exactly the range's bytes or with an error.
pub type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync + 'static>>;

/// An object that was opened for reading.
#[derive(Debug)]
pub struct Reader {
    object: Object,
    pub(crate) place: Arc<Place>,
    blobs: Arc<Blobs>,
}

/// Where an object's bytes are.
#[derive(Debug)]
pub(crate) enum Place {
    One { blob: String, file: Arc<File>, size: u64 },
    Many(Many),
}

/// The files of a multipart object, kept from being removed until dropped.
#[derive(Debug)]
pub(crate) struct Many {
    set: String,
    blobs: Arc<Blobs>,
    segments: Layout,
}

impl Many {
    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().map(|(_, segment)| segment)
    }

    pub(crate) fn open(&self, segment: &Segment) -> Result<File, Error> {
        let path = self.blobs.path(&segment.blob);
        open(&path, segment.size).map_err(|error| wrong(&path, error))
    }

    /// The segment that has this byte, and where it begins.
    fn at(&self, byte: u64) -> Option<&(u64, Segment)> {
        self.segments.get(self.segments.partition_point(|(start, _)| *start <= byte).checked_sub(1)?)
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        self.blobs.release(&self.set);
    }
}

impl Store {
    /// What is known of an object.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn head(&self, bucket: &str, key: &str) -> Result<Object, Error> {
        Ok(self.inner.index.read(|index| objects::get(index, bucket, key))?.object)
    }

    /// Opens an object for reading.
    pub async fn read(&self, bucket: &str, key: &str) -> Result<Reader, Error> {
        // On this thread: what is looked up and opened is nearly always in memory, and a hop to another thread costs more.
        let mut stored = self.inner.index.read(|index| objects::get(index, bucket, key))?;
        for _ in 0..TRIES {
            if stored.object.parts.is_some() {
                let opened = self.open_many(stored.blob.clone()).await?;
                let again = self.inner.index.read(|index| objects::get(index, bucket, key))?;
                if again.blob == stored.blob {
                    self.inner.layouts.put(&opened.set, &opened.segments);
                    return Ok(self.reader(stored.object, Place::Many(opened)));
                }
                stored = again;
                continue;
            }
            let path = self.inner.blobs.path(&stored.blob);
            match open(&path, stored.object.size) {
                Ok(file) => {
                    let place = Place::One { blob: stored.blob, file: Arc::new(file), size: stored.object.size };
                    return Ok(self.reader(stored.object, place));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let again = self.inner.index.read(|index| objects::get(index, bucket, key))?;
                    if again.blob == stored.blob {
                        return Err(wrong(&path, error));
                    }
                    stored = again;
                }
                Err(error) => return Err(wrong(&path, error)),
            }
        }
        let path = self.inner.blobs.path(&stored.blob);
        Err(Error::io("catch up with the changes of", &path, io::ErrorKind::ResourceBusy.into()))
    }

    fn reader(&self, object: Object, place: Place) -> Reader {
        Reader { object, place: Arc::new(place), blobs: Arc::clone(&self.inner.blobs) }
    }

    /// Pins the set first: if the index has it afterwards, its files are there and stay.
    async fn open_many(&self, set: String) -> Result<Many, Error> {
        let blobs = Arc::clone(&self.inner.blobs);
        blobs.pins().pin(&set);
        let mut many = Many { set, blobs, segments: Layout::default() };
        if let Some(layout) = self.inner.layouts.get(&many.set) {
            many.segments = layout;
            return Ok(many);
        }
        let set = many.set.clone();
        let segments = self.read_aside(move |index| objects::segments(index, &set)).await?;
        let mut start = 0;
        let place = |segment: Segment| {
            let place = start;
            start += segment.size;
            (place, segment)
        };
        many.segments = Arc::new(segments.into_iter().map(place).collect());
        Ok(many)
    }
}

impl Reader {
    /// Ranges up to this are best read with [`Reader::bytes`].
    pub const CHUNK: u64 = 256 * 1024;

    /// What is known of it.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Where part `number` is, counted from 1, for an object that was uploaded in parts.
    pub fn part(&self, number: u32) -> Option<Range<u64>> {
        let Place::Many(many) = self.place.as_ref() else { return None };
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        many.segments.get(place).map(|(start, segment)| *start..*start + segment.size)
    }

    /// Reads a range (within the object's size) in one go.
    pub async fn bytes(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let mut reading = Reading::new(&self.place, &self.blobs, range);
        let Some(first) = reading.next(u64::MAX).await? else { return Ok(Bytes::new()) };
        if reading.at >= reading.end {
            return Ok(first);
        }
        let mut bytes = BytesMut::from(first);
        while let Some(more) = reading.next(u64::MAX).await? {
            bytes.extend_from_slice(&more);
        }
        Ok(bytes.freeze())
    }

    /// Reads a range (within the object's size) in chunks.
    pub fn stream(self, range: Range<u64>) -> Chunks {
        let reading = Reading::new(&self.place, &self.blobs, range);
        Box::pin(stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next(Self::CHUNK).await?.map(|bytes| (bytes, reading)))
        }))
    }
}

/// Goes through a range.
struct Reading {
    place: Arc<Place>,
    blobs: Arc<Blobs>,
    at: u64,
    end: u64,
    /// The file of the segment that begins there.
    open: Option<(u64, Arc<File>)>,
}

impl Reading {
    fn new(place: &Arc<Place>, blobs: &Arc<Blobs>, range: Range<u64>) -> Self {
        Self { place: Arc::clone(place), blobs: Arc::clone(blobs), at: range.start, end: range.end, open: None }
    }

    /// The next bytes, at most so many.
    async fn next(&mut self, most: u64) -> Result<Option<Bytes>, Error> {
        if self.at >= self.end {
            return Ok(None);
        }
        let (blob, file, start, size) = match self.place.as_ref() {
            Place::One { blob, file, size } => (blob, Arc::clone(file), 0, *size),
            Place::Many(many) => {
                let (start, segment) = many.at(self.at).ok_or_else(|| self.beyond(&many.set))?;
                let file = match &self.open {
                    Some((opened, file)) if opened == start => Arc::clone(file),
                    _ => Arc::new(many.open(segment)?),
                };
                self.open = Some((*start, Arc::clone(&file)));
                (&segment.blob, file, *start, segment.size)
            }
        };
        let end = self.end.min(start + size).min(self.at.saturating_add(most));
        if end <= self.at {
            return Err(self.beyond(blob));
        }
        let bytes = file::read_soon(&file, self.at - start..end - start)
            .await
            .map_err(|error| wrong(&self.blobs.path(blob), error))?;
        self.at = end;
        Ok(Some(bytes))
    }

    fn beyond(&self, blob: &str) -> Error {
        Error::Damaged { path: self.blobs.path(blob), what: format!("byte {} is beyond its end", self.at) }
    }
}

fn open(path: &Path, size: u64) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.len() == size { Ok(file) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

pub(super) fn wrong(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::Damaged { path: path.to_owned(), what: "it is missing".to_owned() },
        io::ErrorKind::UnexpectedEof => {
            Error::Damaged { path: path.to_owned(), what: "its size is not what the index says".to_owned() }
        }
        _ => Error::io("read", path, error),
    }
}
