//! Multipart uploads in the index.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::buckets::Home;
use super::objects;
use super::rows::{Stored, from_text, key, number, size, to_text};
use super::weight::weight;
use super::{Dead, Done};
use crate::engine::hash::{combine, etag_of_parts, verify_one};
use crate::engine::{
    Checksums, CompletePart, Condition, Error, Expected, ListUploads, Object, Part, Parts, Upload, Uploads,
};

/// What each part but the last has at least.
const LEAST: u64 = 5 << 20;

/// An upload's place, owned.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload: String,
}

/// What completes an upload, owned.
#[derive(Clone, Debug)]
pub(crate) struct Completion {
    pub(crate) at: At,
    pub(crate) parts: Vec<CompletePart>,
    pub(crate) condition: Condition,
    pub(crate) expected: Expected,
    pub(crate) size: Option<u64>,
    pub(crate) modified: i64,
}

/// Begins an upload.
pub(crate) fn create(connection: &Connection, bucket: &str, upload: &Upload) -> Result<Done<()>, Error> {
    let home = Home::find(connection, bucket)?;
    connection
        .prepare_cached(
            "INSERT INTO uploads (bucket, key, id, begun, metadata, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            home.id,
            upload.key.as_bytes(),
            upload.id,
            upload.begun,
            to_text(&upload.metadata),
            to_text(&upload.checksum)
        ])?;
    Ok(Done { value: (), dead: Vec::new() })
}

/// Finds an upload.
pub(crate) fn get(connection: &Connection, home: &Home, at: &At) -> Result<Upload, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT key, id, begun, metadata, checksum FROM uploads WHERE bucket = ?1 AND key = ?2 AND id = ?3",
    )?;
    let mut rows = statement.query(params![home.id, at.key.as_bytes(), at.upload])?;
    rows.next()?.map_or_else(|| Err(Error::NoUpload { upload: at.upload.clone() }), upload)
}

/// Writes a part.
pub(crate) fn put_part(connection: &Connection, at: &At, part: &Part, blob: &str) -> Result<Done<()>, Error> {
    let home = Home::find(connection, &at.bucket)?;
    let upload = get(connection, &home, at)?;
    if let Some((algorithm, _)) = upload.checksum
        && part.checksums.get(algorithm).is_none()
    {
        return Err(Error::InvalidChecksum { algorithm });
    }
    let mut dead = Vec::new();
    let mut replaced = 0;
    {
        let mut statement =
            connection.prepare_cached("SELECT size, blob FROM parts WHERE upload = ?1 AND number = ?2")?;
        let mut rows = statement.query(params![at.upload, part.number])?;
        if let Some(row) = rows.next()? {
            replaced = weight(size(row, 0)?);
            dead.push(Dead::Blob(row.get(1)?));
        }
    }
    home.charge(connection, weight(part.size), replaced)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO parts (upload, number, size, etag, modified, checksums, blob)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            at.upload,
            part.number,
            number(part.size),
            part.etag,
            part.modified,
            to_text(&part.checksums),
            blob
        ])?;
    Ok(Done { value: (), dead })
}

/// One page of an upload's parts.
pub(crate) fn list_parts(connection: &Connection, at: &At, after: u32, max: usize) -> Result<Parts, Error> {
    let home = Home::find(connection, &at.bucket)?;
    let upload = get(connection, &home, at)?;
    let mut page = Parts { upload, parts: Vec::new(), next: None };
    let mut statement = connection.prepare_cached(
        "SELECT number, size, etag, modified, checksums, blob FROM parts
         WHERE upload = ?1 AND number > ?2 ORDER BY number",
    )?;
    let mut rows = statement.query(params![at.upload, after])?;
    while let Some(row) = rows.next()? {
        if page.parts.len() == max {
            page.next = page.parts.last().map(|part| part.number);
            break;
        }
        page.parts.push(part(row)?);
    }
    Ok(page)
}

