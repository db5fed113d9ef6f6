//! Where the service is and with which key it is called: what was given, else the environment's, else the credentials file's.

#![allow(dead_code, reason = "only a client that can get a key writes one down")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::Url;

use crate::auth::{Credential, authorize};
use crate::base_url;
use crate::credentials::ApiKey;
use crate::credentials_file::{CredentialsFile, Profile};
use crate::error::ErrorKind;
use crate::generated::service::SERVICE;
use crate::internal::Invalid;
use crate::service::CredentialsPlace;
use crate::system::Host;

/// What the caller gave when the client was built, checked.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) api_key: Option<ApiKey>,
    pub(crate) base_url: Option<String>,
    pub(crate) allow_insecure: bool,
}

/// Where the service is and with which key it is called.
pub(crate) struct Connection {
    /// Without a `/` at its end.
    pub(crate) base_url: String,
    /// The key, or why there is none.
    pub(crate) api_key: Result<ApiKey, Invalid>,
    /// What carries the key, or why nothing does.
    pub(crate) credential: Result<Credential, Invalid>,
    pub(crate) key_from: KeyFrom,
}

/// Why where the service is, or the key, can't be said; and of which kind that is.
pub(crate) type Unusable = (ErrorKind, Invalid);

impl From<Invalid> for Unusable {
    fn from(why: Invalid) -> Self {
        (ErrorKind::Credentials, why)
    }
}

fn setting(why: Invalid) -> Unusable {
    (ErrorKind::InvalidRequest, why)
}

/// Where the key came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFrom {
    /// The caller or the environment.
    Caller,
    /// The credentials file.
    File,
    /// Nowhere.
    Nowhere,
}

impl Connection {
    pub(crate) fn new(base_url: String, api_key: Result<ApiKey, Invalid>, key_from: KeyFrom) -> Arc<Self> {
        let credential = match &api_key {
            Ok(key) => authorize(SERVICE.auth, key),
            Err(why) => Err(why.clone()),
        };
        Arc::new(Self { base_url, api_key, credential, key_from })
    }

    /// Looks everything up. What fails here fails the call, whether or not it needs the key.
    pub(crate) fn find(given: &Given, system: &Host) -> Result<Arc<Self>, Unusable> {
        Self::look_up(given, system, true)
    }

    /// The same for getting a key: a profile that isn't there is one to be made.
    pub(crate) fn find_for_new_key(given: &Given, system: &Host) -> Result<Arc<Self>, Unusable> {
        Self::look_up(given, system, false)
    }

    fn look_up(given: &Given, system: &Host, needs_profile: bool) -> Result<Arc<Self>, Unusable> {
        let base_url = match &given.base_url {
            Some(url) => Some(url.clone()),
            None => {
                let set = system.set_variable(SERVICE.base_url_env);
                let origin = format!("`{}`", SERVICE.base_url_env);
                set.map(|url| base_url::checked(&url, &origin, given.allow_insecure)).transpose().map_err(setting)?
            }
        };
        let key = match &given.api_key {
            Some(key) => Some(key.clone()),
            None => match system.set_variable(SERVICE.api_key_env) {
                Some(text) => Some(ApiKey::new(&text, SERVICE.key_prefix, &format!("`{}`", SERVICE.api_key_env))?),
                None => None,
            },
        };
        // Who gave both needs no file, and isn't stopped by one that can't be read.
        let needs_file = key.is_none() || base_url.is_none();
        let stored = if needs_file { Stored::find(system)? } else { Stored::default() };
        if needs_profile {
            stored.has_named_profile()?;
        }
        let stored_url = stored.base_url(given.allow_insecure)?;
        let base_url = match base_url.or_else(|| stored_url.clone()) {
            Some(url) => url,
            None => own_base_url(given.allow_insecure).map_err(setting)?,
        };
        if let Some(key) = key {
            return Ok(Self::new(base_url, Ok(key), KeyFrom::Caller));
        }
        let Some(key) = stored.api_key()? else {
            return Ok(Self::new(base_url, Err(stored.no_key()), KeyFrom::Nowhere));
        };
        let home = match stored_url {
            Some(url) => url,
            None => own_base_url(true).map_err(setting)?,
        };
        let api_key = if origin(&home) == origin(&base_url) {
            Ok(key)
        } else {
            Err(Invalid::new(format!(
                "the key of profile {} is for {}, not for {}: give the key for it{}",
                stored.profile_name,
                origin(&home),
                origin(&base_url),
                SERVICE.credentials.map(|place| format!(", or set {}", place.profile_env)).unwrap_or_default(),
            )))
        };
        Ok(Self::new(base_url, api_key, KeyFrom::File))
    }

