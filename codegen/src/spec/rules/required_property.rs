//! `required-property`: what `required` lists is among the `properties`, once.

use super::grammar::Kind;
use super::{walk, words};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;

const CODE: &str = "required-property";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Schema, &mut |seen| {
        let schema = seen.node;
        let composed = ["allOf", "anyOf", "oneOf"].iter().any(|word| schema.get(word).is_some());
        let names = schema.list("required");
        for (at, node) in names.iter().enumerate() {
            let Some(name) = node.as_str() else { continue };
            if let Some(first) = names.iter().take(at).find(|first| first.as_str() == Some(name)) {
                report.push(
                    Diagnostic::error(CODE, node.span, format!("`{name}` is required twice"))
                        .label("again")
                        .related(first.span, "first here")
                        .help("remove one of the two"),
                );
            } else if !composed && schema.get("properties").and_then(|all| all.get(name)).is_none() {
                let diagnostic = Diagnostic::error(CODE, node.span, format!("`{name}` is required but is no property"))
                    .label("not among the properties");
                let near = words::near(name, schema.map("properties").map(|(name, _)| name));
                let place = near.and_then(|near| Some((near, schema.get("properties")?.key_span(near))));
                report.push(match place {
                    Some((near, span)) => {
                        diagnostic.related(span, "this one is near").help(format!("did you mean `{near}`?"))
                    }
                    None => diagnostic.help(format!("add `{name}` to the `properties`, or remove it here")),
                });
            }
        }
    });
}
