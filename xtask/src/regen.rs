//! `regen`: from the document to everything that is generated, or a check that nothing is stale.

use std::path::{Path, PathBuf};
use std::time::Instant;

use codegen::model::Api;

use crate::files::{Owner, Plan, plan};
use crate::outcome::{Failure, Outcome, STALE};
use crate::targets::{self, Target};
use crate::{document, paths};

const EXAMPLES: &str = "\
Examples:
  cargo xtask regen            after an edit of openapi/storage.yaml
  cargo xtask regen rust       one target only
  cargo xtask regen --check    in CI, or before a commit

Exit codes: 0 fine, 1 the document has errors (nothing is written), 2 wrong usage, 4 stale.";

/// Make all generated files anew from openapi/storage.yaml.
///
/// Writes only files whose bytes change and removes those that are no longer made. A file without `@generated` in its
/// first line is never touched: if one is in the way, nothing is written.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to make: rust, server, python, typescript. All targets if left out.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Write nothing; print what is stale, missing or extra as a diff.
    #[arg(long)]
    check: bool,
    /// Read this document in place of openapi/storage.yaml.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Write below this folder in place of the repository's root.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let start = Instant::now();
    let targets = targets::choose(&args.targets)?;
    let source = document::read(args.spec.as_deref())?;
    let api = document::load(&source)?;
    let root = args.out.as_deref().unwrap_or(paths::root());
    let plans = plans(&targets, &api, root)?;
    if args.check {
        let again =
            if args.out.is_some() || args.spec.is_some() { "the same without --check" } else { "`cargo xtask regen`" };
        check(&plans, again)?;
    } else {
        for (_, plan) in &plans {
            plan.refuse_foreign()?;
        }
        for (target, plan) in &plans {
            plan.apply()?;
            println!("{}  {}: {}", target.name, paths::shown(&root.join(target.folder)), plan.summary());
        }
    }
    println!("{} in {} ms", if args.check { "checked" } else { "done" }, start.elapsed().as_millis());
    Ok(())
}

/// Everything is made before anything is written.
fn plans(targets: &[&'static Target], api: &Api, root: &Path) -> Outcome<Vec<(&'static Target, Plan)>> {
    let make = |target: &&'static Target| {
        let files = (target.emit)(api).map_err(|error| {
            Failure::failed(format!("error: the target `{}` can't take this document: {error}", target.name))
        })?;
        Ok((*target, plan(&root.join(target.folder), files, Owner::Generator)?))
    };
    targets.iter().map(make).collect()
}

fn check(plans: &[(&Target, Plan)], again: &str) -> Outcome {
    let stale: Vec<&str> = plans.iter().filter(|(_, plan)| !plan.is_done()).map(|(target, _)| target.name).collect();
    for (target, plan) in plans {
        plan.print_diff();
        if plan.is_done() {
            println!("{}  {}: up to date", target.name, target.folder);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure { exit: STALE, message: format!("stale: {}; run {again}", stale.join(", ")) })
}
