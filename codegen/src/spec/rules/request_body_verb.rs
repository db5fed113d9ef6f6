//! `request-body-verb`: `get`, `head` and `delete` have no request body.
//!
//! RFC 9110 gives such a body no meaning; proxies drop it, and some servers refuse the request.

use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "request-body-verb";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        if let ("get" | "head" | "delete" | "trace", Some(entry)) =
            (operation.verb, operation.node.entry("requestBody"))
        {
            report.push(
                Diagnostic::error(CODE, entry.key, format!("a `{}` has no request body", operation.verb))
                    .label("may be dropped on the way")
                    .related(operation.verb_span, "of this operation")
                    .help("send the values as query parameters, or use `post`"),
            );
        }
    }
}
