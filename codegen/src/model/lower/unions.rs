//! `oneOf` and `anyOf`: one of several types.

use indexmap::IndexMap;

use super::Lower;
use super::schema::{nullable, type_words};
use crate::model::{Discriminator, EnumValue, Name, Struct, Type, TypeKind, Union, Variant};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

impl<'a> Lower<'a> {
    /// Returns what a `oneOf` or `anyOf` is, or nothing where it only restricts the schema around it.
    pub(super) fn union(&mut self, node: &'a Node, list: &'a [Node], hint: &Name) -> Option<TypeKind> {
        let (nulls, rest): (Vec<&Node>, Vec<&Node>) = list.iter().partition(|variant| is_null(variant));
        let wrap = |cx: &mut Self, kind: TypeKind| {
            if nulls.is_empty() { kind } else { TypeKind::Alias(nullable(cx.named(node, hint, kind))) }
        };
        if rest.iter().all(|variant| only_restricts(variant)) && !rest.is_empty() {
            if node.get("properties").is_some() || !type_words(node).is_empty() {
                self.unsupported(
                    rest.first().map_or(node.span, |first| first.span),
                    "alternatives that only restrict the schema around them are not checked",
                    "every field of theirs is optional in the generated type",
                );
                return None;
            }
            return Some(TypeKind::Alias(Type::Any));
        }
        if let [one] = rest.as_slice()
            && node.get("properties").is_none()
        {
            let ty = self.ty(one, hint);
            let ty = self.nullable(node, |_| ty);
            return Some(TypeKind::Alias(if nulls.is_empty() { ty } else { nullable(ty) }));
        }
        if let Some(kind) = self.plain_union(&rest) {
            return Some(wrap(self, kind));
        }
        let kind = self.variants(node, &rest, hint);
        Some(wrap(self, kind))
    }

    /// Alternatives that are all words, or all numbers, are one type.
    fn plain_union(&self, rest: &[&'a Node]) -> Option<TypeKind> {
        let spec = self.spec;
        let targets: Vec<&Node> = rest.iter().map(|node| spec.resolve(node).unwrap_or(node)).collect();
        let all = |words: &[&str]| {
            targets.iter().all(|node| {
                matches!(type_words(node).as_slice(), [word] if words.contains(word))
                    && node.get("oneOf").is_none()
                    && node.get("anyOf").is_none()
            })
        };
        if all(&["string"]) {
            let mut values: Vec<EnumValue> = Vec::new();
            for value in targets.iter().flat_map(|node| node.list("enum").iter().chain(node.get("const"))) {
                if let Some(value) = super::schema::enum_value(value)
                    && !values.iter().any(|known| known.wire == value.wire)
                {
                    values.push(value);
                }
            }
            return Some(if values.is_empty() { TypeKind::Alias(Type::String) } else { TypeKind::Enum(values) });
        }
        all(&["integer", "number"]).then_some(TypeKind::Alias(Type::Number))
    }

    fn variants(&mut self, node: &'a Node, rest: &[&'a Node], hint: &Name) -> TypeKind {
        let base = node.get("properties").is_some();
        let mut variants: Vec<Variant> = Vec::new();
        for (index, variant) in rest.iter().enumerate() {
            let name = variant_name(variant, index, rest);
            let ty = if base {
                let parts = self.parts(&[node, variant]);
                if parts.odd.is_none() {
                    let merged = self.merged(&parts.nodes, &hint.join(&name));
                    self.types.inline(&hint.join(&name), variant, TypeKind::Struct(merged))
                } else {
                    self.ty(variant, &hint.join(&name))
                }
            } else {
                self.ty(variant, &hint.join(&name))
            };
            if !variants.iter().any(|known| known.ty == ty) {
                variants.push(Variant { name, ty });
            }
        }
        let discriminator = self.discriminator(node, rest, &variants);
        TypeKind::Union(Union { variants, discriminator })
    }

