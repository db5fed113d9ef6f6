//! Reading what is stored, to hold it against what the index says.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::blobs::Blobs;
use super::file;
use super::hash::{Digests, Hasher, combine, hex};
use super::index::uploads;
use super::reader::{Place, wrong};
use super::store::aside;
use super::{
    Algorithm, Bucket, Checksums, Damage, Entry, Error, Kind, List, ListUploads, Object, Part, Reader, Store, UploadAt,
    Verified, etag_of_parts,
};

/// So many are asked of the index at once, which bounds the memory.
const PAGE: usize = 1000;

impl Store {
    /// Reads every byte of every object and every part, and holds it against the index; tells each that is damaged as it is
    /// found. Safe while serving: what is replaced or deleted meanwhile is passed over. An error ends it.
    pub async fn verify(&self, mut tell: impl FnMut(Damage)) -> Result<Verified, Error> {
        let mut verified = Verified::default();
        for Bucket { name, .. } in self.list_buckets().await? {
            let mut note = |key: &str, part, verdict: Verdict| {
                let Some((bytes, wrong)) = verdict else { return };
                verified.objects += 1;
                verified.bytes += bytes;
                verified.damaged += u64::from(wrong.is_some());
                if let Some(what) = wrong {
                    tell(Damage { bucket: name.clone(), key: key.to_owned(), part, what });
                }
            };
            let objects = all_read(self.verify_objects(&name, &mut note).await)?;
            note("", None, objects);
            let uploads = all_read(self.verify_uploads(&name, &mut note).await)?;
            note("", None, uploads);
        }
        Ok(verified)
    }

    async fn verify_objects(
        &self,
        bucket: &str,
        note: &mut impl FnMut(&str, Option<u32>, Verdict),
    ) -> Result<(), Error> {
        let mut token = None;
        loop {
            let list = List { bucket, token: token.as_deref(), max: PAGE, ..List::default() };
            let Some(page) = found(self.list(list).await)? else { return Ok(()) };
            for Entry { key, size, .. } in page.objects {
                note(&key, None, self.verify_object(bucket, &key, size).await?);
            }
            token = page.next;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn verify_uploads(
        &self,
        bucket: &str,
        note: &mut impl FnMut(&str, Option<u32>, Verdict),
    ) -> Result<(), Error> {
        let mut last: Option<(String, String)> = None;
        loop {
            let (after_key, after_upload) = (last.as_ref().map(|(key, _)| &**key), last.as_ref().map(|(_, id)| &**id));
            let list = ListUploads { bucket, after_key, after_upload, max: PAGE, ..ListUploads::default() };
            let Some(page) = found(self.list_uploads(list).await)? else { return Ok(()) };
            for upload in &page.uploads {
                let at = UploadAt { bucket, key: &upload.key, upload: &upload.id };
                let (mut after, mut more) = (0, true);
                while more {
                    let Some(parts) = found(self.list_parts(at, after, PAGE).await)? else { break };
                    for part in &parts.parts {
                        note(&upload.key, Some(part.number), self.verify_part(at, part).await?);
                    }
                    more = parts.next.is_some();
                    after = parts.next.unwrap_or_default();
                }
            }
            last = page.uploads.into_iter().next_back().map(|upload| (upload.key, upload.id));
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn verify_object(&self, bucket: &str, key: &str, size: u64) -> Result<Verdict, Error> {
        let reader = match self.read(bucket, key).await {
            Ok(reader) => reader,
            error => return judge(size, error.map(|_| None)),
        };
        let store = self.clone();
        let size = reader.object().size;
        judge(size, aside(move || reader.place.compare(&store.inner.blobs, reader.object())).await)
    }

    async fn verify_part(&self, at: UploadAt<'_>, part: &Part) -> Result<Verdict, Error> {
        let (store, part, number) = (self.clone(), part.clone(), part.number);
        let (size, id) = (part.size, at.upload.to_owned());
        let compared = aside(move || {
            let blob = || store.inner.index.read(|index| uploads::blob(index, &id, number));
            let Some(first) = blob()? else { return Ok(Passed::Gone) };
            let path = store.inner.blobs.path(&first);
            let algorithms: Vec<Algorithm> = part.checksums.values.iter().map(|(algorithm, _)| *algorithm).collect();
            let digests = File::open(&path)
                .map_err(|error| wrong(&path, error))
                .and_then(|file| digests(&file, part.size, &algorithms, &store.inner.blobs, &first));
            // It may have been replaced, or become an object's, before it was opened.
            if blob()? != Some(first) {
                return Ok(Passed::Gone);
            }
            let digests = digests?;
            Ok(Passed::Read(differs(hex(&digests.md5) == part.etag, digests.checksums == part.checksums)))
        });
        match compared.await {
            Ok(Passed::Gone) => Ok(None),
            Ok(Passed::Read(wrong)) => Ok(Some((size, wrong))),
            Err(error) => judge(size, Err(error)),
        }
    }
}

enum Passed {
    Gone,
    Read(Option<String>),
}

/// How many bytes something has, and what is wrong with it; nothing for what is gone.
type Verdict = Option<(u64, Option<String>)>;

/// An entry that can't be read is damage of the bucket, and the next one is read. Any other error of the index is an error.
fn all_read(read: Result<(), Error>) -> Result<Verdict, Error> {
    match read {
        Ok(()) => Ok(None),
        Err(error @ Error::BadEntry { .. }) => Ok(Some((0, Some(format!("not all of the bucket was read: {error}"))))),
        Err(error) => Err(error),
    }
}

/// What is damaged or can't be read is told, what is gone is passed over, and anything else is an error.
fn judge(size: u64, compared: Result<Option<String>, Error>) -> Result<Verdict, Error> {
    match compared {
        Ok(wrong) => Ok(Some((size, wrong))),
        Err(Error::Damaged { path, what }) => Ok(Some((size, Some(format!("`{}`: {what}", path.display()))))),
        Err(error @ Error::BadEntry { .. }) => Ok(Some((size, Some(error.to_string())))),
        Err(Error::Io { path, source, .. }) if is_unreadable(&source) => {
            Ok(Some((size, Some(format!("`{}`: it cannot be read: {source}", path.display())))))
        }
        Err(error) => found::<Verdict>(Err(error)).map(Option::flatten),
    }
}

/// Whether it is the disk that failed. Other errors, as of too many open files, say nothing of what was read.
fn is_unreadable(error: &io::Error) -> bool {
    // `EIO`; on Linux also what file systems say of their own wrong checksums and broken tables: `EBADE` (ZFS), `EBADMSG` and
    // `EUCLEAN` (ext4, XFS). On Windows a wrong checksum of the disk's own, and a device that fails.
    const FAILED: &[i32] = if cfg!(windows) {
        &[23, 1117]
    } else if cfg!(target_os = "linux") {
        &[5, 52, 74, 117]
    } else {
        &[5]
    };

    error.raw_os_error().is_some_and(|code| FAILED.contains(&code))
}

/// Nothing, where the whole of it was deleted meanwhile.
fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::NoBucket { .. } | Error::NoObject { .. } | Error::NoUpload { .. }) => Ok(None),
        result => result.map(Some),
    }
}

fn differs(md5: bool, checksums: bool) -> Option<String> {
    match (md5, checksums) {
        (true, true) => None,
        (false, _) => Some("its bytes are not those of its MD5".to_owned()),
        (true, false) => Some("its bytes are not those of its checksum".to_owned()),
    }
}

impl Place {
    /// The checksum of all bytes.
    pub(crate) fn whole(&self, blobs: &Blobs, algorithm: Algorithm) -> Result<Checksums, Error> {
        let mut hasher = Hasher::new(&[algorithm]);
        self.each(|blob, file, size| read(file, size, blobs, blob, &mut |bytes| hasher.update(bytes)))?;
        Ok(hasher.finish().checksums)
    }

