//! A server that is measured, and the requests that it understands.

use std::net::SocketAddr;
use std::process::Command;

use chrono::Utc;
use infrai_gateway::vendor::address::{Endpoint, Style};
use infrai_gateway::vendor::credentials::Credentials;
use infrai_gateway::vendor::sign::{Request, Signer};

use crate::program::Program;

const REGION: &str = "us-east-1";

/// A server that keeps objects.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Version, and what a reader of its numbers must know.
    pub(crate) about: String,
    pub(crate) address: SocketAddr,
    pub(crate) process: Program,
    /// Where it speaks S3; without, plain paths do.
    pub(crate) s3: Option<S3>,
}

/// A bucket, and who may use it.
pub(crate) struct S3 {
    signer: Signer,
    endpoint: Endpoint,
    bucket: String,
}

impl S3 {
    pub(crate) fn new(address: SocketAddr, access_key: &str, secret_key: &str, bucket: &str) -> Self {
        let signer = Signer::new(&Credentials {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            session_token: None,
            from: "the benchmark".to_owned(),
        });
        let endpoint = Endpoint::new(&format!("http://{address}"), Style::Path).unwrap();
        Self { signer, endpoint, bucket: bucket.to_owned() }
    }

    /// Path and query of a signed URL, of the bucket itself if there is no key.
    fn signed(&self, method: &str, key: Option<&str>) -> String {
        let url = self.endpoint.url(REGION, Some(&self.bucket), key, &[]).unwrap();
        let request = Request { method, url: &url, region: REGION, headers: &[] };
        let (url, _) = self.signer.presign(request, 24 * 3600, Utc::now()).unwrap();
        url.strip_prefix(&self.endpoint.to_string()).unwrap().to_owned()
    }

    /// The request that makes the bucket.
    pub(crate) fn make_bucket(&self, address: SocketAddr) -> Vec<u8> {
        head(address, "PUT", &self.signed("PUT", None), Some(0))
    }
}

impl Target {
    /// The head of an upload.
    pub(crate) fn put(&self, key: &str, size: u64) -> Vec<u8> {
        head(self.address, "PUT", &self.path("PUT", key), Some(size))
    }

    /// A download.
    pub(crate) fn get(&self, key: &str) -> Vec<u8> {
        head(self.address, "GET", &self.path("GET", key), None)
    }

    fn path(&self, method: &str, key: &str) -> String {
        self.s3.as_ref().map_or_else(|| format!("/{key}"), |s3| s3.signed(method, Some(key)))
    }
}

fn head(address: SocketAddr, method: &str, path: &str, size: Option<u64>) -> Vec<u8> {
    let length = size.map(|size| format!("Content-Length: {size}\r\n")).unwrap_or_default();
    format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{length}\r\n").into_bytes()
}

/// Lets the disk finish what the one before left to be written, so that the next doesn't pay for it.
pub(crate) fn settle() {
    // Without the command, the numbers are only less even.
    let _ = Command::new("sync").arg("-f").arg(std::env::temp_dir()).status();
}
