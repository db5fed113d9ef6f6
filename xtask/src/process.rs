//! Starts other programs.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::Command;

use crate::paths;

/// Why a program did no good.
pub(crate) enum Trouble {
    /// What it takes is not on this machine.
    Skipped(String),
    /// It ran and failed, or could not run; the command is named.
    Failed(String),
}

/// A program to be run in the repository's root.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(paths::root());
    command
}

/// The cargo that started us.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end; what it prints is printed.
pub(crate) fn run(command: &mut Command) -> Result<(), Trouble> {
    let line = line(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Trouble::Failed(format!("`{line}` failed ({status})"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Trouble::Skipped(format!("{} is not installed", command.get_program().to_string_lossy())))
        }
        Err(error) => Err(Trouble::Failed(format!("can't start `{line}`: {error}"))),
    }
}

/// The command as somebody would type it in the root.
fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = if program.file_stem() == Some(OsStr::new("cargo")) { "cargo".into() } else { paths::shown(program) };
    let args = command.get_args().map(|arg| paths::shown(std::path::Path::new(arg)));
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}

/// Whether this is a run where nothing may be skipped and no snapshot be written.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
