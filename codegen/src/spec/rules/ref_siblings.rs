//! `ref-siblings`: nothing stands beside a `$ref`.
//!
//! `OpenAPI` 3.0 ignores what does, so a description or default there would be lost without a word.

use super::grammar::{Kind, Want};
use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "ref-siblings";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let Want::Ref(kind) = seen.want else { return };
        if !Spec::is_ref(seen.node) {
            return;
        }
        for (key, entry) in seen.node.entries().filter(|(key, _)| *key != "$ref") {
            let help = match kind {
                Kind::Schema => {
                    "put the reference in a list, as in `allOf: [{$ref: …}]`, or move this to what it names"
                }
                _ => "remove it, or write it where the reference leads",
            };
            report.push(
                Diagnostic::error(CODE, entry.key, format!("`{key}` has no effect beside `$ref`"))
                    .label("ignored by OpenAPI 3.0")
                    .related(seen.node.key_span("$ref"), "because of this")
                    .help(help),
            );
        }
    });
}
