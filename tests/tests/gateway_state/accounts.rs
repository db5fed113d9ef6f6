//! Accounts, keys, trials.

use chrono::TimeDelta;
use infrai_gateway::account::{AccountError, ApiKey, Found, TrialSettings, add_key, create, create_trial, find};
use infrai_gateway::state::{KeyHash, Planned, StateError, Trial};

use crate::on_each;
use crate::place::{Place, account, account_and_key, at, at_once, bucket};

on_each![
    an_account_is_found_by_name_id_and_key,
    a_name_is_taken_once,
    of_many_with_one_name_one_is_made,
    an_account_has_several_keys,
    a_revoked_key_is_refused_at_once,
    a_trial_ends,
    trials_share_a_name_and_are_no_named_accounts,
    odd_strings_and_numbers_come_back,
    an_account_is_removed_with_all_but_its_buckets,
    names_have_rules,
    it_can_be_written,
];

async fn an_account_is_found_by_name_id_and_key(place: Place) {
    let state = place.open().await;
    let made = account(&state, "team").await;
    assert_eq!(made.account.id.len(), 16);
    assert!(made.key.id.starts_with("key_") && made.key.id.len() == 16);
    let other = place.open().await;
    let account = Some(made.account.clone());
    assert_eq!(other.account_named("team").await, Ok(account.clone()));
    assert_eq!(other.account(&made.account.id).await, Ok(account.clone()));
    assert_eq!(other.account_by_key(&made.secret.hash()).await, Ok(account));
    assert_eq!(find(&*other, made.secret.reveal(), at(1)).await, Ok(Found::Account(made.account.clone())));
    assert_eq!(other.keys().await, Ok(vec![(made.key, made.account)]));

    for name in ["Team", "team ", "tea", "%", ""] {
        assert_eq!(other.account_named(name).await, Ok(None), "{name}");
    }
    assert_eq!(other.account("nobody").await, Ok(None));
    assert_eq!(other.account_by_key(&KeyHash([0; 32])).await, Ok(None));
    let unknown = ApiKey::generate().expect("random bytes");
    for key in [unknown.reveal(), "", "ifr_pk_proj_short"] {
        assert_eq!(find(&*other, key, at(1)).await, Ok(Found::Nobody), "{key}");
    }
}

async fn a_name_is_taken_once(place: Place) {
    let state = place.open().await;
    account(&state, "team").await;
    let error = create(&*state, "team", "first", at(1)).await.expect_err("taken");
    assert_eq!(error, AccountError::NameTaken("team".to_owned()));
    assert_eq!(state.keys().await.expect("keys").len(), 1);
    account(&state, "Team").await;
}

async fn of_many_with_one_name_one_is_made(place: Place) {
    let made = at_once(&place, |state, _| async move { create(&*state, "team", "first", at(0)).await.is_ok() }).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    assert_eq!(place.open().await.keys().await.expect("keys").len(), 1);
}

async fn an_account_has_several_keys(place: Place) {
    let state = place.open().await;
    let first = account(&state, "team").await;
    let second = add_key(&*state, " team ", "second", at(-5)).await.expect("a key");
    assert_eq!(second.account, first.account);
    assert_ne!(second.secret, first.secret);
    for key in [&first.secret, &second.secret] {
        assert_eq!(state.account_by_key(&key.hash()).await, Ok(Some(first.account.clone())));
    }
    let keys: Vec<_> = state.keys().await.expect("keys").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [second.key, first.key], "oldest first");

    let error = add_key(&*state, "nobody", "key", at(0)).await.expect_err("no account");
    assert_eq!(error, AccountError::NoAccount("nobody".to_owned()));
    let (_, orphan) = account_and_key("gone", "gone");
    let error = state.add_key(&orphan, &KeyHash([1; 32])).await.expect_err("no account");
    assert!(matches!(&error, StateError::Broken(text) if text.contains("no such account")), "{error}");
}

async fn a_revoked_key_is_refused_at_once(place: Place) {
    let (state, serving) = (place.open().await, place.open().await);
    let (first, second) = (account(&state, "team").await, account(&state, "other").await);
    assert!(serving.account_by_key(&first.secret.hash()).await.expect("a look").is_some());
    assert_eq!(state.revoke_key(&first.key.id, at(7)).await, Ok(true));
    assert_eq!(serving.account_by_key(&first.secret.hash()).await, Ok(None));
    assert_eq!(serving.account_by_key(&second.secret.hash()).await, Ok(Some(second.account.clone())));
    assert_eq!(state.revoke_key(&first.key.id, at(9)).await, Ok(false));
    assert_eq!(state.revoke_key("key_nobody", at(9)).await, Ok(false));
    let keys = state.keys().await.expect("keys");
    let revoked = keys.iter().find(|(key, _)| key.id == first.key.id).expect("it is still listed");
    assert_eq!(revoked.0.revoked_at, Some(at(7)));
}

