//! The HTTP client underneath: made when it is first needed, or given by the caller.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{redirect, retry};

/// The limit of connecting, unless the caller sets another.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A `reqwest::Client`, or what it takes to make one.
pub(crate) struct Transport {
    /// With the environment's proxies, and without.
    client: [OnceLock<reqwest::Client>; 2],
    connect_timeout: Option<Duration>,
    proxy: Option<reqwest::Proxy>,
    /// The second client, in the same two ways.
    bare: [OnceLock<reqwest::Client>; 2],
}

impl Transport {
    /// A transport that is made at the first call, since making it may read the machine's certificates. Without a `proxy`, it
    /// uses those that the environment names.
    pub(crate) fn new(connect_timeout: Duration, proxy: Option<reqwest::Proxy>) -> Self {
        Self { client: Default::default(), connect_timeout: Some(connect_timeout), proxy, bare: Default::default() }
    }

    /// How long connecting may take, if it is for us to say.
    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// The HTTP client, which follows no redirects and repeats nothing by itself.
    ///
    /// If `direct`, no proxy that the environment names is used: that is for plain `http`, where a proxy would read the API key.
    /// Of `https` it sees only the host.
    pub(crate) fn client(&self, direct: bool) -> reqwest::Result<&reqwest::Client> {
        let [proxied, straight] = &self.client;
        self.made(if direct { straight } else { proxied }, self.connect_timeout, direct)
    }

    /// A second HTTP client, for hosts that are not the service's, and how long it may take to connect. It has nothing of the first but
    /// connect timeout and proxy; nothing at all, if the first was given by the caller.
    #[allow(dead_code, reason = "only for a service that hands out URLs of other hosts")]
    pub(crate) fn bare(&self, direct: bool) -> reqwest::Result<(&reqwest::Client, Duration)> {
        let limit = self.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let [proxied, straight] = &self.bare;
        Ok((self.made(if direct { straight } else { proxied }, Some(limit), direct)?, limit))
    }

    fn made<'c>(
        &self,
        place: &'c OnceLock<reqwest::Client>,
        connect_timeout: Option<Duration>,
        direct: bool,
    ) -> reqwest::Result<&'c reqwest::Client> {
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder().redirect(redirect::Policy::none()).retry(retry::never());
        // Another crate of the program may have switched these on in reqwest, for all. Bytes are taken as they are stored.
        builder = builder.no_gzip().no_brotli().no_zstd().no_deflate();
        if let Some(limit) = connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        let client = match &self.proxy {
            Some(proxy) => builder.proxy(proxy.clone()),
            None if direct => builder.no_proxy(),
            None => builder,
        }
        .build()?;
        // Two first calls may both have made one; both then use the same.
        Ok(place.get_or_init(|| client))
    }
}

impl From<reqwest::Client> for Transport {
    fn from(client: reqwest::Client) -> Self {
        Self {
            client: [client.clone().into(), client.into()],
            connect_timeout: None,
            proxy: None,
            bare: Default::default(),
        }
    }
}
