//! The crates of all fixtures are compiled without a warning, their documentation too, and some are run.

use codegen::emit::OutFile;
use infrai_tests::fixture::{Fixture, TOKIO, Workspace};
use infrai_tests::paths::{read, root};

/// Fixtures whose documentation is made, and whose examples are compiled; all of them would take too long.
const DOCUMENTED: [&str; 5] = ["docs", "enums", "groups", "parameters", "reserved"];

#[test]
fn crates_compile_and_run() {
    let mut workspace = Workspace::new(env!("CARGO_TARGET_TMPDIR"), "fixtures");
    let fixtures = Fixture::all();
    for fixture in &fixtures {
        let mut files: Vec<OutFile> = fixture.files().into_iter().map(member).collect();
        let run = format!("tests/fixtures/{}/run.rs", fixture.case);
        if root(&run).exists() {
            files.push(OutFile { path: "tests/run.rs".to_owned(), text: read(&run) });
        }
        workspace.member(&fixture.krate(), &files);
    }
    let manifest = "[package]\nname = \"loopback\"\nedition = \"2024\"\n\n[lints]\nworkspace = true\n".to_owned();
    let library = read("tests/fixtures/loopback.rs");
    let files = [("Cargo.toml", manifest), ("src/lib.rs", library)];
    workspace.member("loopback", &files.map(|(path, text)| OutFile { path: path.to_owned(), text }));
    workspace.finish();

    // With the client without async here, and without it from here on.
    let all = ["build", "--workspace", "--lib", "--no-default-features", "--features=blocking", "--keep-going"];
    none(&workspace.findings(&all));
    none(&workspace.findings(&["test", "--workspace", "--test", "run", "--no-default-features", "--no-run"]));
    let ran = workspace.cargo(&["test", "--workspace", "--test", "run", "--no-default-features", "--no-fail-fast"]);
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}\n{}", String::from_utf8_lossy(&ran.stderr));

    let krates = DOCUMENTED.map(|case| format!("--package=fixture-{case}"));
    let krates: Vec<&str> = krates.iter().map(String::as_str).chain(["--no-default-features"]).collect();
    none(&workspace.findings(&[&["doc", "--no-deps"], &krates[..]].concat()));
    let examples = workspace.cargo(&[&["test", "--doc", "--no-fail-fast"], &krates[..]].concat());
    let text = String::from_utf8_lossy(&examples.stdout);
    assert!(examples.status.success(), "{text}\n{}", String::from_utf8_lossy(&examples.stderr));
    assert_eq!(text.matches("; 0 ignored;").count(), DOCUMENTED.len(), "{text}");
}

fn none(found: &[String]) {
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
    let json = line("serde_json");
    let needs = format!("[dev-dependencies]\n{json}\n{TOKIO}\nloopback = {{ path = \"../loopback\" }}\n");
    OutFile { text: format!("{text}{needs}\n[lints]\nworkspace = true\n"), ..file }
}
