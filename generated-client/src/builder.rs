//! How a client is configured.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use http::{HeaderMap, header};

use crate::base_url;
use crate::client::{Client, Shared};
use crate::connection::Given;
use crate::credentials::ApiKey;
use crate::error::{Error, ErrorKind};
use crate::failure::unusable;
use crate::generated::service::SERVICE;
use crate::internal::{Invalid, redact};
use crate::log::{Log, Logger};
use crate::options::{HeaderLines, few, header_value, positive};
use crate::retry::{MAX_RETRIES, Tokens};
use crate::system::{Host, System};
use crate::transport::{CONNECT_TIMEOUT, Transport};

/// The limit of one attempt, unless the caller sets another.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The limit of a whole call, unless the caller sets another.
const DEADLINE: Duration = Duration::from_mins(2);

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
    deadline: Option<Duration>,
    max_retries: Option<u32>,
    headers: HeaderLines,
    user_agent_suffix: Option<String>,
    proxy: Option<String>,
    http_client: Option<reqwest::Client>,
    logger: Option<Logger>,
    system: Host,
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
    /// through none, since a proxy would read the API key; set a [`proxy`](ClientBuilder::proxy) if you want that.
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

    /// Limits a whole call, over all attempts and the waits between them. 120 seconds, unless set.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Tries a failed call again at most so often, 0 to 10 times, if it is one that may be repeated and trying again may help.
    /// Twice, unless set.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
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

    /// Sends everything through this proxy, an `http` or `https` URL, instead of those that the environment names.
    ///
    /// A proxy reads what plain `http` carries, the API key in particular; of `https` it sees the host only. Not together with
    /// [`http_client`](ClientBuilder::http_client), which has proxies of its own.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Gives the lines of the log to `logger`, instead of writing them to standard error. How much is logged, the environment
    /// says: `off` (unless set), `error`, `info` or `debug`, in the variable that is the service's name and `_LOG`.
    pub fn logger(mut self, logger: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.logger = Some(Arc::new(logger));
        self
    }

    /// Sends over this HTTP client: for certificates of your own, or to share connections.
    ///
    /// Its own connect timeout, proxies, redirect policy, retries and default headers apply. Build it with `redirect::Policy::none()`:
    /// otherwise it follows redirects, and while reqwest keeps `Authorization` from another host, port or scheme, it repeats
    /// every other header there.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Reads environment variables through `lookup`, and has no home folder. For tests, which can't set variables safely.
    #[doc(hidden)]
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.system = Host::with_variables(lookup);
        self
    }

    /// Takes everything that comes from the machine (variables, clocks, randomness) from `system`. For tests.
    #[doc(hidden)]
    pub fn system(mut self, system: impl System) -> Self {
        self.system = Host::new(system);
        self
    }

    /// Returns the client. This sends nothing and reads no file; the API key, if none was given, is looked up at the first call.
    ///
    /// # Errors
    /// If a setting can't be used: [`ErrorKind::Credentials`] for the API key, [`ErrorKind::InvalidRequest`] for the others.
    pub fn build(self) -> Result<Client, Error> {
        let unusable_key = |why: Invalid| unusable(ErrorKind::Credentials, &why);
        let api_key = self.api_key.clone().transpose().map_err(unusable_key)?;
        self.settings(api_key).map_err(|why| unusable(ErrorKind::InvalidRequest, &why))
    }

    fn settings(self, api_key: Option<ApiKey>) -> Result<Client, Invalid> {
        let base_url =
            self.base_url.map(|url| base_url::checked(&url, "`base_url`", self.allow_insecure)).transpose()?;
        let transport = match self.http_client {
            None => {
                let limit = positive("connect_timeout", self.connect_timeout.unwrap_or(CONNECT_TIMEOUT))?;
                Transport::new(limit, self.proxy.as_deref().map(proxy).transpose()?)
            }
            Some(client) => {
                let set = [("connect_timeout", self.connect_timeout.is_some()), ("proxy", self.proxy.is_some())];
                if let Some((name, _)) = set.iter().find(|(_, is_set)| *is_set) {
                    return Err(Invalid::new(format!("`{name}` has no effect on a given `http_client`: set it there")));
                }
                client.into()
            }
        };
        Ok(Client::new(Shared {
            given: Given { api_key, base_url, allow_insecure: self.allow_insecure },
            connection: RwLock::default(),
            activating: tokio::sync::Mutex::default(),
            timeout: positive("timeout", self.timeout.unwrap_or(TIMEOUT))?,
            deadline: positive("deadline", self.deadline.unwrap_or(DEADLINE))?,
            max_retries: few(self.max_retries.unwrap_or(MAX_RETRIES))?,
            tokens: Tokens::default(),
            headers: headers(&self.headers, self.user_agent_suffix)?,
            log: Log::new(&self.system, self.logger)?,
            transport,
            system: self.system,
        }))
    }
}

impl ClientBuilder {
    /// A URL of the caller's, which may be none: a password in it may have a `/` or `?` that isn't encoded, and the key may stand anywhere.
    fn shown(&self, url: &str) -> String {
        let without_user = match (url.split_once("//"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, rest))) => format!("{scheme}//{rest}"),
            // What is no URL may be a user and a password for one.
            _ if !url.contains("//") => return "…".to_owned(),
            _ => url.to_owned(),
        };
        redact::text(&redact::url(&without_user), self.api_key.as_ref().and_then(|key| key.as_ref().ok()))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key)
            .field("base_url", &self.base_url.as_deref().map(|url| self.shown(url)))
            .field("proxy", &self.proxy.as_deref().map(|url| self.shown(url)))
            .field("allow_insecure", &self.allow_insecure)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("deadline", &self.deadline)
            .field("max_retries", &self.max_retries)
            .field("headers", &self.headers)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .finish_non_exhaustive()
    }
}

fn proxy(url: &str) -> Result<reqwest::Proxy, Invalid> {
    // What is wrong with it isn't told, since the text may have a password in it. To what speaks another protocol, HTTP would be
    // spoken all the same, and the key with it.
    let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let proxy = parsed.and_then(|url| reqwest::Proxy::all(url).ok());
    proxy.ok_or_else(|| Invalid::new("`proxy` is not an `http://` or `https://` URL"))
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
