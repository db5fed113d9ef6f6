//! From the document to the model: the only code that sees both.
//!
//! The passes, in order: operations with the types they reach (a queue, so that no depth of references can
//! exhaust the stack), checks that need all types, names, reachability, groups. A part that isn't supported is
//! named in the report: as an error in our own document, as a warning in anybody else's, of which the rest is taken.

mod arguments;
mod body;
mod circles;
mod groups;
mod json;
mod merge;
mod operation;
mod params;
mod reach;
mod schema;
mod service;
mod success;
mod types;
mod unions;

use std::collections::HashMap;

use crate::diag::{Diagnostic, Report, Severity, Span};
use crate::model::{Api, Name, Place, Type};
use crate::spec::node::Node;
use crate::spec::{Profile, Spec};
use types::Types;

/// Lowers a document to the model.
pub fn lower(spec: &Spec<'_>, report: &mut Report) -> Api {
    let mut cx = Lower {
        spec,
        report,
        types: Types::default(),
        open: HashMap::new(),
        merged: HashMap::new(),
        key: None,
        scheme: None,
        known: None,
    };
    cx.choose_scheme();
    let operations = cx.operations();
    cx.drain();
    cx.open_circles();
    let mut operations = cx.finished(operations);
    let service = cx.service();
    let mut types = cx.types.finish(spec.profile, cx.report);
    reach::prune(&mut operations, &mut types);
    let errors = service::error_shape(spec);
    Api {
        title: service.title,
        version: service.version,
        version_span: service.version_span,
        description: service.description,
        base_url: service.base_url,
        auth: service.auth,
        key_prefix: service.key_prefix,
        errors,
        root: groups::tree(spec, &operations),
        operations,
        types,
    }
}

/// What the passes share.
struct Lower<'a> {
    spec: &'a Spec<'a>,
    report: &'a mut Report,
    types: Types<'a>,
    /// Schemas that take over properties of others and are being lowered, with their names, and their types if they lead to themselves.
    open: HashMap<*const Node, (Name, Option<usize>)>,
    /// Such schemas that were lowered.
    merged: HashMap<*const Node, Type>,
    /// The security scheme that clients use.
    scheme: Option<&'a str>,
    /// Where the key travels, if in a header or parameter of its own.
    key: Option<(Place, String)>,
    /// The last fault that was not named again, because a rule had named it.
    known: Option<Span>,
}

impl Lower<'_> {
    /// Names a part that isn't supported. In our own document that is an error.
    fn unsupported(&mut self, span: Span, what: impl Into<String>, instead: impl Into<String>) {
        self.unsupported_as("unsupported", span, what, instead);
    }

    /// The same under another code: that of a rule, which may have named the fault at the same place.
    fn unsupported_as(&mut self, code: &'static str, span: Span, what: impl Into<String>, instead: impl Into<String>) {
        if self.is_named(code, span) {
            self.known = Some(span);
            return;
        }
        let mut diagnostic = Diagnostic::error(code, span, what).help(instead);
        if self.spec.profile == Profile::Foreign {
            diagnostic.severity = Severity::Warning;
        }
        self.report.push(diagnostic);
    }

    /// Whether a rule has named this fault, which it may do more exactly: a part of the place.
    fn is_named(&self, code: &'static str, span: Span) -> bool {
        code != "unsupported"
            && self.report.since(0).iter().any(|known| known.code == code && span.contains(known.span))
    }
}
