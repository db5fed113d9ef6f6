//! Which step of `info.version` a list of changes needs, and whether it was made.
//!
//! Semantic Versioning 2.0.0, and Cargo's convention for versions below 1: breaking changes need a minor step there,
//! all others a patch step. From a pre-release every step is enough, since it promises nothing.

use std::fmt;

use crate::diag::Diagnostic;
use crate::model::Api;

use super::{Change, Level, Side};

/// A step from one version to a later one, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The version stays.
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no",
            Self::Patch => "a patch",
            Self::Minor => "a minor",
            Self::Major => "a major",
        })
    }
}

/// Why there is no step between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionError {
    /// This version is not `MAJOR.MINOR.PATCH`.
    Unreadable(Side, String),
    /// The new version is before the old one.
    Backwards(String, String),
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(_, version) => write!(f, "version `{version}` is not of the form `1.2.3`"),
            Self::Backwards(old, new) => write!(f, "version `{new}` is before the old one, `{old}`"),
        }
    }
}

impl std::error::Error for VersionError {}

impl VersionError {
    /// Returns the finding to show, and the document that it is about.
    pub fn diagnostic(&self, old: &Api, new: &Api) -> (Side, Diagnostic) {
        let (side, api) = match self {
            Self::Unreadable(Side::Old, _) => (Side::Old, old),
            Self::Unreadable(Side::New, _) | Self::Backwards(..) => (Side::New, new),
        };
        let help = match self {
            Self::Unreadable(..) => {
                "write `info.version` as three numbers, such as `1.2.3` (https://semver.org)".to_owned()
            }
            Self::Backwards(old, _) => format!("write a version after `{old}`"),
        };
        (side, Diagnostic::error("unknown-version-step", api.version_span, self.to_string()).help(help))
    }
}

/// A version: three numbers, and whether it is a pre-release.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: [u64; 3],
    pre: bool,
}

impl Version {
    fn parse(text: &str, side: Side) -> Result<Self, VersionError> {
        let error = || VersionError::Unreadable(side, text.to_owned());
        let (core, build) = text.split_once('+').map_or((text, None), |(core, build)| (core, Some(build)));
        let (core, pre) = core.split_once('-').map_or((core, None), |(core, pre)| (core, Some(pre)));
        let dotted = |part: &str| {
            part.split('.').all(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        };
        if ![pre, build].into_iter().flatten().all(dotted) {
            return Err(error());
        }
        let number = |part: &str| -> Option<u64> {
            let plain = part == "0" || !part.starts_with('0');
            if plain && part.chars().all(|c| c.is_ascii_digit()) { part.parse().ok() } else { None }
        };
        let numbers: Option<Vec<u64>> = core.split('.').map(number).collect();
        let numbers = numbers.and_then(|numbers| <[u64; 3]>::try_from(numbers).ok()).ok_or_else(error)?;
        Ok(Self { numbers, pre: pre.is_some() })
    }
}

/// Returns the step from one version to another.
pub fn step(old: &str, new: &str) -> Result<Step, VersionError> {
    let (from, to) = (Version::parse(old, Side::Old)?, Version::parse(new, Side::New)?);
    if from.numbers > to.numbers || (from.numbers == to.numbers && !from.pre && to.pre) {
        return Err(VersionError::Backwards(old.to_owned(), new.to_owned()));
    }
    let ([major, minor, patch], [new_major, new_minor, new_patch]) = (from.numbers, to.numbers);
    Ok(match () {
        () if old == new => Step::None,
        () if from.pre || major != new_major => Step::Major,
        () if minor != new_minor => Step::Minor,
        () if patch != new_patch => Step::Patch,
        () => Step::None,
    })
}

/// Returns the step that changes need from version 1 on.
pub fn needed(changes: &[Change]) -> Step {
    match changes.iter().map(|change| change.level).max() {
        None => Step::None,
        Some(Level::Docs) => Step::Patch,
        Some(Level::Additive | Level::Behaviour) => Step::Minor,
        Some(Level::Breaking) => Step::Major,
    }
}

/// Whether the version says what the changes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The step that the changes need, from this very version.
    pub needed: Step,
    /// The step that was made.
    pub made: Step,
    /// The least version that would do.
    pub least: String,
}

impl Verdict {
    /// Returns whether the step that was made is enough.
    pub fn enough(&self) -> bool {
        self.made >= self.needed
    }

    /// Returns the finding to show about the new document if the step isn't enough.
    pub fn diagnostic(&self, old: &Api, new: &Api) -> Option<Diagnostic> {
        let message = format!("the changes need {} step of the version, from `{}`", self.needed, old.version);
        let made = match self.made {
            Step::None => "unchanged".to_owned(),
            made => format!("this is {made} step"),
        };
        let least = &self.least;
        (!self.enough()).then(|| {
            Diagnostic::error("version-step", new.version_span, message)
                .label(made)
                .help(format!("write `{least}`, or a later version"))
        })
    }
}

/// Judges the step between two documents. Where nothing changed, any version will do.
pub fn verdict(old: &Api, new: &Api, changes: &[Change]) -> Result<Verdict, VersionError> {
    if changes.is_empty() && old.version == new.version {
        return Ok(Verdict { needed: Step::None, made: Step::None, least: old.version.clone() });
    }
    let made = step(&old.version, &new.version)?;
    let Version { numbers: [major, minor, patch], pre } = Version::parse(&old.version, Side::Old)?;
    let needed = match needed(changes) {
        Step::Major if major == 0 => Step::Minor,
        Step::Minor if major == 0 => Step::Patch,
        step => step,
    };
    let (needed, least) = match needed {
        Step::None => (needed, old.version.clone()),
        _ if pre => (Step::Patch, format!("{major}.{minor}.{patch}")),
        Step::Patch => (needed, format!("{major}.{minor}.{}", patch.saturating_add(1))),
        Step::Minor => (needed, format!("{major}.{}.0", minor.saturating_add(1))),
        Step::Major => (needed, format!("{}.0.0", major.saturating_add(1))),
    };
    Ok(Verdict { needed, made, least })
}
