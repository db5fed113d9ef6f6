//! Parameters and the path template they fill.

use indexmap::IndexMap;

use super::Lower;
use super::types::Resolved;
use crate::model::{Field, ListStyle, Name, Need, Operation, Param, Piece, Place, Route, Type, TypeKind};
use crate::spec::OperationAt;
use crate::spec::node::Node;
use crate::spec::rules::template_fault;

/// Headers that OpenAPI says are not parameters (3.0.3, Parameter Object, `name`), and where they come from.
const NOT_PARAMETERS: [(&str, &str); 3] = [
    ("accept", "it follows from the media types of the answers"),
    ("content-type", "it follows from the media type of the request body"),
    ("authorization", "credentials belong to the client"),
];

impl<'a> Lower<'a> {
    /// Returns an operation's parameters; the operation's own replace the path's of the same name and place.
    pub(super) fn params(&mut self, at: &OperationAt<'a>, hint: &Name) -> Option<Vec<Param>> {
        let spec = self.spec;
        let mut params: IndexMap<(String, String), &'a Node> = IndexMap::new();
        for node in at.item.list("parameters").iter().chain(at.node.list("parameters")) {
            let Ok(target) = spec.resolve(node) else {
                self.unsupported_as(
                    "dangling-ref",
                    node.get("$ref").map_or(node.span, |reference| reference.span),
                    "this parameter points at nothing",
                    "the operation is left out; name a parameter that exists",
                );
                return None;
            };
            let name = target.str("name").unwrap_or_default();
            let place = target.str("in").unwrap_or_default();
            params.insert((place.to_owned(), name.to_owned()), target);
        }
        let mut out = Vec::new();
        let key = self.key.clone().filter(|_| self.need(at.node) != Need::No);
        for ((place, name), node) in params {
            if let Some(instead) = set_by_client(&place, &name, key.as_ref()) {
                let span = node.get("name").map_or(node.span, |name| name.span);
                self.unsupported_as(
                    "reserved-name",
                    span,
                    format!("the {place} parameter `{name}` is set by the client"),
                    format!("it is left out; {instead}"),
                );
                continue;
            }
            if let Some(param) = self.param(&place, &name, node, hint)? {
                out.push(param);
            }
        }
        Some(out)
    }

    /// Returns a parameter; `Some(None)` for one that is left out, nothing if the operation can't do without it.
    #[expect(clippy::option_option, reason = "left out, and left out with the operation, are different")]
    fn param(&mut self, place: &str, name: &str, node: &'a Node, hint: &Name) -> Option<Option<Param>> {
        let required = node.is_true("required");
        let place = match place {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if is_token(name) => Place::Header,
            other => return self.leave_out(node, required, &format!("a parameter in `{other}` is not supported")),
        };
        let Some(schema) = node.get("schema") else {
            return self.leave_out(node, required, "a parameter without `schema` is not supported");
        };
        let explode = node.get("explode").and_then(Node::as_bool);
        let list = match (place, node.str("style")) {
            (Place::Query, None | Some("form")) if explode != Some(false) => ListStyle::Repeat,
            (Place::Query, None | Some("form")) | (_, None | Some("simple")) => ListStyle::Joined,
            (_, Some(style)) => {
                return self.leave_out(node, required, &format!("the style `{style}` is not supported"));
            }
        };
        if node.is_true("allowReserved") {
            self.unsupported(
                node.key_span("allowReserved"),
                "`allowReserved` is not supported",
                "the value is sent percent-encoded",
            );
        }
        let field = self.field(name, schema, hint);
        let slashes = place == Place::Path && node.is_true("x-infrai-slashes");
        Some(Some(Param { place, list, slashes, field: Self::described(field, node, place) }))
    }

    /// What a parameter object says of itself goes before what its schema says.
    fn described(mut field: Field, node: &'a Node, place: Place) -> Field {
        if let Some(text) = node.str("description") {
            text.trim().clone_into(&mut field.description);
        }
        if let Some(example) = node.get("example") {
            field.example = Some(super::json::json(example));
        }
        field.required = place == Place::Path || node.is_true("required");
        field.deprecated |= node.is_true("deprecated");
        field.sensitive |= node.is_true("x-infrai-sensitive");
        field.span = node.get("name").map_or(node.span, |name| name.span);
        field
    }

