//! Looking for secrets in everything that is printed, and in what libraries write to `log` and `tracing`.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// The word that all secrets of the vectors have in them, the key as well.
pub const CANARY: &str = "canary";

/// Lines with the word, of whatever library, since the start.
static LEAKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Watches all that is written to `log` and `tracing` in this process, at every level.
///
/// # Panics
/// If somebody else watches.
pub fn everything() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        log::set_logger(&Watch).expect("the only logger");
        log::set_max_level(log::LevelFilter::Trace);
        let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(Watch).with_ansi(false);
        tracing::subscriber::set_global_default(all.finish()).expect("the only subscriber");
    });
}

/// Returns the lines that had a secret.
pub fn leaked() -> Vec<String> {
    LEAKED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Returns the texts that have a secret.
pub fn with_canary(texts: &[String]) -> Vec<&String> {
    texts.iter().filter(|text| text.contains(CANARY)).collect()
}

struct Watch;

impl Watch {
    fn see(text: &str) {
        if text.contains(CANARY) {
            LEAKED.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
        }
    }
}

impl log::Log for Watch {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        Self::see(&format!("{} {}: {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

impl io::Write for Watch {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // An event comes in one piece.
        Self::see(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Watch {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_libraries_write_is_seen() {
        super::everything();
        log::trace!("a line");
        log::trace!("a {}", super::CANARY);
        tracing::trace!(field = super::CANARY, "an event");
        tracing::trace!("an event");
        let seen = super::leaked();
        assert!(seen.len() == 2 && seen.iter().all(|line| line.contains("TRACE")), "{seen:?}");
    }
}
