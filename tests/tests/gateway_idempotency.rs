//! `Idempotency-Key`: a repeated `create` is answered, not done again.

#[path = "gateway_idempotency/kept.rs"]
mod kept;
#[path = "gateway_idempotency/running.rs"]
mod running;

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use infrai_gateway::account::{self, TrialSettings};
use infrai_gateway::api::Caller;
use infrai_gateway::service::{Service, system_clock};
use infrai_gateway::state::{Database, State, open};
use infrai_gateway::vendor::health::Board;
use infrai_tests::gateway::{Answer, Request, TestGateway, connect, refused};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

fn create(key: &str, once: &str, body: &Value) -> Request {
    Request::new("POST", "/v1/storage/buckets").key(key).header("idempotency-key", once).json(body.to_string())
}

fn bucket(name: &str) -> Value {
    json!({"bucket": name})
}

async fn names(gateway: &TestGateway, key: &str) -> Vec<String> {
    let list = gateway.client(key).storage().bucket().list().await.expect("a list");
    list.items.into_iter().map(|bucket| bucket.bucket).collect()
}

/// The service without a server or a vendor, its state and an account.
async fn service() -> (Service, Arc<dyn State>, Caller, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::parse(None, folder.path()).expect("a database");
    let state = open(&database).await.expect("the database");
    let account = account::create(&*state, "team", "test", Utc::now()).await.expect("an account").account;
    let board = Arc::new(Board::watch(&[], Duration::from_mins(1), Utc::now));
    let service = Service::new(Arc::clone(&state), Vec::new(), board, TrialSettings::default(), system_clock());
    (service, state, Caller { account }, folder)
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let first = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!(first.status, 201, "{first:?}");
    gateway.clock().forward(TimeDelta::hours(1));
    let again = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    // The same values are the same request, however they are written.
    let written = Request::new("POST", "/v1/storage/buckets").key(&key).header("Idempotency-Key", "once");
    let same = gateway.send(&written.json("{ \"bucket\": \"\\u0061bc\" }")).await;
    assert_eq!((same.status, &same.body), (201, &first.body));
    // Without the key it is another request.
    let client = gateway.client(&key);
    assert_eq!(refused(client.storage().bucket().create("abc").await).1, "bucket_exists");
    let made = client.storage().bucket().create("abc").idempotency_key("once").await.expect("the first answer");
    assert_eq!(made.bucket, "abc");
}

#[tokio::test]
async fn a_repeat_of_a_refusal_gets_the_refusal() {
    let gateway = TestGateway::with(|layer| layer.trial_buckets = Some(1)).await;
    let key = gateway.activate().await;
    let first = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!((first.status, &*first.code()), (403, "limit_exceeded"), "{first:?}");
    let unknown = gateway.send(&create(&key, "twice", &json!({"bucket": "abd", "vendor": "nobody"}))).await;
    assert_eq!(unknown.code(), "unknown_vendor");

    // What stood in the way is gone, and yet the answers are the old ones.
    let database = rusqlite::Connection::open(gateway.data().join("state.sqlite")).expect("the database");
    database.execute("UPDATE accounts SET max_buckets = 10", []).expect("a change");
    let again = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!((again.status, again.code(), again.message()), (403, first.code(), first.message()));
    assert_eq!(again.json()["error"]["request_id"].as_str(), again.header("x-request-id"));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(gateway.send(&create(&key, "another", &bucket("abc"))).await.status, 201);
}

#[tokio::test]
async fn a_fault_of_ours_is_not_kept() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let index = rusqlite::Connection::open(gateway.data().join("store/index.sqlite")).expect("the index");
    index.busy_timeout(std::time::Duration::from_secs(5)).expect("an option");
    index.execute_batch("ALTER TABLE buckets RENAME TO tubs").expect("a change");
    let broken = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert!(broken.status >= 500, "{broken:?}");
    index.execute_batch("ALTER TABLE tubs RENAME TO buckets").expect("a change");
    let again = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!(again.status, 201, "{again:?}");
    assert_eq!(names(&gateway, &key).await, ["abc", "demo"]);
}

#[tokio::test]
async fn another_request_with_the_key_is_refused() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abc"))).await.status, 201);
    for other in
        [bucket("abd"), json!({"bucket": "abc", "acl": "private"}), json!({"bucket": "abc", "vendor": "local"})]
    {
        let answer = gateway.send(&create(&key, "once", &other)).await;
        assert_eq!((answer.status, &*answer.code()), (422, "idempotency_mismatch"), "{other}: {answer:?}");
    }
    let client = gateway.client(&key);
    let other = client.storage().bucket().create("abd").idempotency_key("once").await;
    assert_eq!(refused(other), (422, "idempotency_mismatch".to_owned()));
    assert_eq!(names(&gateway, &key).await, ["abc", "demo"]);
}

