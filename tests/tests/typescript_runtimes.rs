//! The packed TypeScript package where it is not Node that runs it: what the page and the README show, each kind of call and
//! transfer, and the vectors, as many as the runtime is able to.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use infrai_tests::conformance::control;
use infrai_tests::node::{good, installed, run, tarball};
use infrai_tests::paths::root;
use infrai_tests::program;
use infrai_tests::skip::skipped;

/// Cases about time want most of a machine, so the runtimes take turns.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn deno() {
    all_holds_in("deno");
}

#[test]
fn bun() {
    all_holds_in("bun");
}

#[test]
fn workerd() {
    all_holds_in("workerd");
}

#[test]
fn chromium() {
    all_holds_in("chromium");
}

fn all_holds_in(runtime: &str) {
    let what = format!("the TypeScript package in {runtime}");
    let Some(package) = installed(&what) else { return };
    if let Err(why) = run(Command::new("node").args(["tests/runtimes/programs.mjs", runtime]).current_dir(package)) {
        return skipped(&what, why.trim());
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let (address, control) = tokio.block_on(control::start()).expect("the scripted server");
    tokio.spawn(control);
    let mut node = Command::new("node");
    node.args(["tests/runtimes.mjs", runtime]).arg(tarball(package)).current_dir(package);
    node.env("GATEWAY", program::command(folder.path(), &[]).get_program());
    node.env("CONFORMANCE_CONTROL", format!("http://{address}"));
    node.env("CONFORMANCE_VECTORS", root("tests/conformance"));
    good(&mut node);
}
