//! The machine that a client under test runs on: its variables, home, clocks and randomness are the case's, and waits take no time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use infrai::{Sleep, System};

use super::case::Case;

/// The machine of one case. Clones are the same machine.
#[derive(Clone, Debug)]
pub struct Machine(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    environment: BTreeMap<String, String>,
    home: PathBuf,
    start: Instant,
    wall_clock: SystemTime,
    changing: Mutex<Changing>,
}

#[derive(Debug)]
struct Changing {
    random: Vec<f64>,
    /// How many of them were drawn.
    drawn: usize,
    /// The waits since they were last taken.
    waits: Vec<Duration>,
    /// All waits.
    skipped: Duration,
    log: Vec<String>,
}

impl Machine {
    /// Returns the machine of a case with this home folder.
    pub fn new(case: &Case, home: PathBuf) -> Self {
        let random = case.random.clone();
        let changing = Changing { random, drawn: 0, waits: Vec::new(), skipped: Duration::ZERO, log: Vec::new() };
        Self(Arc::new(Parts {
            environment: case.environment.clone(),
            home,
            start: Instant::now(),
            wall_clock: case.now.into(),
            changing: Mutex::new(changing),
        }))
    }

    /// Returns the waits, in seconds, since this was last asked.
    pub fn take_waits(&self) -> Vec<f64> {
        std::mem::take(&mut self.changing().waits).iter().map(Duration::as_secs_f64).collect()
    }

    /// Returns what was logged.
    pub fn logged(&self) -> Vec<String> {
        self.changing().log.clone()
    }

    fn changing(&self) -> MutexGuard<'_, Changing> {
        self.0.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl System for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.environment.get(name).cloned()
    }

    fn home(&self) -> Option<PathBuf> {
        Some(self.0.home.clone())
    }

    fn now(&self) -> Duration {
        self.0.start.elapsed() + self.changing().skipped
    }

    fn wall_clock(&self) -> SystemTime {
        // Real time doesn't count, so that waits until a date are known exactly.
        self.0.wall_clock + self.changing().skipped
    }

    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(async move {
            let mut changing = self.changing();
            changing.waits.push(wait);
            changing.skipped += wait;
        })
    }

    fn random(&self) -> f64 {
        let mut changing = self.changing();
        let turn = changing.drawn.min(changing.random.len().saturating_sub(1));
        changing.drawn += 1;
        changing.random.get(turn).copied().unwrap_or_default()
    }

    fn log(&self, line: &str) {
        self.changing().log.push(line.to_owned());
    }
}
