//! The databases' schemas, in numbered steps. Each step is one transaction that also records its number.

use super::StateError;

/// A step: its number is its place in the list, counted from 1.
pub(super) struct Step {
    /// The file, for messages.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! steps {
    ($folder:literal: $($name:literal),+) => {
        &[$(Step { name: $name, sql: include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")) }),+]
    };
}

pub(super) const SQLITE: &[Step] = steps!("sqlite": "0001_first", "0002_grants");
pub(super) const POSTGRES: &[Step] = steps!("postgres": "0001_first", "0002_grants");

/// What to do about a database of some version: the next step with its number, nothing, or refuse it.
pub(super) fn next(
    steps: &'static [Step],
    version: i64,
    database: &str,
) -> Result<Option<(i64, &'static Step)>, StateError> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StateError::Broken(format!(
            "{database} has schema {version}, and this program knows them up to {known}: use the newer program that made it"
        )));
    }
    let step = usize::try_from(version).ok().and_then(|done| steps.get(done));
    if step.is_none() && version != known {
        return Err(StateError::Broken(format!("{database} has schema {version}, which there never was")));
    }
    Ok(step.map(|step| (version + 1, step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_numbered_and_go_equally_far() {
        assert_eq!(SQLITE.len(), POSTGRES.len());
        for steps in [SQLITE, POSTGRES] {
            for (index, step) in steps.iter().enumerate() {
                assert!(step.name.starts_with(&format!("{:04}_", index + 1)), "{}", step.name);
                assert!(!step.sql.trim().is_empty(), "{}", step.name);
            }
        }
    }

    #[test]
    fn the_next_step_is_found_and_strange_versions_are_refused() {
        let known = i64::try_from(SQLITE.len()).expect("a few");
        assert!(matches!(next(SQLITE, 0, "it"), Ok(Some((1, _)))));
        assert!(matches!(next(SQLITE, known, "it"), Ok(None)));
        for version in [-1, known + 1] {
            assert!(matches!(next(SQLITE, version, "it"), Err(StateError::Broken(_))), "{version}");
        }
    }
}
