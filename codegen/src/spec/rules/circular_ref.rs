//! `circular-ref`: a chain of references ends at something.
//!
//! A schema may contain itself; a reference that is nothing but a reference to itself says nothing.

use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::{BadRef, Spec};

const CODE: &str = "circular-ref";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::references(spec, &mut |_, node, text| {
        let Ok(target) = spec.target(text) else { return };
        if let Err((_, BadRef::Circular)) = spec.resolve(target) {
            report.push(
                Diagnostic::error(CODE, node.span, format!("`{text}` leads back to itself"))
                    .label("a circle of references")
                    .related(target.get("$ref").unwrap_or(target).span, "which goes on here")
                    .help("write out what one of them is"),
            );
        }
    });
}
