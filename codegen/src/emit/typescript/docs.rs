//! Doc comments: the document's words as `TSDoc` reads them.

use super::literal;
use crate::emit::printer::{Doc, all, join, paragraph, prefixed, print};
use crate::model::{Field, Json, Limits};

/// Returns a comment of paragraphs: on one line if there is one paragraph and it fits, behind `depth` columns.
pub(super) fn comment(parts: &[String], depth: usize) -> Doc {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let Some(first) = parts.first() else { return Doc::All(Vec::new()) };
    let line = format!("/** {} */", one_line(first));
    if parts.len() == 1 && depth + line.chars().count() <= super::WIDTH && is_plain(first) {
        return all![line, Doc::Hard];
    }
    let blank = all![Doc::Hard, Doc::Hard];
    let lines = join(parts.iter().flat_map(|part| blocks(part)), &blank);
    all!["/**", prefixed(" * ", all![Doc::Hard, lines]), Doc::Hard, " */", Doc::Hard]
}

/// Returns the paragraphs of a text. Lists, code and the like stay as they are.
fn blocks(text: &str) -> Vec<Doc> {
    let text = safe(text);
    let mut blocks = Vec::new();
    let mut code = false;
    for block in text.split("\n\n") {
        let fences = block.lines().filter(|line| line.trim_start().starts_with("```")).count();
        let kept = code || fences > 0 || !is_plain(block);
        code ^= fences % 2 == 1;
        if kept {
            let lines = block.lines().map(|line| Doc::Text(line.trim_end().to_owned()));
            blocks.push(join(lines, &Doc::Hard));
        } else if !block.trim().is_empty() {
            blocks.push(paragraph(block));
        }
    }
    blocks
}

/// Whether line breaks in a paragraph mean nothing.
fn is_plain(block: &str) -> bool {
    let special = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['-', '*', '+', '#', '>', '|', '@', '=']) || line.starts_with(|c: char| c.is_ascii_digit())
    };
    !block.trim().lines().any(|line| special(line) || line.starts_with("    ") || line.ends_with("  "))
}

/// Returns a text on one line.
pub(super) fn one_line(text: &str) -> String {
    safe(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A comment ends where a text says `*/`.
fn safe(text: &str) -> String {
    text.replace("*/", "*\\/").replace('\r', "").replace(['\u{2028}', '\u{2029}'], " ")
}

/// Returns a field's meaning, its limits, and its default, which is ours if it is `sent`.
pub(super) fn field(field: &Field, sent: bool) -> Vec<String> {
    let mut facts = limits(&field.limits);
    let mut tags = Vec::new();
    if let Some(default) = field.default.as_ref().filter(|default| **default != Json::Null) {
        let value = print(&literal::json(default), usize::MAX);
        let value = value.trim_end();
        if sent {
            tags.push(format!("@defaultValue `{value}`"));
        } else {
            facts.push(format!("The server's default is `{value}`."));
        }
    }
    if field.deprecated {
        tags.push("@deprecated".to_owned());
    }
    [sentence(&field.description), facts.join(" ")].into_iter().chain(tags).collect()
}

/// Returns a text that ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.is_empty() || text.ends_with(['.', '!', '?', ':', '`', '|', '…']);
    if ends { text.to_owned() } else { format!("{text}.") }
}

fn limits(limits: &Limits) -> Vec<String> {
    let between = |what: &str, unit: &str, least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{what}: {least} to {most}{unit}.")),
        (Some(least), None) => Some(format!("{what}: at least {least}{unit}.")),
        (None, Some(most)) => Some(format!("{what}: at most {most}{unit}.")),
        (None, None) => None,
    };
    let text = |number: Option<f64>| number.map(|number| number.to_string());
    let count = |number: Option<u64>| number.map(|number| number.to_string());
    [
        between("Range", "", text(limits.minimum), text(limits.maximum)),
        between("Length", " characters", count(limits.min_length), count(limits.max_length)),
        between("Length", " items", count(limits.min_items), count(limits.max_items)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
