//! How many trial accounts are granted: to one client, and in all.

use std::num::NonZeroU32;

use infrai_gateway::state::{Grant, GrantLimits, State};

use crate::on_each;
use crate::place::{Place, at, at_once};

on_each![
    a_client_has_so_many_and_then_waits_for_the_oldest,
    all_together_have_so_many,
    of_many_at_once_no_more_are_granted,
    lower_limits_hold_at_once,
    a_clock_that_was_ahead_shuts_nobody_out,
    what_came_to_nothing_does_not_count,
];

const HOUR: i64 = 3600;

fn limits(per_client: u32, in_all: u32) -> GrantLimits {
    let number = |number| NonZeroU32::new(number).expect("not zero");
    GrantLimits { per_client: number(per_client), in_all: number(in_all) }
}

async fn grant(state: &dyn State, client: &str, limits: GrantLimits, seconds: i64) -> Grant {
    state.grant(client, limits, at(seconds)).await.expect("an answer")
}

async fn a_client_has_so_many_and_then_waits_for_the_oldest(place: Place) {
    let (state, other, limits) = (place.open().await, place.open().await, limits(2, 100));
    assert_eq!(grant(&*state, "192.0.2.1", limits, 0).await, Grant::Yes);
    assert_eq!(grant(&*other, "192.0.2.1", limits, 600).await, Grant::Yes);
    // Who is refused isn't counted.
    for seconds in [601, 1200, HOUR - 1] {
        assert_eq!(grant(&*state, "192.0.2.1", limits, seconds).await, Grant::NotBefore(at(HOUR)));
    }
    assert_eq!(grant(&*state, "2001:db8::/64", limits, 1200).await, Grant::Yes);
    assert_eq!(grant(&*other, "192.0.2.1", limits, HOUR).await, Grant::Yes);
    assert_eq!(grant(&*state, "192.0.2.1", limits, HOUR).await, Grant::NotBefore(at(HOUR + 600)));
    assert_eq!(grant(&*state, "192.0.2.1", limits, HOUR + 600).await, Grant::Yes);
}

async fn all_together_have_so_many(place: Place) {
    let (state, limits) = (place.open().await, limits(20, 3));
    for last in 1..=3 {
        assert_eq!(grant(&*state, &format!("192.0.2.{last}"), limits, last).await, Grant::Yes);
    }
    assert_eq!(grant(&*state, "192.0.2.9", limits, 10).await, Grant::NotBefore(at(HOUR + 1)));
    assert_eq!(grant(&*state, "192.0.2.9", limits, HOUR + 1).await, Grant::Yes);
}

async fn of_many_at_once_no_more_are_granted(place: Place) {
    let granted = at_once(&place, |state, number| async move {
        let client = ["192.0.2.1", "192.0.2.2", "192.0.2.3"][number % 3];
        (client, grant(&*state, client, limits(3, 7), 0).await)
    });
    let granted: Vec<_> = granted.await.into_iter().filter(|(_, grant)| *grant == Grant::Yes).collect();
    assert_eq!(granted.len(), 7);
    for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert!(granted.iter().filter(|(to, _)| *to == client).count() <= 3, "{granted:?}");
    }
}

async fn lower_limits_hold_at_once(place: Place) {
    let state = place.open().await;
    for seconds in 0..5 {
        assert_eq!(grant(&*state, "192.0.2.1", limits(5, 5), seconds).await, Grant::Yes);
    }
    // With room for two, all but one must be forgotten first.
    assert_eq!(grant(&*state, "192.0.2.1", limits(2, 5), 10).await, Grant::NotBefore(at(HOUR + 3)));
    assert_eq!(grant(&*state, "192.0.2.1", limits(2, 5), HOUR + 3).await, Grant::Yes);
}

async fn a_clock_that_was_ahead_shuts_nobody_out(place: Place) {
    let (state, limits) = (place.open().await, limits(1, 1));
    assert_eq!(grant(&*state, "192.0.2.1", limits, 90 * 24 * HOUR).await, Grant::Yes);
    assert_eq!(grant(&*state, "192.0.2.1", limits, 0).await, Grant::Yes);
    assert_eq!(grant(&*state, "192.0.2.1", limits, 1).await, Grant::NotBefore(at(HOUR)));
}

async fn what_came_to_nothing_does_not_count(place: Place) {
    let (state, limits) = (place.open().await, limits(2, 2));
    for _ in 0..2 {
        assert_eq!(grant(&*state, "192.0.2.1", limits, 0).await, Grant::Yes);
    }
    state.take_back_grant("192.0.2.1", at(0)).await.expect("forgotten");
    assert_eq!(grant(&*state, "192.0.2.2", limits, 1).await, Grant::Yes, "one of two of the same time");
    assert_eq!(grant(&*state, "192.0.2.2", limits, 2).await, Grant::NotBefore(at(HOUR)));
    state.take_back_grant("192.0.2.9", at(0)).await.expect("there is none");
}
