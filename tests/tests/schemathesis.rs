//! schemathesis on the running gateway, by `openapi/storage.yaml`: all phases, all checks.
//!
//! What is relaxed stands in `tests/gateway/schemathesis.toml`, with the reasons.

#![expect(clippy::print_stdout, reason = "what was done is for whoever reads the log")]

use std::fs;
use std::process::Command;

use infrai_tests::gateway::activate;
use infrai_tests::paths::{read, root};
use infrai_tests::program::Program;
use infrai_tests::python::python;
use infrai_tests::skip::skipped;
use serde_json::json;

/// The run is the same each time, as far as the gateway's answers are.
const SEED: &str = "20261122";
const MAX_EXAMPLES: &str = "100";

/// So many cases there are at least.
const LEAST: usize = 400;
const PHASES: [&str; 4] = ["Examples", "Coverage", "Fuzzing", "Stateful"];

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
    let operations = read("openapi/storage.yaml").matches("operationId:").count();
    assert_eq!(
        missing(&text, operations),
        [""; 0],
        "schemathesis found nothing because it didn't look; its report is above"
    );
    let errors = program.stderr();
    assert!(!errors.contains("ERROR"), "the gateway logged errors:\n{errors}");
}

/// What a report without findings lacks to be a proof: operations, phases, cases, links.
fn missing(report: &str, operations: usize) -> Vec<String> {
    // The number before, or after, a word.
    let number = |line: &str, word: &str| -> usize {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(',')).collect();
        let at = words.iter().position(|one| *one == word);
        let beside =
            at.and_then(|at| if word.ends_with(':') { words.get(at + 1) } else { words.get(at.checked_sub(1)?) });
        beside.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let line = |with: &str| report.lines().find(|line| line.contains(with)).unwrap_or_default();
    let mut missing = Vec::new();
    let tested = number(line("Tested:"), "Tested:");
    if tested != operations {
        missing.push(format!("{tested} of {operations} operations were tested"));
    }
    let phases = report.split_once("Test Phases:").map_or("", |(_, phases)| phases);
    for phase in PHASES {
        if !phases.lines().any(|line| line.trim() == format!("✅ {phase}")) {
            missing.push(format!("the phase {phase} didn't run"));
        }
    }
    let cases = line(" generated, ");
    let (generated, passed) = (number(cases, "generated"), number(cases, "passed"));
    if generated < LEAST || passed < generated {
        missing.push(format!("{passed} of {generated} cases passed, and there should be {LEAST}"));
    }
    if number(line("API Links:"), "covered") == 0 {
        missing.push("no link from one operation to another was followed".to_owned());
    }
    missing
}

#[test]
fn a_report_of_nothing_is_no_proof() {
    let report = "     API Links:    4 covered / 4 selected / 4 total (4 inferred)\n\nAPI Operations:\n  Selected: 4/4\n  Tested: 4\n\n\
        Test Phases:\n  ✅ Examples\n  ✅ Coverage\n  ✅ Fuzzing\n  ✅ Stateful\n\n\
        Test cases:\n  645 generated, 645 passed, 8 skipped\n";
    assert_eq!(missing(report, 4), [""; 0]);
    for (from, to) in [
        ("Tested: 4", "Tested: 3"),
        ("Tested: 4", ""),
        ("✅ Stateful", "⏭  Stateful"),
        ("✅ Examples", "❌ Examples"),
        ("645 generated", "9 generated"),
        ("645 passed", "644 passed"),
        ("645 generated, 645 passed, 8 skipped", ""),
        ("4 covered", "0 covered"),
        ("API Links:", "Links:"),
    ] {
        assert_eq!(missing(&report.replace(from, to), 4).len(), 1, "{to}");
    }
}
