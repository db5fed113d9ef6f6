//! The part file: what has come of an object, beside the path where it is to be, and a note of what it is of.
//!
//! It is locked as long as it is written. A process that is killed leaves both, and the next download of the same object to the same
//! path goes on there. Everything here blocks.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
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
    }

    /// Whether the bytes can be trusted: none was lost with the machine's power, or the checksum will tell.
    fn can_be_trusted(&self, boot: Option<&str>) -> bool {
        self.checksum.is_some() || boot.is_some() && self.boot.as_deref() == boot
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
    /// Whether another download could go on with it.
    is_of_use: bool,
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
        if let Some(file) = locked(&shared, &note, old.as_ref()) {
            let part = Self { file, path: shared, note: Some(note), target, old, is_of_use: false };
            let there = part.there(object);
            return Ok((part, there));
        }
        let path = target.with_file_name(beside(name, &format!(".{}.part", Uuid::new_v4().simple())));
        let file = options(old.as_ref()).create_new(true).open(&path)?;
        Ok((Self { file, path, note: None, target, old, is_of_use: false }, None))
    }

    /// What is there of this object.
    fn there(&self, object: &Object) -> Option<(u64, Note)> {
        let Noted::Of(note) = noted(self.note.as_ref()?)? else { return None };
        let metadata = self.file.metadata().ok()?;
        // A byte is always left to be asked for, so that the store says whether the object is still the same.
        let have = metadata.len().min(note.total.saturating_sub(1));
        let fits = note.is_of(object) && metadata.len() <= note.total && have > 0;
        (fits && note.can_be_trusted(boot().as_deref())).then_some((have, note))
    }

    /// Goes on behind the first bytes, and returns their checksum if it is wanted. It ends early where nobody waits for it.
    pub(super) fn go_on(&mut self, have: u64, sums: bool, is_wanted: impl Fn() -> bool) -> io::Result<Crc64> {
        let mut sum = Crc64::default();
        self.file.set_len(have)?;
        if sums {
            self.file.rewind()?;
            let mut block = vec![0; 256 * 1024];
            while is_wanted() {
                match self.file.read(&mut block) {
                    Ok(0) => break,
                    Ok(read) => sum.update(&block[..read]),
                    Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        self.file.seek(SeekFrom::Start(have))?;
        self.is_of_use = true;
        Ok(sum)
    }

    /// Begins at the first byte of an object. Without a note, it is one that can't be gone on with.
    pub(super) fn begin(&mut self, note: Option<&Note>) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.is_of_use = false;
        self.still_there()?;
        let Some(path) = &self.note else { return Ok(()) };
        // The note of another object must not stand beside bytes of this one.
        match fs::remove_file(path) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
        // Without an object it still says whose file this is.
        let text = serde_json::to_vec(&note)?;
        File::options().write(true).create_new(true).open(path)?.write_all(&text)?;
        self.is_of_use = note.is_some();
        Ok(())
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts it in its place, when its bytes are on the disk.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if let Some(old) = &self.old {
            // A mode that can't be had is no reason to have no file.
            let _ = self.file.set_permissions(old.permissions());
        }
        self.file.sync_data()?;
        self.still_there()?;
        fs::rename(&self.path, &self.target)?;
        if let Some(note) = &self.note {
            let _ = fs::remove_file(note);
        }
        Ok(())
    }

    /// Whether another download could go on with it.
    pub(super) fn is_of_use(&self) -> bool {
        self.is_of_use
    }

    /// Removes it.
    pub(super) fn discard(self) {
        // What has the name now is somebody else's.
        if self.still_there().is_err() {
            return;
        }
        // Whoever can't remove it leaves it: the failure that led here is the one to be told.
        let _ = fs::remove_file(&self.path);
        if let Some(note) = &self.note {
            let _ = fs::remove_file(note);
        }
    }

    /// Makes sure that the file has its name still, which somebody else may have removed and used again.
    fn still_there(&self) -> io::Result<()> {
        let gone = || io::Error::new(io::ErrorKind::NotFound, "its part file was removed");
        is_at(&self.file, &self.path).then_some(()).ok_or_else(gone)
    }
}

/// What a note says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Noted {
    /// Of which object the bytes are.
    Of(Note),
    /// That nobody can go on with them: `null`.
    Nothing(()),
}

/// Reads a note; nothing, if it is none of ours, or there is none.
fn noted(path: &Path) -> Option<Noted> {
    let mut text = String::new();
    File::open(path).ok()?.take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
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

/// How part files are opened: where there is a file, for nobody who may not read that.
fn options(old: Option<&Metadata>) -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    if let Some(old) = old {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
        options.mode(old.mode() & 0o777 | 0o600);
    }
    #[cfg(not(unix))]
    let _ = old;
    options
}

