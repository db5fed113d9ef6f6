//! Getting a key: a trial account from the service, kept in the credentials file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use http::Method;
use serde::Deserialize;

use crate::base_url;
use crate::client::Client;
use crate::connection::{Connection, KeyFrom, Stored, origin};
use crate::credentials::ApiKey;
use crate::credentials_lock::CredentialsLock;
use crate::error::{Error, ErrorKind};
use crate::failure;
use crate::generated::service::SERVICE;
use crate::internal::Invalid;

/// The operation, as errors and logs name it.
const OPERATION: &str = "activate";

/// A key that works, and where it is kept.
///
/// Printed with `{:?}` it shows the key only by its prefix and last 4 characters.
#[derive(Clone)]
pub struct Activation {
    api_key: ApiKey,
    base_url: String,
    file: Option<PathBuf>,
    kept: bool,
}

impl Activation {
    /// Returns the key as it may be shown: `ifr_pk_…` and its last 4 characters.
    pub fn shown_key(&self) -> &str {
        self.api_key.redacted()
    }

    /// Returns where the service is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the credentials file that the key was written to; none if one was there that works, or there is no home folder.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns whether there was a key that works. Then nothing was asked for or written.
    pub fn kept(&self) -> bool {
        self.kept
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activation")
            .field("api_key", &self.api_key)
            .field("base_url", &self.base_url)
            .field("file", &self.file)
            .field("kept", &self.kept)
            .finish()
    }
}

/// What the service answers.
#[derive(Deserialize)]
struct Account {
    api_key: String,
    base_url: Option<String>,
}

impl Client {
    /// Makes sure that there is a key: keeps the one that is found, if it works, else asks the service for a trial account and
    /// writes its key into `~/.infrai/credentials` (mode 0600), where all clients look for it. This client uses it from then on.
    ///
    /// # Errors
    /// If the key that was given, or is in the environment, is refused (401): it would go before a new one. If the service gives
    /// none, or it can't be written.
    pub async fn activate(&self) -> Result<Activation, Error> {
        // Two at once would make two accounts.
        let _one_at_a_time = self.shared.activating.lock().await;
        let result = self.find_or_get_key().await;
        if result.is_err() {
            // Another process may get a key; this client then finds it.
            let mut slot = self.shared.connection.write().unwrap_or_else(PoisonError::into_inner);
            if slot.as_ref().is_some_and(|known| known.api_key.is_err()) {
                *slot = None;
            }
        }
        result
    }

    async fn find_or_get_key(&self) -> Result<Activation, Error> {
        let unusable = |why: Invalid| {
            let error = failure::refused(ErrorKind::Credentials, OPERATION, &why);
            self.shared.log.error(&error);
            error
        };
        let connection = Connection::find_for_new_key(&self.shared.given, &self.shared.system)
            .map_err(|(kind, why)| failure::refused(kind, OPERATION, &why))?;
        if let (KeyFrom::File, Err(why)) = (connection.key_from, &connection.api_key) {
            return Err(unusable(why.clone()));
        }
        self.set_connection(&connection);
        if let Ok(key) = &connection.api_key {
            match self.storage().bucket().list().send().await {
                Err(error) if error.is_authentication() && connection.key_from == KeyFrom::File => {}
                Err(error) if error.is_authentication() || error.status().is_none() => return Err(error),
                _ => {
                    let base_url = connection.base_url.clone();
                    return Ok(Activation { api_key: key.clone(), base_url, file: None, kept: true });
                }
            }
        }
        let request = self.request(Method::POST, "/v1/activate").named(OPERATION).without_key();
        let account: Account = request.send().await?;
        let mut api_key = ApiKey::new(&account.api_key, SERVICE.key_prefix, "the service").map_err(unusable)?;
        if let Ok(refused) = &connection.api_key {
            api_key = api_key.in_place_of(refused.clone());
        }
        let base_url = connection.base_url.clone();
        self.set_connection(&Connection::new(base_url.clone(), Ok(api_key.clone()), KeyFrom::File));
        // The file's key is for the file's base URL. Whoever said where the service is will say so again; else the service may
        // know better, as long as it is the same place.
        let given = &self.shared.given;
        let told = account.base_url.filter(|_| given.base_url.is_none());
        let told = told.and_then(|told| base_url::checked(&told, "the service", given.allow_insecure).ok());
        let told = told.filter(|told| origin(told) == origin(&base_url)).unwrap_or_else(|| base_url.clone());
        let lost = |why: String| {
            let lost = "this client has it, and the next will need another";
            unusable(Invalid::new(format!("the key can't be kept in ~/{}: {why}; {lost}", place())))
        };
        let stored = Stored::find(&self.shared.system).map_err(unusable)?;
        let Some(file) = stored.path().map(Path::to_owned) else {
            return Ok(Activation { api_key, base_url, file: None, kept: false });
        };
        let locked = CredentialsLock::take(&file, &self.shared.system).await;
        let _locked = locked.map_err(|fault| lost(fault.to_string()))?;
        // Read only now: others may have written it in the meantime.
        let stored = Stored::find(&self.shared.system).map_err(unusable)?;
        let before = connection.api_key.as_ref().ok().map(ApiKey::expose);
        if stored.api_key().is_ok_and(|key| key.is_some_and(|key| Some(key.expose()) != before)) {
            let theirs = Connection::find_for_new_key(&self.shared.given, &self.shared.system)
                .map_err(|(kind, why)| failure::refused(kind, OPERATION, &why))?;
            if let Ok(key) = &theirs.api_key {
                self.set_connection(&theirs);
                return Ok(Activation {
                    api_key: key.clone(),
                    base_url: theirs.base_url.clone(),
                    file: None,
                    kept: true,
                });
            }
        }
        stored.keep(api_key.expose(), &told).map_err(|fault| lost(fault.to_string()))?;
        Ok(Activation { api_key, base_url, file: Some(file), kept: false })
    }

    fn set_connection(&self, connection: &Arc<Connection>) {
        *self.shared.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(connection));
    }
}

#[cfg(feature = "blocking")]
impl crate::blocking::Client {
    /// Makes sure that there is a key: keeps the one that is found, if it works, else asks the service for a trial account and
    /// writes its key into `~/.infrai/credentials` (mode 0600), where all clients look for it. This client uses it from then on.
    ///
    /// # Errors
    /// As those of the async [`Client::activate`].
    pub fn activate(&self) -> Result<Activation, Error> {
        self.block_on(OPERATION, self.inner().activate())?
    }
}

fn place() -> &'static str {
    SERVICE.credentials.map_or("", |place| place.file)
}
