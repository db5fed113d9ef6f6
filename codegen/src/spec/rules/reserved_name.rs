//! `reserved-name`: a header parameter is not one that the client sets by itself.
//!
//! `OpenAPI` says of `Accept`, `Content-Type` and `Authorization` that such parameters are ignored. The others
//! belong to the client's runtime: two values for one header would be sent.

use super::grammar::Kind;
use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "reserved-name";

/// Lower-case names, and where the value comes from instead.
const HEADERS: &[(&str, &str)] = &[
    ("accept", "it follows from the media types of the answers"),
    ("content-type", "it follows from the media type of the request body"),
    ("authorization", "declare a scheme under `components/securitySchemes`"),
    ("idempotency-key", "write `x-infrai-idempotency: keyed` on the operation"),
    ("x-request-id", "the client sends one with each request"),
    ("user-agent", "the client sends its own"),
    ("host", "it follows from the server's URL"),
    ("content-length", "it follows from the request body"),
    ("transfer-encoding", "it follows from the request body"),
    ("connection", "it belongs to the connection, not to the API"),
    ("cookie", "cookies are not supported"),
];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Parameter, &mut |seen| {
        let Some(node) = seen.node.get("name").filter(|_| seen.node.str("in") == Some("header")) else { return };
        let Some(name) = node.as_str() else { return };
        if let Some((_, instead)) = HEADERS.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)) {
            report.push(
                Diagnostic::error(CODE, node.span, format!("the header `{name}` is set by the client"))
                    .label("not a parameter")
                    .help(format!("remove the parameter; {instead}")),
            );
        }
    });
}
