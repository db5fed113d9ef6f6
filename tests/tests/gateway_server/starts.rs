//! What a start puts right by itself, without anybody asking again: what a crash left half done, what is past its time.

use chrono::TimeDelta;
use infrai::types::{Acl, PresignMethod};
use infrai_tests::gateway::{Request, TestGateway, fetch, until};
use rusqlite::Connection;

use super::BUCKETS;

fn database(gateway: &TestGateway, file: &str) -> Connection {
    let database = Connection::open(gateway.data().join(file)).expect("the database");
    database.busy_timeout(std::time::Duration::from_secs(5)).expect("an option");
    database
}

fn count(database: &Connection, of: &str) -> u32 {
    database.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).expect("a count")
}

#[tokio::test]
async fn plans_that_a_crash_left_are_brought_to_an_end() {
    let gateway = TestGateway::start().await;
    let key = gateway.standard_key("team").await;
    let buckets = ["made", "not-made"];
    for bucket in buckets {
        gateway.client(&key).storage().bucket().create(bucket).await.expect("a bucket");
    }
    let put = gateway.client(&key).storage().object().presign("made", "a").await.expect("a URL").url;
    assert_eq!(fetch("PUT", &put, Some(b"kept")).await.status, 200);
    // What a crash leaves: both planned, one of them with its vendor, and a request that nobody will answer.
    let state = gateway.data().join("state.sqlite");
    let index = gateway.data().join("store/index.sqlite");
    let gateway = gateway
        .restart(|_| {
            let state = Connection::open(state).expect("the database");
            state
                .execute_batch(
                    "UPDATE buckets SET ready = 0;
                    INSERT INTO answers (account, key, fingerprint, token, until)
                    SELECT account, 'once', zeroblob(32), 'token', 9000000000000000 FROM buckets WHERE name = 'made'",
                )
                .expect("a change");
            let index = Connection::open(index).expect("the index");
            let gone = index.execute("DELETE FROM buckets WHERE name LIKE 'ifr-not-made-%'", []).expect("a change");
            assert_eq!(gone, 1);
        })
        .await;

    // A start waits a little for that, and then goes on beside it. Its vendor may be making the other one still: that plan stays for
    // some minutes, without the name.
    let plans = ["buckets WHERE NOT ready AND name <> physical", "buckets WHERE NOT ready"];
    let state = database(&gateway, "state.sqlite");
    until("the plans are settled", async || (plans.map(|plans| count(&state, plans)) == [0, 1]).then_some(())).await;
    let client = gateway.client(&key);
    let listed = client.storage().bucket().list().await.expect("a list").items;
    assert_eq!(listed.iter().map(|bucket| &*bucket.bucket).collect::<Vec<_>>(), ["made"]);
    let get = client.storage().object().presign("made", "a");
    let get = get.method(PresignMethod::Get).await.expect("a URL").url;
    assert_eq!(fetch("GET", &get, None).await.body, b"kept");
    // The other name is free for anything, and so is the key of the request that ran.
    let again = Request::new("POST", BUCKETS).key(&key).header("idempotency-key", "once");
    let again = again.json(r#"{"bucket":"not-made","acl":"public"}"#).send(gateway.api()).await;
    assert_eq!(again.status, 201, "{again:?}");
    let listed = client.storage().bucket().list().await.expect("a list").items;
    assert_eq!(listed.iter().map(|bucket| bucket.acl.clone()).collect::<Vec<_>>()[1], Some(Acl::Public));
}

#[tokio::test]
async fn what_is_past_its_time_is_removed() {
    let gateway = TestGateway::with(|layer| layer.trial_days = Some(2)).await;
    let trial = gateway.activate().await;
    let own = gateway.standard_key("acme").await;
    gateway.client(&own).storage().bucket().create("kept").await.expect("a bucket");
    for (key, bucket) in [(&trial, "demo"), (&own, "kept")] {
        let put = gateway.client(key).storage().object().presign(bucket, "a").await.expect("a URL").url;
        assert_eq!(fetch("PUT", &put, Some(bucket.repeat(10_000).as_bytes())).await.status, 200);
    }
    let blobs = gateway.data().join("store/blobs");
    assert_eq!(files(&blobs), 2);
    gateway.clock().forward(TimeDelta::days(2) + infrai_gateway::KEPT_AFTER_TRIAL + TimeDelta::minutes(1));
    let gateway = gateway.restart(|_| ()).await;

    let state = database(&gateway, "state.sqlite");
    until("the account is gone", async || (count(&state, "accounts WHERE trial") == 0).then_some(())).await;
    for (of, left) in [("accounts", 1), ("keys", 1), ("buckets", 1), ("buckets WHERE name = 'kept'", 1)] {
        assert_eq!(count(&state, of), left, "{of}");
    }
    assert_eq!(count(&database(&gateway, "store/index.sqlite"), "buckets"), 1);
    until("its object is gone", async || (files(&blobs) == 1).then_some(())).await;
    gateway.client(&own).storage().object().presign("kept", "a").await.expect("a URL");
}

/// How many files there are in a folder and the folders in it.
fn files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}
