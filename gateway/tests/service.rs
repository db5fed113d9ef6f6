//! Creating buckets when vendors fail, callers leave, and requests come twice.

use std::collections::BTreeSet;
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use infrai_gateway::account::{self, TrialSettings};
use infrai_gateway::api::{ApiError, Call, Caller, Code};
use infrai_gateway::generated::operations::{Operations, StorageBucketCreate, StorageBucketList};
use infrai_gateway::generated::types::{Acl, Bucket};
use infrai_gateway::service::tidy::Reconciled;
use infrai_gateway::service::{Service, system_clock};
use infrai_gateway::state::{self, Account, Database, State, StateError, open};
use infrai_gateway::vendor::health::Board;
use infrai_gateway::vendor::{About, Make, Method, ObjectAt, Signed, Vendor, VendorError};

/// A vendor that does as it is told.
struct Fake {
    about: About,
    buckets: Mutex<BTreeSet<String>>,
    /// Whether it answers; where it doesn't, it does all the same what it was asked for.
    answers: AtomicBool,
    /// Whether it makes no bucket and says so.
    refuses: AtomicBool,
    /// Whether buckets can be removed.
    removes: AtomicBool,
    /// Whether making a bucket waits for this to be over.
    holds: AtomicBool,
    /// How often it was asked whether it has a bucket.
    asked: AtomicUsize,
}

impl Fake {
    fn new(name: &str, counts_bytes: bool) -> Arc<Self> {
        let regions = vec!["here".to_owned()];
        Arc::new(Self {
            about: About { name: name.to_owned(), regions, public: true, priority: 1, counts_bytes },
            buckets: Mutex::default(),
            answers: AtomicBool::new(true),
            refuses: AtomicBool::new(false),
            removes: AtomicBool::new(true),
            holds: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        })
    }

    /// Waits until it has no buckets.
    async fn is_empty(&self) {
        let empty = async {
            while self.count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), empty).await.expect("it has buckets still");
    }

    fn count(&self) -> usize {
        self.buckets.lock().expect("no panic").len()
    }
}

fn down() -> VendorError {
    VendorError::Down("no answer".to_owned())
}

#[async_trait]
impl Vendor for Fake {
    fn about(&self) -> &About {
        &self.about
    }

