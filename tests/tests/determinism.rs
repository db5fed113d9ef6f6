//! `cargo xtask regen` as people run it: the same bytes everywhere, what is committed is up to date, and what it says if
//! something is not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use infrai_tests::built;
use infrai_tests::paths::{read, root};
use tempfile::TempDir;

/// Where the Rust target's files are.
const GENERATED: &str = "generated-client/src/generated";

/// A command that runs `xtask`, which is built once.
fn xtask() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    Command::new(BINARY.get_or_init(|| built::program("xtask")))
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("cargo can be started");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

/// All files below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                found.insert(path.strip_prefix(folder).expect("below the folder").to_owned(), bytes);
            }
        }
    }
    found
}

/// A folder with a copy of what is committed.
fn copy() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (path, bytes) in contents(&root(GENERATED)) {
        let path = folder.path().join(GENERATED).join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }
    folder
}

#[test]
fn the_same_bytes_whoever_runs_it_and_where() {
    let committed = contents(&root(GENERATED));
    for (language, zone) in [("C", "UTC"), ("tr_TR.UTF-8", "Asia/Kathmandu")] {
        let folder = TempDir::new().expect("a folder");
        let mut command = xtask();
        command.args(["regen", "--out"]).arg(folder.path()).current_dir(folder.path());
        command.env("LANG", language).env("LC_ALL", language).env("TZ", zone).env("COLUMNS", "40").env("NO_COLOR", "1");
        let (exit, said, error) = run(&mut command);
        assert_eq!(exit, Some(0), "{said}{error}");
        assert!(contents(&folder.path().join(GENERATED)) == committed, "other bytes under {language} and {zone}");
    }
}

#[test]
fn what_is_committed_is_up_to_date() {
    let before = contents(&root(GENERATED));
    let (exit, said, error) = run(xtask().args(["regen", "--check"]));
    assert_eq!(exit, Some(0), "{said}{error}");
    assert!(contents(&root(GENERATED)) == before, "a check wrote something");
}

#[test]
fn what_is_stale_missing_or_extra_is_shown() {
    let folder = copy();
    let generated = folder.path().join(GENERATED);
    let stale = fs::read_to_string(generated.join("types.rs"))
        .expect("types.rs")
        .replace("pub struct Bucket ", "pub struct Bin ");
    fs::write(generated.join("types.rs"), stale).expect("types.rs");
    fs::remove_file(generated.join("api.rs")).expect("api.rs");
    fs::write(generated.join("old.rs"), "// @generated once\nstruct Old;\n").expect("old.rs");
    let before = contents(folder.path());

    let (exit, said, error) = run(xtask().args(["regen", "--check", "--out"]).arg(folder.path()));
    assert_eq!(exit, Some(4), "{said}{error}");
    for part in ["-pub struct Bin {", "+pub struct Bucket {", "stale: ", "missing: ", "extra: "] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
    assert!(error.contains("--check"), "{error}");
    assert!(contents(folder.path()) == before, "a check wrote something");

    let (exit, said, error) = run(xtask().args(["regen", "--out"]).arg(folder.path()));
    assert_eq!(exit, Some(0), "{said}{error}");
    assert!(contents(&generated) == contents(&root(GENERATED)), "not mended");
    let (exit, said, error) = run(xtask().args(["regen", "--check", "--out"]).arg(folder.path()));
    assert_eq!(exit, Some(0), "{said}{error}");
}

#[test]
fn what_nobody_generated_is_left_alone() {
    let folder = copy();
    let own = folder.path().join(GENERATED).join("own.rs");
    fs::write(&own, "struct Own;\n").expect("own.rs");
    let before = contents(folder.path());
    let (exit, said, error) = run(xtask().args(["regen", "--out"]).arg(folder.path()));
    assert_eq!(exit, Some(1), "{said}{error}");
    assert!(error.contains("own.rs") && error.contains("nothing was written"), "{error}");
    assert!(contents(folder.path()) == before, "something was written");
}

#[test]
fn a_broken_document_changes_nothing() {
    let folder = copy();
    let spec = folder.path().join("broken.yaml");
    let text = read("openapi/storage.yaml").replace("'#/components/schemas/Bucket'", "'#/components/schemas/Buckt'");
    fs::write(&spec, text).expect("broken.yaml");
    let before = contents(folder.path());
    let (exit, said, error) = run(xtask().args(["regen", "--out"]).arg(folder.path()).arg("--spec").arg(&spec));
    assert_eq!(exit, Some(1), "{said}{error}");
    for part in ["error[dangling-ref]", "broken.yaml:", "^^^", "did you mean", "nothing was written"] {
        assert!(error.contains(part), "`{part}` is not in\n{error}");
    }
    assert!(contents(folder.path()) == before, "something was written");
}
