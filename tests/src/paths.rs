//! Where things are in the repository.

use std::path::{Path, PathBuf};

use codegen::diag::Source;
use codegen::model::Api;
use codegen::spec::Profile;

/// Returns a path from the repository's root.
///
/// # Panics
/// Never: this crate lies in the repository.
#[must_use]
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").join(path)
}

/// Reads a file of the repository.
///
/// # Panics
/// If it can't be read; the message names it.
#[must_use]
pub fn read(path: &str) -> String {
    let path = root(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Loads a document that is meant to be right.
///
/// # Panics
/// If it isn't; the message shows the findings.
#[must_use]
pub fn load(source: &Source, profile: Profile) -> Api {
    let loaded = codegen::load(source, profile);
    let findings: Vec<String> = loaded.report.sorted().into_iter().map(|item| source.render(item)).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    loaded.api.expect("a document without findings has a model")
}

/// Loads our own API.
#[must_use]
pub fn storage() -> Api {
    load(&Source::new("openapi/storage.yaml", read("openapi/storage.yaml")), Profile::House)
}
