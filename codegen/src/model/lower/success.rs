//! Success answers: which statuses, and the one type of their bodies.

use super::Lower;
use super::body::essence;
use super::schema::nullable;
use crate::diag::Span;
use crate::model::{Content, Name, Success};
use crate::spec::OperationAt;
use crate::spec::node::{Node, Value};

/// A documented success body before its schema is lowered.
enum Found<'a> {
    Empty,
    Json(&'a Node),
    Text,
    Bytes,
}

impl<'a> Lower<'a> {
    /// Returns the success answer, or nothing if the operation has none that is supported.
    pub(super) fn success(&mut self, at: &OperationAt<'a>, hint: &Name) -> Option<Success> {
        let spec = self.spec;
        let responses = at.node.get("responses").map_or(at.verb_span, |node| node.span);
        let mut statuses = Vec::new();
        let mut found: Vec<(Found<'a>, Span)> = Vec::new();
        let documented = at.node.map("responses").any(|(status, _)| status.starts_with('2'));
        for (status, entry) in at.node.map("responses") {
            if !(status.starts_with('2') || (status == "default" && !documented)) {
                continue;
            }
            let Ok(node) = spec.resolve(&entry.node) else {
                self.unsupported_as(
                    "dangling-ref",
                    entry.node.get("$ref").map_or(entry.key, |reference| reference.span),
                    "this response points at nothing",
                    "the operation is left out; name a response that exists",
                );
                return None;
            };
            statuses.push(status.to_owned());
            let body = Self::found(at, node);
            if !found.iter().any(|(known, _)| same(known, &body)) {
                found.push((body, entry.key));
            }
        }
        if statuses.is_empty() {
            let span = at.node.entry("responses").map_or(at.verb_span, |responses| responses.key);
            self.unsupported(
                span,
                "no success response is documented",
                "what a success brings is given as bytes; add a `2XX` response",
            );
            return Some(Success { statuses, content: Content::Bytes, may_be_empty: false, span: responses });
        }
        let empty = found.iter().any(|(body, _)| matches!(body, Found::Empty));
        let mut bodies = found.into_iter().filter(|(body, _)| !matches!(body, Found::Empty));
        let first = bodies.next();
        if let (Some(_), Some((_, second))) = (&first, bodies.next()) {
            self.unsupported_as(
                "success-bodies",
                second,
                "two success responses have different bodies",
                "the operation is left out; give both one schema",
            );
            return None;
        }
        let content = match first {
            None | Some((Found::Empty, _)) => Content::Empty,
            Some((Found::Text, _)) => Content::Text,
            Some((Found::Bytes, _)) => Content::Bytes,
            Some((Found::Json(schema), _)) => {
                let ty = self.ty(schema, &hint.join(&Name::new("response")));
                Content::Json(if empty { nullable(ty) } else { ty })
            }
        };
        let may_be_empty = empty && matches!(content, Content::Json(_));
        Some(Success { statuses, content, may_be_empty, span: responses })
    }

    /// Chooses among a response's media types: JSON before text before bytes.
    fn found(at: &OperationAt<'a>, node: &'a Node) -> Found<'a> {
        if at.verb == "head" {
            return Found::Empty;
        }
        let content: Vec<(String, &'a Node)> =
            node.map("content").map(|(media, entry)| (essence(media), &entry.node)).collect();
        let json = content.iter().find(|(media, _)| {
            media == "application/json" || media.ends_with("+json") || media == "text/json" || media == "*/*"
        });
        if let Some((_, media)) = json {
            return media.get("schema").map_or(Found::Json(&crate::spec::node::ABSENT), Found::Json);
        }
        match content.first() {
            None => Found::Empty,
            Some(_) if content.iter().any(|(media, _)| media.starts_with("text/")) => Found::Text,
            Some(_) => Found::Bytes,
        }
    }
}

fn same(a: &Found<'_>, b: &Found<'_>) -> bool {
    match (a, b) {
        (Found::Empty, Found::Empty) | (Found::Text, Found::Text) | (Found::Bytes, Found::Bytes) => true,
        (Found::Json(a), Found::Json(b)) => same_value(a, b),
        _ => false,
    }
}

/// Whether two nodes hold the same value, wherever they stand.
fn same_value(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, one)| b.get(key).is_some_and(|two| same_value(&one.node, &two.node)))
        }
        _ => false,
    }
}
