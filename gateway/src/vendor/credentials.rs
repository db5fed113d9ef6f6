//! The credentials of an S3 engine: from the environment, or from a file in the form that AWS's tools write.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What requests are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its public half.
    pub access_key: String,
    /// Its secret half.
    pub secret_key: String,
    /// What temporary credentials have besides.
    pub session_token: Option<String>,
    /// Where they are from, for messages.
    pub from: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials(from {})", self.from)
    }
}

impl Credentials {
    /// Replaces whatever of them stands in a text.
    pub(crate) fn hide(&self, text: &str) -> String {
        let parts = [Some(&self.access_key), Some(&self.secret_key), self.session_token.as_ref()];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.fold(text.to_owned(), |text, part| text.replace(part.as_str(), "…"))
    }
}

/// Where credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In variables of these names.
    Environment {
        /// Of the access key.
        access_key: String,
        /// Of the secret key.
        secret_key: String,
        /// Of the session token, if there is one.
        session_token: Option<String>,
    },
    /// In a file.
    File {
        /// Its path.
        path: PathBuf,
        /// The section in it.
        profile: String,
    },
}

impl Place {
    /// Reads them. `environment` looks a variable up.
    ///
    /// # Errors
    /// A sentence with the variable or file, and what to do.
    pub fn read(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Credentials, String> {
        let credentials = match self {
            Self::Environment { access_key, secret_key, session_token } => {
                let value = |field: &str, name: &str| {
                    let value = environment(name).map(|value| value.trim().to_owned());
                    value.filter(|value| !value.is_empty()).ok_or_else(|| {
                        if may_be_shown(name) {
                            format!("set the variable `{name}`")
                        } else {
                            format!("set the variable that `{field}` names")
                        }
                    })
                };
                let from = if may_be_shown(access_key) && may_be_shown(secret_key) {
                    format!("the variables `{access_key}` and `{secret_key}`")
                } else {
                    "the variables that `access_key_env` and `secret_key_env` name".to_owned()
                };
                Credentials {
                    access_key: value("access_key_env", access_key)?,
                    secret_key: value("secret_key_env", secret_key)?,
                    session_token: session_token.as_deref().map(|name| value("session_token_env", name)).transpose()?,
                    from,
                }
            }
            Self::File { path, profile } => read_file(path, profile)?,
        };
        let parts = [Some(&credentials.access_key), Some(&credentials.secret_key), credentials.session_token.as_ref()];
        if parts.into_iter().flatten().any(|part| !part.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(format!("{} hold characters that credentials can't have", credentials.from));
        }
        Ok(credentials)
    }
}

/// Whether a variable's name is surely one, and no secret that was written in its place.
pub(super) fn may_be_shown(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn read_file(path: &Path, profile: &str) -> Result<Credentials, String> {
    let shown = path.display();
    let metadata = fs::metadata(path).map_err(|error| format!("can't read the credentials file `{shown}`: {error}"))?;
    if others_can_read(&metadata) {
        return Err(format!("others can read the credentials file `{shown}`: run `chmod 600 {shown}`"));
    }
    let text =
        fs::read_to_string(path).map_err(|error| format!("can't read the credentials file `{shown}`: {error}"))?;
    let section: Vec<(&str, &str)> = section(&text, profile)
        .ok_or_else(|| format!("the credentials file `{shown}` has no section `[{profile}]`: add it or set `profile`"))?
        .collect();
    let value = |name: &str| {
        let value = section.iter().find(|(own, value)| *own == name && !value.is_empty());
        value.map(|(_, value)| (*value).to_owned())
    };
    let needed = |name: &str| {
        value(name).ok_or_else(|| format!("`[{profile}]` in the credentials file `{shown}` lacks `{name}`"))
    };
    Ok(Credentials {
        access_key: needed("aws_access_key_id")?,
        secret_key: needed("aws_secret_access_key")?,
        session_token: value("aws_session_token"),
        from: format!("`[{profile}]` of the file `{shown}`"),
    })
}

/// The lines `name = value` of a section.
fn section<'a>(text: &'a str, profile: &str) -> Option<impl Iterator<Item = (&'a str, &'a str)>> {
    let mut lines = text.lines().map(str::trim);
    let heading =
        |line: &str| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).map(str::trim) == Some(profile);
    lines.by_ref().find(|line| heading(line))?;
    let own = lines.take_while(|line| !line.starts_with('['));
    let own = own.filter(|line| !line.starts_with(['#', ';']));
    Some(own.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.trim(), value.trim())))
}

