//! Compares files to write with what is there, and writes the difference. What isn't marked as generated is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use codegen::emit::OutFile;
use similar::TextDiff;

use crate::outcome::{Failure, Outcome, count};
use crate::paths;

/// Diffs longer than this are cut: who wants to see a whole new file opens it.
const LONGEST_DIFF: usize = 120;

/// What to do to a folder so that it holds exactly the files that were made.
pub(crate) struct Plan {
    folder: PathBuf,
    /// How many files were made.
    pub(crate) files: usize,
    /// Files that change or are new: what is there and what is to be.
    pub(crate) write: Vec<(PathBuf, Option<Vec<u8>>, String)>,
    /// Files that are no longer made.
    pub(crate) remove: Vec<(PathBuf, Vec<u8>)>,
    /// Files in the way that nobody generated.
    pub(crate) foreign: Vec<PathBuf>,
}

/// To whom a folder belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// To us: whatever else is in it is wrong.
    Generator,
    /// To somebody who may have put own files beside the generated ones.
    User,
}

/// Compares a folder with the files that belong there.
pub(crate) fn plan(folder: &Path, made: Vec<OutFile>, owner: Owner) -> Outcome<Plan> {
    let mut there = BTreeMap::new();
    match owner {
        Owner::Generator => walk(folder, &mut there)?,
        Owner::User => {
            let first = |file: &OutFile| file.path.split('/').next().map(|name| folder.join(name));
            for place in made.iter().filter_map(first).collect::<std::collections::BTreeSet<_>>() {
                walk(&place, &mut there)?;
            }
        }
    }
    let (folder, files) = (folder.to_owned(), made.len());
    let mut plan = Plan { folder, files, write: Vec::new(), remove: Vec::new(), foreign: Vec::new() };
    for file in made {
        let path = plan.folder.join(checked(&file)?);
        match there.remove(&path) {
            Some(Some(old)) if old == file.text.as_bytes() => {}
            Some(Some(old)) if is_generated(&old) => plan.write.push((path, Some(old), file.text)),
            Some(_) => plan.foreign.push(path),
            None => plan.write.push((path, None, file.text)),
        }
    }
    for (path, old) in there {
        match old {
            Some(old) if is_generated(&old) => plan.remove.push((path, old)),
            _ if owner == Owner::Generator => plan.foreign.push(path),
            _ => {}
        }
    }
    Ok(plan)
}

/// All files below a folder, by their path in it.
pub(crate) fn contents(folder: &Path) -> Outcome<BTreeMap<PathBuf, Option<Vec<u8>>>> {
    let mut found = BTreeMap::new();
    walk(folder, &mut found)?;
    let inside = |path: PathBuf| path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path);
    Ok(found.into_iter().map(|(path, bytes)| (inside(path), bytes)).collect())
}

/// Files below a place with their bytes; what is no regular file has none.
fn walk(place: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) -> Outcome {
    let failure = |error: &io::Error| Failure::io("read", place, error);
    let kind = match fs::symlink_metadata(place) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure(&error)),
    };
    // Python puts its own things beside what it runs; they are in no commit.
    if place.ends_with("__pycache__") {
        return Ok(());
    }
    if kind.is_dir() {
        for entry in fs::read_dir(place).map_err(|error| failure(&error))? {
            walk(&entry.map_err(|error| failure(&error))?.path(), found)?;
        }
    } else if kind.is_file() {
        let bytes = fs::read(place).map_err(|error| failure(&error))?;
        found.insert(place.to_owned(), Some(bytes));
    } else {
        found.insert(place.to_owned(), None);
    }
    Ok(())
}

/// The path of a file, if it stays in the folder and the file says that it is generated.
fn checked(file: &OutFile) -> Outcome<&Path> {
    let path = Path::new(&file.path);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if inside && is_generated(file.text.as_bytes()) {
        return Ok(path);
    }
    let fault = if inside { "has no `@generated` banner" } else { "is outside of its folder" };
    Err(Failure::failed(format!("error: a target made `{}`, which {fault}; this is a bug in codegen", file.path)))
}

/// Whether the first line has the mark that every generated file has.
pub(crate) fn is_generated(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.windows(b"@generated".len()).any(|part| part == b"@generated")
}

impl Plan {
    /// Whether everything is as it should be.
    pub(crate) fn is_done(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty() && self.foreign.is_empty()
    }

    /// Fails if something stands in the way that nobody generated.
    pub(crate) fn refuse_foreign(&self) -> Outcome {
        if self.foreign.is_empty() {
            return Ok(());
        }
        let list = self.foreign.iter().map(|path| format!("  {}", paths::shown(path))).collect::<Vec<_>>();
        let message = "error: these stand where generated files go, but have no `@generated` in their first line";
        let help = "nothing was written; move them away, or delete them, and run the command again";
        Err(Failure::failed(format!("{message}:\n{}\n{help}", list.join("\n"))))
    }

    /// Writes and removes, each file whole or not at all.
    pub(crate) fn apply(&self) -> Outcome {
        for (path, _, text) in &self.write {
            replace(path, text).map_err(|error| Failure::io("write", path, &error))?;
        }
        for (path, _) in &self.remove {
            fs::remove_file(path).map_err(|error| Failure::io("remove", path, &error))?;
            // Folders that are empty now go too; one that isn't stays, and that is no fault.
            let above =
                path.ancestors().skip(1).take_while(|above| above.starts_with(&self.folder) && **above != self.folder);
            let _ = above.map(fs::remove_dir).take_while(Result::is_ok).count();
        }
        Ok(())
    }

    /// Prints what is stale, as a unified diff from what is there to what should be.
    pub(crate) fn print_diff(&self) {
        for (path, old, new) in &self.write {
            let why = if old.is_some() { "stale" } else { "missing" };
            print_file(path, why, old.as_deref(), Some(new));
        }
        for (path, old) in &self.remove {
            print_file(path, "extra", Some(old), None);
        }
        for path in &self.foreign {
            println!("extra: {} (not marked as generated: move it away, or delete it)\n", paths::shown(path));
        }
    }

    /// `6 files, 1 written, 0 removed`.
    pub(crate) fn summary(&self) -> String {
        format!("{}, {} written, {} removed", count(self.files, "file"), self.write.len(), self.remove.len())
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = path.with_file_name(name);
    let done = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done
}

fn print_file(path: &Path, why: &str, old: Option<&[u8]>, new: Option<&str>) {
    let name = paths::shown(path);
    println!("{why}: {name}");
    let text = old.map(String::from_utf8_lossy).unwrap_or_default();
    let diff = TextDiff::from_lines(text.as_ref(), new.unwrap_or_default());
    let (from, to) = (format!("a/{}", name.trim_start_matches('/')), format!("b/{}", name.trim_start_matches('/')));
    let none = || "/dev/null".to_owned();
    let (from, to) = (old.map_or_else(none, |_| from), new.map_or_else(none, |_| to));
    let text = diff.unified_diff().header(&from, &to).to_string();
    for line in text.lines().take(LONGEST_DIFF) {
        println!("{line}");
    }
    match text.lines().count().saturating_sub(LONGEST_DIFF) {
        0 => println!(),
        more => println!("… and {} more\n", count(more, "line")),
    }
}
