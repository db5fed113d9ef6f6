//! Which database, as configured.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Postgres, PostgresUrl, Sqlite, State, StateError};

/// Connections that a gateway keeps to Postgres, unless told otherwise.
pub const POOL: usize = 10;

/// The folder of the embedded store, beside the file of the state.
pub(crate) const STORE: &str = "store";

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file: one machine.
    Sqlite(PathBuf),
    /// In Postgres: several replicas.
    Postgres {
        /// Where it is, and how to get in.
        url: Box<PostgresUrl>,
        /// The most connections of this process.
        pool: usize,
    },
}

impl Database {
    /// Reads the setting: nothing is `state.sqlite` in the data folder, the rest a URL of Postgres.
    /// The error is one line, and never repeats the setting, which may hold a password.
    pub fn parse(setting: Option<&str>, data: &Path) -> Result<Self, String> {
        match setting.map(str::trim) {
            None | Some("") => Ok(Self::Sqlite(data.join("state.sqlite"))),
            Some(url) if PostgresUrl::looks_like(url) => {
                Ok(Self::Postgres { url: Box::new(PostgresUrl::parse(url)?), pool: POOL })
            }
            Some(_) => Err("the database must be a URL that begins with `postgres://` or `postgresql://`; \
                without one, SQLite keeps the state in the data folder"
                .to_owned()),
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres { url, .. } => write!(f, "{url}"),
        }
    }
}

/// Opens the database, makes what is missing in it, and brings an older one up to date.
pub async fn open(database: &Database) -> Result<Arc<dyn State>, StateError> {
    Ok(match database {
        Database::Sqlite(path) => {
            let path = path.clone();
            let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path)).await;
            Arc::new(opened.map_err(|error| StateError::Broken(format!("opening the database failed: {error}")))??)
        }
        Database::Postgres { url, pool } => Arc::new(Postgres::connect(url, *pool).await?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_file_in_the_data_folder() {
        for setting in [None, Some(""), Some(" ")] {
            let database = Database::parse(setting, Path::new("data")).expect("a choice");
            assert_eq!(database, Database::Sqlite(Path::new("data").join("state.sqlite")));
        }
    }

    #[test]
    fn other_databases_are_refused_without_repeating_them() {
        for setting in ["mysql://me:hunter2@host/db", "state.sqlite", "postgres:/me:hunter2@host", "hunter2"] {
            let error = Database::parse(Some(setting), Path::new("data")).expect_err(setting);
            assert!(error.contains("`postgres://`") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let url = "postgresql://me:hunter2@db.example.com:5433/infrai?sslmode=verify-full";
        let database = Database::parse(Some(url), Path::new("data")).expect("a choice");
        for shown in [database.to_string(), format!("{database:?}")] {
            assert!(shown.contains("db.example.com:5433") && !shown.contains("hunter2"), "{shown}");
        }
    }
}
