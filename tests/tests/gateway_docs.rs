//! The README's and the guide's console commands and settings are run: the commands against one gateway, the settings by its own reader.

use std::process::Command;

use infrai_gateway::config::{Config, Layer};
use infrai_tests::paths::{read, root};
use infrai_tests::program::{Program, command};
use infrai_tests::skip::skipped;

/// What is run, with `$ ` before each command.
const TEXTS: [&str; 2] = ["README.md", "docs/gateway.md"];

/// The blocks of a language in a text.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let blocks = text.split("\n```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.split_once('\n'))
        .filter(|(name, _)| *name == language)
        .map(|(_, code)| code.to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_console_command_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = Program::start(folder.path(), &["--public-url", "http://127.0.0.1:7100"]).await;
    let activated = infrai_tests::gateway::activate(gateway.api()).await;
    let mut run = Vec::new();
    for text in TEXTS {
        for line in blocks(&read(text), "console").iter().flat_map(|block| block.lines()) {
            let line = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{text}: `{line}` has no `$ `"));
            // Everything stands where the documents say, but for the port.
            let line = line.replace("127.0.0.1:7100", &gateway.api().to_string());
            let words: Vec<String> = line
                .split_whitespace()
                .map(|word| word.replace("$INFRAI_API_KEY", &activated).replace('"', ""))
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            run.push(words[0].to_owned());
            match words.as_slice() {
                // The program that is running.
                ["cargo", "run", "--release", "-p", "gateway"] => {
                    assert!(read("gateway/Cargo.toml").contains("default-run = \"infrai-gateway\""));
                }
                ["infrai-gateway", rest @ ..] => {
                    let done = command(folder.path(), rest).output().expect("it can be started");
                    assert!(done.status.success(), "`{line}`: {}", String::from_utf8_lossy(&done.stderr));
                }
                ["curl", ..] => curl(&line, &activated),
                _ => panic!("{text}: nobody knows how to run `{line}`"),
            }
        }
    }
    for program in ["cargo", "infrai-gateway", "curl"] {
        assert!(run.iter().any(|ran| ran == program), "the documents show no `{program}`");
    }
}

/// Runs a line of curl as a shell would.
fn curl(line: &str, key: &str) {
    if Command::new("curl").arg("--version").output().is_err() {
        skipped("curl in the documents", "curl is not installed");
        return;
    }
    let line = line.replacen("curl ", "curl --silent --show-error --fail-with-body --noproxy '*' ", 1);
    let done = Command::new("sh").args(["-c", &line]).env("INFRAI_API_KEY", key).output().expect("a shell");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.starts_with('{'),
        "`{line}`: {said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn the_settings_shown_can_be_read() {
    let shown = blocks(&read("docs/gateway.md"), "toml");
    assert!(shown.len() >= 2, "the guide shows settings and a vendor");
    for text in shown {
        let layer: Layer = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Config::new(Layer::default(), layer).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

#[test]
fn the_guide_names_only_settings_that_there_are() {
    let guide = read("docs/gateway.md");
    let settings: Vec<&str> = infrai_gateway::config::VARIABLES.iter().map(|(_, name)| *name).collect();
    for name in
        ["stop_seconds", "client_address_header", "public_s3_url", "public_url", "trial", "embedded", "database", "log"]
    {
        assert!(settings.contains(&name) && guide.contains(name), "{name}");
    }
    assert!(root("docs/benchmarks.md").exists());
}