/// Opens a file that nobody else writes, and locks it; nothing, if that can't be had.
///
/// One that is there already must be a part file of ours, and not what somebody else calls so or a link to it: it will be emptied.
fn locked(path: &Path, note: &Path, old: Option<&Metadata>) -> Option<File> {
    // Whoever had it may have put it into its place, or removed it, between our opening and locking it.
    for _ in 0..4 {
        let file = match options(old).create_new(true).open(path) {
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {
                match File::options().read(true).write(true).open(path) {
                    Err(fault) if fault.kind() == io::ErrorKind::NotFound => continue,
                    opened => opened.ok()?,
                }
            }
            made => made.ok()?,
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => {
                let metadata = file.metadata().ok()?;
                let is_part = metadata.len() == 0 || noted(note).is_some();
                return (is_part && is_ours(&metadata) && keep_private(&file, old)).then_some(file);
            }
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Gives one that was there already the mode that a new one gets. Returns whether that could be done.
fn keep_private(file: &File, old: Option<&Metadata>) -> bool {
    #[cfg(unix)]
    if let Some(old) = old {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = old.permissions().mode() & 0o777 | 0o600;
        return file.set_permissions(fs::Permissions::from_mode(mode)).is_ok();
    }
    let _ = (file, old);
    true
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

/// Whether it is a file of whoever runs this, with one name. In a folder that many write to, others could prepare one.
fn is_ours(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let is_whose = fs::metadata("/proc/self").map(|this| this.uid() == metadata.uid());
        // Only Linux tells.
        metadata.nlink() == 1 && is_whose.unwrap_or(cfg!(not(target_os = "linux")))
    }
    #[cfg(not(unix))]
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
    use std::fs;
    use std::path::Path;

    use super::{Note, Object, Part, beside};

    fn object() -> Object {
        Object { service: "s".to_owned(), bucket: "b".to_owned(), key: "k".to_owned() }
    }

    fn note(checksum: Option<&str>) -> Note {
        Note::new(&object(), "\"v\"".to_owned(), 10, checksum.map(str::to_owned))
    }

    fn opened(target: &Path) -> (Part, Option<u64>) {
        let (part, there) = Part::open(target, &object()).expect("a part file");
        (part, there.map(|(have, _)| have))
    }

    #[test]
    fn what_may_not_have_reached_the_disk_is_not_trusted() {
        let trusted = |checksum, since: Option<&str>, now| {
            let boot = since.map(str::to_owned);
            Note { boot, ..note(checksum) }.can_be_trusted(now)
        };
        assert!(trusted(None, Some("a"), Some("a")));
        assert!(!trusted(None, Some("a"), Some("b")));
        // Where nothing says since when the machine runs.
        assert!(!trusted(None, None, None));
        assert!(!trusted(None, Some("a"), None));
        assert!(trusted(Some("sum"), None, None) && trusted(Some("sum"), Some("a"), Some("b")));
    }

    #[test]
    fn what_has_the_name_now_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, path) = (folder.path().join("x"), folder.path().join(".x.part"));
        fs::write(&target, "old").expect("a file");
        let (mut part, _) = opened(&target);
        part.begin(Some(&note(None))).expect("a note");
        fs::remove_file(&path).expect("the part file");
        fs::write(&path, "another's").expect("a file");
        assert!(part.commit().is_err() && part.begin(None).is_err());
        part.discard();
        assert_eq!(fs::read_to_string(&path).expect("the other's"), "another's");
        assert_eq!(fs::read_to_string(&target).expect("the file"), "old");
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, path) = (folder.path().join("x"), folder.path().join(".x.part"));
        let own = |part: Part| {
            assert!(part.note.is_none() && part.path != path);
            part.discard();
        };
        fs::write(&path, "another's").expect("a file");
        own(opened(&target).0);
        assert_eq!(fs::read_to_string(&path).expect("the other's"), "another's");
        fs::remove_file(&path).expect("a file");
        #[cfg(unix)]
        {
            let users = folder.path().join("mine");
            fs::write(&users, "").expect("a file");
            fs::hard_link(&users, &path).expect("a link");
            own(opened(&target).0);
            fs::remove_file(&path).expect("a link");
            std::os::unix::fs::symlink(folder.path().join("none"), &path).expect("a link");
            own(opened(&target).0);
            assert!(!folder.path().join("none").exists());
            fs::remove_file(&path).expect("a link");
        }
        // One of ours, though of an object that can't be gone on with.
        let (mut part, _) = opened(&target);
        part.begin(None).and_then(|()| part.write(b"some")).expect("bytes");
        drop(part);
        let (part, there) = opened(&target);
        assert!(part.note.is_some() && there.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_private_stays_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let (target, path) = (folder.path().join("x"), folder.path().join(".x.part"));
        let mode = || fs::metadata(&path).expect("the part file").permissions().mode() & 0o777;
        drop(opened(&target));
        fs::write(&target, "secret").expect("a file");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o400)).expect("a mode");
        let (part, _) = opened(&target);
        assert_eq!(mode(), 0o600);
        part.discard();
        let _part = opened(&target);
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn reading_again_ends_where_nobody_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("x");
        let (mut part, _) = opened(&target);
        part.begin(Some(&note(Some("sum")))).and_then(|()| part.write(b"123456789")).expect("bytes");
        drop(part);
        let (mut part, there) = opened(&target);
        assert_eq!(there, Some(9));
        assert_eq!(part.go_on(9, true, || false).expect("nothing").text(), "AAAAAAAAAAA=");
        assert_eq!(part.go_on(9, true, || true).expect("a sum").text(), "rosUhgp5mIg=");
    }

    #[test]
    fn names_stay_short() {
        assert_eq!(beside(OsStr::new("a.txt"), ".part"), ".a.txt.part");
        let long = "é".repeat(127);
        let short = beside(OsStr::new(&long), ".part.json");
        assert!(short.len() < 40 && short != beside(OsStr::new(&long[2..]), ".part.json"), "{short:?}");
    }
}
