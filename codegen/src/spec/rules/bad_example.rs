//! `bad-example`: an example is a value that its schema allows, and an object's example has no unknown property.
//!
//! Examples are what readers copy.

use super::grammar::Kind;
use super::{values, walk};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Node;

const CODE: &str = "bad-example";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| match seen.kind() {
        Some(Kind::Schema) => {
            if let Some(example) = seen.node.get("example") {
                compare(spec, seen.node, example, report);
            }
        }
        Some(Kind::Parameter | Kind::Header | Kind::MediaType) => {
            beside(spec, seen.node, report);
        }
        _ => {}
    });
}

/// Examples that stand beside their schema.
fn beside(spec: &Spec, owner: &Node, report: &mut Report) {
    if let (Some(one), Some(more)) = (owner.entry("example"), owner.entry("examples")) {
        report.push(
            Diagnostic::error(CODE, more.key, "`example` and `examples` exclude each other")
                .label("one too many")
                .related(one.key, "beside this")
                .help("keep one of the two"),
        );
    }
    let Some(schema) = owner.get("schema") else { return };
    if let Some(example) = owner.get("example") {
        compare(spec, schema, example, report);
    }
    for (_, entry) in owner.map("examples") {
        if let Some(value) = spec.resolve(&entry.node).ok().and_then(|example| example.get("value")) {
            compare(spec, schema, value, report);
        }
    }
}

fn compare(spec: &Spec, schema: &Node, example: &Node, report: &mut Report) {
    if let Some(misfit) = values::misfit(spec, schema, example) {
        report.push(misfit.diagnostic(CODE, "the example"));
    }
}
