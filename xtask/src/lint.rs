//! `lint`: everything that can be checked without running a test.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::{Failure, Outcome, count};
use crate::process::{self, Trouble, cargo, program, run as start};
use crate::{external, files, paths};

const NOTES: &str = "\
Steps:
  cargo fmt --check
  cargo clippy, with warnings as errors
  regen --check
  regen twice, compared byte for byte
  other people's tools on openapi/storage.yaml: see tests/tools/README.md

All steps run, whatever fails; a summary is last. A step whose program is not installed is
skipped, and fails with CI=true.

Exit codes: 0 fine, 1 a step failed, 2 wrong usage.";

/// Check format, lints, generated files and the document.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub(crate) struct Args {
    /// Leave out the tools that need Node or Python.
    #[arg(long)]
    rust_only: bool,
}

/// A name and what to do.
pub(crate) type Step = (&'static str, fn() -> Result<(), Trouble>);

const OURS: &[Step] = &[("fmt", fmt), ("clippy", clippy), ("regen --check", regen_check), ("regen twice", regen_twice)];

pub(crate) fn run(args: &Args) -> Outcome {
    let external = if args.rust_only { &[] } else { external::STEPS };
    let done: Vec<_> = OURS.iter().chain(external).map(time).collect();
    println!("── summary");
    let mut failed = 0;
    for (name, result, time) in done {
        let (word, why) = match result {
            Ok(()) => ("ok", String::new()),
            Err(Trouble::Failed(why)) => ("failed", why),
            Err(Trouble::Skipped(why)) if process::in_ci() => ("failed", format!("could not run: {why}")),
            Err(Trouble::Skipped(why)) => ("skipped", why),
        };
        failed += usize::from(word == "failed");
        println!("{}", format!("{word:<8}{:>6.1} s  {name:<24}{why}", time.as_secs_f64()).trim_end());
    }
    if failed == 0 { Ok(()) } else { Err(Failure::failed(format!("lint: {} failed", count(failed, "step")))) }
}

fn time((name, step): &Step) -> (&'static str, Result<(), Trouble>, Duration) {
    println!("── {name}");
    let start = Instant::now();
    (name, step(), start.elapsed())
}

fn fmt() -> Result<(), Trouble> {
    start(cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<(), Trouble> {
    start(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "--deny", "warnings"]))
}

fn regen_check() -> Result<(), Trouble> {
    start(ourselves()?.args(["regen", "--check"]))
}

/// Two runs of the program must make the same bytes: no clock, no hash order.
fn regen_twice() -> Result<(), Trouble> {
    let folders = [1, 2].map(|run| paths::target().join(format!("xtask/regen-{run}")));
    for folder in &folders {
        fresh(folder)?;
        start(ourselves()?.args(["regen", "--out"]).arg(folder).stdout(Stdio::null()))?;
    }
    let [first, second] = folders.map(|folder| files::contents(&folder));
    let [first, second] = [first, second].map(|result| result.map_err(|failure| Trouble::Failed(failure.message)));
    if first? == second? { Ok(()) } else { Err(Trouble::Failed("two runs made different bytes".to_owned())) }
}

fn ourselves() -> Result<Command, Trouble> {
    std::env::current_exe().map(program).map_err(|error| Trouble::Failed(format!("can't find this program: {error}")))
}

/// Makes an empty folder.
pub(crate) fn fresh(folder: &Path) -> Result<(), Trouble> {
    let failed = |error: io::Error| Trouble::Failed(format!("can't empty {}: {error}", folder.display()));
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => fs::create_dir_all(folder).map_err(failed),
    }
}
