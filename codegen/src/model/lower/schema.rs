//! Schemas: from a schema object to a [`Type`], naming inline ones after their place.

use indexmap::IndexMap;

use super::Lower;
use super::json::json;
use crate::model::{EnumValue, Field, Limits, Name, Struct, Type, TypeKind, Width};
use crate::spec::node::{Node, Value};
use crate::spec::{BadRef, Spec};

/// Below as many schemas that take over properties, one that was met before keeps its first name; else there could be
/// as many types as there are ways to it.
const DEEPEST: usize = 4;

impl<'a> Lower<'a> {
    /// Lowers the referenced schemas until none is left.
    pub(super) fn drain(&mut self) {
        while let Some((index, node)) = self.types.queue.pop_front() {
            let name = self.types.name(index);
            let kind = match self.kind(node, &name) {
                // The places that refer to a nullable schema say so themselves.
                TypeKind::Alias(Type::Nullable(inner)) if says_nullable(node) => TypeKind::Alias(*inner),
                kind => kind,
            };
            self.types.set(index, kind);
        }
    }

    /// Returns the type of a schema. An inline one that needs a name gets `hint`.
    pub(super) fn ty(&mut self, node: &'a Node, hint: &Name) -> Type {
        if Spec::is_ref(node) {
            return self.reference(node);
        }
        if ["allOf", "oneOf", "anyOf"].iter().any(|key| node.get(key).is_some()) {
            return self.merging(node, hint);
        }
        let kind = self.kind(node, hint);
        self.kept(node, hint, kind)
    }

    fn kept(&mut self, node: &'a Node, hint: &Name, kind: TypeKind) -> Type {
        match kind {
            TypeKind::Alias(ty) => ty,
            kind => self.nullable(node, |cx| cx.types.inline(hint, node, kind)),
        }
    }

    /// Returns the type of a schema that may take over properties of others, and so lead to itself.
    fn merging(&mut self, node: &'a Node, hint: &Name) -> Type {
        let key = std::ptr::from_ref(node);
        if let Some((name, slot)) = self.open.get_mut(&key) {
            let index = *slot.get_or_insert_with(|| self.types.reserve(name, node));
            return self.nullable(node, |_| Type::Named(index));
        }
        if let Some(ty) = self.merged.get(&key).filter(|_| self.open.len() >= DEEPEST) {
            return ty.clone();
        }
        self.open.insert(key, (hint.clone(), None));
        let kind = self.kind(node, hint);
        let ty = match self.open.remove(&key).and_then(|(_, slot)| slot) {
            Some(index) => {
                self.types.set(index, kind);
                self.nullable(node, |_| Type::Named(index))
            }
            None => self.kept(node, hint, kind),
        };
        self.merged.insert(key, ty.clone());
        ty
    }

    /// Returns the type that a reference names.
    fn reference(&mut self, node: &'a Node) -> Type {
        let text = node.str("$ref").unwrap_or_default();
        match self.spec.target(text) {
            Ok(target) => {
                let ty = self.types.reference(text, target);
                if says_nullable(target) { nullable(ty) } else { ty }
            }
            Err(bad) => {
                let span = node.get("$ref").map_or(node.span, |reference| reference.span);
                let (code, what) = match bad {
                    BadRef::Remote => ("remote-ref", "is outside this document"),
                    BadRef::Dangling | BadRef::Circular => ("dangling-ref", "points at nothing"),
                };
                self.unsupported_as(code, span, format!("`{text}` {what}"), "it is read as any JSON value");
                Type::Any
            }
        }
    }

    /// Returns what a schema is; a schema that needs no name of its own is an alias of its type.
    fn kind(&mut self, node: &'a Node, hint: &Name) -> TypeKind {
        if Spec::is_ref(node) {
            return TypeKind::Alias(self.reference(node));
        }
        if let Some(not) = node.get("not") {
            self.unsupported(not.span, "`not` is not supported", "its restriction is not part of the generated type");
        }
        if !node.list("oneOf").is_empty() && !node.list("anyOf").is_empty() {
            self.unsupported(
                node.key_span("anyOf"),
                "`anyOf` beside `oneOf` is not supported",
                "the generated type has the alternatives of `oneOf` only",
            );
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(list) = node.get(key)
                && !list.items().is_empty()
                && let Some(kind) = self.union(node, list.items(), hint)
            {
                return kind;
            }
        }
        if node.get("allOf").is_some_and(|all| !all.items().is_empty()) {
            return self.all_of(node, hint);
        }
        if let Some(values) = node.get("enum").filter(|values| !values.items().is_empty()) {
            return self.enumeration(node, values, hint);
        }
        if let Some(value) = node.get("const") {
            return Self::constant(value);
        }
        match type_words(node).as_slice() {
            [] if node.get("properties").is_some() || node.get("additionalProperties").is_some() => {
                self.object(node, hint)
            }
            [] if node.get("items").is_some() => self.array(node, hint),
            [] => TypeKind::Alias(Type::Any),
            [one] => self.by_word(one, node, hint),
            several => self.several_types(node, several, hint),
        }
    }

