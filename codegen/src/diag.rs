//! Diagnostics: what is wrong, where in the user's own text, and what to do.
//!
//! Rules push into a [`Report`] and go on; the pipeline stops between stages, never at the first fault.
//! This module renders; it does not decide where the text goes.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

/// A range of bytes in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

impl Span {
    /// Returns whether another range lies in this one.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Whether the document can be used in spite of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document is wrong or uses what is not supported; nothing is generated from it.
    Error,
    /// A part was left out or read in the only sensible way; the rest is generated.
    Warning,
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What stands there.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable word for the kind of finding, such as `dangling-ref`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line: lower case, no full stop, code in backticks.
    pub message: String,
    /// The token that is wrong.
    pub span: Span,
    /// What is said under the caret.
    pub label: String,
    /// Other places that matter.
    pub related: Vec<Label>,
    /// The next step.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Returns an error at `span`.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// Returns a warning at `span`.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says `text` under the caret.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Everything that was found in one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    items: Vec<Diagnostic>,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    /// Adds all findings of `other`.
    pub fn extend(&mut self, other: Report) {
        self.items.extend(other.items);
    }

    /// Returns the findings by place, then by code, each once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut items: Vec<&Diagnostic> = self.items.iter().collect();
        items.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        items.dedup();
        items
    }

    /// Returns how many findings there are, duplicates included.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the findings that came after the first `count`.
    pub fn since(&self, count: usize) -> &[Diagnostic] {
        self.items.get(count..).unwrap_or_default()
    }

    /// Returns whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.severity == Severity::Error)
    }

    /// Returns whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Turns errors into warnings, for documents of which we take what we can.
    pub fn downgrade(&mut self) {
        for item in &mut self.items {
            item.severity = Severity::Warning;
        }
    }
}

/// A document's text under the name that its user knows it by.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user gave it.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

/// A line longer than this (a minified document) is shown as an excerpt.
const LONGEST_LINE: usize = 240;

impl Source {
    /// Takes a text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, lines }
    }

    /// Returns line and column of a byte offset, both from 1; the column counts characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        (line, self.text.get(start..offset).map_or(0, |s| s.chars().count()) + 1)
    }

    /// Renders a diagnostic: message, place, the line with a caret, related places, help.
    pub fn render(&self, diagnostic: &Diagnostic) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
        let mut group = title.elements(self.shown(diagnostic.span, &diagnostic.label, AnnotationKind::Primary));
        for label in &diagnostic.related {
            group = group.elements(self.shown(label.span, &label.text, AnnotationKind::Context));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help));
        }
        Renderer::plain().term_width(200).render(&[group])
    }

    /// The first line of a span with its annotation. Of a line that is too long an excerpt is shown, under the true place.
    fn shown<'a>(&'a self, span: Span, label: &'a str, kind: AnnotationKind) -> Vec<Element<'a>> {
        let start = self.floor(span.start);
        let (line, column) = self.line_column(start);
        let from = self.lines.get(line - 1).copied().unwrap_or(0);
        let until = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let long = until - from > LONGEST_LINE;
        let (from, until) = if long {
            (self.floor(start.saturating_sub(80)).max(from), self.floor(start + 120).min(until))
        } else {
            (from, until)
        };
        let text = self.text.get(from..until).unwrap_or("");
        let end = self.floor(span.end).max(start + 1).min(until).max(start);
        let range = (start - from).min(text.len())..(self.floor(end) - from).min(text.len());
        let annotation = kind.span(range).label((!label.is_empty()).then_some(label));
        let snippet = Snippet::source(text).line_start(line).annotation(annotation);
        if long {
            let origin = Origin::path(&self.name).line(line).char_column(column);
            vec![origin.into(), snippet.into()]
        } else {
            vec![snippet.path(&self.name).into()]
        }
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}
