//! Python with pinned packages, for checks by other people's tools. They are kept below the target folder.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::paths::root;

/// Returns the Python of a virtual environment with the packages of a requirements file, each with its hash. It is made once
/// for what the file holds and the Python there is, also if several tests want it at the same time.
///
/// # Errors
/// A line that says why there is none: no Python, no network.
pub fn python(requirements: &str) -> Result<PathBuf, String> {
    let name = if cfg!(windows) { "python" } else { "python3" };
    let version = run(Command::new(name).arg("--version"))?;
    let wanted = fs::read(root(requirements)).map_err(|error| format!("{requirements}: {error}"))?;
    let hash = Sha256::new_with_prefix(version).chain_update(&wanted).finalize();
    let stem = Path::new(requirements).file_stem().unwrap_or_default().to_string_lossy();
    let folder = target().join("tools/python").join(format!("{stem}-{}", short(&hash)));
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = bin.join(format!("python{}", std::env::consts::EXE_SUFFIX));

    fs::create_dir_all(&folder).map_err(|error| format!("can't make {}: {error}", folder.display()))?;
    let lock = File::create(folder.with_extension("lock")).map_err(|error| format!("can't lock: {error}"))?;
    lock.lock().map_err(|error| format!("can't lock: {error}"))?;
    // Written last, so that an installation that broke off is made again.
    let stamp = folder.join("installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new(name).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"];
    run(Command::new(&python).args(pip).arg(root(requirements)))?;
    fs::write(&stamp, wanted).map_err(|error| format!("can't write {}: {error}", stamp.display()))?;
    Ok(python)
}

/// Returns what the package's own script prints of the surface of a Python package, of which this is the folder.
///
/// # Errors
/// A line that says why there is none: no Python, no network.
///
/// # Panics
/// If the script fails.
pub fn surface(package: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(python("tests/python/requirements.txt")?);
    command.arg(root("sdks/python/tests/surface.py")).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.env("PYTHONPATH", package.join("src")).output().expect("Python can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

/// Where builds go.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root("target"), |folder| root("").join(folder))
}

fn short(hash: &[u8]) -> String {
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Runs a program; what it prints, or the last line of what went wrong.
fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("`{program}` is not installed"),
        _ => format!("can't run `{program}`: {error}"),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Err(format!("`{program}` failed: {last}"))
}
