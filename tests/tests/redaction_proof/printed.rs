//! All that is printed, by whomever, in one place.

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use infrai::Error;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is printed, in one place.
pub(super) static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    /// Whether panics of this thread are for looking at.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn print(text: impl Into<String>) {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).push(text.into());
}

/// Where what libraries write ends up.
struct Sink;

impl io::Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        print(String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Sink {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl log::Log for Sink {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        print(format!("log {} {}: {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Watches `log`, `tracing` and panics.
pub(super) fn watch() {
    log::set_logger(&Sink).expect("the only logger");
    log::set_max_level(log::LevelFilter::Trace);
    let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_span_events(FmtSpan::FULL);
    tracing::subscriber::set_global_default(all.with_writer(Sink).with_ansi(false).finish()).expect("the only one");
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        if WATCHED.get() {
            print(format!("panic {what} {what:?}"));
        } else {
            others(what);
        }
    }));
}

/// Runs what panics with a rendering of something.
fn panics(with: impl FnOnce()) {
    WATCHED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(with));
    WATCHED.set(false);
    let panicked = result.expect_err("a panic");
    print(panicked.downcast_ref::<String>().expect("a message").clone());
}

pub(super) fn show(thing: &impl Debug) {
    print(format!("{thing:?}"));
    print(format!("{thing:#?}"));
    panics(|| Ok::<_, ()>(thing).expect_err("a failure"));
}

pub(super) fn show_error(error: &Error) {
    show(error);
    panics(|| Err::<(), _>(error).expect("a success"));
    panics(|| Err::<(), _>(error).unwrap());
    print(error.message());
    for part in [error.code(), error.request_id(), error.json_path(), error.operation()].into_iter().flatten() {
        print(part);
    }
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(error) = next {
        print(format!("{error} {error:#} {error:?} {error:#?}"));
        next = error.source();
    }
}

pub(super) fn show_result<T: Debug>(result: Result<T, Error>) {
    show(&result);
    match result {
        Ok(value) => show(&value),
        Err(error) => show_error(&error),
    }
}

/// A failure, which it must be.
#[track_caller]
pub(super) fn fails<T: Debug>(result: Result<T, Error>) {
    assert!(result.is_err(), "{result:?}");
    show_result(result);
}

#[track_caller]
pub(super) fn works<T: Debug>(result: Result<T, Error>) {
    assert!(result.is_ok(), "{result:?}");
    show_result(result);
}
