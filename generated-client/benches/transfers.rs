//! What uploads and downloads cost: this client beside reqwest by hand, curl and `object_store`, in one run, against the gateway.
//!
//! `cargo bench -p infrai --bench transfers`; `RUNS` says how often, `TMPDIR` on which disk. Every client is a process of its own
//! that moves the same file from and to one gateway (the release binary). Its time is that of the process, its CPU what Linux
//! counts for it, start and end included. The clients take turns; the best run counts, with the worst in brackets.
//!
//! `SERVER=sink` has them talk to a server that keeps nothing instead, in this program: what the clients can do where no store
//! is in the way. `GATEWAY` names a release binary that is there already. `WITHOUT=object_store` leaves that one out, which has
//! many crates to compile.

#![allow(
    clippy::assigning_clones,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::large_stack_arrays,
    clippy::print_stdout,
    clippy::unnecessary_debug_formatting,
    reason = "a benchmark prints, and its numbers are small"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use infrai::Client;
use infrai::types::PresignMethod;
use serde_json::json;
use tokio::net::TcpListener;

type Fault = Box<dyn std::error::Error + Send + Sync>;

const BUCKET: &str = "bench";
const MIB: u64 = 1 << 20;
/// Name, size, and how many make up a measurement.
const SIZES: [(&str, u64, usize); 2] = [("64 MiB", 64 * MIB, 8), ("1 GiB", 1024 * MIB, 1)];
const CLIENTS: [&str; 4] = ["infrai", "reqwest by hand", "curl", "object_store"];
const DIRECTIONS: [&str; 2] = ["up", "down"];

fn main() -> Result<(), Fault> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["infrai", direction, file, keys @ ..] => runtime.block_on(ours(direction, file, keys)),
        ["reqwest by hand", direction, file, urls @ ..] => runtime.block_on(by_hand(direction, file, urls)),
        ["serve"] => runtime.block_on(serve()),
        _ => measure(&runtime),
    }
}

/// The client under test.
async fn ours(direction: &str, file: &str, keys: &[&str]) -> Result<(), Fault> {
    let client = Client::from_env()?;
    for key in keys {
        let objects = client.storage().object();
        if direction == "up" {
            objects.upload(BUCKET, *key, Path::new(file)).await?;
        } else {
            objects.download(BUCKET, *key).to_writer(tokio::io::sink()).await?;
        }
    }
    Ok(())
}

/// Neither checksums nor retries nor limits.
async fn by_hand(direction: &str, file: &str, urls: &[&str]) -> Result<(), Fault> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    for url in urls {
        if direction == "up" {
            let body = reqwest::Body::wrap(FileBody { file: File::open(file)?, left: fs::metadata(file)?.len() });
            client.put(*url).body(body).send().await?.error_for_status()?;
        } else {
            let mut answer = client.get(*url).send().await?.error_for_status()?;
            while answer.chunk().await?.is_some() {}
        }
    }
    Ok(())
}

