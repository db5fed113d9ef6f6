//! The documents in `tests/fixtures/`, and a Cargo workspace in which what is generated from them is compiled and run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use codegen::diag::Source;
use codegen::emit::{OutFile, rust};
use codegen::model::Api;
use codegen::spec::Profile;
use serde_json::Value;

use crate::paths::{read, root};

/// What a manifest says for a program that makes async calls.
pub const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

/// A document, and what became of it.
pub struct Fixture {
    /// Its folder's name.
    pub case: String,
    /// Its text.
    pub source: Source,
    /// What was found in it, rendered.
    pub findings: String,
    /// How many operations it has.
    pub operations: usize,
    /// Its model.
    pub api: Api,
}

impl Fixture {
    /// Reads a document as somebody else's.
    ///
    /// # Panics
    /// If it has errors; the message shows them.
    #[must_use]
    pub fn open(case: &str) -> Self {
        let name = format!("tests/fixtures/{case}/openapi.yaml");
        let source = Source::new(&name, read(&name));
        let loaded = codegen::load(&source, Profile::Foreign);
        let findings: Vec<String> = loaded.report.sorted().into_iter().map(|item| source.render(item)).collect();
        let findings = findings.join("\n\n");
        let api = loaded.api.unwrap_or_else(|| panic!("{name} has errors:\n{findings}"));
        Self { case: case.to_owned(), source, findings, operations: loaded.operations, api }
    }

    /// Opens all, in order of their names.
    ///
    /// # Panics
    /// If one can't be read or has errors.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(root("tests/fixtures")).expect("the folder of fixtures");
        let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
        let cases: BTreeSet<String> =
            folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
        cases.iter().map(|case| Self::open(case)).collect()
    }

    /// The name of its crate.
    #[must_use]
    pub fn krate(&self) -> String {
        format!("fixture-{}", self.case)
    }

    /// The files of its crate.
    ///
    /// # Panics
    /// If it can't be emitted; the message says why.
    #[must_use]
    pub fn files(&self) -> Vec<OutFile> {
        rust::standalone(&self.api, &self.krate()).unwrap_or_else(|error| panic!("{}: {error}", self.case))
    }
}

/// A Cargo workspace below the build's own folder. It uses our lock file and our builds of other people's crates, so that
/// nothing is resolved or fetched, and little is built twice.
pub struct Workspace {
    folder: PathBuf,
    members: Vec<String>,
    kept: BTreeSet<PathBuf>,
}

impl Workspace {
    /// Begins a workspace of this name, which only one test may use.
    ///
    /// `scratch` is the caller's `CARGO_TARGET_TMPDIR`.
    #[must_use]
    pub fn new(scratch: &str, name: &str) -> Self {
        Self { folder: Path::new(scratch).join(name), members: Vec::new(), kept: BTreeSet::new() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a crate.
    pub fn member(&mut self, name: &str, files: &[OutFile]) {
        for file in files {
            self.write(&format!("{name}/{}", file.path), &file.text);
        }
        self.members.push(name.to_owned());
    }

    /// Writes a file unless it is there already: Cargo goes by dates.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn write(&mut self, path: &str, text: &str) {
        let path = self.folder.join(path);
        if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(&path, text).expect("a file can be written");
        }
        self.kept.insert(path);
    }

    /// Writes the workspace's own files, and removes what an earlier run left.
    ///
    /// # Panics
    /// If that fails.
    pub fn finish(&mut self) {
        let ours = read("Cargo.toml");
        let profile = ours.split_once("[profile.dev]").map(|(_, rest)| rest).unwrap_or_default();
        let profile = profile.split("\n[").next().unwrap_or_default();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = {:?}\n\n[workspace.lints.rust]\nmissing_docs = \"warn\"\n\
             unreachable_pub = \"warn\"\nunsafe_code = \"forbid\"\n\n[profile.dev]{profile}\n",
            self.members
        );
        self.write("Cargo.toml", &manifest);
        // Cargo takes our packages out of the copy and puts the members in; every version stays.
        let lock = self.folder.join("Cargo.lock");
        fs::write(&lock, read("Cargo.lock")).expect("the lock file can be written");
        self.kept.insert(lock);
        sweep(&self.folder, &self.kept);
    }

    /// Returns a command that runs Cargo in the workspace, offline.
    ///
    /// # Panics
    /// Never: the first argument is a verb.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let target = self.folder.ancestors().nth(2).expect("the build's folder");
        let mut command = Command::new(env!("CARGO"));
        // What Cargo tells this test is not for the Cargo that it starts.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
            if told.iter().any(|start| text.starts_with(start)) {
                command.env_remove(name);
            }
        }
        let (verb, rest) = arguments.split_first().expect("a verb");
        command.arg(verb).arg("--offline").args(rest).current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        command
    }

    /// Runs Cargo and returns what it says.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn cargo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("cargo can be started")
    }

    /// Runs Cargo and returns the warnings and errors of the workspace's members.
    ///
    /// # Panics
    /// If Cargo fails without one.
    #[must_use]
    pub fn findings(&self, arguments: &[&str]) -> Vec<String> {
        let output = self.cargo(&[arguments, &["--message-format=json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let own = messages.filter(|message| message["reason"] == "compiler-message");
        let found: Vec<String> = own
            .filter(|message| {
                let path = message["manifest_path"].as_str().unwrap_or_default();
                Path::new(path).starts_with(&self.folder)
            })
            .map(|message| message["message"]["rendered"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert!(output.status.success() || !found.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        found
    }
}

/// Removes files that aren't kept.
fn sweep(folder: &Path, kept: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sweep(&path, kept);
            // One that isn't empty stays.
            let _ = fs::remove_dir(&path);
        } else if !kept.contains(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}
