//! The service: what each operation does, over a [`State`] and some vendors.

mod accounts;
mod bucket;
mod clock;
mod create;
pub mod names;
mod object;
mod once;
pub mod tidy;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tracing::Instrument as _;

pub use accounts::Activated;
pub use clock::{Clock, system_clock};

use crate::account::{Refusals, TrialSettings};
use crate::api::{ApiError, Call, Caller, Code, Host, Rejected, Reply};
use crate::generated::operations::{
    Operations, StorageBucketCreate, StorageBucketList, StorageObjectDelete, StorageObjectPresign,
};
use crate::generated::types;
use crate::state::{State, StateError};
use crate::vendor::health::Board;
use crate::vendor::{Vendor, VendorError};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    state: Arc<dyn State>,
    vendors: Vec<Arc<dyn Vendor>>,
    health: Arc<Board>,
    trial: TrialSettings,
    refusals: Refusals,
    clock: Clock,
}

impl Service {
    /// Puts the parts together.
    pub fn new(
        state: Arc<dyn State>,
        vendors: Vec<Arc<dyn Vendor>>,
        health: Arc<Board>,
        trial: TrialSettings,
        clock: Clock,
    ) -> Self {
        Self { inner: Arc::new(Inner { state, vendors, health, trial, refusals: Refusals::default(), clock }) }
    }

    fn state(&self) -> &dyn State {
        &*self.inner.state
    }

    /// The time on the service's clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.inner.clock)()
    }

    /// The vendor that keeps a bucket.
    fn vendor(&self, name: &str) -> Result<&Arc<dyn Vendor>, ApiError> {
        self.inner.vendors.iter().find(|vendor| vendor.about().name == name).ok_or_else(|| {
            tracing::error!(vendor = name, "buckets are kept by a vendor that isn't configured any more");
            ApiError::new(
                Code::Unavailable,
                format!("the vendor `{name}`, which keeps this bucket, isn't configured now"),
            )
        })
    }
}

impl Host for Service {
    async fn authenticate(&self, key: Option<&str>) -> Result<Caller, ApiError> {
        self.caller(key).await
    }

    async fn once(
        &self,
        caller: &Caller,
        key: &str,
        fingerprint: [u8; 32],
        attempt: impl Future<Output = Result<Reply, ApiError>> + Send + 'static,
    ) -> Result<Reply, ApiError> {
        once::once(self, caller, key, fingerprint, attempt).await
    }

    fn refuse(&self, rejected: Rejected) -> ApiError {
        let code = match rejected.field {
            "bucket" => Code::InvalidBucket,
            "key" => Code::InvalidKey,
            _ => Code::InvalidRequest,
        };
        ApiError::new(code, rejected.message)
    }
}

impl Operations for Service {
    async fn storage_bucket_create(&self, call: Call, request: StorageBucketCreate) -> Result<types::Bucket, ApiError> {
        self.create_bucket(&call.caller.account, request.into(), call.idempotency_key).await.map(types::Bucket::from)
    }

    async fn storage_bucket_list(&self, call: Call, _: StorageBucketList) -> Result<types::BucketList, ApiError> {
        let buckets = self.state().buckets(&call.caller.account.id).await.map_err(|error| broken_state(&error))?;
        Ok(types::BucketList { items: buckets.into_iter().map(types::Bucket::from).collect() })
    }

    async fn storage_object_presign(
        &self,
        call: Call,
        request: StorageObjectPresign,
    ) -> Result<types::PresignedUrl, ApiError> {
        self.presign(&call.caller.account, request).await
    }

    async fn storage_object_delete(
        &self,
        call: Call,
        request: StorageObjectDelete,
    ) -> Result<types::DeleteObjectResult, ApiError> {
        self.delete_object(&call.caller.account, request).await
    }
}

/// Runs something to its end, whether or not the caller waits for it.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work.in_current_span()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request broke off");
        Err(mistake())
    })
}

/// What a caller is told where we made a mistake; the log has it.
pub(crate) fn mistake() -> ApiError {
    ApiError::new(Code::Internal, "the service has a mistake; its log has more under this request id")
}

/// What a caller is told where the database fails; the log has the cause.
fn broken_state(error: &StateError) -> ApiError {
    tracing::error!(%error, "the database failed");
    match error {
        StateError::Unavailable(_) => {
            ApiError::new(Code::Unavailable, "the service's database isn't available; try again later")
        }
        StateError::Full(_) => {
            ApiError::new(Code::Unavailable, "the disk of the service's database is full; its operator must make room")
        }
        StateError::Broken(_) => mistake(),
    }
}

/// What a caller is told where a vendor fails; the log has the cause.
fn broken_vendor(vendor: &str, error: &VendorError) -> ApiError {
    tracing::warn!(vendor, %error, "a vendor failed");
    match error {
        VendorError::Down(_) => {
            ApiError::new(Code::Unavailable, format!("the vendor `{vendor}` doesn't answer; try again later"))
        }
        VendorError::Refused(_) => {
            ApiError::new(Code::VendorError, format!("the vendor `{vendor}` refused; the service's operator must look"))
        }
        VendorError::Odd(_) => {
            ApiError::new(Code::VendorError, format!("the vendor `{vendor}` gave an answer that makes no sense"))
        }
        VendorError::NoBucket(_) => {
            ApiError::new(Code::VendorError, format!("the vendor `{vendor}` has lost this bucket"))
        }
        VendorError::Full(_) => ApiError::new(
            Code::Unavailable,
            format!("the vendor `{vendor}` has no space left; its operator must make some"),
        ),
    }
}
