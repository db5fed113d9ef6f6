//! Two gateways over one Postgres and one S3 engine: what holds in one holds across both, also when one is killed.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

#[path = "two_gateways/api.rs"]
mod api;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use infrai_tests::postgres::Postgres;
use infrai_tests::process::Gateway;
use infrai_tests::program;
use infrai_tests::seaweedfs::{ACCESS_KEY, SECRET_KEY, SeaweedFs};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use api::{Answer, Api};

/// How often a create is sent again that the gateway that lives had no time for.
const REPEATS: u32 = 10;
/// How many buckets a trial may have here, `demo` included.
const TRIAL: usize = 5;
const ENVIRONMENT: [(&str, &str); 2] = [("ENGINE_ACCESS", ACCESS_KEY), ("ENGINE_SECRET", SECRET_KEY)];

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_are_one_service() {
    let Some(postgres) = Postgres::start() else { return };
    let Some(engine) = SeaweedFs::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("gateway.toml");
    let url = postgres.database();
    let database = Database { postgres: &postgres, name: url.rsplit('/').next().expect("a name") };
    let text = format!(
        "database = '{url}'\nembedded = false\ntrial = true\ntrial_buckets = {TRIAL}\n\n[[vendor]]\nname = 'engine'\n\
        endpoint = '{}'\nregion = 'us-east-1'\naccess_key_env = 'ENGINE_ACCESS'\nsecret_key_env = 'ENGINE_SECRET'\n",
        engine.endpoint()
    );
    std::fs::write(&config, text).expect("a file");
    let words = ["--config", config.to_str().expect("a path")];
    // At once: the tables are made by one of them.
    let (a, mut b) = tokio::join!(
        Gateway::start(folder.path(), &words, &ENVIRONMENT),
        Gateway::start(folder.path(), &words, &ENVIRONMENT)
    );
    let made = run(folder.path(), &["keys", "create", "--account", "acme"], &words);
    let (one, other) = (Api::new(&a, made.trim()), Api::new(&b, made.trim()));

    buckets_are_seen_at_both(&one, &other).await;
    a_key_at_both_is_one_request(&one, &other).await;
    a_name_is_given_once(&one, &other).await;
    limits_are_counted_together(&one, &other).await;
    a_killed_one_leaves_nothing_half_done(&one, &other, &mut b, &database).await;
    plans_are_brought_to_an_end(&one, &other, &mut b, &database, folder.path(), &words).await;
    a_revoked_key_is_refused_at_both(&one, &other, folder.path(), &words).await;
}

async fn buckets_are_seen_at_both(one: &Api, other: &Api) {
    let made = one.create("seen", None).await.good();
    assert_eq!(other.list().await, [made]);
    assert_eq!(other.create("seen", None).await.refused(), (StatusCode::CONFLICT, "bucket_exists".to_owned()));
    let put = one.http.put(one.presign("seen", "PUT").await).body("hello").send().await.expect("an answer");
    assert_eq!(put.status(), StatusCode::OK);
    let get = other.http.get(other.presign("seen", "GET").await).send().await.expect("an answer");
    assert_eq!(get.text().await.expect("text"), "hello");
    let deleted = other.send(Method::DELETE, "buckets/seen/objects/greeting", None, None).await.good();
    assert_eq!(deleted, json!({ "ok": true }));
}

