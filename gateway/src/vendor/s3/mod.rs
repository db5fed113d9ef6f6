//! Any engine that speaks S3, as a vendor. Bytes of objects never come through here.

mod access;
mod empty;
mod errors;
mod send;
mod xml;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use self::errors::Who;
use self::send::Call;
use super::address::Endpoint;
use super::config::{Checked, Public, VendorConfig};
use super::sign::{Request, Signer};
use super::{About, Make, Method, NotMade, ObjectAt, Signed, Vendor, VendorError};
use crate::state::Access;

/// How long calls may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To connect.
    pub connect: Duration,
    /// One attempt, connecting and the whole answer included.
    pub attempt: Duration,
    /// All attempts and the waits between them.
    pub total: Duration,
    /// How often a call is tried again.
    pub retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), attempt: seconds(20), total: seconds(25), retries: 2 }
    }
}

/// An S3 engine.
#[derive(Debug)]
pub struct S3Vendor {
    about: About,
    who: Who,
    endpoint: Endpoint,
    public_endpoint: Endpoint,
    public: Public,
    location_constraint: bool,
    public_access_block: bool,
    signer: Signer,
    client: reqwest::Client,
    limits: Limits,
    /// A bucket that nobody has: asking for it shows that the credentials are taken.
    nobodys: String,
}

impl S3Vendor {
    /// Reads the credentials and gets ready; asks nobody. `environment` looks a variable up.
    ///
    /// # Errors
    /// A sentence that names the vendor and what to do.
    pub fn open(config: &VendorConfig, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        Self::with_limits(config, environment, Limits::default())
    }

    /// The same, with other limits.
    ///
    /// # Errors
    /// As [`S3Vendor::open`].
    pub fn with_limits(
        config: &VendorConfig,
        environment: &dyn Fn(&str) -> Option<String>,
        limits: Limits,
    ) -> Result<Self, String> {
        let Checked { about, endpoint, public_endpoint, credentials, public, location_constraint, public_access_block } =
            config.check()?;
        let name = about.name.clone();
        let credentials = credentials.read(environment).map_err(|error| format!("vendor `{name}`: {error}"))?;
        let client = send::client(&endpoint, &limits).map_err(|error| format!("vendor `{name}`: {error}"))?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| format!("this system gives no random numbers: {error}"))?;
        let nobodys = format!("infrai-probe-{:016x}", u64::from_ne_bytes(random));
        let signer = Signer::new(&credentials);
        let who = Who { name, credentials };
        Ok(Self {
            about,
            who,
            endpoint,
            public_endpoint,
            public,
            location_constraint,
            public_access_block,
            signer,
            client,
            limits,
            nobodys,
        })
    }

    fn refused(&self, text: &str) -> VendorError {
        VendorError::Refused(format!("vendor `{}`: {text}", self.who.name))
    }
}

#[async_trait]
impl Vendor for S3Vendor {
    fn about(&self) -> &About {
        &self.about
    }

    async fn make_bucket(&self, bucket: &Make<'_>) -> Result<(), NotMade> {
        self.make(bucket).await
    }

    /// Asks for a page of the bucket, not its head: an answer without a body could be any web server's.
    async fn has_bucket(&self, physical: &str, region: &str) -> Result<bool, VendorError> {
        self.has(physical, region).await
    }

    async fn remove_bucket(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        self.remove(physical, region).await
    }

    async fn empty_bucket(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        self.empty(physical, region).await
    }

