//! A disk that writes down what is done, can be made to fail, and after a power cut has lost all that wasn't synced.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

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
}

#[derive(Debug, Default)]
struct State {
    steps: Vec<(Step, PathBuf)>,
    /// Fails the next step of this kind with this error.
    fault: Option<(Step, i32)>,
    /// So many steps until the power is cut.
    power: Option<usize>,
    panic: bool,
    /// Files that were written and not synced.
    unsynced: BTreeSet<PathBuf>,
    /// Names that were given, and from where, and whose folder was not synced.
    names: Vec<(PathBuf, Option<PathBuf>)>,
    /// Files that were removed: where they are now, and where they were.
    removed: Vec<(PathBuf, PathBuf)>,
}

impl TestDisk {
    /// `grave` is a folder for what is removed.
    pub(crate) fn new(grave: &Path, honesty: Honesty) -> Self {
        Self { grave: grave.to_owned(), honesty, state: Mutex::default() }
    }

    pub(crate) fn fail(&self, step: Step, error: i32) {
        self.state().fault = Some((step, error));
    }

    pub(crate) fn cut_after(&self, steps: usize) {
        self.state().power = Some(steps);
    }

    pub(crate) fn panic_at_commit(&self) {
        self.state().panic = true;
    }

    /// What was done since the last call.
    pub(crate) fn steps(&self) -> Vec<(Step, PathBuf)> {
        std::mem::take(&mut self.state().steps)
    }

    /// Makes the folder as it may look after the power came back.
    pub(crate) fn lose(&self) {
        let mut state = self.state();
        for (to, from) in std::mem::take(&mut state.names).into_iter().rev() {
            match from {
                Some(from) => {
                    let unsynced = state.unsynced.remove(&to);
                    if fs::rename(&to, &from).is_ok() && unsynced {
                        state.unsynced.insert(from);
                    }
                }
                None => drop(fs::remove_file(&to)),
            }
        }
        for path in std::mem::take(&mut state.unsynced) {
            if let Ok(file) = fs::OpenOptions::new().write(true).open(path) {
                file.set_len(0).unwrap();
            }
        }
        for (now, then) in std::mem::take(&mut state.removed) {
            if !then.exists() && now.exists() {
                fs::rename(now, then).unwrap();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn step(&self, step: Step, path: &Path) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if let Some(left) = &mut state.power {
            *left = left.checked_sub(1).ok_or_else(|| io::Error::from_raw_os_error(5))?;
        }
        if let Some((_, error)) = state.fault.take_if(|(fault, _)| *fault == step) {
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
        state.names.push((to.to_owned(), Some(from.to_owned())));
        RealDisk.rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step(Step::Link, to)?;
        state.names.push((to.to_owned(), None));
        RealDisk.link(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step(Step::SyncFolder, path)?;
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
        drop(self.step(Step::MakeFolder, path)?);
        Ok(())
    }

    fn before_commit(&self) -> io::Result<()> {
        assert!(!self.state().panic, "told to panic");
        drop(self.step(Step::BeforeCommit, Path::new("index"))?);
        Ok(())
    }

    fn after_commit(&self) {
        self.state().steps.push((Step::AfterCommit, PathBuf::from("index")));
    }
}
