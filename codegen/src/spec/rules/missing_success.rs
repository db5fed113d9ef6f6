//! `missing-success`: every operation says what it answers when all goes well.

use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "missing-success";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        let Some(responses) = operation.node.entry("responses") else { continue };
        if responses.node.as_map().is_none() {
            continue;
        }
        if !responses.node.entries().any(|(status, _)| status.starts_with('2')) {
            report.push(
                Diagnostic::error(CODE, responses.key, "this operation has no success answer")
                    .label("no status from `200` to `299`")
                    .related(operation.verb_span, "of this operation")
                    .help("add the answer that it gives when all goes well, such as `'200'`"),
            );
        }
    }
}