#[tokio::test]
async fn duplicates_at_the_same_time_make_one_bucket_and_get_one_answer() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let api = gateway.api();
    let at_once = async |requests: Vec<Request>| -> Vec<Answer> {
        let tasks: Vec<_> =
            requests.into_iter().map(|request| tokio::spawn(async move { request.send(api).await })).collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.expect("an answer"));
        }
        answers
    };
    for round in 0..5 {
        let body = bucket(&format!("bucket-{round}"));
        let answers = at_once(vec![create(&key, &format!("once-{round}"), &body); 8]).await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{answer:?}");
        }
    }
    assert_eq!(names(&gateway, &key).await.len(), 6);
    // With a key each, one is first.
    let requests = (0..8).map(|number| create(&key, &format!("own-{number}"), &bucket("contested"))).collect();
    let answers = at_once(requests).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(409)), (1, 7), "{answers:?}");
}

#[tokio::test]
async fn a_key_is_its_accounts_own() {
    let gateway = TestGateway::start().await;
    let (one, other) = (gateway.activate().await, gateway.activate().await);
    for (key, name) in [(&one, "abc"), (&other, "abd")] {
        let answer = gateway.send(&create(key, "once", &bucket(name))).await;
        assert_eq!((answer.status, answer.json()["bucket"].as_str()), (201, Some(name)));
    }
    // All keys of an account are one caller.
    let (first, second) = (gateway.standard_key("acme").await, gateway.standard_key("acme").await);
    assert_ne!(first, second);
    let answer = gateway.send(&create(&first, "once", &bucket("abc"))).await;
    assert_eq!(gateway.send(&create(&second, "once", &bucket("abc"))).await.body, answer.body);
}

#[tokio::test]
async fn after_a_day_a_key_is_forgotten() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abc"))).await.status, 201);
    let unknown = json!({"bucket": "abd", "vendor": "nobody"});
    assert_eq!(gateway.send(&create(&key, "twice", &unknown)).await.status, 404);
    gateway.clock().forward(TimeDelta::hours(24) - TimeDelta::minutes(1));
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abd"))).await.status, 422);
    assert_eq!(gateway.send(&create(&key, "twice", &bucket("abd"))).await.status, 422);
    gateway.clock().forward(TimeDelta::minutes(2));
    assert_eq!(gateway.send(&create(&key, "once", &bucket("abd"))).await.status, 201);
    assert_eq!(gateway.send(&create(&key, "twice", &bucket("abe"))).await.status, 201);
}

#[tokio::test]
async fn answers_outlive_the_gateway() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let first = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!(first.status, 201);
    assert_eq!(gateway.send(&create(&key, "no", &bucket("demo"))).await.status, 409);
    let gateway = gateway.restart(|_| ()).await;
    let again = gateway.send(&create(&key, "once", &bucket("abc"))).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(gateway.send(&create(&key, "no", &bucket("demo"))).await.code(), "bucket_exists");
    assert_eq!(gateway.send(&create(&key, "no", &bucket("abc"))).await.code(), "idempotency_mismatch");
}

#[tokio::test]
async fn who_went_away_finds_the_bucket_by_asking_again() {
    let gateway = TestGateway::with(|layer| layer.trial_buckets = Some(0)).await;
    let key = gateway.activate().await;
    let mut expected = vec!["demo".to_owned()];
    for number in 0..20_u32 {
        let name = format!("bucket-{number:02}");
        let request = create(&key, &format!("once-{number}"), &bucket(&name));
        let mut stream = connect(gateway.api()).await;
        stream.write_all(&request.bytes(gateway.api())).await.expect("sent");
        // Each time a little later.
        for _ in 0..number * 20 {
            tokio::task::yield_now().await;
        }
        drop(stream);
        let answer = gateway.send(&request).await;
        assert_eq!((answer.status, answer.json()["bucket"].as_str()), (201, Some(&*name)), "{answer:?}");
        expected.push(name);
    }
    expected.sort();
    assert_eq!(names(&gateway, &key).await, expected);
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let gateway = TestGateway::start().await;
    let key = gateway.activate().await;
    let longest = "x".repeat(255);
    assert_eq!(gateway.send(&create(&key, &longest, &bucket("abc"))).await.status, 201);
    for odd in ["", " ", "a b", "caf\u{e9}", "a\tb", &"x".repeat(256)] {
        let answer = gateway.send(&create(&key, odd, &bucket("abd"))).await;
        assert_eq!((answer.status, &*answer.code()), (400, "invalid_request"), "{odd:?}: {answer:?}");
        assert!(answer.message().contains("`Idempotency-Key`"), "{answer:?}");
    }
    let twice = create(&key, "one", &bucket("abd")).header("idempotency-key", "other");
    assert_eq!(gateway.send(&twice).await.status, 400);
    assert_eq!(names(&gateway, &key).await, ["abc", "demo"]);
    // Where none is taken, none is looked at.
    let presign = Request::new("POST", "/v1/storage/buckets/demo/objects/a/presign").key(&key);
    assert_eq!(gateway.send(&presign.header("idempotency-key", "a b").json("{}")).await.status, 200);
}
