//! `allOf`: several object schemas read as one.

use indexmap::IndexMap;

use super::Lower;
use crate::model::{Field, Name, Struct, Type, TypeKind};
use crate::spec::Spec;
use crate::spec::node::Node;

/// Deeper chains of `allOf` than this are refused; a circle has no bottom.
const DEEPEST: usize = 32;

/// The schemas that `allOf` brings together, each without its own `allOf`.
pub(super) struct Parts<'a> {
    pub(super) nodes: Vec<&'a Node>,
    /// The first part that is no object, or that can't be found.
    pub(super) odd: Option<&'a Node>,
}

impl<'a> Lower<'a> {
    /// Returns what an `allOf` is: the one schema it wraps, or a struct of all their properties.
    pub(super) fn all_of(&mut self, node: &'a Node, hint: &Name) -> TypeKind {
        let all = node.get("allOf").map_or(&[][..], Node::items);
        let meaning: Vec<&Node> = all.iter().filter(|part| says_something(part)).collect();
        let own = node.get("properties").is_some() || node.get("additionalProperties").is_some();
        if let ([one], false) = (meaning.as_slice(), own) {
            let required = !node.list("required").is_empty();
            if !required {
                let ty = self.ty(one, hint);
                return TypeKind::Alias(self.nullable(node, |_| ty));
            }
        }
        let parts = self.parts(node, None);
        if let Some(odd) = parts.odd {
            self.unsupported(
                odd.span,
                "`allOf` is supported for objects only, and this part is none",
                "it is read as any JSON value; describe the whole as one schema instead",
            );
            return TypeKind::Alias(Type::Any);
        }
        TypeKind::Struct(self.merged(&parts.nodes, hint))
    }

    /// Returns all parts of `base` and of an alternative that stands in it, in document order.
    pub(super) fn parts(&self, base: &'a Node, alternative: Option<&'a Node>) -> Parts<'a> {
        let mut parts = Parts { nodes: Vec::new(), odd: None };
        for part in base.list("allOf") {
            self.collect(part, &mut parts, 1);
        }
        if is_objectlike(base, &["enum", "items"]) || base.get("properties").is_some() {
            parts.nodes.push(base);
        } else {
            parts.odd.get_or_insert(base);
        }
        if let Some(node) = alternative {
            self.collect(node, &mut parts, 0);
        }
        parts
    }

    fn collect(&self, node: &'a Node, parts: &mut Parts<'a>, depth: usize) {
        // One odd part decides. To go on could take ages, as a circle with branches has no end.
        if parts.odd.is_some() {
            return;
        }
        let spec = self.spec;
        let Ok(target) = spec.resolve(node) else {
            parts.odd.get_or_insert(node);
            return;
        };
        if depth > DEEPEST {
            parts.odd.get_or_insert(node);
            return;
        }
        if parts.nodes.iter().any(|known| std::ptr::eq(*known, target)) {
            return;
        }
        for part in target.list("allOf") {
            self.collect(part, parts, depth + 1);
        }
        if is_objectlike(target, &["oneOf", "anyOf", "enum", "items"]) {
            parts.nodes.push(target);
        } else {
            parts.odd.get_or_insert(node);
        }
    }

    /// Returns one struct of all parts' properties; a later part refines an earlier one in its place.
    pub(super) fn merged(&mut self, parts: &[&'a Node], hint: &Name) -> Struct {
        let mut fields: IndexMap<String, Field> = IndexMap::new();
        let mut extra = Type::Any;
        for part in parts {
            for field in self.fields(part, hint) {
                match fields.get_mut(&field.wire) {
                    Some(known) if field.ty == Type::Any => known.required |= field.required,
                    Some(known) => {
                        let required = known.required || field.required;
                        *known = Field { required, ..field };
                    }
                    None => {
                        fields.insert(field.wire.clone(), field);
                    }
                }
            }
            if part.get("additionalProperties").is_some_and(|schema| schema.as_map().is_some()) {
                extra = self.extra(part, hint);
            }
        }
        for name in parts.iter().flat_map(|part| part.list("required")).filter_map(Node::as_str) {
            if let Some(field) = fields.get_mut(name) {
                field.required = true;
            }
        }
        // What closes a part says nothing about the others.
        Struct { fields: fields.into_values().collect(), extra, closed: false }
    }
}

fn is_objectlike(node: &Node, others: &[&str]) -> bool {
    matches!(node.str("type"), None | Some("object")) && others.iter().all(|key| node.get(key).is_none())
}

/// Whether a part of `allOf` is more than words about the others.
fn says_something(part: &Node) -> bool {
    Spec::is_ref(part)
        || part.entries().any(|(key, _)| {
            !matches!(key, "description" | "title" | "nullable" | "example" | "deprecated" | "default" | "readOnly")
                && !key.starts_with("x-")
        })
}
