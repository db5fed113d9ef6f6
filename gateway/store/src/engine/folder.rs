//! The store's folder: making it, keeping other processes and other users out of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::fs::Disk;
use super::{Error, OpenError};

/// Makes the folder, and those above it, if need be; keeps others out.
///
/// Synced at every start and not only when something was made: the start that made it may have ended before it was synced.
pub(crate) fn prepare(disk: &dyn Disk, folder: &Path) -> Result<(), OpenError> {
    let whole = std::path::absolute(folder).map_err(|error| Error::io("find", folder, error))?;
    let missing: Vec<&Path> = whole.ancestors().take_while(|path| !path.is_dir()).collect();
    for path in missing.iter().rev() {
        make(disk, path)?;
        sync_above(disk, path)?;
    }
    if missing.is_empty() {
        sync_above(disk, &whole)?;
        keep_out(&whole);
    }
    Ok(())
}

/// Makes a folder if it isn't there yet.
pub(crate) fn make(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    match disk.make_folder(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::io("make folder", path, error)),
        _ => Ok(()),
    }
}

/// Syncs the names in a folder.
pub(crate) fn sync(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.sync_folder(path).map_err(|error| Error::io("sync", path, error))
}

/// Locks it for this process, as long as the file is open.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("lock");
    let failed = |error: io::Error| OpenError::Failed(Error::io("lock", &path, error));
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Syncs the folder that has this one.
fn sync_above(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(above) = real.parent().map(Path::to_owned) else { return Ok(()) };
    match disk.sync_folder(&above) {
        // One that this user may not list can't be opened, and so not synced. Whoever made the store's folder there did it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result.map_err(|error| Error::io("sync", &above, error)),
    }
}

/// A folder that was there, made by somebody else, may be open to all, and with it what people stored.
#[cfg(unix)]
fn keep_out(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let open = fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    // On a volume that is another user's it can't be done, and reading it is nevertheless allowed by its group, say.
    if open && let Err(error) = fs::set_permissions(folder, fs::Permissions::from_mode(0o700)) {
        tracing::warn!(folder = %folder.display(), %error, "others may look into the store's folder");
    }
}

#[cfg(not(unix))]
fn keep_out(_folder: &Path) {}
