//! The documented surface against the description and against what is generated from it, both ways.
//!
//! `tests/documented/storage.yaml` is typed by hand from the service's documentation page. A method, argument, default or
//! result field that only one side has fails here, with a diff.

use codegen::emit::rust;
use infrai_tests::documented::{Method, facts, ours};
use infrai_tests::paths::{read, storage};
use infrai_tests::surface::surface;
use similar::TextDiff;

fn documented() -> Vec<Method> {
    facts(&read("tests/documented/storage.yaml"))
}

fn lines(methods: &[Method]) -> String {
    methods.iter().map(Method::lines).collect()
}

fn same(documented: &str, ours: &str, what: &str) {
    let diff = TextDiff::from_lines(documented, ours).unified_diff().header("documented", what).to_string();
    assert!(diff.is_empty(), "{what} is not what is documented:\n{diff}");
}

#[test]
fn the_description_says_what_is_documented_and_nothing_else() {
    let mut documented = documented();
    let mut ours = ours(&storage());
    // The page names no type where it shows a plain object; ours has a name for every type.
    for (theirs, ours) in documented.iter_mut().zip(&mut ours) {
        if theirs.result.is_none() {
            ours.result = None;
        }
    }
    same(&lines(&documented), &lines(&ours), "openapi/storage.yaml");
}

#[test]
fn the_rust_surface_has_every_documented_method_and_argument_and_no_other() {
    let files = rust::emit(&storage()).expect("our API can be emitted");
    let listed = surface(files.iter().map(|file| (file.path.as_str(), file.text.as_str())));
    let mut expected = String::new();
    for method in documented() {
        let id = method.line.split(':').next().unwrap_or_default();
        let (groups, name) = id.rsplit_once('.').expect("a dotted id");
        expected.push_str(&format!("{groups} {name}("));
        let names = |required: bool| {
            let names: Vec<String> = method
                .parameters
                .iter()
                .filter_map(|one| one.split_once(": "))
                .filter(|(name, _)| name.ends_with('?') != required)
                .map(|(name, _)| name.trim_end_matches('?').to_owned())
                .collect();
            names.join(", ")
        };
        expected.push_str(&format!("{}) then {}\n", names(true), names(false)));
    }
    same(&expected, &calls(&listed), "the Rust surface");
}

/// The methods of groups and the setters of what they return, from the listed surface.
fn calls(listed: &str) -> String {
    let mut out = String::new();
    for line in listed.lines().map(str::trim).filter(|line| line.contains("Api<'a>: pub fn")) {
        let (group, rest) = line.split_once("Api<'a>: pub fn ").expect("a method of a group");
        let (name, rest) = rest.split_once('(').expect("a method");
        let (arguments, builder) = rest.rsplit_once(") -> ").expect("a method that returns a builder");
        if builder.contains("Api<") {
            continue;
        }
        let arguments: Vec<&str> =
            arguments.split(", ").filter_map(|argument| argument.split_once(": ").map(|(name, _)| name)).collect();
        let builder = builder.trim_end_matches("<'a>");
        let setters: Vec<&str> = listed
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&format!("{builder}<'_>: pub fn ")))
            .filter_map(|setter| setter.split_once('(').map(|(name, _)| name))
            .collect();
        let group = codegen::model::Name::new(group);
        let group = group.words().join(".");
        out.push_str(&format!("{group} {name}({}) then {}\n", arguments.join(", "), setters.join(", ")));
    }
    out
}

#[test]
fn the_result_types_have_every_documented_field_and_no_other() {
    let files = rust::emit(&storage()).expect("our API can be emitted");
    let types = files.iter().find(|file| file.path == "types.rs").expect("types.rs");
    let listed = surface([("types.rs", types.text.as_str())]);
    for method in documented() {
        let Some(name) = &method.result else { continue };
        let line =
            listed.lines().find(|line| line.trim().starts_with(&format!("pub struct {name} {{"))).expect("the type");
        let fields: Vec<String> = line
            .split_once('{')
            .map(|(_, fields)| fields.trim_end_matches([' ', '}']))
            .unwrap_or_default()
            .split(", ")
            .filter_map(|field| field.split_once(": "))
            .filter(|(name, _)| !matches!(name.trim(), "extra"))
            .filter(|(name, _)| !name.contains('<') && !name.contains("Value"))
            .map(|(name, ty)| format!("{}{}", name.trim(), if ty.starts_with("Option<") { "?" } else { "" }))
            .collect();
        assert_eq!(fields, method.fields, "{name}");
    }
}
