//! The configuration file. It may hold a password, so nothing of its text is repeated.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Config, ConfigError, Layer};

impl Config {
    /// Reads a file; without a path, the one in the platform's configuration folder if it is there. Paths in it are
    /// relative to its folder.
    pub fn read_file(path: Option<&Path>) -> Result<(Layer, Option<PathBuf>), ConfigError> {
        let path = match path {
            Some(path) => path.to_path_buf(),
            None => match config_file() {
                Some(path) if is_there(&path).map_err(|error| unsought(&path, &error))? => path,
                _ => return Ok((Layer::default(), None)),
            },
        };
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let mut layer = parse(&text)
            .map_err(|mistake| ConfigError(format!("the configuration {} has a mistake{mistake}", path.display())))?;
        let whole = std::path::absolute(&path).map_err(|error| unreadable(&path, &error))?;
        let folder = whole.parent().unwrap_or(&whole);
        let files = layer.vendors.iter_mut().filter_map(|vendor| vendor.credentials_file.as_mut());
        for relative in files.chain(layer.data.as_mut()) {
            *relative = folder.join(&*relative);
        }
        Ok((layer, Some(path)))
    }
}

/// Whether there is a file. One that can't be looked for may say what this gateway must know.
fn is_there(path: &Path) -> io::Result<bool> {
    match path.try_exists() {
        // A service's home is often no folder, and has nothing in it.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        other => other,
    }
}

/// Nobody named it, so whoever reads this may not know of it.
fn unsought(path: &Path, error: &io::Error) -> ConfigError {
    let path = path.display();
    ConfigError(format!(
        "the configuration {path} can't be looked for: {error}; set `HOME`, or name a file with `--config`"
    ))
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigError(format!("the configuration {} can't be read: {error}", path.display()))
}

/// The platform's place for a program's configuration: `~/.config/infrai-gateway/config.toml` on Linux.
fn config_file() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("infrai-gateway").join("config.toml"))
}

/// The settings, or where the mistake is and what it is. The line itself may hold a password.
fn parse(text: &str) -> Result<Layer, String> {
    let document = toml::Deserializer::parse(text).map_err(|error| mistake(text, "", &error))?;
    serde_path_to_error::deserialize(document).map_err(|error| {
        let place = error.path().to_string();
        mistake(text, &place, error.inner())
    })
}

fn mistake(text: &str, place: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or_else(String::new, |before| format!(" in line {}", before.matches('\n').count() + 1));
    let place = if matches!(place, "" | ".") { String::new() } else { format!("`{place}`: ") };
    format!("{line}: {place}{}", unquoted(error.message().trim_end()))
}

/// A message without the text that it found where there should be none: a setting may stand in the wrong place.
fn unquoted(message: &str) -> String {
    let variant = message.strip_prefix("unknown variant `").and_then(|rest| rest.rsplit_once("`, expected"));
    if let Some((_, after)) = variant {
        return format!("unknown variant, expected{after}");
    }
    let found = message.split_once("string \"").and_then(|(before, rest)| Some((before, rest.rsplit_once('"')?.1)));
    match found {
        Some((before, after)) => format!("{before}string{after}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn mistakes_are_named_without_the_text() {
        for (text, says) in [
            ("listen = [1,\ndatabase = 'postgres://me:hunter2@host/db", " in line 2"),
            ("database = 'postgres://me:hunter2@host/db' x", " in line 1"),
            ("\ndatabase = ['postgres://me:hunter2@host/db']", " in line 2: `database`"),
            ("database_connections = 'postgres://me:hunter2@host/db'", " in line 1: `database_connections`"),
            ("trial = 'postgres://me:\"hunter2@host/db'", " in line 1: `trial`"),
            ("listen = 'postgres://me:hunter2@host/db'", " in line 1: `listen`"),
            ("log = 'postgres://me:hunter2@host/db'", " in line 1: `log`: unknown variant, expected `text` or `json`"),
            ("log_level = 'hunter2`, expected hunter2'", " in line 1: `log_level`: unknown variant, expected one of"),
            ("[[vendor]]\nname = 'a'\nstyle = 'hunter2'", " in line 3: `vendor[0].style`: unknown variant, expected"),
            (
                "[[vendor]]\nname = 'a'\npublic = 'string \"hunter2'",
                " in line 3: `vendor[0].public`: unknown variant, expected",
            ),
            ("log = 'json'\n\nlisen = 'hunter2'", " in line 3: "),
        ] {
            let mistake = parse(text).expect_err(text);
            assert!(mistake.starts_with(says) && !mistake.contains("hunter2"), "{text}: {mistake}");
        }
        let layer = parse("database = 'postgres://me:hunter2@host/db'").expect("settings");
        assert!(!format!("{layer:?}").contains("hunter2"), "{layer:?}");
    }
}
