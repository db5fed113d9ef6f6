//! The verbs as people call them: what they print, what they write, how they end. Nothing here writes to the tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GENERATED: &str = "generated-client/src/generated";

/// An empty folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// What came of a call.
struct Done {
    exit: i32,
    out: String,
    err: String,
}

fn xtask(args: &[&str]) -> Done {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root is above");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).current_dir(root).args(args).output();
    let Output { status, stdout, stderr } = output.expect("xtask starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("xtask prints text");
    Done { exit: status.code().expect("xtask ends"), out: text(stdout), err: text(stderr) }
}

/// Runs `regen` into a folder and returns where the Rust client's files are.
fn regen(out: &Path) -> PathBuf {
    let done = xtask(&["regen", "--out", path(out)]);
    assert_eq!(done.exit, 0, "{}", done.err);
    out.join(GENERATED)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[test]
fn regen_writes_only_what_changed() {
    let out = folder("only_what_changed");
    let files = regen(&out);
    let written = |file: &str| fs::metadata(files.join(file)).and_then(|file| file.modified()).expect("it is there");
    let before = written("types.rs");
    fs::write(files.join("api.rs"), "// @generated once\n").expect("it can be written");
    fs::create_dir(files.join("old")).expect("it can be made");
    fs::write(files.join("old/gone.rs"), "// @generated once\n").expect("it can be written");
    let done = xtask(&["regen", "rust", "--out", path(&out)]);
    assert_eq!(done.exit, 0, "{}", done.err);
    assert!(done.out.contains(", 1 written, 1 removed"), "{}", done.out);
    assert_eq!(written("types.rs"), before);
    assert!(!files.join("old").exists());
    assert!(xtask(&["regen", "--out", path(&out)]).out.contains(", 0 written, 0 removed"));
}

#[test]
fn check_shows_what_is_stale_missing_and_extra_and_writes_nothing() {
    let out = folder("check");
    let files = regen(&out);
    let text = fs::read_to_string(files.join("api.rs")).expect("it can be read");
    fs::write(files.join("api.rs"), format!("{text}// edited by hand\n")).expect("it can be written");
    fs::remove_file(files.join("types.rs")).expect("it can be removed");
    fs::write(files.join("gone.rs"), "// @generated once\n").expect("it can be written");
    fs::write(files.join("mine.rs"), "// by hand\n").expect("it can be written");
    let done = xtask(&["regen", "--check", "--out", path(&out)]);
    assert_eq!(done.exit, 4, "{}", done.err);
    for (why, file) in [("stale", "api.rs"), ("missing", "types.rs"), ("extra", "gone.rs"), ("extra", "mine.rs")] {
        // A path within the repository is shown from its root, any other as a whole.
        let named =
            |line: &str| line.starts_with(&format!("{why}: ")) && line.contains(&format!("check/{GENERATED}/{file}"));
        assert!(done.out.lines().any(named), "{why}: {file} in {}", done.out);
    }
    assert!(done.out.contains("\n-// edited by hand\n"), "{}", done.out);
    assert!(!files.join("types.rs").exists() && files.join("gone.rs").exists());
}

#[test]
fn what_was_written_by_hand_is_not_touched() {
    let out = folder("by_hand");
    let files = regen(&out);
    for (file, text) in [("api.rs", "// by hand\n"), ("mine.rs", "// by hand\n")] {
        fs::write(files.join(file), text).expect("it can be written");
        fs::remove_file(files.join("types.rs")).expect("it can be removed");
        let done = xtask(&["regen", "--out", path(&out)]);
        assert_eq!(done.exit, 1);
        assert!(done.err.contains(file) && done.err.contains("nothing was written"), "{}", done.err);
        assert!(!files.join("types.rs").exists());
        assert_eq!(fs::read_to_string(files.join(file)).expect("it is there"), text);
        fs::remove_file(files.join(file)).expect("it can be removed");
        regen(&out);
    }
}

#[test]
fn a_document_with_errors_writes_nothing() {
    let out = folder("errors");
    let done = xtask(&["regen", "--spec", "tests/rejects/empty-range.yaml", "--out", path(&out)]);
    assert_eq!(done.exit, 1);
    assert!(
        done.err.contains("error[empty-range]") && done.err.contains("tests/rejects/empty-range.yaml:39:"),
        "{}",
        done.err
    );
    assert!(done.err.ends_with("1 error in tests/rejects/empty-range.yaml; nothing was written\n"), "{}", done.err);
    assert_eq!(fs::read_dir(out).expect("it is there").count(), 0);
}

#[test]
fn wrong_usage_says_what_is_right() {
    let done = xtask(&["regen", "pyhton"]);
    assert_eq!(
        (done.exit, done.err.as_str()),
        (2, "error: there is no target `pyhton`; the targets are: rust, server, python, typescript\n")
    );
    let done = xtask(&["regen", "--spec", "nowhere.yaml"]);
    assert_eq!(done.exit, 2);
    assert!(done.err.starts_with("error: can't read nowhere.yaml: "), "{}", done.err);
    let done = xtask(&["diff", "no-such-revision"]);
    assert_eq!(done.exit, 2);
    assert!(done.err.starts_with("error: git has no no-such-revision:openapi/storage.yaml\n"), "{}", done.err);
    for args in [&["diff", "--old", "a.yaml"][..], &["generate", "a.yaml"], &["regne"], &[]] {
        assert_eq!(xtask(args).exit, 2, "{args:?}");
    }
}

#[test]
fn diff_ends_by_the_version() {
    for (case, exit) in
        [("nothing", 0), ("version-step", 0), ("parameter-required", 3), ("version-backwards", 3), ("version-words", 1)]
    {
        let file = |side: &str| format!("tests/diff/{case}/{side}.yaml");
        let done = xtask(&["diff", "--old", &file("old"), "--new", &file("new")]);
        assert_eq!(done.exit, exit, "{case}: {}{}", done.out, done.err);
    }
}

#[test]
fn diff_of_a_document_with_errors_tells_both() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diff/enum-values/old.yaml");
    let text = fs::read_to_string(&old).expect("it can be read");
    let new = folder("diff_errors").join("new.yaml");
    let broken = text.replace("enum: [red, green]", "enum: [red]\n      example: green");
    fs::write(&new, broken).expect("it can be written");
    let done = xtask(&["diff", "--old", path(&old), "--new", path(&new)]);
    assert_eq!(done.exit, 1);
    assert!(done.out.contains("breaking   `Colour` no longer has `green`"), "{}", done.out);
    assert!(done.err.contains("error[bad-example]") && done.err.contains("error[version-step]"), "{}", done.err);
    assert!(done.err.contains("1 error in "), "{}", done.err);
    // What can't be read at all is told once.
    fs::write(&new, "openapi: 3.0.3\n  info: [\n").expect("it can be written");
    let done = xtask(&["diff", "--old", path(&old), "--new", path(&new)]);
    assert_eq!((done.exit, done.out.as_str()), (1, ""));
    assert_eq!(done.err.matches("error[").count(), 1, "{}", done.err);
}

#[test]
fn generate_makes_a_crate_and_makes_it_again() {
    let out = folder("crate");
    let made = |out: &Path| xtask(&["generate", "openapi/storage.yaml", "--out", path(out)]);
    let done = made(&out);
    assert_eq!(done.exit, 0, "{}", done.err);
    assert!(
        done.out.contains("crate `infrai-storage-api`: ") && done.out.contains("\n4 of 4 operations, "),
        "{}",
        done.out
    );
    // What its owner puts beside it stays.
    fs::create_dir(out.join("examples")).expect("it can be made");
    for file in ["examples/mine.rs", "src/mine.rs"] {
        fs::write(out.join(file), "// by hand\n").expect("it can be written");
    }
    let done = made(&out);
    assert!(done.out.contains(", 0 written, 0 removed"), "{}", done.out);
    assert!(out.join("examples/mine.rs").exists() && out.join("src/mine.rs").exists());
}

#[test]
fn generate_takes_no_folder_with_other_things_and_no_bad_name() {
    let out = folder("not_empty");
    fs::write(out.join("Cargo.toml"), "[package]\n").expect("it can be written");
    let done = xtask(&["generate", "openapi/storage.yaml", "--out", path(&out)]);
    assert_eq!(done.exit, 2);
    assert!(done.err.contains("is not empty"), "{}", done.err);
    for name in ["Storage", "1st", "std", "a b", "", "self"] {
        let done = xtask(&["generate", "openapi/storage.yaml", "--out", path(&folder("name")), "--name", name]);
        assert_eq!(done.exit, 2, "{name}");
        assert!(done.err.contains("can't be a crate's name"), "{}", done.err);
    }
}

#[test]
fn help_tells_exit_codes_and_examples() {
    for verb in ["regen", "diff", "generate", "lint", "test"] {
        let done = xtask(&[verb, "--help"]);
        assert_eq!(done.exit, 0);
        assert!(done.out.contains("Exit codes:"), "{}", done.out);
        assert!(done.out.lines().all(|line| line.chars().count() <= 100), "{}", done.out);
    }
}
