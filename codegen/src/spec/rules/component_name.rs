//! `component-name`: components are called by letters, digits, `.`, `_` and `-`.
//!
//! `OpenAPI` 3.0.3 demands it; other names would need escapes in references.

use super::grammar::{Keys, Want};
use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "component-name";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let Want::Map(Keys::Components, _) = seen.want else { return };
        for (name, entry) in seen.node.entries() {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if name.is_empty() || !name.chars().all(plain) {
                let fitting: String = name.chars().filter(|c| plain(*c)).collect();
                let help =
                    if fitting.is_empty() { "rename it".to_owned() } else { format!("rename it to `{fitting}`") };
                report.push(
                    Diagnostic::error(CODE, entry.key, format!("`{name}` can't be a component's name"))
                        .label("only letters, digits, `.`, `_` and `-`")
                        .help(help),
                );
            }
        }
    });
}
