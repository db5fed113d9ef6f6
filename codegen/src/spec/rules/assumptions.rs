//! `assumptions`: `x-assumptions` is a list of `{at, says}`: a JSON pointer that leads to something, once, and why it
//! is as it is.
//!
//! It is where the document says what its own sources leave open; an entry that points at nothing explains nothing.

use std::collections::HashMap;

use super::pointer;
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "assumptions";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let Some(entry) = spec.root.entry("x-assumptions") else { return };
    let Value::List(items) = &entry.node.value else {
        report.push(
            Diagnostic::error(
                CODE,
                entry.key,
                format!("`x-assumptions` must be a list, this is {}", entry.node.kind()),
            )
            .help("write a list of `- at: …` with `says: …` under it"),
        );
        return;
    };
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for item in items {
        form(item, report);
        let Some(at) = item.get("at") else { continue };
        let Some(text) = at.as_str() else { continue };
        if spec.root.pointer(text).is_none() {
            report.push(lost(spec, at, text));
        }
        if let Some(first) = seen.get(text) {
            report.push(
                Diagnostic::error(CODE, at.span, format!("two assumptions are about `{text}`"))
                    .label("again")
                    .related(*first, "first here")
                    .help("make them one"),
            );
        } else {
            seen.insert(text, at.span);
        }
    }
}

/// An element has two texts and nothing else.
fn form(item: &Node, report: &mut Report) {
    const KEYS: [&str; 2] = ["at", "says"];
    for key in KEYS {
        let (span, fault) = match item.entry(key) {
            None => (item.span, format!("an assumption needs `{key}`")),
            Some(entry) if entry.node.as_str().is_none_or(|text| text.trim().is_empty()) => {
                (entry.key, format!("`{key}` of an assumption must be a text"))
            }
            Some(_) => continue,
        };
        let help = if key == "at" { "write a JSON pointer such as `/info/version`" } else { "say why it is as it is" };
        report.push(Diagnostic::error(CODE, span, fault).label("nothing is said").help(help));
    }
    for (key, entry) in item.entries().filter(|(key, _)| !KEYS.contains(key)) {
        report.push(
            Diagnostic::error(CODE, entry.key, format!("an assumption has no key `{key}`"))
                .label("not known here")
                .help("write `at` and `says`"),
        );
    }
}

/// A pointer that leads nowhere: names the first part that isn't there, and what may be meant.
fn lost(spec: &Spec, at: &Node, text: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(CODE, at.span, format!("`{text}` points at nothing")).label("nothing is there");
    match pointer::lost(spec, text) {
        Some(lost) => lost.explain(diagnostic, "", |lost| {
            let place = if lost.walked.is_empty() { "the document".to_owned() } else { format!("`{}`", lost.walked) };
            format!("{place} has no `{}`; write `/` within a key as `~1`", lost.token)
        }),
        None => diagnostic.help("begin the pointer with `/`, as in `/info/version`"),
    }
}
