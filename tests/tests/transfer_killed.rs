//! A download whose process is killed goes on in the next one, and does not where it must not.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use infrai::Client;
use infrai_tests::http::{Answer, KEY, Server};
use serde_json::json;

const TOTAL: usize = 3_000_000;
/// How much comes before the store has nothing more to say.
const FIRST: usize = 1_000_000;
const URL: &str = "TRANSFER_KILLED_URL";
const TO: &str = "TRANSFER_KILLED_TO";

fn object(seed: u8) -> Vec<u8> {
    (0..251_u8).map(|byte| byte ^ seed).cycle().take(TOTAL).collect()
}

/// What the child does: this very test, told where to download from and to.
#[tokio::test]
async fn child() {
    let (Ok(url), Some(to)) = (std::env::var(URL), std::env::var_os(TO)) else { return };
    let client = Client::builder().base_url(url).api_key(KEY).build().expect("a client");
    let result = client.storage().object().download("demo", "a").to_file(&to).await;
    panic!("it was not killed: {result:?}");
}

fn start(url: &str, to: &Path) -> Child {
    let this = std::env::current_exe().expect("this test");
    let mut command = Command::new(this);
    command.args(["--exact", "child", "--nocapture"]).env(URL, url).env(TO, to);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a child")
}

/// Lets a child download, and kills it when as much has come as will.
async fn killed(url: &str, to: &Path, until: u64) {
    let mut child = start(url, to);
    let part = to.with_file_name(".target.part");
    let begun = Instant::now();
    while fs::metadata(&part).map_or(0, |part| part.len()) < until {
        if begun.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
            let mut said = String::new();
            let _ = child.stderr.take().expect("its errors").read_to_string(&mut said);
            panic!("the part file does not grow: {said}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().expect("a process that can be killed");
    child.wait().expect("its end");
}

fn signed(store: &Server) -> Answer {
    let url = format!("{}/demo/a?sig=1", store.url());
    Answer::json(200, json!({"url": url, "method": "GET", "expires_at": Utc::now() + TimeDelta::hours(1)}))
}

async fn service(store: &Server) -> Server {
    Server::start([signed(store)]).await
}

/// An answer that begins an object and never ends.
fn begins(bytes: &[u8], sum: Option<&str>) -> Answer {
    let answer = Answer::new(200, "text/plain", &bytes[..FIRST]).header("etag", "\"v1\"");
    let answer = sum.iter().fold(answer, |answer, sum| answer.header("x-amz-checksum-crc64nvme", sum));
    answer.hanging(bytes.len())
}

fn rest(bytes: &[u8]) -> Answer {
    let range = format!("bytes {FIRST}-{}/{TOTAL}", TOTAL - 1);
    Answer::new(206, "text/plain", &bytes[FIRST..]).header("etag", "\"v1\"").header("content-range", &range)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_process_goes_on() {
    let bytes = object(0);
    let store = Server::start([begins(&bytes, None), rest(&bytes)]).await;
    let service = service(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    fs::write(&path, "old").expect("a file");
    killed(&service.url(), &path, FIRST as u64).await;
    assert_eq!(fs::read_to_string(&path).expect("the file"), "old");

    let client = service.client();
    let done = client.storage().object().download("demo", "a").to_file(&path).await.expect("a download");
    assert_eq!((done.bytes, done.resumed, done.attempts), (TOTAL as u64, FIRST as u64, 1));
    assert!(fs::read(&path).expect("the file") == bytes);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
    let last = store.requests().pop().expect("a request");
    assert_eq!((last.header("range"), last.header("if-match")), (Some("bytes=1000000-"), Some("\"v1\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_object_and_another_state_begin_again() {
    let bytes = object(7);
    let changed = Answer::new(412, "text/plain", "");
    let whole = Answer::new(200, "text/plain", bytes.clone()).header("etag", "\"v2\"");
    let store =
        Server::start([begins(&object(0), None), changed, whole.clone(), begins(&object(0), None), whole]).await;
    let service = service(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let client = service.client();
    killed(&service.url(), &path, FIRST as u64).await;
    let done = client.storage().object().download("demo", "a").to_file(&path).await.expect("a download");
    assert_eq!((done.resumed, done.attempts), (0, 2));
    assert!(fs::read(&path).expect("the file") == bytes);

    killed(&service.url(), &path, FIRST as u64).await;
    let done = client.storage().object().download("demo", "other").to_file(&path).await.expect("a download");
    assert_eq!((done.resumed, done.attempts), (0, 1));
    assert!(fs::read(&path).expect("the file") == bytes);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checksum_is_also_of_what_was_there() {
    // That of other bytes: the first part is what it should be only if it is read again.
    let (bytes, sum) = (object(0), "AAAAAAAAAAA=");
    let store = Server::start([begins(&bytes, Some(sum)), rest(&bytes)]).await;
    let service = service(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    killed(&service.url(), &path, FIRST as u64).await;
    let error = service.client().storage().object().download("demo", "a").to_file(&path).await.expect_err("a checksum");
    assert!(
        error.is_decode() && error.message().contains("the object's checksum is AAAAAAAAAAA=, of what came"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_process_writes_is_left_alone() {
    let bytes = object(0);
    let whole = Answer::new(200, "text/plain", bytes.clone()).header("etag", "\"v1\"");
    let store = Server::start([begins(&bytes, None), whole]).await;
    let service = service(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    let mut child = start(&service.url(), &path);
    let part = folder.path().join(".target.part");
    let begun = Instant::now();
    while fs::metadata(&part).map_or(0, |part| part.len()) < FIRST as u64 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the other has no part file");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let done = service.client().storage().object().download("demo", "a").to_file(&path).await.expect("a download");
    assert_eq!((done.resumed, done.attempts), (0, 1));
    assert!(fs::read(&path).expect("the file") == bytes);
    assert_eq!(fs::metadata(&part).expect("the other's part").len(), FIRST as u64);
    child.kill().expect("a process that can be killed");
    child.wait().expect("its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_stays_until_the_store_has_answered() {
    let bytes = object(0);
    let store = Server::start([begins(&bytes, None), Answer::new(404, "text/plain", "")]).await;
    let refused = Answer::json(401, json!({}));
    let service = Server::start([signed(&store), refused, signed(&store)]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("target");
    killed(&service.url(), &path, FIRST as u64).await;
    for (status, left) in [(401, 2), (404, 0)] {
        let client = service.client();
        let error = client.storage().object().download("demo", "a").to_file(&path).await.expect_err("none");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), left, "{status}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let store = Server::start([begins(&object(0), None)]).await;
    let service = service(&store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("target");
    // Half a megabyte is all that fits.
    let limited = "ulimit -f 1000; trap '' XFSZ; exec \"$0\" --exact child --nocapture";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(std::env::current_exe().expect("this test"));
    command.env(URL, service.url()).env(TO, &to).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a child");
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > Duration::from_secs(30) {
            child.kill().expect("a process that can be killed");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut said = String::new();
    child.stderr.take().expect("its errors").read_to_string(&mut said).expect("text");
    assert!(said.contains("it was not killed: Err(") && said.contains("what came can't be written: "), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