    async fn make_bucket(&self, bucket: &Make<'_>) -> Result<(), VendorError> {
        while self.holds.load(SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if self.refuses.load(SeqCst) {
            return Err(VendorError::Refused("not with these credentials".to_owned()));
        }
        self.buckets.lock().expect("no panic").insert(bucket.physical.to_owned());
        if self.answers.load(SeqCst) { Ok(()) } else { Err(down()) }
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

/// A service over these vendors, with an account.
struct Place {
    service: Service,
    state: Arc<dyn State>,
    account: Account,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new(vendors: &[Arc<Fake>]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = open(&Database::Sqlite(folder.path().join("state.sqlite"))).await.expect("a database");
        let account = account::create(&*state, "team", "key", Utc::now()).await.expect("an account").account;
        let vendors: Vec<Arc<dyn Vendor>> =
            vendors.iter().map(|vendor| Arc::clone(vendor) as Arc<dyn Vendor>).collect();
        let health = Arc::new(Board::watch(&vendors, Duration::from_hours(1), Utc::now));
        let service = Service::new(state.clone(), vendors, health, TrialSettings::default(), system_clock());
        Self { service, state, account, _folder: folder }
    }

    fn call(&self, key: Option<&str>) -> Call {
        let caller = Caller { account: self.account.clone() };
        Call { caller, request_id: "req".to_owned(), idempotency_key: key.map(str::to_owned) }
    }

    async fn create(&self, key: Option<&str>, acl: Option<Acl>) -> Result<Bucket, ApiError> {
        self.service.storage_bucket_create(self.call(key), request(None, acl)).await
    }

    /// As a start does, alone or not.
    async fn settle(&self, alone: bool) -> Result<Reconciled, StateError> {
        self.service.reconcile(self.service.left_behind(alone)).await
    }

    async fn names(&self) -> Vec<String> {
        let list = self.service.storage_bucket_list(self.call(None), StorageBucketList).await.expect("a list");
        list.items.into_iter().map(|bucket| bucket.bucket).collect()
    }
}

fn request(vendor: Option<&str>, acl: Option<Acl>) -> StorageBucketCreate {
    StorageBucketCreate { bucket: "uploads".to_owned(), vendor: vendor.map(str::to_owned), region: None, acl }
}

fn code<T>(result: Result<T, ApiError>) -> Code {
    result.err().expect("a refusal").code
}

#[tokio::test]
async fn what_could_be_taken_back_leaves_the_name_free() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.answers.store(false, SeqCst);
    assert_eq!(code(place.create(Some("k"), None).await), Code::Unavailable);
    vendor.is_empty().await;
    vendor.answers.store(true, SeqCst);
    place.create(Some("other"), None).await.expect("a bucket");
    assert_eq!(place.names().await, ["uploads"]);
}

#[tokio::test]
async fn what_could_not_be_taken_back_is_removed_later() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.answers.store(false, SeqCst);
    vendor.removes.store(false, SeqCst);
    assert_eq!(code(place.create(Some("k"), None).await), Code::Unavailable);
    assert_eq!((vendor.count(), place.names().await), (1, Vec::<String>::new()), "its answer was lost");
    // The name is free for everybody, the same request included.
    vendor.answers.store(true, SeqCst);
    let made = place.create(Some("k"), None).await.expect("a bucket");
    assert_eq!((vendor.count(), place.names().await), (2, vec!["uploads".to_owned()]));
    // Its answer may be lost, too.
    assert_eq!(place.create(Some("k"), Some(Acl::Private)).await.expect("the same"), made);
    assert_eq!(code(place.create(Some("k"), Some(Acl::Public)).await), Code::IdempotencyMismatch);
    assert_eq!(code(place.create(Some("other"), None).await), Code::BucketExists);
    assert_eq!(place.settle(true).await.expect("looked through").left, 1);
    vendor.removes.store(true, SeqCst);
    assert_eq!(place.settle(true).await.expect("looked through").dropped, 1);
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

/// A bucket that was planned so long ago.
fn plan_of(place: &Place, age: TimeDelta) -> state::Bucket {
    state::Bucket {
        account: place.account.id.clone(),
        name: "uploads".to_owned(),
        physical: "ifr-uploads-0".to_owned(),
        vendor: "a".to_owned(),
        region: "here".to_owned(),
        access: Some(state::Access::Private),
        created_at: Utc::now() - age,
        reason: "the only one".to_owned(),
        idempotency_key: Some("k".to_owned()),
        ready: false,
    }
}

/// What a gateway leaves that is killed while its vendor makes a bucket.
async fn killed(place: &Place, vendor: &Fake, age: TimeDelta, made: bool) -> state::Bucket {
    let plan = state::Bucket { physical: format!("ifr-uploads-{}", vendor.count()), ..plan_of(place, age) };
    assert_eq!(place.state.plan_bucket(&plan, None).await, Ok(state::Planned::Yes));
    if made {
        vendor.buckets.lock().expect("no panic").insert(plan.physical.clone());
    }
    plan
}

#[tokio::test]
async fn a_repeat_finishes_what_a_crash_left() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    killed(&place, &vendor, TimeDelta::seconds(5), true).await;
    // Nobody else takes the name while it may still be made.
    assert_eq!(code(place.create(Some("other"), None).await), Code::Unavailable);
    assert_eq!(code(place.create(Some("k"), Some(Acl::Public)).await), Code::IdempotencyMismatch);
    place.create(Some("k"), None).await.expect("the bucket");
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

#[tokio::test]
async fn what_a_crash_left_holds_a_name_for_a_minute() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    killed(&place, &vendor, TimeDelta::minutes(2), true).await;
    place.create(Some("other"), None).await.expect("the name is free");
    assert_eq!(vendor.count(), 2);
    assert_eq!(place.settle(true).await.expect("looked through").dropped, 1);
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

#[tokio::test]
async fn what_a_crash_left_is_brought_to_its_end() {
    for (made, names) in [(true, vec!["uploads".to_owned()]), (false, Vec::new())] {
        let vendor = Fake::new("a", false);
        let place = Place::new(slice::from_ref(&vendor)).await;
        killed(&place, &vendor, TimeDelta::zero(), made).await;
        vendor.answers.store(false, SeqCst);
        let done = place.settle(true).await.expect("looked through");
        assert_eq!((done.finished, done.dropped, done.left), (0, 0, 1));
        vendor.answers.store(true, SeqCst);
        // Another replica might be at work on it.
        let done = place.settle(false).await.expect("looked through");
        assert_eq!((done.finished, done.dropped, done.left), (0, 0, 0));
        let done = place.settle(true).await.expect("looked through");
        assert_eq!((done.finished, done.dropped, done.left), (usize::from(made), usize::from(!made), 0));
        assert_eq!(place.names().await, names);
    }
}

#[tokio::test]
async fn what_a_vendor_makes_late_is_removed() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.answers.store(false, SeqCst);
    assert_eq!(code(place.create(None, None).await), Code::Unavailable);
    vendor.answers.store(true, SeqCst);
    // Taken back, as it had been made.
    vendor.is_empty().await;
    assert_eq!(place.names().await, Vec::<String>::new());
    // The request was still under way; so is what a killed gateway asked for.
    let crashed = killed(&place, &vendor, TimeDelta::zero(), false).await;
    assert_eq!(place.settle(true).await.expect("looked through").dropped, 2);
    let plans = place.state.plans(Utc::now()).await.expect("plans");
    assert_eq!(plans.len(), 2, "they may be made yet");
    place.create(None, None).await.expect("the name is free all the same");
    for plan in &plans {
        vendor.buckets.lock().expect("no panic").insert(plan.physical.clone());
    }
    assert!(plans.iter().any(|plan| plan.physical == crashed.physical));
    place.settle(true).await.expect("looked through");
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

#[tokio::test]
async fn an_old_plan_without_a_bucket_is_forgotten() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    let plan = killed(&place, &vendor, TimeDelta::minutes(6), false).await;
    assert_eq!(place.settle(false).await.expect("looked through").dropped, 1);
    // A repeat of its request may be making it just now, so it is looked for once more.
    vendor.buckets.lock().expect("no panic").insert(plan.physical);
    assert_eq!(place.settle(false).await.expect("looked through").dropped, 1);
    assert_eq!((vendor.count(), place.state.plans(Utc::now()).await), (0, Ok(Vec::new())));
}

#[tokio::test]
async fn what_a_vendor_refuses_leaves_nothing() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.refuses.store(true, SeqCst);
    assert_eq!(code(place.create(None, None).await), Code::VendorError);
    assert_eq!(place.state.plans(Utc::now()).await, Ok(Vec::new()));
}

