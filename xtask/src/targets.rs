//! What `regen` makes, and where it goes.

use codegen::emit::{EmitError, OutFile, python, rust, server, typescript};
use codegen::model::Api;

use crate::outcome::{Failure, Outcome};

/// A kind of output with a folder of its own.
pub(crate) struct Target {
    /// As the command line knows it.
    pub(crate) name: &'static str,
    /// From the repository's root; nothing else may be in it.
    pub(crate) folder: &'static str,
    /// Makes its files.
    pub(crate) emit: fn(&Api) -> Result<Vec<OutFile>, EmitError>,
}

const TARGETS: &[Target] = &[
    Target { name: "rust", folder: "generated-client/src/generated", emit: rust::emit },
    Target { name: "server", folder: "gateway/src/generated", emit: server::emit },
    Target { name: "python", folder: "sdks/python/src/infrai/_generated", emit: python::emit },
    Target { name: "typescript", folder: "sdks/typescript/src/generated", emit: typescript::emit },
];

/// Returns the targets of these names, or all.
pub(crate) fn choose(names: &[String]) -> Outcome<Vec<&'static Target>> {
    if let Some(name) = names.iter().find(|name| TARGETS.iter().all(|target| target.name != **name)) {
        let known = TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!("error: there is no target `{name}`; the targets are: {known}")));
    }
    let chosen = |target: &&Target| names.is_empty() || names.iter().any(|name| name == target.name);
    Ok(TARGETS.iter().filter(chosen).collect())
}
