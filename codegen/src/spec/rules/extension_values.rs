//! `extension-values`: the extensions that the generator reads are spelt right, stand where they have an effect, and
//! say something that it knows.
//!
//! Other `x-…` keys are the author's own.

use std::collections::HashSet;

use super::grammar::Kind;
use super::{walk, words};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::{Entry, Node, Value};

const CODE: &str = "extension-values";

const SENSITIVE: &str = "x-infrai-sensitive";

const SLASHES: &str = "x-infrai-slashes";

/// The extensions that are read, and where.
const KNOWN: &[(&str, &[Kind])] = &[
    ("x-infrai-idempotency", &[Kind::Operation]),
    (SENSITIVE, &[Kind::Schema, Kind::Parameter]),
    (SLASHES, &[Kind::Parameter]),
    ("x-codeSamples", &[Kind::Operation]),
    ("x-assumptions", &[Kind::Document]),
];

const IDEMPOTENCY: [&str; 3] = ["safe", "idempotent", "keyed"];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let hidden = hidden(spec);
    walk::walk(spec, &mut |seen| {
        let Some(kind) = seen.kind() else { return };
        for (key, entry) in seen.node.entries().filter(|(key, _)| key.starts_with("x-")) {
            match KNOWN.iter().find(|(known, _)| *known == key) {
                Some((_, kinds)) if !kinds.contains(&kind) => report.push(misplaced(kind, key, kinds, entry)),
                Some(_)
                    if key == SENSITIVE && kind == Kind::Schema && !hidden.contains(&std::ptr::from_ref(seen.node)) =>
                {
                    report.push(
                        Diagnostic::error(CODE, entry.key, format!("`{key}` has no effect on this schema"))
                            .label("not read here")
                            .help("put it on the property or parameter whose values are not to be shown"),
                    );
                }
                Some(_) if key == SLASHES && seen.node.str("in") != Some("path") => report.push(
                    Diagnostic::error(CODE, entry.key, format!("`{key}` has no effect on this parameter"))
                        .label("not read here")
                        .help("put it on the last parameter of a path, or remove it"),
                ),
                Some(_) => value(spec, key, &entry.node, report),
                None => report.extend(unknown(key, entry)),
            }
        }
    });
}

/// The schemas whose values can be hidden: those of properties and parameters, and the ones that they refer to.
fn hidden(spec: &Spec) -> HashSet<*const Node> {
    let mut all = HashSet::new();
    walk::walk(spec, &mut |seen| {
        let schemas: Vec<&Node> = match seen.kind() {
            Some(Kind::Schema) => seen.node.map("properties").map(|(_, entry)| &entry.node).collect(),
            Some(Kind::Parameter) => seen.node.get("schema").into_iter().collect(),
            _ => return,
        };
        for schema in schemas {
            all.insert(std::ptr::from_ref(spec.resolve(schema).unwrap_or(schema)));
        }
    });
    all
}

fn misplaced(kind: Kind, key: &str, kinds: &[Kind], entry: &Entry) -> Diagnostic {
    let places: Vec<&str> = kinds.iter().map(|kind| kind.called()).collect();
    Diagnostic::error(CODE, entry.key, format!("`{key}` has no effect on {}", kind.called()))
        .label("not read here")
        .help(format!("move it to {}", places.join(" or ")))
}

fn unknown(key: &str, entry: &Entry) -> Report {
    let mut report = Report::default();
    let near = words::near(key, KNOWN.iter().map(|(known, _)| *known));
    if near.is_some() || key.starts_with("x-infrai") {
        let ours = || KNOWN.iter().map(|(known, _)| *known).filter(|known| known.starts_with("x-infrai"));
        let otherwise = || format!("write {}", words::choice(&ours().collect::<Vec<_>>()));
        let help = near.map_or_else(otherwise, |near| format!("did you mean `{near}`?"));
        report.push(
            Diagnostic::error(CODE, entry.key, format!("the extension `{key}` is not known"))
                .label("not read by anything")
                .help(help),
        );
    }
    report
}

fn value(spec: &Spec, key: &str, node: &Node, report: &mut Report) {
    match key {
        "x-infrai-idempotency" => {
            let word = node.as_str().unwrap_or_default();
            if !IDEMPOTENCY.contains(&word) {
                let help = match words::near(word, IDEMPOTENCY) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write {}", words::choice(&IDEMPOTENCY)),
                };
                let message = format!("{} is no idempotency", words::shown(spec, node));
                report.push(Diagnostic::error(CODE, node.span, message).label("not known").help(help));
            }
        }
        SENSITIVE | SLASHES if node.as_bool().is_none() => {
            let message = format!("`{key}` must be `true` or `false`, this is {}", node.kind());
            report.push(Diagnostic::error(CODE, node.span, message).help(format!("write `{key}: true`")));
        }
        "x-codeSamples" => samples(node, report),
        _ => {}
    }
}

/// A list of `{lang, source, label?}`, as other tools read it, too.
fn samples(node: &Node, report: &mut Report) {
    let Value::List(items) = &node.value else {
        let message = format!("`x-codeSamples` must be a list, this is {}", node.kind());
        report.push(Diagnostic::error(CODE, node.span, message).help("write a list of `- lang: …` with `source: …`"));
        return;
    };
    for item in items {
        for key in ["lang", "source"] {
            if item.str(key).is_none_or(|text| text.trim().is_empty()) {
                report.push(
                    Diagnostic::error(CODE, item.key_span(key), format!("a code sample needs `{key}`"))
                        .label(if item.get(key).is_none() { "it is missing" } else { "not a text" })
                        .help(if key == "lang" {
                            "name the language, such as `lang: Rust`"
                        } else {
                            "write the code under `source: |`"
                        }),
                );
            }
        }
        for (key, entry) in item.entries() {
            if !["lang", "source", "label"].contains(&key) && !key.starts_with("x-") {
                report.push(
                    Diagnostic::error(CODE, entry.key, format!("a code sample has no key `{key}`"))
                        .label("not known here")
                        .help("write `lang`, `source` and `label`"),
                );
            }
        }
    }
}
