//! Values as they are written in TypeScript, and objects and their keys.

use super::STEP;
use crate::emit::printer::{Doc, all, join, list, prefixed};
use crate::model::Json;

/// Returns a text in quotes, of the kind that need fewer escapes.
pub(super) fn text(text: &str) -> String {
    let quote = if text.matches('"').count() > text.matches('\'').count() { '\'' } else { '"' };
    let mut quoted = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c == quote => quoted.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}') => {
                quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

/// Returns a key of an object, in quotes if it must be.
pub(super) fn key(name: &str) -> String {
    let mut letters = name.chars();
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    let is_plain = letters.next().is_some_and(begins) && letters.all(|c| begins(c) || c.is_ascii_digit());
    match name {
        // In an object, this would set its prototype.
        "__proto__" => format!("[{}]", text(name)),
        _ if is_plain => name.to_owned(),
        _ => text(name),
    }
}

/// Returns an object on one line if it fits.
pub(super) fn object(fields: Vec<(String, Doc)>) -> Doc {
    list("{", fields.into_iter().map(|(name, value)| field(&name, value)), "}", &Doc::Line, STEP)
}

/// Returns an object with a field a line.
pub(super) fn tall(fields: Vec<(String, Doc)>) -> Doc {
    if fields.is_empty() {
        return "{}".into();
    }
    let fields = fields.into_iter().map(|(name, value)| all![field(&name, value), ","]);
    all!["{", prefixed(STEP, all![Doc::Hard, join(fields, &Doc::Hard)]), Doc::Hard, "}"]
}

fn field(name: &str, value: Doc) -> Doc {
    all![key(name), ": ", value]
}

/// Returns a list on one line if it fits.
pub(super) fn array(items: impl IntoIterator<Item = Doc>) -> Doc {
    list("[", items, "]", &Doc::Soft, STEP)
}

/// Returns a value of the document.
pub(super) fn json(value: &Json) -> Doc {
    match value {
        Json::Null => "null".into(),
        Json::Bool(flag) => flag.to_string().into(),
        Json::Int(number) => number.to_string().into(),
        Json::Float(number) => number.to_string().into(),
        Json::String(own) => Doc::Text(text(own)),
        Json::List(items) => array(items.iter().map(json)),
        Json::Object(fields) => object(fields.iter().map(|(name, value)| (name.clone(), json(value))).collect()),
    }
}
