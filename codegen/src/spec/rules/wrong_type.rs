//! `wrong-type`: a value is of the type that `OpenAPI` 3.0.3 wants in its place.
//!
//! YAML guesses types: `version: 1.0` is a number, `required: yes` a string.

use super::grammar::{Kind, Want};
use super::walk::{self, Seen};
use super::words;
use crate::diag::{Diagnostic, Report};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "wrong-type";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| {
        // The root was looked at before any rule, `openapi` with it.
        if seen.parent.is_none() || seen.name == "openapi" || fits(seen.want, seen.node) {
            return;
        }
        let of = if seen.name.is_empty() { "an element of this list".to_owned() } else { format!("`{}`", seen.name) };
        let message = format!("{of} must be {}, this is {}", wanted(seen.want), seen.node.kind());
        let nothing = matches!(seen.node.value, Value::Null);
        let span = if nothing { seen.at } else { seen.node.span };
        let label = if nothing { "nothing stands here" } else { seen.node.kind() };
        report.push(Diagnostic::error(CODE, span, message).label(label).help(help(spec, seen)));
    });
}

fn fits(want: &Want, node: &Node) -> bool {
    match want {
        Want::Any => true,
        Want::Text | Want::Word(_) => matches!(node.value, Value::Str(_)),
        Want::Flag => matches!(node.value, Value::Bool(_)),
        Want::Whole => matches!(node.value, Value::Int(number) if number >= 0),
        Want::Number => matches!(node.value, Value::Int(_) | Value::Float(_)),
        Want::Object(_) | Want::Ref(_) | Want::Map(..) => node.as_map().is_some(),
        Want::List(_) => matches!(node.value, Value::List(_)),
        Want::FlagOr(_) => matches!(node.value, Value::Bool(_) | Value::Map(_)),
    }
}

fn wanted(want: &Want) -> &'static str {
    match want {
        Want::Any => "anything",
        Want::Text | Want::Word(_) => "a string",
        Want::Flag => "`true` or `false`",
        Want::Whole => "a whole number of at least 0",
        Want::Number => "a number",
        Want::Object(_) | Want::Ref(_) | Want::Map(..) => "a mapping",
        Want::List(Want::Text) => "a list of strings",
        Want::List(_) => "a list",
        Want::FlagOr(_) => "`true`, `false` or a schema",
    }
}

fn help(spec: &Spec, seen: &Seen) -> String {
    let text = spec.source.text.get(seen.node.span.start..seen.node.span.end).unwrap_or("");
    let key = if seen.name.is_empty() { String::new() } else { format!("{}: ", seen.name) };
    match (seen.want, &seen.node.value) {
        (_, Value::Null) => format!("write {} here, or remove the key", wanted(seen.want)),
        (Want::Text | Want::Word(_), Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
            format!("put it in quotes: `{key}'{text}'`")
        }
        (Want::Flag | Want::FlagOr(_), Value::Str(word)) if is_yes(word) => format!("write `{key}true`"),
        (Want::Flag | Want::FlagOr(_), Value::Str(word)) if is_no(word) => format!("write `{key}false`"),
        (Want::List(_), Value::Bool(_) | Value::Str(_)) if is_required_flag(seen) => {
            "list the names of the required properties in the `required` of the object that has them".to_owned()
        }
        (Want::List(_), Value::Map(_)) if seen.name == "parameters" => {
            "begin each parameter with `- ` and give it a `name`".to_owned()
        }
        (Want::List(_), Value::Map(_)) => "begin each element with `- `".to_owned(),
        (Want::List(_), Value::Str(_)) => format!("write `{key}[{text}]`"),
        (Want::Map(..), Value::List(_)) => "write `name: …` for each instead of `- …`".to_owned(),
        (Want::Number | Want::Whole, Value::Str(number)) if number.parse::<f64>().is_ok() => {
            format!("write it without quotes: `{key}{number}`")
        }
        (Want::Flag, Value::Int(_) | Value::Float(_)) if seen.name.starts_with("exclusive") => {
            let bound = seen.name.replace("exclusiveM", "m");
            format!("in OpenAPI 3.0 write `{bound}: {text}` and `{key}true`")
        }
        (Want::Word(_), Value::List(types)) if seen.name == "type" => nullable(types),
        _ => format!("write {} here, not {}", wanted(seen.want), words::shown(spec, seen.node)),
    }
}

/// What 3.0 has for a list of types.
fn nullable(types: &[Node]) -> String {
    match types.iter().filter_map(Node::as_str).find(|word| *word != "null") {
        Some(word) if types.len() == 2 => format!("in OpenAPI 3.0 write `type: {word}` and `nullable: true`"),
        _ => "in OpenAPI 3.0 write one type, or `oneOf`".to_owned(),
    }
}

fn is_required_flag(seen: &Seen) -> bool {
    seen.parent == Some(Kind::Schema) && seen.name == "required"
}

fn is_yes(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "y")
}

fn is_no(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "n")
}
