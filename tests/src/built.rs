//! The workspace's own programs, built with the profile and in the folder of the test that asks.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::root;

/// Builds a program of the workspace, and returns where it lies.
///
/// # Panics
/// If it can't be built; the message has what cargo said.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    // <target>/<profile>/deps/<test>
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.parent().and_then(Path::parent).expect("the profile's folder");
    let target = folder.parent().expect("the target folder");
    let profile = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let profile = if profile == "debug" { "dev".to_owned() } else { profile };
    // All of the workspace, so that crates have the features that they have in this test, and none is built twice.
    let words = ["build", "--locked", "--workspace", "--bin", name, "--profile", &profile, "--target-dir"];
    let built = Command::new(env!("CARGO")).args(words).arg(target).current_dir(root("")).output();
    let built = built.expect("cargo can be started");
    assert!(built.status.success(), "{name} isn't built: {}", String::from_utf8_lossy(&built.stderr));
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
