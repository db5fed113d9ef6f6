//! `tags`: an operation's tags are declared, each tag once.
//!
//! A tag's description becomes that of its group.

use super::words;
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "tags";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut declared: Vec<(&str, Span)> = Vec::new();
    for node in spec.root.list("tags").iter().filter_map(|tag| tag.get("name")) {
        let Some(name) = node.as_str() else { continue };
        if let Some((_, first)) = declared.iter().find(|(other, _)| *other == name) {
            report.push(
                Diagnostic::error(CODE, node.span, format!("the tag `{name}` is declared twice"))
                    .label("again")
                    .related(*first, "first here")
                    .help("make them one"),
            );
        } else {
            declared.push((name, node.span));
        }
    }
    for node in spec.operations().flat_map(|operation| operation.node.list("tags")) {
        let Some(name) = node.as_str().filter(|name| !declared.iter().any(|(other, _)| other == name)) else {
            continue;
        };
        let near = words::near(name, declared.iter().map(|(name, _)| *name));
        let diagnostic = Diagnostic::error(CODE, node.span, format!("the tag `{name}` is not declared"))
            .label("not among the document's `tags`");
        report.push(match near.and_then(|near| declared.iter().find(|(name, _)| *name == near)) {
            Some((near, span)) => diagnostic.related(*span, "this one is near").help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("add `- name: {name}` with a description to the document's `tags`")),
        });
    }
}
