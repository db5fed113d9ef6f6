//! Layer 1, what the document says: its text, the tree of it, and the rules it must keep.
//!
//! Nothing here knows what is generated.

pub mod node;
pub mod parse;
pub mod rules;

use node::{Node, Value};

use crate::diag::{Report, Source, Span};

/// By which rules a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Our own API description: house rules hold, and any finding of weight stops generation.
    House,
    /// Anybody's OpenAPI document: what can be generated is, and each part left out is named.
    Foreign,
}

/// A document that was read.
#[derive(Debug)]
pub struct Spec<'s> {
    /// Its text and name.
    pub source: &'s Source,
    /// Its root mapping.
    pub root: Node,
    /// How it is read.
    pub profile: Profile,
}

/// Why a `$ref` leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRef {
    /// It names another file or address.
    Remote,
    /// Nothing stands there.
    Dangling,
    /// It leads back to itself.
    Circular,
}

impl<'s> Spec<'s> {
    /// Reads a document and checks it. Returns nothing if it is no YAML or no OpenAPI document.
    pub fn read(source: &'s Source, profile: Profile, report: &mut Report) -> Option<Self> {
        let root = parse::parse(source, report)?;
        let spec = Self { source, root, profile };
        rules::version(&spec, report)?;
        rules::check(&spec, report);
        Some(spec)
    }

    /// Returns the node that a reference such as `#/components/schemas/Bucket` names, without following on.
    pub fn target(&self, reference: &str) -> Result<&Node, BadRef> {
        let pointer = reference.strip_prefix('#').ok_or(BadRef::Remote)?;
        self.root.pointer(&percent_decode(pointer)).ok_or(BadRef::Dangling)
    }

    /// Follows `$ref`s from `node` to something that isn't one.
    pub fn resolve<'n>(&'n self, node: &'n Node) -> Result<&'n Node, (Span, BadRef)> {
        let mut node = node;
        for _ in 0..32 {
            let Some(reference) = node.get("$ref") else { return Ok(node) };
            let Some(text) = reference.as_str() else { return Ok(node) };
            node = self.target(text).map_err(|bad| (reference.span, bad))?;
        }
        Err((node.get("$ref").map_or(node.span, |reference| reference.span), BadRef::Circular))
    }
}

/// Reference fragments may be percent-encoded (RFC 6901, section 6).
pub fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            (byte, _) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The verbs of a path item, in the specification's order.
pub const VERBS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation's place in the document.
#[derive(Clone, Copy, Debug)]
pub struct OperationAt<'n> {
    /// The path's template.
    pub path: &'n str,
    /// Where the template stands.
    pub path_span: Span,
    /// The path item.
    pub item: &'n Node,
    /// The verb, in lower case.
    pub verb: &'n str,
    /// Where the verb stands.
    pub verb_span: Span,
    /// The operation object.
    pub node: &'n Node,
}

impl Spec<'_> {
    /// Returns every operation in document order.
    pub fn operations(&self) -> impl Iterator<Item = OperationAt<'_>> {
        self.root.map("paths").flat_map(|(path, entry)| {
            let item = self.resolve(&entry.node).unwrap_or(&entry.node);
            item.entries().filter(|(verb, _)| VERBS.contains(verb)).map(move |(verb, operation)| OperationAt {
                path,
                path_span: entry.key,
                item,
                verb,
                verb_span: operation.key,
                node: &operation.node,
            })
        })
    }

    /// Returns whether `node` is written as a reference.
    pub fn is_ref(node: &Node) -> bool {
        node.get("$ref").is_some_and(|reference| matches!(reference.value, Value::Str(_)))
    }
}
