//! The files: where they are, which of them are being made, and their removal in the background.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Error;
use super::folder::{make, sync};
use super::fs::{Disk, Writing};
use super::hash::hex;
use super::leftovers::Leftovers;
use super::pins::Pins;
use super::reserved::Reservation;
use super::sweeper::Sweeper;

/// How many folders the blobs are in.
pub(crate) const FOLDERS: u64 = 256;

/// So many blobs go to the same folder before it is the next one's turn, so that one sync of the folder is for many.
const RUN: u64 = 64;

/// The files of a store.
#[derive(Debug)]
pub(crate) struct Blobs {
    disk: Arc<dyn Disk>,
    placed: PathBuf,
    temporary: PathBuf,
    turn: AtomicU64,
    /// Blobs that are being made, and those that a reader still needs: not for `gc`.
    flying: Mutex<BTreeSet<String>>,
    /// Blobs of this process of which nobody knows whether the index has them.
    left: Mutex<BTreeSet<String>>,
    leftovers: Leftovers,
    pins: Pins,
    sweeper: Sweeper,
    /// Held as long as files may change.
    _lock: File,
}

impl Blobs {
    /// Makes what folders are missing and removes what temporary files are left.
    pub(crate) fn open(folder: &Path, disk: Arc<dyn Disk>, lock: File) -> Result<Self, Error> {
        let (blobs, temporary) = (folder.join("blobs"), folder.join("tmp"));
        make(disk.as_ref(), &temporary)?;
        make(disk.as_ref(), &blobs)?;
        sync(disk.as_ref(), folder)?;
        for number in 0..FOLDERS {
            make(disk.as_ref(), &blobs.join(format!("{number:02x}")))?;
        }
        // Also if they were there: an earlier start may have ended before it synced them.
        sync(disk.as_ref(), &blobs)?;
        let turn = AtomicU64::new(u64::from_ne_bytes(random()?) % (FOLDERS * RUN));
        let leftovers = Leftovers::new();
        let this = Self {
            sweeper: Sweeper::start(Arc::clone(&disk), leftovers.clone())
                .map_err(|error| Error::io("start a thread for", &blobs, error))?,
            disk,
            placed: blobs,
            temporary,
            turn,
            flying: Mutex::default(),
            left: Mutex::default(),
            leftovers,
            pins: Pins::default(),
            _lock: lock,
        };
        this.remove_temporary()?;
        Ok(this)
    }

    /// How files are changed.
    pub(crate) fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    /// Whether there may be blobs that nothing refers to.
    pub(crate) fn leftovers(&self) -> &Leftovers {
        &self.leftovers
    }

