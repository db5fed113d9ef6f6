//! Requests with an `Idempotency-Key`.

use infrai_gateway::state::{Answer, Begun, MAX_KEYED, State};

use crate::on_each;
use crate::place::{Place, account, at, at_once, keyed};

on_each![
    an_answer_is_kept_for_repeats,
    of_many_at_once_one_is_first,
    of_many_behind_a_lapsed_lease_one_is_first,
    a_lease_ends,
    what_was_not_answered_may_be_tried_again,
    another_request_is_a_mismatch,
    an_answer_ends,
    keys_are_an_accounts_own,
    odd_keys_and_bodies_come_back,
    an_account_has_so_many,
];

const DAY: i64 = 24 * 3600;

fn answer(body: &str) -> Answer {
    Answer { status: 201, body: body.as_bytes().to_vec() }
}

async fn first(state: &dyn State, request: &infrai_gateway::state::Keyed, now: i64, lease: i64) -> String {
    match state.begin(request, at(now), at(lease)).await {
        Ok(Begun::First(token)) => token,
        other => panic!("{other:?}"),
    }
}

async fn an_answer_is_kept_for_repeats(place: Place) {
    let (state, other) = (place.open().await, place.open().await);
    let id = account(&state, "team").await.account.id;
    let request = keyed(&id, "key", 1);
    let token = first(&*state, &request, 0, 30).await;
    assert_eq!(other.begin(&request, at(1), at(31)).await, Ok(Begun::Running));
    state.answered(&request, &token, &answer("{}"), at(DAY)).await.expect("kept");
    for now in [1, 40, DAY - 1] {
        assert_eq!(other.begin(&request, at(now), at(now + 30)).await, Ok(Begun::Answered(answer("{}"))), "{now}");
    }
    // What is said later, or taken back, changes nothing.
    state.answered(&request, &token, &answer("later"), at(2 * DAY)).await.expect("ignored");
    state.unanswered(&request, &token).await.expect("ignored");
    assert_eq!(other.begin(&request, at(2), at(32)).await, Ok(Begun::Answered(answer("{}"))));
}

async fn of_many_at_once_one_is_first(place: Place) {
    let id = account(&place.open().await, "team").await.account.id;
    let begun = at_once(&place, |state, _| {
        let request = keyed(&id, "key", 1);
        async move { state.begin(&request, at(0), at(30)).await.expect("an answer") }
    });
    let begun = begun.await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Begun::First(_))).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Running).count(), 31);
}

async fn of_many_behind_a_lapsed_lease_one_is_first(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    first(&*state, &keyed(&id, "key", 1), 0, 30).await;
    let begun = at_once(&place, |state, _| {
        let request = keyed(&id, "key", 1);
        async move { state.begin(&request, at(30), at(60)).await.expect("an answer") }
    });
    assert_eq!(begun.await.iter().filter(|begun| matches!(begun, Begun::First(_))).count(), 1);
}

async fn a_lease_ends(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let request = keyed(&id, "key", 1);
    let late = first(&*state, &request, 0, 30).await;
    assert_eq!(state.begin(&request, at(29), at(59)).await, Ok(Begun::Running));
    // Also another request may have the key then.
    let second = first(&*state, &keyed(&id, "key", 2), 30, 60).await;
    assert_ne!(late, second);
    state.answered(&request, &late, &answer("late"), at(DAY)).await.expect("ignored");
    state.unanswered(&request, &late).await.expect("ignored");
    assert_eq!(state.begin(&keyed(&id, "key", 2), at(31), at(61)).await, Ok(Begun::Running));
    state.answered(&keyed(&id, "key", 2), &second, &answer("second"), at(DAY)).await.expect("kept");
    assert_eq!(state.begin(&keyed(&id, "key", 2), at(70), at(99)).await, Ok(Begun::Answered(answer("second"))));

    // Nobody took it over: whoever is late may still answer.
    let slow = keyed(&id, "slow", 1);
    let token = first(&*state, &slow, 0, 30).await;
    state.answered(&slow, &token, &answer("slow"), at(DAY)).await.expect("kept");
    assert_eq!(state.begin(&slow, at(90), at(120)).await, Ok(Begun::Answered(answer("slow"))));
}

async fn what_was_not_answered_may_be_tried_again(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let request = keyed(&id, "key", 1);
    let token = first(&*state, &request, 0, 30).await;
    state.unanswered(&request, "another token").await.expect("ignored");
    assert_eq!(state.begin(&request, at(1), at(31)).await, Ok(Begun::Running));
    state.unanswered(&request, &token).await.expect("forgotten");
    assert_ne!(first(&*state, &request, 2, 32).await, token);
}

