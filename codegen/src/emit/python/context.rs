//! The model with Python's names: which types are written, and what everything is called.

use std::collections::BTreeSet;

use crate::model::{Api, Argument, Content, Field, Json, Name, Operation, Type, TypeDef, TypeKind};

/// Words that can't be names (keywords of Python 3, and `self`).
const KEYWORDS: [&str; 36] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "self", "try", "while", "with", "yield",
];

/// What the module of types uses for other things.
const TYPE_WORDS: [&str; 6] = ["Any", "Literal", "NotRequired", "TypeAlias", "TypedDict", "Infrai"];

/// Names in use in one place. Only a scope makes a name.
pub(super) struct Scope(BTreeSet<String>);

impl Scope {
    pub(super) fn new(reserved: &[&str]) -> Self {
        Self(reserved.iter().chain(&KEYWORDS).map(|word| (*word).to_owned()).collect())
    }

    /// Returns `wanted`, or something close to it that isn't taken.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        let mut name: String = wanted.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            name.push_str("value");
        }
        if name.starts_with(|c: char| c.is_numeric()) {
            name.insert(0, '_');
        }
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = [name.clone(), format!("{name}_")].into_iter().chain(numbered).find(|name| !self.0.contains(name));
        let free = free.unwrap_or(name);
        self.0.insert(free.clone());
        free
    }
}

pub(super) struct Context<'a> {
    pub(super) api: &'a Api,
    /// By index into the API's types.
    type_names: Vec<String>,
    shape_names: Vec<String>,
    /// By index into the API's operations.
    operation_names: Vec<String>,
    in_signatures: BTreeSet<usize>,
    in_answers: BTreeSet<usize>,
}

impl<'a> Context<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let (mut types, mut shapes, mut operations) = (Scope::new(&TYPE_WORDS), Scope::new(SHAPES), Scope::new(&[]));
        let mut cx = Self {
            api,
            type_names: api.types.iter().map(|def| types.name(&def.name.pascal())).collect(),
            shape_names: api.types.iter().map(|def| shapes.name(&def.name.snake().to_uppercase())).collect(),
            operation_names: api
                .operations
                .iter()
                .map(|operation| operations.name(&Name::concat(&operation.path).snake().to_uppercase()))
                .collect(),
            in_signatures: BTreeSet::new(),
            in_answers: BTreeSet::new(),
        };
        for operation in &api.operations {
            for (_, _, ty) in cx.arguments(operation) {
                cx.in_signatures = reach(api, ty, std::mem::take(&mut cx.in_signatures));
            }
            if let Content::Json(ty) = &operation.success.content {
                cx.in_answers = reach(api, ty, std::mem::take(&mut cx.in_answers));
            }
        }
        cx
    }

    /// Returns what a caller passes: the argument, its field if it is one, and its type.
    pub(super) fn arguments(&self, operation: &'a Operation) -> Vec<(Argument, Option<&'a Field>, &'a Type)> {
        let fields = operation.body.as_ref().map(|body| self.fields(&body.ty)).unwrap_or_default();
        let found = operation.arguments.iter().filter_map(|argument| match argument {
            Argument::Param(index) => {
                let param = operation.params.get(*index)?;
                Some((*argument, Some(&param.field), &param.field.ty))
            }
            Argument::Field(index) => fields.get(*index).map(|field| (*argument, Some(field), &field.ty)),
            Argument::Body => operation.body.as_ref().map(|body| (*argument, None, &body.ty)),
        });
        found.collect()
    }

    fn fields(&self, ty: &Type) -> &'a [Field] {
        match ty {
            Type::Named(index) => match self.api.types.get(*index).map(|def| &def.kind) {
                Some(TypeKind::Struct(one)) => &one.fields,
                Some(TypeKind::Alias(ty)) => self.fields(ty),
                _ => &[],
            },
            _ => &[],
        }
    }

    pub(super) fn type_name(&self, index: usize) -> &str {
        self.type_names.get(index).map_or("", String::as_str)
    }

    pub(super) fn shape_name(&self, index: usize) -> &str {
        self.shape_names.get(index).map_or("", String::as_str)
    }

    pub(super) fn operation_name(&self, index: usize) -> &str {
        self.operation_names.get(index).map_or("", String::as_str)
    }

    /// The types that are written, in document order.
    pub(super) fn types(&self) -> impl Iterator<Item = (usize, &'a TypeDef)> {
        let written = |index: &usize| self.in_signatures.contains(index) || self.in_answers.contains(index);
        self.api.types.iter().enumerate().filter(move |(index, _)| written(index))
    }

    /// The types that answers have.
    pub(super) fn answers(&self) -> impl Iterator<Item = usize> {
        self.in_answers.iter().copied()
    }

    pub(super) fn def(&self, index: usize) -> Option<&'a TypeDef> {
        self.api.types.get(index)
    }

    /// Whether a default can stand in a signature: descriptions have some that are of another type.
    pub(super) fn is_of(&self, value: &Json, ty: &Type) -> bool {
        match (value, ty) {
            (_, Type::Any) => *value != Json::Null,
            (_, Type::Nullable(inner)) => self.is_of(value, inner),
            (Json::String(_), Type::String | Type::DateTime | Type::Date)
            | (Json::Int(_), Type::Integer(_) | Type::Number)
            | (Json::Float(_), Type::Number)
            | (Json::Bool(_), Type::Boolean) => true,
            (_, Type::Named(index)) => match self.def(*index).map(|def| &def.kind) {
                Some(TypeKind::Enum(_)) => matches!(value, Json::String(_)),
                Some(TypeKind::Alias(ty)) => self.is_of(value, ty),
                Some(TypeKind::Union(union)) => union.variants.iter().any(|variant| self.is_of(value, &variant.ty)),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether `null` is a value of a type.
    pub(super) fn is_nullable(&self, ty: &Type) -> bool {
        match ty {
            Type::Nullable(_) | Type::Any => true,
            Type::Named(index) => match self.def(*index).map(|def| &def.kind) {
                Some(TypeKind::Alias(ty)) => self.is_nullable(ty),
                Some(TypeKind::Union(union)) => union.variants.iter().any(|variant| self.is_nullable(&variant.ty)),
                _ => false,
            },
            _ => false,
        }
    }
}

/// What the module of shapes uses for other things.
const SHAPES: &[&str] = &["ANY", "BOOLEAN", "INTEGER", "NUMBER", "STRING"];

/// Adds the named types that a type is made of.
fn reach(api: &Api, ty: &Type, mut found: BTreeSet<usize>) -> BTreeSet<usize> {
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        match ty {
            Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => open.push(inner),
            Type::Named(index) if found.insert(*index) => match api.types.get(*index).map(|def| &def.kind) {
                Some(TypeKind::Struct(one)) => {
                    open.extend(one.fields.iter().map(|field| &field.ty));
                    open.push(&one.extra);
                }
                Some(TypeKind::Union(union)) => open.extend(union.variants.iter().map(|variant| &variant.ty)),
                Some(TypeKind::Alias(ty)) => open.push(ty),
                Some(TypeKind::Enum(_)) | None => {}
            },
            _ => {}
        }
    }
    found
}
