//! Holds a value of the document against a schema of the document.
//!
//! Not a rule: `bad-default` and `bad-example` ask it. Patterns are left to the server, as everywhere.

use super::{walk, words};
use crate::diag::{Diagnostic, Span};
use crate::spec::Spec;
use crate::spec::node::{Node, Value};

/// Why a value does not fit.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The value, or the key in it that is wrong.
    pub span: Span,
    /// What is wrong.
    pub says: String,
    /// The part of the schema that says so.
    pub because: Option<(Span, String)>,
    /// What was meant.
    pub meant: Option<String>,
}

impl Misfit {
    /// Returns the finding; `what` is the value's role.
    pub(super) fn diagnostic(self, code: &'static str, what: &str) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(code, self.span, format!("{what} does not fit its schema"));
        diagnostic = diagnostic.label(self.says);
        if let Some((span, text)) = self.because {
            diagnostic = diagnostic.related(span, text);
        }
        diagnostic.help(self.meant.unwrap_or_else(|| format!("change {what} or the schema, so that they agree")))
    }
}

/// Schemas that contain themselves end here.
const DEEPEST: u8 = 24;

/// Returns why `value` does not fit `schema`, or nothing if it does.
pub(super) fn misfit(spec: &Spec, schema: &Node, value: &Node) -> Option<Misfit> {
    Checker { spec }.check(schema, value, DEEPEST)
}

struct Checker<'s> {
    spec: &'s Spec<'s>,
}

impl Checker<'_> {
    fn check(&self, schema: &Node, value: &Node, depth: u8) -> Option<Misfit> {
        let schema = self.spec.resolve(schema).ok()?;
        let depth = depth.checked_sub(1)?;
        if matches!(value.value, Value::Null) && schema.is_true("nullable") {
            return None;
        }
        self.of_type(schema, value)
            .or_else(|| self.of_enum(schema, value))
            .or_else(|| self.within(schema, value))
            .or_else(|| of_format(schema, value))
            .or_else(|| self.members(schema, value, depth))
            .or_else(|| schema.list("allOf").iter().find_map(|part| self.check(part, value, depth)))
            .or_else(|| self.of_any(schema, value, depth))
    }

    fn of_type(&self, schema: &Node, value: &Node) -> Option<Misfit> {
        let node = schema.get("type")?;
        let wanted = node.as_str()?;
        let fits = match (wanted, &value.value) {
            ("string", Value::Str(_))
            | ("boolean", Value::Bool(_))
            | ("integer", Value::Int(_))
            | ("number", Value::Int(_) | Value::Float(_))
            | ("array", Value::List(_))
            | ("object", Value::Map(_)) => true,
            ("integer", Value::Float(number)) => number.fract() == 0.0,
            ("string" | "boolean" | "integer" | "number" | "array" | "object", _) => false,
            _ => true,
        };
        if fits {
            return None;
        }
        let text = self.spec.source.text.get(value.span.start..value.span.end).unwrap_or("");
        let scalar = matches!(value.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        Some(Misfit {
            span: value.span,
            says: format!("this is {}", value.kind()),
            because: Some((node.span, format!("the schema wants {}", with_article(wanted)))),
            meant: (wanted == "string" && scalar).then(|| format!("put it in quotes: `'{text}'`")),
        })
    }

    fn of_enum(&self, schema: &Node, value: &Node) -> Option<Misfit> {
        let entry = schema.entry("enum")?;
        let allowed = entry.node.items();
        if allowed.is_empty() || allowed.iter().any(|one| walk::same(self.spec, one, value, DEEPEST)) {
            return None;
        }
        let words: Vec<&str> = allowed.iter().filter_map(Node::as_str).collect();
        let near = value.as_str().and_then(|word| words::near(word, words.iter().copied()));
        Some(Misfit {
            span: value.span,
            says: "not one of the schema's values".to_owned(),
            because: Some((entry.key, "they are listed here".to_owned())),
            meant: near.map(|near| format!("did you mean `{near}`?")).or_else(|| {
                (!words.is_empty() && words.len() <= 8).then(|| format!("write {}", words::choice(&words)))
            }),
        })
    }

    fn within(&self, schema: &Node, value: &Node) -> Option<Misfit> {
        let (size, least, most) = match &value.value {
            Value::Str(text) => (number(&Value::Int(text.chars().count().try_into().ok()?))?, "minLength", "maxLength"),
            Value::List(items) => (number(&Value::Int(items.len().try_into().ok()?))?, "minItems", "maxItems"),
            Value::Map(map) => (number(&Value::Int(map.len().try_into().ok()?))?, "minProperties", "maxProperties"),
            other => (number(other)?, "minimum", "maximum"),
        };
        let broken = |bound: &str, breaks: &dyn Fn(f64) -> bool| {
            let entry = schema.entry(bound)?;
            breaks(number(&entry.node.value)?).then(|| (entry.key, bound.to_owned(), &entry.node))
        };
        let below = |bound: f64| size < bound || (schema.is_true("exclusiveMinimum") && size <= bound);
        let above = |bound: f64| size > bound || (schema.is_true("exclusiveMaximum") && size >= bound);
        let (span, bound, node) = broken(least, &below).or_else(|| broken(most, &above))?;
        let measured = if least == "minimum" { String::new() } else { format!(", this has {size}") };
        Some(Misfit {
            span: value.span,
            says: format!("outside the schema's limits{measured}"),
            because: Some((span, format!("`{bound}` is {}", words::shown(self.spec, node)))),
            meant: None,
        })
    }

    /// A list's elements, an object's properties.
    fn members(&self, schema: &Node, value: &Node, depth: u8) -> Option<Misfit> {
        if let Some(items) = schema.get("items") {
            return value.items().iter().find_map(|item| self.check(items, item, depth));
        }
        let map = value.as_map()?;
        let missing =
            schema.list("required").iter().find(|name| name.as_str().is_some_and(|name| !map.contains_key(name)));
        if let Some(node) = missing {
            let name = node.as_str().unwrap_or_default();
            return Some(Misfit {
                span: value.span,
                says: format!("`{name}` is missing"),
                because: Some((node.span, "it is required".to_owned())),
                meant: Some(format!("add `{name}`")),
            });
        }
        value.entries().find_map(|(name, entry)| match schema.get("properties").and_then(|all| all.get(name)) {
            Some(property) => self.check(property, &entry.node, depth),
            None => match schema.get("additionalProperties") {
                Some(extra) if extra.as_map().is_some() => self.check(extra, &entry.node, depth),
                Some(extra) if extra.as_bool() == Some(true) => None,
                _ => Self::stranger(schema, name, entry.key),
            },
        })
    }

    /// A property that the schema doesn't have, where the schema stands alone.
    fn stranger(schema: &Node, name: &str, key: Span) -> Option<Misfit> {
        let composed = ["allOf", "anyOf", "oneOf"].iter().any(|word| schema.get(word).is_some());
        let properties = schema.entry("properties").filter(|_| !composed)?;
        let near = words::near(name, properties.node.entries().map(|(name, _)| name));
        Some(Misfit {
            span: key,
            says: format!("the schema has no property `{name}`"),
            because: Some((properties.key, "these are its properties".to_owned())),
            meant: near.map(|near| format!("did you mean `{near}`?")),
        })
    }

    fn of_any(&self, schema: &Node, value: &Node, depth: u8) -> Option<Misfit> {
        ["oneOf", "anyOf"].iter().find_map(|word| {
            let entry = schema.entry(word)?;
            let parts = entry.node.items();
            let fits = parts.is_empty() || parts.iter().any(|part| self.check(part, value, depth).is_none());
            (!fits).then(|| Misfit {
                span: value.span,
                says: "fits none of the schema's choices".to_owned(),
                because: Some((entry.key, "the choices".to_owned())),
                meant: None,
            })
        })
    }
}