async fn a_key_at_both_is_one_request(one: &Api, other: &Api) {
    for number in 0..10 {
        let (name, key) = (format!("once-{number}"), format!("key-{number}"));
        let (first, second) = tokio::join!(one.create(&name, Some(&key)), other.create(&name, Some(&key)));
        let first = first.good();
        assert_eq!(first, second.good());
        assert_eq!(other.create(&name, Some(&key)).await.good(), first);
        let another = other.create("once-more", Some(&key)).await.refused();
        assert_eq!(another, (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_mismatch".to_owned()));
    }
    let once = one
        .list()
        .await
        .into_iter()
        .filter(|bucket| bucket["bucket"].as_str().is_some_and(|name| name.starts_with("once")));
    assert_eq!(once.count(), 10);
}

async fn a_name_is_given_once(one: &Api, other: &Api) {
    for number in 0..10 {
        let name = format!("wanted-{number}");
        let (first, second) = tokio::join!(one.create(&name, None), other.create(&name, None));
        let (made, late) = if first.status == StatusCode::CREATED { (first, second) } else { (second, first) };
        assert_eq!(made.good()["bucket"], json!(name));
        // While the first is still being made, the second may be told to come again.
        if late.refused() != (StatusCode::SERVICE_UNAVAILABLE, "unavailable".to_owned()) {
            assert_eq!(late.refused(), (StatusCode::CONFLICT, "bucket_exists".to_owned()));
        }
        assert_eq!(other.create(&name, None).await.refused(), (StatusCode::CONFLICT, "bucket_exists".to_owned()));
    }
}

async fn limits_are_counted_together(one: &Api, other: &Api) {
    let trial = one.http.post(format!("{}/v1/activate", one.url)).send().await.expect("an answer");
    let trial: Value = trial.json().await.expect("JSON");
    let key = trial["api_key"].as_str().unwrap_or_else(|| panic!("{trial}"));
    let (one, other) = (one.with(key), other.with(key));
    let mut creates = JoinSet::new();
    for number in 0..4 * TRIAL {
        let api = if number % 2 == 0 { one.clone() } else { other.clone() };
        creates.spawn(async move { api.create(&format!("trial-{number}"), None).await });
    }
    let answers = creates.join_all().await;
    let (made, refused): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(made.len(), TRIAL - 1);
    for answer in refused {
        assert_eq!(answer.refused(), (StatusCode::FORBIDDEN, "limit_exceeded".to_owned()));
    }
    assert_eq!(other.list().await.len(), TRIAL);
}

/// Creates at both while one is killed: the other goes on, and a repeat with the same key gives the bucket.
async fn a_killed_one_leaves_nothing_half_done(one: &Api, other: &Api, killed: &mut Gateway, database: &Database<'_>) {
    let unanswered = storms(one, other, killed, "killed", database).await;
    // What ran in the killed one is taken for running until its lease ends: let that be now.
    database.sql("UPDATE infrai_gateway.answers SET until = now() WHERE status IS NULL");
    for name in &unanswered {
        let answer = one.create(name, Some(&format!("key-of-{name}"))).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{name}, repeated with its key at the other: {}", answer.body);
    }
    killed.again().await;
    let listed: Vec<Value> = other.list().await.into_iter().map(|bucket| bucket["bucket"].clone()).collect();
    assert!(unanswered.iter().all(|name| listed.contains(&json!(name))), "{unanswered:?} of {listed:?}");
}

/// The same, but nobody repeats: what was planned is found after some minutes, and there is a bucket or there is none.
async fn plans_are_brought_to_an_end(
    one: &Api,
    other: &Api,
    killed: &mut Gateway,
    database: &Database<'_>,
    folder: &Path,
    words: &[&str],
) {
    let unanswered = storms(one, other, killed, "planned", database).await;
    // Whatever the storm left behind, one whose bucket is there, and one that its vendor never heard of.
    database.sql("UPDATE infrai_gateway.buckets SET ready = false WHERE name = 'wanted-0'");
    database.sql(
        "INSERT INTO infrai_gateway.buckets (account, name, physical, vendor, region, created_at, reason, ready) \
         SELECT account, 'planned-only', 'planned-only-0', vendor, region, now(), reason, false \
         FROM infrai_gateway.buckets WHERE name = 'seen'",
    );
    // Plans of others are left alone for minutes: let them have passed.
    database.sql("UPDATE infrai_gateway.buckets SET created_at = created_at - interval '10 minutes' WHERE NOT ready");
    let told = run(folder, &["gc"], words);
    println!("{} creates unanswered; {}", unanswered.len(), told.lines().next().unwrap_or_default());
    let held = database.sql("SELECT count(*) FROM infrai_gateway.buckets WHERE NOT ready AND name <> physical");
    assert_eq!(held, "0", "names are held by plans still; `gc` said:\n{told}");
    // What had no bucket is looked at once more, for one that came late.
    let again = run(folder, &["gc"], words);
    assert_eq!(database.plans(), 0, "plans are left; `gc` said:\n{told}\nand then:\n{again}");
    killed.again().await;
    assert_eq!(other.create("planned-only", None).await.status, StatusCode::CREATED);
    assert_eq!(other.create("wanted-0", None).await.refused(), (StatusCode::CONFLICT, "bucket_exists".to_owned()));
    assert!(other.list().await.iter().any(|bucket| bucket["bucket"] == "wanted-0"));
    for name in &unanswered {
        let was = other.list().await.iter().any(|bucket| bucket["bucket"] == json!(name));
        let answer = other.create(name, None).await;
        let expected = if was { StatusCode::CONFLICT } else { StatusCode::CREATED };
        assert_eq!(answer.status, expected, "{name}: {}", answer.body);
    }
}

async fn a_revoked_key_is_refused_at_both(one: &Api, other: &Api, folder: &Path, words: &[&str]) {
    let keys = run(folder, &["keys", "list"], words);
    let id = keys.lines().find(|line| line.contains("acme")).and_then(|line| line.split(' ').next()).expect("a key");
    run(folder, &["keys", "revoke", id], words);
    for api in [one, other] {
        let answer = api.send(Method::GET, "buckets", None, None).await;
        assert_eq!(answer.refused(), (StatusCode::UNAUTHORIZED, "unauthorized".to_owned()));
    }
}

/// Kills the gateway under creates until a plan is left that isn't done; the names that got no answer.
async fn storms(one: &Api, other: &Api, killed: &mut Gateway, prefix: &str, database: &Database<'_>) -> Vec<String> {
    let mut unanswered = Vec::new();
    for number in 0..20 {
        unanswered.extend(storm(one, other, killed, &format!("{prefix}-{number}")).await);
        if database.plans() > 0 {
            return unanswered;
        }
        killed.again().await;
    }
    panic!("no create was killed between its plan and its end");
}

/// Creates at both, each with a key, until one of the gateways is killed and a little longer; the names that got no answer.
async fn storm(one: &Api, other: &Api, killed: &mut Gateway, prefix: &str) -> Vec<String> {
    let after = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let survives = writer % 2 == 0;
        let api = if survives { one.clone() } else { other.clone() };
        let (prefix, after) = (format!("{prefix}-{writer}"), Arc::clone(&after));
        writers.spawn(async move {
            for number in 0.. {
                let name = format!("{prefix}-{number}");
                match created(&api, &name, if survives { REPEATS } else { 0 }).await {
                    Ok(answer) => assert_eq!(answer.status, StatusCode::CREATED, "{name}: {}", answer.body),
                    Err(_) if !survives => return Some(name),
                    Err(error) => panic!("the gateway that lives doesn't answer: {error}"),
                }
                if survives && after.load(Ordering::SeqCst) > 0 && after.fetch_add(1, Ordering::SeqCst) > 20 {
                    return None;
                }
            }
            None
        });
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    killed.kill();
    after.store(1, Ordering::SeqCst);
    writers.join_all().await.into_iter().flatten().collect()
}

/// Creates with a key, and so often again with the same one where it is told to come again.
async fn created(api: &Api, name: &str, repeats: u32) -> Result<Answer, reqwest::Error> {
    let unavailable = (StatusCode::SERVICE_UNAVAILABLE, "unavailable".to_owned());
    let key = format!("key-of-{name}");
    for _ in 0..repeats {
        let answer = api.try_create(name, &key).await?;
        if answer.status == StatusCode::CREATED || answer.refused() != unavailable {
            return Ok(answer);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    api.try_create(name, &key).await
}

/// The gateways' database, seen from outside.
struct Database<'a> {
    postgres: &'a Postgres,
    name: &'a str,
}

impl Database<'_> {
    fn sql(&self, text: &str) -> String {
        self.postgres.sql(self.name, text)
    }

    /// How many buckets are planned and not ready.
    fn plans(&self) -> usize {
        let count = self.sql("SELECT count(*) FROM infrai_gateway.buckets WHERE NOT ready");
        count.parse().expect("a number")
    }
}

/// Runs a command of the binary, and returns what it prints.
fn run(folder: &Path, verb: &[&str], words: &[&str]) -> String {
    let mut command = program::command(folder, &[verb, words].concat());
    program::Done::from(command.envs(ENVIRONMENT).output().expect("the program can be started")).good().to_owned()
}
