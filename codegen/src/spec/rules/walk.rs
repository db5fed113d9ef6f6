//! Walks a document by the grammar, so that a rule meets each object as what it is: a property named `$ref`
//! is a property, and what stands in an example is nobody's key.
//!
//! Not a rule. The walk does not follow references, so it ends; the parser bounds its depth.

use super::grammar::{Kind, Want};
use crate::diag::Span;
use crate::spec::node::{Node, Value};
use crate::spec::{OperationAt, Spec};

/// A value, and what the specification wants in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'n> {
    /// What is wanted.
    pub want: &'static Want,
    /// Its key; empty in a list.
    pub name: &'n str,
    /// Where its key stands, or itself in a list.
    pub at: Span,
    /// The value.
    pub node: &'n Node,
    /// The object that it belongs to.
    pub parent: Option<Kind>,
}

impl Seen<'_> {
    /// Returns what object this is; nothing if it is a reference or no object.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.want {
            Want::Object(kind) => Some(*kind),
            Want::Ref(kind) if !Spec::is_ref(self.node) => Some(*kind),
            _ => None,
        }
        .filter(|_| self.node.as_map().is_some())
    }
}

/// Shows every value to `see`, parents first, in document order.
pub(super) fn walk<'n>(spec: &'n Spec, see: &mut dyn FnMut(&Seen<'n>)) {
    let at = spec.root.span;
    step(&Seen { want: &Want::Object(Kind::Document), name: "", at, node: &spec.root, parent: None }, see);
}

fn step<'n>(seen: &Seen<'n>, see: &mut dyn FnMut(&Seen<'n>)) {
    see(seen);
    match (seen.want, &seen.node.value) {
        (Want::Object(kind) | Want::Ref(kind), Value::Map(map)) if seen.kind().is_some() => {
            for (name, entry) in map {
                if let Some(key) = kind.key(name) {
                    let parent = Some(*kind);
                    step(&Seen { want: &key.want, name, at: entry.key, node: &entry.node, parent }, see);
                }
            }
        }
        (Want::Map(keys, want), Value::Map(map)) => {
            for (name, entry) in map.iter().filter(|(name, _)| !keys.is_extension(name)) {
                step(&Seen { want, name, at: entry.key, node: &entry.node, parent: seen.parent }, see);
            }
        }
        (Want::List(want), Value::List(items)) => {
            for node in items {
                step(&Seen { want, name: "", at: node.span, node, parent: seen.parent }, see);
            }
        }
        (Want::FlagOr(want), Value::Map(_)) => step(&Seen { want, ..*seen }, see),
        _ => {}
    }
}

/// Shows every object of a kind to `see`.
pub(super) fn each<'n>(spec: &'n Spec, kind: Kind, see: &mut dyn FnMut(&Seen<'n>)) {
    walk(spec, &mut |seen| {
        if seen.kind() == Some(kind) {
            see(seen);
        }
    });
}

/// Shows every reference to `see`, with the node of its text.
pub(super) fn references<'n>(spec: &'n Spec, see: &mut dyn FnMut(Kind, &'n Node, &'n str)) {
    walk(spec, &mut |seen| {
        let reference = seen.node.get("$ref");
        if let (Want::Ref(kind), Some(node)) = (seen.want, reference)
            && let Some(text) = node.as_str()
        {
            see(*kind, node, text);
        }
    });
}

/// A parameter that an operation takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'n> {
    /// Its name.
    pub name: &'n str,
    /// Where its name stands.
    pub at: Span,
    /// Where it travels: `path`, `query`, `header` or `cookie`.
    pub place: &'n str,
}

/// Returns the parameters in the list under `node`.
pub(super) fn listed<'n>(spec: &'n Spec, node: &'n Node) -> Vec<Taken<'n>> {
    let resolved = node.list("parameters").iter().filter_map(|item| spec.resolve(item).ok());
    resolved
        .filter_map(|node| {
            let name = node.get("name")?;
            Some(Taken { name: name.as_str()?, at: name.span, place: node.str("in")? })
        })
        .collect()
}

/// Returns an operation's parameters; its own stand in for those of its path.
pub(super) fn parameters<'n>(spec: &'n Spec, operation: &OperationAt<'n>) -> Vec<Taken<'n>> {
    let own = listed(spec, operation.node);
    let mut all = listed(spec, operation.item);
    all.retain(|shared| !own.iter().any(|own| (own.name, own.place) == (shared.name, shared.place)));
    all.extend(own);
    all
}

/// An answer that an operation gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'n> {
    /// Its status, or `default`.
    pub status: &'n str,
    /// Where its status stands.
    pub at: Span,
    /// Its object.
    pub node: &'n Node,
}

impl Answer<'_> {
    /// Returns whether this tells of a success.
    pub(super) fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    /// Returns whether this tells of an error.
    pub(super) fn is_error(&self) -> bool {
        self.status == "default" || self.status.starts_with('4') || self.status.starts_with('5')
    }
}

/// Returns an operation's answers; those behind a broken reference are left out.
pub(super) fn answers<'n>(spec: &'n Spec, operation: &OperationAt<'n>) -> Vec<Answer<'n>> {
    let entries = operation.node.map("responses").filter(|(status, _)| !status.starts_with("x-"));
    entries
        .filter_map(|(status, entry)| Some(Answer { status, at: entry.key, node: spec.resolve(&entry.node).ok()? }))
        .collect()
}

/// Returns whether a media type is JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or(media_type).trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// Returns whether two values are the same wherever they stand, with references followed.
pub(super) fn same(spec: &Spec, one: &Node, other: &Node, depth: u8) -> bool {
    let (Ok(one), Ok(other)): (Result<&Node, _>, Result<&Node, _>) = (spec.resolve(one), spec.resolve(other)) else {
        return false;
    };
    if std::ptr::eq(one, other) || depth == 0 {
        return true;
    }
    match (&one.value, &other.value) {
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, entry)| b.get(key).is_some_and(|other| same(spec, &entry.node, &other.node, depth - 1)))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b): (&Node, &Node)| same(spec, a, b, depth - 1))
        }
        (a, b) => equal(a, b),
    }
}

/// Returns whether two scalars are the same.
#[expect(clippy::float_cmp, reason = "both are literals of the document")]
#[expect(clippy::cast_precision_loss, reason = "a literal beyond 2^53 equals a float only by its text")]
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
        (Value::Str(a), Value::Str(b)) => a == b,
        _ => false,
    }
}
