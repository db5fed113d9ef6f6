//! `diff`: what an edit of the document means for callers.

use std::path::PathBuf;
use std::process::Command;

use codegen::diag::Source;
use codegen::diff::{Side, VersionError, compare, render, verdict};
use codegen::model::Api;
use codegen::spec::Profile;

use crate::outcome::{Failure, Outcome, VERSION};
use crate::{document, paths};

const NOTES: &str = "\
Levels, and the step of `info.version` that each needs (below 1.0.0, in brackets):
  breaking   old programs may fail to compile or to work      major (minor)
  behaviour  they go on, but get something else: a default    minor (patch)
  additive   there is more than before                        minor (patch)
  docs       something reads differently                      patch (patch)

Examples:
  cargo xtask diff             what the working tree changes
  cargo xtask diff main        what this branch changes
  cargo xtask diff --old a.yaml --new b.yaml

A document with errors is compared as far as it can be read.

Exit codes: 0 fine, 1 a document has errors, 2 wrong usage, 3 `info.version` lacks the step.";

/// Compare two versions of the API and say per operation what is breaking, additive or docs only.
///
/// Compares what openapi/storage.yaml describes with what it described in a revision; how it is written does not
/// matter. Prints each change with its line, then whether `info.version` makes the step that they need.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub(crate) struct Args {
    /// Compare with this revision, as git knows it.
    #[arg(value_name = "REV", default_value = "HEAD", conflicts_with_all = ["old", "new"])]
    rev: String,
    /// Compare two files: the old one.
    #[arg(long, value_name = "FILE", requires = "new")]
    old: Option<PathBuf>,
    /// Compare two files: the new one.
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<PathBuf>,
    /// The files are anybody's OpenAPI documents: read them as `generate` does.
    #[arg(long, requires = "old")]
    foreign: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let old = match &args.old {
        Some(file) => document::read(Some(file))?,
        None => revision(&args.rev)?,
    };
    let new = document::read(args.new.as_deref())?;
    let (old_api, new_api, fault) = load(&old, &new, args.foreign)?;
    let changes = compare(&old_api, &new_api);
    print!("{}", render(&changes, &old, &new));
    let judged = match verdict(&old_api, &new_api, &changes) {
        Ok(verdict) => match verdict.diagnostic(&old_api, &new_api) {
            None => {
                let (made, needed) = (verdict.made, verdict.needed);
                println!("version {} → {}: {made} step; {needed} step is needed", old_api.version, new_api.version);
                Ok(())
            }
            Some(finding) => {
                document::say(&new, &finding);
                Err(Failure { exit: VERSION, message: format!("`info.version` in {} lacks a step", new.name) })
            }
        },
        Err(error) => Err(unknown_step(&error, (&old, &old_api), (&new, &new_api))),
    };
    fault.map_or(judged, Err)
}

/// Returns both models, by our own rules if they keep them. While a document is being edited it may not, and what the
/// edit means is asked for all the same: then both are read as anybody's, and the errors are returned for last.
fn load(old: &Source, new: &Source, foreign: bool) -> Outcome<(Api, Api, Option<Failure>)> {
    let mut fault = None;
    if !foreign {
        let (old_loaded, new_loaded) = (codegen::load(old, Profile::House), codegen::load(new, Profile::House));
        document::tell(new, &new_loaded.report, usize::MAX);
        if new_loaded.api.is_none() {
            let errors = document::errors(&new_loaded.report);
            fault = Some(Failure::failed(format!("{errors} in {}; compared as far as it can be read", new.name)));
        } else if old_loaded.api.is_none() {
            let errors = document::errors(&old_loaded.report);
            eprintln!("{errors} in {} by today's rules; compared as far as it can be read\n", old.name);
        }
        if let (Some(old), Some(new)) = (old_loaded.api, new_loaded.api) {
            return Ok((old, new, None));
        }
    }
    let anyhow = |source: &Source| {
        let loaded = codegen::load(source, Profile::Foreign);
        // Of our own new document they were told above.
        if foreign || std::ptr::eq(source, old) {
            document::tell(source, &loaded.report, 0);
        }
        document::usable(source, loaded, "nothing was compared").map(|(api, _)| api)
    };
    match (anyhow(old), anyhow(new)) {
        (Ok(old), Ok(new)) => Ok((old, new, fault)),
        (old, new) => Err(new.err().or(old.err()).or(fault).unwrap_or_else(|| Failure::failed(""))),
    }
}

fn unknown_step(error: &VersionError, old: (&Source, &Api), new: (&Source, &Api)) -> Failure {
    let (side, finding) = error.diagnostic(old.1, new.1);
    let source = if side == Side::Old { old.0 } else { new.0 };
    document::say(source, &finding);
    let message = format!("whether `info.version` makes the step that the changes need can't be told: {error}");
    match error {
        VersionError::Backwards(..) => Failure { exit: VERSION, message },
        VersionError::Unreadable(..) => Failure::failed(message),
    }
}

/// The document as it was in a revision.
fn revision(rev: &str) -> Outcome<Source> {
    let name = format!("{rev}:{}", paths::SPEC);
    let show = Command::new("git")
        .current_dir(paths::root())
        .args(["show", "--end-of-options", &format!("{rev}:./{}", paths::SPEC)])
        .output()
        .map_err(|error| Failure::failed(format!("error: can't start git: {error}")))?;
    if !show.status.success() {
        let why = String::from_utf8_lossy(&show.stderr);
        return Err(Failure::usage(format!("error: git has no {name}\n{}", why.trim_end())));
    }
    document::utf8(name, show.stdout)
}
