//! Lines about what happens, for people: on standard error or to the caller's logger, as much as the environment asks for.
//!
//! Programs that have a `tracing` subscriber see the same there; see `trace.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;

use crate::credentials::ApiKey;
use crate::generated::service::SERVICE;
use crate::internal::{Invalid, redact};
use crate::system::Host;

/// The headers whose values may be seen. Of all others only the name is.
const SHOWN: [&str; 15] = [
    "accept",
    "accept-ranges",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "idempotency-key",
    "if-match",
    "range",
    "retry-after",
    "retry-after-ms",
    "server",
    "user-agent",
    "x-request-id",
];

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Off,
    Error,
    Info,
    Debug,
}

/// Where lines go.
pub(crate) type Logger = Arc<dyn Fn(&str) + Send + Sync>;

/// A log: as much as its level lets through.
#[derive(Clone)]
pub(crate) struct Log {
    level: Level,
    system: Host,
    logger: Option<Logger>,
}

impl Log {
    /// The level that the environment names. Lines go to `logger`, else to the system.
    pub(crate) fn new(system: &Host, logger: Option<Logger>) -> Result<Self, Invalid> {
        let level = match system.set_variable(SERVICE.log_env).as_deref() {
            None | Some("off") => Level::Off,
            Some("error") => Level::Error,
            Some("info") => Level::Info,
            Some("debug") => Level::Debug,
            Some(_) => return Err(Invalid::new(format!("{} must be off, error, info or debug", SERVICE.log_env))),
        };
        Ok(Self { level, system: system.clone(), logger })
    }

    pub(crate) fn shows(&self, level: Level) -> bool {
        level <= self.level
    }

    /// Writes what the call failed with.
    pub(crate) fn error(&self, line: impl fmt::Display) {
        self.line(Level::Error, format_args!("error: {line}"));
    }

    /// Writes what an attempt came to.
    pub(crate) fn info(&self, operation: &str, what: fmt::Arguments<'_>) {
        self.line(Level::Info, format_args!("info: {operation}: attempt {what}"));
    }

    /// Writes what goes out or comes in.
    pub(crate) fn debug(&self, operation: &str, what: fmt::Arguments<'_>) {
        self.line(Level::Debug, format_args!("debug: {operation}: attempt {what}"));
    }

    fn line(&self, level: Level, text: fmt::Arguments<'_>) {
        if !self.shows(level) {
            return;
        }
        let line = format!("{} {text}", SERVICE.name);
        match &self.logger {
            Some(logger) => logger(&line),
            None => self.system.log(&line),
        }
    }
}

/// Headers as they may be seen, sorted by name; without the key, if there is one.
pub(crate) struct Shown<'a>(pub(crate) &'a HeaderMap, pub(crate) Option<&'a ApiKey>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<_> = self.0.iter().collect();
        lines.sort_by_key(|(name, _)| name.as_str());
        for (at, (name, value)) in lines.into_iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match value.to_str() {
                Ok(value) if may_be_seen(name.as_str()) => write!(f, "{name}: {}", redact::text(value, self.1))?,
                _ => f.write_str(name.as_str())?,
            }
        }
        Ok(())
    }
}

fn may_be_seen(name: &str) -> bool {
    SHOWN.contains(&name) || SERVICE.attempt_header == Some(name)
}

/// A time in seconds, with at most three decimals: `0.25 s`.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3}", self.0.as_secs_f64());
        write!(f, "{} s", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Seconds;

    #[test]
    fn seconds_are_short() {
        let text = |milliseconds| Seconds(Duration::from_millis(milliseconds)).to_string();
        assert_eq!([0, 150, 250, 1000, 30_000, 1_001].map(text), ["0 s", "0.15 s", "0.25 s", "1 s", "30 s", "1.001 s"]);
    }
}
