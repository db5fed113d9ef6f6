//! The README's and the guide's console commands and settings are run: the commands against one gateway, the settings by its own reader.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use infrai_gateway::api::Code;
use infrai_gateway::config::{Config, Layer};
use infrai_gateway::vendor::config::VendorConfig;
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
                // What is shown is the beginning of every key.
                ["export", assignment] => {
                    let shown = assignment.strip_prefix("INFRAI_API_KEY=").and_then(|key| key.strip_suffix('…'));
                    assert!(shown.is_some_and(|shown| activated.starts_with(shown)), "`{line}`: {activated}");
                }
                ["cargo", "run", "-p", "infrai", "--example", name] => example(name, &gateway, &activated),
                _ => panic!("{text}: nobody knows how to run `{line}`"),
            }
        }
    }
    for program in ["cargo", "infrai-gateway", "curl"] {
        assert!(run.iter().any(|ran| ran == program), "the documents show no `{program}`");
    }
}

/// Runs an example of the client, which is the README's code, and holds what it prints to what the README says.
fn example(name: &str, gateway: &Program, key: &str) {
    let code = read(&format!("generated-client/examples/{name}.rs"));
    let shown = blocks(&read("README.md"), "rust,no_run").concat();
    assert_eq!(
        code.split_once("\n\n").map(|(_, code)| code.trim_end()),
        Some(shown.trim_end()),
        "the README shows other code"
    );
    let done = Command::new(env!("CARGO"))
        .args(["run", "--locked", "--quiet", "-p", "infrai", "--example", name])
        .current_dir(root(""))
        .env("INFRAI_API_KEY", key)
        .env("INFRAI_BASE_URL", format!("http://{}", gateway.api()))
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&done.stdout);
    let expected = format!("user-uploads at local\nupload with PUT to http://{}/", gateway.s3());
    assert!(done.status.success() && said.starts_with(&expected), "{said} {}", String::from_utf8_lossy(&done.stderr));
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

/// The fields of a `[[vendor]]`, from the sentence that refuses another.
fn vendor_fields() -> Vec<String> {
    let refused = toml::from_str::<VendorConfig>("no_field = 1").expect_err("an unknown field").to_string();
    let (_, expected) = refused.split_once("expected one of").expect("the fields");
    let fields: Vec<String> = code(expected).into_iter().map(|(field, _)| field.to_owned()).collect();
    assert!(fields.len() > 10, "{refused}");
    fields
}

#[test]
fn each_field_of_a_vendor_is_told_and_no_other() {
    let guide = read("docs/gateway.md");
    let (_, table) = guide.split_once("| field | what it says |").expect("the table");
    let rows = table.lines().take_while(|line| line.is_empty() || line.starts_with('|')).skip(2);
    let told: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| code(cell).into_iter().map(|(field, _)| field.to_owned()).collect::<Vec<_>>())
        .collect();
    assert_eq!(told, vendor_fields().into_iter().collect());
}

/// The words of a text that stand in backticks, each with what follows it.
fn code(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = rest.split_once('`').and_then(|(_, rest)| rest.split_once('`')) {
        found.push((word, after));
        rest = after;
    }
    found
}

#[test]
fn the_settings_that_the_guide_names_are_there_with_the_defaults_that_it_says() {
    let guide = read("docs/gateway.md");
    // Without the blocks: these are read by another test.
    let prose: String = guide.split("\n```").step_by(2).collect();
    let printed = command(Path::new("/nowhere"), &["serve", "--print-config"]).output().expect("it can be started");
    let printed = String::from_utf8(printed.stdout).expect("text");
    let value = |name: &str| {
        let line = printed.lines().find(|line| line.trim_start_matches("# ").split([' ', '=']).next() == Some(name))?;
        Some(line.split_once(" = ").map_or("", |(_, rest)| rest.split(" # ").next().unwrap_or(rest).trim()))
    };
    // Codes of errors look the same, and so does what belongs to logs and to nginx.
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let others = ["request_id", "proxy_pass"];
    let vendors = vendor_fields();
    let (mut named, mut with_default) = (Vec::new(), 0);
    for (word, after) in code(&prose) {
        let (name, set) = word.split_once(" = ").map_or((word, None), |(name, value)| (name, Some(value)));
        let name = match (name.strip_prefix("--"), name.strip_prefix("INFRAI_GATEWAY_")) {
            (Some(flag), _) => flag.replace('-', "_"),
            (_, Some(variable)) => variable.to_lowercase(),
            _ => name.to_owned(),
        };
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let looks_like_one = name.contains('_') && name.bytes().all(letter);
        if !(looks_like_one || set.is_some())
            || codes.contains(&&*name)
            || others.contains(&&*name)
            || vendors.contains(&name)
        {
            continue;
        }
        let value = value(&name).unwrap_or_else(|| panic!("the guide has `{word}`, which isn't a setting: {printed}"));
        if let Some((said, _)) = after.strip_prefix(" (").and_then(|after| after.split_once(')'))
            && said.bytes().all(|byte| byte.is_ascii_digit())
        {
            assert_eq!(said, value, "the guide has another default of `{name}`");
            with_default += 1;
        }
        named.push(name);
    }
    for name in ["header_seconds", "stall_seconds", "stop_seconds", "database_connections", "public_s3_url", "embedded"]
    {
        assert!(named.iter().any(|one| one == name), "the guide doesn't name `{name}`: {named:?}");
    }
    assert!(with_default >= 3, "the guide says too few defaults: {named:?}");
    for (name, shown) in [("listen", "serves the API on `127.0.0.1:7100`"), ("s3_listen", "store on `127.0.0.1:7101`")]
    {
        let value = value(name).unwrap_or_default().trim_matches('"').to_owned();
        assert!(guide.contains(shown) && shown.contains(&value), "{name} is {value}");
    }
}
