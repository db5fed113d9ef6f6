//! `remote-ref`: references stay within the document.
//!
//! The generator reads one text and nothing else, so the same document always gives the same client.

use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::{BadRef, Spec};

const CODE: &str = "remote-ref";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::references(spec, &mut |kind, node, text| {
        if matches!(spec.target(text), Err(BadRef::Remote)) {
            let name = text.rsplit(['/', '#']).next().filter(|name| !name.is_empty() && !name.contains('.'));
            let home = format!("#/components/{}/{}", kind.section().unwrap_or("…"), name.unwrap_or("Name"));
            report.push(
                Diagnostic::error(CODE, node.span, format!("`{text}` is not in this document"))
                    .label("another document")
                    .help(format!("copy what it names into this document and refer to it as `{home}`")),
            );
        }
    });
}