async fn a_trial_ends(place: Place) {
    let state = place.open().await;
    let settings = TrialSettings { days: Some(2), ..TrialSettings::default() };
    let made = create_trial(&*state, &settings, at(0)).await.expect("a trial");
    let end = at(0) + TimeDelta::days(2);
    let trial = Trial { expires_at: Some(end), max_buckets: Some(10), max_bytes: Some(1 << 30) };
    assert_eq!(made.account.trial, Some(trial));
    let found = |now| find(&*state, made.secret.reveal(), now);
    let moment = TimeDelta::microseconds(1);
    assert_eq!(found(end - moment).await, Ok(Found::Account(made.account.clone())));
    assert_eq!(found(end).await, Ok(Found::TrialEnded(made.account.clone())));

    let endless = TrialSettings { days: None, ..settings };
    let endless = create_trial(&*state, &endless, at(0)).await.expect("a trial").account;
    let team = account(&state, "team").await.account.id;
    assert_eq!(state.ended_trials(end).await, Ok(Vec::new()));
    assert_eq!(state.ended_trials(end + moment).await, Ok(vec![made.account.clone()]));
    assert_eq!(state.revoke_key(&made.key.id, at(0)).await, Ok(true));
    assert_eq!(found(end).await, Ok(Found::Nobody));
    // Also one that has no end; no other account has one.
    for id in [&endless.id, &team] {
        assert_eq!(state.end_trial(id, at(5)).await, Ok(()));
    }
    let ended = state.ended_trials(at(6)).await.expect("those that ended");
    assert_eq!(ended.iter().map(|account| &account.id).collect::<Vec<_>>(), [&endless.id]);
    assert_eq!(state.account(&team).await.expect("an account").and_then(|account| account.trial), None);
}

async fn trials_share_a_name_and_are_no_named_accounts(place: Place) {
    let state = place.open().await;
    let settings = TrialSettings::default();
    let first = create_trial(&*state, &settings, at(0)).await.expect("a trial");
    let second = create_trial(&*state, &settings, at(0)).await.expect("a trial");
    assert_ne!(first.account.id, second.account.id);
    assert_eq!(state.account_named(&first.account.name).await, Ok(None));
    account(&state, &first.account.name).await;
    create_trial(&*state, &settings, at(0)).await.expect("a trial, also when an account has the name");
}

async fn odd_strings_and_numbers_come_back(place: Place) {
    let state = place.open().await;
    let odd =
        ["it's", "\"quoted\"", "a;DROP TABLE accounts;--", "日本語 ñ 🦀", "back\\slash", "%_$1?1", "tab\there", " "];
    for (number, text) in odd.into_iter().enumerate() {
        let (mut account, mut key) = account_and_key(&format!("id{number}{text}"), text);
        account.trial = (number % 2 == 0).then_some(Trial {
            expires_at: (number % 4 == 0).then(|| at(-60 * 365 * 24 * 3600)),
            max_buckets: [None, Some(0), Some(u32::MAX)][number % 3],
            max_bytes: [Some(i64::MAX.unsigned_abs()), None, Some(0)][number % 3],
        });
        (key.name, key.hint) = (text.to_owned(), text.to_owned());
        let hash = KeyHash([u8::try_from(number).expect("small"); 32]);
        assert_eq!(state.add_account(&account, &key, &hash).await, Ok(true), "{text}");
        assert_eq!(state.account_by_key(&hash).await, Ok(Some(account.clone())), "{text}");
        assert!(state.keys().await.expect("keys").contains(&(key, account)), "{text}");
    }
}

async fn an_account_is_removed_with_all_but_its_buckets(place: Place) {
    let state = place.open().await;
    let (made, other) = (account(&state, "team").await, account(&state, "other").await);
    let id = made.account.id.as_str();
    assert_eq!(state.plan_bucket(&bucket(id, "demo"), None).await, Ok(Planned::Yes));
    assert_eq!(state.remove_account(id).await, Ok(false), "a plan");
    assert_eq!(state.bucket_ready(&format!("{id}-demo")).await, Ok(true));
    assert_eq!(state.remove_account(id).await, Ok(false), "a bucket");
    assert!(state.account(id).await.expect("a look").is_some());
    state.drop_bucket(&format!("{id}-demo")).await.expect("dropped");
    state.begin(&crate::place::keyed(id, "key", 1), at(0), at(30)).await.expect("begun");
    assert_eq!(state.remove_account(id).await, Ok(true));
    assert_eq!(state.remove_account(id).await, Ok(true), "gone already");
    assert_eq!(state.account_by_key(&made.secret.hash()).await, Ok(None));
    assert_eq!(state.keys().await, Ok(vec![(other.key, other.account)]));
    let error = state.plan_bucket(&bucket(id, "demo"), None).await.expect_err("no account");
    assert!(matches!(error, StateError::Broken(_)), "{error}");
}

async fn names_have_rules(place: Place) {
    let state = place.open().await;
    let long = "ü".repeat(101);
    for name in ["", "  ", "a\nb", "a\0b", &long] {
        for error in [
            create(&*state, name, "key", at(0)).await.expect_err("no name"),
            create(&*state, "team", name, at(0)).await.expect_err("no key's name"),
        ] {
            assert!(matches!(error, AccountError::BadName(_)), "{name:?}: {error}");
        }
    }
    account(&state, &"ü".repeat(100)).await;
}

async fn it_can_be_written(place: Place) {
    let state = place.open().await;
    assert_eq!(state.check().await, Ok(()));
    assert_eq!(state.check().await, Ok(()));
}
