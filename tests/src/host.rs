//! A machine for a client under test: its variables and home folder are the test's own, and waits take no time, unless they are to
//! have no end.

use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use infrai::{Sleep, System};

/// The machine. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Host {
    variables: Vec<(String, String)>,
    home: Option<PathBuf>,
    waits_end: bool,
    start: Instant,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    skipped: Duration,
    waits: Vec<Duration>,
    waiting: usize,
    lines: Vec<String>,
}

impl Default for Host {
    fn default() -> Self {
        Self { variables: Vec::new(), home: None, waits_end: true, start: Instant::now(), seen: Arc::default() }
    }
}

impl Host {
    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the home folder.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// From now on, a wait never ends.
    #[must_use]
    pub fn endless_waits(mut self) -> Self {
        self.waits_end = false;
        self
    }

    /// Returns all waits that were begun.
    pub fn waits(&self) -> Vec<Duration> {
        self.seen().waits.clone()
    }

    /// Returns how many waits are going on.
    pub fn waiting(&self) -> usize {
        self.seen().waiting
    }

    /// Returns the lines that were logged.
    pub fn lines(&self) -> Vec<String> {
        self.seen().lines.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait that goes on until this is dropped.
struct Waiting<'h>(&'h Host);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.seen().waiting -= 1;
    }
}

impl System for Host {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    fn home(&self) -> Option<PathBuf> {
        self.home.clone()
    }

    fn now(&self) -> Duration {
        self.start.elapsed() + self.seen().skipped
    }

    fn wall_clock(&self) -> SystemTime {
        SystemTime::now() + self.seen().skipped
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(async move {
            self.seen().waits.push(wait);
            self.seen().waiting += 1;
            let _waiting = Waiting(self);
            if !self.waits_end {
                pending::<()>().await;
            }
            self.seen().skipped += wait;
        })
    }

    fn random(&self) -> f64 {
        0.0
    }

    fn log(&self, line: &str) {
        self.seen().lines.push(line.to_owned());
    }
}
