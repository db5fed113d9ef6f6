//! `duplicate-parameter`: one list of parameters has each name and place once.

use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Node;

const CODE: &str = "duplicate-parameter";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for operation in spec.operations() {
        within(spec, operation.item, report);
        within(spec, operation.node, report);
    }
}

fn within(spec: &Spec, list: &Node, report: &mut Report) {
    let mut seen: Vec<(&str, &str, &Node)> = Vec::new();
    for item in list.list("parameters") {
        let Ok(parameter) = spec.resolve(item) else { continue };
        let (Some(name), Some(place)) = (parameter.str("name"), parameter.str("in")) else { continue };
        // What stands in the list, be it a parameter's name or the reference to it.
        let here = item.get("$ref").or_else(|| item.get("name")).unwrap_or(item);
        if let Some((.., first)) = seen.iter().find(|(other, at, _)| (*other, *at) == (name, place)) {
            report.push(
                Diagnostic::error(CODE, here.span, format!("the {place} parameter `{name}` is declared twice"))
                    .label("again")
                    .related(first.span, "first here")
                    .help("remove one of the two"),
            );
        } else {
            seen.push((name, place, here));
        }
    }
}
