//! Objects: signing URLs for them, and removing them.

use super::bucket::whole_seconds;
use super::{Service, broken_state, broken_vendor, names};
use crate::api::{ApiError, Code};
use crate::generated::operations::{StorageObjectDelete, StorageObjectPresign};
use crate::generated::types;
use crate::state::{Access, Account, Bucket};
use crate::vendor::{Method, ObjectAt};

/// How long a URL works if the caller doesn't say, in seconds.
const DEFAULT_SECONDS: u32 = 900;

impl Service {
    pub(super) async fn presign(
        &self,
        account: &Account,
        request: StorageObjectPresign,
    ) -> Result<types::PresignedUrl, ApiError> {
        names::check_bucket(&request.bucket)?;
        names::check_key(&request.key)?;
        let bucket = self.ready_bucket(account, &request.bucket).await?;
        let vendor = self.vendor(&bucket.vendor)?;
        let method = match request.method {
            types::PresignMethod::Get => Method::Get,
            types::PresignMethod::Put => Method::Put,
        };
        // The range was checked against the spec.
        let seconds = request.expires_seconds.map_or(DEFAULT_SECONDS, |seconds| u32::try_from(seconds).unwrap_or(0));
        // A signature counts from a whole second; one that began later would be refused.
        let now = whole_seconds(self.now());
        let signed = vendor
            .presign(at(&bucket, &request.key), method, seconds, now)
            .map_err(|error| broken_vendor(&bucket.vendor, &error))?;
        Ok(types::PresignedUrl {
            url: signed.url,
            method: request.method,
            expires_at: signed.expires_at,
            headers: (!signed.headers.is_empty()).then(|| signed.headers.into_iter().collect()),
        })
    }

    pub(super) async fn delete_object(
        &self,
        account: &Account,
        request: StorageObjectDelete,
    ) -> Result<types::DeleteObjectResult, ApiError> {
        names::check_bucket(&request.bucket)?;
        names::check_key(&request.key)?;
        let bucket = self.ready_bucket(account, &request.bucket).await?;
        let vendor = self.vendor(&bucket.vendor)?;
        vendor.delete_object(at(&bucket, &request.key)).await.map_err(|error| broken_vendor(&bucket.vendor, &error))?;
        Ok(types::DeleteObjectResult { ok: true })
    }

    async fn ready_bucket(&self, account: &Account, name: &str) -> Result<Bucket, ApiError> {
        let found = self.state().bucket(&account.id, name).await.map_err(|error| broken_state(&error))?;
        found.ok_or_else(|| {
            ApiError::new(Code::BucketNotFound, format!("there is no bucket `{name}`; `list` names yours"))
        })
    }
}

fn at<'a>(bucket: &'a Bucket, key: &'a str) -> ObjectAt<'a> {
    let access = bucket.access.unwrap_or(Access::Private);
    ObjectAt { physical: &bucket.physical, region: &bucket.region, access, key }
}
