//! Reads OpenAPI documents and tells what was found in them.

use std::fs;
use std::path::Path;

use codegen::Loaded;
use codegen::diag::{Diagnostic, Report, Severity, Source};
use codegen::model::Api;
use codegen::spec::Profile;

use crate::outcome::{Failure, Outcome, count};
use crate::paths;

/// Reads a file; without one, the document of this repository.
pub(crate) fn read(path: Option<&Path>) -> Outcome<Source> {
    let (name, path) = match path {
        Some(path) => (path.display().to_string(), path.to_owned()),
        None => (paths::SPEC.to_owned(), paths::root().join(paths::SPEC)),
    };
    let text = fs::read(&path).map_err(|error| Failure::usage(format!("error: can't read {name}: {error}")))?;
    utf8(name, text)
}

/// Takes bytes under a name.
pub(crate) fn utf8(name: String, bytes: Vec<u8>) -> Outcome<Source> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Failure::failed(format!("error: {name} is not UTF-8; the first byte that isn't is number {at}")))
        }
    }
}

/// Loads our own document: its findings go to stderr, and an error ends the verb.
pub(crate) fn load(source: &Source) -> Outcome<Api> {
    let loaded = codegen::load(source, Profile::House);
    tell(source, &loaded.report, usize::MAX);
    usable(source, loaded, "nothing was written").map(|(api, _)| api)
}

/// Returns the API and how many operations the document has; an error in the document ends the verb.
/// `moral` says what did not happen then, such as `nothing was written`.
pub(crate) fn usable(source: &Source, loaded: Loaded, moral: &str) -> Outcome<(Api, usize)> {
    match loaded.api {
        Some(api) if !loaded.report.has_errors() => Ok((api, loaded.operations)),
        _ => Err(Failure::failed(format!("{} in {}; {moral}", errors(&loaded.report), source.name))),
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn errors(report: &Report) -> String {
    count(report.sorted().iter().filter(|item| item.severity == Severity::Error).count(), "error")
}

/// Prints findings to stderr, errors all and the first so many warnings. Returns how many warnings were kept back.
pub(crate) fn tell(source: &Source, report: &Report, warnings: usize) -> usize {
    let mut left = warnings;
    let mut kept_back = 0;
    for item in report.sorted() {
        if item.severity == Severity::Warning {
            if left == 0 {
                kept_back += 1;
                continue;
            }
            left -= 1;
        }
        say(source, item);
    }
    kept_back
}

/// Prints one finding to stderr.
pub(crate) fn say(source: &Source, item: &Diagnostic) {
    eprintln!("{}\n", source.render(item));
}
