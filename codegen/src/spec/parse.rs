//! From text to [`Node`]s: one pass over the YAML parser's events (JSON is YAML).
//!
//! serde keeps no positions through `openapiv3`'s flattened types and drops a duplicate path in silence,
//! so this pass is ours; a test holds its values to those of `serde_yaml`.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as YamlSpan};
use indexmap::map::Entry as Slot;

use super::node::{Entry, Map, Node, Value};
use crate::diag::{Diagnostic, Report, Source, Span};

/// Deeper nesting than this is refused; no API description comes near it.
const DEEPEST: usize = 200;
/// More values than this that anchors and aliases copy, in addition to those that are written, is refused.
const MOST_COPIED: usize = 1_000_000;

/// Reads a document. Returns nothing if the text is no YAML; the report says why.
pub fn parse(source: &Source, report: &mut Report) -> Option<Node> {
    let events = Parser::new_from_str(&source.text);
    let mut reader = Reader { events, anchors: HashMap::new(), copied: 0, depth: 0, end: source.text.len(), report };
    match reader.document() {
        Ok(node) => Some(node),
        Err(stop) => {
            report.push(*stop);
            None
        }
    }
}

/// A value with its measures, so that none has to be walked before it is copied.
#[derive(Clone)]
struct Read {
    node: Node,
    /// How many values it is, itself included.
    size: usize,
    /// How deep it is; 1 if it holds nothing.
    depth: usize,
}

impl Read {
    fn leaf(span: Span, value: Value) -> Self {
        Self { node: Node { span, value }, size: 1, depth: 1 }
    }
}

/// What a collection's values measure together.
#[derive(Default)]
struct Measure {
    size: usize,
    depth: usize,
}

impl Measure {
    fn add(&mut self, inner: &Read) {
        self.size += inner.size;
        self.depth = self.depth.max(inner.depth);
    }

    fn close(self, span: Span, value: Value) -> Read {
        Read { node: Node { span, value }, size: self.size + 1, depth: self.depth + 1 }
    }
}

/// Ends the pass.
type Stop = Box<Diagnostic>;

struct Reader<'r, I> {
    events: I,
    anchors: HashMap<usize, Read>,
    copied: usize,
    depth: usize,
    end: usize,
    report: &'r mut Report,
}

