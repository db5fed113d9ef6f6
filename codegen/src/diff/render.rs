//! Prints changes for people: by operation, each with its place and the line that stands there.

use std::fmt::Write as _;

use crate::diag::{Source, Span};

use super::{Change, Level, Side, words};

/// A longer line is cut.
const LONGEST_LINE: usize = 100;

/// Returns the list as text, with a last line that counts.
pub fn render(changes: &[Change], old: &Source, new: &Source) -> String {
    let mut text = String::new();
    for group in changes.chunk_by(|a, b| (&a.operation, a.reach.is_empty()) == (&b.operation, b.reach.is_empty())) {
        if let Some(first) = group.first() {
            let kind = if first.reach.is_empty() { "" } else { "type " };
            let _ = writeln!(text, "{kind}{}", first.operation);
        }
        for change in group {
            entry(&mut text, change, old, new);
        }
        text.push('\n');
    }
    text.push_str(&summary(changes));
    text
}

fn entry(text: &mut String, change: &Change, old: &Source, new: &Source) {
    let _ = writeln!(text, "  {:<9}  {}", change.level.word(), change.text);
    let source = match change.side {
        Side::Old => old,
        Side::New => new,
    };
    if let Some(span) = change.span {
        let (line, column) = source.line_column(span.start);
        let _ = writeln!(text, "             {}:{line}:{column} | {}", source.name, excerpt(source, span));
    }
    if !change.reach.is_empty() {
        let _ = writeln!(text, "             reached from {}", words::list(&change.reach));
    }
}

/// The line on which a span starts, without its indentation.
fn excerpt(source: &Source, span: Span) -> String {
    let start = (0..=span.start.min(source.text.len())).rev().find(|at| source.text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = source.text.split_at(start);
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    let until = after.find('\n').map_or(source.text.len(), |at| start + at);
    let line = source.text.get(from..until).unwrap_or("").trim();
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    // In a document of one line, what matters starts at the span.
    let line = if start - from > LONGEST_LINE { source.text.get(start..until).unwrap_or("") } else { line };
    format!("{} …", line.chars().take(LONGEST_LINE).collect::<String>())
}

fn summary(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no change that a caller can notice\n".to_owned();
    }
    let count = |level: Level| match changes.iter().filter(|change| change.level == level).count() {
        0 => None,
        count => Some(format!("{count} {}", level.word())),
    };
    let levels = [Level::Breaking, Level::Behaviour, Level::Additive, Level::Docs];
    format!("{}\n", levels.into_iter().filter_map(count).collect::<Vec<_>>().join(", "))
}

impl Level {
    /// Returns the word for it in the list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Docs => "docs",
            Self::Additive => "additive",
            Self::Behaviour => "behaviour",
            Self::Breaking => "breaking",
        }
    }
}