    async fn delete_object(&self, object: ObjectAt<'_>) -> Result<(), VendorError> {
        let call = Call::new("DELETE", "delete an object of", object.physical, object.region).key(object.key);
        match self.call(call).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.code == "NoSuchKey" => Ok(()),
            Err(failure) => Err(failure.error),
        }
    }

    fn presign(
        &self,
        object: ObjectAt<'_>,
        method: Method,
        seconds: u32,
        now: DateTime<Utc>,
    ) -> Result<Signed, VendorError> {
        let acl = match object.access {
            Access::Public => "public-read",
            Access::Private => "private",
        };
        let headers: &[(&str, &str)] = match (method, self.public) {
            // A signed header can't be left out or changed.
            (Method::Put, Public::ObjectAcl) => &[("x-amz-acl", acl)],
            _ => &[],
        };
        let method = match method {
            Method::Get => "GET",
            Method::Put => "PUT",
        };
        let url = self.public_endpoint.url(object.region, Some(object.physical), Some(object.key), &[]);
        let url = url.map_err(|error| self.refused(&error))?;
        let request = Request { method, url: &url, region: object.region, headers };
        let (url, expires_at) = self.signer.presign(request, seconds, now).map_err(|error| self.refused(&error))?;
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Signed { url, headers, expires_at })
    }

    /// Asks for a bucket that nobody has. That is small however many buckets there are, and needs no right to list them.
    async fn probe(&self) -> Result<Duration, VendorError> {
        let region = self.about.regions.first().map_or("", String::as_str);
        let call = Call::new("GET", "look for", &self.nobodys, region);
        let begun = Instant::now();
        match self.call(call.query(&[("list-type", "2"), ("max-keys", "1")]).once()).await {
            Err(failure) if failure.code == "NoSuchBucket" => Ok(begun.elapsed()),
            Err(failure) => Err(failure.error),
            Ok(_) => {
                Err(self.odd("look for", &self.nobodys, region, "it says that it has a bucket that nobody has made"))
            }
        }
    }
}

impl S3Vendor {
    async fn has(&self, physical: &str, region: &str) -> Result<bool, VendorError> {
        let call = Call::new("GET", "look for", physical, region).query(&[("list-type", "2"), ("max-keys", "1")]);
        match self.call(call).await {
            Ok(answer) => {
                xml::page(&answer.body).map(|_| true).map_err(|error| self.odd("look for", physical, region, &error))
            }
            Err(failure) if failure.code == "NoSuchBucket" => Ok(false),
            Err(failure) => Err(failure.error),
        }
    }

    async fn remove(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        match self.call(Call::new("DELETE", "remove", physical, region)).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.code == "NoSuchBucket" => Ok(()),
            Err(failure) => Err(failure.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presign(lines: &str, method: Method, access: Access, key: &str, seconds: u32) -> Result<Signed, VendorError> {
        let text = format!(
            "name = 'v'\nendpoint = 'http://10.0.0.1:9000'\nregion = 'r'\naccess_key_env = 'A'\n\
            secret_key_env = 'S'\n{lines}"
        );
        let config: VendorConfig = toml::from_str(&text).expect("a configuration");
        let vendor = S3Vendor::open(&config, &|name| Some(format!("key-{name}"))).expect("a vendor");
        assert!(!format!("{vendor:?}").contains("key-S"), "{vendor:?}");
        let object = ObjectAt { physical: "b", region: "r", access, key };
        vendor.presign(object, method, seconds, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn signed_urls_lead_where_clients_reach_it() {
        let signed = presign("", Method::Get, Access::Private, "a/ü", 9).expect("a URL");
        assert!(signed.url.starts_with("http://10.0.0.1:9000/b/a/%C3%BC?X-Amz-Algorithm="), "{}", signed.url);
        assert_eq!(signed.expires_at.timestamp(), 9);
        let other =
            presign("public_url = 'https://s3.example'", Method::Get, Access::Private, "a/ü", 9).expect("a URL");
        assert!(other.url.starts_with("https://s3.example/b/a/%C3%BC?"), "{}", other.url);
        let signature = |url: &str| url.split_once("X-Amz-Signature=").map(|(_, rest)| rest.to_owned());
        assert_ne!(signature(&signed.url), signature(&other.url), "the host is signed");
    }

    #[test]
    fn only_an_acl_of_objects_is_a_header_of_uploads() {
        let headers = |lines, method, access| presign(lines, method, access, "k", 9).expect("a URL").headers;
        let acl = |value: &str| vec![("x-amz-acl".to_owned(), value.to_owned())];
        let way = "public = 'object-acl'";
        assert_eq!(headers(way, Method::Put, Access::Public), acl("public-read"));
        assert_eq!(headers(way, Method::Put, Access::Private), acl("private"));
        assert_eq!(headers(way, Method::Get, Access::Public), []);
        for way in ["", "public = 'acl'", "public = 'policy'"] {
            assert_eq!(headers(way, Method::Put, Access::Public), []);
        }
    }

    #[test]
    fn what_cant_be_signed_is_refused() {
        for (key, seconds) in [("k", 0), ("k", 604_801), ("", 9), ("../k", 9)] {
            let error = presign("", Method::Put, Access::Private, key, seconds).err().expect(key);
            assert!(matches!(&error, VendorError::Refused(text) if text.starts_with("vendor `v`: ")), "{error}");
        }
    }
}
