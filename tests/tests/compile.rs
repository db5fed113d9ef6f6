//! The crates of all fixtures are compiled without a warning, their documentation too, and some are run.

use std::fs;

use codegen::emit::OutFile;
use infrai_tests::fixture::{Fixture, Workspace};
use infrai_tests::paths::{read, root};

/// What the programs of `tests/fixtures/*/run.rs` need.
const FOR_RUNS: [&str; 2] = ["serde_json", "tokio"];

#[test]
fn crates() {
    let mut workspace = Workspace::new(env!("CARGO_TARGET_TMPDIR"), "fixtures");
    let mut runs = 0;
    for fixture in Fixture::all() {
        let mut files: Vec<OutFile> = fixture.files().into_iter().map(member).collect();
        let run = format!("tests/fixtures/{}/run.rs", fixture.case);
        if root(&run).exists() {
            files.push(OutFile { path: "tests/run.rs".to_owned(), text: read(&run) });
            files.push(OutFile {
                path: "tests/loopback/mod.rs".to_owned(),
                text: read("tests/fixtures/loopback.rs"),
            });
            runs += 1;
        }
        workspace.member(&fixture.krate(), &files);
    }
    workspace.finish();

    let found = workspace.findings(&["build", "--workspace", "--all-targets", "--keep-going", "--no-default-features"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A crate's file as a member of the workspace has it: no workspace of its own, our lints, and what its program needs.
fn member(file: OutFile) -> OutFile {
    if file.path != "Cargo.toml" {
        return file;
    }
    let text = file.text.strip_suffix("[workspace]\n").expect("a workspace of its own, last");
    let versions = read("Cargo.toml");
    let line = |name: &str| versions.lines().find(|line| line.starts_with(&format!("{name} = "))).expect("a version");
    let needs: Vec<&str> = FOR_RUNS.iter().map(|name| line(name)).collect();
    let text = format!("{text}[dev-dependencies]\n{}\n\n[lints]\nworkspace = true\n", needs.join("\n"));
    OutFile { text, ..file }
}
