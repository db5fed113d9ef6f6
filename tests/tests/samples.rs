//! The samples of our own document are run, in each language, each against a server that answers with the document's own example.
//! The snapshots show what each sends and prints.

use std::fmt::Write as _;
use std::process::Command;

use codegen::emit::OutFile;
use codegen::model::{Api, Operation};
use infrai_tests::fixture::{TOKIO, Workspace};
use infrai_tests::http::{Answer, KEY, Recorded, Server};
use infrai_tests::node;
use infrai_tests::paths::{read, root, storage};
use infrai_tests::skip::skipped;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn rust() {
    let api = storage();
    let samples = samples(&api, "Rust");
    let workspace = workspace(&samples);
    let found = workspace.findings(&["build"]);
    assert!(found.is_empty(), "{}", found.join("\n"));

    let seen = seen(&samples, |operation, _| workspace.command(&["run", "--quiet", "--", &operation.id])).await;
    insta::assert_snapshot!("rust", seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    let python = match infrai_tests::python::python("tests/python/requirements.txt") {
        Ok(python) => python,
        Err(why) => return skipped("Python: the samples", &why),
    };
    let api = storage();
    let samples = samples(&api, "Python");
    let seen = seen(&samples, |_, source| {
        let mut program = Command::new(&python);
        program.env("PYTHONPATH", root("sdks/python/src")).env("PYTHONDONTWRITEBYTECODE", "1");
        program.arg("-c").arg(format!("from infrai import Infrai\nclient = Infrai()\n{source}"));
        program
    });
    insta::assert_snapshot!("python", seen.await);
}

#[tokio::test(flavor = "multi_thread")]
async fn typescript() {
    let package = match node::package() {
        Ok(package) => package,
        Err(why) if node::is_missing(&why) => return skipped("TypeScript: the samples", &why),
        Err(why) => panic!("{why}"),
    };
    let api = storage();
    let samples = samples(&api, "TypeScript");
    let seen = seen(&samples, |_, source| {
        let mut program = Command::new("node");
        program.args(["--input-type=module", "--eval"]).current_dir(package);
        program.arg(format!(
            "import {{ InfraiClient }} from \"@infrai/sdk\";\nconst client = new InfraiClient();\n{source}"
        ));
        program
    });
    insta::assert_snapshot!("typescript", seen.await);
}

/// Runs the samples of some operations by these programs. Returns what each sends and prints.
async fn seen(samples: &[(&Operation, &str)], program: impl Fn(&Operation, &str) -> Command) -> String {
    let mut seen = String::new();
    for (operation, source) in samples {
        let server = Server::start([answer(operation)]).await;
        let mut program = program(operation, source);
        program.env("INFRAI_BASE_URL", server.url()).env("INFRAI_API_KEY", KEY);
        let output =
            tokio::task::spawn_blocking(move || program.output()).await.expect("no panic").expect("the program starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {error}", operation.id);
        assert!(error.is_empty(), "{}: {error}", operation.id);
        let request = server.request();
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
        let _ = writeln!(seen, "{}\n{}\n{}", operation.id, sent(&request), String::from_utf8_lossy(&output.stdout));
    }
    seen
}

/// The operations, each with its one sample in a language.
fn samples<'a>(api: &'a Api, lang: &str) -> Vec<(&'a Operation, &'a str)> {
    api.operations.iter().map(|operation| (operation, sample(operation, lang))).collect()
}

/// The one sample of an operation in a language.
fn sample<'a>(operation: &'a Operation, lang: &str) -> &'a str {
    let mut samples = operation.samples.iter().filter(|sample| sample.lang == lang);
    match (samples.next(), samples.next()) {
        (Some(sample), None) => &sample.source,
        (none, _) => {
            panic!("{} has {} {lang} sample", operation.id, if none.is_some() { "more than one" } else { "no" })
        }
    }
}

/// A program that runs the sample of the operation that its argument names.
fn workspace(samples: &[(&Operation, &str)]) -> Workspace {
    let mut functions = String::new();
    let mut arms = String::new();
    for (operation, source) in samples {
        let name = operation.id.replace('.', "_");
        let source = format!("    {}\n", source.replace('\n', "\n    "));
        let _ = writeln!(
            functions,
            "\nasync fn {name}(client: &infrai::Client) -> Result<(), Box<dyn std::error::Error>> {{\n{source}    Ok(())\n}}"
        );
        let _ = writeln!(arms, "        {:?} => {name}(&client).await,", operation.id);
    }
    let main = format!(
        "//! Runs one sample.\n\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
         let client = infrai::Client::from_env()?;\n    match std::env::args().nth(1).unwrap_or_default().as_str() {{\n\
         {arms}        other => Err(format!(\"there is no sample of {{other}}\").into()),\n    }}\n}}\n{functions}"
    );
    let manifest = format!(
        "[package]\nname = \"samples\"\nedition = \"2024\"\n\n[dependencies]\n\
         infrai = {{ path = '{}', default-features = false }}\n{TOKIO}\n\n[lints]\nworkspace = true\n",
        root("generated-client").display()
    );
    let mut workspace = Workspace::new(env!("CARGO_TARGET_TMPDIR"), "samples");
    let files = [("Cargo.toml", manifest), ("src/main.rs", main)];
    workspace.member("samples", &files.map(|(path, text)| OutFile { path: path.to_owned(), text }));
    workspace.finish();
    workspace
}

/// The answer that the document shows as an example.
fn answer(operation: &Operation) -> Answer {
    let document: Value = serde_yaml::from_str(&read("openapi/storage.yaml")).expect("our document is YAML");
    let verb = operation.method.to_ascii_lowercase();
    let responses = &document["paths"][&operation.route.template][verb]["responses"];
    let status = operation.success.statuses.first().expect("a success status");
    let example = &responses[status]["content"]["application/json"]["example"];
    assert!(example.is_object(), "the answer of {} has no example", operation.id);
    Answer::json(status.parse().expect("a status"), example.clone())
}

fn sent(request: &Recorded) -> String {
    let body = String::from_utf8_lossy(&request.body);
    if body.is_empty() { format!("> {}", request.line) } else { format!("> {}\n> {body}", request.line) }
}
