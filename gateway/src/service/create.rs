//! Making a bucket: planned, made by the vendor, ready.

use std::time::Duration;

use super::bucket::{Wish, whole_seconds};
use super::{Service, broken_state, broken_vendor, names, once};
use crate::api::{ApiError, Code};
use crate::state::random::{self, BASE32};
use crate::state::{Access, Account, Bucket, Planned};
use crate::vendor::choose::{self, Candidate, Refusal};
use crate::vendor::{Make, Vendor};

impl Service {
    /// Makes a bucket. Once begun it goes on to its end, whether or not the caller waits: half a bucket helps nobody.
    pub(super) async fn create_bucket(
        &self,
        account: &Account,
        wish: Wish,
        idempotency_key: Option<String>,
    ) -> Result<Bucket, ApiError> {
        names::check_bucket(&wish.name)?;
        let (service, account) = (self.clone(), account.clone());
        let running = tokio::spawn(async move { service.make(&account, wish, idempotency_key).await });
        running.await.unwrap_or_else(|error| {
            tracing::error!(%error, "making a bucket broke off");
            Err(ApiError::new(Code::Internal, "the service has a mistake; its log has more under this request id"))
        })
    }

    async fn make(&self, account: &Account, wish: Wish, idempotency_key: Option<String>) -> Result<Bucket, ApiError> {
        let choice = self.choose(&wish)?;
        let vendor = &self.inner.vendors[choice.index];
        let random = random::text(BASE32, 16).map_err(|error| broken_state(&random::no_bytes(error)))?;
        let plan = Bucket {
            account: account.id.clone(),
            physical: names::physical(&wish.name, &random),
            name: wish.name,
            vendor: vendor.about().name.clone(),
            region: choice.region,
            access: Some(wish.access.unwrap_or(Access::Private)),
            created_at: whole_seconds(self.now()),
            reason: choice.reason,
            idempotency_key,
            ready: false,
        };
        let max_buckets = account.trial.as_ref().and_then(|trial| trial.max_buckets);
        let plan = match self.state().plan_bucket(&plan, max_buckets).await.map_err(|error| broken_state(&error))? {
            Planned::Yes => plan,
            // The very same request made it, and its answer was lost.
            Planned::Exists(made) if made.ready && is_repeat(&plan, &made) => return Ok(*made),
            Planned::Exists(_) => return Err(ApiError::new(Code::BucketExists, "bucket already exists")),
            Planned::LimitReached(limit) => {
                let message = format!("a trial account may have {limit} buckets, and this one has");
                return Err(ApiError::new(Code::LimitExceeded, message));
            }
        };
        self.finish(account, plan, &**vendor).await
    }

    /// Has the vendor make a planned bucket. If it doesn't, the plan is dropped, so that the name is free again.
    async fn finish(&self, account: &Account, plan: Bucket, vendor: &dyn Vendor) -> Result<Bucket, ApiError> {
        let make = Make {
            physical: &plan.physical,
            region: &plan.region,
            access: plan.access.unwrap_or(Access::Private),
            account: &account.id,
            max_bytes: account.trial.as_ref().and_then(|trial| trial.max_bytes),
        };
        if let Err(error) = vendor.make_bucket(&make).await {
            let refused = broken_vendor(&plan.vendor, &error);
            // It may have been made all the same, with the answer lost on the way.
            if let Err(error) = vendor.remove_bucket(&plan.physical, &plan.region).await {
                tracing::warn!(
                    vendor = plan.vendor, bucket = plan.physical, %error,
                    "a bucket that could not be made could not be removed either; look whether the vendor has it"
                );
            }
            self.state().drop_plan(&plan.account, &plan.name).await.map_err(|error| broken_state(&error))?;
            return Err(refused);
        }
        if !self.state().bucket_ready(&plan.account, &plan.name).await.map_err(|error| broken_state(&error))? {
            tracing::error!(bucket = plan.physical, "a planned bucket was gone when its vendor had made it");
            return Err(ApiError::new(Code::Unavailable, "the bucket was removed while it was made; try again"));
        }
        tracing::info!(vendor = plan.vendor, bucket = plan.physical, reason = plan.reason, "made a bucket");
        Ok(Bucket { ready: true, ..plan })
    }

    fn choose(&self, wish: &Wish) -> Result<choose::Choice, ApiError> {
        let candidates: Vec<Candidate<'_>> = self
            .inner
            .vendors
            .iter()
            .enumerate()
            .map(|(index, vendor)| Candidate { about: vendor.about(), health: self.inner.health.health(index) })
            .collect();
        let wanted = choose::Wish {
            vendor: wish.vendor.as_deref(),
            region: wish.region.as_deref(),
            access: wish.access.unwrap_or(Access::Private),
        };
        choose::choose(&candidates, wanted).map_err(|refusal| refused(wish, refusal))
    }
}

/// Whether the plan is the other bucket's own, once more.
fn is_repeat(plan: &Bucket, made: &Bucket) -> bool {
    plan.idempotency_key.is_some()
        && plan.idempotency_key == made.idempotency_key
        && plan.created_at - made.created_at < once::KEPT
}

/// What the caller is told where no vendor does.
fn refused(wish: &Wish, refusal: Refusal) -> ApiError {
    let names = |known: Vec<String>| known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let vendor = wish.vendor.as_deref().unwrap_or_default();
    let region = wish.region.as_deref().unwrap_or_default();
    match refusal {
        Refusal::UnknownVendor { known } => {
            ApiError::new(Code::UnknownVendor, format!("there is no vendor `{vendor}`; there are {}", names(known)))
        }
        Refusal::UnknownRegion { known } => ApiError::new(
            Code::UnknownRegion,
            format!("nobody here keeps buckets in `{region}`; there are {}", names(known)),
        ),
        Refusal::AclUnsupported { vendor: Some(vendor) } => {
            ApiError::new(Code::AclUnsupported, format!("the vendor `{vendor}` can't make a bucket public"))
        }
        Refusal::AclUnsupported { vendor: None } => {
            ApiError::new(Code::AclUnsupported, "no vendor here can make a bucket public")
        }
        Refusal::NoneUp => {
            ApiError::new(Code::Unavailable, "no vendor that could keep the bucket answers; try again later")
                .with_retry_after(Duration::from_secs(5))
        }
    }
}
