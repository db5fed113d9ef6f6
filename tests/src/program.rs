//! The gateway as a program: `infrai-gateway`, built once, started, watched, and ended by signals.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::built;
use crate::gateway::Request;

/// How long a start or an end is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running gateway. Dropping it kills it.
pub struct Program {
    child: Child,
    printed: [Arc<Mutex<Vec<u8>>>; 2],
    readers: Vec<JoinHandle<()>>,
    api: SocketAddr,
    s3: SocketAddr,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Done {
    /// How.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Done {
    /// What it printed, if all went well.
    ///
    /// # Panics
    /// If it didn't.
    pub fn good(&self) -> &str {
        assert!(self.status.success(), "{self:?}");
        &self.stdout
    }

    /// The sentence of a failure: the whole of standard error but for `error: `.
    ///
    /// # Panics
    /// If it didn't fail with exit code 1 and that.
    pub fn sentence(&self) -> &str {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        let sentence = self.stderr.strip_prefix("error: ").unwrap_or_else(|| panic!("{self:?}"));
        let sentence = sentence.strip_suffix('\n').unwrap_or_else(|| panic!("{self:?}"));
        let trace = ["panicked", "RUST_BACKTRACE", "Error {", "Err(", "Os {"];
        assert!(!trace.iter().any(|word| sentence.contains(word)), "{sentence}");
        assert!(!sentence.ends_with('.') && sentence.len() > 10, "{sentence}");
        sentence
    }

    /// The same, where there is no more than one line.
    ///
    /// # Panics
    /// If there is.
    pub fn line(&self) -> &str {
        let sentence = self.sentence();
        assert!(!sentence.contains('\n'), "{sentence}");
        sentence
    }
}

/// The command with these words; it sees no environment but a home in `folder`, and keeps its data in `folder/data`.
pub fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(words).env_clear().env("HOME", folder).env("INFRAI_GATEWAY_DATA", folder.join("data"));
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
///
/// # Panics
/// If it can't be started.
pub fn run(folder: &Path, words: &[&str]) -> Done {
    command(folder, words).output().expect("the program can be started").into()
}

/// Runs `serve` on free ports with these further words, where it is to fail.
pub fn serve(folder: &Path, words: &[&str]) -> Done {
    run(folder, &[&["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"], words].concat())
}

impl Program {
    /// Starts `serve` on free ports with the data in `folder/data`, and waits until it is ready.
    ///
    /// # Panics
    /// If it doesn't get ready; the message has what it printed.
    pub async fn start(folder: &Path, words: &[&str]) -> Self {
        let words = [&["serve", "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"], words].concat();
        let mut child = command(folder, &words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let (stdout, reader) = watch(child.stdout.take().expect("standard output"));
        let (stderr, other) = watch(child.stderr.take().expect("standard error"));
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let printed = [stdout, stderr];
        let mut program = Self { child, printed, readers: vec![reader, other], api: nowhere, s3: nowhere };
        program.wait_until_ready().await;
        program
    }

    async fn wait_until_ready(&mut self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let stdout = self.stdout();
            let address = |word: &str| {
                let line = stdout.lines().find(|line| line.trim_start().starts_with(word))?;
                line.split("http://").nth(1)?.trim().parse::<SocketAddr>().ok()
            };
            if let (Some(api), Some(s3)) = (address("API "), address("S3 store ")) {
                (self.api, self.s3) = (api, s3);
                if Request::new("GET", "/readyz").send(api).await.status == 200 {
                    return;
                }
            }
            let ended = self.child.try_wait().expect("a child's state");
            assert!(ended.is_none() && Instant::now() < end, "not ready: {ended:?}\n{stdout}\n{}", self.stderr());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Where the API listens.
    pub fn api(&self) -> SocketAddr {
        self.api
    }

    /// Where the store listens.
    pub fn s3(&self) -> SocketAddr {
        self.s3
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        text(&self.printed[0])
    }

    /// What it has printed to standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.printed[1])
    }

    /// Asks it to stop.
    ///
    /// # Panics
    /// If it has ended already.
    #[cfg(unix)]
    pub fn terminate(&self) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal can be sent");
    }

    /// Kills it: it gets no chance to do anything more.
    ///
    /// # Panics
    /// If it has ended already.
    pub async fn kill(&mut self) {
        self.child.kill().expect("a process can be killed");
        self.ended().await;
    }

    /// Waits for its end; returns how, and what it has printed.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn ended(&mut self) -> Done {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child's state") {
                break status;
            }
            assert!(Instant::now() < end, "it doesn't end: {}", self.stderr());
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        Done { status, stdout: self.stdout(), stderr: self.stderr() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(mut from: impl Read + Send + 'static) -> (Arc<Mutex<Vec<u8>>>, JoinHandle<()>) {
    let printed: Arc<Mutex<Vec<u8>>> = Arc::default();
    let into = Arc::clone(&printed);
    let reader = std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(size @ 1..) = from.read(&mut piece) {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece[..size]);
        }
    });
    (printed, reader)
}

fn text(printed: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&printed.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// The program, built once.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| built::program("infrai-gateway"))
}
