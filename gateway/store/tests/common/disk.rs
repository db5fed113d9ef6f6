//! A disk that writes down what is done, can be made to fail, and after a power cut has lost all or a part of what wasn't synced.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IoSlice, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use infrai_store::engine::fs::{Disk, RealDisk, Writing};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Create,
    Write,
    SyncFile,
    Rename,
    Link,
    SyncFolder,
    Remove,
    MakeFolder,
    BeforeCommit,
    AfterCommit,
}

/// How syncing is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Honesty {
    #[default]
    Honest,
    /// Says that files are synced, but doesn't do it.
    LosesFiles,
    /// The same with folders.
    LosesFolders,
}

#[derive(Debug)]
pub(crate) struct TestDisk {
    grave: PathBuf,
    honesty: Honesty,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    steps: Vec<(Step, PathBuf)>,
    /// How many folders the thread of the index synced.
    synced_by_index: usize,
    /// Fails the next step of this kind, with what it is done to if that is said, with this error.
    fault: Option<(Step, Option<PathBuf>, i32)>,
    /// So many steps until the power is cut.
    power: Option<usize>,
    panic: bool,
    /// Commits wait.
    held: bool,
    /// Commits take long.
    slow: bool,
    /// Files that were written and not synced.
    unsynced: BTreeSet<PathBuf>,
    /// Names that were given, and from where, and whose folder was not synced.
    names: Vec<(PathBuf, Given)>,
    /// Files that were removed: where they are now, and where they were.
    removed: Vec<(PathBuf, PathBuf)>,
}

#[derive(Debug)]
enum Given {
    From(PathBuf),
    Link,
    Folder,
}

impl TestDisk {
    /// `grave` is a folder for what is removed.
    pub(crate) fn new(grave: &Path, honesty: Honesty) -> Self {
        Self { grave: grave.to_owned(), honesty, state: Mutex::default(), released: Condvar::new() }
    }

    pub(crate) fn fail(&self, step: Step, error: i32) {
        self.state().fault = Some((step, None, error));
    }

    /// The same, where it is done to this path.
    pub(crate) fn fail_at(&self, step: Step, path: &Path, error: i32) {
        self.state().fault = Some((step, Some(path.to_owned()), error));
    }

    /// Whether the step that is to fail is still to come.
    pub(crate) fn fails(&self) -> bool {
        self.state().fault.is_some()
    }

    pub(crate) fn cut_after(&self, steps: usize) {
        self.state().power = Some(steps);
    }

    pub(crate) fn panic_at_commit(&self) {
        self.state().panic = true;
    }

    /// Keeps commits waiting, or lets them go on.
    pub(crate) fn hold_commits(&self, held: bool) {
        self.state().held = held;
        self.released.notify_all();
    }

    /// Makes commits take so long that a removal that doesn't wait for them is seen before their end.
    pub(crate) fn slow_commits(&self) {
        self.state().slow = true;
    }

    /// What was done since the last call.
    pub(crate) fn steps(&self) -> Vec<(Step, PathBuf)> {
        std::mem::take(&mut self.state().steps)
    }

    /// How often this was done since the last call of `steps`.
    pub(crate) fn count(&self, step: Step) -> usize {
        self.state().steps.iter().filter(|(done, _)| *done == step).count()
    }

    pub(crate) fn synced_by_index(&self) -> usize {
        self.state().synced_by_index
    }

    /// Makes the folder as it may look after the power came back; `seed` says which removals were on the disk, and how much of
    /// what wasn't synced: nothing, the first half, or all but the first half, which is zeros then.
    pub(crate) fn lose(&self, seed: u64) {
        let mut state = self.state();
        for (to, given) in std::mem::take(&mut state.names).into_iter().rev() {
            match given {
                Given::From(from) => {
                    let unsynced = state.unsynced.remove(&to);
                    if fs::rename(&to, &from).is_ok() && unsynced {
                        state.unsynced.insert(from);
                    }
                }
                Given::Link => drop(fs::remove_file(&to)),
                Given::Folder => drop(fs::remove_dir_all(&to)),
            }
        }
        let unsynced = std::mem::take(&mut state.unsynced);
        let chances = super::bytes(!seed, unsynced.len());
        for (path, chance) in unsynced.into_iter().zip(chances) {
            let Ok(file) = fs::OpenOptions::new().write(true).open(path) else { continue };
            let half = file.metadata().unwrap().len() / 2;
            match chance % 3 {
                0 => file.set_len(0).unwrap(),
                1 => file.set_len(half).unwrap(),
                _ => (&file).write_all(&vec![0; usize::try_from(half).unwrap()]).unwrap(),
            }
        }
        let removed = std::mem::take(&mut state.removed);
        for ((now, then), chance) in removed.iter().zip(super::bytes(seed, removed.len())) {
            if chance % 2 == 0 && !then.exists() && now.exists() && then.parent().is_some_and(Path::exists) {
                fs::rename(now, then).unwrap();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, step: Step, path: &Path) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if let Some(left) = &mut state.power {
            *left = left.checked_sub(1).ok_or_else(|| io::Error::from_raw_os_error(5))?;
        }
        let here = |at: &Option<PathBuf>| at.as_deref().is_none_or(|at| at == path);
        if let Some((_, _, error)) = state.fault.take_if(|(fault, at, _)| *fault == step && here(at)) {
            return Err(io::Error::from_raw_os_error(error));
        }
        state.steps.push((step, path.to_owned()));
        Ok(state)
    }
}

impl Disk for TestDisk {
    fn create(&self, path: &Path) -> io::Result<Writing> {
        let mut state = self.step(Step::Create, path)?;
        state.unsynced.insert(path.to_owned());
        RealDisk.create(path)
    }

    fn write(&self, to: &mut Writing, data: &mut [IoSlice<'_>]) -> io::Result<()> {
        drop(self.step(Step::Write, &to.path)?);
        RealDisk.write(to, data)
    }

    fn sync_file(&self, of: &Writing) -> io::Result<()> {
        let mut state = self.step(Step::SyncFile, &of.path)?;
        if self.honesty != Honesty::LosesFiles {
            state.unsynced.remove(&of.path);
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step(Step::Rename, to)?;
        if state.unsynced.remove(from) {
            state.unsynced.insert(to.to_owned());
        }
        state.names.push((to.to_owned(), Given::From(from.to_owned())));
        RealDisk.rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step(Step::Link, to)?;
        state.names.push((to.to_owned(), Given::Link));
        RealDisk.link(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step(Step::SyncFolder, path)?;
        state.synced_by_index += usize::from(std::thread::current().name() == Some("store-index"));
        if self.honesty != Honesty::LosesFolders {
            state.names.retain(|(to, _)| to.parent() != Some(path));
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step(Step::Remove, path)?;
        state.names.retain(|(to, _)| to != path);
        state.unsynced.remove(path);
        let grave = self.grave.join(format!("{}", state.removed.len()));
        fs::rename(path, &grave)?;
        state.removed.push((grave, path.to_owned()));
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.make_folder(path)?;
        let mut state = self.step(Step::MakeFolder, path)?;
        state.names.push((path.to_owned(), Given::Folder));
        Ok(())
    }

    fn before_commit(&self) -> io::Result<()> {
        let state = self.state();
        assert!(!state.panic, "told to panic");
        drop(state);
        let state = self.step(Step::BeforeCommit, Path::new("index"))?;
        drop(self.released.wait_while(state, |state| state.held));
        Ok(())
    }

    fn after_commit(&self) {
        if self.state().slow {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.state().steps.push((Step::AfterCommit, PathBuf::from("index")));
    }
}