    /// What readers need although it was replaced.
    pub(crate) fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Where a blob is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let (folder, rest) = name.split_at_checked(2).unwrap_or((name, ""));
        self.placed.join(folder).join(rest)
    }

    /// The folder that a blob is in.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.placed.join(name.get(..2).unwrap_or(name))
    }

    /// Begins a blob: a name, no file yet.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Fresh, Error> {
        let folder = self.turn.fetch_add(1, Ordering::Relaxed) / RUN % FOLDERS;
        let name = format!("{folder:02x}{}", hex(&random::<16>()?));
        self.flying().insert(name.clone());
        Ok(Fresh { blobs: Arc::clone(self), name, at: At::Nowhere, synced: false, reservation: None })
    }

    /// Removes blobs that nothing refers to any more, soon.
    pub(crate) fn sweep(&self, names: impl IntoIterator<Item = String>) {
        for name in names {
            self.sweeper.sweep(self.path(&name));
        }
    }

    /// Removes the blobs of a set of segments once nobody reads it.
    pub(crate) fn bury(&self, set: &str, names: Vec<String>) {
        // What is kept for readers is not for `gc` meanwhile.
        let keep = |names: &[String]| self.flying().extend(names.iter().cloned());
        self.sweep(self.pins.bury(set, names, keep));
    }

    /// A reader of a set of segments is done.
    pub(crate) fn release(&self, set: &str) {
        let names = self.pins.release(set);
        if !names.is_empty() {
            // First, as where a blob that is being made is dropped.
            let mut flying = self.flying();
            for name in &names {
                flying.remove(name);
            }
            drop(flying);
            self.sweep(names);
        }
    }

    /// Names of the blobs in folder `number` of 256.
    pub(crate) fn names(&self, number: u64) -> Result<Vec<String>, Error> {
        let folder = self.placed.join(format!("{number:02x}"));
        let prefix = format!("{number:02x}");
        let names = list(&folder)?.into_iter().map(|name| format!("{prefix}{name}"));
        Ok(names.filter(|name| name.len() == 34 && name.bytes().all(|b| b.is_ascii_hexdigit())).collect())
    }

    /// Whether there is any blob at all.
    pub(crate) fn any(&self) -> Result<bool, Error> {
        for number in 0..FOLDERS {
            if !self.names(number)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Which blobs are being made or still needed.
    pub(crate) fn flying(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a blob was left by a write of this process that failed.
    pub(crate) fn is_left(&self, name: &str) -> bool {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// Removes temporary files that nobody is writing; says how many.
    pub(crate) fn remove_temporary(&self) -> Result<u64, Error> {
        let mut removed = 0;
        for name in list(&self.temporary)? {
            let path = self.temporary.join(&name);
            if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
                tracing::warn!(folder = %path.display(), "the store made no such folder among its temporary files: it is left");
            } else if !self.flying().contains(&name) {
                removed += u64::from(self.remove(&path)?);
            }
        }
        Ok(removed)
    }

    /// Removes a blob; says whether it was there.
    pub(crate) fn remove_blob(&self, name: &str) -> Result<bool, Error> {
        let removed = self.remove(&self.path(name))?;
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(removed)
    }

    fn remove(&self, path: &Path) -> Result<bool, Error> {
        match self.disk.remove(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("remove", path, error)),
        }
    }
}

/// A blob that is being made. Dropped before [`Fresh::keep`], its file is removed.
#[derive(Debug)]
pub(crate) struct Fresh {
    blobs: Arc<Blobs>,
    name: String,
    at: At,
    synced: bool,
    /// Its bytes are the owner's until the index counts them.
    reservation: Option<Reservation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Nowhere,
    Temporary,
    Placed,
}

impl Fresh {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes its temporary file.
    pub(crate) fn create(&mut self) -> Result<Writing, Error> {
        let path = self.blobs.temporary.join(&self.name);
        let writing = self.blobs.disk.create(&path).map_err(|error| Error::io("make", &path, error))?;
        self.at = At::Temporary;
        Ok(writing)
    }

    /// Syncs the temporary file and gives it its place. The folder is still to be synced.
    pub(crate) fn place(&mut self, writing: &Writing) -> Result<(), Error> {
        self.blobs.disk.sync_file(writing).map_err(|error| Error::io("sync", &writing.path, error))?;
        let to = self.blobs.path(&self.name);
        self.blobs.disk.rename(&writing.path, &to).map_err(|error| Error::io("rename a file to", &to, error))?;
        self.at = At::Placed;
        Ok(())
    }

    /// Makes it a second name of another blob's file. The folder is still to be synced.
    pub(crate) fn link(&mut self, from: &str) -> io::Result<()> {
        self.blobs.disk.link(&self.blobs.path(from), &self.blobs.path(&self.name))?;
        self.at = At::Placed;
        Ok(())
    }

    /// Keeps its bytes reserved until it is in the index or gone.
    pub(crate) fn hold(&mut self, reservation: Option<Reservation>) {
        self.reservation = reservation;
    }

    /// It is in the index now.
    pub(crate) fn keep(mut self) {
        self.at = At::Nowhere;
    }

    /// Nobody knows whether it is in the index: it stays, for `gc` to look again.
    pub(crate) fn leave(self) {
        let blobs = Arc::clone(&self.blobs);
        blobs.left.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name.clone());
        self.keep();
        blobs.leftovers.note();
    }

    /// Whether its folder is synced already.
    pub(crate) fn is_synced(&self) -> bool {
        self.synced
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // First, so that `gc` finds it where the sweeper can't remove it.
        self.blobs.flying().remove(&self.name);
        match self.at {
            At::Nowhere => {}
            At::Temporary => self.blobs.sweeper.sweep(self.blobs.temporary.join(&self.name)),
            At::Placed => self.blobs.sweeper.sweep(self.blobs.path(&self.name)),
        }
    }
}

/// Syncs the folders of many blobs, each once, so that the writer of the index needn't.
pub(crate) fn sync_folders(all: &mut [Fresh]) -> Result<(), Error> {
    let mut synced = BTreeSet::new();
    for fresh in all {
        let folder = fresh.blobs.folder(&fresh.name);
        if !synced.contains(&folder) {
            sync(fresh.blobs.disk(), &folder)?;
            synced.insert(folder);
        }
        fresh.synced = true;
    }
    Ok(())
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

fn list(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |error| Error::io("list folder", folder, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        if let Ok(name) = entry.map_err(failed)?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}
