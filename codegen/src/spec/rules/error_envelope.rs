//! `error-envelope`: every operation says what its errors look like (`default`, or `4XX` and `5XX`), and all look the
//! same: `{error: {code, message}}`.
//!
//! Clients have one error type. It is read from any failed answer.

use super::walk::{self, Answer};
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::node::Node;
use crate::spec::{OperationAt, Spec};

const CODE: &str = "error-envelope";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut first: Option<(Span, &Node)> = None;
    for operation in spec.operations() {
        covered(&operation, report);
        for answer in walk::answers(spec, &operation).iter().filter(|answer| answer.is_error()) {
            match (body(spec, answer), first) {
                (None, _) => report.push(
                    Diagnostic::error(CODE, answer.at, format!("the answer `{}` has no JSON body", answer.status))
                        .label("errors have a body")
                        .help("refer to the answer that all operations share, such as `#/components/responses/Error`"),
                ),
                (Some(schema), None) => {
                    first = Some((answer.at, schema));
                    report.extend(envelope(spec, schema, answer));
                }
                (Some(schema), Some((_, known))) if walk::same(spec, schema, known, 12) => {}
                (Some(_), Some((place, _))) => report.push(
                    Diagnostic::error(
                        CODE,
                        answer.at,
                        format!("the answer `{}` has an error body of its own", answer.status),
                    )
                    .label("another schema")
                    .related(place, "than here")
                    .help("let all errors have one schema"),
                ),
            }
        }
    }
}

fn covered(operation: &OperationAt, report: &mut Report) {
    let Some(responses) = operation.node.entry("responses").filter(|entry| entry.node.as_map().is_some()) else {
        return;
    };
    let has = |status: &str| responses.node.get(status).is_some();
    let covered = has("default") || (has("4XX") && has("5XX"));
    if !covered {
        report.push(
            Diagnostic::error(CODE, responses.key, "this operation does not say what its errors look like")
                .label("neither `default` nor `4XX` and `5XX`")
                .related(operation.verb_span, "of this operation")
                .help("add `default` with the answer that all operations share"),
        );
    }
}

/// The schema of an answer's JSON body.
fn body<'n>(spec: &'n Spec, answer: &Answer<'n>) -> Option<&'n Node> {
    let (_, entry) = answer.node.map("content").find(|(media, _)| walk::is_json(media))?;
    Some(entry.node.get("schema").and_then(|schema| spec.resolve(schema).ok()).unwrap_or(&crate::spec::node::ABSENT))
}

/// The parts that clients read are there.
fn envelope(spec: &Spec, schema: &Node, answer: &Answer) -> Report {
    let mut report = Report::default();
    let property =
        |node: &'_ Node, name: &str| -> bool { node.get("properties").and_then(|all| all.get(name)).is_some() };
    let inner = schema.get("properties").and_then(|all| all.get("error")).and_then(|node| spec.resolve(node).ok());
    let lacking = match inner {
        _ if schema.entries().next().is_none() => return report,
        None => "error",
        Some(inner) if !property(inner, "code") => "error/code",
        Some(inner) if !property(inner, "message") => "error/message",
        Some(_) => return report,
    };
    report.push(
        Diagnostic::error(CODE, answer.at, format!("the error body has no `{lacking}`"))
            .label("clients read it")
            .related(inner.unwrap_or(schema).key_span("properties"), "the schema")
            .help("give it the form `{error: {code, message}}`"),
    );
    report
}
