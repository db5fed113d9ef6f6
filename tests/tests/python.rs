//! The Python package, as its users have it: installed, checked by their tools, held to the vectors, its documentation run.
//!
//! `CONFORMANCE=text cargo test -p infrai-tests --test python` runs the cases whose file or name has the text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use codegen::emit::python;
use infrai_tests::fixture::Fixture;
use infrai_tests::gateway::TestGateway;
use infrai_tests::paths::{read, root};
use infrai_tests::python::python as with_packages;
use infrai_tests::skip::skipped;
use tempfile::TempDir;

const PACKAGE: &str = "sdks/python";

/// The fixtures that Python has no form for, and why.
const UNSUPPORTED: [(&str, &str); 0] = [];

/// Returns a Python with the tools, or says why there is none.
fn tools(what: &str) -> Option<PathBuf> {
    with_packages("tests/python/requirements.txt").inspect_err(|why| skipped(&format!("Python: {what}"), why)).ok()
}

/// Returns a tool's command, in the package's folder.
fn tool(python: &Path, module: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.arg("-m").arg(module).args(arguments).current_dir(root(PACKAGE)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Runs a command, and fails with what it said.
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program can be started");
    let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    assert!(status.success(), "{command:?}: {status}\n{said}");
    said
}

/// The folder into which the package is installed, once for all tests.
fn installed(python: &Path) -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        // A copy, so that building leaves nothing in the repository.
        let source = folder.path().join("source");
        copy(&root(PACKAGE), &source);
        let quiet =
            ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--target"];
        run(tool(python, "pip", &quiet).arg(folder.path().join("installed")).arg(&source));
        folder
    });
    PLACE.get_or_init(|| folder.path().join("installed"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.is_file() {
            fs::copy(&path, to.join(name)).expect("a copy");
        } else if !["__pycache__", ".mypy_cache", ".ruff_cache"].iter().any(|cache| name == *cache) {
            copy(&path, &to.join(name));
        }
    }
}

