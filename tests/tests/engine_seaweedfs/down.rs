//! The engine is killed, missed, and started again.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use infrai_tests::gateway::{Answer, Request, fetch, refused};
use infrai_tests::process::Process;
use infrai_tests::seaweedfs::SeaweedFs;
use serde_json::json;

use crate::ENGINE;
use crate::suite::{Side, say};

/// Longer than it takes a gateway to find out, and an engine to start.
const PATIENCE: Duration = Duration::from_mins(2);

const BUCKETS: &str = "/v1/storage/buckets";

/// `alone` has nothing but the engine; `several` has it first, and the embedded store.
pub(crate) async fn run(engine: &SeaweedFs, alone: &Side, several: &Side, folder: &Path) {
    let client = alone.client();
    let (buckets, objects) = (client.storage().bucket(), client.storage().object());
    alone.bucket("before").await;
    for key in ["kept", "to-delete"] {
        assert_eq!(fetch("PUT", &alone.put("before", key).await, Some(b"text")).await.status, 200);
    }
    let listed = buckets.list().await.expect("a list");
    until(alone, 200).await;
    let run = Run::of(engine);
    run.kill();

    // At once: nobody has found out but by asking.
    let create = |once: &str| {
        let request = Request::new("POST", BUCKETS).key(&alone.key).header("idempotency-key", once);
        request.json(json!({ "bucket": "meanwhile" }).to_string())
    };
    let begun = Instant::now();
    unavailable(&alone.gateway.send(&create("meanwhile")).await);
    let deleted = objects.delete("before", "to-delete").await;
    assert_eq!(refused(deleted), (503, "unavailable".to_owned()));
    let plain = Request::new("POST", BUCKETS).key(&alone.key).json(json!({ "bucket": "plain" }).to_string());
    unavailable(&alone.gateway.send(&plain).await);
    say(&format!("a create and a delete without the engine: {:.1} s", begun.elapsed().as_secs_f32()));
    // What needs the database only goes on.
    assert_eq!(buckets.list().await.expect("a list"), listed);
    let (put, get) = (alone.put("before", "new").await, alone.get("before", "kept").await);

    until(alone, 503).await;
    let ready = ask(alone, "/readyz").await;
    assert_eq!(ready.json()["status"], "failed", "{ready:?}");
    assert_eq!(ready.json()["checks"], json!({ "database": "ok", "vendor engine": "failed" }), "{ready:?}");
    assert_eq!(ask(alone, "/healthz").await.status, 200);
    say(&format!("not ready after {:.1} s", begun.elapsed().as_secs_f32()));
    let late = alone.gateway.send(&create("meanwhile")).await;
    unavailable(&late);
    assert!(late.header("retry-after").is_some(), "{late:?}");
    let pinned = buckets.create("pinned").vendor(ENGINE).await;
    assert_eq!(refused(pinned), (503, "unavailable".to_owned()));
    assert_eq!(buckets.list().await.expect("a list"), listed);
    elsewhere(several).await;

    let _again = run.again(folder);
    until(alone, 200).await;
    say(&format!("ready again after {:.1} s", begun.elapsed().as_secs_f32()));
    readable(&get).await;
    assert_eq!(alone.gateway.send(&create("meanwhile")).await.status, 201, "a 503 was kept as the answer");
    // Without its key it is another request, which may have to wait until the first has been looked into.
    let again = alone.gateway.send(&plain).await;
    say(&format!("a create that failed meanwhile, once more: {} {}", again.status, again.text()));
    assert!(again.status == 201 || again.header("retry-after").is_some(), "{again:?}");
    assert_eq!(fetch("PUT", &put, Some(b"new")).await.status, 200, "a URL of meanwhile");
    assert_eq!(fetch("GET", &alone.get("before", "new").await, None).await.body, b"new");
    assert_eq!(fetch("GET", &alone.get("before", "to-delete").await, None).await.body, b"text");
    assert!(objects.delete("before", "to-delete").await.expect("an answer").ok);
    assert_eq!(fetch("GET", &alone.get("before", "to-delete").await, None).await.status, 404);
    until(several, 200).await;
    let there = several.client().storage().bucket().create("after").vendor(ENGINE).await.expect("a bucket");
    assert_eq!(there.vendor, ENGINE);
}

