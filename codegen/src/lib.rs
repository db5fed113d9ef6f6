//! From an OpenAPI document to clients: rules, model, emitters.
//!
//! Text in, files or diagnostics out. This crate touches no disk, no clock and no environment, so the same
//! document gives the same bytes everywhere. See ARCHITECTURE.md for the layers and who may import whom.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable)
)]

pub mod diag;
pub mod diff;
pub mod emit;
pub mod model;
pub mod spec;

use diag::{Report, Source};
use model::Api;
use spec::{Profile, Spec};

/// What became of a document.
#[derive(Debug)]
pub struct Loaded {
    /// The API; absent where the document can't be used, and then the report has an error.
    pub api: Option<Api>,
    /// Everything that was found.
    pub report: Report,
    /// How many operations the document has, generated or not.
    pub operations: usize,
}

/// Reads a document, checks it and lowers it to the model.
pub fn load(source: &Source, profile: Profile) -> Loaded {
    let mut report = Report::default();
    let Some(spec) = Spec::read(source, profile, &mut report) else {
        return Loaded { api: None, report, operations: 0 };
    };
    let operations = spec.operations().count();
    if report.has_errors() {
        return Loaded { api: None, report, operations };
    }
    let api = model::lower::lower(&spec, &mut report);
    Loaded { api: (!report.has_errors()).then_some(api), report, operations }
}
