//! Doc comments: the document's words as rustdoc reads them.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use crate::model::{Field, Json, Limits, Type};

/// Longer lines than this are wrapped.
const WIDTH: usize = 100;

/// Returns `///` lines for a text; an empty text gives none.
pub(in crate::emit) fn doc(text: &str) -> TokenStream {
    let lines = lines(text).into_iter().map(|line| if line.is_empty() { line } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// Returns the lines that rustdoc shows for a text.
pub(in crate::emit) fn lines(text: &str) -> Vec<String> {
    rustdoc(text)
}

/// Returns a text of paragraphs; empty ones are dropped.
pub(in crate::emit) fn paragraphs<S: AsRef<str>>(parts: impl IntoIterator<Item = S>) -> String {
    let parts: Vec<String> =
        parts.into_iter().map(|part| part.as_ref().trim().to_owned()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

/// Returns a field's meaning, or `what` it is where the document doesn't say; its limits; and its default, which is ours if
/// it is `sent` and the server's otherwise.
pub(in crate::emit) fn field(field: &Field, what: &str, sent: bool) -> String {
    let own = sentence(&field.description);
    let own = if own.is_empty() { format!("{what}.") } else { own };
    let mut facts = limits(&field.limits);
    if let Some(default) = &field.default {
        let whose = if sent { "Default:" } else { "The server's default is" };
        let value = Some(plain(default)).filter(|text| !text.is_empty());
        facts.push(format!("{whose} `{}`.", value.as_deref().unwrap_or("\"\"")));
    }
    paragraphs([own, facts.join(" ")])
}

/// Returns what a type is, in words.
pub(in crate::emit) fn what(cx: &Context<'_>, ty: &Type) -> String {
    let words = match cx.resolve(ty) {
        Type::String => "A string",
        Type::DateTime => "A moment (RFC 3339)",
        Type::Date => "A day (RFC 3339)",
        Type::Integer(_) => "A whole number",
        Type::Number => "A number",
        Type::Boolean => "True or false",
        Type::Any => "Any JSON value",
        Type::List(_) => "A list",
        Type::Map(_) => "A map",
        Type::Nullable(inner) => return format!("{}, or `null`", what(cx, inner)),
        Type::Named(index) => {
            let name = cx.ident(*index).to_string();
            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "An" } else { "A" };
            return format!("{article} `{name}`");
        }
    };
    words.to_owned()
}

fn limits(limits: &Limits) -> Vec<String> {
    let between = |what: &str, unit: &str, least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{what}: {least} to {most}{unit}.")),
        (Some(least), None) if least == "1" => Some(format!("{what}: at least 1{}.", unit.trim_end_matches('s'))),
        (Some(least), None) => Some(format!("{what}: at least {least}{unit}.")),
        (None, Some(most)) => Some(format!("{what}: at most {most}{unit}.")),
        (None, None) => None,
    };
    let text = |number: Option<f64>| number.map(|number| number.to_string());
    let count = |number: Option<u64>| number.filter(|number| *number > 0).map(|number| number.to_string());
    [
        between("Range", "", text(limits.minimum), text(limits.maximum)),
        between("Length", " characters", count(limits.min_length), limits.max_length.map(|n| n.to_string())),
        between("Length", " elements", count(limits.min_items), limits.max_items.map(|n| n.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns a text with a full stop behind its last word.
pub(in crate::emit) fn sentence(text: &str) -> String {
    let text = text.trim();
    let last = text.lines().last().unwrap_or_default().trim_start();
    let open = text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '`' | ')' | '"' | '\''));
    if open && !last.starts_with(['-', '*', '|', '#', '>']) && !last.starts_with("```") {
        format!("{text}.")
    } else {
        text.to_owned()
    }
}

/// Returns a JSON value as people write it.
pub(in crate::emit) fn plain(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(flag) => flag.to_string(),
        Json::Int(number) => number.to_string(),
        Json::Float(number) => number.to_string(),
        Json::String(text) => text.clone(),
        Json::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {}", plain(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// Turns `CommonMark` into lines that rustdoc shows as meant: code is never a doc test, brackets are no links to
/// items, tags are text, addresses are links.
fn rustdoc(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence = Fence::default();
    for line in joined(text).iter().map(|line| line.trim_end()) {
        let bare = line.trim_start();
        match fence.next(bare) {
            Part::Opening(marks) => lines.push(format!("{marks}text")),
            Part::Closing => lines.push(bare.to_owned()),
            Part::Inside => lines.push(line.to_owned()),
            Part::Outside => {
                let indent = line.len() - bare.len();
                let kept = if indent >= 4 { 2 } else { indent };
                wrap(&format!("{}{}", " ".repeat(kept), escape(bare)), &mut lines);
            }
        }
    }
    lines.extend(fence.marks);
    lines
}

/// The block of code that the lines of a text are in, by the marks that opened it.
#[derive(Default)]
struct Fence {
    marks: Option<String>,
}

/// What a line is to blocks of code.
enum Part {
    Opening(String),
    Inside,
    Closing,
    Outside,
}

impl Fence {
    /// Takes the next line, without its indent.
    fn next(&mut self, line: &str) -> Part {
        let sign = if line.starts_with('~') { '~' } else { '`' };
        let info = line.trim_start_matches(sign);
        let marks = line.get(..line.len() - info.len()).unwrap_or_default();
        match &self.marks {
            Some(open) if marks.starts_with(open.as_str()) && info.is_empty() => {
                self.marks = None;
                Part::Closing
            }
            Some(_) => Part::Inside,
            None if marks.len() >= 3 && !info.contains('`') => {
                self.marks = Some(marks.to_owned());
                Part::Opening(marks.to_owned())
            }
            None => Part::Outside,
        }
    }
}

/// Joins the lines of each paragraph, so that they can be wrapped anew; lists, tables, headings and code keep theirs.
fn joined(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut fence = Fence::default();
    let mut after_code = false;
    for line in text.lines() {
        let bare = line.trim_start();
        let code = !matches!(fence.next(bare.trim_end()), Part::Outside);
        let own = code || bare.is_empty() || begins_block(bare) || line.len() - bare.len() >= 4;
        match out.last_mut() {
            Some(last) if !own && !after_code && !last.is_empty() && !begins_alone(last.trim_start()) => {
                last.truncate(last.trim_end().len());
                last.push(' ');
                last.push_str(bare);
            }
            _ => out.push(line.to_owned()),
        }
        after_code = code;
    }
    out
}

/// Whether a line begins a list's item, a table's row, a heading or a quote.
fn begins_block(line: &str) -> bool {
    let numbered = line.split_once(['.', ')']).is_some_and(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
    });
    numbered || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ") || begins_alone(line)
}

/// Whether nothing may be joined to a line.
fn begins_alone(line: &str) -> bool {
    line.starts_with(['|', '#', '>']) || line.starts_with("---") || line.starts_with("===")
}

/// Escapes what rustdoc would read as a tag or as a link to an item, outside code, and makes addresses links.
fn escape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (piece, after) = match verbatim(rest).and_then(|length| rest.split_at_checked(length)) {
            Some((piece, after)) => (piece.to_owned(), after),
            None => match (c, address(rest).filter(|_| !out.ends_with(char::is_alphanumeric))) {
                (_, Some((address, after))) => (format!("<{address}>"), after),
                ('<' | '[', None) => (format!("\\{c}"), rest.get(1..).unwrap_or_default()),
                (c, None) => (c.to_string(), rest.get(c.len_utf8()..).unwrap_or_default()),
            },
        };
        out.push_str(&piece);
        rest = after;
    }
    out
}

/// How much of a text stands as it is: an escaped sign, code, a link, or an address between angle brackets.
fn verbatim(text: &str) -> Option<usize> {
    match text.as_bytes().first()? {
        b'`' => {
            let ticks = text.len() - text.trim_start_matches('`').len();
            let (fence, after) = text.split_at_checked(ticks)?;
            Some(ticks + after.find(fence)? + ticks)
        }
        b'\\' => text.as_bytes().get(1).filter(|sign| sign.is_ascii_punctuation()).map(|_| 2),
        b'[' => {
            let label = text.find(']')?;
            let end = text.get(label + 1..)?.strip_prefix('(')?.find(')')?;
            Some(label + end + 3)
        }
        b'<' => {
            let end = text.find('>')?;
            let inner = text.get(1..end)?;
            let plain = !inner.contains(char::is_whitespace);
            (plain && (inner.starts_with("https://") || inner.starts_with("http://"))).then_some(end + 1)
        }
        _ => None,
    }
}

/// The address that a text begins with, and what follows it.
fn address(text: &str) -> Option<(&str, &str)> {
    if !(text.starts_with("https://") || text.starts_with("http://")) {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || "<>`\"\\|".contains(c)).unwrap_or(text.len());
    let mut address = text.get(..end)?;
    loop {
        let open = |pair: [char; 2]| address.ends_with(pair[1]) && !address.contains(pair[0]);
        if !(address.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*']) || open(['(', ')']) || open(['[', ']'])) {
            break;
        }
        address = address.get(..address.len() - 1)?;
    }
    (address.len() > "https://".len()).then_some((address, text.get(address.len()..)?))
}

/// Breaks a line of prose between words; what follows a list's mark is indented below it.
fn wrap(line: &str, lines: &mut Vec<String>) {
    if line.chars().count() <= WIDTH || line.trim_start().starts_with(['|', '#']) {
        lines.push(line.to_owned());
        return;
    }
    let indent = line.len() - line.trim_start().len();
    let hang = if line.trim_start().starts_with(['-', '*']) { indent + 2 } else { indent };
    let mut current = " ".repeat(indent);
    let mut empty = true;
    for word in line.split_whitespace() {
        if !empty && current.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut current, " ".repeat(hang)));
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    lines.push(current);
}
