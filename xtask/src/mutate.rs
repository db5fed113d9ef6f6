//! `mutate`: does the suite see mistakes? Each mutation is one mistake in a client, and a conformance case must fail for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::outcome::{Failure, Outcome, count};
use crate::paths;
use crate::process::cargo;

const NOTES: &str = "\
A mutation is a patch, `tests/mutations/<LANGUAGE>/NN-name.patch`. It is applied to a copy of the repository, the
cases are run there, and the first case that fails is shown. To make one: edit, then
  git diff -U2 > tests/mutations/rust/NN-what-is-wrong.patch
and take the edit back. A line `Caught by: file.json: name of a case` at its beginning has that case
run before all the others, so that these seldom are.

Exit codes: 0 every mutation was caught, 1 one wasn't or a patch doesn't apply, 2 wrong usage.";

/// Where the mutations are, a folder a language.
const FOLDER: &str = "tests/mutations";

/// Show that the conformance cases catch every mutation of a client.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub(crate) struct Args {
    /// The client to change.
    #[arg(default_value = "rust")]
    language: String,
    /// Only mutations with this in their file's name.
    #[arg(long, default_value = "")]
    only: String,
}

/// What a patch begins with that says which case is likely to catch it.
const HINT: &str = "Caught by: ";

/// How a language's runner is started. A case that fails is a line `<file>.json: <name>` of what it prints.
struct Language {
    name: &'static str,
    /// What must go well for a mutation to count: one that does not compile shows nothing.
    builds: fn(&Path) -> Vec<Command>,
    /// What runs the cases with this text in their file and name.
    passes: fn(&Path, &str) -> Command,
}

const LANGUAGES: &[Language] = &[
    Language { name: "rust", builds: rust_builds, passes: rust_passes },
    Language { name: "python", builds: python_builds, passes: python_passes },
    Language { name: "typescript", builds: typescript_builds, passes: typescript_passes },
];

/// What package managers put beside sources. It is not in the repository, and stays in the copy.
const INSTALLED: &str = "node_modules";

/// The copy of the repository that is changed. It and what is built in it stay for the next time.
struct Copy {
    folder: PathBuf,
    language: &'static Language,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let Some(language) = LANGUAGES.iter().find(|language| language.name == args.language) else {
        let known: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
        let message = format!("error: no runner for `{}`; there is one for {}", args.language, known.join(", "));
        return Err(Failure::usage(message));
    };
    let patches = patches(language.name, &args.only)?;
    let copy = Copy { folder: paths::target().join("mutate/copy"), language };
    copy.refresh()?;
    println!("without a mutation");
    copy.passes()?;
    let mut missed = 0;
    for patch in &patches {
        copy.refresh()?;
        let verdict = copy.verdict(patch);
        missed += usize::from(verdict.is_err());
        let shown = verdict.unwrap_or_else(|why| format!("NOT CAUGHT: {why}"));
        println!("{:<44} {shown}", patch.file_stem().unwrap_or_default().to_string_lossy());
    }
    let all = count(patches.len(), "mutation");
    if missed > 0 {
        return Err(Failure::failed(format!("mutate: {missed} of {all} not caught")));
    }
    println!("mutate: {all} caught");
    Ok(())
}

fn patches(language: &str, only: &str) -> Outcome<Vec<PathBuf>> {
    let folder = paths::root().join(FOLDER).join(language);
    let entries = fs::read_dir(&folder).map_err(|error| Failure::io("read", &folder, &error))?;
    let mut patches: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    patches.retain(|path| path.extension().is_some_and(|end| end == "patch") && name(path).contains(only));
    patches.sort();
    if patches.is_empty() {
        return Err(Failure::usage(format!("error: {} has no such patch", paths::shown(&folder))));
    }
    Ok(patches)
}

