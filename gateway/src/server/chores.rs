//! What a running gateway does by itself: brings plans to an end, removes what is past its time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use infrai_store::Store;
use tokio::sync::watch;

use crate::service::Service;
use crate::service::tidy::Reconciled;

/// How often what is past its time is removed.
const TIDY: Duration = Duration::from_hours(1);

/// How often plans that a crash left behind are looked for.
const RECONCILE: Duration = Duration::from_mins(1);

/// How long the data of an ended trial is kept.
pub const KEPT_AFTER_TRIAL: TimeDelta = TimeDelta::days(7);

/// Brings plans from before this time to an end, and says so if there were any.
pub(crate) async fn settle(service: &Service, before: DateTime<Utc>) {
    match service.reconcile(before).await {
        Ok(done) if done == Reconciled::default() => {}
        Ok(done) => tracing::info!(
            finished = done.finished,
            dropped = done.dropped,
            left = done.left,
            "brought planned buckets to an end"
        ),
        Err(error) => tracing::error!(%error, "planned buckets could not be looked through"),
    }
}

/// Looks for plans that were left behind: by other replicas, or by us when a vendor was down.
pub(crate) async fn reconcile(service: Service, mut stop: watch::Receiver<bool>) {
    while !is_told(&mut stop, RECONCILE).await {
        settle(&service, service.left_behind(false)).await;
    }
}

/// Removes what is past its time, at once and then every hour.
pub(crate) async fn tidy(service: Service, store: Option<Store>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = service.remove_old(service.now() - KEPT_AFTER_TRIAL).await {
            tracing::error!(%error, "what is past its time could not be removed");
        }
        if let Some(store) = &store
            && let Err(error) = store.gc(service.now().timestamp_millis()).await
        {
            tracing::error!(%error, "the embedded store could not be tidied");
        }
        if is_told(&mut stop, TIDY).await {
            return;
        }
    }
}

/// Whether it is time to stop, within so much time.
async fn is_told(stop: &mut watch::Receiver<bool>, within: Duration) -> bool {
    tokio::time::timeout(within, stop.wait_for(|stop| *stop)).await.is_ok()
}
