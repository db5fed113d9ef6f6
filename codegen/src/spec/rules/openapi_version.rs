//! `openapi-version`: the document says that it is `OpenAPI` 3.0.
//!
//! 3.1 changed what schemas mean. Our own document is 3.0.3; from others we take 3.1 as far as it agrees.

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::{Profile, Spec};

const CODE: &str = "openapi-version";

/// Returns nothing if the document can't be read as `OpenAPI` 3.0; the report says why.
pub(super) fn check(spec: &Spec, report: &mut Report) -> Option<()> {
    let start = Span { start: spec.root.span.start, end: spec.root.span.start };
    if spec.root.as_map().is_none() {
        let message = format!("an OpenAPI document is a mapping, this is {}", spec.root.kind());
        report.push(Diagnostic::error(CODE, start, message).help("begin the document with `openapi: 3.0.3`"));
        return None;
    }
    let Some(entry) = spec.root.entry("openapi") else {
        report.push(absent(spec, start));
        return None;
    };
    let version = entry.node.as_str().unwrap_or_default();
    let is = |minor: &str| version == minor || version.strip_prefix(minor).is_some_and(|rest| rest.starts_with('.'));
    if is("3.0") {
        return Some(());
    }
    if is("3.1") && spec.profile == Profile::Foreign {
        let message = "OpenAPI 3.1 is read as far as it agrees with 3.0";
        report.push(Diagnostic::warning(CODE, entry.key, message).help("look at what the other warnings leave out"));
        return Some(());
    }
    let found = match entry.node.as_str() {
        Some(version) => format!("OpenAPI `{version}` is not supported"),
        None => format!("`openapi` must be a version in quotes, this is {}", entry.node.kind()),
    };
    report.push(
        Diagnostic::error(CODE, entry.node.span, found).help("write the document in OpenAPI 3.0: `openapi: 3.0.3`"),
    );
    None
}

fn absent(spec: &Spec, start: Span) -> Diagnostic {
    match spec.root.entry("swagger") {
        Some(swagger) => Diagnostic::error(CODE, swagger.key, "Swagger 2.0 is not supported")
            .help("convert the document to OpenAPI 3.0 first, for example with `npx swagger2openapi`"),
        None => Diagnostic::error(CODE, start, "this is no OpenAPI document: it has no `openapi` key")
            .help("begin the document with `openapi: 3.0.3`"),
    }
}
