//! Multipart uploads. The parts' files become the object's, so nothing is written twice.

use std::sync::Arc;

use super::blobs::random;
use super::hash::{hex, kind_for};
use super::index::Done;
use super::index::buckets::Home;
use super::index::objects;
use super::index::uploads::{self, At, Completion};
use super::store::{aside, now};
use super::write::check_key;
use super::{
    Complete, Error, Expected, ListUploads, NewUpload, Object, Part, Parts, PutPart, Received, Store, Upload, UploadAt,
    Uploads,
};

impl UploadAt<'_> {
    fn owned(&self) -> At {
        At { bucket: self.bucket.to_owned(), key: self.key.to_owned(), upload: self.upload.to_owned() }
    }
}

impl Store {
    /// Begins a multipart upload.
    pub async fn create_upload(&self, new: NewUpload<'_>) -> Result<Upload, Error> {
        check_key(new.key)?;
        let upload = Upload {
            id: hex(&random::<16>()?),
            key: new.key.to_owned(),
            begun: now(),
            metadata: new.metadata,
            checksum: new.checksum.map(|(algorithm, kind)| (algorithm, kind_for(algorithm, kind))),
        };
        let bucket = new.bucket.to_owned();
        let change = move |index: &rusqlite::Connection| {
            let dead = uploads::create(index, &bucket, &upload)?.dead;
            Ok(Done { value: upload, dead })
        };
        self.inner.index.change(Vec::new(), change).await
    }

    /// What is known of an upload; [`Error::NoUpload`] if there is none for this key.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn upload(&self, at: UploadAt<'_>) -> Result<Upload, Error> {
        let at = at.owned();
        self.inner.index.read(|index| uploads::get(index, &Home::find(index, &at.bucket)?, &at))
    }

    /// Writes a part of an upload.
    pub async fn put_part(&self, put: PutPart<'_>, body: Received) -> Result<Part, Error> {
        let (at, number, expected) = (put.at.owned(), put.number, put.expected);
        if !(1..=10_000).contains(&number) {
            return Err(Error::InvalidPartNumber);
        }
        let (blobs, submit) = (Arc::clone(&self.inner.blobs), self.inner.index.submit());
        // As with `put`: done or undone whole even if the caller goes away.
        let pending = aside(move || {
            let size = body.size();
            let (fresh, digests) = body.place(&blobs, &expected)?;
            let etag = hex(&digests.md5);
            let part = Part { number, size, etag, modified: now(), checksums: digests.checksums };
            let blob = fresh.name().to_owned();
            Ok(submit.hand_in(vec![fresh], move |index| {
                let dead = uploads::put_part(index, &at, &part, &blob)?.dead;
                Ok(Done { value: part, dead })
            }))
        });
        pending.await?.wait().await
    }

    /// Lists the parts after number `after`.
    pub async fn list_parts(&self, at: UploadAt<'_>, after: u32, max: usize) -> Result<Parts, Error> {
        let at = at.owned();
        self.read_aside(move |index| uploads::list_parts(index, &at, after, max.min(1000))).await
    }

    /// Lists uploads.
    pub async fn list_uploads(&self, list: ListUploads<'_>) -> Result<Uploads, Error> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (bucket, prefix, max) = (list.bucket.to_owned(), list.prefix.to_owned(), list.max);
        let (key, upload) = (own(list.after_key), own(list.after_upload));
        let page = move |index: &rusqlite::Connection| {
            let (after_key, after_upload) = (key.as_deref(), upload.as_deref());
            uploads::list(index, ListUploads { bucket: &bucket, prefix: &prefix, after_key, after_upload, max })
        };
        self.read_aside(page).await
    }

    /// Makes an upload's parts an object. No byte is written again.
    pub async fn complete_upload(&self, complete: Complete<'_>) -> Result<Object, Error> {
        let completion = Completion {
            at: complete.at.owned(),
            parts: complete.parts.to_vec(),
            condition: complete.condition,
            expected: Expected { md5: None, checksums: complete.checksums.to_vec() },
            size: complete.size,
            modified: now(),
        };
        self.inner.index.change(Vec::new(), move |index| uploads::complete(index, &completion)).await
    }

    /// The object that an upload became, if it still is what is there.
    #[expect(clippy::unused_async, reason = "whether it waits is not for callers to know")]
    pub async fn completed(&self, at: UploadAt<'_>) -> Result<Option<Object>, Error> {
        let stored = match self.inner.index.read(|index| objects::get(index, at.bucket, at.key)) {
            Err(Error::NoObject { .. }) => return Ok(None),
            stored => stored?,
        };
        Ok((stored.blob == at.upload).then_some(stored.object))
    }

    /// Ends an upload and removes its parts.
    pub async fn abort_upload(&self, at: UploadAt<'_>) -> Result<(), Error> {
        let at = at.owned();
        self.inner.index.change(Vec::new(), move |index| uploads::abort(index, &at)).await
    }
}
