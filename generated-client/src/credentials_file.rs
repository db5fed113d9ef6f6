//! The credentials file: profiles with a key and a base URL each, in the part of TOML that is tables and basic strings.
//!
//! So small a language is read here, and not by a parser package, because clients in other languages read the same file and have
//! none. Everything else that TOML has is refused with its line rather than misunderstood.

#![allow(dead_code, reason = "only a client that can get a key writes one down")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::internal::Invalid;

/// A credentials file as it was read.
pub(crate) struct CredentialsFile {
    path: PathBuf,
    text: String,
    profiles: Vec<Profile>,
}

/// A table of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    name: String,
    values: Vec<(String, String)>,
    /// The lines of the table, by number from 0: its header, and the first that isn't its own.
    lines: (usize, usize),
}

impl Profile {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl CredentialsFile {
    /// Reads the file; none where there is none.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Invalid> {
        let unreadable = |fault: &io::Error| Invalid::new(format!("{} can't be read: {fault}", path.display()));
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(fault) if matches!(fault.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(fault) => return Err(unreadable(&fault)),
        };
        if is_shared(&metadata) {
            let shown = path.display();
            return Err(Invalid::new(format!("{shown} can be read by others: run chmod 600 {shown}")));
        }
        if !metadata.is_file() {
            return Err(Invalid::new(format!("{} is not a file", path.display())));
        }
        let text = fs::read_to_string(path).map_err(|fault| unreadable(&fault))?;
        let profiles = profiles(&text)
            .map_err(|Fault { line, why }| Invalid::new(format!("{}, line {line}: {why}", path.display())))?;
        Ok(Some(Self { path: path.to_owned(), text, profiles }))
    }

    /// A file that isn't there yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, text: String::new(), profiles: Vec::new() }
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// Sets values of a profile and writes the file, whole or not at all. All else stays as it is.
    pub(crate) fn write(&self, profile: &str, values: &[(&str, &str)]) -> io::Result<()> {
        let path = real_path(&self.path);
        let folder = path.parent().unwrap_or(Path::new("."));
        make_private_folder(folder)?;
        let temporary = path.with_extension(format!("{}.tmp", Uuid::new_v4().simple()));
        let written =
            write_private(&temporary, &self.with(profile, values)).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// The text with these values in it.
    fn with(&self, profile: &str, values: &[(&str, &str)]) -> String {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let own = |(name, value): &(&str, &str)| format!("{name} = {}", quoted(value));
        if let Some(known) = self.profile(profile) {
            let (header, end) = known.lines;
            let mut place = header + 1;
            let mut rest = values.to_vec();
            for (number, line) in lines.iter_mut().enumerate().take(end).skip(header + 1) {
                let Ok((name, _, behind)) = entry(line.trim_matches([' ', '\t'])) else { continue };
                if let Some(at) = rest.iter().position(|(own, _)| *own == name) {
                    *line = format!("{}{behind}", own(&rest.remove(at)));
                    place = number + 1;
                }
            }
            for line in rest.iter().rev() {
                lines.insert(place, own(line));
            }
        } else {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(if is_bare(profile) { format!("[{profile}]") } else { format!("[{}]", quoted(profile)) });
            lines.extend(values.iter().map(own));
        }
        lines.join("\n") + "\n"
    }
}

/// Where a path leads: what a link leads to is replaced, and not the link.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// What is wrong with a line, which is counted from 1. The line itself may hold a key, so it isn't repeated.
struct Fault {
    line: usize,
    why: &'static str,
}

fn profiles(text: &str) -> Result<Vec<Profile>, Fault> {
    let mut profiles: Vec<Profile> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fault = |why| Fault { line: number + 1, why };
        let line = line.trim_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let (name, rest) = name(rest.trim_start()).ok_or_else(|| fault("this is not a table's name"))?;
            let rest = rest.trim_start().strip_prefix(']').ok_or_else(|| fault("a table's name ends with `]`"))?;
            only_comment(rest).ok_or_else(|| fault("nothing but a comment may follow a table's name"))?;
            if profiles.iter().any(|profile| profile.name == name) {
                return Err(fault("this table stands here twice"));
            }
            profiles.push(Profile { name, values: Vec::new(), lines: (number, number + 1) });
            continue;
        }
        let (name, value, _) = entry(line).map_err(fault)?;
        let profile = profiles.last_mut().ok_or_else(|| fault("a table such as `[default]` comes first"))?;
        if profile.get(&name).is_some() {
            return Err(fault("this name stands twice in its table"));
        }
        profile.values.push((name, value));
        profile.lines.1 = number + 1;
    }
    Ok(profiles)
}

