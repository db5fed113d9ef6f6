//! Settings that can hold, but hardly do what was meant.

use std::net::SocketAddr;

use super::Config;

impl Config {
    /// A sentence on each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.embedded && !self.is_alone() {
            warnings.push(
                "the embedded store is this gateway's alone: others on the same database can't reach what it keeps; \
                 for several gateways set `embedded = false` and configure a `[[vendor]]`"
                    .to_owned(),
            );
        }
        if self.signs_for_itself() {
            let works = reachable(self.s3_listen).ip();
            warnings.push(format!(
                "signed URLs of the embedded store begin with http://{works}, so they work on this machine only; set \
                 `public_s3_url` to what clients call"
            ));
        }
        warnings
    }

    /// Whether the store listens to other machines while signed URLs name this one.
    pub fn signs_for_itself(&self) -> bool {
        self.embedded && self.public_s3_url.is_none() && self.s3_listen.ip().is_unspecified()
    }

    /// What signed URLs of the embedded store begin with, where it listens at this address.
    pub fn s3_url(&self, listens: SocketAddr) -> String {
        self.public_s3_url.clone().unwrap_or_else(|| format!("http://{}", reachable(listens)))
    }
}

/// The address that a client on this machine can call.
fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    let loopback: std::net::IpAddr =
        if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
    SocketAddr::new(loopback, address.port())
}
