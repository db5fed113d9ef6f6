//! The command line: settings and where they come from, keys, `doctor`, `gc`, how it starts, fails and stops.

#[cfg(target_os = "linux")]
mod full;
mod keys;
mod lost;
mod settings;
mod starts;
mod stops;
mod vendors;
mod verify;

use std::path::Path;

use tempfile::TempDir;

/// Ports that are free, for what doesn't serve.
const FREE: [&str; 4] = ["--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}
