//! The gateway as a program, like [`crate::program`], for tests that look at its process or run several.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program;
use crate::validate;

/// How long it may take to be ready, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that is gone with the value.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says is added to the file `log`.
    ///
    /// # Panics
    /// If it can't be started.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a file for the log");
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("the log")).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log: log.to_owned() }
    }

    /// Ends it as a crash would, with SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it runs.
    ///
    /// # Panics
    /// If that can't be found out.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// The end of what it said.
    pub fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// The most memory that it had at once, in bytes; nothing but Linux tells.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A gateway whose process can be looked at, and that has the same ports after a restart. It may be without an embedded store.
#[derive(Debug)]
pub struct Gateway {
    process: Process,
    folder: PathBuf,
    words: Vec<String>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    url: String,
}

impl Gateway {
    /// Starts `serve` with these further words, its data and its log in a folder.
    ///
    /// # Panics
    /// If it doesn't get ready.
    pub async fn start(folder: &Path, words: &[&str], environment: &[(&str, &str)]) -> Self {
        let [api, s3] = free_ports();
        let (listen, s3_listen) = (format!("--listen=127.0.0.1:{api}"), format!("--s3-listen=127.0.0.1:{s3}"));
        let words: Vec<String> =
            [&["serve", &listen, &s3_listen], words].concat().into_iter().map(str::to_owned).collect();
        let environment: Vec<_> =
            environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let log = folder.join(format!("gateway-{api}.log"));
        let process = run(folder, &words, &environment, &log);
        let url = format!("http://127.0.0.1:{api}");
        let mut this = Self { process, folder: folder.to_owned(), words, environment, log, url };
        this.wait().await;
        this
    }

    /// Starts it again, as it was.
    ///
    /// # Panics
    /// If it doesn't get ready.
    pub async fn again(&mut self) {
        self.process.kill();
        self.process = run(&self.folder, &self.words, &self.environment, &self.log);
        self.wait().await;
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The process, to look at.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Where the API is, without a `/` at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn wait(&mut self) {
        let begun = Instant::now();
        let client = client(Duration::from_secs(5));
        while !client.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|answer| answer.status() == 200) {
            assert!(self.process.runs(), "the gateway ended:\n{}", self.process.said());
            assert!(begun.elapsed() < PATIENCE, "the gateway isn't ready:\n{}", self.process.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn run(folder: &Path, words: &[String], environment: &[(String, String)], log: &Path) -> Process {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = program::command(folder, &words);
    Process::start(command.envs(environment.iter().map(|(name, value)| (name, value))), log)
}

/// A client that goes straight to loopback.
///
/// # Panics
/// Never: it has no settings that could be wrong.
pub fn client(timeout: Duration) -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(timeout).build().expect("a client")
}

/// Sends a request of the API, and returns status and body of the answer, which is held against the description.
///
/// # Errors
/// If there is no answer.
///
/// # Panics
/// If the answer isn't described.
pub async fn called(request: reqwest::RequestBuilder) -> Result<(reqwest::StatusCode, Value), reqwest::Error> {
    let (client, request) = request.build_split();
    let request = request?;
    let (method, target) = (request.method().to_string(), request.url().path().to_owned());
    let answer = client.execute(request).await?;
    let status = answer.status();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let body = answer.bytes().await?;
    validate::answer(&method, &target, status.as_u16(), kind.as_deref(), &body)
        .unwrap_or_else(|fault| panic!("{method} {target}: {fault}"));
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

/// Ports on loopback that nobody has.
///
/// # Panics
/// If loopback has none.
#[must_use]
pub fn free_ports<const N: usize>() -> [u16; N] {
    // Held until all are found, so that none comes twice.
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a free port"));
    held.each_ref().map(|held| held.local_addr().expect("its address").port())
}
