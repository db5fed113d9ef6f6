//! Python's literals.

use crate::emit::printer::{Doc, all};
use crate::model::Json;

use super::list;

/// Returns a text in quotes, as ruff would choose them.
pub(super) fn text(text: &str) -> String {
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    let mut literal = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c == quote => literal.extend(['\\', c]),
            c if c.is_control() && u32::from(c) < 0x100 => literal.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

/// Returns a number as short as it can be said.
pub(super) fn number(number: f64) -> String {
    number.to_string()
}

/// Returns a value of JSON.
pub(super) fn json(value: &Json) -> Doc {
    match value {
        Json::Null => "None".into(),
        Json::Bool(true) => "True".into(),
        Json::Bool(false) => "False".into(),
        Json::Int(number) => number.to_string().into(),
        Json::Float(float) => format!("{float:?}").into(),
        Json::String(string) => text(string).into(),
        Json::List(items) => list("[", items.iter().map(json), "]"),
        Json::Object(fields) => {
            let field = |(name, value): &(String, Json)| all![format!("{}: ", text(name)), json(value)];
            list("{", fields.iter().map(field), "}")
        }
    }
}

/// Whether a value is the same each time that it is evaluated.
pub(super) fn is_plain(value: &Json) -> bool {
    !matches!(value, Json::List(_) | Json::Object(_))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_are_quoted_as_ruff_does() {
        assert_eq!(text("a"), "\"a\"");
        assert_eq!(text("a\"b"), "'a\"b'");
        assert_eq!(text("a\"'b\\\n\u{7}é"), "\"a\\\"'b\\\\\\n\\x07é\"");
    }
}
