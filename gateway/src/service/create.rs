//! Making a bucket: planned, made by the vendor, ready.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::bucket::{Wish, whole_seconds};
use super::{Service, broken_state, broken_vendor, names, once, to_the_end};
use crate::api::{ApiError, Code};
use crate::state::random::{self, BASE32};
use crate::state::{Access, Account, Bucket, Planned, StateError};
use crate::vendor::choose::{self, Candidate, Refusal};
use crate::vendor::{Left, Make, NotMade, Vendor, VendorError};

/// How long a vendor may take to make a bucket, and then to take it back: both are over before a repeat counts the request as lost,
/// unless the database is slow. Then two may be at work, and the database knows whose bucket it is.
const MAKE: Duration = Duration::from_secs(40);
const UNDO: Duration = Duration::from_secs(15);

/// How soon to look again whether another request has made its bucket; then half as often each time.
const SOON: Duration = Duration::from_millis(25);

/// How long another request is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

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
        to_the_end(async move { service.plan(&account, wish, idempotency_key).await }).await
    }

    async fn plan(&self, account: &Account, wish: Wish, idempotency_key: Option<String>) -> Result<Bucket, ApiError> {
        let now = whole_seconds(self.now());
        let choice = match self.choose(account, &wish) {
            Ok(choice) => choice,
            // A bucket that is there takes no vendor.
            Err(refused) => match self.ready(account, &wish.name).await? {
                Some(there) => return same(there, &wish, idempotency_key.as_deref(), now),
                None => return Err(refused),
            },
        };
        let vendor = self.inner.vendors[choice.index].about().name.clone();
        let random = random::text(BASE32, 16).map_err(|error| broken_state(&random::no_bytes(error)))?;
        let plan = Bucket {
            account: account.id.clone(),
            physical: names::physical(&wish.name, &random),
            name: wish.name.clone(),
            vendor,
            region: choice.region,
            access: Some(wish.access()),
            created_at: now,
            reason: choice.reason,
            idempotency_key,
            ready: false,
        };
        let max_buckets = account.trial.as_ref().and_then(|trial| trial.max_buckets);
        match self.written_down(&plan, max_buckets).await.map_err(|error| broken_state(&error))? {
            Planned::Yes => self.make(account, plan, Undo::Yes).await,
            Planned::Exists(there) if there.ready => same(*there, &wish, plan.idempotency_key.as_deref(), now),
            Planned::Exists(there) if is_repeat(plan.idempotency_key.as_deref(), now, &there) => {
                if !wish.fits(&there) {
                    return Err(once::mismatch());
                }
                // The same request, which a crash cut off: it is done now.
                self.make(account, *there, Undo::No).await
            }
            Planned::Exists(_) => {
                Err(ApiError::new(Code::Unavailable, "a bucket of this name is being made; try again")
                    .with_retry_after(Duration::from_secs(1)))
            }
            Planned::LimitReached(limit) => {
                let message = format!("a trial account may have {limit} buckets, and this one has");
                Err(ApiError::new(Code::LimitExceeded, message))
            }
        }
    }

    /// Writes the plan down. While another request makes a bucket of this name, its end is waited for: then it is known
    /// whether the name is taken.
    async fn written_down(&self, plan: &Bucket, max_buckets: Option<u32>) -> Result<Planned, StateError> {
        let (mut wait, mut waited) = (SOON, Duration::ZERO);
        loop {
            let planned = self.state().plan_bucket(plan, max_buckets).await?;
            let Planned::Exists(there) = &planned else { return Ok(planned) };
            if there.ready || is_repeat(plan.idempotency_key.as_deref(), plan.created_at, there) || waited >= PATIENCE {
                return Ok(planned);
            }
            if plan.created_at - there.created_at >= once::LEASE {
                // A crash left it, and whoever asked for it doesn't ask again.
                self.state().release_plan(&there.physical).await?;
                continue;
            }
            tokio::time::sleep(wait).await;
            waited += wait;
            wait *= 2;
        }
    }

    /// Has the vendor make a planned bucket. Where that fails, the name is free again; what the vendor may have of it is
    /// removed, now or by [`Service::reconcile`].
    async fn make(&self, account: &Account, plan: Bucket, undo: Undo) -> Result<Bucket, ApiError> {
        let vendor = self.vendor(&plan.vendor)?;
        let make = Make {
            physical: &plan.physical,
            region: &plan.region,
            access: plan.access.unwrap_or(Access::Private),
            account: &account.id,
            max_bytes: account.trial.as_ref().and_then(|trial| trial.max_bytes),
            again: undo == Undo::No,
        };
        if let Err(NotMade { error, left }) = in_time(MAKE, vendor.make_bucket(&make)).await {
            let refused = broken_vendor(&plan.vendor, &error);
            if undo == Undo::Yes {
                self.take_back(vendor, plan, left).await.map_err(|error| broken_state(&error))?;
            }
            return Err(refused);
        }
        if !self.state().bucket_ready(&plan.physical).await.map_err(|error| broken_state(&error))? {
            tracing::error!(bucket = plan.physical, "a planned bucket was gone when its vendor had made it");
            tokio::spawn(remove(vendor, plan).map(drop).in_current_span());
            return Err(ApiError::new(Code::Unavailable, "the bucket was removed while it was made; try again"));
        }
        tracing::info!(vendor = plan.vendor, bucket = plan.physical, reason = plan.reason, "made a bucket");
        Ok(Bucket { ready: true, ..plan })
    }

    /// Frees the name of a bucket that its vendor didn't make, and removes what is left of it.
    async fn take_back(&self, vendor: &Arc<dyn Vendor>, plan: Bucket, left: Left) -> Result<(), StateError> {
        if left == Left::Nothing {
            return self.state().drop_plan(&plan.physical).await;
        }
        // A repeat in another replica may have made it ready: then it is somebody's.
        if !self.state().release_plan(&plan.physical).await? {
            return Ok(());
        }
        let physical = plan.physical.clone();
        let remove = remove(vendor, plan);
        if left == Left::Bucket {
            return if remove.await { self.state().drop_plan(&physical).await } else { Ok(()) };
        }
        // It may be there only later. The caller has waited for long enough; [`Service::reconcile`] removes it once more, when no
        // answer can be under way any more.
        tokio::spawn(remove.map(drop).in_current_span());
        Ok(())
    }

    /// The account's bucket of this name, if it is ready.
    async fn ready(&self, account: &Account, name: &str) -> Result<Option<Bucket>, ApiError> {
        self.state().bucket(&account.id, name).await.map_err(|error| broken_state(&error))
    }

    /// Whether the account's bytes are limited, and somebody here can hold it to that.
    fn is_counted(&self, account: &Account) -> bool {
        let limited = account.trial.as_ref().is_some_and(|trial| trial.max_bytes.is_some());
        limited && self.inner.vendors.iter().any(|vendor| vendor.about().counts_bytes)
    }

    fn choose(&self, account: &Account, wish: &Wish) -> Result<choose::Choice, ApiError> {
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
            access: wish.access(),
            counted: self.is_counted(account),
        };
        choose::choose(&candidates, wanted).map_err(|refusal| refused(wish, refusal))
    }
}

