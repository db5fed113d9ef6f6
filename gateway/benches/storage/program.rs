//! Programs that are gone with their value.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    /// Our own servers end when it is closed, so also when we are killed.
    _stdin: Option<ChildStdin>,
    lines: Vec<String>,
}

impl Program {
    /// Starts it, its messages in a file, and reads what it prints until `enough` says so.
    pub(crate) fn start(command: &mut Command, log: &Path, enough: impl Fn(&str) -> bool) -> Self {
        let log = File::create(log).unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            lines.push(line.unwrap());
            if enough(lines.last().unwrap()) {
                break;
            }
        }
        Self { child, _stdin: stdin, lines }
    }

    /// Starts it, all that it says in a file, and waits until it answers.
    pub(crate) fn start_at(command: &mut Command, log: &Path, ready: impl Fn() -> bool) -> Self {
        let file = File::create(log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut program = Self { child, _stdin: None, lines: Vec::new() };
        let begun = Instant::now();
        while !ready() {
            let ended = program.child.try_wait().unwrap().is_some();
            let said = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(!ended && begun.elapsed() < Duration::from_mins(2), "{command:?} isn't up:\n{}", said());
            std::thread::sleep(Duration::from_millis(100));
        }
        program
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed, as far as that was waited for.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The address in a URL on the printed line that has this word.
    pub(crate) fn address(&self, word: &str) -> SocketAddr {
        let line = self.lines.iter().find(|line| line.contains(word));
        let line = line.unwrap_or_else(|| panic!("no `{word}` in {:?}", self.lines));
        line.split("http://").nth(1).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Asked first: nginx, killed, leaves its workers behind. It may have ended.
        let _ = Command::new("kill").arg(self.id().to_string()).stderr(Stdio::null()).status();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(3) && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command prints, if it is there and works.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    output.status.success().then(|| String::from_utf8_lossy(&text).trim().to_owned())
}

/// Where a program is: on the path or in one of these folders.
pub(crate) fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Ports on loopback that nobody has.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    held.each_ref().map(|held| held.local_addr().unwrap().port())
}
