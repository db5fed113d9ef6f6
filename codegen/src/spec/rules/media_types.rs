//! `media-types`: a request body or answer has exactly one media type, and JSON has a schema.
//!
//! A call sends one body and returns one type.

use super::grammar::Kind;
use super::walk;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "media-types";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let called = match seen.kind() {
            Some(Kind::RequestBody) => "a request body",
            Some(Kind::Response) => "an answer",
            _ => return,
        };
        let Some(content) = seen.node.entry("content") else { return };
        let mut types = content.node.entries();
        let Some((first, entry)) = types.next() else {
            if content.node.as_map().is_some() {
                report.push(
                    Diagnostic::error(CODE, content.key, "`content` is empty")
                        .label("no media type")
                        .help("add `application/json` with a schema, or remove `content`"),
                );
            }
            return;
        };
        for (other, again) in types {
            report.push(
                Diagnostic::error(
                    CODE,
                    again.key,
                    format!("{called} has one media type, this one has `{first}` and `{other}`"),
                )
                .label("one too many")
                .related(entry.key, "the first")
                .help("keep one of the two"),
            );
        }
        if walk::is_json(first) && entry.node.as_map().is_some() && entry.node.get("schema").is_none() {
            report.push(
                Diagnostic::error(CODE, entry.key, format!("`{first}` has no schema"))
                    .label("`schema` is missing")
                    .help("add the body's `schema`; `schema: {}` is any JSON"),
            );
        }
    });
}
