//! Objects in the index.

use rusqlite::{Connection, params};

use super::buckets::Home;
use super::rows::{Stored, number, size, stored, to_text};
use super::weight::weight;
use super::{Dead, Done, is_much};
use crate::engine::{Condition, Error, Object};

/// What a write needs to know of what is there.
#[derive(Debug)]
struct Current {
    size: u64,
    etag: String,
    multipart: bool,
    blob: String,
}

/// One file of a multipart object.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) blob: String,
}

/// Finds an object.
pub(crate) fn get(connection: &Connection, bucket: &str, key: &str) -> Result<Stored, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT key, size, etag, modified, checksums, metadata, parts, blob
         FROM objects WHERE bucket = (SELECT id FROM buckets WHERE name = ?1) AND key = ?2",
    )?;
    let mut rows = statement.query(params![bucket, key.as_bytes()])?;
    match rows.next()? {
        Some(row) => stored(row),
        None => {
            Home::find(connection, bucket)?;
            Err(Error::NoObject { bucket: bucket.to_owned(), key: key.to_owned() })
        }
    }
}

/// What an object counts for its owner; 0 if there is none.
pub(crate) fn weight_of(connection: &Connection, home: &Home, key: &str) -> Result<u64, Error> {
    Ok(current(connection, home, key.as_bytes())?.map_or(0, |current| weight(current.size)))
}

/// The files of a multipart object, in order.
pub(crate) fn segments(connection: &Connection, set: &str) -> Result<Vec<Segment>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT number, size, blob FROM segments WHERE segments = ?1 ORDER BY number")?;
    let mut rows = statement.query([set])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        segments.push(Segment { number: row.get(0)?, size: size(row, 1)?, blob: row.get(2)? });
    }
    Ok(segments)
}

/// Writes the files of a multipart object.
pub(crate) fn put_segments(connection: &Connection, set: &str, segments: &[Segment]) -> Result<(), Error> {
    let mut statement =
        connection.prepare_cached("INSERT INTO segments (segments, number, size, blob) VALUES (?1, ?2, ?3, ?4)")?;
    for segment in segments {
        statement.execute(params![set, segment.number, number(segment.size), segment.blob])?;
    }
    Ok(())
}

/// Makes an upload's parts the files of the multipart object that it becomes.
pub(crate) fn put_segments_of_parts(connection: &Connection, upload: &str) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO segments (segments, number, size, blob) SELECT upload, number, size, blob FROM parts WHERE upload = ?1",
        )?
        .execute([upload])?;
    Ok(())
}

/// Writes an object if the condition holds. `counted` is in the owner's account for it already.
pub(crate) fn put(
    connection: &Connection,
    bucket: &str,
    new: &Stored,
    condition: &Condition,
    counted: u64,
) -> Result<Done<()>, Error> {
    let home = Home::find(connection, bucket)?;
    let object = &new.object;
    let current = current(connection, &home, object.key.as_bytes())?;
    check(condition, current.as_ref(), bucket, object)?;
    let replaced = current.as_ref().map_or(0, |current| weight(current.size));
    home.charge(connection, weight(object.size), replaced.saturating_add(counted))?;
    let mut dead = Vec::new();
    if let Some(current) = current {
        dead.push(bury(connection, current)?);
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO objects (bucket, key, size, etag, modified, metadata, checksums, parts, blob)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            home.id,
            object.key.as_bytes(),
            number(object.size),
            object.etag,
            object.modified,
            to_text(&object.metadata),
            to_text(&object.checksums),
            object.parts,
            new.blob,
        ])?;
    Ok(Done { value: (), dead })
}

/// Deletes objects until it is much for one transaction; says how many were there, and gives back the keys that are left.
pub(crate) fn delete_some(
    connection: &Connection,
    bucket: &str,
    keys: Vec<String>,
) -> Result<Done<(usize, Vec<String>)>, Error> {
    let mut dead = Vec::new();
    let mut found = 0;
    Home::find(connection, bucket)?;
    let mut keys = keys.into_iter();
    while !is_much(&dead)
        && let Some(key) = keys.next()
    {
        // Again for each: its account changes.
        let home = Home::find(connection, bucket)?;
        found += usize::from(remove(connection, &home, key.as_bytes(), &mut dead)?);
    }
    Ok(Done { value: (found, keys.collect()), dead })
}

/// Removes an object; says whether it was there.
pub(crate) fn remove(connection: &Connection, home: &Home, key: &[u8], dead: &mut Vec<Dead>) -> Result<bool, Error> {
    let Some(current) = current(connection, home, key)? else { return Ok(false) };
    home.charge(connection, 0, weight(current.size))?;
    dead.push(bury(connection, current)?);
    connection.prepare_cached("DELETE FROM objects WHERE bucket = ?1 AND key = ?2")?.execute(params![home.id, key])?;
    Ok(true)
}

fn current(connection: &Connection, home: &Home, key: &[u8]) -> Result<Option<Current>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT size, etag, parts IS NOT NULL, blob FROM objects WHERE bucket = ?1 AND key = ?2")?;
    let mut rows = statement.query(params![home.id, key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Current { size: size(row, 0)?, etag: row.get(1)?, multipart: row.get(2)?, blob: row.get(3)? }))
}

fn check(condition: &Condition, current: Option<&Current>, bucket: &str, object: &Object) -> Result<(), Error> {
    match (condition, current) {
        (Condition::None, _) | (Condition::Absent, None) => Ok(()),
        (Condition::Matches(_), None) => Err(Error::NoObject { bucket: bucket.to_owned(), key: object.key.clone() }),
        (Condition::Matches(etag), Some(current)) if etag == "*" || *etag == current.etag => Ok(()),
        (Condition::Absent | Condition::Matches(_), Some(_)) => Err(Error::Precondition),
    }
}

/// What an object leaves behind. The rows of its segments are removed.
fn bury(connection: &Connection, current: Current) -> Result<Dead, Error> {
    if !current.multipart {
        return Ok(Dead::Blob(current.blob));
    }
    let names = segments(connection, &current.blob)?.into_iter().map(|segment| segment.blob).collect();
    connection.prepare_cached("DELETE FROM segments WHERE segments = ?1")?.execute([&current.blob])?;
    Ok(Dead::Set(current.blob, names))
}
