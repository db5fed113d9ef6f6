//! The documented surface against the description and against what is generated from it, both ways.
//!
//! `tests/documented/storage.yaml` is typed by hand from the service's documentation page. A method, argument, default or
//! result field that only one side has fails here, with a diff.

use codegen::emit::rust;
use codegen::model::{Api, Content, Operation, Type};
use infrai_tests::documented::{Method, facts, ours};
use infrai_tests::paths::{read, root, storage};
use infrai_tests::surface::{crate_surface, surface};
use similar::TextDiff;
use syn::Item;
use syn::ext::IdentExt;

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
    let documented = documented();
    same(&lines(&documented), &lines(&ours(&storage(), &documented)), "openapi/storage.yaml");
}

#[test]
fn the_rust_surface_has_every_documented_method_and_argument_and_no_other() {
    let files = rust::emit(&storage()).expect("our API can be emitted");
    let listed = surface(files.iter().map(|file| (file.path.as_str(), file.text.as_str())));
    let mut expected = String::new();
    for method in documented() {
        let (groups, name) = method.id().rsplit_once('.').expect("a dotted id");
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

/// What the page does not have, and is written by hand beside what is generated. Each of these is a promise of ours.
const OURS: [&str; 2] = ["storage.object upload(bucket, key, source)", "storage.object download(bucket, key)"];

#[test]
fn beyond_what_is_documented_the_groups_have_only_what_is_ours() {
    let generated = rust::emit(&storage()).expect("our API can be emitted");
    let generated = surface(generated.iter().map(|file| (file.path.as_str(), file.text.as_str())));
    let names = |listed: &str| -> Vec<String> {
        calls(listed).lines().filter_map(|line| line.split_once(" then ").map(|(call, _)| call.to_owned())).collect()
    };
    let (documented, mut all) = (names(&generated), names(&crate_surface(&root("generated-client/src"))));
    assert!(documented.iter().all(|call| all.contains(call)), "{documented:?} {all:?}");
    all.retain(|call| !documented.contains(call));
    assert_eq!(all, OURS);
}

/// The methods of groups and the setters of what they return, from the listed surface.
fn calls(listed: &str) -> String {
    let mut out = String::new();
    for line in listed.lines().map(str::trim).filter(|line| line.contains("Api<'a, C>: pub fn")) {
        let (group, rest) = line.split_once("Api<'a, C>: pub fn ").expect("a method of a group");
        let (name, rest) = rest.split_once('(').expect("a method");
        let (arguments, builder) = rest.rsplit_once(") -> ").expect("a method that returns a builder");
        if builder.contains("Api<") {
            continue;
        }
        let arguments: Vec<&str> =
            arguments.split(", ").filter_map(|argument| argument.split_once(": ").map(|(name, _)| name)).collect();
        let builder = builder.trim_end_matches("<'a, C>");
        let setters: Vec<&str> = listed
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&format!("{builder}<'_, C>: pub fn ")))
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
    let api = storage();
    let files = rust::emit(&api).expect("our API can be emitted");
    let types = files.iter().find(|file| file.path == "types.rs").expect("types.rs");
    let types = syn::parse_file(&types.text).expect("Rust");
    for method in documented() {
        // Where the page names no type, it is the one that the method's answer has with us.
        let operation = api.operations.iter().find(|operation| operation.id == method.id()).expect("the operation");
        let name = method.result.clone().or_else(|| answer(&api, operation)).expect("a type's name");
        assert_eq!(fields(&types, &name), method.fields, "{name}");
    }
}

/// The Rust name of an operation's answer.
fn answer(api: &Api, operation: &Operation) -> Option<String> {
    match operation.success.content {
        Content::Json(Type::Named(index)) => api.types.get(index).map(|def| def.name.pascal()),
        _ => None,
    }
}

/// The fields of a struct by their names on the wire, `?` behind an optional one, without the place for unknown ones.
fn fields(types: &syn::File, name: &str) -> Vec<String> {
    let object = types.items.iter().find_map(|item| match item {
        Item::Struct(object) if object.ident == name => Some(object),
        _ => None,
    });
    let fields = object.unwrap_or_else(|| panic!("no struct {name}")).fields.iter();
    fields
        .map(|field| (field, serde_words(field)))
        .filter(|(_, words)| !words.iter().any(|(word, _)| word == "flatten"))
        .map(|(field, words)| {
            let renamed = words.into_iter().find_map(|(word, value)| value.filter(|_| word == "rename"));
            let wire =
                renamed.unwrap_or_else(|| field.ident.as_ref().map(IdentExt::unraw).expect("a name").to_string());
            let optional = matches!(&field.ty, syn::Type::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
            format!("{wire}{}", if optional { "?" } else { "" })
        })
        .collect()
}

/// What serde is told about a field: words, and the texts that some have as values.
fn serde_words(field: &syn::Field) -> Vec<(String, Option<String>)> {
    let mut words = Vec::new();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            let value =
                if meta.input.peek(syn::Token![=]) { Some(meta.value()?.parse::<syn::LitStr>()?) } else { None };
            words.push((meta.path.require_ident()?.to_string(), value.map(|value| value.value())));
            Ok(())
        });
        read.expect("serde's attributes are words and texts");
    }
    words
}
