//! Writing, copying and deleting objects.

use std::io;
use std::sync::Arc;

use super::blobs::{Fresh, random, sync_folders};
use super::hash::hex;
use super::index::objects::{self, Segment};
use super::index::rows::Stored;
use super::reader::Place;
use super::store::{aside, now};
use super::{Copy, Error, Kind, Object, Put, Reader, Received, Store};

impl Store {
    /// Writes an object: verifies the body, syncs it, and puts it in the place of what was there.
    pub async fn put(&self, put: Put<'_>, body: Received) -> Result<Object, Error> {
        check_key(put.key)?;
        let (bucket, key) = (put.bucket.to_owned(), put.key.to_owned());
        let (metadata, condition, expected) = (put.metadata, put.condition, put.expected);
        let (blobs, submit) = (Arc::clone(&self.inner.blobs), self.inner.index.submit());
        // Nothing in it waits for the caller, so it is done or undone whole even if the caller goes away.
        let pending = aside(move || {
            let size = body.size();
            let (fresh, digests) = body.place(&blobs, &expected)?;
            let (etag, checksums) = (hex(&digests.md5), digests.checksums);
            let object = Object { key, size, etag, modified: now(), metadata, checksums, parts: None };
            let stored = Stored { object, blob: fresh.name().to_owned() };
            Ok(submit.hand_in(vec![fresh], move |index| {
                let done = objects::put(index, &bucket, &stored, &condition, 0)?;
                Ok(super::index::Done { value: stored.object, dead: done.dead })
            }))
        });
        pending.await?.wait().await
    }

    /// Deletes an object; says whether it was there.
    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<bool, Error> {
        Ok(self.delete(bucket, vec![key.to_owned()]).await? > 0)
    }

    /// Deletes objects; those that aren't there are fine. Where it fails some may be gone, as others had their turn in between.
    pub async fn delete_objects(&self, bucket: &str, keys: &[&str]) -> Result<(), Error> {
        self.delete(bucket, keys.iter().map(|key| (*key).to_owned()).collect()).await?;
        Ok(())
    }

    async fn delete(&self, bucket: &str, mut keys: Vec<String>) -> Result<usize, Error> {
        let mut found = 0;
        loop {
            let bucket = bucket.to_owned();
            let change = move |index: &rusqlite::Connection| objects::delete_some(index, &bucket, keys);
            let (some, left) = self.inner.index.change(Vec::new(), change).await?;
            found += some;
            if left.is_empty() {
                return Ok(found);
            }
            keys = left;
        }
    }

    /// Copies an object that was opened, in the state it had then. Onto itself is fine.
    pub async fn copy(&self, from: &Reader, copy: Copy<'_>) -> Result<Object, Error> {
        check_key(copy.key)?;
        let mut object = from.object().clone();
        copy.key.clone_into(&mut object.key);
        object.modified = now();
        if let Some(metadata) = copy.metadata {
            object.metadata = metadata;
        }
        let (store, bucket, condition) = (self.clone(), copy.bucket.to_owned(), copy.condition);
        let place = Arc::clone(&from.place);
        let asked =
            copy.checksum.filter(|asked| object.checksums.get(*asked).is_none() || object.checksums.kind != Kind::Full);
        let pending = aside(move || {
            if let Some(algorithm) = asked {
                object.checksums = place.whole(&store.inner.blobs, algorithm)?;
            }
            let (fresh, blob, segments) = store.duplicate(&place)?;
            let stored = Stored { object, blob };
            Ok(store.inner.index.submit().hand_in(fresh, move |index| {
                let done = objects::put(index, &bucket, &stored, &condition, 0)?;
                objects::put_segments(index, &stored.blob, &segments)?;
                Ok(super::index::Done { value: stored.object, dead: done.dead })
            }))
        });
        pending.await?.wait().await
    }

    /// Gives all files of an object a second name.
    fn duplicate(&self, place: &Place) -> Result<(Vec<Fresh>, String, Vec<Segment>), Error> {
        match place {
            Place::One { blob, file, size } => {
                let fresh = self.duplicate_file(blob, *size, || Ok(file.clone()))?;
                let name = fresh.name().to_owned();
                Ok((vec![fresh], name, Vec::new()))
            }
            Place::Many(many) => {
                let (mut all, mut segments) = (Vec::new(), Vec::new());
                for segment in many.segments() {
                    let open = || many.open(segment).map(Arc::new);
                    let fresh = self.duplicate_file(&segment.blob, segment.size, open)?;
                    segments.push(Segment { blob: fresh.name().to_owned(), ..segment.clone() });
                    all.push(fresh);
                }
                // Up to 157 folders: here, while others go on to change the index.
                sync_folders(&mut all)?;
                Ok((all, hex(&random::<16>()?), segments))
            }
        }
    }

    fn duplicate_file(
        &self,
        blob: &str,
        size: u64,
        open: impl FnOnce() -> Result<Arc<std::fs::File>, Error>,
    ) -> Result<Fresh, Error> {
        let mut fresh = self.inner.blobs.begin()?;
        if fresh.link(blob).is_ok() {
            return Ok(fresh);
        }
        // It was replaced meanwhile, has too many names, or the file system knows no second names: copy the bytes.
        let file = open()?;
        let mut writing = fresh.create()?;
        let mut at = 0;
        while at < size {
            let bytes = super::file::read(&file, at..size.min(at + Reader::CHUNK))
                .map_err(|error| Error::io("read", &self.inner.blobs.path(blob), error))?;
            at += bytes.len() as u64;
            let written = self.inner.blobs.disk().write(&mut writing, &mut [io::IoSlice::new(&bytes)]);
            written.map_err(|error| Error::io("write", &writing.path, error))?;
        }
        fresh.place(&writing)?;
        Ok(fresh)
    }
}

/// As S3 has it.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    if (1..=1024).contains(&key.len()) { Ok(()) } else { Err(Error::InvalidKey) }
}
