//! Opening a store's folder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use super::fs::{Disk, RealDisk};

/// How a store is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How files are written; tests put another one here.
    pub disk: Arc<dyn Disk>,
}

impl Default for Options {
    fn default() -> Self {
        Self { disk: Arc::new(RealDisk) }
    }
}

/// Why a store can't be opened. The text says what to do.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    InUse {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The index was written by a newer version.
    Newer {
        /// The index.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is understood.
        known: i64,
    },
    /// The index is damaged or not an index.
    Corrupt {
        /// The index.
        path: PathBuf,
        /// What `SQLite` says.
        reason: String,
    },
    /// Others can read the credentials.
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The credentials can't be understood.
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why; never with a part of the secret.
        reason: String,
    },
    /// There is no store yet.
    NoStore {
        /// The file that isn't there.
        path: PathBuf,
    },
    /// The disk or the index failed.
    Failed(Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { folder } => {
                write!(f, "another gateway uses `{}`; stop it, or give this one another folder", folder.display())
            }
            Self::Newer { path, found, known } => write!(
                f,
                "`{}` was written by a newer gateway (version {found}; this one knows up to {known}); run that one",
                path.display()
            ),
            Self::Corrupt { path, reason } => {
                write!(f, "the store's index `{}` is damaged: {reason}; restore it from a backup", path.display())
            }
            Self::Exposed { path } => {
                write!(f, "others can read `{0}`, which holds a secret; run `chmod 600 {0}`", path.display())
            }
            Self::Credentials { path, reason } => {
                write!(
                    f,
                    "`{}` is not a credentials file: {reason}; restore it, or delete it to get new credentials",
                    path.display()
                )
            }
            Self::NoStore { path } => {
                write!(f, "there is no `{}` yet; start the gateway once, and it is made", path.display())
            }
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
