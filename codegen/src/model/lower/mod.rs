//! From the document to the model: the only code that sees both.
//!
//! The passes, in order: operations with the types they reach (a queue, so that no depth of references can
//! exhaust the stack), checks that need all types, names, reachability, groups. A part that isn't supported is
//! named in the report: as an error in our own document, as a warning in anybody else's, of which the rest is taken.

mod arguments;
mod body;
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

use crate::diag::{Diagnostic, Report, Severity, Span};
use crate::model::Api;
use crate::spec::{Profile, Spec};
use types::Types;

/// Lowers a document to the model.
pub fn lower(spec: &Spec<'_>, report: &mut Report) -> Api {
    let mut cx = Lower { spec, report, types: Types::default() };
    let operations = cx.operations();
    cx.drain();
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
}

impl Lower<'_> {
    /// Names a part that isn't supported. In our own document that is an error.
    fn unsupported(&mut self, span: Span, what: impl Into<String>, instead: impl Into<String>) {
        self.unsupported_as("unsupported", span, what, instead);
    }

    /// The same under another code.
    fn unsupported_as(&mut self, code: &'static str, span: Span, what: impl Into<String>, instead: impl Into<String>) {
        let mut diagnostic = Diagnostic::error(code, span, what).help(instead);
        if self.spec.profile == Profile::Foreign {
            diagnostic.severity = Severity::Warning;
        }
        self.report.push(diagnostic);
    }
}
