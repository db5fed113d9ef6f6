//! Listing objects: by seeking, so that a common prefix with a million keys costs as much as one with a single key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, params};

use super::buckets::Home;
use super::rows::{from_text, key, size};
use crate::engine::{Entry, Error, List, Listing, Store};

impl Store {
    /// Lists objects.
    pub async fn list(&self, list: List<'_>) -> Result<Listing, Error> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (bucket, prefix, delimiter) = (list.bucket.to_owned(), list.prefix.to_owned(), list.delimiter.to_owned());
        let (after, token, max) = (own(list.after), own(list.token), list.max);
        let page = move |index: &Connection| {
            let (after, token) = (after.as_deref(), token.as_deref());
            page(index, List { bucket: &bucket, prefix: &prefix, delimiter: &delimiter, after, token, max })
        };
        self.read_aside(page).await
    }
}

/// The most entries of a page.
const MOST: usize = 1000;

/// Where a page begins, and what its token says.
#[derive(Debug, PartialEq, Eq)]
enum From {
    /// After this key.
    Key(Vec<u8>),
    /// After everything that begins so.
    Prefix(Vec<u8>),
}

/// One page.
fn page(connection: &Connection, list: List<'_>) -> Result<Listing, Error> {
    let home = Home::find(connection, list.bucket)?;
    let max = list.max.min(MOST);
    let from = match list.token {
        Some(token) => Some(From::read(token).ok_or(Error::InvalidToken)?),
        None => list.after.map(|after| From::marker(after, &list)),
    };
    let mut page = Listing::default();
    if max == 0 {
        return Ok(page);
    }
    let prefix = list.prefix.as_bytes();
    let end = behind(prefix);
    let mut at = from.map(From::start).filter(|start| start.as_slice() > prefix).unwrap_or_else(|| prefix.to_vec());
    let mut last = None;
    let mut statement = connection.prepare_cached(
        "SELECT key, size, etag, modified, checksums FROM objects WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key",
    )?;
    'seek: loop {
        let mut rows = statement.query(params![home.id, at, end])?;
        while let Some(row) = rows.next()? {
            if page.objects.len() + page.prefixes.len() == max {
                page.next = last.map(|last: From| last.write());
                break 'seek;
            }
            let key = key(row, 0)?;
            if let Some(common) = common(&key, &list) {
                last = Some(From::Prefix(common.as_bytes().to_vec()));
                at = behind(common.as_bytes());
                page.prefixes.push(common.to_owned());
                continue 'seek;
            }
            last = Some(From::Key(key.as_bytes().to_vec()));
            page.objects.push(Entry {
                key,
                size: size(row, 1)?,
                etag: row.get(2)?,
                modified: row.get(3)?,
                checksums: from_text(row.get_ref(4)?.as_str().unwrap_or_default())?,
            });
        }
        break;
    }
    Ok(page)
}

/// The part of a key up to the first delimiter after the prefix.
fn common<'k>(key: &'k str, list: &List<'_>) -> Option<&'k str> {
    if list.delimiter.is_empty() {
        return None;
    }
    let at = key.get(list.prefix.len()..)?.find(list.delimiter)?;
    key.get(..list.prefix.len() + at + list.delimiter.len())
}

/// The least bytes that are greater than everything that begins so. Keys are UTF-8, so none has a byte 255.
fn behind(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    match end.last_mut() {
        Some(last) => *last = last.saturating_add(1),
        None => end.push(255),
    }
    end
}

impl From {
    /// What a caller's `start-after` or `marker` means. The old call's `NextMarker` may be a common prefix, which is over then.
    fn marker(after: &str, list: &List<'_>) -> Self {
        match common(after, list) {
            Some(common) if common == after && after.starts_with(list.prefix) => {
                Self::Prefix(after.as_bytes().to_vec())
            }
            _ => Self::Key(after.as_bytes().to_vec()),
        }
    }

    /// The first key that may come.
    fn start(self) -> Vec<u8> {
        match self {
            Self::Key(mut key) => {
                key.push(0);
                key
            }
            Self::Prefix(prefix) => behind(&prefix),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Key(key) => format!("k{}", STANDARD.encode(key)),
            Self::Prefix(prefix) => format!("p{}", STANDARD.encode(prefix)),
        }
    }

    fn read(token: &str) -> Option<Self> {
        let bytes = STANDARD.decode(token.get(1..)?).ok().filter(|bytes| !bytes.is_empty())?;
        match token.get(..1)? {
            "k" => Some(Self::Key(bytes)),
            "p" => Some(Self::Prefix(bytes)),
            _ => None,
        }
    }
}
