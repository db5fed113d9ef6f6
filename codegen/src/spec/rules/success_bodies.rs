//! `success-bodies`: all success answers of an operation have one and the same body.
//!
//! A call returns one type. Two bodies would make callers ask which one they got.

use super::walk::{self, Answer};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Node;

const CODE: &str = "success-bodies";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        let answers = walk::answers(spec, &operation);
        let mut successes = answers.iter().filter(|answer| answer.is_success());
        let Some(first) = successes.next() else { continue };
        for answer in successes.filter(|answer| !agree(spec, first, answer)) {
            let message = format!("`{}` and `{}` have different bodies", first.status, answer.status);
            report.push(
                Diagnostic::error(CODE, answer.at, message)
                    .label(what(answer))
                    .related(first.at, what(first))
                    .help("let both refer to one schema, or make two operations"),
            );
        }
    }
}

fn agree(spec: &Spec, one: &Answer, other: &Answer) -> bool {
    match (body(one), body(other)) {
        (None, None) => true,
        (Some((a, x)), Some((b, y))) => a == b && walk::same(spec, x, y, 12),
        _ => false,
    }
}

/// The first media type and its schema.
fn body<'n>(answer: &Answer<'n>) -> Option<(&'n str, &'n Node)> {
    let (media, entry) = answer.node.map("content").next()?;
    Some((media, entry.node.get("schema").unwrap_or(&crate::spec::node::ABSENT)))
}

fn what(answer: &Answer) -> String {
    match body(answer) {
        None => "no body".to_owned(),
        Some((media, schema)) => match schema.str("$ref").and_then(|text| text.rsplit('/').next()) {
            Some(name) => format!("a `{name}`"),
            None => format!("`{media}`"),
        },
    }
}
