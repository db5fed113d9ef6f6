//! The client: what all calls share.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderMap;

use crate::builder::ClientBuilder;
use crate::connection::{Connection, Given, Unusable};
use crate::error::Error;
use crate::failure;
use crate::generated::service::SERVICE;
use crate::internal::redact;
use crate::log::Log;
use crate::retry::Tokens;
use crate::service::Auth;
use crate::system::Host;
use crate::transport::Transport;

/// A client of the service.
///
/// Cheap to clone, and to be shared between tasks and threads: clones use the same connections. Calls need a Tokio runtime;
/// those of the `blocking::Client`, which the feature `blocking` adds, need none.
///
/// Printed with `{:?}` it shows the API key only by its prefix and last 4 characters, and of headers only the names.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) given: Given,
    /// Where the service is and with which key it is called, once that was looked up.
    pub(crate) connection: RwLock<Option<Arc<Connection>>>,
    /// Held while a key is got.
    #[allow(dead_code, reason = "only for a service that gives keys")]
    pub(crate) activating: tokio::sync::Mutex<()>,
    pub(crate) system: Host,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) max_retries: u32,
    pub(crate) tokens: Tokens,
    /// The headers of every request, `User-Agent` among them.
    pub(crate) headers: HeaderMap,
    pub(crate) log: Log,
    pub(crate) transport: Transport,
}

impl Client {
    /// Starts to build a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns a client that takes its API key and base URL from the environment, or from where keys are kept on this machine.
    ///
    /// # Errors
    /// If the variable for the log can't be used. What else is wrong or missing fails the first call, not this.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Returns where the requests go, without a `/` at the end. Looks it up, if no call did so far.
    ///
    /// # Errors
    /// If the environment's can't be used: [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest). If the place where keys
    /// are kept can't be read: [`ErrorKind::Credentials`](crate::ErrorKind::Credentials).
    pub fn base_url(&self) -> Result<String, Error> {
        let connection = self.shared.connection().map_err(|(kind, why)| failure::unusable(kind, &why))?;
        Ok(connection.base_url.clone())
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }
}

impl Shared {
    /// Returns where the service is and with which key it is called; looks it up the first time.
    pub(crate) fn connection(&self) -> Result<Arc<Connection>, Unusable> {
        if let Some(known) = &*self.connection.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(known));
        }
        let mut slot = self.connection.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*slot {
            return Ok(Arc::clone(known));
        }
        let found = Connection::find(&self.given, &self.system)?;
        // What isn't there yet may be there at the next call.
        if found.api_key.is_ok() || SERVICE.auth == Auth::None {
            *slot = Some(Arc::clone(&found));
        }
        Ok(found)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &*self.shared;
        let known = shared.connection.read().unwrap_or_else(PoisonError::into_inner).clone();
        let key = known.as_ref().and_then(|known| known.api_key.as_ref().ok());
        f.debug_struct("Client")
            .field("base_url", &known.as_ref().map(|known| &known.base_url).or(shared.given.base_url.as_ref()))
            .field("api_key", &key.or(shared.given.api_key.as_ref()))
            .field("timeout", &shared.timeout)
            .field("deadline", &shared.deadline)
            .field("max_retries", &shared.max_retries)
            .field("headers", &redact::names(&shared.headers))
            .finish_non_exhaustive()
    }
}