#[cfg(unix)]
fn others_can_read(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

/// Elsewhere a file in one's own folders is one's own.
#[cfg(not(unix))]
fn others_can_read(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_file(text: &str, mode: u32, profile: &str) -> Result<Credentials, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("credentials");
        fs::write(&path, text).expect("a file");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("its mode");
        Place::File { path, profile: profile.to_owned() }.read(&|_| None)
    }

    const FILE: &str = "# ours\n[default]\naws_access_key_id = AK\naws_secret_access_key=s3cr=t\n\n\
        [ other ]\naws_access_key_id=AO\naws_secret_access_key = so\naws_session_token = tok\nregion = x\n";

    #[test]
    fn a_section_of_a_file_is_read() {
        let own = in_file(FILE, 0o600, "default").expect("credentials");
        assert_eq!((own.access_key.as_str(), own.secret_key.as_str()), ("AK", "s3cr=t"));
        assert_eq!(own.session_token, None);
        let other = in_file(FILE, 0o600, "other").expect("credentials");
        assert_eq!((other.access_key.as_str(), other.session_token.as_deref()), ("AO", Some("tok")));
        assert!(other.from.starts_with("`[other]` of the file `"), "{}", other.from);
        let shown = format!("{other:?}");
        assert!(!shown.contains("so\"") && !shown.contains("tok"), "{shown}");
    }

    #[test]
    fn a_file_is_refused_with_what_to_do() {
        assert!(in_file(FILE, 0o600, "none").unwrap_err().contains("no section `[none]`"));
        let lacking = in_file("[default]\naws_access_key_id = AK\n", 0o600, "default").unwrap_err();
        assert!(lacking.contains("lacks `aws_secret_access_key`"), "{lacking}");
        #[cfg(unix)]
        assert!(in_file(FILE, 0o640, "default").unwrap_err().contains("run `chmod 600 "));
        let nowhere = Place::File { path: "nowhere".into(), profile: "default".into() };
        assert!(nowhere.read(&|_| None).unwrap_err().starts_with("can't read the credentials file `nowhere`"));
    }

    #[test]
    fn variables_are_read() {
        let place =
            Place::Environment { access_key: "A".into(), secret_key: "S".into(), session_token: Some("T".into()) };
        let all = |name: &str| Some(format!("value-of-{name} "));
        let read = place.read(&all).expect("credentials");
        assert_eq!(read.session_token.as_deref(), Some("value-of-T"));
        assert_eq!(read.hide("x value-of-S y value-of-A"), "x … y …");
        let error = place.read(&|name| (name != "S").then(|| "x".to_owned())).unwrap_err();
        assert_eq!(error, "set the variable `S`");
        let error = place.read(&|_| Some("a b".to_owned())).unwrap_err();
        assert!(error.contains("`A` and `S`") && !error.contains("a b"), "{error}");
    }

    #[test]
    fn what_may_be_a_secret_instead_of_a_name_is_not_shown() {
        for secret in ["wJalrXUtnFEMIK7MDENGbPxRfiCY", "b1946ac92492d2347c6235b4d2611184", &"A".repeat(65)] {
            let place =
                Place::Environment { access_key: "AN_ID".into(), secret_key: secret.into(), session_token: None };
            let error = place.read(&|name| (name == "AN_ID").then(|| "x".to_owned())).unwrap_err();
            assert_eq!(error, "set the variable that `secret_key_env` names");
            let read = place.read(&|_| Some("x".to_owned())).expect("credentials");
            assert_eq!(read.from, "the variables that `access_key_env` and `secret_key_env` name");
        }
    }
}
