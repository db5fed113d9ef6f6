//! The README is run: its commands, and the finding that it shows. Its Rust code is a doc test.

use std::process::Command;

use codegen::diag::Source;
use codegen::spec::Profile;
use infrai_tests::paths::{read, root};

/// The lines of all blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let text = read("README.md");
    let mut found = Vec::new();
    for (index, block) in text.split("\n```").enumerate() {
        if index % 2 == 1
            && let Some((first, code)) = block.split_once('\n')
            && first == language
        {
            found.push(code.to_owned());
        }
    }
    found
}

#[test]
fn every_command_works() {
    let commands: Vec<String> = blocks("sh").iter().flat_map(|block| block.lines()).map(str::to_owned).collect();
    assert!(commands.contains(&"cargo xtask regen".to_owned()), "{commands:?}");
    for command in commands {
        // This is what runs this test.
        if command == "cargo xtask test" {
            continue;
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["cargo", "xtask", arguments @ ..] = words.as_slice() else {
            panic!("the README has a command that is no xtask: `{command}`");
        };
        let done = Command::new(env!("CARGO"))
            .args(["xtask"])
            .args(arguments)
            .current_dir(root(""))
            .output()
            .expect("cargo can be started");
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        // `diff` may find that the working tree lacks a version step: that is for its author to see, not for this test.
        let fine = [Some(0)].contains(&done.status.code()) || (arguments == ["diff"] && done.status.code() == Some(3));
        assert!(fine, "`{command}`: {}\n{said}", done.status);
        assert!(!said.trim().is_empty(), "`{command}` says nothing");
        if command == "cargo xtask demo" {
            shows_each_call(&said);
        }
    }
}

/// The demo's steps in their order, each with the call that does it, what came of it, how to go on, and how long it took.
fn shows_each_call(said: &str) {
    let source: String = read("gateway/examples/demo.rs").split_whitespace().collect();
    let mut steps = Vec::new();
    for step in said.split("\n\n") {
        let lines: Vec<&str> = step.trim_start().lines().collect();
        if let [_, call, result] = lines.as_slice()
            && result.starts_with("  → ")
        {
            let call: String = call.split_whitespace().collect();
            assert!(source.contains(&call), "the demo shows a call that it doesn't make: {step}");
            steps.push(call);
        }
    }
    let calls =
        ["Gateway::start(", ".activate(", ".create(", ".upload(", ".list(", ".download(", ".presign(", ".delete("];
    assert_eq!(steps.len(), calls.len(), "{said}");
    for (step, call) in steps.iter().zip(calls) {
        assert!(step.contains(call), "`{call}…)` was to be shown, not {step}");
    }
    assert!(said.contains("cargo run --release -p gateway"), "how to keep one running isn't said: {said}");
    let took = said.lines().find_map(|line| line.strip_prefix("all of this took ")?.strip_suffix(" s"));
    let took: f64 = took.and_then(|took| took.parse().ok()).unwrap_or_else(|| panic!("how long isn't said: {said}"));
    assert!(took < 10.0, "{took} s");
}

#[test]
fn the_finding_is_shown_as_it_is_printed() {
    let blocks = blocks("text");
    let [shown] = blocks.as_slice() else { panic!("the README shows one finding") };
    let broken = read("openapi/storage.yaml").replacen("schemas/Bucket' }", "schemas/Bucke' }", 1);
    let source = Source::new("openapi/storage.yaml", broken);
    let loaded = codegen::load(&source, Profile::House);
    let printed: Vec<String> = loaded.report.sorted().into_iter().map(|finding| source.render(finding)).collect();
    assert_eq!(printed, [shown.trim_end()]);
}
