//! `unheld-limit`: limits stand on properties and parameters, where clients and the gateway hold values to them.
//!
//! Anywhere else, and in words that nobody here checks, they would promise what isn't kept.

use super::grammar::Kind;
use super::walk::{self, Seen};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::Node;

const CODE: &str = "unheld-limit";

/// What is checked of a property or parameter.
const HELD: [&str; 6] = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/// What is checked nowhere.
const NEVER: [&str; 4] = ["multipleOf", "uniqueItems", "minProperties", "maxProperties"];

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        let never = NEVER.iter().filter(|_| seen.kind() == Some(Kind::Schema));
        for (key, entry) in never.filter_map(|key| Some((key, seen.node.entry(key)?))) {
            if entry.node.as_bool() != Some(false) {
                let message = format!("`{key}` is checked by nobody");
                let help = "remove it, and say in the description what the service wants";
                report.push(Diagnostic::error(CODE, entry.key, message).label("not checked").help(help));
            }
        }
        for (schema, what) in elsewhere(seen) {
            let Ok(target) = spec.resolve(schema) else { continue };
            for (key, entry) in HELD.iter().filter_map(|key| Some((key, target.entry(key)?))) {
                let message = format!("`{key}` of {what} is checked by nobody");
                let found = match schema.get("$ref") {
                    Some(reference) => Diagnostic::error(CODE, reference.span, message).related(entry.key, "the limit"),
                    None => Diagnostic::error(CODE, entry.key, message),
                };
                let help =
                    "remove it and say it in the description, or make this an object whose property has the limit";
                report.push(found.label("not checked here").help(help));
            }
        }
    });
}

/// The schemas in an object that are those of no property and no parameter, and what they describe.
fn elsewhere<'n>(seen: &Seen<'n>) -> Vec<(&'n Node, &'static str)> {
    let at = |key: &'static str, what| seen.node.get(key).map(|schema| (schema, what));
    match seen.kind() {
        Some(Kind::MediaType) => at("schema", "a body as a whole").into_iter().collect(),
        Some(Kind::Schema) => {
            let within = [at("items", "a list's elements"), at("additionalProperties", "a mapping's values")];
            let parts = ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|key| seen.node.list(key));
            within.into_iter().flatten().chain(parts.map(|part| (part, "one of several schemas"))).collect()
        }
        _ => Vec::new(),
    }
}
