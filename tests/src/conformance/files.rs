//! The home folder of a case: what is put there, and what must be there in the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::case::{Call, Case, File, FileAfter};
use super::compare::Comparison;
use super::pattern;

/// The mode of a file that doesn't say another.
const MODE: &str = "0600";

/// What is below a folder: files by their paths.
type Found = BTreeMap<String, Vec<u8>>;

/// Puts files there, in the place of those that are there.
///
/// # Errors
/// If they can't be written.
pub fn put(files: &BTreeMap<String, File>, home: &Path) -> io::Result<()> {
    for (path, file) in files {
        write(&home.join(path), file.text.as_bytes())?;
        set_mode(&home.join(path), file.mode.as_deref().unwrap_or(MODE))?;
    }
    Ok(())
}

/// Puts there what downloads are to replace.
///
/// # Errors
/// If it can't be written.
pub fn put_before_downloads(calls: &[Call], home: &Path) -> io::Result<()> {
    for call in calls {
        if let Some(text) = call.arguments.get("before").and_then(|text| text.as_str()) {
            write(&home.join("download"), text.as_bytes())?;
        }
    }
    Ok(())
}

/// Returns all files below the home folder.
///
/// # Errors
/// If they can't be read.
pub fn found(home: &Path) -> io::Result<Found> {
    let mut found = BTreeMap::new();
    collect(home, "", &mut found)?;
    Ok(found)
}

/// Compares what is there with what was, and with what the case says.
///
/// # Errors
/// If it can't be read.
pub fn compare(case: &Case, home: &Path, before: &Found, comparison: &mut Comparison) -> io::Result<()> {
    let after = found(home)?;
    for (path, expected) in &case.files_after {
        let place = format!("files_after.{path}");
        match expected {
            Some(expected) => named(&place, expected, &home.join(path), after.get(path), comparison)?,
            None if home.join(path).exists() => comparison.wrong(&place, "nothing", "something"),
            None => {}
        }
    }
    let others = |found: &Found| -> Found {
        found
            .iter()
            .filter(|(path, _)| !case.files_after.contains_key(*path))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect()
    };
    let shown = |found: Found| -> BTreeMap<String, String> {
        found
            .into_iter()
            .map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).chars().take(500).collect()))
            .collect()
    };
    comparison.equal("files that `files_after` does not name", &shown(others(before)), &shown(others(&after)));
    Ok(())
}

fn named(
    place: &str,
    expected: &FileAfter,
    path: &Path,
    bytes: Option<&Vec<u8>>,
    comparison: &mut Comparison,
) -> io::Result<()> {
    if expected.folder && !path.is_dir() || !expected.folder && bytes.is_none() {
        comparison.wrong(place, if expected.folder { "a folder" } else { "a file" }, "none");
        return Ok(());
    }
    if let (Some(text), Some(bytes)) = (&expected.text, bytes) {
        comparison.text(place, text, &String::from_utf8_lossy(bytes));
    }
    if let (Some(length), Some(bytes)) = (expected.pattern, bytes)
        && (bytes.len() as u64 != length || !pattern::is_at(0, bytes))
    {
        comparison.wrong(place, format!("{length} bytes of the pattern"), format!("{} bytes", bytes.len()));
    }
    if let (Some(expected), Some(got)) = (&expected.mode, mode(path)?) {
        comparison.text(&format!("{place}.mode"), expected, &got);
    }
    Ok(())
}

fn collect(folder: &Path, before: &str, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{before}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = u32::from_str_radix(mode, 8).map_err(io::Error::other)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn mode(path: &Path) -> io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt as _;

    Ok(Some(format!("{:04o}", fs::metadata(path)?.permissions().mode() & 0o777)))
}

#[cfg(not(unix))]
fn mode(_: &Path) -> io::Result<Option<String>> {
    Ok(None)
}
