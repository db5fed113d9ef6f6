//! The lock on a data folder: SQLite is for one gateway, which takes for granted that nobody else is at work.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::gateway::StartError;

/// As long as it lives, no other gateway uses the folder.
pub(crate) struct Alone {
    _lock: File,
}

impl Alone {
    /// Takes the lock, which the system gives back even after a crash.
    pub(crate) fn take(folder: &Path) -> Result<Self, StartError> {
        let path = folder.join("gateway.lock");
        let failed = |error: std::io::Error| StartError(format!("{} can't be locked: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError(format!(
                "another gateway uses the data folder {}; stop it, or choose another with `--data`",
                folder.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
