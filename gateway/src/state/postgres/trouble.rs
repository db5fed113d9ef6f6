//! What Postgres' errors mean: one sentence that names the database, and whether it is worth trying again.

use std::error::Error as _;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::url::PostgresUrl;
use crate::state::StateError::{self, Broken, Full, Unavailable};

/// Why an operation failed: Postgres said so, or what is there makes no sense.
pub(super) enum Trouble {
    Postgres(Error),
    Strange(&'static str),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Postgres(error)
    }
}

pub(super) fn of(url: &PostgresUrl, trouble: &Trouble) -> StateError {
    match trouble {
        Trouble::Postgres(error) => of_postgres(url, error),
        Trouble::Strange(what) => Broken(format!("{url} holds {what}: restore it from a backup")),
    }
}

pub(super) fn of_postgres(url: &PostgresUrl, error: &Error) -> StateError {
    match error.as_db_error() {
        Some(said) => of_server(url, said),
        None => Unavailable(format!("{url} can't be reached: {}{}", chain(error), advice(error))),
    }
}

pub(super) fn of_pool(url: &PostgresUrl, error: &PoolError) -> StateError {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => of_postgres(url, error),
        PoolError::Timeout(TimeoutType::Wait) => {
            Unavailable(format!("all connections to {url} are in use: allow more, or try again"))
        }
        PoolError::Timeout(_) => too_slow(url),
        other => Broken(format!("the connections to {url} gave trouble: {other}")),
    }
}

pub(super) fn too_slow(url: &PostgresUrl) -> StateError {
    Unavailable(format!("{url} doesn't answer in time: see whether it runs"))
}

/// Only the message: `DETAIL` has values in it.
fn of_server(url: &PostgresUrl, said: &DbError) -> StateError {
    let message = said.message();
    let code = said.code();
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return Unavailable(format!("{url} is read-only: connect to the primary server"));
    }
    if *code == SqlState::DISK_FULL {
        return Full(format!("no space is left for {url}: free some on its server"));
    }
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return Broken(format!("{url} has no such account (any more)"));
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return Broken(format!(
            "{url} forbids something to its user ({message}): make the user the owner of that database"
        ));
    }
    match code.code().get(..2) {
        // Connection, no such database, transaction rolled back, resources, lock not available, operator, system.
        Some("08" | "3D" | "40" | "53" | "55" | "57" | "58") => {
            Unavailable(format!("{url} can't be used now: {message}"))
        }
        Some("28") => Unavailable(format!("{url} refuses the connection: {message}")),
        _ => Broken(format!("{url} gave trouble: {message}")),
    }
}

/// The whole chain of causes; each says what the one before leaves out.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn advice(error: &Error) -> &'static str {
    let text = chain(error);
    if text.contains("invalid peer certificate") {
        "; give the certificate of its authority with `sslrootcert=FILE` in the URL"
    } else if text.contains("does not support TLS") {
        "; turn TLS on there, or use `sslmode=disable` in a network that you trust"
    } else {
        ""
    }
}
