//! Rows and the values that they stand for.

use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::{Error, Object};

/// An object and where its bytes are.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) object: Object,
    /// A blob's name, or that of a set of segments if the object has parts.
    pub(crate) blob: String,
}

/// Reads an object's row: key, size, etag, modified, checksums, metadata, parts, blob.
pub(crate) fn stored(row: &Row<'_>) -> Result<Stored, Error> {
    Ok(Stored {
        object: Object {
            key: key(row, 0)?,
            size: size(row, 1)?,
            etag: row.get(2)?,
            modified: row.get(3)?,
            checksums: from_text(row.get_ref(4)?.as_str().unwrap_or_default())?,
            metadata: from_text(row.get_ref(5)?.as_str().unwrap_or_default())?,
            parts: row.get(6)?,
        },
        blob: row.get(7)?,
    })
}

/// A key. Written from a `str`, so it is UTF-8 unless the index is damaged.
pub(crate) fn key(row: &Row<'_>, column: usize) -> Result<String, Error> {
    let bytes: Vec<u8> = row.get(column)?;
    String::from_utf8(bytes).map_err(|_| bad("its key is not UTF-8"))
}

/// A number of bytes.
pub(crate) fn size(row: &Row<'_>, column: usize) -> Result<u64, Error> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| bad("its size is negative"))
}

/// A number of bytes as `SQLite` keeps it. Sizes beyond 2^63 don't occur.
pub(crate) fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// JSON, or nothing for the default, which is by far the most frequent.
pub(crate) fn to_text<T: Serialize + Default + PartialEq>(value: &T) -> String {
    if *value == T::default() { String::new() } else { serde_json::to_string(value).unwrap_or_default() }
}

/// What [`to_text`] wrote.
pub(crate) fn from_text<T: DeserializeOwned + Default>(text: &str) -> Result<T, Error> {
    if text.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(text).map_err(|_| bad("its text is not what is written there"))
}

/// The index says something that was never written to it.
fn bad(what: &str) -> Error {
    Error::BadEntry { what: what.to_owned() }
}
