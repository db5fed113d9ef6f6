//! The surface of the Python package: a snapshot on one page, and the documented calls against it, both ways.
//!
//! A change of the snapshot is a change for users: review it as one. What is documented is typed by hand in `tests/documented/`.

use infrai_tests::documented::{Method, facts};
use infrai_tests::paths::{read, root};
use infrai_tests::python;
use infrai_tests::skip::skipped;
use similar::TextDiff;

/// What the package has beside what is documented as a call of the service: `activate` is documented as the way to a key, and the
/// rest is ours.
const OURS: [&str; 6] = [
    "infra.request",
    "infra.activate",
    "infra.close",
    "infra.with_options",
    "infra.storage.object.upload",
    "infra.storage.object.download",
];

/// What the package prints as its surface; nothing where there is no Python.
fn surface(arguments: &[&str]) -> Option<String> {
    let surface = python::surface(&root("sdks/python"), arguments);
    surface.inspect_err(|why| skipped("Python: the surface of the package", why)).ok()
}

#[test]
fn the_surface_is_the_one_that_was_reviewed() {
    let Some(surface) = surface(&[]) else { return };
    insta::assert_snapshot!("surface", surface);
}

#[test]
fn both_clients_have_every_documented_call_and_no_other() {
    let documented = facts(&read("tests/documented/storage.yaml"));
    let expected: String = documented.iter().map(expected).collect();
    for client in ["sync", "async"] {
        let Some(all) = surface(&["documented", client]) else { return };
        let (ours, others): (Vec<_>, Vec<_>) = calls(&all).into_iter().partition(|(name, _)| OURS.contains(name));
        let names: Vec<&str> = ours.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, OURS, "{client}: what is ours");
        // The page shows some results as plain objects: their type's name is our own.
        let got: String = others.iter().map(|(name, lines)| shown(&documented, name, lines)).collect();
        let diff = TextDiff::from_lines(&expected, &got).unified_diff().header("documented", client).to_string();
        assert!(diff.is_empty(), "the {client} client is not what is documented:\n{diff}");
    }
}

/// What is documented of a method, in the form of what the script prints.
fn expected(method: &Method) -> String {
    let parameters = method.parameters.iter().map(|one| format!("    {}\n", one.split(" = ").next().unwrap_or(one)));
    let parameters: String = parameters.collect();
    let result = method.result.as_deref().unwrap_or("(plain)");
    format!("{}\n{parameters}    -> {result} {{ {} }}\n", method.python, method.fields.join(", "))
}

/// The calls that were printed: what is called, and its lines.
fn calls(printed: &str) -> Vec<(&str, Vec<&str>)> {
    let mut calls: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in printed.lines() {
        match calls.last_mut() {
            Some((_, lines)) if line.starts_with(' ') => lines.push(line),
            _ => calls.push((line.split('(').next().unwrap_or(line), vec![line])),
        }
    }
    calls
}

/// A call's lines, without the type's name of a result that the page shows as a plain object.
fn shown(documented: &[Method], name: &str, lines: &[&str]) -> String {
    let id = name.trim_start_matches("infra.");
    let is_plain = documented.iter().any(|method| method.id() == id && method.result.is_none());
    let mut text = String::new();
    for line in lines {
        let plain = line.split_once("-> ").and_then(|(_, result)| result.split_once(' ')).filter(|_| is_plain);
        text.push_str(&plain.map_or_else(|| (*line).to_owned(), |(_, fields)| format!("    -> (plain) {fields}")));
        text.push('\n');
    }
    text
}
