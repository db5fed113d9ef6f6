//! `path-template`: a path begins with `/`, its braces are balanced, each `{name}` stands once, and it has no query.

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
fn fault(template: &str) -> Option<(&'static str, &'static str)> {
    if !template.starts_with('/') {
        return Some(("does not begin with `/`", "begin the path with `/`"));
    }
    if template.contains(['?', '#']) {
        return Some(("has a query or a fragment", "declare what follows `?` as parameters with `in: query`"));
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
