//! `ambiguous-path`: no two paths differ only in what their parameters are called.
//!
//! A server could not tell them apart.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "ambiguous-path";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut seen: HashMap<String, (&str, Span)> = HashMap::new();
    for (template, entry) in spec.root.map("paths") {
        if let Some((other, first)) = seen.get(&shape(template)) {
            report.push(
                Diagnostic::error(CODE, entry.key, format!("`{template}` and `{other}` are one path"))
                    .label("differs only in the names in braces")
                    .related(*first, "first here")
                    .help("put the operations of both under one path"),
            );
        } else {
            seen.insert(shape(template), (template, entry.key));
        }
    }
}

/// The template without its names.
fn shape(template: &str) -> String {
    let mut named = false;
    let shape = template.chars().filter(|c| {
        named = if named { *c != '}' } else { *c == '{' };
        !named || *c == '{'
    });
    shape.collect()
}