impl<'a, I: Iterator<Item = Result<(Event<'a>, YamlSpan), ScanError>>> Reader<'_, I> {
    fn document(&mut self) -> Result<Node, Stop> {
        let (event, span) = self.next()?;
        if matches!(event, Event::StreamEnd) {
            let start = Span { start: 0, end: 0 };
            return Err(Box::new(
                Diagnostic::error("yaml-syntax", start, "the document is empty").help("begin it with `openapi: 3.0.3`"),
            ));
        }
        let root = self.node(event, span)?.node;
        match self.next()? {
            (Event::StreamEnd, _) => Ok(root),
            (_, span) => Err(Box::new(
                Diagnostic::error("yaml-syntax", span, "a second document starts here")
                    .help("keep one document a file"),
            )),
        }
    }

    /// The next event that carries data.
    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        loop {
            match self.events.next() {
                Some(Ok((Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _))) => {}
                Some(Ok((event, span))) => {
                    let span = span.byte_range().map_or(Span::default(), Span::from);
                    return Ok((event, span));
                }
                Some(Err(error)) => {
                    let at = error.marker().byte_offset().unwrap_or(0).min(self.end);
                    return Err(syntax(Span { start: at, end: (at + 1).min(self.end) }, &error.kind().to_string()));
                }
                None => return Ok((Event::StreamEnd, Span { start: self.end, end: self.end })),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Read, Stop> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(too_deep(span));
        }
        let (read, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = if style == ScalarStyle::Plain && tag.is_none() {
                    plain(&text)
                } else {
                    Value::Str(text.into_owned())
                };
                (Read::leaf(span, value), anchor)
            }
            Event::Alias(id) => (self.alias(id, span)?, 0),
            Event::SequenceStart(_, anchor, _) => (self.list(span)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(span)?, anchor),
            _ => return Err(syntax(span, "a value is expected here")),
        };
        self.depth -= 1;
        if anchor != 0 {
            self.copy(read.size, span)?;
            self.anchors.insert(anchor, read.clone());
        }
        Ok(read)
    }

    /// Returns a copy of what an anchor names.
    fn alias(&mut self, id: usize, span: Span) -> Result<Read, Stop> {
        let Some((size, depth)) = self.anchors.get(&id).map(|read| (read.size, read.depth)) else {
            return Err(syntax(span, "this alias has no anchor before it"));
        };
        // The alias itself is counted in `self.depth`.
        if self.depth + depth - 1 > DEEPEST {
            return Err(too_deep(span));
        }
        self.copy(size, span)?;
        self.anchors.get(&id).cloned().ok_or_else(|| syntax(span, "this alias has no anchor before it"))
    }

    fn list(&mut self, start: Span) -> Result<Read, Stop> {
        let mut items: Vec<Node> = Vec::new();
        let mut measure = Measure::default();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let end = block_end(start, span, items.last().map(|item| item.span));
                return Ok(measure.close(Span { start: start.start, end }, Value::List(items)));
            }
            let item = self.node(event, span)?;
            measure.add(&item);
            items.push(item.node);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Read, Stop> {
        let mut map = Map::new();
        let mut measure = Measure::default();
        let mut last = None;
        loop {
            let (event, key) = self.next()?;
            let name = match event {
                Event::MappingEnd => {
                    let end = block_end(start, key, last);
                    return Ok(measure.close(Span { start: start.start, end }, Value::Map(map)));
                }
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(syntax(key, "a key must be a plain value")),
            };
            if name == "<<" {
                self.report.push(
                    Diagnostic::error("yaml-merge-key", key, "merge keys (`<<`) are not part of OpenAPI")
                        .help("write the keys out, or use `$ref` or `allOf`"),
                );
            }
            let (event, span) = self.next()?;
            let read = self.node(event, span)?;
            measure.add(&read);
            let node = read.node;
            last = Some(node.span);
            match map.entry(name) {
                Slot::Vacant(slot) => {
                    slot.insert(Entry { key, node });
                }
                Slot::Occupied(slot) => self.report.push(
                    Diagnostic::error("duplicate-key", key, format!("`{}` is here twice", slot.key()))
                        .label("again")
                        .related(slot.get().key, "first here")
                        .help("remove one of the two, or rename it"),
                ),
            }
        }
    }

    /// Counts values that are copied, before they are.
    fn copy(&mut self, size: usize, span: Span) -> Result<(), Stop> {
        self.copied += size;
        if self.copied > MOST_COPIED {
            return Err(Box::new(
                Diagnostic::error("yaml-syntax", span, "the document is too large once its aliases are expanded")
                    .help("use `$ref` instead of aliases"),
            ));
        }
        Ok(())
    }
}

fn too_deep(span: Span) -> Stop {
    Box::new(
        Diagnostic::error("yaml-syntax", span, format!("values are nested more than {DEEPEST} deep"))
            .help("move what is nested to `components`, and refer to it there"),
    )
}

fn syntax(span: Span, what: &str) -> Stop {
    Box::new(
        Diagnostic::error("yaml-syntax", span, format!("this is not YAML: {what}"))
            .help("check the indentation, quotes and brackets here and on the line above"),
    )
}

/// A block collection's end event stands at the next token; its last value tells where it really ends.
fn block_end(start: Span, end: Span, last: Option<Span>) -> usize {
    if end.end > end.start { end.end } else { last.map_or(start.end, |last| last.end) }
}

/// The value of a plain scalar, by YAML 1.2's core schema as `serde_yaml` reads it.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(Ok(number)) = unsigned.strip_prefix(prefix).map(|digits| i128::from_str_radix(digits, radix)) {
            return Value::Int(if negative { -number } else { number });
        }
    }
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|b| b.is_ascii_digit());
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') || leading_zero {
        return Value::Str(text.to_owned());
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit())
        && let Ok(number) = unsigned.parse::<i128>()
    {
        return Value::Int(if negative { -number } else { number });
    }
    match unsigned.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::Float(if negative { -number } else { number }),
        _ => Value::Str(text.to_owned()),
    }
}
