//! `missing-operation-id`: every operation has an `operationId`; all names that a client shows come from it.

use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "missing-operation-id";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        if operation.node.as_map().is_some() && operation.node.get("operationId").is_none() {
            let message = format!("`{} {}` has no `operationId`", operation.verb, operation.path);
            report.push(
                Diagnostic::error(CODE, operation.verb_span, message).label("this operation has no name").help(
                    "add one that leads from the service to the verb, such as `operationId: storage.bucket.create`",
                ),
            );
        }
    }
}
