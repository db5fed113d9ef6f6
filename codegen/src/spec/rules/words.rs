//! Comparing words: what was meant, and what is the same in another casing.
//!
//! Not a rule.

use std::collections::HashMap;

use heck::{ToPascalCase, ToSnakeCase};

use crate::diag::Span;
use crate::spec::Spec;
use crate::spec::node::Node;

/// Returns the candidate that `word` was meant to be, if one is near enough to say so.
pub(super) fn near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let most = (word.chars().count() / 3).clamp(1, 4);
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word && candidate.len().abs_diff(word.len()) <= most + 2)
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = strsim::damerau_levenshtein(&folded, &lower);
            (distance <= most || squeezed(&folded) == squeezed(&lower)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `code-samples` and `codeSamples` are one word to those who type them.
fn squeezed(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Finds names that would become one name in generated code.
#[derive(Default)]
pub(super) struct Casing {
    seen: HashMap<String, (String, Span)>,
}

impl Casing {
    /// Takes a name; returns an earlier one, with its place, that becomes the same name.
    pub(super) fn add(&mut self, name: &str, at: Span) -> Option<(String, Span)> {
        let forms = [format!("s {}", snake(name)), format!("p {}", pascal(name))];
        let earlier = forms.iter().find_map(|form: &String| self.seen.get(form)).cloned();
        for form in forms {
            self.seen.entry(form).or_insert_with(|| (name.to_owned(), at));
        }
        earlier
    }
}

/// Dotted parts are cased each on its own. What has no letter or digit stays as it is.
fn parts(name: &str, case: impl Fn(&str) -> String) -> String {
    let cased = name.split('.').map(|part| {
        let cased = case(part);
        if cased.is_empty() || part.starts_with(['+', '-']) { part.to_owned() } else { cased }
    });
    cased.collect::<Vec<_>>().join(".")
}

fn snake(name: &str) -> String {
    parts(name, ToSnakeCase::to_snake_case)
}

fn pascal(name: &str) -> String {
    parts(name, ToPascalCase::to_pascal_case)
}

/// Returns a scalar as the document writes it, shortened; anything else by its kind.
pub(super) fn shown(spec: &Spec, node: &Node) -> String {
    if node.as_map().is_some() || !node.items().is_empty() {
        return node.kind().to_owned();
    }
    let text = spec.source.text.get(node.span.start..node.span.end).unwrap_or("").trim();
    match text.lines().next() {
        None | Some("") => node.kind().to_owned(),
        Some(line) if line.chars().count() > 40 => format!("`{}…`", line.chars().take(40).collect::<String>()),
        Some(line) => format!("`{line}`"),
    }
}

/// Returns words as a list to choose from: `a`, `b` or `c`.
pub(super) fn choice(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", most.join(", "))
        }
    }
}
