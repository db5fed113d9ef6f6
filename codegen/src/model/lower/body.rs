//! Request bodies.

use super::Lower;
use super::types::Resolved;
use crate::model::{Body, Encoding, Name, Operation, Type, TypeKind};
use crate::spec::node::Node;

impl<'a> Lower<'a> {
    /// Returns an operation's body; `Some(None)` where it has none, nothing if it isn't supported.
    #[expect(clippy::option_option, reason = "no body, and a body that isn't supported, are different")]
    pub(super) fn body(&mut self, operation: &'a Node, hint: &Name) -> Option<Option<Body>> {
        let Some(written) = operation.get("requestBody") else { return Some(None) };
        let Ok(node) = self.spec.resolve(written) else {
            self.unsupported_as(
                "dangling-ref",
                written.get("$ref").map_or(written.span, |reference| reference.span),
                "this request body points at nothing",
                "the operation is left out; name a request body that exists",
            );
            return None;
        };
        let content: Vec<(&str, &'a Node)> = node.map("content").map(|(media, entry)| (media, &entry.node)).collect();
        if content.is_empty() {
            return Some(None);
        }
        let Some((encoding, media)) = choose(&content) else {
            let span =
                node.get("content").and_then(|content| content.entries().next()).map_or(node.span, |(_, e)| e.key);
            let kinds: Vec<&str> = content.iter().map(|(media, _)| *media).collect();
            self.unsupported(
                span,
                format!("a request body of `{}` is not supported", kinds.join("`, `")),
                "the operation is left out; JSON, forms, plain text and `application/octet-stream` are supported",
            );
            return None;
        };
        let ty = match (&encoding, media.get("schema")) {
            (Encoding::Json | Encoding::Form, Some(schema)) => self.ty(schema, &hint.join(&Name::new("request"))),
            _ => Type::Any,
        };
        let schema = media.get("schema").and_then(|schema| self.spec.resolve(schema).ok());
        let description = node.str("description").or_else(|| schema?.str("description")).unwrap_or_default();
        Some(Some(Body {
            encoding,
            required: node.is_true("required"),
            ty,
            description: description.trim().to_owned(),
            flattened: false,
            span: written.span,
        }))
    }

    /// A form is a struct of plain values.
    pub(super) fn check_body(&mut self, operation: &Operation) -> Option<()> {
        let Some(body) = operation.body.as_ref().filter(|body| body.encoding == Encoding::Form) else {
            return Some(());
        };
        let flat = match self.types.resolved(&body.ty) {
            Resolved::Named(TypeKind::Struct(form)) => form.fields.iter().all(|field| self.travels(&field.ty, false)),
            _ => false,
        };
        if !flat {
            self.unsupported(
                body.span,
                "a form with values that are not plain is not supported",
                "the operation is left out; use JSON, or a form of plain values",
            );
            return None;
        }
        Some(())
    }
}

/// Chooses the media type that the client sends: JSON before forms before text before bytes.
fn choose<'a>(content: &[(&str, &'a Node)]) -> Option<(Encoding, &'a Node)> {
    let find = |test: &dyn Fn(&str) -> bool| {
        content.iter().find(|(media, _)| test(essence(media).as_str())).map(|(media, node)| (essence(media), *node))
    };
    if let Some((_, node)) = find(&|media| media == "application/json" || media == "*/*") {
        return Some((Encoding::Json, node));
    }
    if let Some((_, node)) = find(&|media| media == "application/x-www-form-urlencoded") {
        return Some((Encoding::Form, node));
    }
    if let Some((media, node)) = find(&|media| matches!(media, "text/plain" | "text/x-markdown")) {
        return Some((Encoding::Text(media), node));
    }
    find(&|media| media == "application/octet-stream").map(|(_, node)| (Encoding::Bytes, node))
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase()
}
