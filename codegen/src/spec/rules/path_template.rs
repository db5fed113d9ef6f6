//! `path-template`: a path begins with `/`, its braces are balanced, each `{name}` stands once, it has no query, and
//! what stands in it arrives as it is written (RFC 3986, sections 3.3 and 5.2.4).

use crate::diag::{Diagnostic, Report, Span};
use crate::spec::Spec;

const CODE: &str = "path-template";

/// A parameter of a template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'n> {
    /// Its name.
    pub name: &'n str,
    /// Where it stands, braces included.
    pub span: Span,
}

/// Returns the parameters of a template that stands at `key`, up to where it stops being one.
pub(super) fn slots<'n>(spec: &Spec, template: &'n str, key: Span) -> Vec<Slot<'n>> {
    let written = spec.source.text.get(key.start..key.end).unwrap_or("");
    let mut slots = Vec::new();
    let (mut rest, mut from) = (template, 0);
    while let Some((_, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        let braced = format!("{{{name}}}");
        let found = written.get(from..).and_then(|text| text.find(&braced)).map(|at| from + at);
        let span = found.map_or(key, |at| Span { start: key.start + at, end: key.start + at + braced.len() });
        from = found.map_or(from, |at| at + braced.len());
        slots.push(Slot { name, span });
        rest = after;
    }
    slots
}

pub(super) fn check(spec: &Spec, report: &mut Report) {
    for (template, entry) in spec.root.map("paths").filter(|(key, _)| !key.starts_with("x-")) {
        if let Some((what, help)) = fault(template) {
            report.push(Diagnostic::error(CODE, entry.key, format!("`{template}` {what}")).help(help));
        }
        let slots = slots(spec, template, entry.key);
        for (at, slot) in slots.iter().enumerate() {
            if let Some(first) = slots.iter().take(at).find(|first| first.name == slot.name) {
                report.push(
                    Diagnostic::error(CODE, slot.span, format!("`{{{}}}` is in this path twice", slot.name))
                        .label("again")
                        .related(first.span, "first here")
                        .help("rename one of them, and declare a parameter for each"),
                );
            }
        }
    }
}

/// What is wrong with a template, and what to do.
pub(super) fn fault(template: &str) -> Option<(&'static str, &'static str)> {
    if !template.starts_with('/') {
        return Some(("does not begin with `/`", "begin the path with `/`"));
    }
    if template.contains(['?', '#']) {
        return Some(("has a query or a fragment", "declare what follows `?` as parameters with `in: query`"));
    }
    if let Some(fault) = segments(template) {
        return Some(fault);
    }
    let mut open = false;
    let mut name = 0;
    for c in template.chars() {
        match c {
            '{' if open => return Some(("has a `{` within braces", "close each `{` with a `}`")),
            '}' if !open => return Some(("has a `}` without a `{`", "open each `}` with a `{`")),
            '}' if name == 0 => return Some(("has braces without a name", "write the parameter's name in the braces")),
            '{' | '}' => (open, name) = (c == '{', 0),
            _ => name += 1,
        }
    }
    open.then_some(("has a `{` without a `}`", "close each `{` with a `}`"))
}

/// What would make a request reach another resource than the one that is written.
fn segments(template: &str) -> Option<(&'static str, &'static str)> {
    let mut inner = template.split('/').skip(1).peekable();
    while let Some(segment) = inner.next() {
        if segment.is_empty() && inner.peek().is_some() {
            return Some(("has an empty segment", "remove one of the two `/`"));
        }
        if matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..") {
            return Some(("has a segment that is not sent: `.` or `..`", "write the path that is meant"));
        }
    }
    let mut rest = template;
    loop {
        let (text, behind) = rest.split_once('{').unwrap_or((rest, ""));
        if let Some(fault) = literal(text) {
            return Some(fault);
        }
        match behind.split_once('}') {
            Some((_, after)) => rest = after,
            None => return None,
        }
    }
}

/// A segment's characters are `pchar` (RFC 3986, section 3.3).
fn literal(text: &str) -> Option<(&'static str, &'static str)> {
    let mut from = text;
    while let Some((_, behind)) = from.split_once('%') {
        if !behind.get(..2).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Some(("has a `%` without two hexadecimal digits", "write `%25` for a percent sign"));
        }
        from = behind;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/}".contains(c);
    (!text.chars().all(plain))
        .then_some(("has a character that a path can't have", "write it percent-encoded, such as `%20` for a space"))
}