/// Removes what the vendor may have of a bucket that is nobody's; says whether it did. Only an empty bucket goes, so nothing can be lost.
fn remove(vendor: &Arc<dyn Vendor>, plan: Bucket) -> impl Future<Output = bool> + Send + 'static {
    let vendor = Arc::clone(vendor);
    async move {
        let Err(error) = in_time(UNDO, vendor.remove_bucket(&plan.physical, &plan.region)).await else { return true };
        let (vendor, bucket) = (plan.vendor, plan.physical);
        tracing::warn!(vendor, bucket, %error, "the vendor may have made the bucket; it is removed when it answers again");
        false
    }
}

/// What is answered where the name has a ready bucket: the bucket to a repeat of the request that made it, whose answer was lost.
fn same(there: Bucket, wish: &Wish, key: Option<&str>, now: DateTime<Utc>) -> Result<Bucket, ApiError> {
    if !is_repeat(key, now, &there) {
        return Err(ApiError::new(Code::BucketExists, "bucket already exists"));
    }
    if wish.fits(&there) { Ok(there) } else { Err(once::mismatch()) }
}

/// Whether a bucket that can't be made is taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    Yes,
    /// Another attempt may be making it.
    No,
}

/// A call to a vendor that may not take longer.
async fn in_time<E: From<VendorError>>(limit: Duration, call: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    let late = |_| VendorError::Down(format!("it took longer than {} s", limit.as_secs()));
    tokio::time::timeout(limit, call).await.map_err(late)?
}

/// Whether the same keyed request planned this bucket.
fn is_repeat(key: Option<&str>, now: DateTime<Utc>, there: &Bucket) -> bool {
    key.is_some() && key == there.idempotency_key.as_deref() && now - there.created_at < once::KEPT
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
        Refusal::Uncounted { vendor } => ApiError::new(
            Code::LimitExceeded,
            format!("a trial account can't use the vendor `{vendor}`, which doesn't count its bytes"),
        ),
        Refusal::NoneUp => {
            ApiError::new(Code::Unavailable, "no vendor that could keep the bucket is up; try again later")
                .with_retry_after(Duration::from_secs(5))
        }
    }
}