    /// Returns the scheme, host and port of the service.
    pub(crate) fn origin(&self) -> String {
        origin(&self.base_url)
    }
}

/// Returns the scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// The service's own base URL.
fn own_base_url(allow_insecure: bool) -> Result<String, Invalid> {
    let Some(own) = SERVICE.base_url else {
        let variable = SERVICE.base_url_env;
        return Err(Invalid::new(format!("no base URL: neither `base_url` was given nor is `{variable}` set")));
    };
    base_url::checked(own, "the service's description", allow_insecure)
}

/// What the credentials file says.
#[derive(Default)]
pub(crate) struct Stored {
    place: Option<CredentialsPlace>,
    path: PathBuf,
    profile_name: String,
    is_named: bool,
    file: Option<CredentialsFile>,
}

impl Stored {
    /// Reads the file, if this service has one and it is there.
    pub(crate) fn find(system: &Host) -> Result<Self, Invalid> {
        let (Some(place), Some(home)) = (SERVICE.credentials, system.home()) else {
            return Ok(Self { place: SERVICE.credentials, ..Self::default() });
        };
        let named = system.set_variable(place.profile_env);
        let path = place.file.split('/').fold(home, |folder, name| folder.join(name));
        let file = CredentialsFile::read(&path)?;
        let is_named = named.is_some();
        let profile_name = named.unwrap_or_else(|| place.profile.to_owned());
        Ok(Self { place: Some(place), path, profile_name, is_named, file })
    }

    /// Whoever names a profile is not to be given another one's absence for an answer.
    fn has_named_profile(&self) -> Result<(), Invalid> {
        if self.is_named && self.profile().is_none() {
            return Err(Invalid::new(format!("{} has no profile {}", self.path.display(), self.profile_name)));
        }
        Ok(())
    }

    /// Where the file is or would be; nowhere, if there is no home folder.
    pub(crate) fn path(&self) -> Option<&Path> {
        Some(&*self.path).filter(|path| !path.as_os_str().is_empty())
    }

    /// Writes a key and its base URL into the profile.
    pub(crate) fn keep(self, api_key: &str, base_url: &str) -> io::Result<()> {
        let file = self.file.unwrap_or_else(|| CredentialsFile::new(self.path));
        file.write(&self.profile_name, &[("api_key", api_key), ("base_url", base_url)])
    }

    fn profile(&self) -> Option<&Profile> {
        self.file.as_ref()?.profile(&self.profile_name)
    }

    fn base_url(&self, allow_insecure: bool) -> Result<Option<String>, Invalid> {
        let url = self.profile().and_then(|profile| profile.get("base_url"));
        url.map(|url| base_url::checked(url, &self.path.display().to_string(), allow_insecure)).transpose()
    }

    pub(crate) fn api_key(&self) -> Result<Option<ApiKey>, Invalid> {
        let key = self.profile().and_then(|profile| profile.get("api_key"));
        key.map(|key| ApiKey::new(key, SERVICE.key_prefix, &self.path.display().to_string())).transpose()
    }

    fn no_key(&self) -> Invalid {
        let variable = SERVICE.api_key_env;
        let Some(place) = self.place else {
            return Invalid::new(format!("no API key: neither `api_key` was given nor is `{variable}` set"));
        };
        let name = if self.profile_name.is_empty() { place.profile } else { &self.profile_name };
        let lack = match self.profile() {
            Some(_) => format!("profile {name} of ~/{} has no api_key", place.file),
            None => format!("~/{} has no profile {name}", place.file),
        };
        Invalid::new(format!("no API key: not given, {variable} is not set, and {lack}; {} gets one", place.get_key))
    }
}
