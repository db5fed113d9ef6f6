//! Docstrings: the document's words, wrapped.

use crate::emit::printer::{Doc, all, group, if_broken, indent, join, paragraph};
use crate::model::{Field, Json, Type};

use super::context::Context;
use super::lines;

/// Returns a docstring for one place: on one line if it is that short.
pub(super) fn docstring(text: &str) -> Doc {
    blocks(text, Vec::new())
}

/// Returns a docstring with sections behind its text, such as `Args:`.
pub(super) fn blocks(text: &str, sections: Vec<Doc>) -> Doc {
    let safe = text.replace("\"\"\"", "'''");
    let is_raw = safe.contains('\\') || sections.iter().any(has_backslash);
    let open = if is_raw { "r\"\"\"" } else { "\"\"\"" };
    let mut parts = body(&safe);
    let is_short = parts.len() == 1 && sections.is_empty() && !safe.trim().contains('\n');
    parts.extend(sections);
    if parts.is_empty() {
        return Doc::from("\"\"\"\"\"\"");
    }
    if is_short {
        // Four quotes in a row would end it too early.
        let close = if safe.trim().ends_with('"') { " \"\"\"" } else { "\"\"\"" };
        let close = Doc::Either("\"\"\"".to_owned(), close.to_owned());
        // ruff joins the quotes to a single line, however long: so a line that has no room for them is broken.
        let room = if_broken("   ");
        return group(all![open, Doc::All(parts), room, Doc::Soft, close]);
    }
    let blank = all![Doc::Hard, Doc::Hard];
    all![open, join(parts, &blank), Doc::Hard, "\"\"\""]
}

fn has_backslash(doc: &Doc) -> bool {
    match doc {
        Doc::Text(text) => text.contains('\\'),
        Doc::All(parts) | Doc::Fill(parts) => parts.iter().any(has_backslash),
        Doc::Group(doc) | Doc::Indent(_, doc) => has_backslash(doc),
        Doc::Either(one, other) => one.contains('\\') || other.contains('\\'),
        Doc::Line | Doc::Soft | Doc::Hard => false,
    }
}

/// Returns a section with a line or more for each name.
pub(super) fn section(title: &str, entries: Vec<(String, String)>) -> Option<Doc> {
    if entries.is_empty() {
        return None;
    }
    let entry = |(name, text): (String, String)| {
        let words = if text.is_empty() { format!("{name}:") } else { format!("{name}: {}", one_line(&text)) };
        all![paragraph_in(&words)]
    };
    Some(all![title, indent([Doc::Hard, lines(entries.into_iter().map(entry))])])
}

/// Returns a section with a sample.
pub(super) fn example(source: &str) -> Doc {
    let source = source.trim_end().replace("\"\"\"", "'''");
    all!["Example:", indent([Doc::Hard, lines(source.lines().map(|line| Doc::from(line.to_owned())))])]
}

/// Returns a field's meaning and its default, where the signature doesn't show that.
pub(super) fn field(field: &Field, shows_default: bool) -> String {
    let mut text = sentence(&field.description);
    if let Some(default) = field.default.as_ref().filter(|_| !shows_default) {
        let spoken = match default {
            Json::String(text) => text.clone(),
            other => json(other),
        };
        text = format!("{text} The server's default is `{spoken}`.");
    }
    if field.deprecated {
        text = format!("{text} Deprecated.");
    }
    text.trim().to_owned()
}

/// Returns a text as a sentence: with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.is_empty() || text.ends_with(['.', '!', '?', ':', ')', '`']) || text.contains('\n');
    if ends { text.to_owned() } else { format!("{text}.") }
}

/// Returns what a type is, in words.
pub(super) fn what(cx: &Context<'_>, ty: &Type) -> String {
    let words = match ty {
        Type::String => "A text.",
        Type::DateTime => "A moment (RFC 3339).",
        Type::Date => "A day (RFC 3339).",
        Type::Integer(_) => "A whole number.",
        Type::Number => "A number.",
        Type::Boolean => "True or false.",
        Type::Any => "Any JSON value.",
        Type::List(_) => "A list.",
        Type::Map(_) => "A dict.",
        Type::Nullable(inner) => return what(cx, inner),
        Type::Named(index) => return format!("See `{}`.", cx.type_name(*index)),
    };
    words.to_owned()
}

/// Returns a text's words on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("\"\"\"", "'''")
}

/// Returns a paragraph whose further lines stand further in, and whose first line is no longer for it.
fn paragraph_in(text: &str) -> Doc {
    indent(paragraph(text))
}

fn body(text: &str) -> Vec<Doc> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut fenced = false;
    for block in text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.trim().is_empty()) {
        let starts = block.trim_start().starts_with(['-', '*', '|', '#', '>', '`', '+']) || block.starts_with("    ");
        let numbered = block.trim_start().starts_with(|c: char| c.is_ascii_digit());
        let verbatim = fenced || (starts && !block.starts_with('`')) || block.contains("```") || numbered;
        fenced ^= block.matches("```").count() % 2 == 1;
        parts.push(if verbatim {
            lines(block.lines().map(|line| Doc::from(line.trim_end().replace('\t', "    "))))
        } else {
            paragraph(block)
        });
    }
    parts
}

fn json(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(flag) => flag.to_string(),
        Json::Int(number) => number.to_string(),
        Json::Float(number) => number.to_string(),
        Json::String(text) => format!("\"{text}\""),
        Json::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let field = |(name, value): &(String, Json)| format!("\"{name}\": {}", json(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}
