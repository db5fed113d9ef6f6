//! What is put right at the start and now and then: plans that a crash left behind, answers past their time, trials that ended.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Service;
use crate::state::{Access, Account, Bucket, StateError};
use crate::vendor::{Make, VendorError};

/// How long a plan may still be at work somewhere: in another replica, or at its vendor. No vendor is waited for as long.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(5);

/// What was put right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Plans whose bucket was there: they are ready now.
    pub finished: usize,
    /// Plans whose bucket wasn't there, or was removed: their names are free again.
    pub dropped: usize,
    /// Plans whose vendor didn't answer: they stay.
    pub left: usize,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Answers past their time.
    pub answers: u64,
    /// Trial accounts, with all that they had.
    pub trials: usize,
    /// Their buckets.
    pub buckets: usize,
}

impl Service {
    /// From when on plans may be somebody's work. `alone` says that there is no other replica: all plans were left by a crash.
    pub fn left_behind(&self, alone: bool) -> DateTime<Utc> {
        if alone { self.now() } else { self.now() - UNDER_WAY }
    }

    /// Forgets the keyed requests that were running, for a start that is alone: their repeats would wait for an answer that nobody
    /// gives any more.
    pub async fn forget_running(&self) -> Result<(), StateError> {
        self.state().forget_running().await.map(drop)
    }

    /// Brings plans from before this time to an end.
    pub async fn reconcile(&self, before: DateTime<Utc>) -> Result<Reconciled, StateError> {
        let old = self.now() - UNDER_WAY;
        let mut done = Reconciled::default();
        // A vendor that doesn't answer is waited for once: a start waits with it.
        let mut silent: HashSet<String> = HashSet::new();
        for plan in self.state().plans(before).await? {
            if silent.contains(&plan.vendor) {
                done.left += 1;
                continue;
            }
            match self.settle(&plan).await {
                // If it isn't there under its name any more, it is looked at again.
                Ok(true) => done.finished += usize::from(self.state().bucket_ready(&plan.physical).await?),
                Ok(false) => {
                    if plan.is_released() && plan.created_at < old {
                        self.state().drop_plan(&plan.physical).await?;
                    } else {
                        // Its vendor may be making it still, for whoever was killed or repeats the request. It is looked at again.
                        self.state().release_plan(&plan.physical).await?;
                    }
                    done.dropped += 1;
                }
                Err(error) => {
                    tracing::warn!(vendor = plan.vendor, bucket = plan.physical, %error, "a planned bucket has to wait for its vendor");
                    done.left += 1;
                    if matches!(error, VendorError::Down(_)) {
                        silent.insert(plan.vendor);
                    } else if plan.created_at < old {
                        // What is refused for so long isn't waited for: the name is free, and what there is goes.
                        self.state().release_plan(&plan.physical).await?;
                    }
                }
            }
        }
        Ok(done)
    }

    /// Whether the vendor has the planned bucket; if so, it has the right access afterwards.
    async fn settle(&self, plan: &Bucket) -> Result<bool, VendorError> {
        let gone = || VendorError::Down(format!("the vendor `{}` isn't configured now", plan.vendor));
        let vendor = self.vendor(&plan.vendor).map_err(|_| gone())?;
        if plan.is_released() {
            vendor.remove_bucket(&plan.physical, &plan.region).await?;
            return Ok(false);
        }
        if !vendor.has_bucket(&plan.physical, &plan.region).await? {
            return Ok(false);
        }
        let account =
            self.state().account(&plan.account).await.map_err(|error| VendorError::Down(error.to_string()))?;
        let make = Make {
            physical: &plan.physical,
            region: &plan.region,
            access: plan.access.unwrap_or(Access::Private),
            account: &plan.account,
            max_bytes: account.and_then(|account| account.trial).and_then(|trial| trial.max_bytes),
            again: true,
        };
        vendor.make_bucket(&make).await.map_err(|not_made| not_made.error)?;
        Ok(true)
    }

    /// Removes what is past its time; trials that ended before `before` go with their buckets and objects.
    pub async fn remove_old(&self, before: DateTime<Utc>) -> Result<Removed, StateError> {
        let mut removed = Removed { answers: self.state().forget_answers(self.now()).await?, ..Removed::default() };
        for account in self.state().ended_trials(before).await? {
            match self.remove_trial(&account).await {
                Ok(buckets) => {
                    removed.trials += 1;
                    removed.buckets += buckets;
                }
                Err(error) => {
                    tracing::warn!(account = account.id, %error, "an ended trial could not be removed; it stays for now");
                }
            }
        }
        Ok(removed)
    }

    async fn remove_trial(&self, account: &Account) -> Result<usize, VendorError> {
        let state = |error: StateError| VendorError::Down(error.to_string());
        let buckets = self.state().buckets(&account.id).await.map_err(state)?;
        for bucket in &buckets {
            let vendor = self.vendor(&bucket.vendor).map_err(|error| VendorError::Down(error.message))?;
            vendor.empty_bucket(&bucket.physical, &bucket.region).await?;
            self.state().drop_bucket(&bucket.physical).await.map_err(state)?;
        }
        if !self.state().remove_account(&account.id).await.map_err(state)? {
            return Err(VendorError::Down("it has a planned bucket; that one comes to its end first".to_owned()));
        }
        Ok(buckets.len())
    }
}