    /// Returns the kind for one word of `type`.
    pub(super) fn by_word(&mut self, word: &str, node: &'a Node, hint: &Name) -> TypeKind {
        let ty = match word {
            "object" => return self.object(node, hint),
            "array" => return self.array(node, hint),
            "string" => match node.str("format") {
                Some("date-time") => Type::DateTime,
                Some("date") => Type::Date,
                _ => Type::String,
            },
            "integer" => Type::Integer(match node.str("format") {
                Some("int32" | "int16" | "int8" | "uint8" | "uint16") => Width::I32,
                Some("uint64" | "uint") => Width::U64,
                _ => Width::I64,
            }),
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "null" => Type::Any,
            other => {
                let span = node.get("type").map_or(node.span, |ty| ty.span);
                self.unsupported(span, format!("`{other}` is no type of OpenAPI"), "it is read as any JSON value");
                Type::Any
            }
        };
        TypeKind::Alias(self.nullable(node, |_| ty))
    }

    fn array(&mut self, node: &'a Node, hint: &Name) -> TypeKind {
        let item = match node.get("items") {
            Some(items) => self.ty(items, &hint.join(&Name::new("item"))),
            None => Type::Any,
        };
        TypeKind::Alias(self.nullable(node, |_| Type::List(Box::new(item))))
    }

    fn object(&mut self, node: &'a Node, hint: &Name) -> TypeKind {
        let extra = self.extra(node, hint);
        let closed = node.get("additionalProperties").and_then(Node::as_bool) == Some(false);
        let fields = self.fields(node, hint);
        if fields.is_empty() && !closed {
            return TypeKind::Alias(self.nullable(node, |_| Type::Map(Box::new(extra))));
        }
        TypeKind::Struct(Struct { fields, extra, closed })
    }

    /// Returns the type of properties beyond the named ones.
    pub(super) fn extra(&mut self, node: &'a Node, hint: &Name) -> Type {
        match node.get("additionalProperties") {
            Some(schema) if schema.as_map().is_some_and(|map| !map.is_empty()) => {
                self.ty(schema, &hint.join(&Name::new("value")))
            }
            _ => Type::Any,
        }
    }

    /// Returns the named properties.
    pub(super) fn fields(&mut self, node: &'a Node, hint: &Name) -> Vec<Field> {
        let required: Vec<&str> = node.list("required").iter().filter_map(Node::as_str).collect();
        let mut fields: Vec<Field> = Vec::new();
        for (wire, entry) in node.map("properties") {
            let mut field = self.field(wire, &entry.node, hint);
            field.required = required.contains(&wire);
            field.span = entry.key;
            fields.push(field);
        }
        fields
    }

    /// Returns a property or parameter of this schema.
    pub(super) fn field(&mut self, wire: &str, schema: &'a Node, hint: &Name) -> Field {
        let name = Name::new(wire);
        let ty = self.ty(schema, &hint.join(&name));
        let spec = self.spec;
        let target = spec.resolve(schema).unwrap_or(schema);
        let of = |key: &str| schema.get(key).or_else(|| target.get(key));
        Field {
            wire: wire.to_owned(),
            name,
            description: of("description").and_then(Node::as_str).unwrap_or_default().trim().to_owned(),
            ty,
            required: false,
            default: of("default").map(json),
            example: of("example").or_else(|| of("examples").and_then(|all| all.items().first())).map(json),
            limits: limits(target),
            sensitive: of("x-infrai-sensitive").and_then(Node::as_bool).unwrap_or(false),
            deprecated: of("deprecated").and_then(Node::as_bool).unwrap_or(false),
            span: schema.span,
            type_span: schema.span,
        }
    }

