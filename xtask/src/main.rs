//! The developers' verbs: `cargo xtask demo`, `regen`, `diff`, `generate`, `lint`, `mutate`, `test`.
//!
//! Reads files, starts programs, writes generated files and talks to people. What an API is and what is made of it is
//! `codegen`'s business; no text of a target language stands here.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to people")]

mod crate_name;
mod demo;
mod diff;
mod document;
mod external;
mod files;
mod generate;
mod lint;
mod mutate;
mod outcome;
mod paths;
mod process;
mod regen;
mod targets;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  the document has errors, or a step failed
  2  wrong usage: an unknown target, revision, file or folder
  3  diff: `info.version` lacks the step that the changes need
  4  regen --check: generated files are stale

`cargo xtask <COMMAND> --help` says more about each.";

/// The verbs of this repository.
///
/// After an edit of `openapi/storage.yaml`, `cargo xtask regen` makes everything that follows from it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Demo(demo::Args),
    Regen(regen::Args),
    Diff(diff::Args),
    Generate(generate::Args),
    Lint(lint::Args),
    Mutate(mutate::Args),
    Test(test::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Regen(args) => regen::run(&args),
        Verb::Diff(args) => diff::run(&args),
        Verb::Generate(args) => generate::run(&args),
        Verb::Lint(args) => lint::run(&args),
        Verb::Mutate(args) => mutate::run(&args),
        Verb::Test(args) => test::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("{}", failure.message);
            }
            ExitCode::from(failure.exit)
        }
    }
}
