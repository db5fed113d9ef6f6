//! The HTTP client underneath: made when it is first needed, or given by the caller.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{redirect, retry};

/// A `reqwest::Client`, or what it takes to make one.
pub(crate) struct Transport {
    client: OnceLock<reqwest::Client>,
    connect_timeout: Duration,
    direct: bool,
}

impl Transport {
    /// A transport that is made at the first call, since making it may read the machine's certificates.
    ///
    /// If `direct`, no proxy that the environment names is used. That is for plain `http`: a proxy would read the API key. Of
    /// `https` it sees only the host.
    pub(crate) fn new(connect_timeout: Duration, direct: bool) -> Self {
        Self { client: OnceLock::new(), connect_timeout, direct }
    }

    /// The HTTP client, which follows no redirects and repeats nothing by itself.
    pub(crate) fn client(&self) -> reqwest::Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never());
        let client = if self.direct { builder.no_proxy() } else { builder }.build()?;
        // Two first calls may both have made one; both then use the same.
        Ok(self.client.get_or_init(|| client))
    }
}

impl From<reqwest::Client> for Transport {
    fn from(client: reqwest::Client) -> Self {
        Self { client: client.into(), connect_timeout: Duration::ZERO, direct: false }
    }
}