/// A file that is read where it is sent, which stops everything else meanwhile.
struct FileBody {
    file: File,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut piece = vec![0; 256 * 1024];
        let read = self.file.read(&mut piece)?;
        piece.truncate(read);
        self.left -= read as u64;
        Poll::Ready((read > 0).then(|| Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Signs nothing, drops what it gets, and sends as many bytes as the key's first number says.
async fn serve() -> Result<(), Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    println!("http://{address}");
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| async move {
            let path = request.uri().path().to_owned();
            let (method, mut body) = (request.method().clone(), request.into_body());
            while let Some(frame) = body.frame().await {
                frame?;
            }
            let name = path.split('/').find(|part| part.contains('-')).unwrap_or("0-0");
            let size = name.split('-').next().and_then(|size| size.parse().ok()).unwrap_or(0);
            let answer = hyper::Response::builder().header("etag", "\"0123456789abcdef0123456789abcdef\"");
            let answer = answer.header("last-modified", "Sun, 22 Nov 2026 00:00:00 GMT");
            let body = match method.as_str() {
                "POST" => {
                    let url = format!("http://{address}/{BUCKET}/{name}");
                    let body = json!({"url": url, "method": "PUT", "expires_at": "2099-01-01T00:00:00Z"});
                    Piece::once(body.to_string())
                }
                "GET" => Piece { bytes: Bytes::from_static(&[7; 256 * 1024]), left: size },
                _ => Piece::once(String::new()),
            };
            Ok::<_, hyper::Error>(answer.body(body).unwrap_or_default())
        });
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The same bytes over and over.
#[derive(Default)]
struct Piece {
    bytes: Bytes,
    left: u64,
}

impl Piece {
    fn once(text: String) -> Self {
        let bytes = Bytes::from(text);
        Self { left: bytes.len() as u64, bytes }
    }
}

impl Body for Piece {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let length = self.left.min(self.bytes.len() as u64);
        self.left -= length;
        let bytes = self.bytes.slice(..usize::try_from(length).unwrap_or_default());
        Poll::Ready((length > 0).then(|| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The gateway, its folder, and a key for it.
struct Gateway {
    child: Child,
    folder: PathBuf,
    api: String,
    store: String,
    key: String,
    s3: Vec<(String, String)>,
    bucket: String,
}

impl Gateway {
    /// The server that keeps nothing, in the gateway's place.
    fn sink() -> Result<Self, Fault> {
        let folder = std::env::temp_dir().join(format!("infrai-transfers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let mut child = Command::new(std::env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let api = line.trim().to_owned();
        let key = format!("ifr_pk_{}", "0".repeat(32));
        let s3 = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name.to_owned(), "none".to_owned()));
        Ok(Self { child, folder, store: api.clone(), api, key, s3: s3.into(), bucket: BUCKET.to_owned() })
    }

    fn start(runtime: &tokio::runtime::Runtime) -> Result<Self, Fault> {
        let program = match std::env::var_os("GATEWAY") {
            Some(program) => program.into(),
            None => build(&["-p", "gateway", "--bin", "infrai-gateway"], &target(), "infrai-gateway")?,
        };
        let folder = std::env::temp_dir().join(format!("infrai-transfers-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let run = |words: &[&str]| {
            let mut command = Command::new(&program);
            command.args(words).env_clear().env("HOME", &folder).env("INFRAI_GATEWAY_DATA", folder.join("data"));
            command
        };
        let log = File::create(folder.join("log"))?;
        let mut serve = run(&["serve", "--listen=127.0.0.1:0", "--s3-listen=127.0.0.1:0"]);
        let mut child = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut gateway = Self {
            child,
            folder: folder.clone(),
            api: String::new(),
            store: String::new(),
            key: String::new(),
            s3: Vec::new(),
            bucket: String::new(),
        };
        for line in lines {
            let line = line?;
            let url = || line.split_once("http://").map(|(_, address)| format!("http://{}", address.trim()));
            match &*line {
                line if line.contains("API ") => gateway.api = url().unwrap_or_default(),
                line if line.contains("S3 store ") => gateway.store = url().unwrap_or_default(),
                line if line.contains("keys create") => break,
                _ => {}
            }
        }
        gateway.key =
            String::from_utf8(run(&["keys", "create", "--account=bench"]).output()?.stdout)?.trim().to_owned();
        let s3 = String::from_utf8(run(&["keys", "s3"]).output()?.stdout)?;
        let own = s3.lines().filter_map(|line| line.split_once('='));
        gateway.s3 = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let client = gateway.client()?;
        runtime.block_on(client.storage().bucket().create(BUCKET).send())?;
        let url = gateway.signed(runtime, "up", "x")?;
        // The name by which the store knows the bucket.
        gateway.bucket = url.split('/').nth(3).ok_or("no bucket")?.to_owned();
        Ok(gateway)
    }

    fn client(&self) -> Result<Client, infrai::Error> {
        Client::builder().base_url(&self.api).api_key(&self.key).build()
    }

    fn signed(&self, runtime: &tokio::runtime::Runtime, direction: &str, key: &str) -> Result<String, Fault> {
        let method = if direction == "up" { PresignMethod::Put } else { PresignMethod::Get };
        let client = self.client()?;
        Ok(runtime.block_on(client.storage().object().presign(BUCKET, key).method(method).send())?.url)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Builds a release binary, which may be there already.
fn build(words: &[&str], target: &Path, name: &str) -> Result<PathBuf, Fault> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--release", "--quiet", "--target-dir"]).arg(target).args(words);
    if !command.status()?.success() {
        return Err(format!("{name} can't be built").into());
    }
    Ok(target.join("release").join(name))
}

/// One process: its time and its CPU, in seconds.
#[derive(Clone, Copy)]
struct Sample {
    time: f64,
    cpu: f64,
}

fn measure(runtime: &tokio::runtime::Runtime) -> Result<(), Fault> {
    let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/object-store/Cargo.toml");
    let without = std::env::var("WITHOUT").unwrap_or_default();
    let peer = match &*without {
        "object_store" => PathBuf::new(),
        _ => build(&["--manifest-path", peer], &target().join("peers"), "object-store-peer")?,
    };
    let is_sink = std::env::var("SERVER").is_ok_and(|server| server == "sink");
    let gateway = if is_sink { Gateway::sink()? } else { Gateway::start(runtime)? };
    let runs = std::env::var("RUNS").map_or(Ok(3), |runs| runs.parse())?;
    let version = Command::new("curl").arg("--version").output()?.stdout;
    println!("{}", String::from_utf8_lossy(&version).lines().next().unwrap_or_default());
    for (name, size, count) in SIZES {
        let file = gateway.folder.join("source");
        write_file(&file, size)?;
        let keys: Vec<String> = (0..count).map(|number| format!("{size}-{number}")).collect();
        let mut samples = [const { [const { Vec::new() }; 2] }; CLIENTS.len()];
        for _ in 0..runs {
            for (client, samples) in CLIENTS.iter().zip(&mut samples).filter(|(client, _)| **client != without) {
                for (direction, samples) in DIRECTIONS.iter().zip(samples) {
                    let command = command(runtime, &gateway, &peer, client, direction, &file, &keys)?;
                    samples.push(run(command)?);
                }
            }
        }
        table(name, (size * count as u64 / MIB) as f64, &samples);
    }
    Ok(())
}

fn write_file(path: &Path, size: u64) -> io::Result<()> {
    let block: Vec<u8> = (0..MIB).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut file = File::create(path)?;
    (0..size / MIB).try_for_each(|_| io::Write::write_all(&mut file, &block))
}

fn command(
    runtime: &tokio::runtime::Runtime,
    gateway: &Gateway,
    peer: &Path,
    client: &str,
    direction: &str,
    file: &Path,
    keys: &[String],
) -> Result<Command, Fault> {
    let urls = || keys.iter().map(|key| gateway.signed(runtime, direction, key)).collect::<Result<Vec<_>, _>>();
    let mut command;
    match client {
        "curl" => {
            command = Command::new("curl");
            command.args(["--silent", "--show-error", "--fail", "--noproxy", "*"]);
            for url in urls()? {
                match direction {
                    "up" => command.arg("--upload-file").arg(file),
                    _ => command.args(["--output", "/dev/null"]),
                };
                command.arg(url);
            }
        }
        "object_store" => {
            command = Command::new(peer);
            command.env("ENDPOINT", &gateway.store).env("BUCKET", &gateway.bucket).envs(gateway.s3.iter().cloned());
            command.arg(direction);
            if direction == "up" {
                command.arg(file);
            }
            command.args(keys);
        }
        _ => {
            command = Command::new(std::env::current_exe()?);
            command.env("INFRAI_BASE_URL", &gateway.api).env("INFRAI_API_KEY", &gateway.key);
            command.args([client, direction]).arg(file);
            if client == "infrai" {
                command.args(keys)
            } else {
                command.args(urls()?)
            };
        }
    }
    Ok(command)
}

fn run(mut command: Command) -> Result<Sample, Fault> {
    // The disk finishes what the one before left to be written, so that the next doesn't pay for it.
    let _ = Command::new("sync").arg("-f").arg(std::env::temp_dir()).status();
    let before = children_cpu()?;
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).status()?;
    let time = begun.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("{:?} ends with {status}", command.get_program()).into());
    }
    Ok(Sample { time, cpu: children_cpu()? - before })
}

/// The CPU time of all children that were waited for (`proc(5)`: `cutime` and `cstime`, in hundredths of a second).
fn children_cpu() -> Result<f64, Fault> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").ok_or("no fields")?;
    let ticks: Result<Vec<f64>, _> = fields.split(' ').skip(13).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<f64>() / 100.0)
}

fn table(name: &str, mib: f64, samples: &[[Vec<Sample>; 2]]) {
    println!("\n### {name}\n");
    println!("|  | up, MiB/s | to curl | down, MiB/s | to curl | CPU-s a GiB, up | CPU-s a GiB, down |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let curl = &samples[2];
    for (client, samples) in CLIENTS.iter().zip(samples).filter(|(_, samples)| !samples[0].is_empty()) {
        let mut row = format!("| {client} |");
        for (samples, curl) in samples.iter().zip(curl) {
            let (best, worst) = ends(samples.iter().map(|sample| sample.time));
            let ratio = ends(curl.iter().map(|sample| sample.time)).0 / best;
            let _ = write!(row, " {:.0} ({:.0}) | {ratio:.2} |", mib / best, mib / worst);
        }
        for samples in samples {
            let (best, worst) = ends(samples.iter().map(|sample| sample.cpu / mib * 1024.0));
            let _ = write!(row, " {best:.2} ({worst:.2}) |");
        }
        println!("{row}");
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(least, most), value| (value.min(least), value.max(most)))
}
