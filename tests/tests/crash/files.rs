//! What lies in the store's folders.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of all files below a folder; a subfolder's name is the beginning of its files'.
pub(crate) fn files(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().expect("its type").is_dir() {
            names.extend(files(&entry.path()).into_iter().map(|rest| format!("{name}{rest}")));
        } else {
            names.insert(name);
        }
    }
    names
}

/// The names of all files that the store's index knows of.
pub(crate) fn referenced(index: &Path) -> BTreeSet<String> {
    let index = rusqlite::Connection::open(index).expect("the index");
    let names =
        "SELECT blob FROM objects WHERE parts IS NULL UNION SELECT blob FROM segments UNION SELECT blob FROM parts";
    let mut names = index.prepare(names).expect("its tables");
    names.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("names")
}
