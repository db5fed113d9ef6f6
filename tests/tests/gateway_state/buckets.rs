//! Buckets, planned and ready.

use infrai_gateway::state::{Access, Bucket, Planned};

use crate::on_each;
use crate::place::{Place, account, at, at_once, bucket};

on_each![
    a_bucket_is_planned_then_ready_then_gone,
    the_order_is_that_of_bytes,
    two_accounts_may_use_one_name,
    of_many_plans_for_one_bucket_one_is_taken,
    the_limit_is_never_exceeded,
    an_existing_bucket_is_said_before_the_limit,
    what_a_crash_left_behind_is_found,
    everything_of_a_bucket_comes_back,
    a_released_plan_holds_no_name_and_is_found,
];

async fn a_bucket_is_planned_then_ready_then_gone(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let plan = bucket(&id, "demo");
    let ready = Bucket { ready: true, ..plan.clone() };
    assert_eq!(state.bucket_ready(&format!("{id}-demo")).await, Ok(false));
    assert_eq!(state.plan_bucket(&ready, None).await, Ok(Planned::Yes));
    assert_eq!(state.bucket(&id, "demo").await, Ok(None), "a plan is no bucket");
    assert_eq!(state.buckets(&id).await, Ok(Vec::new()));
    assert_eq!(state.plan_bucket(&plan, None).await, Ok(Planned::Exists(Box::new(plan.clone()))));
    state.drop_plan(&format!("{id}-demo")).await.expect("dropped");
    assert_eq!(state.bucket_ready(&format!("{id}-demo")).await, Ok(false));

    assert_eq!(state.plan_bucket(&plan, None).await, Ok(Planned::Yes));
    assert_eq!(state.bucket_ready(&format!("{id}-demo")).await, Ok(true));
    assert_eq!(state.bucket_ready(&format!("{id}-demo")).await, Ok(true), "again");
    assert_eq!(state.bucket(&id, "demo").await, Ok(Some(ready.clone())));
    state.drop_plan(&format!("{id}-demo")).await.expect("nothing to drop");
    assert_eq!(state.buckets(&id).await, Ok(vec![ready.clone()]));
    assert_eq!(state.plan_bucket(&plan, None).await, Ok(Planned::Exists(Box::new(ready))));

    state.drop_bucket(&format!("{id}-demo")).await.expect("dropped");
    state.drop_bucket(&format!("{id}-demo")).await.expect("gone already");
    assert_eq!(state.bucket(&id, "demo").await, Ok(None));
    assert_eq!(state.plan_bucket(&plan, None).await, Ok(Planned::Yes));
    state.drop_bucket(&format!("{id}-demo")).await.expect("a plan, too");
    assert_eq!(state.plans(at(100)).await, Ok(Vec::new()));
}

pub(crate) async fn the_order_is_that_of_bytes(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let mut names = ["b", "a-b", "ab", "a.b", "a0", "a", "A", "Z", "é", "e", "z", "a-", "aa", "a_b", "ß", "10", "9"];
    for name in names {
        assert_eq!(state.plan_bucket(&bucket(&id, name), None).await, Ok(Planned::Yes));
        assert_eq!(state.bucket_ready(&format!("{id}-{name}")).await, Ok(true));
    }
    names.sort_unstable();
    let listed: Vec<_> = state.buckets(&id).await.expect("buckets").into_iter().map(|bucket| bucket.name).collect();
    assert_eq!(listed, names);
}

async fn two_accounts_may_use_one_name(place: Place) {
    let state = place.open().await;
    let (one, two) = (account(&state, "one").await.account.id, account(&state, "two").await.account.id);
    for id in [&one, &two] {
        assert_eq!(state.plan_bucket(&bucket(id, "user-uploads"), Some(1)).await, Ok(Planned::Yes));
        assert_eq!(state.bucket_ready(&format!("{id}-user-uploads")).await, Ok(true));
    }
    state.drop_bucket(&format!("{one}-user-uploads")).await.expect("dropped");
    assert_eq!(state.bucket(&one, "user-uploads").await, Ok(None));
    let left = state.buckets(&two).await.expect("buckets");
    assert_eq!(left.iter().map(|bucket| bucket.physical.clone()).collect::<Vec<_>>(), [format!("{two}-user-uploads")]);
    // One that two accounts would share is refused.
    let shared = Bucket { physical: left[0].physical.clone(), ..bucket(&one, "mine") };
    state.plan_bucket(&shared, None).await.expect_err("another account's");
    assert_eq!(state.plans(at(100)).await, Ok(Vec::new()));
}

async fn of_many_plans_for_one_bucket_one_is_taken(place: Place) {
    let id = account(&place.open().await, "team").await.account.id;
    let planned = at_once(&place, |state, number| {
        let plan = Bucket { physical: format!("physical-{number}"), ..bucket(&id, "demo") };
        async move { state.plan_bucket(&plan, Some(10)).await.expect("an answer") }
    });
    let planned = planned.await;
    assert_eq!(planned.iter().filter(|planned| **planned == Planned::Yes).count(), 1);
    let winner = &place.open().await.plans(at(1)).await.expect("plans")[0];
    for other in planned.iter().filter(|planned| **planned != Planned::Yes) {
        assert_eq!(*other, Planned::Exists(Box::new(winner.clone())));
    }
}

