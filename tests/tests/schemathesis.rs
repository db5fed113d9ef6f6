//! schemathesis on the running gateway, by `openapi/storage.yaml`: all phases, all checks.
//!
//! What is relaxed stands in `tests/gateway/schemathesis.toml`, with the reasons.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

use std::fs;
use std::process::Command;

use infrai_tests::gateway::activate;
use infrai_tests::paths::root;
use infrai_tests::program::Program;
use infrai_tests::python::python;
use infrai_tests::skip::skipped;
use serde_json::json;

/// The run is the same each time, as far as the gateway's answers are.
const SEED: &str = "20261122";
const MAX_EXAMPLES: &str = "100";

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let python = match python("tests/gateway/requirements-schemathesis.txt") {
        Ok(python) => python,
        Err(why) => return skipped("schemathesis on the gateway", &why),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::start(folder.path(), &["--trial-buckets=0", "--trial-bytes=0", "--log-level=warn"]).await;
    let mut accounts = Vec::new();
    for name in ["one", "two"] {
        let header = format!("Bearer {}", activate(program.api()).await);
        accounts.push(json!({ "name": name, "fixedHeaders": [{ "name": "Authorization", "value": header }] }));
    }
    let file = folder.path().join("accounts.json");
    fs::write(&file, json!({ "auth": accounts }).to_string()).expect("a file");

    let tool = python.with_file_name(format!("schemathesis{}", std::env::consts::EXE_SUFFIX));
    let mut run = Command::new(tool);
    run.arg("--no-color").arg("--config-file").arg(root("tests/gateway/schemathesis.toml"));
    run.arg("run").arg(root("openapi/storage.yaml")).args(["--url", &format!("http://{}", program.api())]);
    run.args(["--checks", "all", "--seed", SEED, "--max-examples", MAX_EXAMPLES]);
    // What it writes beside its report goes with the folder.
    run.current_dir(folder.path()).env("SCHEMATHESIS_ACCOUNTS", &file);
    run.env("SCHEMATHESIS_HOOKS", root("tests/gateway/schemathesis_hooks.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = run.output().expect("schemathesis can be started");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{text}");
    assert!(output.status.success(), "schemathesis found something; its report is above");
    assert!(text.contains(SEED), "the seed isn't told");
    let errors = program.stderr();
    assert!(!errors.contains("ERROR"), "the gateway logged errors:\n{errors}");
}
