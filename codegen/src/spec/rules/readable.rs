//! `readable`: the document also reads through `openapiv3`, the types that other tools use.
//!
//! The net under our own rules, cast when these found nothing. What it catches should become a rule.

use serde_path_to_error::Segment;

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "readable";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let text = serde_yaml::Deserializer::from_str(&spec.source.text);
    let Err(error) = serde_path_to_error::deserialize::<_, openapiv3::OpenAPI>(text) else { return };
    let span = nearest(spec, error.path().iter());
    report.push(
        Diagnostic::error(CODE, span, format!("this can't be read as OpenAPI 3.0: {}", error.inner()))
            .label("here or below")
            .help("compare it with the OpenAPI 3.0.3 specification"),
    );
}

/// The key of the last part of the path that is in the document.
fn nearest<'p>(spec: &Spec, path: impl Iterator<Item = &'p Segment>) -> Span {
    let mut node: &Node = &spec.root;
    let mut span = spec.root.key_span("openapi");
    for segment in path {
        match (segment, &node.value) {
            (Segment::Map { key }, Value::Map(map)) => {
                let Some(entry) = map.get(key) else { break };
                (node, span) = (&entry.node, entry.key);
            }
            (Segment::Seq { index }, Value::List(items)) => {
                let Some(item) = items.get(*index) else { break };
                (node, span) = (item, item.span);
            }
            _ => break,
        }
    }
    span
}
