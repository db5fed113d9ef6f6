//! Big transfers through a connection that breaks off at random points: the same bytes come out, and memory does not grow with them.
//!
//! 2 GiB take a while in a build without optimisation: `cargo xtask test --test transfer_interrupted -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use infrai::{Client, Sleep, System};
use infrai_tests::gateway::activate;
use infrai_tests::http::{Answer, Server};
use infrai_tests::process::Gateway;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const MIB: u64 = 1 << 20;
/// How often a download is interrupted.
const TIMES: usize = 10;
/// What this process may need beyond what it had before.
const FLAT: u64 = 64 * MIB;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_mebibytes_interrupted_ten_times() {
    interrupted(64 * MIB).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes in a debug build"]
async fn two_gibibytes_interrupted_ten_times() {
    interrupted(2048 * MIB).await;
}

/// The machine, without its variables and without waits.
struct Impatient;

impl System for Impatient {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn sleep(&self, _: Duration) -> Sleep<'_> {
        Box::pin(std::future::ready(()))
    }
}

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

async fn interrupted(size: u64) {
    let since = SystemTime::UNIX_EPOCH.elapsed().expect("a date");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::try_from(since.as_nanos()).unwrap_or(1)) | 1;
    println!("seed {seed} (SEED={seed} does the same again)");
    let mut random = Random(seed);

    let folder = tempfile::tempdir().expect("a folder");
    let gateway = Gateway::start(folder.path(), &["--trial-bytes=0"], &[]).await;
    let api: SocketAddr = gateway.url().strip_prefix("http://").and_then(|api| api.parse().ok()).expect("an address");
    let key = activate(api).await;
    let builder = Client::builder().base_url(gateway.url()).api_key(key);
    let direct = builder.system(Impatient).build().expect("a client");
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    noise(&source, size, &mut random);
    let before = peak_memory();

    // Of an upload nothing is kept: each one that breaks off begins again.
    let mut points: Vec<u64> = (0..2).map(|_| random.next() % size).collect();
    let up = through(&direct, "PUT", &points).await;
    let begun = Instant::now();
    let uploaded = up.client.storage().object().upload("demo", "big", source.as_path()).await.expect("an upload");
    assert_eq!((uploaded.bytes, uploaded.attempts), (size, 3));
    println!("{} MiB up in {:.1} s, begun again at {points:?}", size / MIB, begun.elapsed().as_secs_f32());

    // At least a mebibyte apart, as a retry that brings less is counted.
    let step = size / (TIMES as u64 + 1);
    points = (0..TIMES).map(|_| 2 * MIB + random.next() % (step - 2 * MIB)).collect();
    let down = through(&direct, "GET", &points).await;
    let begun = Instant::now();
    let downloaded = down.client.storage().object().download("demo", "big").to_file(&target).await.expect("a download");
    assert_eq!((downloaded.bytes, downloaded.attempts), (size, u32::try_from(TIMES).expect("a few") + 1));
    println!("{} MiB down in {:.1} s, broken off after {points:?}", size / MIB, begun.elapsed().as_secs_f32());
    assert!(same(&source, &target), "other bytes came");

    let (Some(before), Some(after)) = (before, peak_memory()) else { return };
    println!("peak memory of the client's process: {} MiB, {} MiB before", after / MIB, before / MIB);
    assert!(after - before < FLAT, "{} MiB", (after - before) / MIB);
}

/// A client whose signed URLs lead through a connection that breaks off.
struct Through {
    client: Client,
    _service: Server,
}

/// A client whose transfers go through a connection that is cut after so many bytes, and after the last of them no more.
async fn through(direct: &Client, method: &str, points: &[u64]) -> Through {
    let object = direct.storage().object();
    let signed = object.presign("demo", "big").method(method.to_owned()).send().await.expect("a URL");
    let rest = signed.url.strip_prefix("http://").expect("a plain URL");
    let (store, path) = rest.split_once('/').expect("a path");
    let store: SocketAddr = store.parse().expect("an address");
    // The signature is of the host, too, so the proxy has to say another one than it has.
    let proxy = proxy(store, points.to_vec()).await;
    let answer = json!({"url": format!("http://{proxy}/{path}"), "method": method, "expires_at": signed.expires_at,
        "headers": {"host": store.to_string()}});
    let service = Server::start([Answer::json(200, answer)]).await;
    let client = service.builder().max_retries(2).system(Impatient).build().expect("a client");
    Through { client, _service: service }
}

/// A proxy that cuts its connections, the first after the first number of bytes and so on, in the larger direction.
async fn proxy(to: SocketAddr, points: Vec<u64>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let points = Arc::new(Mutex::new(points.into_iter()));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let left = points.lock().unwrap_or_else(PoisonError::into_inner).next().unwrap_or(u64::MAX);
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(to).await else { return };
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::select! {
                    _ = copy(&mut from_client, &mut to_server, left) => {}
                    _ = copy(&mut from_server, &mut to_client, left) => {}
                }
                // Both are dropped, and so closed, with whatever is under way.
            });
        }
    });
    address
}

async fn copy(
    from: &mut tokio::net::tcp::OwnedReadHalf,
    to: &mut tokio::net::tcp::OwnedWriteHalf,
    mut left: u64,
) -> io::Result<()> {
    let mut buffer = vec![0; 128 * 1024];
    while left > 0 {
        let size = from.read(&mut buffer).await?;
        if size == 0 {
            break;
        }
        let size = size.min(usize::try_from(left).unwrap_or(size));
        to.write_all(&buffer[..size]).await?;
        left -= size as u64;
    }
    Ok(())
}

fn noise(path: &Path, size: u64, random: &mut Random) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file"));
    for _ in 0..size / 8 {
        file.write_all(&random.next().to_le_bytes()).expect("room");
    }
    file.flush().expect("room");
}

fn same(one: &Path, other: &Path) -> bool {
    let [mut one, mut other] = [one, other].map(|path| File::open(path).expect("a file"));
    if one.metadata().expect("its size").len() != other.metadata().expect("its size").len() {
        return false;
    }
    let (mut here, mut there) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let size = one.read(&mut here).expect("bytes");
        if size == 0 {
            return true;
        }
        other.read_exact(&mut there[..size]).expect("bytes");
        if here[..size] != there[..size] {
            return false;
        }
    }
}

/// The most memory that this process had at once; nothing but Linux tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