async fn the_limit_is_never_exceeded(place: Place) {
    let state = place.open().await;
    let (id, free) = (account(&state, "team").await.account.id, account(&state, "free").await.account.id);
    let planned = at_once(&place, |state, number| {
        let (plan, other) = (bucket(&id, &format!("b{number}")), bucket(&free, &format!("b{number}")));
        async move {
            assert_eq!(state.plan_bucket(&other, None).await, Ok(Planned::Yes));
            state.plan_bucket(&plan, Some(5)).await.expect("an answer")
        }
    });
    let planned = planned.await;
    assert_eq!(planned.iter().filter(|planned| **planned == Planned::Yes).count(), 5);
    assert_eq!(planned.iter().filter(|planned| **planned == Planned::LimitReached(5)).count(), 27);
    assert_eq!(state.plans(at(1)).await.expect("plans").len(), 5 + 32);
}

async fn an_existing_bucket_is_said_before_the_limit(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    assert_eq!(state.plan_bucket(&bucket(&id, "a"), Some(0)).await, Ok(Planned::LimitReached(0)));
    assert_eq!(state.plan_bucket(&bucket(&id, "a"), Some(1)).await, Ok(Planned::Yes));
    assert!(matches!(state.plan_bucket(&bucket(&id, "a"), Some(1)).await, Ok(Planned::Exists(_))));
    assert_eq!(state.plan_bucket(&bucket(&id, "b"), Some(1)).await, Ok(Planned::LimitReached(1)));
    state.drop_plan(&format!("{id}-a")).await.expect("dropped");
    assert_eq!(state.plan_bucket(&bucket(&id, "b"), Some(1)).await, Ok(Planned::Yes));
}

async fn what_a_crash_left_behind_is_found(place: Place) {
    let state = place.open().await;
    let (one, two) = (account(&state, "one").await.account.id, account(&state, "two").await.account.id);
    let plans = [
        Bucket { created_at: at(10), ..bucket(&one, "a") },
        Bucket { created_at: at(5), ..bucket(&two, "b") },
        Bucket { created_at: at(20), ..bucket(&one, "c") },
        Bucket { created_at: at(1), ..bucket(&one, "ready") },
    ];
    for plan in &plans {
        assert_eq!(state.plan_bucket(plan, None).await, Ok(Planned::Yes));
    }
    assert_eq!(state.bucket_ready(&format!("{one}-ready")).await, Ok(true));
    let [a, b, ..] = plans;
    assert_eq!(state.plans(at(20)).await, Ok(vec![b, a]), "of all accounts, oldest first");
    assert_eq!(state.plans(at(5)).await, Ok(Vec::new()));
    // Plans are nobody's yet.
    assert_eq!(state.vendors().await, Ok(vec![("embedded".to_owned(), 1)]));
}

async fn everything_of_a_bucket_comes_back(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let accesses = [None, Some(Access::Private), Some(Access::Public)];
    for (number, access) in accesses.into_iter().enumerate() {
        let bucket = Bucket {
            vendor: "o'vendor \"1\"".to_owned(),
            region: "süd-1".to_owned(),
            access,
            created_at: at(12),
            reason: "cheapest; 12 ms 🦀".to_owned(),
            idempotency_key: access.map(|_| "k;'\"\\ key".to_owned()),
            ready: true,
            ..bucket(&id, &format!("bucket-{number}"))
        };
        assert_eq!(state.plan_bucket(&bucket, None).await, Ok(Planned::Yes));
        assert_eq!(state.bucket_ready(&bucket.physical).await, Ok(true));
        assert_eq!(state.bucket(&id, &bucket.name).await, Ok(Some(bucket)));
    }
}

async fn a_released_plan_holds_no_name_and_is_found(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let first = bucket(&id, "demo");
    assert_eq!(state.plan_bucket(&first, Some(1)).await, Ok(Planned::Yes));
    assert_eq!(state.release_plan(&first.physical).await, Ok(true));
    let released = state.plans(at(100)).await.expect("plans");
    assert_eq!(released, [Bucket { name: first.physical.clone(), ..first.clone() }]);
    assert!(released[0].is_released() && !first.is_released());
    assert_eq!(state.bucket_ready(&first.physical).await, Ok(false), "whoever was making it comes too late");

    // It counts no more, and its name is free.
    let second = Bucket { physical: "another".to_owned(), ..bucket(&id, "demo") };
    assert_eq!(state.plan_bucket(&second, Some(1)).await, Ok(Planned::Yes));
    assert_eq!(state.bucket_ready(&second.physical).await, Ok(true));
    assert_eq!(state.release_plan(&second.physical).await, Ok(false), "a ready one isn't");
    assert_eq!(state.release_plan("gone").await, Ok(false));
    assert_eq!(state.bucket(&id, "demo").await, Ok(Some(Bucket { ready: true, ..second })));
    state.drop_plan(&first.physical).await.expect("dropped");
    assert_eq!(state.plans(at(100)).await, Ok(Vec::new()));
}
