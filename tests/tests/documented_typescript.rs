//! The public surface of the TypeScript package, on a page, and the documented methods, arguments and results against it, both ways.
//!
//! A change of the snapshot is a change for users: review it as one.

use std::collections::BTreeMap;
use std::process::Command;

use infrai_tests::documented::{Method, facts};
use infrai_tests::node::{is_missing, package, run};
use infrai_tests::paths::read;
use infrai_tests::skip::skipped;
use similar::TextDiff;

/// The calls that are ours, and not the page's.
const OURS: [&str; 4] = ["storage.object.upload", "storage.object.download", "request", "activate"];

#[test]
fn typescript() {
    let Some(surface) = surface("surface of the TypeScript package") else { return };
    insta::assert_snapshot!("surface", surface);
}

#[test]
fn the_package_has_every_documented_method_argument_and_field_and_no_other() {
    let Some(surface) = surface("documented surface of the TypeScript package") else { return };
    let documented = facts(&read("tests/documented/storage.yaml"));
    let blocks = blocks(&surface);
    let (mut expected, mut found) = (String::new(), String::new());
    for method in &documented {
        expected.push_str(&lines(method.id(), &method.typescript, &method.parameters, &method.fields));
    }
    for call in &blocks["client"] {
        let (id, signature) = call.split_once(['(', '<']).expect("a call");
        if !OURS.contains(&id) {
            found.push_str(&shown(id, signature, &blocks, &documented));
        }
    }
    let diff = TextDiff::from_lines(&expected, &found).unified_diff().header("documented", "@infrai/sdk").to_string();
    assert!(diff.is_empty(), "the package is not what is documented:\n{diff}");
    for ours in OURS {
        let is_there = blocks["client"].iter().any(|call| call.split(['(', '<']).next() == Some(ours));
        assert!(is_there, "{ours} is ours no more");
    }
}

/// What the package prints as its surface; nothing where there is no Node.
fn surface(what: &str) -> Option<String> {
    match package().and_then(|package| run(Command::new("node").arg("tests/surface.mjs").current_dir(package))) {
        Ok(surface) => Some(surface),
        Err(why) if is_missing(&why) => {
            skipped(what, &why);
            None
        }
        Err(why) => panic!("{why}"),
    }
}

/// The lines below each heading, by the name in it; a type's own text.
fn blocks(surface: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut blocks = BTreeMap::<&str, Vec<&str>>::new();
    let mut current = "";
    for line in surface.lines() {
        if let Some(member) = line.strip_prefix("    ") {
            blocks.entry(current).or_default().push(member);
        } else if let Some((name, text)) = line.strip_prefix("type ").and_then(|rest| rest.split_once(" = ")) {
            blocks.insert(name, vec![text]);
        } else {
            let heading = ["class ", "interface "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
            current = heading.split([' ', '<']).next().unwrap_or_default();
            blocks.entry(current).or_default();
        }
    }
    blocks
}

/// The facts of a method as lines: the call, then its arguments, then the fields of its result.
fn lines(id: &str, call: &str, parameters: &[String], fields: &[String]) -> String {
    let parameters = parameters.iter().map(|one| format!("    {one}\n")).collect::<Vec<_>>().concat();
    format!("{id}\n    {call}\n{parameters}    -> {{ {} }}\n", fields.join(", "))
}

/// The same lines of a call of the package. Which results the page shows as plain objects it alone says.
fn shown(id: &str, signature: &str, blocks: &BTreeMap<&str, Vec<&str>>, documented: &[Method]) -> String {
    let (arguments, result) = signature.rsplit_once("): ApiPromise<").expect("a call that promises");
    let result = result.trim_end_matches('>');
    let options = arguments.split_once("opts: ").map(|(_, rest)| rest.split(',').next().unwrap_or(rest));
    assert!(arguments.ends_with("request?: RequestOptions | undefined"), "{id}: request options come last");
    let parameters: Vec<String> =
        options.map_or_else(Vec::new, |name| blocks[name].iter().map(|member| parameter(member, blocks)).collect());
    let fields: Vec<String> = blocks[result].iter().map(|member| name(member).to_owned()).collect();
    let is_plain = documented.iter().any(|fact| fact.id() == id && fact.result.is_none());
    let result = if is_plain { format!("{{ {} }}", fields.join(", ")) } else { result.to_owned() };
    let opts = if options.is_some() { "opts" } else { "" };
    lines(id, &format!("client.{id}({opts}): Promise<{result}>"), &parameters, &fields)
}

/// The name of a member, `?` behind an optional one.
fn name(member: &str) -> &str {
    member.split(": ").next().unwrap_or(member)
}

/// An argument in the form of the facts: `acl?: private|public = null`.
fn parameter(member: &str, blocks: &BTreeMap<&str, Vec<&str>>) -> String {
    let (name, rest) = member.split_once(": ").expect("a member with a type");
    let (ty, default) = rest.split_once(" = ").map_or((rest, None), |(ty, default)| (ty, Some(default)));
    let ty = ty.trim_end_matches(" | undefined");
    let ty = match blocks.get(ty).map(Vec::as_slice) {
        // The documented words; more may come, so the type is open.
        Some([text]) => text.trim_end_matches(" | (string & {})").replace(['"', ' '], ""),
        _ => ty.to_owned(),
    };
    if name.ends_with('?') {
        format!("{name}: {ty} = {}", default.unwrap_or("null").trim_matches('"'))
    } else {
        format!("{name}: {ty}")
    }
}
