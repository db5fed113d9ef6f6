//! Creating buckets when vendors fail, callers leave, and requests come twice.

#[path = "service/place.rs"]
mod place;
#[path = "service/vendor.rs"]
mod vendor;

use std::net::IpAddr;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use infrai_gateway::account::{self, TrialSettings};
use infrai_gateway::api::{ApiError, Call, Caller, Code};
use infrai_gateway::generated::operations::Operations;
use infrai_gateway::generated::types::Acl;
use infrai_gateway::service::{Service, system_clock};
use infrai_gateway::state;
use infrai_gateway::vendor::health::Board;

use place::{Place, request};
use vendor::Fake;

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

#[tokio::test]
async fn what_a_vendor_makes_half_goes_again() {
    let vendor = Fake::new("a", false);
    let place = Place::new(slice::from_ref(&vendor)).await;
    vendor.spoils.store(true, SeqCst);
    assert_eq!(code(place.create(None, None).await), Code::VendorError);
    assert_eq!((vendor.count(), place.plans().await), (0, Vec::new()));
    // Also where it can't be removed at once.
    vendor.removes.store(false, SeqCst);
    assert_eq!(code(place.create(None, None).await), Code::VendorError);
    assert_eq!((vendor.count(), place.plans().await.len()), (1, 1));
    vendor.spoils.store(false, SeqCst);
    vendor.removes.store(true, SeqCst);
    place.create(None, None).await.expect("the name is free");
    assert_eq!(place.settle(true).await.expect("looked through").dropped, 1);
    assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
}

/// Its clocks aren't the same: this is what another replica does with the repeat of a request that it counts as lost.
#[tokio::test]
async fn what_a_repeat_has_made_ready_stays() {
    for (answers, expected) in [(false, Code::Unavailable), (true, Code::VendorError)] {
        let vendor = Fake::new("a", false);
        let place = Place::new(slice::from_ref(&vendor)).await;
        vendor.holds.store(true, SeqCst);
        vendor.answers.store(answers, SeqCst);
        vendor.spoils.store(answers, SeqCst);
        let repeated = async {
            let plan = place.planned().await;
            assert_eq!(place.state.bucket_ready(&plan.physical).await, Ok(true));
            vendor.holds.store(false, SeqCst);
        };
        let (first, ()) = tokio::join!(place.create(Some("k"), None), repeated);
        assert_eq!(code(first), expected);
        // Nothing removes it: not the one that gave up, and not the next look at what is left.
        vendor.answers.store(true, SeqCst);
        place.settle(true).await.expect("looked through");
        assert_eq!((vendor.count(), place.names().await), (1, vec!["uploads".to_owned()]));
    }
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
    tokio::select! {
        made = place.create(Some("k"), None) => panic!("the vendor holds it back, but there is {made:?}"),
        _ = place.planned() => {}
    }
    assert_eq!(place.plans().await.len(), 1);
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

/// Its key was shown to nobody, and no trial has an end by itself here.
#[tokio::test]
async fn a_trial_that_could_not_begin_is_removed() {
    let vendor = Fake::new("a", false);
    let trial = TrialSettings { days: None, per_hour_per_client: 1, ..TrialSettings::default() };
    let place = Place::with(slice::from_ref(&vendor), trial).await;
    let client = IpAddr::from([192, 0, 2, 1]);
    vendor.holds.store(true, SeqCst);
    vendor.answers.store(false, SeqCst);
    let meanwhile = async {
        place.planned().await;
        assert_eq!(code(place.service.activate(client).await), Code::RateLimited);
        vendor.holds.store(false, SeqCst);
    };
    let (first, ()) = tokio::join!(place.service.activate(client), meanwhile);
    assert_eq!(code(first), Code::Unavailable);
    vendor.is_empty().await;
    // What came to nothing isn't counted.
    vendor.answers.store(true, SeqCst);
    place.service.activate(client).await.expect("a trial");
    // The account goes when nothing can come of its bucket any more.
    let soon = Utc::now() + TimeDelta::seconds(1);
    let ended = place.state.ended_trials(soon).await.expect("those that ended");
    assert_eq!(ended.len(), 1);
    for plan in place.plans().await {
        place.state.drop_plan(&plan.physical).await.expect("forgotten");
    }
    assert_eq!(place.service.remove_old(soon).await.expect("removed").trials, 1);
    assert_eq!(place.state.account(&ended[0].id).await, Ok(None));
    assert_eq!(vendor.count(), 1);
}
