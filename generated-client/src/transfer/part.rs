//! The part file: what has come of an object, beside the path where it is to be, and a note of what it is of.
//!
//! It is locked as long as it is written. A process that is killed leaves both, and the next download of the same object to the same
//! path goes on there. Everything here blocks.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::checksum::Crc64;

/// The longest name that file systems take.
const LONGEST_NAME: usize = 255;

/// The longest note that is read.
const LONGEST_NOTE: u64 = 64 * 1024;

/// Which object a part file is of, and which state of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) service: String,
    pub(super) bucket: String,
    pub(super) key: String,
    /// The ETag, which is a strong one.
    pub(super) etag: String,
    /// The length of the whole object.
    pub(super) total: u64,
    /// The checksum of the whole object, if the store told it.
    pub(super) checksum: Option<String>,
    /// Since when the machine runs, where it says so. What a file held before that may not have reached the disk.
    boot: Option<String>,
}

impl Note {
    pub(super) fn new(object: &Object, etag: String, total: u64, checksum: Option<String>) -> Self {
        let Object { service, bucket, key } = object.clone();
        Self { service, bucket, key, etag, total, checksum, boot: boot() }
    }

    fn is_of(&self, object: &Object) -> bool {
        (&self.service, &self.bucket, &self.key) == (&object.service, &object.bucket, &object.key)
            && self.boot == boot()
    }
}

/// Which object it is.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) service: String,
    pub(super) bucket: String,
    pub(super) key: String,
}

/// A part file, locked.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    path: PathBuf,
    /// Where the note is; nowhere, if the file has a name of its own that nobody will look for.
    note: Option<PathBuf>,
    target: PathBuf,
    /// The mode of the file that was there.
    old: Option<Metadata>,
}

impl Part {
    /// Opens the part file for this path. Returns with it how much of the object is there, and which one it is.
    pub(super) fn open(target: &Path, object: &Object) -> io::Result<(Self, Option<(u64, Note)>)> {
        // What a link points to is replaced, not the link.
        let target = match fs::canonicalize(target) {
            Ok(there) => there,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => target.to_owned(),
            Err(fault) => return Err(fault),
        };
        let old = fs::metadata(&target).ok();
        if old.as_ref().is_some_and(|old| !old.is_file()) {
            return Err(io::Error::other("it is not a regular file"));
        }
        let name = target.file_name().ok_or_else(|| io::Error::other("it is not the path of a file"))?;
        let shared = target.with_file_name(beside(name, ".part"));
        let note = target.with_file_name(beside(name, ".part.json"));
        if let Some(file) = locked(&shared) {
            let part = Self { file, path: shared, note: Some(note), target, old };
            let there = part.there(object);
            return Ok((part, there));
        }
        let path = target.with_file_name(beside(name, &format!(".{}.part", Uuid::new_v4().simple())));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok((Self { file, path, note: None, target, old }, None))
    }

    /// What is there of this object.
    fn there(&self, object: &Object) -> Option<(u64, Note)> {
        let mut text = String::new();
        let note = self.note.as_ref()?;
        File::open(note).ok()?.take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
        let note: Note = serde_json::from_str(&text).ok()?;
        let metadata = self.file.metadata().ok()?;
        // A byte is always left to be asked for, so that the store says whether the object is still the same.
        let have = metadata.len().min(note.total.saturating_sub(1));
        let fits = note.is_of(object) && metadata.len() <= note.total && have > 0;
        (fits && ours(&metadata)).then_some((have, note))
    }

    /// Goes on behind the first bytes, and returns their checksum if it is wanted.
    pub(super) fn go_on(&mut self, have: u64, sums: bool) -> io::Result<Crc64> {
        let mut sum = Crc64::default();
        self.file.set_len(have)?;
        if sums {
            self.file.rewind()?;
            let mut block = vec![0; 256 * 1024];
            loop {
                match self.file.read(&mut block)? {
                    0 => break,
                    read => sum.update(&block[..read]),
                }
            }
        }
        self.file.seek(SeekFrom::Start(have))?;
        Ok(sum)
    }

    /// Begins at the first byte of an object. Without a note, it is one that can't be gone on with.
    pub(super) fn begin(&mut self, note: Option<&Note>) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        let Some(path) = &self.note else { return Ok(()) };
        // The note of another object must not stand beside bytes of this one.
        match fs::remove_file(path) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
        if let Some(text) = note.and_then(|note| serde_json::to_vec(note).ok()) {
            File::options().write(true).create_new(true).open(path)?.write_all(&text)?;
        }
        Ok(())
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts it in its place, when its bytes are on the disk.
    pub(super) fn commit(self) -> io::Result<()> {
        if let Some(old) = &self.old {
            // A mode that can't be had is no reason to have no file.
            let _ = self.file.set_permissions(old.permissions());
        }
        self.file.sync_data()?;
        fs::rename(&self.path, &self.target)?;
        if let Some(note) = &self.note {
            let _ = fs::remove_file(note);
        }
        Ok(())
    }

    /// Removes it.
    pub(super) fn discard(self) {
        // Whoever can't remove it leaves it: the failure that led here is the one to be told.
        let _ = fs::remove_file(&self.path);
        if let Some(note) = &self.note {
            let _ = fs::remove_file(note);
        }
    }
}

/// A hidden name beside `name`.
fn beside(name: &std::ffi::OsStr, end: &str) -> OsString {
    let mut hidden = OsString::from(".");
    if name.len() + end.len() < LONGEST_NAME {
        hidden.push(name);
    } else {
        let mut sum = Crc64::default();
        sum.update(name.as_encoded_bytes());
        hidden.push(sum.text().replace('/', "_"));
    }
    hidden.push(end);
    hidden
}

/// Opens a file that nobody else writes, and locks it; nothing, if that can't be had.
fn locked(path: &Path) -> Option<File> {
    // Whoever had it may have put it into its place, or removed it, between our opening and locking it.
    for _ in 0..4 {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).ok()?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => return Some(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Whether it is this file that has this name, and not a link to it.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(named)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    #[cfg(unix)]
    let same = {
        use std::os::unix::fs::MetadataExt as _;
        (opened.dev(), opened.ino()) == (named.dev(), named.ino())
    };
    #[cfg(not(unix))]
    let same = opened.len() == named.len() && opened.created().ok() == named.created().ok();
    named.is_file() && same
}

/// Whether it is a file of whoever runs this. In a folder that many write to, others could prepare one.
fn ours(metadata: &Metadata) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata("/proc/self").is_ok_and(|this| this.uid() == metadata.uid())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = metadata;
        true
    }
}

/// Since when the machine runs, as a word; only Linux says.
fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::beside;

    #[test]
    fn names_stay_short() {
        assert_eq!(beside(OsStr::new("a.txt"), ".part"), ".a.txt.part");
        let long = "é".repeat(127);
        let short = beside(OsStr::new(&long), ".part.json");
        assert!(short.len() < 40 && short != beside(OsStr::new(&long[2..]), ".part.json"), "{short:?}");
    }
}
