//! What a client takes from the machine it runs on: variables, the home folder, clocks, randomness, a place for log lines.
//!
//! All of it behind one trait, so that tests can say what time it is and see every wait without waiting.

use std::env;
use std::fmt;
use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

/// A wait that takes as long as it says.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The machine. Each method does the real thing unless it is replaced.
pub trait System: Send + Sync + 'static {
    /// Returns the value of an environment variable, if it is set. What is not UTF-8 has replacement characters.
    fn variable(&self, name: &str) -> Option<String> {
        env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Returns the home folder of whoever runs this, if there is one.
    fn home(&self) -> Option<PathBuf> {
        env::home_dir().filter(|home| !home.as_os_str().is_empty())
    }

    /// Returns the time since some moment in the past. It never goes back.
    fn now(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    /// Returns the date and time.
    fn wall_clock(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Waits.
    fn sleep(&self, wait: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(wait))
    }

    /// Returns a random number, at least 0 and less than 1, any as likely as any other.
    fn random(&self) -> f64 {
        // Without a source of randomness, the middle is as good as any.
        let bits = getrandom::u32().unwrap_or(u32::MAX / 2);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// Writes a line for people to read.
    fn log(&self, line: &str) {
        // Nobody may be reading any more; the call goes on.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// The real machine.
struct Machine;

impl System for Machine {}

/// The machine, but for the environment variables; it has no home folder.
struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String> + Send + Sync + 'static> System for Variables<F> {
    fn variable(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }

    fn home(&self) -> Option<PathBuf> {
        None
    }
}

/// A system that clients share.
#[derive(Clone)]
pub(crate) struct Host(Arc<dyn System>);

impl Host {
    pub(crate) fn new(system: impl System) -> Self {
        Self(Arc::new(system))
    }

    /// The machine with other variables.
    pub(crate) fn with_variables(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::new(Variables(lookup))
    }

    /// Returns an environment variable's value; one that is empty counts as unset.
    pub(crate) fn set_variable(&self, name: &str) -> Option<String> {
        self.0.variable(name).filter(|value| !value.is_empty())
    }
}

impl std::ops::Deref for Host {
    type Target = dyn System;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new(Machine)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}
