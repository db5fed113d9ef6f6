//! The embedded store as a vendor.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use infrai_store::{Error, NewBucket, Store};

use crate::state::Access;
use crate::vendor::address::{Endpoint, Style};
use crate::vendor::config::EMBEDDED;
use crate::vendor::credentials::Credentials;
use crate::vendor::sign::{Request, Signer};
use crate::vendor::{About, Make, Method, NotMade, ObjectAt, Signed, Vendor, VendorError};

/// Its one region.
pub const REGION: &str = "us-east-1";

/// The embedded store as a vendor.
pub struct Embedded {
    about: About,
    store: Store,
    endpoint: Endpoint,
    signer: Signer,
}

impl Embedded {
    /// `url` is what signed URLs begin with.
    ///
    /// # Errors
    /// A clause that says what is wrong with the URL.
    pub fn new(store: Store, url: &str, priority: u32) -> Result<Self, String> {
        let endpoint = Endpoint::new(url, Style::Path)?;
        let own = store.credentials();
        let signer = Signer::new(&Credentials {
            access_key: own.access_key.clone(),
            secret_key: own.secret_key.clone(),
            session_token: None,
            from: "the embedded store".to_owned(),
        });
        let about = About {
            name: EMBEDDED.to_owned(),
            regions: vec![REGION.to_owned()],
            public: true,
            priority,
            counts_bytes: true,
        };
        Ok(Self { about, store, endpoint, signer })
    }
}

/// An error of the store in a vendor's terms.
fn failed(error: &Error) -> VendorError {
    let text = format!("the embedded store: {error}");
    match error {
        Error::NoBucket { .. } => VendorError::NoBucket(text),
        Error::Full { .. } => VendorError::Full(text),
        _ => VendorError::Odd(text),
    }
}

#[async_trait]
impl Vendor for Embedded {
    fn about(&self) -> &About {
        &self.about
    }

    async fn make_bucket(&self, bucket: &Make<'_>) -> Result<(), NotMade> {
        let new = NewBucket {
            name: bucket.physical,
            public: bucket.access == Access::Public,
            owner: bucket.account,
            owner_limit: bucket.max_bytes,
        };
        self.store.create_bucket(&new).await.map_err(|error| failed(&error).into())
    }

    async fn has_bucket(&self, physical: &str, _region: &str) -> Result<bool, VendorError> {
        self.store.has_bucket(physical).await.map_err(|error| failed(&error))
    }

    async fn remove_bucket(&self, physical: &str, _region: &str) -> Result<(), VendorError> {
        match self.store.delete_bucket(physical).await {
            Ok(()) | Err(Error::NoBucket { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn empty_bucket(&self, physical: &str, _region: &str) -> Result<(), VendorError> {
        match self.store.empty_bucket(physical).await {
            Ok(()) | Err(Error::NoBucket { .. }) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn delete_object(&self, object: ObjectAt<'_>) -> Result<(), VendorError> {
        self.store.delete_object(object.physical, object.key).await.map(|_| ()).map_err(|error| failed(&error))
    }

    fn presign(
        &self,
        object: ObjectAt<'_>,
        method: Method,
        seconds: u32,
        now: DateTime<Utc>,
    ) -> Result<Signed, VendorError> {
        let refused = |error: String| VendorError::Refused(format!("the embedded store: {error}"));
        let method = match method {
            Method::Get => "GET",
            Method::Put => "PUT",
        };
        let url = self.endpoint.url(REGION, Some(object.physical), Some(object.key), &[]).map_err(refused)?;
        let request = Request { method, url: &url, region: REGION, headers: &[] };
        let (url, expires_at) = self.signer.presign(request, seconds, now).map_err(refused)?;
        Ok(Signed { url, headers: Vec::new(), expires_at })
    }

    async fn probe(&self) -> Result<Duration, VendorError> {
        let began = Instant::now();
        self.store.check().await.map_err(|error| failed(&error))?;
        Ok(began.elapsed())
    }
}
