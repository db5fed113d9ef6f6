//! S3 vendors for tests, and what a scripted engine answers them.

use std::time::Duration;

use infrai_gateway::state::Access;
use infrai_gateway::vendor::config::VendorConfig;
use infrai_gateway::vendor::s3::{Limits, S3Vendor};
use infrai_gateway::vendor::{Make, ObjectAt};

use crate::http::{Answer, Recorded, Server};

/// A region for all of them.
pub const REGION: &str = "us-east-1";

/// Keys for servers that look at none. They must never be seen in anything that is printed.
pub const KEYS: (&str, &str) = ("AKIDCANARY", "secret-canary");

/// Opens the vendor `v` at an endpoint, with more lines of configuration.
///
/// # Panics
/// If the configuration isn't right.
pub fn open(endpoint: &str, keys: (&str, &str), lines: &str, limits: Limits) -> S3Vendor {
    let text = format!(
        "name = 'v'\nendpoint = '{endpoint}'\nregion = '{REGION}'\naccess_key_env = 'V_ACCESS'\n\
        secret_key_env = 'V_SECRET'\n{lines}"
    );
    let config: VendorConfig = toml::from_str(&text).expect("a configuration");
    let environment = |name: &str| match name {
        "V_ACCESS" => Some(keys.0.to_owned()),
        "V_SECRET" => Some(keys.1.to_owned()),
        _ => None,
    };
    S3Vendor::with_limits(&config, &environment, limits).expect("a vendor")
}

/// Limits for an engine on loopback.
pub fn quick() -> Limits {
    let seconds = Duration::from_secs;
    Limits { connect: seconds(1), attempt: seconds(5), total: seconds(15), retries: 2 }
}

/// A bucket to make.
pub fn make(physical: &str, access: Access) -> Make<'_> {
    Make { physical, region: REGION, access, account: "account", max_bytes: None, again: false }
}

/// An object's place.
pub fn object<'a>(physical: &'a str, access: Access, key: &'a str) -> ObjectAt<'a> {
    ObjectAt { physical, region: REGION, access, key }
}

/// An error of S3, which repeats what it shouldn't.
pub fn error(status: u16, code: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Said of AKIDCANARY.</Message>\
        <StringToSign>secret-canary</StringToSign></Error>"
    );
    Answer::new(status, "application/xml", text)
}

/// An empty answer of 200.
pub fn fine() -> Answer {
    Answer::new(200, "application/xml", "")
}

/// A page of a bucket's objects.
pub fn page(keys: &[&str]) -> Answer {
    let one = |key: &&str| format!("<Contents><Key>{key}</Key></Contents>");
    let keys: String = keys.iter().map(one).collect();
    Answer::new(200, "application/xml", format!("<ListBucketResult>{keys}</ListBucketResult>"))
}

/// A page of uploads in parts.
pub fn uploads(ids: &[&str]) -> Answer {
    let one = |id: &&str| format!("<Upload><Key>a b</Key><UploadId>{id}</UploadId></Upload>");
    let ids: String = ids.iter().map(one).collect();
    Answer::new(200, "application/xml", format!("<ListMultipartUploadsResult>{ids}</ListMultipartUploadsResult>"))
}

/// The request lines, without the version.
pub fn lines(server: &Server) -> Vec<String> {
    let line = |request: Recorded| request.line.trim_end_matches(" HTTP/1.1").to_owned();
    server.requests().into_iter().map(line).collect()
}