/// Where there is another vendor, that one is taken.
async fn elsewhere(several: &Side) {
    let end = Instant::now() + PATIENCE;
    while ask(several, "/readyz").await.json()["checks"]["vendor engine"] != "failed" {
        assert!(Instant::now() < end, "nobody finds out");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let ready = ask(several, "/readyz").await;
    assert_eq!((ready.status, ready.json()["checks"]["vendor local"].as_str()), (200, Some("ok")), "{ready:?}");
    let client = several.client();
    let made = client.storage().bucket().create("meanwhile").await.expect("a bucket");
    assert_eq!(
        (&*made.vendor, crate::kept_reason(several, "meanwhile")),
        ("local", "the only one that would do, 1 down".into())
    );
    let only = client.storage().bucket().create("meanwhile-eu").region("eu-1").await;
    assert_eq!(refused(only), (503, "unavailable".to_owned()));
    assert_eq!(fetch("PUT", &several.put("meanwhile", "a").await, Some(b"text")).await.status, 200);
    // What the engine has, it has: nobody looks for it elsewhere.
    let deleted = client.storage().object().delete("first", "a").await;
    assert_eq!(refused(deleted), (503, "unavailable".to_owned()));
}

fn unavailable(answer: &Answer) {
    assert_eq!((answer.status, &*answer.code()), (503, "unavailable"), "{answer:?}");
    assert!(!answer.text().contains("127.0.0.1"), "callers have no business with the address: {answer:?}");
}

async fn ask(side: &Side, path: &str) -> Answer {
    Request::new("GET", path).send(side.gateway.api()).await
}

/// Waits until `/readyz` answers so.
async fn until(side: &Side, status: u16) {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = ask(side, "/readyz").await;
        if answer.status == status {
            return;
        }
        assert!(Instant::now() < end, "it isn't {status}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until the engine's parts have found each other: it answers before it has its volumes.
async fn readable(url: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = fetch("GET", url, None).await;
        if answer.status == 200 {
            assert_eq!(answer.body, b"text");
            return;
        }
        assert!(Instant::now() < end, "the object isn't there again: {answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The engine's process, as the system knows it.
struct Run {
    id: u32,
    words: Vec<String>,
    folder: PathBuf,
    address: String,
}

impl Run {
    /// Our own child that listens where the engine does. The engine is for Linux, so this may be, too.
    fn of(engine: &SeaweedFs) -> Self {
        let address = engine.endpoint().trim_start_matches("http://").to_owned();
        let (_, port) = address.split_once(':').expect("a port");
        let own = format!("-s3.port={port}");
        let processes = fs::read_dir("/proc").expect("the system's processes").flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let run = |id: u32| {
            let about = Path::new("/proc").join(id.to_string());
            let status = fs::read_to_string(about.join("status")).ok()?;
            let line = fs::read_to_string(about.join("cmdline")).ok()?;
            let words: Vec<String> = line.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
            let ours = status.contains(&format!("\nPPid:\t{}\n", std::process::id()));
            let folder = fs::read_link(about.join("cwd")).ok()?;
            (ours && words.contains(&own)).then_some(Self { id, words, folder, address: address.clone() })
        };
        ids.into_iter().find_map(run).expect("the engine's process")
    }

    /// As a crash would.
    fn kill(&self) {
        let killed = Command::new("kill").args(["-9", &self.id.to_string()]).status().expect("`kill` can be started");
        assert!(killed.success());
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(&self.address).is_ok() {
            assert!(Instant::now() < end, "it doesn't die");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Once more, with the same data and ports.
    fn again(&self, log: &Path) -> Process {
        let (program, words) = self.words.split_first().expect("a program");
        Process::start(Command::new(program).args(words).current_dir(&self.folder), &log.join("engine.log"))
    }
}