/// One page of uploads.
pub(crate) fn list(connection: &Connection, list: ListUploads<'_>) -> Result<Uploads, Error> {
    let home = Home::find(connection, list.bucket)?;
    let max = list.max.min(1000);
    // Without an identifier all uploads of that key are over: `g` comes after every hex digit. What comes before the prefix is
    // passed over in the index.
    let (after_key, after_upload) = match list.after_key {
        Some(key) if key >= list.prefix => (key, list.after_upload.unwrap_or("g")),
        _ => (list.prefix, ""),
    };
    let mut page = Uploads::default();
    let mut statement = connection.prepare_cached(
        "SELECT key, id, begun, metadata, checksum FROM uploads
         WHERE bucket = ?1 AND (key, id) > (?2, ?3) ORDER BY key, id",
    )?;
    let mut rows = statement.query(params![home.id, after_key.as_bytes(), after_upload])?;
    while let Some(row) = rows.next()? {
        let upload = upload(row)?;
        if !upload.key.starts_with(list.prefix) {
            break;
        }
        if page.uploads.len() == max {
            page.more = max > 0;
            break;
        }
        page.uploads.push(upload);
    }
    Ok(page)
}

/// Makes an upload's parts an object.
pub(crate) fn complete(connection: &Connection, complete: &Completion) -> Result<Done<Object>, Error> {
    let at = &complete.at;
    let home = Home::find(connection, &at.bucket)?;
    let upload = get(connection, &home, at)?;
    let mut there = all_parts(connection, &at.upload)?;
    let chosen = choose(&complete.parts, &mut there)?;
    let size: u64 = chosen.iter().map(|(part, _)| part.size).sum();
    if let Some(declared) = complete.size.filter(|declared| *declared != size) {
        return Err(Error::OtherSize { declared, is: size });
    }
    let counted: u64 = chosen.iter().map(|(part, _)| weight(part.size)).sum();
    let etag = etag_of_parts(chosen.iter().map(|(part, _)| part.etag.as_str()));
    let checksums = checksums(&upload, &chosen)?;
    for (algorithm, text) in &complete.expected.checksums {
        verify_one(&checksums, *algorithm, text)?;
    }
    let object = Object {
        key: at.key.clone(),
        size,
        etag,
        modified: complete.modified,
        metadata: upload.metadata,
        checksums,
        parts: u32::try_from(chosen.len()).ok(),
    };
    let stored = Stored { object, blob: at.upload.clone() };
    let mut dead = objects::put(connection, &at.bucket, &stored, &complete.condition, counted)?.dead;
    // What is left wasn't chosen. It doesn't count any more.
    let left: u64 = there.values().map(|(part, _)| weight(part.size)).sum();
    Home::find(connection, &at.bucket)?.charge(connection, 0, left)?;
    for (number, (_, blob)) in there {
        connection
            .prepare_cached("DELETE FROM parts WHERE upload = ?1 AND number = ?2")?
            .execute(params![at.upload, number])?;
        dead.push(Dead::Blob(blob));
    }
    objects::put_segments_of_parts(connection, &at.upload)?;
    remove_rows(connection, &home, at.key.as_bytes(), &at.upload)?;
    Ok(Done { value: stored.object, dead })
}

/// Ends an upload.
pub(crate) fn abort(connection: &Connection, at: &At) -> Result<Done<()>, Error> {
    let home = Home::find(connection, &at.bucket)?;
    get(connection, &home, at)?;
    let mut dead = Vec::new();
    remove(connection, &home, at.key.as_bytes(), &at.upload, &mut dead)?;
    Ok(Done { value: (), dead })
}

/// Removes an upload and its parts.
pub(crate) fn remove(
    connection: &Connection,
    home: &Home,
    key: &[u8],
    id: &str,
    dead: &mut Vec<Dead>,
) -> Result<(), Error> {
    let mut counted: u64 = 0;
    {
        let mut statement = connection.prepare_cached("SELECT size, blob FROM parts WHERE upload = ?1")?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            counted = counted.saturating_add(weight(size(row, 0)?));
            dead.push(Dead::Blob(row.get(1)?));
        }
    }
    home.charge(connection, 0, counted)?;
    remove_rows(connection, home, key, id)
}

/// The blob of a part, if it is there.
pub(crate) fn blob(connection: &Connection, upload: &str, number: u32) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT blob FROM parts WHERE upload = ?1 AND number = ?2")?;
    Ok(statement.query_row(params![upload, number], |row| row.get(0)).optional()?)
}

