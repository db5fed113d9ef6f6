//! The files of the vectors.

use std::path::Path;

use serde_json::Value;

use crate::paths::{read, root};

/// The folder of the vectors.
pub const FOLDER: &str = "tests/conformance";

/// A file of cases.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// All of it.
    pub whole: Value,
}

impl File {
    /// Returns the cases, as they stand there.
    ///
    /// # Panics
    /// If there are none.
    pub fn cases(&self) -> &[Value] {
        self.whole["cases"].as_array().unwrap_or_else(|| panic!("{} has no `cases`", self.name))
    }
}

/// Returns the files, in the order of their names.
///
/// # Panics
/// If one is no JSON; the message names it.
pub fn files() -> Vec<File> {
    let entries = std::fs::read_dir(root(FOLDER)).expect("the folder of the vectors");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "json") && name != "schema.json");
    names.sort();
    names.into_iter().map(file).collect()
}

/// Returns the name of a case, for messages.
pub fn name(case: &Value) -> &str {
    case["name"].as_str().unwrap_or("a case without a name")
}

fn file(name: String) -> File {
    let text = read(&format!("{FOLDER}/{name}"));
    let whole = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{FOLDER}/{name}: {error}"));
    File { name, whole }
}
