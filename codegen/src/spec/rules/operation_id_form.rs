//! `operation-id-form`: an `operationId` is 2 to 5 dotted parts, each a lower-case word (`storage.bucket.create`).
//!
//! The last part becomes the method, those before it its groups, in every language.

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "operation-id-form";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        let Some(node) = operation.node.get("operationId") else { continue };
        let Some(id) = node.as_str() else { continue };
        let parts: Vec<&str> = id.split('.').collect();
        if let Some(part) = parts.iter().find(|part| !is_word(part)) {
            report.push(bad_part(spec, id, part, node.span));
        } else if !(2..=5).contains(&parts.len()) {
            let message = format!("an `operationId` has 2 to 5 dotted parts, `{id}` has {}", parts.len());
            let help = if parts.len() == 1 {
                format!("put the group before the verb, as in `storage.{id}`")
            } else {
                "join groups that only have each other".to_owned()
            };
            report.push(Diagnostic::error(CODE, node.span, message).label("service, groups, verb").help(help));
        }
    }
}

fn is_word(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_lowercase())
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn bad_part(spec: &Spec, id: &str, part: &str, whole: Span) -> Diagnostic {
    let text = spec.source.text.get(whole.start..whole.end).unwrap_or("");
    let span = match text.find(part) {
        Some(at) if !part.is_empty() => Span { start: whole.start + at, end: whole.start + at + part.len() },
        _ => whole,
    };
    let message = if part.is_empty() {
        format!("`{id}` has a part with no letters")
    } else {
        format!("`{part}` is not a lower-case word")
    };
    let fitting = fitting(id);
    let help =
        if fitting == id { "write it as in `storage.bucket.create`".to_owned() } else { format!("write `{fitting}`") };
    Diagnostic::error(CODE, span, message).label("letters, digits and `_`, beginning with a letter").help(help)
}

/// The id in the right form, as far as that can be guessed.
fn fitting(id: &str) -> String {
    let parts = id.split(['.', '/', ' ']).map(heck::ToSnakeCase::to_snake_case);
    parts.filter(|part| is_word(part)).collect::<Vec<_>>().join(".")
}
