//! `enum-values`: an `enum` has at least one value, each once, each of the schema's type.

use super::grammar::Kind;
use super::{walk, words};
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "enum-values";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::each(spec, Kind::Schema, &mut |seen| {
        let Some(entry) = seen.node.entry("enum") else { return };
        let Value::List(values) = &entry.node.value else { return };
        if values.is_empty() {
            report.push(
                Diagnostic::error(CODE, entry.key, "an `enum` without values allows nothing")
                    .label("no values")
                    .help("list the values, or remove `enum`"),
            );
        }
        for (at, value) in values.iter().enumerate() {
            if let Some(first) = values.iter().take(at).find(|first| walk::same(spec, first, value, 12)) {
                report.push(
                    Diagnostic::error(
                        CODE,
                        value.span,
                        format!("{} is in this `enum` twice", words::shown(spec, value)),
                    )
                    .label("again")
                    .related(first.span, "first here")
                    .help("remove one of the two"),
                );
            } else {
                report.extend(of_type(spec, seen.node, value));
            }
        }
    });
}

fn of_type(spec: &Spec, schema: &Node, value: &Node) -> Report {
    let mut report = Report::default();
    let wanted = schema.str("type").unwrap_or("string");
    let fits = match value.value {
        Value::Str(_) => wanted == "string",
        Value::Int(_) => matches!(wanted, "integer" | "number"),
        Value::Float(_) => wanted == "number",
        Value::Bool(_) => wanted == "boolean",
        Value::Null => schema.is_true("nullable"),
        Value::List(_) | Value::Map(_) => false,
    };
    if !fits {
        let text = words::shown(spec, value);
        let scalar = matches!(value.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        let help = match value.value {
            Value::Null => "add `nullable: true` to the schema, or put the word in quotes".to_owned(),
            _ if wanted == "string" && scalar => format!("put it in quotes: `'{}'`", text.trim_matches('`')),
            _ => "change the value, or the schema's `type`".to_owned(),
        };
        let diagnostic =
            Diagnostic::error(CODE, value.span, format!("{text} is {} in an `enum` of type `{wanted}`", value.kind()))
                .label(format!("this is {}", value.kind()))
                .help(help);
        report.push(match schema.get("type") {
            Some(node) => diagnostic.related(node.span, "the type"),
            None => diagnostic,
        });
    }
    report
}
