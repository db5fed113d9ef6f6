//! The contract and its proofs: every line of `docs/behaviour.md` is proven by a case of the vectors or names the test that shows
//! it, and the vectors are of the form that they say.

use std::collections::{BTreeMap, BTreeSet};

use infrai_tests::conformance::vectors::{self, File};
use infrai_tests::paths::{read, root};
use serde_json::Value;

/// The topics, a file each.
const FILES: [&str; 17] = [
    "auth_chain",
    "backoff",
    "decode",
    "enums",
    "errors",
    "headers",
    "idempotency",
    "options",
    "paths",
    "redaction",
    "redirects",
    "retry_after",
    "retry_status",
    "timeouts",
    "transfers",
    "unknown_fields",
    "wire",
];

/// The fewest cases.
const FEWEST: usize = 200;

/// What stands before the path of a test in a line that no case proves.
const SHOWN_BY: &str = "Shown by `";

#[test]
fn every_line_is_proven_and_every_proof_is_of_a_line() {
    let lines = lines();
    assert!(lines.len() > 100, "only {} lines were found in the contract", lines.len());
    let mut proofs: BTreeSet<String> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, case) in cases() {
        for line in case["proves"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !lines.contains_key(line) {
                wrong.push(format!(
                    "{file}: {}: proves `{line}`, which is no line of the contract",
                    vectors::name(&case)
                ));
            }
            proofs.insert(line.to_owned());
        }
    }
    for (name, text) in &lines {
        match text.split_once(SHOWN_BY).and_then(|(_, rest)| rest.split_once('`')) {
            Some((path, _)) if !root(path).exists() => {
                wrong.push(format!("`{name}` is shown by {path}, which isn't there"));
            }
            None if !proofs.contains(name) => wrong.push(format!("`{name}` has no case that proves it")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_files_are_those_of_the_topics() {
    let there: Vec<String> = vectors::files().into_iter().map(|file| file.name).collect();
    assert_eq!(there, FILES.map(|name| format!("{name}.json")));
    let count = cases().len();
    assert!(count >= FEWEST, "{count} cases");
}

#[test]
fn every_file_is_of_the_form() {
    let schema: Value = serde_json::from_str(&read("tests/conformance/schema.json")).expect("the schema is JSON");
    assert!(jsonschema::meta::is_valid(&schema), "the schema is no schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema");
    let mut wrong = Vec::new();
    for File { name, whole } in vectors::files() {
        for error in validator.iter_errors(&whole) {
            wrong.push(format!(
                "{name}: {}{}: {error}",
                of_case(&whole, &error.instance_path().to_string()),
                error.instance_path()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_cases_have_a_name() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (file, case) in cases() {
        let name = vectors::name(&case).to_owned();
        if let Some(other) = seen.insert(name.clone(), file.clone()) {
            panic!("`{name}` is in {other} and in {file}");
        }
    }
}

/// Cases that differ in numbers only would show the same thing twice.
#[test]
fn no_two_cases_of_a_file_differ_in_numbers_only() {
    let mut wrong = Vec::new();
    for file in vectors::files() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for case in file.cases() {
            let name = vectors::name(case);
            if let Some(other) = seen.insert(without_numbers(case), name) {
                wrong.push(format!("{}: `{other}` and `{name}`", file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "these cases differ in numbers only:\n{}", wrong.join("\n"));
}

/// Returns the lines of the contract, each with all its text.
fn lines() -> BTreeMap<String, String> {
    let text = read("docs/behaviour.md");
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        let named = line.strip_prefix("- `").and_then(|rest| rest.split_once('`')).filter(|(name, _)| is_name(name));
        if let Some((name, rest)) = named {
            assert!(lines.insert(name.to_owned(), rest.to_owned()).is_none(), "`{name}` stands twice in the contract");
            current = Some(name.to_owned());
        } else if line.starts_with("  ") {
            // A sentence may be broken within a path's words.
            let line = current.as_ref().and_then(|name| lines.get_mut(name)).map(|text| (text, line.trim()));
            if let Some((text, line)) = line {
                text.extend([" ", line]);
            }
        } else {
            current = None;
        }
    }
    lines
}

/// Whether a word is a line's name, such as `like.this`.
fn is_name(word: &str) -> bool {
    let part = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    word.split_once('.').is_some_and(|(topic, rest)| part(topic) && part(rest))
}

fn cases() -> Vec<(String, Value)> {
    let of = |file: File| file.cases().iter().map(|case| (file.name.clone(), case.clone())).collect::<Vec<_>>();
    vectors::files().into_iter().flat_map(of).collect()
}

/// Returns the name of the case that a path in a file leads to, for messages.
fn of_case(file: &Value, path: &str) -> String {
    let at =
        path.strip_prefix("/cases/").and_then(|rest| rest.split('/').next()).and_then(|at| at.parse::<usize>().ok());
    at.map(|at| format!("`{}`: ", vectors::name(&file["cases"][at]))).unwrap_or_default()
}

/// Returns what a case is, but for its name and its digits.
fn without_numbers(case: &Value) -> String {
    let mut case = case.clone();
    if let Some(members) = case.as_object_mut() {
        members.remove("name");
    }
    case.to_string().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}
