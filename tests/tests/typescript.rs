//! The TypeScript package: what is generated for each fixture, its types, its format, the vectors, and what a user sees who
//! installs it.

use std::fs;
use std::path::Path;
use std::process::Command;

use codegen::emit::typescript;
use infrai_tests::conformance::control;
use infrai_tests::fixture::Fixture;
use infrai_tests::node::{copy, good, installed, npm, tarball};
use infrai_tests::paths::{read, root};
use infrai_tests::program;

/// Fixtures that the package's runtime has no way for, and what is said of each.
const REFUSED: [(&str, &str); 9] = [
    // The runtime knows bearer tokens, as our own API has them.
    ("auth-basic", "the operation `ledger.entry.list` wants another proof than a bearer token"),
    ("auth-header", "the operation `vault.secret.get` wants another proof than a bearer token"),
    ("auth-query", "the operation `getNow` wants another proof than a bearer token"),
    // It reads and writes JSON.
    ("bodies", "the operation `body.form` takes a body that is not JSON"),
    ("clashing-names", "the operation `clash.path` answers with something that is not JSON"),
    ("optional-bodies", "the operation `perhaps.form` takes a body that is not JSON"),
    ("places", "the operation `getFile` answers with something that is not JSON"),
    ("refused", "the operation `path.fine` wants another proof than a bearer token"),
    ("responses", "the operation `answer.text` answers with something that is not JSON"),
];

/// What of the runtime names the groups of our own API.
const OURS: [&str; 4] = ["activate.ts", "client.ts", "later.ts", "transfers"];

#[test]
fn each_fixture_is_emitted_or_says_why_not() {
    let mut refused = Vec::new();
    for fixture in Fixture::all() {
        let files = typescript::emit(&fixture.api);
        assert_eq!(files, typescript::emit(&fixture.api), "{}", fixture.case);
        if let Err(error) = files {
            refused.push((fixture.case, error.to_string()));
        }
    }
    let refused: Vec<(&str, &str)> = refused.iter().map(|(case, why)| (case.as_str(), why.as_str())).collect();
    assert_eq!(refused, REFUSED);
}

#[test]
fn the_version_is_that_of_the_workspace() {
    let workspace = read("Cargo.toml");
    let version = workspace.lines().find_map(|line| line.strip_prefix("version = ")).expect("a version");
    assert!(read("sdks/typescript/src/version.ts").contains(&format!("VERSION: string = {version};")));
    assert!(read("sdks/typescript/package.json").contains(&format!("\"version\": {version}")));
}

#[test]
fn what_is_generated_for_the_fixtures_has_no_type_errors() {
    let Some(package) = installed("types of the fixtures") else { return };
    let folder = package.join("fixtures");
    for fixture in Fixture::all() {
        let Ok(files) = typescript::emit(&fixture.api) else { continue };
        let own = folder.join(&fixture.case);
        copy(&package.join("src/runtime"), &own.join("runtime")).expect("the runtime");
        fs::copy(package.join("src/version.ts"), own.join("version.ts")).expect("the version");
        for name in OURS {
            let path = own.join("runtime").join(name);
            let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            gone.expect("it is there");
        }
        fs::create_dir_all(own.join("generated")).expect("a folder");
        for file in files {
            fs::write(own.join("generated").join(&file.path), &file.text).expect("a file");
        }
    }
    let config =
        r#"{ "extends": "../tsconfig.json", "compilerOptions": { "rootDir": ".", "noEmit": true }, "include": ["."] }"#;
    fs::write(folder.join("tsconfig.json"), config).expect("a file");
    good(tool(package, "tsc").args(["-p", "fixtures"]));
    fs::remove_dir_all(folder).expect("the folder");
}

#[test]
fn the_package_is_formatted_and_its_types_hold() {
    let Some(package) = installed("format and types of the TypeScript package") else { return };
    good(npm().args(["run", "--silent", "check"]).current_dir(package));
    // TypeScript 7, the same way.
    good(tool(package, "tsgo").args(["-p", "tsconfig.json", "--noEmit"]));
    good(tool(package, "tsgo").args(["-p", "tests/types"]));
    good(tool(package, "tsgo").args(["-p", "tests/types/tsconfig.node.json"]));
}

#[test]
fn no_way_of_printing_shows_the_key() {
    let Some(package) = installed("secrets of the TypeScript package") else { return };
    good(Command::new("node").arg("tests/secrets.mjs").current_dir(package));
}

#[test]
fn what_no_vector_shows_holds() {
    let Some(package) = installed("behaviour of the TypeScript package") else { return };
    good(Command::new("node").arg("tests/behaviour.mjs").current_dir(package));
}

#[test]
fn transfers_leave_nothing_open_and_tell_whose_fault_it_was() {
    let Some(package) = installed("transfers of the TypeScript package") else { return };
    good(Command::new("node").arg("tests/transfers.mjs").current_dir(package));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_vectors_hold() {
    let Some(package) = installed("vectors in TypeScript") else { return };
    let (address, control) = control::start().await.expect("the scripted server");
    let control = tokio::spawn(control);
    let mut node = Command::new("node");
    node.arg("tests/conformance.mjs").current_dir(package);
    node.env("CONFORMANCE_CONTROL", format!("http://{address}"));
    node.env("CONFORMANCE_VECTORS", root("tests/conformance"));
    tokio::task::spawn_blocking(move || good(&mut node)).await.expect("no panic");
    control.abort();
}

#[test]
fn what_is_packed_works_where_it_is_installed() {
    let Some(package) = installed("the installed TypeScript package") else { return };
    let tarball = tarball(package);
    good(tool(package, "attw").arg(tarball).args(["--profile", "node16"]));
    // Resolvers that know no `exports` find the package, and what is below it does not count for them.
    good(tool(package, "attw").arg(tarball).args(["--profile", "strict", "--entrypoints", "."]));
    good(tool(package, "publint").arg(tarball));
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = program::command(folder.path(), &[]).get_program().to_owned();
    good(Command::new("node").arg("tests/installed.mjs").arg(tarball).env("GATEWAY", gateway).current_dir(package));
}

/// One of the package's tools.
fn tool(package: &Path, name: &str) -> Command {
    let end = if cfg!(windows) { ".cmd" } else { "" };
    let mut command = Command::new(package.join("node_modules/.bin").join(format!("{name}{end}")));
    command.current_dir(package);
    command
}
