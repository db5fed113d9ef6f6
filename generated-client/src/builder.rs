//! How a client is configured.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderMap, header};

use crate::base_url;
use crate::client::{Client, Shared};
use crate::credentials::{ApiKey, Environment};
use crate::error::{Error, ErrorKind};
use crate::failure::unusable;
use crate::generated::service::SERVICE;
use crate::internal::{Invalid, redact};
use crate::options::{HeaderLines, header_value, positive};
use crate::transport::Transport;

/// The limit of one attempt, unless the caller sets another.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The limit of connecting, unless the caller sets another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings of a [`Client`] to be.
///
/// Setters only take note; [`build`](ClientBuilder::build) says what can't be used. Printed with `{:?}` it shows no secret.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    api_key: Option<Result<ApiKey, Invalid>>,
    base_url: Option<String>,
    allow_insecure: bool,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    headers: HeaderLines,
    user_agent_suffix: Option<String>,
    http_client: Option<reqwest::Client>,
    environment: Environment,
}

impl ClientBuilder {
    /// Sets the API key, instead of the one in the environment.
    ///
    /// It is sent to the base URL and nowhere else. Empty and blank keys, and keys with non-ASCII or control characters, are
    /// refused.
    pub fn api_key(mut self, key: impl AsRef<str>) -> Self {
        self.api_key = Some(ApiKey::new(key.as_ref(), SERVICE.key_prefix, "`api_key`"));
        self
    }

    /// Sets where the service is, instead of the environment's or the service's own base URL.
    ///
    /// An `http` or `https` URL, perhaps with a path; a `/` at its end changes nothing. It must have no user, query or fragment.
    ///
    /// `https` goes through the proxy that the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). Plain `http` goes
    /// through none, since a proxy would read the API key; give one by [`http_client`](ClientBuilder::http_client) if you
    /// want that.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows plain `http` to other hosts than this machine. The API key and all data can then be read on the way, but they do
    /// not go to a proxy that the environment names.
    pub fn allow_insecure(mut self, allow: bool) -> Self {
        self.allow_insecure = allow;
        self
    }

    /// Limits one attempt, from connecting to the last byte of the answer. 30 seconds, unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Limits connecting: name look-up, TCP and TLS. 5 seconds, unless set.
    ///
    /// Not together with [`http_client`](ClientBuilder::http_client), which has a limit of its own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sends a further header with every request, or another value for one that the client sends by default. An argument of an
    /// operation that is sent as a header of that name goes before.
    ///
    /// Headers that carry the API key or frame the request are refused, and so are line breaks in a value.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Sends further headers with every request, as [`header`](ClientBuilder::header) does.
    pub fn headers<N: Into<String>, V: Into<String>>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        for (name, value) in headers {
            self.headers.push(name, value);
        }
        self
    }

    /// Adds to the `User-Agent`, after a space: `my-app/1.2`, for example.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Sends over this HTTP client: for a proxy, for certificates of your own, or to share connections.
    ///
    /// Its own connect timeout, proxies, redirect policy, retries and default headers apply. Build it with `redirect::Policy::none()`:
    /// otherwise it follows redirects, and while reqwest keeps `Authorization` from another host, port or scheme, it repeats
    /// every other header there.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Reads environment variables through `lookup`. For tests, which can't set variables safely.
    #[doc(hidden)]
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Environment::new(lookup);
        self
    }

    /// Returns the client. This sends and reads nothing; the API key, if none was given, is looked up at the first call.
    ///
    /// # Errors
    /// If a setting can't be used: [`ErrorKind::Credentials`] for the API key, [`ErrorKind::InvalidRequest`] for the others.
    pub fn build(self) -> Result<Client, Error> {
        let invalid = |why: Invalid| unusable(ErrorKind::InvalidRequest, &why);
        let key = match self.api_key {
            Some(key) => OnceLock::from(key.map_err(|why| unusable(ErrorKind::Credentials, &why))?),
            None => OnceLock::new(),
        };
        let base_url = base_url(self.base_url, &self.environment, self.allow_insecure).map_err(invalid)?;
        let timeout = positive("timeout", self.timeout.unwrap_or(TIMEOUT)).map_err(invalid)?;
        let headers = headers(&self.headers, self.user_agent_suffix).map_err(invalid)?;
        let transport = match (self.http_client, self.connect_timeout) {
            (None, limit) => {
                let limit = positive("connect_timeout", limit.unwrap_or(CONNECT_TIMEOUT)).map_err(invalid)?;
                Transport::new(limit, base_url.starts_with("http:"))
            }
            (Some(client), None) => client.into(),
            (Some(_), Some(_)) => {
                return Err(invalid(Invalid::new(
                    "`connect_timeout` has no effect on a given `http_client`: set it there",
                )));
            }
        };
        Ok(Client::new(Shared { base_url, key, environment: self.environment, timeout, headers, transport }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key)
            .field("base_url", &self.base_url.as_deref().map(redact::url))
            .field("allow_insecure", &self.allow_insecure)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("headers", &self.headers)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .finish_non_exhaustive()
    }
}

/// The base URL that was given, else the environment's, else the service's.
fn base_url(given: Option<String>, environment: &Environment, allow_insecure: bool) -> Result<String, Invalid> {
    let variable = SERVICE.base_url_env;
    let (text, origin) = if let Some(given) = given {
        (given, "`base_url`".to_owned())
    } else if let Some(set) = environment.get(variable) {
        (set, format!("`{variable}`"))
    } else if let Some(own) = SERVICE.base_url {
        (own.to_owned(), "the service's description".to_owned())
    } else {
        return Err(Invalid::new(format!("no base URL: neither `base_url` was given nor is `{variable}` set")));
    };
    base_url::checked(&text, &origin, allow_insecure)
}

/// The headers of every request: the user agent, and the caller's.
fn headers(lines: &HeaderLines, user_agent_suffix: Option<String>) -> Result<HeaderMap, Invalid> {
    let mut user_agent = format!("{}-rust/{}", SERVICE.name, env!("CARGO_PKG_VERSION"));
    if let Some(suffix) = user_agent_suffix {
        user_agent = format!("{user_agent} {suffix}");
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, header_value("user_agent_suffix", &user_agent)?);
    headers.extend(lines.checked()?);
    Ok(headers)
}
