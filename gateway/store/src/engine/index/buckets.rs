//! Buckets and owners in the index.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{number, size};
use super::{Done, is_much, objects, uploads};
use crate::engine::{Bucket, Error};

/// So many objects are removed in one transaction; fewer where they have many blobs.
const TOGETHER: i64 = 500;

/// A bucket and its owner's account.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) id: i64,
    owner: String,
    limit: Option<u64>,
    used: u64,
}

impl Home {
    /// Finds it.
    pub(crate) fn find(connection: &Connection, bucket: &str) -> Result<Self, Error> {
        let mut statement = connection.prepare_cached(
            "SELECT buckets.id, owner, byte_limit, used FROM buckets JOIN owners USING (owner) WHERE name = ?1",
        )?;
        let mut rows = statement.query([bucket])?;
        let row = rows.next()?.ok_or_else(|| Error::NoBucket { bucket: bucket.to_owned() })?;
        let limit: Option<i64> = row.get(2)?;
        let limit = limit.map(|limit| u64::try_from(limit).unwrap_or(0));
        Ok(Self { id: row.get(0)?, owner: row.get(1)?, limit, used: size(row, 3)? })
    }

    /// Whose account it is.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// How many bytes may still come, given what they replace.
    pub(crate) fn room(&self, replaced: u64) -> Option<u64> {
        // Also when there is already too much: what isn't larger than what it replaces may always come.
        self.limit.map(|limit| limit.saturating_sub(self.used).saturating_add(replaced))
    }

    /// The error for more bytes than that.
    pub(crate) fn exceeded(&self) -> Error {
        Error::LimitExceeded { owner: self.owner.clone(), limit: self.limit.unwrap_or_default() }
    }

    /// The error for what would fit in if others weren't on their way.
    pub(crate) fn crowded(&self) -> Error {
        Error::Crowded { owner: self.owner.clone(), limit: self.limit.unwrap_or_default() }
    }

    /// Counts what comes and goes, by its weight. More than the limit lets in is an error; less is always fine.
    pub(crate) fn charge(&self, connection: &Connection, come: u64, go: u64) -> Result<(), Error> {
        if come > go && self.limit.is_some_and(|limit| self.used.saturating_add(come - go) > limit) {
            return Err(self.exceeded());
        }
        // Counted wrongly somewhere else; here it is no reason to refuse what somebody deletes.
        debug_assert!(self.used.saturating_add(come) >= go, "`{}` would have fewer than no bytes", self.owner);
        if come != go {
            connection
                .prepare_cached("UPDATE owners SET used = max(0, used + ?2 - ?3) WHERE owner = ?1")?
                .execute(params![self.owner, number(come), number(go)])?;
        }
        Ok(())
    }
}

/// Makes a bucket, or gives the one there the access and its owner the limit.
pub(crate) fn create(connection: &Connection, bucket: &Bucket, limit: Option<u64>) -> Result<Done<()>, Error> {
    let there: Option<String> = connection
        .prepare_cached("SELECT owner FROM buckets WHERE name = ?1")?
        .query_row([&bucket.name], |row| row.get(0))
        .optional()?;
    match there {
        Some(owner) if owner != bucket.owner => return Err(Error::BucketTaken { bucket: bucket.name.clone() }),
        Some(_) => connection
            .prepare_cached("UPDATE buckets SET public = ?2 WHERE name = ?1")?
            .execute(params![bucket.name, bucket.public])?,
        None => connection
            .prepare_cached("INSERT INTO buckets (name, owner, public, created) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![bucket.name, bucket.owner, bucket.public, bucket.created])?,
    };
    set_limit(connection, &bucket.owner, limit)
}

/// Sets an owner's limit.
pub(crate) fn set_limit(connection: &Connection, owner: &str, limit: Option<u64>) -> Result<Done<()>, Error> {
    connection
        .prepare_cached(
            "INSERT INTO owners (owner, byte_limit) VALUES (?1, ?2)
             ON CONFLICT (owner) DO UPDATE SET byte_limit = excluded.byte_limit",
        )?
        .execute(params![owner, limit.map(number)])?;
    Ok(Done { value: (), dead: Vec::new() })
}

/// How many bytes an owner's objects and parts count as.
pub(crate) fn used(connection: &Connection, owner: &str) -> Result<u64, Error> {
    let mut statement = connection.prepare_cached("SELECT used FROM owners WHERE owner = ?1")?;
    let mut rows = statement.query([owner])?;
    rows.next()?.map_or(Ok(0), |row| size(row, 0))
}

/// The bucket of this name.
pub(crate) fn get(connection: &Connection, name: &str) -> Result<Option<Bucket>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT name, public, owner, created FROM buckets WHERE name = ?1")?;
    Ok(statement.query_row([name], bucket).optional()?)
}

/// All buckets.
pub(crate) fn list(connection: &Connection) -> Result<Vec<Bucket>, Error> {
    let mut statement = connection.prepare_cached("SELECT name, public, owner, created FROM buckets ORDER BY name")?;
    let buckets = statement.query_map([], bucket)?.collect::<rusqlite::Result<_>>()?;
    Ok(buckets)
}

/// Removes an empty bucket.
pub(crate) fn delete(connection: &Connection, name: &str) -> Result<Done<()>, Error> {
    let home = Home::find(connection, name)?;
    let full: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1) OR EXISTS (SELECT 1 FROM uploads WHERE bucket = ?1)",
        )?
        .query_row([home.id], |row| row.get(0))?;
    if full {
        return Err(Error::NotEmpty { bucket: name.to_owned() });
    }
    connection.prepare_cached("DELETE FROM buckets WHERE id = ?1")?.execute([home.id])?;
    Ok(Done { value: (), dead: Vec::new() })
}

/// Removes some of a bucket's objects and uploads, or the bucket if there are none. Says whether the bucket is gone.
pub(crate) fn empty_some(connection: &Connection, name: &str) -> Result<Done<bool>, Error> {
    let home = Home::find(connection, name)?;
    let mut dead = Vec::new();
    let keys: Vec<Vec<u8>> = connection
        .prepare_cached("SELECT key FROM objects WHERE bucket = ?1 LIMIT ?2")?
        .query_map([home.id, TOGETHER], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for key in &keys {
        if is_much(&dead) {
            break;
        }
        objects::remove(connection, &Home::find(connection, name)?, key, &mut dead)?;
    }
    let begun: Vec<(Vec<u8>, String)> = connection
        .prepare_cached("SELECT key, id FROM uploads WHERE bucket = ?1 LIMIT 10")?
        .query_map([home.id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (key, id) in &begun {
        if is_much(&dead) {
            break;
        }
        uploads::remove(connection, &Home::find(connection, name)?, key, id, &mut dead)?;
    }
    let gone = keys.is_empty() && begun.is_empty();
    if gone {
        connection.prepare_cached("DELETE FROM buckets WHERE id = ?1")?.execute([home.id])?;
    }
    Ok(Done { value: gone, dead })
}

/// Changes something that nobody reads, to see whether it can be.
pub(crate) fn touch(connection: &Connection) -> Result<Done<()>, Error> {
    connection.prepare_cached("UPDATE touched SET count = count + 1")?.execute([])?;
    Ok(Done { value: (), dead: Vec::new() })
}

fn bucket(row: &rusqlite::Row<'_>) -> rusqlite::Result<Bucket> {
    Ok(Bucket { name: row.get(0)?, public: row.get(1)?, owner: row.get(2)?, created: row.get(3)? })
}
