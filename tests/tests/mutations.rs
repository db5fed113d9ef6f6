//! Every mutation still is one: its patch applies to what is there. `cargo xtask mutate` shows that the cases catch it.

use std::path::PathBuf;
use std::process::Command;

use infrai_tests::paths::root;

/// The least number of mutations that say something about the cases.
const ENOUGH: usize = 20;

#[test]
fn every_patch_applies() {
    let mut wrong = Vec::new();
    for (language, patches) in mutations() {
        for (at, patch) in patches.iter().enumerate() {
            let name = patch.file_name().expect("a name").to_string_lossy().into_owned();
            let number = format!("{:02}-", at + 1);
            if !name.starts_with(&number) || patch.extension().is_none_or(|end| end != "patch") {
                wrong.push(format!("{language}/{name}: mutation {} is `{number}what-is-wrong.patch`", at + 1));
            }
            let output = Command::new("git").current_dir(root("")).args(["apply", "--check"]).arg(patch).output();
            let output = output.expect("git");
            if !output.status.success() {
                wrong.push(format!("{language}/{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_language_has_enough_of_them() {
    for (language, patches) in mutations() {
        assert!(patches.len() >= ENOUGH, "{language} has {} mutations", patches.len());
    }
}

/// The patches of each language, in order.
fn mutations() -> Vec<(String, Vec<PathBuf>)> {
    let folders = std::fs::read_dir(root("tests/mutations")).expect("the mutations");
    let folders = folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let of = |folder: PathBuf| {
        let entries = std::fs::read_dir(&folder).expect("a language's folder");
        let mut patches: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        patches.sort();
        (folder.file_name().expect("a name").to_string_lossy().into_owned(), patches)
    };
    folders.map(of).collect()
}
