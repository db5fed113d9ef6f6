//! What SQLite's errors mean: one sentence that names the file, and whether it is worth trying again.

use std::path::Path;

use rusqlite::ffi;
use rusqlite::{Error, ErrorCode};

use crate::state::StateError::{self, Broken, Full, Unavailable};

pub(super) fn of(path: &Path, error: &Error) -> StateError {
    let file = format!("the database `{}`", path.display());
    let Some(failure) = error.sqlite_error() else { return Broken(format!("{file} gave trouble: {error}")) };
    match failure.code {
        ErrorCode::DiskFull => Full(format!("no space is left for {file}: free some")),
        ErrorCode::ReadOnly => read_only(path),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Unavailable(format!("{file} is locked by another program: end that, or try again"))
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::FileLockingProtocolFailed => {
            Unavailable(format!("{file} can't be opened: see whether this user may read and write it and its folder"))
        }
        ErrorCode::SystemIoFailure => {
            Unavailable(format!("{file} can't be read or written ({error}): see to the disk"))
        }
        ErrorCode::NotADatabase => {
            Broken(format!("{file} isn't a SQLite database: move it away, or restore it from a backup"))
        }
        ErrorCode::DatabaseCorrupt => damaged(path),
        _ if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            Broken(format!("{file} has no such account (any more)"))
        }
        _ => Broken(format!("{file} gave trouble: {error}")),
    }
}

pub(super) fn read_only(path: &Path) -> StateError {
    Unavailable(format!("the database `{}` is read-only: let this user write it and its folder", path.display()))
}

pub(super) fn foreign(path: &Path) -> StateError {
    Broken(format!(
        "the database `{}` belongs to another program: move it away, or choose another folder",
        path.display()
    ))
}

pub(super) fn damaged(path: &Path) -> StateError {
    Broken(format!("the database `{}` is damaged: restore it from a backup", path.display()))
}

/// `how` is what it is now: missing, or empty.
pub(super) fn lost(path: &Path, how: &str, store: &Path) -> StateError {
    Broken(format!(
        "the database `{}` is {how}, and only it knows whose the buckets in `{}` are: restore it from a backup, or move \
         that folder away to begin anew",
        path.display(),
        store.display()
    ))
}

pub(super) fn cannot_create(path: &Path, error: &std::io::Error) -> StateError {
    Unavailable(format!("the database `{}` can't be made: {error}", path.display()))
}

pub(super) fn in_step(path: &Path, step: &str, error: &Error) -> StateError {
    match of(path, error) {
        Broken(text) => Broken(format!("{text} (in step `{step}` of bringing it up to date)")),
        may_pass => may_pass,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: i32) -> StateError {
        of(Path::new("data/state.sqlite"), &Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn what_may_pass_is_unavailable_and_names_the_file() {
        let codes =
            [ffi::SQLITE_READONLY, ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED, ffi::SQLITE_CANTOPEN, ffi::SQLITE_IOERR_FSYNC];
        for code in codes {
            let Unavailable(text) = said(code) else { panic!("{code}") };
            assert!(text.contains("`data/state.sqlite`") && !text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let Full(text) = said(ffi::SQLITE_FULL) else { panic!("another error") };
        assert!(text.contains("no space") && text.contains("`data/state.sqlite`"), "{text}");
    }

    #[test]
    fn what_stays_is_broken_and_says_what_to_do() {
        for code in [ffi::SQLITE_NOTADB, ffi::SQLITE_CORRUPT] {
            let Broken(text) = said(code) else { panic!("{code}") };
            assert!(text.contains("`data/state.sqlite`") && text.contains("restore it from a backup"), "{text}");
        }
    }
}
