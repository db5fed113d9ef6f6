//! Operations: from a verb of a path to an [`Operation`].

use super::Lower;
use crate::diag::Diagnostic;
use crate::model::{Idempotency, Name, Need, Operation, Sample};
use crate::spec::OperationAt;
use crate::spec::node::Node;

/// What a finding says that has cost an operation.
const LEFT_OUT: &str = "the operation is left out";

impl<'a> Lower<'a> {
    /// Lowers every operation that is supported, in document order, as far as that goes without all types.
    pub(super) fn operations(&mut self) -> Vec<(OperationAt<'a>, Operation)> {
        let spec = self.spec;
        spec.operations().filter_map(|at| Some((at, self.or_say(&at, |cx| cx.operation(&at))?))).collect()
    }

    /// Does what needs all types to be known.
    pub(super) fn finished(&mut self, operations: Vec<(OperationAt<'a>, Operation)>) -> Vec<Operation> {
        operations.into_iter().filter_map(|(at, operation)| self.or_say(&at, |cx| cx.finish(operation))).collect()
    }

    /// Names an operation that is left out for a reason that stands elsewhere: in something that it shares with others.
    fn or_say<T>(&mut self, at: &OperationAt<'a>, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.report.len();
        self.known = None;
        let made = make(self);
        let reasons = self.report.since(before);
        // Other findings within the operation are about parts that it can do without.
        let decides = |reason: &&Diagnostic| reason.help.as_ref().is_some_and(|help| help.contains(LEFT_OUT));
        if made.is_none() && !reasons.iter().filter(decides).any(|reason| at.node.span.contains(reason.span)) {
            let what = format!("`{} {}` can't be generated", at.verb.to_ascii_uppercase(), at.path);
            let reason = self.known.or(reasons.iter().rev().find(decides).map(|reason| reason.span));
            let mut finding = Diagnostic::warning("left-out", at.verb_span, what).help(LEFT_OUT);
            if let Some(reason) = reason {
                finding = finding.related(reason, "because of this");
            }
            self.report.push(finding);
        }
        made
    }

    /// Returns an operation, or nothing if a part of it that matters is not supported; the report says which.
    fn operation(&mut self, at: &OperationAt<'a>) -> Option<Operation> {
        let node = at.node;
        let (id, path) = names(at);
        let hint = Name::concat(&path);
        let params = self.params(at, &hint)?;
        let route = self.route(at, &params)?;
        let body = self.body(node, &hint)?;
        let success = self.success(at, &hint)?;
        if let Some(servers) = node.entry("servers").or_else(|| at.item.entry("servers")) {
            self.unsupported(
                servers.key,
                "servers of single operations are not supported",
                "requests go to the document's first server, or to the client's base URL",
            );
        }
        Some(Operation {
            id,
            path,
            tag: node.list("tags").first().and_then(Node::as_str).unwrap_or_default().to_owned(),
            summary: text(node, "summary"),
            description: text(node, "description"),
            method: at.verb.to_ascii_uppercase(),
            route,
            params,
            body,
            arguments: Vec::new(),
            success,
            errors: error_statuses(node),
            idempotency: node.str("x-infrai-idempotency").and_then(idempotency),
            auth: self.need(node),
            deprecated: node.is_true("deprecated"),
            samples: node.list("x-codeSamples").iter().filter_map(sample).collect(),
            span: at.verb_span,
            id_span: node.get("operationId").map_or(at.verb_span, |id| id.span),
        })
    }

    fn finish(&mut self, mut operation: Operation) -> Option<Operation> {
        self.check_params(&mut operation)?;
        self.check_body(&operation)?;
        operation.arguments = self.arguments(&mut operation);
        Some(operation)
    }

    /// Whether credentials are needed: an empty requirement among others makes them optional.
    pub(super) fn need(&self, node: &Node) -> Need {
        let requirements = node.get("security").or_else(|| self.spec.root.get("security"));
        let empty = |one: &Node| one.entries().next().is_none();
        // Credentials of another scheme are the caller's to pass; ours would not help.
        let ours = |one: &Node| one.entries().any(|(name, _)| Some(name) == self.scheme);
        match requirements.map_or(&[][..], Node::items) {
            list if !list.iter().any(ours) => Need::No,
            list if list.iter().any(empty) => Need::Optional,
            _ => Need::Yes,
        }
    }
}

/// The documented id and the path of names.
///
/// A dotted lower-case id is its path. Any other document groups by first tag.
fn names(at: &OperationAt<'_>) -> (String, Vec<Name>) {
    let id = at.node.str("operationId").map(str::trim).filter(|id| !id.is_empty());
    if let Some(id) = id.filter(|id| is_dotted(id)) {
        return (id.to_owned(), id.split('.').map(Name::new).collect());
    }
    let (id, own) = match id {
        Some(id) => (id.to_owned(), Name::new(id)),
        None => {
            let route: String = at.path.replace(['{', '}'], " ");
            (format!("{} {}", at.verb.to_ascii_uppercase(), at.path), Name::new(&format!("{} {route}", at.verb)))
        }
    };
    let group = at.node.list("tags").first().and_then(Node::as_str).map(Name::new);
    (id, group.into_iter().chain([own]).collect())
}

/// Whether an id has the form `storage.bucket.create`.
pub(super) fn is_dotted(id: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    id.contains('.') && id.split('.').all(word)
}

fn text(node: &Node, key: &str) -> String {
    node.str(key).unwrap_or_default().trim().to_owned()
}

fn error_statuses(node: &Node) -> Vec<String> {
    node.map("responses")
        .map(|(status, _)| status)
        .filter(|status| !status.starts_with('2'))
        .map(str::to_owned)
        .collect()
}

fn idempotency(word: &str) -> Option<Idempotency> {
    match word {
        "safe" => Some(Idempotency::Safe),
        "idempotent" => Some(Idempotency::Idempotent),
        "keyed" => Some(Idempotency::Keyed),
        _ => None,
    }
}

fn sample(node: &Node) -> Option<Sample> {
    Some(Sample { lang: node.str("lang")?.to_owned(), source: node.str("source")?.trim().to_owned() })
}