impl Copy {
    /// Makes the copy what the repository is, with all that is not committed. Files that are the same are not touched, so that no
    /// more is built than must be.
    fn refresh(&self) -> Outcome {
        let mut git = Command::new("git");
        git.current_dir(paths::root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = output(&mut git)?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let here: BTreeSet<&str> =
            listed.split('\0').filter(|path| !path.is_empty() && paths::root().join(path).is_file()).collect();
        for path in &here {
            let (from, to) = (paths::root().join(path), self.folder.join(path));
            let new = fs::read(&from).map_err(|error| Failure::io("read", &from, &error))?;
            if fs::read(&to).is_ok_and(|old| old == new) {
                continue;
            }
            let folder = to.parent().unwrap_or(&to);
            fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
            fs::write(&to, new).map_err(|error| Failure::io("write", &to, &error))?;
        }
        let mut there = Vec::new();
        walk(&self.folder, &mut there)?;
        for path in there {
            let inside = path.strip_prefix(&self.folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if !here.contains(inside.as_str()) {
                fs::remove_file(&path).map_err(|error| Failure::io("remove", &path, &error))?;
            }
        }
        Ok(())
    }

    /// The cases must pass where nothing is wrong: a case that always fails would catch everything.
    fn passes(&self) -> Outcome {
        let printed = match self.builds()? {
            Some(printed) => Some(printed),
            None => self.failing()?.map(|(_, printed)| printed),
        };
        match printed {
            Some(printed) => Err(Failure::failed(format!("{printed}\nmutate: the cases fail without a mutation"))),
            None => Ok(()),
        }
    }

    /// What is printed where it doesn't build.
    fn builds(&self) -> Outcome<Option<String>> {
        for mut command in (self.language.builds)(&self.folder) {
            let built = output(&mut command)?;
            if !built.status.success() {
                return Ok(Some(text(&built)));
            }
        }
        Ok(None)
    }

    fn run(&self, cases: &str) -> Outcome<Output> {
        output(&mut (self.language.passes)(&self.folder, cases))
    }

    /// The first case that fails, and what the runner prints of it. One that fails among all others and passes by itself only found
    /// the machine busy.
    fn failing(&self) -> Outcome<Option<(String, String)>> {
        let ran = self.run("")?;
        let cases = failed_cases(&ran);
        if !ran.status.success() && cases.is_empty() {
            return Err(Failure::failed(format!("the runner fails without naming a case:\n{}", text(&ran))));
        }
        for case in cases {
            let again = self.run(&case)?;
            if !again.status.success() {
                return Ok(Some((case, text(&again))));
            }
        }
        Ok(None)
    }

    /// Returns the first case that fails.
    fn verdict(&self, patch: &Path) -> Result<String, String> {
        let mut git = Command::new("git");
        // The copy is no repository, even if it lies in one: there, git would look for the files at its root.
        git.current_dir(&self.folder).env("GIT_CEILING_DIRECTORIES", self.folder.parent().unwrap_or(&self.folder));
        let failure = |failure: Failure| failure.message;
        let applied = output(git.arg("apply").arg(patch)).map_err(failure)?;
        if !applied.status.success() {
            return Err(format!("the patch does not apply: {}", text(&applied).trim()));
        }
        if let Some(printed) = self.builds().map_err(failure)? {
            return Err(format!("the mutation does not compile:\n{printed}"));
        }
        let patch = fs::read_to_string(patch).unwrap_or_default();
        let likely = patch.lines().next().and_then(|line| line.strip_prefix(HINT));
        if let Some(likely) = likely {
            let ran = self.run(likely).map_err(failure)?;
            if let Some(case) = failed_cases(&ran).into_iter().next() {
                return Ok(case);
            }
        }
        let (case, _) = self.failing().map_err(failure)?.ok_or("every case passes")?;
        let other = likely.map(|likely| format!(", and not `{likely}`")).unwrap_or_default();
        Ok(format!("{case}{other}"))
    }
}

fn rust_builds(folder: &Path) -> Vec<Command> {
    let mut builds = rust_runner(folder);
    builds.arg("--no-run");
    vec![builds]
}

fn rust_passes(folder: &Path, cases: &str) -> Command {
    let mut passes = rust_runner(folder);
    // One case is enough, and those about time take long.
    passes.env("CONFORMANCE", cases).env("CONFORMANCE_STOP", "1");
    passes
}

fn rust_runner(folder: &Path) -> Command {
    let mut cargo = cargo();
    // A folder of its own, which all mutations share: cargo gives what it builds of the copy the names that it has in the repository,
    // and would take the one for the other.
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", folder.with_file_name("target"));
    cargo.args(["test", "--quiet", "--locked", "--package", "infrai-tests", "--test", "conformance"]);
    cargo
}

fn python_builds(folder: &Path) -> Vec<Command> {
    // Modules that are imported late would fail in a case.
    let mut compile = python(folder);
    compile.args(["-m", "compileall", "-q", "-f", "sdks/python/src"]);
    vec![build_server(), compile]
}

fn python_passes(folder: &Path, cases: &str) -> Command {
    let mut passes = python(folder);
    passes.arg("sdks/python/tests/conformance.py").arg(server()).args(["tests/conformance", "--first"]);
    // A line of its names the client behind the case.
    let case = cases.trim_end_matches(" (sync)").trim_end_matches(" (async)");
    // Those that need nothing installed.
    passes.args(["--client", "sync", "--client", "async", "--only", case]);
    passes
}

fn python(folder: &Path) -> Command {
    let mut python = Command::new(if cfg!(windows) { "python" } else { "python3" });
    python.current_dir(folder).env("PYTHONPATH", "sdks/python/src").env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

fn typescript_builds(folder: &Path) -> Vec<Command> {
    let npm = |arguments: &[&str]| {
        let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.current_dir(folder.join("sdks/typescript")).args(arguments);
        command
    };
    let install = npm(&["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--silent"]);
    vec![build_server(), install, npm(&["run", "--silent", "compile"])]
}

fn typescript_passes(folder: &Path, cases: &str) -> Command {
    let mut passes = Command::new("node");
    passes.current_dir(folder.join("sdks/typescript")).env("CONFORMANCE_SERVER", server());
    // Its runner knows a case by its name alone.
    passes.args(["tests/conformance.mjs", cases.split_once(": ").map_or(cases, |(_, name)| name)]);
    passes
}

/// Builds the scripted server of the repository itself: no mutation changes it.
fn build_server() -> Command {
    let mut server = cargo();
    server.current_dir(paths::root());
    server.args(["build", "--quiet", "--locked", "--package", "infrai-tests", "--bin", "conformance-server"]);
    server
}

fn server() -> PathBuf {
    paths::target().join("debug").join(format!("conformance-server{}", std::env::consts::EXE_SUFFIX))
}

/// The cases that a runner says failed.
fn failed_cases(ran: &Output) -> Vec<String> {
    text(ran).lines().filter(|line| is_case(line)).map(str::to_owned).collect()
}

/// Whether a line is the heading of a case that failed.
fn is_case(line: &str) -> bool {
    line.split_once(".json: ").is_some_and(|(file, name)| {
        !file.is_empty() && file.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !name.is_empty()
    })
}

fn output(command: &mut Command) -> Outcome<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.output().map_err(|error| Failure::failed(format!("error: can't start {name}: {error}")))
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    let failure = |error: &std::io::Error| Failure::io("read", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure(&error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| failure(&error))?;
        if entry.file_name() == INSTALLED {
            continue;
        }
        if entry.file_type().map_err(|error| failure(&error))?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_case;

    #[test]
    fn headings_of_cases_are_told_from_other_lines() {
        assert!(is_case("retry_status.json: a 503 is tried again"));
        for line in ["    calls[0].json: a", "retry_status.json:", ".json: a", "File x.json: a", "a.toml: b"] {
            assert!(!is_case(line), "{line}");
        }
    }
}
