//! `oneOf` and `anyOf`: one of several types.

use indexmap::IndexMap;

use super::Lower;
use super::schema::{nullable, type_words};
use crate::model::{Discriminator, EnumValue, Name, Struct, Type, TypeKind, Union, Variant};
use crate::spec::node::{Node, Value};
use crate::spec::{Spec, percent_decode};

impl<'a> Lower<'a> {
    /// Returns what a `oneOf` or `anyOf` is, or nothing where it only restricts the schema around it.
    pub(super) fn union(&mut self, node: &'a Node, list: &'a [Node], hint: &Name) -> Option<TypeKind> {
        let (nulls, rest): (Vec<&Node>, Vec<&Node>) = list.iter().partition(|variant| is_null(variant));
        let wrap = |cx: &mut Self, kind: TypeKind| {
            if nulls.is_empty() { kind } else { TypeKind::Alias(nullable(cx.named(node, hint, kind))) }
        };
        let base = node.get("properties").is_some() || !node.list("allOf").is_empty();
        if rest.iter().all(|variant| only_restricts(variant)) && !rest.is_empty() {
            if base || !type_words(node).is_empty() {
                self.unsupported(
                    rest.first().map_or(node.span, |first| first.span),
                    "alternatives that only restrict the schema around them are not checked",
                    "every field of theirs is optional in the generated type",
                );
                return None;
            }
            return Some(TypeKind::Alias(Type::Any));
        }
        if let ([one], false) = (rest.as_slice(), base) {
            let ty = self.ty(one, hint);
            let ty = self.nullable(node, |_| ty);
            return Some(TypeKind::Alias(if nulls.is_empty() { ty } else { nullable(ty) }));
        }
        if let Some(kind) = self.plain_union(&rest).filter(|_| !base) {
            return Some(wrap(self, kind));
        }
        let kind = self.variants(node, &rest, base, hint);
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
            // One alternative that takes any text makes the others' words examples.
            if targets.iter().any(|node| node.list("enum").is_empty() && node.get("const").is_none()) {
                return Some(TypeKind::Alias(Type::String));
            }
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

    fn variants(&mut self, node: &'a Node, rest: &[&'a Node], base: bool, hint: &Name) -> TypeKind {
        let mut variants: Vec<Variant> = Vec::new();
        let mut places = Vec::new();
        for (index, variant) in rest.iter().enumerate() {
            let name = variant_name(variant, index, rest);
            let ty = if base {
                let parts = self.parts(node, Some(variant));
                if let Some(odd) = parts.odd {
                    self.unsupported(
                        odd.span,
                        "only objects can be brought together, and this part is none",
                        "what stands beside the alternatives is not part of the generated type",
                    );
                    self.ty(variant, &hint.join(&name))
                } else {
                    let merged = self.merged(&parts.nodes, &hint.join(&name));
                    self.types.inline(&hint.join(&name), variant, TypeKind::Struct(merged))
                }
            } else {
                self.ty(variant, &hint.join(&name))
            };
            let known = variants.iter().position(|known| known.ty == ty);
            places.push(known.unwrap_or(variants.len()));
            if known.is_none() {
                variants.push(Variant { name, ty });
            }
        }
        let discriminator = self.discriminator(node, rest, &places);
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

    /// Reads `discriminator`: explicit mappings, then the schemas' own names, then the words of inline alternatives.
    ///
    /// `places` has the index of the variant that each alternative became.
    fn discriminator(&mut self, node: &'a Node, rest: &[&'a Node], places: &[usize]) -> Option<Discriminator> {
        let written = node.get("discriminator")?;
        let property = written.str("propertyName").unwrap_or_default().to_owned();
        let mut mapping: IndexMap<String, usize> = IndexMap::new();
        for (value, entry) in written.map("mapping") {
            let text = entry.node.as_str().unwrap_or_default();
            let reference = percent_decode(&match text {
                local if local.starts_with('#') => local.to_owned(),
                name => format!("#/components/schemas/{name}"),
            });
            let at =
                rest.iter().position(|one| one.str("$ref").is_some_and(|known| percent_decode(known) == reference));
            if let Some(index) = at.and_then(|at| places.get(at)) {
                mapping.insert(value.to_owned(), *index);
            } else {
                self.unsupported_as(
                    "dangling-ref",
                    entry.node.span,
                    format!("`{text}` is none of the alternatives"),
                    "name one of the schemas listed in `oneOf`",
                );
            }
        }
        let mut untold = Vec::new();
        for (variant, index) in rest.iter().zip(places) {
            if mapping.values().any(|known| known == index) {
                continue;
            }
            let values = match variant.str("$ref") {
                Some(reference) => vec![reference.rsplit('/').next().unwrap_or(reference).to_owned()],
                None => self.told_by(variant, &property),
            };
            if values.is_empty() {
                untold.push(variant.span);
            }
            for value in values {
                mapping.entry(value).or_insert(*index);
            }
        }
        if mapping.is_empty() || property.is_empty() {
            self.unsupported(
                node.key_span("discriminator"),
                "no alternative can be told by this `discriminator`",
                "they are tried in order",
            );
            return None;
        }
        for span in untold {
            self.unsupported(
                span,
                format!("this alternative has no value of the discriminator `{property}`"),
                format!("answers of it are read as unknown; give its `{property}` an `enum` of one value"),
            );
        }
        Some(Discriminator { property, mapping })
    }

    /// The words that an inline alternative allows for a property.
    fn told_by(&self, variant: &Node, property: &str) -> Vec<String> {
        let schema = variant.get("properties").and_then(|all| all.get(property));
        let schema = schema.and_then(|schema| self.spec.resolve(schema).ok());
        let values = schema.into_iter().flat_map(|schema| schema.list("enum").iter().chain(schema.get("const")));
        values.filter_map(Node::as_str).map(str::to_owned).collect()
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
