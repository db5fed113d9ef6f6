//! One signed call to the engine, with its limits and retries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use chrono::Utc;
use md5::{Digest as _, Md5};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;

use super::errors::{Doing, Failure, Lost};
use super::{Limits, S3Vendor};
use crate::vendor::address::Endpoint;
use crate::vendor::sign::Request;

/// The most bytes of an answer. A page of 1000 of the longest keys has about 6 MB.
const LONGEST: usize = 16 * 1024 * 1024;

/// What is asked of the engine. All of our calls can be made twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    method: &'a str,
    /// What for, before the bucket's name.
    what: &'a str,
    bucket: &'a str,
    region: &'a str,
    key: Option<&'a str>,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
    once: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: &'a str, what: &'a str, bucket: &'a str, region: &'a str) -> Self {
        Self { method, what, bucket, region, key: None, query: &[], headers: &[], body: "", once: false }
    }

    pub(super) fn key(self, key: &'a str) -> Self {
        Self { key: Some(key), ..self }
    }

    pub(super) fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    pub(super) fn headers(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }

    pub(super) fn body(self, body: &'a str) -> Self {
        Self { body, ..self }
    }

    /// Without retries.
    pub(super) fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

/// What the engine answered, with a status of 2xx.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Bytes,
}

/// What came back, whatever it says.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The client that all calls of a vendor go through.
pub(super) fn client(endpoint: &Endpoint, limits: &Limits) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(limits.connect)
        .timeout(limits.attempt)
        .tcp_nodelay(true)
        .user_agent(concat!("infrai-gateway/", env!("CARGO_PKG_VERSION")));
    if endpoint.is_loopback() {
        builder = builder.no_proxy();
    }
    if endpoint.is_localhost() {
        builder = builder.dns_resolver(Arc::new(Loopback));
    }
    builder.build().map_err(|error| format!("can't make an HTTP client: {}", super::errors::root(&error)))
}

/// For `localhost` and what is below it, as a bucket's host is: not every system's resolver knows those names (RFC 6761, 6.3).
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        // The port is the URL's.
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

impl S3Vendor {
    /// Calls, and again if that may help. Any answer but 2xx is a failure.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let begun = Instant::now();
        let retries = if call.once { 0 } else { self.limits.retries };
        let mut attempt = 0;
        loop {
            let left = self.limits.total.saturating_sub(begun.elapsed());
            let failure = match self.attempt(call, left).await {
                Ok(answer) => return Ok(answer),
                // Tried again is only what had no definite answer.
                Err(failure) => Failure { unsure: attempt > 0, ..failure },
            };
            let wait = wait(attempt);
            if attempt >= retries || !failure.again || begun.elapsed() + wait >= self.limits.total {
                return Err(failure);
            }
            tracing::debug!(vendor = self.who.name, error = %failure.error, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: Call<'_>, left: Duration) -> Result<Answer, Failure> {
        let doing = self.doing(call.what, call.bucket, call.region);
        let url = self.endpoint.url(call.region, Some(call.bucket), call.key, call.query);
        let url = url.map_err(|error| doing.lost(Lost::Unsendable(error)))?;
        let parsed = Url::parse(&url).ok().filter(|parsed| parsed.as_str() == url);
        let parsed = parsed.ok_or_else(|| doing.lost(Lost::Unsendable("the name has no URL of its own".to_owned())))?;
        let mut headers = call.headers.to_vec();
        let md5 = STANDARD.encode(Md5::digest(call.body));
        if !call.body.is_empty() {
            headers.push(("content-md5", &md5));
        }
        let request = Request { method: call.method, url: &url, region: call.region, headers: &headers };
        let signature = self.signer.headers(request, call.body.as_bytes(), Utc::now());
        let signature = signature.map_err(|error| doing.lost(Lost::Unsendable(error)))?;
        let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap_or_default();
        let mut builder = self.client.request(method, parsed).timeout(left.min(self.limits.attempt));
        for (name, value) in headers.iter().copied().chain(signature.iter().map(|(name, value)| (&**name, &**value))) {
            builder = builder.header(name, value);
        }
        if !call.body.is_empty() {
            builder = builder.body(call.body.to_owned());
        }
        let raw = fetch(builder).await.map_err(|lost| doing.lost(lost))?;
        doing.judge(raw)
    }

    pub(super) fn doing<'a>(&'a self, what: &'a str, bucket: &'a str, region: &str) -> Doing<'a> {
        Doing { who: &self.who, host: self.endpoint.authority(region), what, bucket, limits: self.limits }
    }

    /// An answer of 2xx that makes no sense.
    pub(super) fn odd(&self, what: &str, bucket: &str, region: &str, error: &str) -> crate::vendor::VendorError {
        self.doing(what, bucket, region).odd(error)
    }
}

async fn fetch(builder: reqwest::RequestBuilder) -> Result<Raw, Lost> {
    let mut response = builder.send().await.map_err(Lost::Connection)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Lost::Connection)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(Lost::Endless);
        }
        body.extend_from_slice(&chunk);
    }
    let headers = std::mem::take(response.headers_mut());
    Ok(Raw { status: response.status().as_u16(), headers, body: body.freeze() })
}

/// 0.2 s, then 0.4 s, of which up to a half is left out by chance, so that replicas don't come back all at once.
fn wait(attempt: u32) -> Duration {
    let mut random = [0; 2];
    // Without chance the wait is the whole one.
    let part = getrandom::fill(&mut random).map_or(0, |()| u16::from_ne_bytes(random));
    let whole = Duration::from_millis(200) * 2_u32.saturating_pow(attempt);
    whole.saturating_sub(whole / 2 * u32::from(part) / u32::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_between_a_half_and_the_whole() {
        for attempt in 0..2 {
            let whole = Duration::from_millis(200 << attempt);
            for _ in 0..100 {
                let wait = wait(attempt);
                assert!(wait >= whole / 2 && wait <= whole, "{wait:?}");
            }
        }
    }
}
