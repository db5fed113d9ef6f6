//! What goes to standard output. Who reads it may stop before its end (`… | head`): that is no failure. Another error is: what was asked for isn't
//! there.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use super::Failed;

/// Writes a line.
pub(super) fn say(line: impl Display) -> Result<(), Failed> {
    text(format_args!("{line}\n"))
}

/// Writes a text as it is.
pub(super) fn text(text: impl Display) -> Result<(), Failed> {
    match write(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failed(format!("standard output can't be written: {error}; send it where there is room")))
        }
        _ => Ok(()),
    }
}

/// Writes a text as it is; that nobody reads it is an error like any other.
pub(super) fn write(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{text}").and_then(|()| out.flush())
}