/// Removes one of the uploads to which nothing came since `then`, as others wait meanwhile; says how many it were.
pub(crate) fn remove_old(connection: &Connection, then: i64) -> Result<Done<u64>, Error> {
    let old: Vec<(String, Vec<u8>, String)> = connection
        .prepare_cached(
            "SELECT name, key, uploads.id FROM uploads JOIN buckets ON buckets.id = bucket
             WHERE begun < ?1 AND NOT EXISTS (SELECT 1 FROM parts WHERE upload = uploads.id AND modified >= ?1) LIMIT 1",
        )?
        .query_map([then], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut dead = Vec::new();
    for (bucket, key, id) in &old {
        remove(connection, &Home::find(connection, bucket)?, key, id, &mut dead)?;
    }
    Ok(Done { value: u64::try_from(old.len()).unwrap_or_default(), dead })
}

type There = BTreeMap<u32, (Part, String)>;

fn all_parts(connection: &Connection, id: &str) -> Result<There, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT number, size, etag, modified, checksums, blob FROM parts WHERE upload = ?1 ORDER BY number",
    )?;
    let mut rows = statement.query([id])?;
    let mut parts = There::new();
    while let Some(row) = rows.next()? {
        let part = part(row)?;
        parts.insert(part.number, (part, row.get(5)?));
    }
    Ok(parts)
}

/// Takes the named parts out of those that are there.
fn choose(named: &[CompletePart], there: &mut There) -> Result<Vec<(Part, String)>, Error> {
    if named.is_empty() || !named.is_sorted_by(|one, next| one.number < next.number) {
        return Err(Error::InvalidPartOrder);
    }
    let mut chosen: Vec<(Part, String)> = Vec::with_capacity(named.len());
    for name in named {
        let invalid = Error::InvalidPart { number: name.number };
        let Some((part, blob)) = there.remove(&name.number) else { return Err(invalid) };
        let same = |(algorithm, text): &(_, String)| part.checksums.get(*algorithm) == Some(text);
        if part.etag != name.etag || !name.checksums.iter().all(same) {
            return Err(invalid);
        }
        if let Some((small, _)) = chosen.last().filter(|(part, _)| part.size < LEAST) {
            return Err(Error::PartTooSmall { number: small.number, size: small.size, etag: small.etag.clone() });
        }
        chosen.push((part, blob));
    }
    Ok(chosen)
}

fn checksums(upload: &Upload, chosen: &[(Part, String)]) -> Result<Checksums, Error> {
    let Some((algorithm, kind)) = upload.checksum else { return Ok(Checksums::default()) };
    let parts: Option<Vec<_>> =
        chosen.iter().map(|(part, _)| Some((part.checksums.get(algorithm)?, part.size))).collect();
    let value = parts.and_then(|parts| combine(algorithm, kind, &parts)).ok_or(Error::InvalidChecksum { algorithm })?;
    Ok(Checksums { kind, values: vec![(algorithm, value)] })
}

fn remove_rows(connection: &Connection, home: &Home, key: &[u8], id: &str) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM parts WHERE upload = ?1")?.execute([id])?;
    connection
        .prepare_cached("DELETE FROM uploads WHERE bucket = ?1 AND key = ?2 AND id = ?3")?
        .execute(params![home.id, key, id])?;
    Ok(())
}

fn upload(row: &Row<'_>) -> Result<Upload, Error> {
    Ok(Upload {
        key: key(row, 0)?,
        id: row.get(1)?,
        begun: row.get(2)?,
        metadata: from_text(row.get_ref(3)?.as_str().unwrap_or_default())?,
        checksum: from_text(row.get_ref(4)?.as_str().unwrap_or_default())?,
    })
}

fn part(row: &Row<'_>) -> Result<Part, Error> {
    Ok(Part {
        number: row.get(0)?,
        size: size(row, 1)?,
        etag: row.get(2)?,
        modified: row.get(3)?,
        checksums: from_text(row.get_ref(4)?.as_str().unwrap_or_default())?,
    })
}