    /// Says what of an object isn't as the index has it.
    fn compare(&self, blobs: &Blobs, object: &Object) -> Result<Option<String>, Error> {
        let ours = &object.checksums;
        let algorithms: Vec<Algorithm> = ours.values.iter().map(|(algorithm, _)| *algorithm).collect();
        let mut parts: Vec<(Digests, u64)> = Vec::new();
        self.each(|blob, file, size| {
            parts.push((digests(file, size, &algorithms, blobs, blob)?, size));
            Ok(())
        })?;
        if let (Self::One { .. }, [(digests, _)]) = (self, &*parts) {
            // A copy of one that came in parts would have its `ETag`, and parts.
            let same = ours.kind == Kind::Full && digests.checksums == *ours;
            return Ok(differs(hex(&digests.md5) == object.etag, same || ours.is_empty()));
        }
        let etags: Vec<String> = parts.iter().map(|(digests, _)| hex(&digests.md5)).collect();
        let mut same = true;
        for (algorithm, value) in &ours.values {
            let sums: Option<Vec<_>> =
                parts.iter().map(|(digests, size)| Some((digests.checksums.get(*algorithm)?, *size))).collect();
            same &= match sums.and_then(|sums| combine(*algorithm, ours.kind, &sums)) {
                Some(combined) => combined == *value,
                // A copy may have a SHA of all bytes, which takes reading them in a row.
                None => self.whole(blobs, *algorithm)?.get(*algorithm) == Some(value),
            };
        }
        Ok(differs(etag_of_parts(etags.iter().map(String::as_str)) == object.etag, same))
    }

    /// Goes through the files in order.
    fn each(&self, mut visit: impl FnMut(&str, &Arc<File>, u64) -> Result<(), Error>) -> Result<(), Error> {
        match self {
            Self::One { blob, file, size } => visit(blob, file, *size),
            Self::Many(many) => many
                .segments()
                .try_for_each(|segment| visit(&segment.blob, &Arc::new(many.open(segment)?), segment.size)),
        }
    }
}

fn digests(file: &File, size: u64, algorithms: &[Algorithm], blobs: &Blobs, blob: &str) -> Result<Digests, Error> {
    let mut hasher = Hasher::new(algorithms);
    read(file, size, blobs, blob, &mut |bytes| hasher.update(bytes))?;
    Ok(hasher.finish())
}

fn read(file: &File, size: u64, blobs: &Blobs, blob: &str, take: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
    let mut at = 0;
    while at < size {
        let bytes =
            file::read(file, at..size.min(at + Reader::CHUNK)).map_err(|error| wrong(&blobs.path(blob), error))?;
        at += bytes.len() as u64;
        take(&bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_disk_that_fails_is_damage_and_a_lack_of_handles_is_not() {
        let judge = |code| judge(7, Err(wrong(Path::new("blobs/7f/0"), io::Error::from_raw_os_error(code))));
        let (mut failed, lacking) = if cfg!(windows) { (vec![23, 1117], 4) } else { (vec![5], 24) };
        if cfg!(target_os = "linux") {
            failed.extend([52, 74, 117]);
        }
        for code in failed {
            let (size, what) = judge(code).unwrap().unwrap();
            assert!(size == 7 && what.unwrap().contains("blobs/7f/0"), "{code}");
        }
        assert!(matches!(judge(lacking), Err(Error::Io { .. })));
    }
}
