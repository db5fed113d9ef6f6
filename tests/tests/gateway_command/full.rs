//! A disk that is really full: each command says so in one sentence, what was stored is whole, and with room all goes on.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use infrai::types::PresignMethod;
use infrai_tests::gateway::{Answer, Request, activate, client, fetch};
use infrai_tests::program::{Program, run};
use infrai_tests::skip::not_permitted;
use serde_json::json;
use tempfile::TempDir;

use super::{FREE, folder};

/// How much it holds, in bytes.
const SIZE: u64 = 12 << 20;

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A disk of its own, and a file that takes its room.
struct Disk {
    folder: TempDir,
    ballast: PathBuf,
}

impl Disk {
    /// Nothing where this user may not mount one.
    fn mount() -> Option<Self> {
        let folder = folder();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE},mode=700"), "infrai"])
            .arg(folder.path())
            .output();
        let why = match mounted {
            Ok(done) if done.status.success() => {
                let ballast = folder.path().join("ballast");
                return Some(Self { folder, ballast });
            }
            Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        not_permitted("the gateway on a full disk", &format!("a small disk can't be mounted: {why}"));
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all that is left, as another program may.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(&self.ballast).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Gives so many bytes back.
    fn give(&self, bytes: u64) {
        let file = File::options().write(true).open(&self.ballast).expect("the file");
        let size = file.metadata().expect("its size").len();
        file.set_len(size.saturating_sub(bytes)).expect("a smaller file");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever has a file open still may end.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// The gateway as one account calls it.
struct Account<'a> {
    program: &'a Program,
    key: String,
}

impl Account<'_> {
    async fn send(&self, method: &str, target: &str) -> Answer {
        Request::new(method, target).key(&self.key).send(self.program.api()).await
    }

    async fn create(&self, name: &str) -> Answer {
        let request = Request::new("POST", "/v1/storage/buckets").key(&self.key);
        request.json(json!({ "bucket": name }).to_string()).send(self.program.api()).await
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Answer {
        let api = client(self.program.api(), &self.key);
        let url = api.storage().object().presign("demo", key).await.expect("a URL, which needs no room").url;
        fetch("PUT", &url, Some(bytes)).await
    }

    async fn get(&self, key: &str) -> Vec<u8> {
        let api = client(self.program.api(), &self.key);
        let url = api.storage().object().presign("demo", key).method(PresignMethod::Get).await.expect("a URL").url;
        fetch("GET", &url, None).await.body
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    let Some(disk) = Disk::mount() else { return };
    let folder = disk.path();
    let mut program = Program::start(folder, &[]).await;
    let key = activate(program.api()).await;
    let account = Account { program: &program, key: key.clone() };
    let bytes: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    for name in ["kept", "deleted"] {
        assert_eq!(account.put(name, &bytes).await.status, 200);
    }

    disk.fill();
    for body in [&b"text"[..], &bytes] {
        let refused = account.put("kept", body).await;
        assert_eq!((refused.status, &*refused.code()), (507, "InsufficientStorage"), "{refused:?}");
        assert!(refused.text().contains("the store&apos;s disk is full: nothing was replaced"), "{refused:?}");
    }
    let refused = account.create("another").await;
    assert_eq!((refused.status, &*refused.code()), (503, "unavailable"), "{refused:?}");
    assert!(refused.message().contains("disk") && refused.message().contains("is full"), "{refused:?}");
    // To delete is to write, too: a line in the index.
    let refused = account.send("DELETE", "/v1/storage/buckets/demo/objects/deleted").await;
    assert_eq!((refused.status, &*refused.code()), (503, "unavailable"), "{refused:?}");
    assert!(refused.message().contains("no space left"), "{refused:?}");
    let begun = Instant::now();
    // That all was well is taken as true for a second.
    let ready = loop {
        let ready = account.send("GET", "/readyz").await;
        if ready.status != 200 || begun.elapsed() > PATIENCE {
            break ready;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((ready.status, &ready.json()["checks"]["database"]), (503, &json!("failed")), "{ready:?}");
    assert!(account.get("kept").await == bytes && account.get("deleted").await == bytes, "an object is another");
    assert_eq!(account.send("GET", "/v1/storage/buckets").await.json()["items"].as_array().map(Vec::len), Some(1));
    let state = folder.join("data/state.sqlite").display().to_string();
    let log = program.stderr();
    assert!(log.contains(&format!("no space is left for the database `{state}`")), "{log}");
    let keys = run(folder, &["keys", "create"]);
    assert!(keys.line().contains("no space is left") && keys.line().contains(&state), "{keys:?}");
    let doctor = run(folder, &[&["doctor"], &FREE[..]].concat());
    assert!(doctor.line().contains("FAIL"), "{doctor:?}");
    for word in ["0 MiB left on its disk; make room", "no space is left for the database"] {
        assert!(
            doctor.stdout.lines().any(|line| line.starts_with("FAIL") && line.contains(word)),
            "{word}: {doctor:?}"
        );
    }

    // With a little room something can be deleted, and that makes more.
    disk.give(128 << 10);
    let deleted = account.send("DELETE", "/v1/storage/buckets/demo/objects/deleted").await;
    assert_eq!(deleted.status, 200, "{deleted:?}");
    let begun = Instant::now();
    while account.put("new", &bytes[..500_000]).await.status != 200 {
        assert!(begun.elapsed() < PATIENCE, "there is no room after a delete: {}", program.stderr());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(account.send("GET", "/readyz").await.status, 200);
    assert_eq!(account.create("another").await.status, 201);

    disk.fill();
    program.terminate();
    let ended = program.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    let gc = run(folder, &["gc"]);
    assert!(gc.line().contains("the disk is full") || gc.line().contains("no space is left"), "{gc:?}");

    fs::remove_file(&disk.ballast).expect("removed");
    run(folder, &["gc"]).good();
    let program = Program::start(folder, &[]).await;
    let account = Account { program: &program, key };
    assert!(account.get("kept").await == bytes && account.get("new").await == bytes[..500_000], "an object is another");
    assert_eq!(account.send("GET", "/v1/storage/buckets").await.json()["items"].as_array().map(Vec::len), Some(2));
    drop(program);
}