async fn another_request_is_a_mismatch(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let token = first(&*state, &keyed(&id, "key", 1), 0, 30).await;
    assert_eq!(state.begin(&keyed(&id, "key", 2), at(1), at(31)).await, Ok(Begun::Mismatch));
    state.answered(&keyed(&id, "key", 1), &token, &answer("{}"), at(DAY)).await.expect("kept");
    assert_eq!(state.begin(&keyed(&id, "key", 2), at(1), at(31)).await, Ok(Begun::Mismatch));
    assert_eq!(state.begin(&keyed(&id, "key", 1), at(1), at(31)).await, Ok(Begun::Answered(answer("{}"))));
}

async fn an_answer_ends(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    for (key, until) in [("a", DAY), ("b", DAY), ("c", DAY + 1)] {
        let request = keyed(&id, key, 1);
        let token = first(&*state, &request, 0, 30).await;
        state.answered(&request, &token, &answer(key), at(until)).await.expect("kept");
    }
    // Past its time it counts as nothing, whether it was removed or not.
    first(&*state, &keyed(&id, "a", 2), DAY, DAY + 30).await;
    assert_eq!(state.forget_answers(at(DAY - 1)).await, Ok(0));
    assert_eq!(state.forget_answers(at(DAY)).await, Ok(1), "b");
    assert_eq!(state.begin(&keyed(&id, "c", 1), at(DAY), at(DAY + 30)).await, Ok(Begun::Answered(answer("c"))));
    assert_eq!(state.begin(&keyed(&id, "a", 2), at(DAY), at(DAY + 30)).await, Ok(Begun::Running));
    assert_eq!(state.forget_answers(at(2 * DAY)).await, Ok(2));
    first(&*state, &keyed(&id, "c", 1), DAY, DAY + 30).await;
}

async fn keys_are_an_accounts_own(place: Place) {
    let state = place.open().await;
    let (one, two) = (account(&state, "one").await.account.id, account(&state, "two").await.account.id);
    let token = first(&*state, &keyed(&one, "key", 1), 0, 30).await;
    first(&*state, &keyed(&two, "key", 2), 0, 30).await;
    state.answered(&keyed(&two, "key", 1), &token, &answer("not mine"), at(DAY)).await.expect("ignored");
    assert_eq!(state.begin(&keyed(&two, "key", 2), at(1), at(31)).await, Ok(Begun::Running));
}

async fn odd_keys_and_bodies_come_back(place: Place) {
    let state = place.open().await;
    let id = account(&state, "team").await.account.id;
    let long = "x".repeat(100_000);
    let bodies: [&[u8]; 4] = [b"", b"\0\x01\xff", "{\"a\":\"\u{1f980}\"}".as_bytes(), long.as_bytes()];
    for (key, body) in ["'", "\"\\", "ключ 🔑", "KEY"].into_iter().zip(bodies) {
        let request = keyed(&id, key, 255);
        let answer = Answer { status: 422, body: body.to_vec() };
        let token = first(&*state, &request, 0, 30).await;
        state.answered(&request, &token, &answer, at(DAY)).await.expect("kept");
        assert_eq!(state.begin(&request, at(1), at(31)).await, Ok(Begun::Answered(answer)), "{key}");
    }
    first(&*state, &keyed(&id, "key", 1), 0, 30).await;
}

async fn an_account_has_so_many(place: Place) {
    let state = place.open().await;
    let (id, other) = (account(&state, "team").await.account.id, account(&state, "other").await.account.id);
    let (kept, running) = (keyed(&id, "kept", 1), keyed(&id, "running", 1));
    let token = first(&*state, &kept, 0, 30).await;
    state.answered(&kept, &token, &answer("{}"), at(DAY)).await.expect("kept");
    first(&*state, &running, 0, 30).await;
    place.fill(&kept, MAX_KEYED - 3);
    // The last that there is room for, and one more.
    first(&*state, &keyed(&id, "last", 1), 1, 31).await;
    assert_eq!(state.begin(&keyed(&id, "one more", 1), at(1), at(31)).await, Ok(Begun::TooMany));
    assert_eq!(state.begin(&kept, at(1), at(31)).await, Ok(Begun::Answered(answer("{}"))));
    assert_eq!(state.begin(&running, at(1), at(31)).await, Ok(Begun::Running));
    first(&*state, &keyed(&other, "one more", 1), 1, 31).await;
    // One whose lease has ended is taken over, which needs no room.
    first(&*state, &running, 31, 61).await;
    assert_eq!(state.begin(&keyed(&id, "one more", 1), at(31), at(61)).await, Ok(Begun::TooMany));
    // What is past its time makes room when it is removed.
    assert_eq!(state.forget_answers(at(DAY)).await, Ok(u64::from(MAX_KEYED) + 1));
    first(&*state, &keyed(&id, "one more", 1), DAY, DAY + 30).await;
}
