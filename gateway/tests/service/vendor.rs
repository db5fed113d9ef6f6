//! A vendor that does as it is told.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use infrai_gateway::vendor::{About, Left, Make, Method, NotMade, ObjectAt, Signed, Vendor, VendorError};

/// A vendor that does as it is told.
pub(super) struct Fake {
    pub(super) about: About,
    pub(super) buckets: Mutex<BTreeSet<String>>,
    /// Whether it answers; where it doesn't, it does all the same what it was asked for.
    pub(super) answers: AtomicBool,
    /// Whether it makes no bucket and says so.
    pub(super) refuses: AtomicBool,
    /// Whether it makes a bucket, but not as it should be, and says so.
    pub(super) spoils: AtomicBool,
    /// Whether buckets can be removed.
    pub(super) removes: AtomicBool,
    /// Whether making a bucket waits for this to be over.
    pub(super) holds: AtomicBool,
    /// How often it was asked whether it has a bucket.
    pub(super) asked: AtomicUsize,
}

impl Fake {
    pub(super) fn new(name: &str, counts_bytes: bool) -> Arc<Self> {
        let regions = vec!["here".to_owned()];
        Arc::new(Self {
            about: About { name: name.to_owned(), regions, public: true, priority: 1, counts_bytes },
            buckets: Mutex::default(),
            answers: AtomicBool::new(true),
            refuses: AtomicBool::new(false),
            spoils: AtomicBool::new(false),
            removes: AtomicBool::new(true),
            holds: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        })
    }

    /// Waits until it has no buckets.
    pub(super) async fn is_empty(&self) {
        let empty = async {
            while self.count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), empty).await.expect("it has buckets still");
    }

    pub(super) fn count(&self) -> usize {
        self.buckets.lock().expect("no panic").len()
    }
}

pub(super) fn down() -> VendorError {
    VendorError::Down("no answer".to_owned())
}

#[async_trait]
impl Vendor for Fake {
    fn about(&self) -> &About {
        &self.about
    }

    async fn make_bucket(&self, bucket: &Make<'_>) -> Result<(), NotMade> {
        while self.holds.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if self.refuses.load(SeqCst) {
            return Err(VendorError::Refused("not with these credentials".to_owned()).into());
        }
        self.buckets.lock().expect("no panic").insert(bucket.physical.to_owned());
        if self.spoils.load(SeqCst) {
            let error = VendorError::Refused("no policies".to_owned());
            return Err(NotMade { error, left: Left::Bucket });
        }
        if self.answers.load(SeqCst) { Ok(()) } else { Err(down().into()) }
    }

    async fn has_bucket(&self, physical: &str, _: &str) -> Result<bool, VendorError> {
        self.asked.fetch_add(1, SeqCst);
        if !self.answers.load(SeqCst) {
            return Err(down());
        }
        Ok(self.buckets.lock().expect("no panic").contains(physical))
    }

    async fn remove_bucket(&self, physical: &str, _: &str) -> Result<(), VendorError> {
        if !self.removes.load(SeqCst) {
            return Err(down());
        }
        self.buckets.lock().expect("no panic").remove(physical);
        Ok(())
    }

    async fn empty_bucket(&self, physical: &str, region: &str) -> Result<(), VendorError> {
        self.remove_bucket(physical, region).await
    }

    async fn delete_object(&self, _: ObjectAt<'_>) -> Result<(), VendorError> {
        Ok(())
    }

    fn presign(&self, _: ObjectAt<'_>, _: Method, _: u32, _: DateTime<Utc>) -> Result<Signed, VendorError> {
        Err(down())
    }

    async fn probe(&self) -> Result<Duration, VendorError> {
        Ok(Duration::ZERO)
    }
}
