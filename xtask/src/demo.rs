//! `demo`: the service and a client, at work.

use crate::outcome::{Failure, Outcome};
use crate::process::{self, Trouble};

const WHAT: &str = "\
Nothing is left behind: ports are free ones, the data is in a temporary folder.

Exit codes: 0 fine, 1 a step failed.";

/// Start a gateway, use it through the Rust client, show each call, and stop it.
#[derive(clap::Args)]
#[command(after_help = WHAT)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Outcome {
    match process::run(process::cargo().args(["run", "--locked", "-p", "gateway", "--example", "demo"])) {
        Ok(()) => Ok(()),
        Err(Trouble::Skipped(why) | Trouble::Failed(why)) => Err(Failure::failed(format!("demo: {why}"))),
    }
}
