//! `group-and-operation`: an `operationId` is not also the group of another (`storage.bucket` beside
//! `storage.bucket.create`), for one name can't be both a method and a namespace.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "group-and-operation";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let ids: Vec<(&str, Span)> = spec
        .operations()
        .filter_map(|operation| operation.node.get("operationId"))
        .filter_map(|node| Some((node.as_str()?, node.span)))
        .collect();
    let mut groups: HashMap<&str, (&str, Span)> = HashMap::new();
    for (id, span) in &ids {
        for (at, _) in id.match_indices('.') {
            groups.entry(id.get(..at).unwrap_or(id)).or_insert((id, *span));
        }
    }
    for (id, span) in &ids {
        if let Some((member, place)) = groups.get(id) {
            report.push(
                Diagnostic::error(CODE, *span, format!("`{id}` is an operation and also the group of `{member}`"))
                    .label("an operation here")
                    .related(*place, "a group here")
                    .help(format!("add a verb, as in `{id}.get`")),
            );
        }
    }
}
