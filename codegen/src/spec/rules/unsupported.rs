//! `unsupported`: valid `OpenAPI` that has an effect on clients and that the generator can't give them.
//!
//! Each is named, so that nothing is left out in silence. Links and `readOnly` have no effect on what a client
//! sends, so they may stand. Security schemes have a rule of their own.

use super::grammar::Kind;
use super::walk::{self, Seen};
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

const CODE: &str = "unsupported";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    walk::walk(spec, &mut |seen| match seen.kind() {
        Some(Kind::Parameter) => parameter(spec, seen.node, report),
        Some(Kind::RequestBody | Kind::Response) => content(seen, report),
        Some(Kind::Operation | Kind::PathItem | Kind::Components) => around(seen, report),
        Some(Kind::Schema) => schema(seen.node, report),
        _ => {}
    });
    for operation in spec.operations() {
        for answer in walk::answers(spec, &operation).iter().filter(|answer| answer.is_success()) {
            if let Some(entry) = answer.node.entry("headers") {
                let help = "put the values into the body; a header may be described in words";
                report.push(unsupported(entry.key, "headers of a success answer are", help));
            }
        }
    }
}

fn unsupported(span: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error(CODE, span, format!("{what} not supported")).label("can't be generated").help(help)
}

fn parameter(spec: &Spec, node: &Node, report: &mut Report) {
    let place = node.str("in").unwrap_or_default();
    if let Some(value) = node.get("in").filter(|_| place == "cookie") {
        report.push(unsupported(value.span, "cookie parameters are", "send it in a header or in the query"));
    }
    if let Some(entry) = node.entry("content") {
        let help = "give the parameter a `schema`, or send the value in the request body";
        report.push(unsupported(entry.key, "parameters with `content` are", help));
    }
    if let Some(style) = node.get("style") {
        let plain = if place == "query" { "form" } else { "simple" };
        if let Some(word) = style.as_str().filter(|word| *word != plain) {
            let what = format!("the style `{word}` of a {place} parameter is");
            report.push(unsupported(style.span, &what, &format!("remove `style`; `{plain}` is the default here")));
        }
    }
    for key in ["allowReserved", "allowEmptyValue"] {
        if node.is_true(key) {
            let what = format!("`{key}` is");
            report.push(unsupported(
                node.key_span(key),
                &what,
                "remove it; values are percent-encoded, absent ones left out",
            ));
        }
    }
    if let Some(kind) = node.get("schema").and_then(|schema| nested(spec, schema)) {
        report.push(unsupported(kind, "objects and lists of lists as parameters are", "send them in the request body"));
    }
}

/// Where a parameter's schema says that it is an object, or a list of such.
fn nested(spec: &Spec, schema: &Node) -> Option<Span> {
    let schema = spec.resolve(schema).ok()?;
    match schema.str("type") {
        Some("object") => schema.get("type").map(|node| node.span),
        Some("array") => {
            let items = spec.resolve(schema.get("items")?).ok()?;
            let compound = matches!(items.str("type"), Some("object" | "array"));
            items.get("type").filter(|_| compound).map(|node| node.span)
        }
        _ => None,
    }
}

fn content(seen: &Seen, report: &mut Report) {
    let response = seen.kind() == Some(Kind::Response);
    for (media, entry) in seen.node.map("content") {
        let essence = media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase();
        let known = walk::is_json(media)
            || essence.starts_with("text/") && essence != "text/xml" && essence != "text/event-stream"
            || essence == "application/octet-stream"
            || (!response && essence == "application/x-www-form-urlencoded");
        if !known {
            let what = format!("bodies of type `{media}` are");
            report.push(unsupported(
                entry.key,
                &what,
                "use `application/json`, or `application/octet-stream` for bytes",
            ));
        }
        if let Some(encoding) = entry.node.entry("encoding") {
            report.push(unsupported(
                encoding.key,
                "`encoding` of a body's parts is",
                "remove it, or use `application/json`",
            ));
        }
    }
}

fn around(seen: &Seen, report: &mut Report) {
    if let Some(entry) = seen.node.entry("callbacks") {
        report.push(unsupported(entry.key, "callbacks are", "describe in words what the service calls"));
    }
    if let Some(entry) = seen.node.entry("servers").filter(|_| seen.kind() != Some(Kind::Components)) {
        let help = "keep one server for all operations, in `servers` of the document";
        report.push(unsupported(entry.key, "servers of single operations are", help));
    }
}

fn schema(node: &Node, report: &mut Report) {
    for (key, what, help) in [
        ("not", "`not` is", "say what is allowed, not what isn't"),
        ("xml", "XML is", "remove it; bodies travel as JSON"),
    ] {
        if let Some(entry) = node.entry(key) {
            report.push(unsupported(entry.key, what, help));
        }
    }
    for (key, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if node.is_true(key) {
            let help = format!("write the next value that is allowed as `{bound}`; clients check inclusive ends");
            report.push(unsupported(node.key_span(key), &format!("`{key}` is"), &help));
        }
    }
    if let (Some(discriminator), None, None) = (node.entry("discriminator"), node.get("oneOf"), node.get("anyOf")) {
        let help = "list the variants with `oneOf` beside the `discriminator`";
        report.push(unsupported(discriminator.key, "a `discriminator` without `oneOf` or `anyOf` is", help));
    }
    if let Some(Value::List(values)) = node.get("enum").map(|node| &node.value) {
        let kind = node.str("type").unwrap_or("string");
        if matches!(kind, "integer" | "number" | "boolean") && !values.is_empty() {
            let help = "use strings, or `minimum` and `maximum`";
            report.push(unsupported(node.key_span("enum"), &format!("an `enum` of type `{kind}` is"), help));
        }
    }
}