    #[expect(clippy::option_option, reason = "left out, and left out with the operation, are different")]
    fn leave_out(&mut self, node: &Node, required: bool, what: &str) -> Option<Option<Param>> {
        let span = node.get("in").map_or(node.span, |place| place.span);
        let whole = if required { "it is required, so the operation is left out" } else { "it is left out" };
        self.unsupported(span, what, whole);
        if required { None } else { Some(None) }
    }

    /// Cuts a path template into its pieces.
    pub(super) fn route(&mut self, at: &OperationAt<'a>, params: &[Param]) -> Option<Route> {
        if let Some((what, help)) = template_fault(at.path) {
            let what = format!("`{}` {what}", at.path);
            self.unsupported_as("path-template", at.path_span, what, format!("the operation is left out; {help}"));
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = at.path;
        while let Some((text, tail)) = rest.split_once('{') {
            let Some((name, after)) = tail.split_once('}') else { break };
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            let index = params.iter().position(|param| param.place == Place::Path && param.field.wire == name);
            let Some(index) = index else {
                self.unsupported_as(
                    "path-parameter",
                    at.path_span,
                    format!("`{{{name}}}` is not declared as a path parameter"),
                    format!("the operation is left out; declare `{name}` with `in: path`"),
                );
                return None;
            };
            pieces.push(Piece::Param(index));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Some(Route { template: at.path.to_owned(), pieces })
    }

    /// Leaves out the parameters whose types can't travel outside a body.
    pub(super) fn check_params(&mut self, operation: &mut Operation) -> Option<()> {
        let mut keep = Vec::new();
        for (index, param) in operation.params.iter().enumerate() {
            let declared = param.place != Place::Path || operation.route.pieces.contains(&Piece::Param(index));
            let fits = self.travels(&param.field.ty, param.place != Place::Path);
            if declared && fits {
                keep.push(index);
                continue;
            }
            let lost = param.field.required && !fits;
            let so = if lost { "it is required, so the operation is left out" } else { "it is left out" };
            if fits {
                let what = format!("`{}` is not in the path", param.field.wire);
                self.unsupported_as("path-parameter", param.field.span, what, so);
            } else {
                let what = format!("`{}` is no plain value and no list of them", param.field.wire);
                self.unsupported(param.field.type_span, what, so);
            }
            if lost {
                return None;
            }
        }
        let place = |old: usize| keep.iter().position(|kept| *kept == old);
        for piece in &mut operation.route.pieces {
            if let Piece::Param(index) = piece {
                *index = place(*index)?;
            }
        }
        let mut index = 0;
        operation.params.retain(|_| {
            index += 1;
            keep.contains(&(index - 1))
        });
        Some(())
    }

    /// Whether a type can be written as plain text, or as a list of it.
    pub(super) fn travels(&self, ty: &Type, lists: bool) -> bool {
        self.travels_at(ty, lists, 0)
    }

    fn travels_at(&self, ty: &Type, lists: bool, depth: usize) -> bool {
        match self.types.resolved(ty) {
            // `null` has no text of its own among others.
            Resolved::Plain(Type::List(item)) => {
                lists && !self.types.takes_null(item) && self.travels_at(item, false, depth)
            }
            Resolved::Plain(Type::Map(_) | Type::Any) => false,
            Resolved::Plain(_) => true,
            Resolved::Named(TypeKind::Union(union)) => {
                depth < 8 && union.variants.iter().all(|variant| self.travels_at(&variant.ty, lists, depth + 1))
            }
            Resolved::Named(kind) => matches!(kind, TypeKind::Enum(_)),
        }
    }
}

/// Where a parameter's value comes from instead, if the client sends one by itself.
fn set_by_client(place: &str, name: &str, key: Option<&(Place, String)>) -> Option<&'static str> {
    let is_header = place == "header";
    let is_key = key.is_some_and(|(at, key)| match at {
        Place::Header => is_header && key.eq_ignore_ascii_case(name),
        Place::Query => place == "query" && key == name,
        Place::Path => false,
    });
    if is_key {
        return Some("it carries the key, which belongs to the client");
    }
    let known = NOT_PARAMETERS.iter().find(|(header, _)| is_header && header.eq_ignore_ascii_case(name));
    known.map(|(_, instead)| *instead)
}

/// Whether a text is a header's name (RFC 9110, section 5.6.2).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
