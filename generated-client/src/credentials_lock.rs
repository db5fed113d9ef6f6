//! Processes that change the credentials file take turns, so that none writes down what it read before another wrote.
//!
//! The lock is a file beside it, which clients in other languages know, too: not all of them can lock a file itself.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::credentials_file;
use crate::system::Host;

/// How long is waited before the next look.
const WAIT: Duration = Duration::from_millis(50);

/// A lock as old as this was left by a process that ended: it is held only while a small file is read and written.
const LEFT_OVER: Duration = Duration::from_secs(10);

/// The lock, held until it is dropped.
pub(crate) struct CredentialsLock(PathBuf);

impl CredentialsLock {
    /// Takes the lock of a credentials file; waits while another holds it.
    pub(crate) async fn take(file: &Path, system: &Host) -> io::Result<Self> {
        let mut path = credentials_file::real_path(file).into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        credentials_file::make_private_folder(path.parent().unwrap_or(Path::new(".")))?;
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => return Ok(Self(path)),
                Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => return Err(fault),
                Err(_) if is_left_over(&path) => drop(fs::remove_file(&path)),
                Err(_) => system.sleep(WAIT).await,
            }
        }
    }
}

impl Drop for CredentialsLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn is_left_over(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
    // A time to come is of a clock that was put back since.
    let age = |changed| SystemTime::now().duration_since(changed).unwrap_or_else(|ahead| ahead.duration());
    changed.is_ok_and(|changed| age(changed) > LEFT_OVER)
}