fn of_format(schema: &Node, value: &Node) -> Option<Misfit> {
    let node = schema.get("format")?;
    let (fits, like) = match (node.as_str()?, &value.value) {
        ("date-time", Value::Str(text)) => (is_moment(text), "'2026-01-15T09:30:00Z'"),
        ("date", Value::Str(text)) => (is_day(text), "'2026-01-15'"),
        ("int32", Value::Int(number)) => (i32::try_from(*number).is_ok(), "a number of 32 bits"),
        ("int64", Value::Int(number)) => (i64::try_from(*number).is_ok(), "a number of 64 bits"),
        _ => return None,
    };
    (!fits).then(|| Misfit {
        span: value.span,
        says: "not in the schema's format".to_owned(),
        because: Some((node.span, "the format".to_owned())),
        meant: Some(format!("write {like}")),
    })
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} `{kind}`")
}

/// Returns a number as what bounds are compared as.
#[expect(clippy::cast_precision_loss, reason = "bounds are compared, not kept")]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Whether `text` looks like RFC 3339's `full-date`.
fn is_day(text: &str) -> bool {
    let shape = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| matches_at(at, b));
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u8>().ok()).unwrap_or(0);
    shape && (1..=12).contains(&part(5, 7)) && (1..=31).contains(&part(8, 10))
}

fn matches_at(at: usize, byte: u8) -> bool {
    if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
}

/// Whether `text` looks like RFC 3339's `date-time`.
fn is_moment(text: &str) -> bool {
    let Some((day, time)) = text.split_once(['T', 't']) else { return false };
    let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => return false,
    };
    let zoned = zone.eq_ignore_ascii_case("z") || (zone.len() == 6 && zone.get(3..4) == Some(":"));
    let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let parts: Vec<Option<u8>> = whole.split(':').map(|part| part.parse().ok()).collect();
    let timed = matches!(parts.as_slice(), [Some(0..=23), Some(0..=59), Some(0..=60)]);
    is_day(day) && zoned && timed
}
