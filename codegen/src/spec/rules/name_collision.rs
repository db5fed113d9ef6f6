//! `name-collision`: names of one scope differ by more than casing and separators.
//!
//! Scopes are the schemas, the properties of a schema, the words of an `enum`, and what an operation takes: its
//! parameters and the fields of its body.

use super::grammar::Kind;
use super::walk;
use super::words::Casing;
use crate::diag::{Diagnostic, Report, Span};
use crate::spec::node::Node;
use crate::spec::{OperationAt, Spec};

const CODE: &str = "name-collision";

pub(super) fn check(spec: &Spec, report: &mut Report) {
    let schemas = spec.root.pointer("/components/schemas");
    let names = schemas.into_iter().flat_map(Node::entries).map(|(name, entry)| (name, entry.key));
    scope("schemas", names, report);
    walk::each(spec, Kind::Schema, &mut |seen| {
        scope("properties", seen.node.map("properties").map(|(name, entry)| (name, entry.key)), report);
        let words = seen.node.list("enum").iter().filter_map(|node| Some((node.as_str()?, node.span)));
        scope("values", words, report);
    });
    for operation in spec.operations() {
        arguments(spec, &operation, report);
    }
}

/// Exact repetitions are other rules' business.
fn scope<'n>(what: &str, names: impl Iterator<Item = (&'n str, Span)>, report: &mut Report) {
    let mut casing = Casing::default();
    for (name, at) in names {
        if let Some((other, first)) = casing.add(name, at).filter(|(other, _)| other != name) {
            report.push(
                Diagnostic::error(
                    CODE,
                    at,
                    format!("the {what} `{other}` and `{name}` become one name in generated code"),
                )
                .label("the same after casing")
                .related(first, "first here")
                .help("choose names that differ by more than case and separators"),
            );
        }
    }
}

fn arguments(spec: &Spec, operation: &OperationAt, report: &mut Report) {
    let mut casing = Casing::default();
    let parameters = walk::parameters(spec, operation);
    let taken = parameters.iter().map(|taken| (taken.name, taken.at, taken.place));
    let mut places: Vec<(&str, &str)> = Vec::new();
    for (name, at, place) in taken.chain(fields(spec, operation)) {
        if places.contains(&(name, place)) {
            continue;
        }
        places.push((name, place));
        if let Some((other, first)) = casing.add(name, at) {
            let message = format!("`{other}` and `{name}` ({place}) become one argument of `{}`", called(operation));
            report.push(
                Diagnostic::error(CODE, at, message)
                    .label("the same argument")
                    .related(first, "first here")
                    .help("rename one of them"),
            );
        }
    }
}

fn called<'n>(operation: &OperationAt<'n>) -> &'n str {
    operation.node.str("operationId").unwrap_or(operation.path)
}

/// The fields of a JSON body; each is an argument of its own.
fn fields<'n>(spec: &'n Spec, operation: &OperationAt<'n>) -> Vec<(&'n str, Span, &'static str)> {
    let body = operation.node.get("requestBody").and_then(|body| spec.resolve(body).ok());
    let schema = body.and_then(|body| body.map("content").next()).and_then(|(_, entry)| entry.node.get("schema"));
    let Some(schema) = schema.and_then(|schema| spec.resolve(schema).ok()) else { return Vec::new() };
    let parts = schema.list("allOf").iter().filter_map(|part| spec.resolve(part).ok());
    let mut fields: Vec<(&str, Span, &str)> = Vec::new();
    for (name, entry) in std::iter::once(schema).chain(parts).flat_map(|part| part.map("properties")) {
        if !fields.iter().any(|(other, ..)| *other == name) {
            fields.push((name, entry.key, "in the body"));
        }
    }
    fields
}
