//! Says types and values in words.

use crate::model::{Api, Content, Encoding, Idempotency, Json, ListStyle, Place, Type, TypeKind, Width};

/// A type, as a reader of the document would call it.
pub(super) fn ty(api: &Api, ty: &Type) -> String {
    match ty {
        Type::String => "string".to_owned(),
        Type::DateTime => "date-time".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Integer(Width::I32) => "integer of 32 bits".to_owned(),
        Type::Integer(Width::I64) => "integer".to_owned(),
        Type::Integer(Width::U64) => "unsigned integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Any => "any JSON".to_owned(),
        Type::List(inner) => format!("list of {}", self::ty(api, inner)),
        Type::Map(inner) => format!("map of {}", self::ty(api, inner)),
        Type::Nullable(inner) => format!("{} or null", self::ty(api, inner)),
        Type::Named(index) => match api.types.get(*index) {
            Some(def) => format!("`{}`", def.name.pascal()),
            None => "unknown".to_owned(),
        },
    }
}

/// What sort of thing a named type is.
pub(super) fn kind(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Struct(_) => "an object",
        TypeKind::Enum(_) => "an enum",
        TypeKind::Union(_) => "a union",
        TypeKind::Alias(_) => "another type's name",
    }
}

pub(super) fn content(api: &Api, content: &Content) -> String {
    match content {
        Content::Empty => "nothing".to_owned(),
        Content::Json(inner) => ty(api, inner),
        Content::Text => "text".to_owned(),
        Content::Bytes => "bytes".to_owned(),
    }
}

pub(super) fn encoding(encoding: &Encoding) -> String {
    match encoding {
        Encoding::Json => "JSON".to_owned(),
        Encoding::Form => "a form".to_owned(),
        Encoding::Text(media) => format!("text (`{media}`)"),
        Encoding::Bytes => "bytes".to_owned(),
    }
}

pub(super) fn place(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "headers",
    }
}

pub(super) fn list_style(style: ListStyle) -> &'static str {
    match style {
        ListStyle::Repeat => "as a repeated parameter",
        ListStyle::Joined => "with commas between",
    }
}

pub(super) fn idempotency(idempotency: Option<Idempotency>) -> &'static str {
    match idempotency {
        Some(Idempotency::Safe) => "safe",
        Some(Idempotency::Idempotent) => "idempotent",
        Some(Idempotency::Keyed) => "idempotent by key",
        None => "not idempotent",
    }
}

/// A JSON value on one line, or `nothing`.
pub(super) fn default(value: Option<&Json>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| format!("`{}`", json(value)))
}

fn json(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Int(value) => value.to_string(),
        Json::Float(value) => value.to_string(),
        Json::String(value) => format!("{value:?}"),
        Json::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key:?}: {}", json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Several names: `a, b and c`, or the first few and how many more.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 4;
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] if names.len() <= MOST => format!("{} and {last}", rest.join(", ")),
        _ => {
            let shown = names.iter().take(MOST - 1).cloned().collect::<Vec<_>>();
            format!("{} and {} more", shown.join(", "), names.len() - shown.len())
        }
    }
}
