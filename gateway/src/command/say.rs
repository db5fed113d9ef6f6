//! What goes to standard output. Who reads it may stop before its end (`… | head`): that is no failure.

use std::io::Write;

/// Writes a line.
pub(super) fn say(line: impl std::fmt::Display) {
    text(format_args!("{line}\n"));
}

/// Writes a text as it is.
pub(super) fn text(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    // There is nobody left to tell of a failure.
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}