/// Its clocks aren't the same: this is what another replica does with the repeat of a request that it counts as lost.
#[tokio::test]
async fn what_a_repeat_has_made_ready_stays() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.holds.store(true, SeqCst);
    vendor.answers.store(false, SeqCst);
    let repeated = async {
        let plan = loop {
            let plans = place.state.plans(Utc::now() + TimeDelta::hours(1)).await.expect("plans");
            match plans.into_iter().next() {
                Some(plan) => break plan,
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!(place.state.bucket_ready(&plan.physical).await, Ok(true));
        vendor.holds.store(false, SeqCst);
    };
    let (first, ()) = tokio::join!(place.create(Some("k"), None), repeated);
    assert_eq!(code(first), Code::Unavailable);
    // Nothing removes it: not the one that gave up, and not the next look at what is left.
    vendor.answers.store(true, SeqCst);
    place.settle(true).await.expect("looked through");
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

#[tokio::test]
async fn a_bucket_that_is_there_takes_no_vendor() {
    let vendor = Fake::new("a", false);
    let mut place = Place::new(slice::from_ref(&vendor)).await;
    let made = place.create(Some("k"), None).await.expect("a bucket");
    let health = Arc::new(Board::watch(&[], Duration::from_hours(1), Utc::now));
    place.service = Service::new(place.state.clone(), Vec::new(), health, TrialSettings::default(), system_clock());
    // Its answer was lost.
    assert_eq!(place.create(Some("k"), None).await.expect("the same"), made);
    assert_eq!(code(place.create(Some("other"), None).await), Code::BucketExists);
}

#[tokio::test]
async fn what_is_refused_for_long_frees_its_name() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    killed(&place, &vendor, TimeDelta::minutes(6), true).await;
    vendor.refuses.store(true, SeqCst);
    assert_eq!(place.settle(false).await.expect("looked through").left, 1);
    vendor.refuses.store(false, SeqCst);
    assert_eq!(place.settle(false).await.expect("looked through").dropped, 1);
    assert_eq!((vendor.count(), place.state.plans(Utc::now()).await), (0, Ok(Vec::new())));
}

/// A start waits for this.
#[tokio::test]
async fn a_vendor_that_is_silent_is_asked_once() {
    let (silent, other) = (Fake::new("a", false), Fake::new("b", false));
    let place = Place::new(&[silent.clone(), other.clone()]).await;
    for (number, vendor) in ["a", "a", "b", "a"].into_iter().enumerate() {
        let plan = state::Bucket {
            name: format!("uploads-{number}"),
            physical: format!("ifr-uploads-{number}"),
            vendor: vendor.to_owned(),
            ..plan_of(&place, TimeDelta::minutes(6))
        };
        assert_eq!(place.state.plan_bucket(&plan, None).await, Ok(state::Planned::Yes));
    }
    silent.answers.store(false, SeqCst);
    let done = place.settle(true).await.expect("looked through");
    assert_eq!((done.finished, done.dropped, done.left), (0, 1, 3));
    assert_eq!((silent.asked.load(SeqCst), other.asked.load(SeqCst)), (1, 1));
    silent.answers.store(true, SeqCst);
    assert_eq!(place.settle(true).await.expect("looked through").dropped, 4, "the other one is looked at again");
}

#[tokio::test]
async fn a_caller_that_leaves_changes_nothing() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.holds.store(true, SeqCst);
    let plans = async || place.state.plans(Utc::now() + TimeDelta::hours(1)).await.expect("plans").len();
    let planned = async {
        while plans().await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        made = place.create(Some("k"), None) => panic!("the vendor holds it back, but there is {made:?}"),
        () = planned => {}
    }
    assert_eq!(plans().await, 1);
    vendor.holds.store(false, SeqCst);
    place.create(Some("k"), None).await.expect("the bucket");
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

#[tokio::test]
async fn limited_bytes_stay_where_they_are_counted() {
    let (outside, inside) = (Fake::new("outside", false), Fake::new("inside", true));
    let place = Place::new(&[outside.clone(), inside.clone()]).await;
    let trial = account::create_trial(&*place.state, &TrialSettings::default(), Utc::now()).await.expect("a trial");
    let call = || Call { caller: Caller { account: trial.account.clone() }, ..place.call(None) };
    let pinned = place.service.storage_bucket_create(call(), request(Some("outside"), None)).await;
    assert_eq!(code(pinned), Code::LimitExceeded);
    let made = place.service.storage_bucket_create(call(), request(None, None)).await.expect("a bucket");
    assert_eq!((made.vendor.as_str(), outside.count(), inside.count()), ("inside", 0, 1));
    // Others go where the order says.
    assert_eq!(place.create(None, None).await.expect("a bucket").vendor, "outside");
}
