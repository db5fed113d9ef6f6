//! The log, on standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::ChronoUtc;

use crate::config::{LogFormat, LogLevel};

/// Begins to log. A second call changes nothing.
pub fn start(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Off => "off",
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    // What libraries say at `debug` may hold headers and URLs, and so keys: ours only.
    let others = if matches!(level, "off" | "error") { level } else { "warn" };
    let filter = EnvFilter::new(format!("{others},infrai_gateway={level},infrai_store={level},s3s=off"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(false);
    let lines = lines.with_ansi(stderr().is_terminal());
    let started = match format {
        LogFormat::Text => lines.with_timer(ChronoUtc::new("%H:%M:%S%.3f".into())).try_init(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            lines.with_timer(ChronoUtc::rfc_3339()).try_init()
        }
    };
    drop(started);
}
