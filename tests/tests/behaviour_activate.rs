//! A key of the gateway's, kept for the next client; and clients that activate at the same time, in one home folder: none loses the
//! key of another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use infrai::{Client, System};
use infrai_tests::gateway::TestGateway;
use infrai_tests::http::{Answer, Server};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// The real machine, but for its home folder and the one variable.
struct Machine {
    home: PathBuf,
    profile: &'static str,
}

impl System for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "INFRAI_PROFILE").then(|| self.profile.to_owned())
    }

    fn home(&self) -> Option<PathBuf> {
        Some(self.home.clone())
    }
}

fn client(server: &Server, home: &Path, profile: &'static str) -> Client {
    client_of(&server.url(), home, profile)
}

fn client_of(url: &str, home: &Path, profile: &'static str) -> Client {
    let machine = Machine { home: home.to_owned(), profile };
    Client::builder().base_url(url).system(machine).build().expect("a client")
}

fn key(n: usize) -> String {
    format!("ifr_pk_proj_canary-000000000{n}")
}

async fn accounts(count: usize) -> Server {
    Server::start((0..count).map(|n| Answer::json(201, json!({"api_key": key(n)})))).await
}

fn file(home: &Path) -> PathBuf {
    home.join(".infrai/credentials")
}

fn folder(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(home.join(".infrai")).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn the_next_client_has_the_key_that_the_gateway_gave() {
    let home = TempDir::new().expect("a folder");
    let gateway = TestGateway::start().await;
    let url = format!("http://{}", gateway.api());
    let new = client_of(&url, home.path(), "default").activate().await.expect("a key");
    assert_eq!((new.kept(), new.file(), new.base_url()), (false, Some(&*file(home.path())), &*url));
    let text = fs::read_to_string(file(home.path())).expect("the file");
    let end = new.shown_key().rsplit('…').next().expect("its end");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines.iter().any(|line| line.starts_with("api_key = \"ifr_pk_proj_") && line.ends_with(&format!("{end}\"")))
    );
    assert!(lines.contains(&format!("base_url = \"{url}\"").as_str()));

    let next = client_of(&url, home.path(), "default");
    let buckets = next.storage().bucket().list().await.expect("a list").items;
    assert_eq!(buckets.iter().map(|bucket| &*bucket.bucket).collect::<Vec<_>>(), ["demo"]);
    let again = next.activate().await.expect("the key that is there");
    assert_eq!((again.kept(), again.shown_key()), (true, new.shown_key()));
    assert_eq!(fs::read_to_string(file(home.path())).expect("the file"), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_profile_has_its_key() {
    let home = TempDir::new().expect("a folder");
    let profiles = ["a", "b", "c", "d", "e", "f"];
    let server = accounts(profiles.len()).await;
    let mut all = JoinSet::new();
    for profile in profiles {
        let client = client(&server, home.path(), profile);
        all.spawn(async move { client.activate().await.map(|new| new.kept()) });
    }
    assert_eq!(all.join_all().await.into_iter().collect::<Result<Vec<_>, _>>().expect("keys"), [false; 6]);
    let text = fs::read_to_string(file(home.path())).expect("the file");
    for (n, profile) in profiles.into_iter().enumerate() {
        assert_eq!(text.matches(&format!("[{profile}]\n")).count(), 1, "{text}");
        assert_eq!(text.matches(&key(n)).count(), 1, "{text}");
    }
    assert_eq!(folder(home.path()), ["credentials"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_profile_have_the_same_key() {
    let home = TempDir::new().expect("a folder");
    let server = Server::start([
        Answer::json(201, json!({"api_key": key(0)})),
        Answer::json(201, json!({"api_key": key(1)})),
        Answer::json(200, json!({"items": []})),
        Answer::json(200, json!({"items": []})),
    ])
    .await;
    let clients = ["default", "default"].map(|profile| client(&server, home.path(), profile));
    let [first, second] = &clients;
    let (first, second) = tokio::join!(first.activate(), second.activate());
    let (first, second) = (first.expect("a key"), second.expect("a key"));
    assert_eq!(first.shown_key(), second.shown_key());
    assert_ne!(first.kept(), second.kept());
    for client in clients {
        client.storage().bucket().list().await.expect("a list");
    }
    let sent: Vec<_> =
        server.requests()[2..].iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent[0], sent[1]);
    let text = fs::read_to_string(file(home.path())).expect("the file");
    assert!(sent[0].as_deref().is_some_and(|sent| text.contains(sent.trim_start_matches("Bearer "))), "{text}");
}

#[tokio::test]
async fn a_lock_that_was_left_over_is_taken_away() {
    let home = TempDir::new().expect("a folder");
    let server = accounts(1).await;
    fs::create_dir(home.path().join(".infrai")).expect("a folder");
    let lock = File::create(home.path().join(".infrai/credentials.lock")).expect("a lock");
    lock.set_modified(SystemTime::now() - Duration::from_secs(11)).expect("another time");
    assert!(!client(&server, home.path(), "default").activate().await.expect("a key").kept());
    assert_eq!(folder(home.path()), ["credentials"]);
}
