//! The TypeScript package in a folder of its own below the target folder, with its tools installed by npm: pinned, with hashes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::paths::root;
use crate::python::target;
use crate::skip::skipped;

/// What is not part of the package's sources.
const MADE: [&str; 2] = ["dist", "node_modules"];

/// Returns the folder of the package, a copy with its tools. It is made once a run, and the tools once for what the lock file says.
///
/// # Errors
/// A line that says why there is none: no Node, no network.
pub fn package() -> Result<&'static Path, String> {
    static PACKAGE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = PACKAGE.get_or_init(|| make().map_err(|why| why.trim().to_owned()));
    made.as_deref().map_err(Clone::clone)
}

fn make() -> Result<PathBuf, String> {
    let told = |what: &str, error: &std::io::Error| format!("{what}: {error}");
    let folder = target().join("tools/typescript");
    fs::create_dir_all(&folder).map_err(|error| told("can't make a folder", &error))?;
    let lock = File::create(folder.with_extension("lock")).map_err(|error| told("can't lock", &error))?;
    lock.lock().map_err(|error| told("can't lock", &error))?;
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if entry.file_name() != "node_modules" && entry.file_name() != "installed.txt" {
            let path = entry.path();
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            gone.map_err(|error| told("can't remove", &error))?;
        }
    }
    copy(&root("sdks/typescript"), &folder).map_err(|error| told("can't copy the package", &error))?;
    let wanted = fs::read(folder.join("package-lock.json")).map_err(|error| told("package-lock.json", &error))?;
    run(Command::new("node").arg("--version"))?;
    // Written last, so that an installation that broke off is made again.
    let stamp = folder.join("installed.txt");
    if !fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        fs::write(&stamp, wanted).map_err(|error| told("can't write", &error))?;
    }
    run(npm().args(["run", "--silent", "build"]).current_dir(&folder))?;
    Ok(folder)
}

/// Whether this says that Node is missing, and not that something is wrong.
#[must_use]
pub fn is_missing(why: &str) -> bool {
    why.ends_with("is not installed")
}

/// The package with its tools, or nothing where there is no Node: then `what` is skipped.
///
/// # Panics
/// If something else is wrong.
pub fn installed(what: &str) -> Option<&'static Path> {
    match package() {
        Ok(package) => Some(package),
        Err(why) if is_missing(&why) => {
            skipped(what, &why);
            None
        }
        Err(why) => panic!("{why}"),
    }
}

/// Packs the package, as it would be published. It is done once a run.
///
/// # Panics
/// If it fails.
pub fn tarball(package: &Path) -> &'static Path {
    static TARBALL: OnceLock<PathBuf> = OnceLock::new();
    TARBALL.get_or_init(|| {
        good(npm().args(["pack", "--ignore-scripts", "--silent", "--pack-destination", "dist"]).current_dir(package));
        let mut made = fs::read_dir(package.join("dist")).expect("a folder").flatten().map(|entry| entry.path());
        made.find(|path| path.extension().is_some_and(|end| end == "tgz")).expect("a tarball")
    })
}

/// The package manager.
#[must_use]
pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Runs a program; what it prints.
///
/// # Errors
/// Everything that it printed, if it fails.
pub fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("`{program}` is not installed"),
        _ => format!("can't run `{program}`: {error}"),
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("`{program}` failed:\n{}{}", text(&output.stdout), text(&output.stderr)))
}

/// Runs a program that is to succeed; what it prints.
///
/// # Panics
/// With everything that it printed, if it fails.
pub fn good(command: &mut Command) -> String {
    run(command).unwrap_or_else(|why| panic!("{why}"))
}

/// Copies a folder.
///
/// # Errors
/// If something can't be read or written.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if MADE.iter().any(|made| name == *made) {
            continue;
        }
        let (own, there) = (entry.path(), to.join(&name));
        if own.is_dir() {
            copy(&own, &there)?;
        } else {
            fs::copy(&own, &there)?;
        }
    }
    Ok(())
}