/// Returns a Python that has the package and nothing of this machine's environment.
fn program(python: &Path, home: &Path, gateway: &TestGateway) -> Command {
    let mut command = Command::new(python);
    command.env_clear().env("HOME", home).env("PYTHONPATH", installed(python)).current_dir(home);
    command.env("INFRAI_BASE_URL", format!("http://{}", gateway.api())).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[test]
fn the_package_passes_the_checks_of_its_users_tools() {
    let Some(python) = tools("ruff, mypy, pyright") else { return };
    let cache = tempfile::tempdir().expect("a folder");
    run(&mut tool(&python, "ruff", &["format", "--no-cache", "--check", "."]));
    run(&mut tool(&python, "ruff", &["check", "--no-cache", "."]));
    let cache = format!("--cache-dir={}", cache.path().display());
    run(tool(&python, "mypy", &[&cache, "--strict", "src", "tests"]).env("MYPYPATH", "src"));
    run(&mut tool(&python, "pyright", &["--warnings"]));
}

#[test]
fn what_is_published_is_complete_and_always_the_same() {
    let Some(python) = tools("hatchling, twine") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    copy(&root(PACKAGE), &source);
    let mut built = Vec::new();
    for round in ["first", "second"] {
        let to = folder.path().join(round);
        run(tool(&python, "hatchling", &["build", "--directory"]).arg(&to).current_dir(&source));
        let mut paths: Vec<_> = fs::read_dir(&to).expect("a folder").map(|one| one.expect("a file").path()).collect();
        paths.sort();
        built.push(paths);
    }
    let [first, second] = built.as_slice() else { panic!("{built:?}") };
    assert_eq!(first.len(), 2, "a wheel and an sdist: {first:?}");
    for (one, other) in first.iter().zip(second) {
        assert!(fs::read(one).expect("a file") == fs::read(other).expect("a file"), "{} changes", one.display());
    }
    run(tool(&python, "twine", &["check", "--strict"]).args(first));
    let listing = "import sys, tarfile, zipfile; [print(*(tarfile.open(path).getnames() if path.endswith('gz') \
                   else zipfile.ZipFile(path).namelist())) for path in sys.argv[1:]]";
    for names in run(Command::new(&python).args(["-c", listing]).args(first)).lines() {
        for needed in ["LICENSE-APACHE", "LICENSE-MIT", "infrai/py.typed", "infrai/_generated/types.py"] {
            assert!(names.contains(needed), "{needed} is missing: {names}");
        }
    }
}

#[test]
fn what_is_generated_from_fixtures_is_formatted_and_typed() {
    let Some(python) = tools("the fixtures") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join("src/infrai/_generated");
    copy(&root(PACKAGE).join("src/infrai/_runtime"), &package.join("_runtime"));
    fs::copy(root(PACKAGE).join("pyproject.toml"), folder.path().join("pyproject.toml")).expect("a copy");
    for path in ["src/infrai/__init__.py", "src/infrai/_generated/__init__.py"] {
        fs::write(folder.path().join(path), "\"\"\"Fixtures.\"\"\"\n").expect("a file");
    }
    let mut refused = BTreeMap::new();
    let mut cases = Vec::new();
    for fixture in Fixture::all() {
        let case = fixture.case.replace('-', "_");
        let place = package.join(&case);
        match python::emit(&fixture.api) {
            Ok(files) => {
                fs::create_dir_all(&place).expect("a folder");
                for file in files {
                    fs::write(place.join(&file.path), &file.text).expect("a file");
                }
                cases.push(format!("src/infrai/_generated/{case}"));
            }
            Err(error) => {
                refused.insert(fixture.case, error.0);
            }
        }
    }
    let known = UNSUPPORTED.map(|(case, why)| (case.to_owned(), why.to_owned()));
    assert_eq!(refused, BTreeMap::from(known));
    assert!(cases.len() > 20, "{cases:?}");
    let check = |module: &str, arguments: &[&str]| {
        run(tool(&python, module, arguments).args(&cases).current_dir(folder.path()));
    };
    check("ruff", &["format", "--no-cache", "--check"]);
    check("ruff", &["check", "--no-cache"]);
    check("mypy", &["--strict", "--explicit-package-bases"]);
    // What can be imported has no mistake that only shows when it is run.
    let modules = cases.iter().map(|case| case.replace('/', ".").replace("src.", ""));
    let imports = modules.map(|case| format!("import {case}.types, {case}.client, {case}.async_client"));
    let imports = imports.collect::<Vec<_>>().join("\n");
    run(Command::new(&python).args(["-c", &imports]).env("PYTHONPATH", folder.path().join("src")));
}

#[test]
fn both_clients_pass_every_case_over_each_transport() {
    let Some(python) = tools("the vectors") else { return };
    let mut command = Command::new(&python);
    command.arg(root(PACKAGE).join("tests/conformance.py")).arg(env!("CARGO_BIN_EXE_conformance-server"));
    command.arg(root("tests/conformance")).env("PYTHONPATH", installed(&python));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    if let Ok(text) = std::env::var("CONFORMANCE") {
        command.arg("--only").arg(text);
    }
    run(&mut command);
}

#[test]
fn what_no_vector_can_show() {
    runs("behaviour.py");
}

#[test]
fn answers_are_read_wherever_their_bytes_are_cut() {
    runs("http11.py");
}

#[test]
fn connections_are_kept_and_callers_errors_are_theirs() {
    runs("wire.py");
}

#[test]
fn clients_that_activate_at_the_same_time_lose_no_key() {
    runs("activation.py");
}

#[test]
fn files_and_callers_code_in_transfers() {
    runs("transfers.py");
}

/// Runs tests of what no vector can show.
fn runs(file: &str) {
    let Some(python) = tools("what no vector can show") else { return };
    let mut command = Command::new(&python);
    command.arg(root(PACKAGE).join("tests").join(file)).arg(root("tests/conformance/tls"));
    run(command.env("PYTHONPATH", installed(&python)).env("PYTHONDONTWRITEBYTECODE", "1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_the_documentation_page_work_letter_for_letter() {
    let Some(python) = tools("the documented calls") else { return };
    let gateway = TestGateway::start().await;
    let home = tempfile::tempdir().expect("a folder");
    run(program(&python, home.path(), &gateway).args(["-c", "from infrai import infra; infra.activate()"]));
    let file = fs::read_to_string(home.path().join(".infrai/credentials")).expect("the credentials file");
    assert!(file.contains("[default]\napi_key = \"ifr_pk_"), "a file without a key");
    let calls = root(PACKAGE).join("tests/documented.py");
    let printed = run(program(&python, home.path(), &gateway).arg(calls));
    let lines: Vec<&str> = printed.lines().collect();
    let [created, demo, uploads, url, deleted] = lines.as_slice() else { panic!("{printed}") };
    assert_eq!(*created, "bucket: user-uploads | vendor: local");
    assert!(demo.starts_with("demo ") && uploads.starts_with("user-uploads "), "{printed}");
    assert!(url.starts_with("upload url: http://") && url.contains("X-Amz-Expires=600"), "{url}");
    assert_eq!(*deleted, "deleted: True");
    let said = run(program(&python, home.path(), &gateway).args(["-m", "infrai"]));
    assert!(
        said.contains("API key: ifr_pk_…") && said.contains(&format!("base URL: http://{}", gateway.api())),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_is_run() {
    let Some(python) = tools("its README") else { return };
    let gateway = TestGateway::start().await;
    let home = tempfile::tempdir().expect("a folder");
    let mut printed = Vec::new();
    for (language, block) in blocks() {
        match (language.as_str(), block.trim()) {
            // What `installed` does.
            ("sh", "pip install ./sdks/python") => {}
            ("sh", line) => {
                let code = line.strip_prefix("python -c \"").and_then(|rest| rest.strip_suffix('"'));
                run(program(&python, home.path(), &gateway).args(["-c", code.expect("a command that is run here")]));
            }
            ("python", code) => {
                printed.push(
                    run(program(&python, home.path(), &gateway).args(["-W", "error", "-c", code])).trim().to_owned(),
                );
            }
            (other, _) => panic!("the README has a block in `{other}`"),
        }
    }
    let expected = [
        "bucket: user-uploads | vendor: local\ndemo us-east-1\nuser-uploads us-east-1",
        "True",
        "409 bucket_exists",
        "True\norder-17",
        "200 True True\nTrue",
        "3",
        "True",
        "b'hello'\n1048576\n{'ok': True}",
    ];
    assert_eq!(printed, expected);
}

/// The blocks of the package's README, with their languages.
fn blocks() -> Vec<(String, String)> {
    let text = read(&format!("{PACKAGE}/README.md"));
    let blocks = text.split("\n```").enumerate().filter(|(index, _)| index % 2 == 1);
    blocks.filter_map(|(_, block)| block.split_once('\n')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}
