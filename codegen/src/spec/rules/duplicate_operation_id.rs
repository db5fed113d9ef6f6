//! `duplicate-operation-id`: no two operations have one `operationId`, nor ids that only casing tells apart.
//!
//! `a.b_c` and `a.bC` would be one method. Documents of others are held to exact equality; what only casing tells
//! apart is numbered there.

use std::collections::HashMap;

use super::words::Casing;
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::{Profile, Spec};

const CODE: &str = "duplicate-operation-id";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let mut exact: HashMap<&str, Span> = HashMap::new();
    let mut casing = Casing::default();
    for operation in spec.operations() {
        let Some(node) = operation.node.get("operationId") else { continue };
        let Some(id) = node.as_str() else { continue };
        if let Some(first) = exact.get(id) {
            report.push(
                Diagnostic::error(CODE, node.span, format!("two operations are called `{id}`"))
                    .label("again")
                    .related(*first, "first here")
                    .help("give each operation an id of its own"),
            );
            continue;
        }
        exact.insert(id, node.span);
        if spec.profile == Profile::House
            && let Some((other, first)) = casing.add(id, node.span)
        {
            report.push(
                Diagnostic::error(CODE, node.span, format!("`{id}` and `{other}` become one name in generated code"))
                    .label("the same after casing")
                    .related(first, "first here")
                    .help("choose ids that differ by more than case and separators"),
            );
        }
    }
}
