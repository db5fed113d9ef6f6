//! The thin seam to the file system, so that tests can record the order of what is done, lose what wasn't synced, and
//! make any step fail.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Write as _};
use std::path::{Path, PathBuf};

/// A file that is being written.
#[derive(Debug)]
pub struct Writing {
    /// The file.
    pub file: File,
    /// Where it was made.
    pub path: PathBuf,
}

/// How files and folders are changed.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Makes a file that must not be there yet.
    fn create(&self, path: &Path) -> io::Result<Writing> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Writing { file, path: path.to_owned() })
    }

    /// Appends all of it.
    fn write(&self, to: &mut Writing, mut data: &mut [IoSlice<'_>]) -> io::Result<()> {
        while !data.is_empty() {
            match to.file.write_vectored(data) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => IoSlice::advance_slices(&mut data, n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until the file's content is on the disk.
    fn sync_file(&self, of: &Writing) -> io::Result<()> {
        of.file.sync_all()
    }

    /// Gives a file another name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Gives a file a second name.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    /// Waits until the names in the folder are on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Elsewhere folders can't be opened, and names are on the disk with the file.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// Makes a folder that must not be there yet, closed to others.
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    /// Called before a transaction of the index is committed; an error fails it.
    fn before_commit(&self) -> io::Result<()> {
        Ok(())
    }

    /// Called when a transaction of the index is on the disk.
    fn after_commit(&self) {}
}

/// The file system as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {}