    /// Several words in `type`, as OpenAPI 3.1 allows.
    pub(super) fn several_types(&mut self, node: &'a Node, words: &[&str], hint: &Name) -> TypeKind {
        let mut variants: Vec<Variant> = Vec::new();
        for word in words {
            let name = Name::new(word);
            let kind = self.by_word(word, node, &hint.join(&name));
            let ty = match kind {
                TypeKind::Alias(Type::Nullable(inner)) => *inner,
                TypeKind::Alias(ty) => ty,
                kind => self.types.inline(&hint.join(&name), node, kind),
            };
            variants.push(Variant { name, ty });
        }
        TypeKind::Union(Union { variants, discriminator: None })
    }

    /// Gives a kind a name if it needs one.
    fn named(&mut self, node: &'a Node, hint: &Name, kind: TypeKind) -> Type {
        match kind {
            TypeKind::Alias(ty) => ty,
            kind @ (TypeKind::Struct(Struct { .. }) | TypeKind::Enum(_) | TypeKind::Union(_)) => {
                self.types.inline(hint, node, kind)
            }
        }
    }

    /// Reads `discriminator`: explicit mappings, then the schemas' own names.
    fn discriminator(&mut self, node: &'a Node, rest: &[&'a Node], variants: &[Variant]) -> Option<Discriminator> {
        let property = node.get("discriminator")?.str("propertyName")?.to_owned();
        let mut mapping = IndexMap::new();
        let index_of = |cx: &mut Self, reference: &str| {
            let target = cx.spec.target(reference).ok()?;
            let ty = cx.types.reference(reference, target);
            variants.iter().position(|variant| variant.ty == ty)
        };
        for (value, entry) in node.get("discriminator").into_iter().flat_map(|node| node.map("mapping")) {
            let text = entry.node.as_str().unwrap_or_default();
            let reference =
                if text.starts_with('#') { text.to_owned() } else { format!("#/components/schemas/{text}") };
            if let Some(index) = index_of(self, &reference) {
                mapping.insert(value.to_owned(), index);
            } else {
                self.unsupported_as(
                    "dangling-ref",
                    entry.node.span,
                    format!("`{text}` is none of the alternatives"),
                    "name one of the schemas listed in `oneOf`",
                );
            }
        }
        for variant in rest {
            let Some(reference) = variant.str("$ref") else { continue };
            if let Some(index) = index_of(self, reference)
                && !mapping.values().any(|known| *known == index)
            {
                let name = reference.rsplit('/').next().unwrap_or(reference);
                mapping.insert(name.to_owned(), index);
            }
        }
        (!mapping.is_empty()).then_some(Discriminator { property, mapping })
    }
}

fn is_null(node: &Node) -> bool {
    node.str("type") == Some("null")
        || matches!(node.list("enum"), [Node { value: Value::Null, .. }])
        || matches!(node.get("const"), Some(Node { value: Value::Null, .. }))
}

/// Whether an alternative has nothing but restrictions on the schema around it.
fn only_restricts(node: &Node) -> bool {
    !Spec::is_ref(node)
        && node.entries().all(|(key, _)| {
            matches!(
                key,
                "required"
                    | "not"
                    | "description"
                    | "title"
                    | "minProperties"
                    | "maxProperties"
                    | "pattern"
                    | "minLength"
                    | "maxLength"
                    | "minimum"
                    | "maximum"
                    | "format"
            ) || key.starts_with("x-")
        })
}

/// A variant's name: its component's, its title, its type's word, or its number among several objects.
fn variant_name(node: &Node, index: usize, all: &[&Node]) -> Name {
    if let Some(reference) = node.str("$ref") {
        return Name::new(reference.rsplit('/').next().unwrap_or(reference));
    }
    if let Some(title) = node.str("title") {
        return Name::new(title);
    }
    match type_words(node).as_slice() {
        [word] if *word != "object" || all.iter().filter(|one| is_unnamed_object(one)).count() == 1 => Name::new(word),
        _ => Name::new("variant").numbered(index + 1),
    }
}

fn is_unnamed_object(node: &Node) -> bool {
    !Spec::is_ref(node) && node.get("title").is_none() && matches!(type_words(node).as_slice(), [] | ["object"])
}
