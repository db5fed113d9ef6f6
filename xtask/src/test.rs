//! `test`: what CI tests.

use std::fs;
use std::io::ErrorKind;

use crate::outcome::{Failure, Outcome, count};
use crate::paths;
use crate::process::{self, Trouble};

const EXAMPLES: &str = "\
Examples:
  cargo xtask test
  cargo xtask test --test diff
  cargo xtask test -p infrai retries -- --nocapture

With CI=true snapshots are compared and never written, and what a machine lacks is a failure; otherwise tests that need it are skipped, and
counted at the end.

Exit codes: 0 fine, 1 a test failed, 2 wrong usage.";

/// Run all tests of the workspace, doc tests included.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Passed on to `cargo test --workspace --locked`.
    #[arg(value_name = "ARGS", allow_hyphen_values = true)]
    cargo: Vec<String>,
    /// Passed on to the tests.
    #[arg(value_name = "TEST ARGS", last = true)]
    tests: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut cargo = process::cargo();
    cargo.args(["test", "--locked"]);
    if !args.cargo.iter().any(|arg| is_package(arg)) {
        cargo.arg("--workspace");
    }
    cargo.args(&args.cargo);
    if !args.tests.is_empty() {
        cargo.arg("--").args(&args.tests);
    }
    if process::in_ci() {
        cargo.env("INSTA_UPDATE", "no");
    }
    // Tests add a line for what they could not do here.
    let skipped = paths::target().join("skipped-tests.txt");
    if let Err(error) = fs::remove_file(&skipped)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(Failure::io("remove", &skipped, &error));
    }
    cargo.env("INFRAI_SKIPPED", &skipped);
    match process::run(&mut cargo) {
        Ok(()) => {
            let lines = fs::read_to_string(&skipped).unwrap_or_default();
            print!("{lines}");
            println!("test: ok; {} skipped", count(lines.lines().count(), "check"));
            Ok(())
        }
        Err(Trouble::Skipped(why) | Trouble::Failed(why)) => Err(Failure::failed(format!("test: {why}"))),
    }
}

/// Whether an argument chooses packages, so that the whole workspace isn't meant.
fn is_package(arg: &str) -> bool {
    arg == "--package" || arg.starts_with("--package=") || arg.starts_with("-p")
}
