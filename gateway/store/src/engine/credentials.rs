//! The store's own credentials, made when it is first opened.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::blobs::random;
use super::fs::{Disk as _, RealDisk};
use super::{Error, OpenError};

const FILE: &str = "credentials.toml";

/// What S3 clients sign with. `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// 20 characters, beginning with `IFR`.
    pub access_key: String,
    /// 40 characters.
    pub secret_key: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads those of the store in this folder, without opening the store.
    pub fn read(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(FILE);
        let failed = |error| match io::Error::kind(&error) {
            io::ErrorKind::NotFound => OpenError::NoStore { path: path.clone() },
            _ => Error::io("read", &path, error).into(),
        };
        let mut file = File::open(&path).map_err(failed)?;
        refuse_exposed(&file, &path)?;
        let text = io::read_to_string(&mut file).map_err(failed)?;
        // The parser's own text shows the line, which may be that of the secret.
        let bad = |reason: &str| OpenError::Credentials { path: path.clone(), reason: reason.to_owned() };
        let this: Self =
            toml::from_str(&text).map_err(|_| bad("it must set `access_key` and `secret_key`, and no more"))?;
        if this.access_key.is_empty() || this.secret_key.is_empty() {
            return Err(bad("`access_key` and `secret_key` must not be empty"));
        }
        Ok(this)
    }

    /// Reads them, or makes them at first. The caller keeps others out.
    pub(crate) fn read_or_make(folder: &Path) -> Result<Self, OpenError> {
        match Self::read(folder) {
            Err(OpenError::NoStore { .. }) => {}
            result => return result,
        }
        let this = Self::make()?;
        let (path, temporary) = (folder.join(FILE), folder.join("credentials.toml.new"));
        this.write(&temporary, &path).map_err(|(path, error)| Error::io("write", &path, error))?;
        Ok(this)
    }

    fn make() -> Result<Self, Error> {
        const ACCESS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const SECRET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        // Both lengths divide 256, so each digit is as likely as any other.
        let pick = |digits: &[u8], byte: u8| digits.get(usize::from(byte) % digits.len()).copied().map(char::from);
        let access = random::<17>()?.into_iter().filter_map(|byte| pick(ACCESS, byte));
        let secret = random::<40>()?.into_iter().filter_map(|byte| pick(SECRET, byte));
        Ok(Self { access_key: "IFR".chars().chain(access).collect(), secret_key: secret.collect() })
    }

    fn write(&self, temporary: &Path, path: &Path) -> Result<(), (PathBuf, io::Error)> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| (path, error)
        };
        let text = format!(
            "# What S3 clients sign with. Whoever has it can read and write every object.\naccess_key = \"{}\"\nsecret_key = \"{}\"\n",
            self.access_key, self.secret_key
        );
        match fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(temporary)(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(temporary).map_err(at(temporary))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(temporary))?;
        fs::rename(temporary, path).map_err(at(path))?;
        let folder = path.parent().unwrap_or(path);
        RealDisk.sync_folder(folder).map_err(at(folder))
    }
}

#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt as _;

    let metadata = file.metadata().map_err(|error| Error::io("read", path, error))?;
    let exposed = metadata.permissions().mode() & 0o077;
    if exposed == 0 { Ok(()) } else { Err(OpenError::Exposed { path: path.to_owned() }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &File, _path: &Path) -> Result<(), OpenError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Credentials::read(folder.path()), Err(OpenError::NoStore { .. })));
        let made = Credentials::read_or_make(folder.path()).unwrap();
        assert_eq!((made.access_key.len(), made.secret_key.len()), (20, 40));
        assert!(made.access_key.starts_with("IFR"));
        assert_eq!(Credentials::read_or_make(folder.path()).unwrap(), made);
        assert_eq!(Credentials::read(folder.path()).unwrap(), made);
        assert!(!format!("{made:?}").contains(&made.secret_key));
    }

    #[cfg(unix)]
    #[test]
    fn refused_where_others_can_read_them() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        Credentials::read_or_make(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Credentials::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn nonsense_is_refused_without_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let made = Credentials::read_or_make(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let broken = fs::read_to_string(&path).unwrap().replace("secret_key", "secret");
        fs::write(&path, broken).unwrap();
        let error = Credentials::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("not a credentials file") && !error.contains(&made.secret_key), "{error}");
    }
}