/// The name, the value and what follows them in a line, or what is wrong with it.
fn entry(line: &str) -> Result<(String, String, &str), &'static str> {
    let (name, rest) = name(line).ok_or("this is neither a table nor `name = \"text\"`")?;
    let rest = rest.trim_start().strip_prefix('=').ok_or("a `=` follows a name")?;
    let (value, rest) =
        basic_string(rest.trim_start()).ok_or("a value is a text in double quotes, with the escapes of TOML")?;
    only_comment(rest).ok_or("nothing but a comment may follow a value")?;
    Ok((name, value, rest))
}

/// A bare or quoted name, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        return basic_string(text);
    }
    let end = text.find(|c: char| !is_bare_character(c)).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

fn is_bare(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_bare_character)
}

fn is_bare_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn only_comment(rest: &str) -> Option<()> {
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(())
}

/// A basic string (TOML 1.0), and what follows it.
fn basic_string(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.char_indices();
    let inner = &text[1..];
    let mut value = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &inner[at + 1..])),
            '\\' => {
                let (at, escape) = chars.next()?;
                value.push(match escape {
                    'b' => '\u{8}',
                    't' => '\t',
                    'n' => '\n',
                    'f' => '\u{c}',
                    'r' => '\r',
                    '"' | '\\' => escape,
                    'u' | 'U' => {
                        let digits = inner.get(at + 1..at + 1 + if escape == 'u' { 4 } else { 8 })?;
                        chars.nth(digits.len() - 1);
                        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
                        char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                    }
                    _ => return None,
                });
            }
            c if c.is_ascii_control() && c != '\t' => return None,
            c => value.push(c),
        }
    }
    None
}

/// A text as a basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(unix)]
fn is_shared(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

// Elsewhere a home folder is its owner's by what it inherits.
#[cfg(not(unix))]
fn is_shared(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{CredentialsFile, profiles};

    fn read(text: &str) -> Result<CredentialsFile, (usize, &'static str)> {
        let profiles = profiles(text).map_err(|fault| (fault.line, fault.why))?;
        Ok(CredentialsFile { path: PathBuf::new(), text: text.to_owned(), profiles })
    }

    fn value(text: &str, profile: &str, name: &str) -> Option<String> {
        Some(read(text).ok()?.profile(profile)?.get(name)?.to_owned())
    }

    #[test]
    fn tables_strings_and_comments_are_read() {
        let text = "# all\r\n\r\n[default] # mine\r\n api_key=\"a#b\" # key\r\nother = \"\"\r\n[\"a b\"]\napi_key = \"\\\"\\\\\\u00e9\\U0001F600\\t\"\n";
        assert_eq!(value(text, "default", "api_key").as_deref(), Some("a#b"));
        assert_eq!(value(text, "a b", "api_key").as_deref(), Some("\"\\é😀\t"));
    }

    #[test]
    fn all_else_is_refused_with_its_line() {
        for (text, line) in [
            ("api_key = \"a\"", 1),
            ("[a]\nb", 2),
            ("[a]\nb = 'c'", 2),
            ("[a]\nb = 1", 2),
            ("[a]\nb = \"c", 2),
            ("[a]\nb = \"\\x\"", 2),
            ("[a]\nb = \"\\ud800\"", 2),
            ("[a]\nb = \"\\u+123\"", 2),
            ("[a]\nb = \"c\" d", 2),
            ("[a]\n\n[a]", 3),
            ("[a]\nb = \"\"\nb = \"\"", 3),
            ("[a", 1),
            ("[[a]]", 1),
            ("[a.b]", 1),
            ("[]", 1),
            ("[a] b", 1),
        ] {
            assert_eq!(read(text).err().map(|(line, _)| line), Some(line), "{text}");
        }
    }

    #[test]
    fn writing_changes_nothing_else() {
        let set = |text: &str, profile: &str| {
            let file = read(text).ok()?;
            Some(file.with(profile, &[("api_key", "n\"w"), ("base_url", "u")]))
        };
        let new = "api_key = \"n\\\"w\"\nbase_url = \"u\"\n";
        assert_eq!(set("", "default"), Some(format!("[default]\n{new}")));
        assert_eq!(set("# c\n[a]\nx = \"y\"", "b c"), Some(format!("# c\n[a]\nx = \"y\"\n\n[\"b c\"]\n{new}")));
        let both = "[a]\nx = \"y\" # keep\nbase_url = \"old\"\n# c\n[b]\napi_key = \"other\"\n";
        let after = "[a]\nx = \"y\" # keep\nbase_url = \"u\"\napi_key = \"n\\\"w\"\n# c\n[b]\napi_key = \"other\"\n";
        assert_eq!(set(both, "a").as_deref(), Some(after));
    }
}