    fn enumeration(&mut self, node: &'a Node, values: &'a Node, hint: &Name) -> TypeKind {
        let null = values.items().iter().any(|value| matches!(value.value, Value::Null));
        let rest: Vec<&Node> = values.items().iter().filter(|value| !matches!(value.value, Value::Null)).collect();
        let all = |test: fn(&Value) -> bool| rest.iter().all(|value| test(&value.value));
        if !rest.is_empty() && all(|value| matches!(value, Value::Str(_))) {
            let kind = TypeKind::Enum(self.words(&rest));
            return if null { self.null_beside(node, kind, hint) } else { kind };
        }
        let ty = if rest.is_empty() {
            Type::Any
        } else if all(|value| matches!(value, Value::Int(_))) {
            Type::Integer(Width::I64)
        } else if all(|value| matches!(value, Value::Int(_) | Value::Float(_))) {
            Type::Number
        } else if all(|value| matches!(value, Value::Bool(_))) {
            Type::Boolean
        } else {
            self.unsupported(values.span, "an enum of several types is not supported", "it is read as any JSON value");
            Type::Any
        };
        TypeKind::Alias(if null { nullable(ty) } else { self.nullable(node, |_| ty) })
    }

    /// The words of an enum, each once.
    fn words(&mut self, values: &[&Node]) -> Vec<EnumValue> {
        let mut words: IndexMap<String, EnumValue> = IndexMap::new();
        for value in values.iter().filter_map(|value| enum_value(value)) {
            if words.contains_key(&value.wire) {
                let what = format!("`{}` is in this `enum` twice", value.wire);
                self.unsupported_as("enum-values", value.span, what, "it is taken once; remove one of the two");
            } else {
                words.insert(value.wire.clone(), value);
            }
        }
        words.into_values().collect()
    }

    /// An enum with `null` among its words, in a place that may name it.
    fn null_beside(&mut self, node: &'a Node, kind: TypeKind, hint: &Name) -> TypeKind {
        if says_nullable(node) {
            return kind;
        }
        TypeKind::Alias(nullable(self.types.inline(hint, node, kind)))
    }

    fn constant(value: &Node) -> TypeKind {
        match &value.value {
            Value::Str(_) => TypeKind::Enum(enum_value(value).into_iter().collect()),
            Value::Int(_) => TypeKind::Alias(Type::Integer(Width::I64)),
            Value::Float(_) => TypeKind::Alias(Type::Number),
            Value::Bool(_) => TypeKind::Alias(Type::Boolean),
            _ => TypeKind::Alias(Type::Any),
        }
    }

    /// Wraps what `make` returns where the schema allows `null`.
    pub(super) fn nullable(&mut self, node: &Node, make: impl FnOnce(&mut Self) -> Type) -> Type {
        let ty = make(self);
        if says_nullable(node) { nullable(ty) } else { ty }
    }
}

/// Wraps a type unless it takes `null` already.
pub(super) fn nullable(ty: Type) -> Type {
    match ty {
        Type::Any | Type::Nullable(_) => ty,
        ty => Type::Nullable(Box::new(ty)),
    }
}

/// The words of `type` without `null`; OpenAPI 3.1 allows several.
pub(super) fn type_words(node: &Node) -> Vec<&str> {
    let Some(ty) = node.get("type") else { return Vec::new() };
    let words: Vec<&str> = match ty.as_str() {
        Some(word) => vec![word],
        None => ty.items().iter().filter_map(Node::as_str).collect(),
    };
    words.into_iter().filter(|word| *word != "null").collect()
}

/// Whether a schema itself says that it takes `null`: by `nullable`, or in 3.1 by its type.
pub(super) fn says_nullable(node: &Node) -> bool {
    node.is_true("nullable")
        || node.get("type").is_some_and(|ty| {
            ty.as_str() == Some("null") || ty.items().iter().any(|word| word.as_str() == Some("null"))
        })
}

/// One word of an enum.
pub(super) fn enum_value(node: &Node) -> Option<EnumValue> {
    let wire = node.as_str()?.to_owned();
    Some(EnumValue { name: Name::new(&wire), wire, span: node.span })
}

fn limits(node: &Node) -> Limits {
    let number = |key: &str| match node.get(key).map(|node| &node.value) {
        #[expect(clippy::cast_precision_loss, reason = "a limit beyond 2^53 is no limit that a client can check")]
        Some(Value::Int(number)) => Some(*number as f64),
        Some(Value::Float(number)) => Some(*number),
        _ => None,
    };
    let count = |key: &str| match node.get(key).map(|node| &node.value) {
        Some(Value::Int(number)) => u64::try_from(*number).ok(),
        _ => None,
    };
    Limits {
        minimum: number("minimum"),
        maximum: number("maximum"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        pattern: node.str("pattern").map(str::to_owned),
    }
}
