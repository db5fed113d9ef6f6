//! What is known of buckets and objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Algorithm, Checksums};

/// A bucket to make.
#[derive(Clone, Copy, Debug)]
pub struct NewBucket<'a> {
    /// Its name. The engine takes any; rules are the caller's.
    pub name: &'a str,
    /// Whether anybody may read its objects.
    pub public: bool,
    /// Whose bytes its objects count among.
    pub owner: &'a str,
    /// The most bytes in all the owner's objects and parts, each of which counts 4096 more; `None` for no limit.
    pub owner_limit: Option<u64>,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Whether anybody may read its objects.
    pub public: bool,
    /// Whose bytes its objects count among.
    pub owner: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
}

/// What is kept with an object and given back unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// `Content-Type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Cache-Control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Expires`, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `x-amz-meta-…`, by lower-case name without that prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
}

/// All that is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub key: String,
    /// Its bytes.
    pub size: u64,
    /// Its `ETag` without quotes: MD5 in hex; for multipart the MD5 of the MD5s, `-` and the number of parts.
    pub etag: String,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
    /// What was given with it.
    pub metadata: Metadata,
    /// Its checksums, if any were asked for.
    pub checksums: Checksums,
    /// How many parts it was uploaded in; `None` if in one piece.
    pub parts: Option<u32>,
}

/// What must be true of what is there now, at the moment of the change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Anything goes.
    #[default]
    None,
    /// Nothing is there (`If-None-Match: *`), else [`super::Error::Precondition`].
    Absent,
    /// An object with this `ETag` (without quotes; `*` for any) is there, else [`super::Error::Precondition`]; [`super::Error::NoObject`] if there is none.
    Matches(String),
}

/// What the sender says of the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// `Content-MD5`.
    pub md5: Option<[u8; 16]>,
    /// `x-amz-checksum-…` in base64, from headers or trailers.
    pub checksums: Vec<(Algorithm, String)>,
}

/// What a body that will come is to replace.
#[derive(Clone, Copy, Debug)]
pub enum Replaces<'a> {
    /// The object of this name.
    Object(&'a str),
    /// A part of an upload.
    Part {
        /// The object's name.
        key: &'a str,
        /// The upload's identifier.
        upload: &'a str,
        /// The part's number.
        number: u32,
    },
}

/// A body that will come.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The bucket, which must be there.
    pub bucket: &'a str,
    /// What it replaces, if that is there: its bytes don't count then.
    pub replaces: Replaces<'a>,
    /// How many bytes will come (of the decoded body), if that was said. Other than so many is [`super::Error::WrongSize`].
    pub size: Option<u64>,
    /// The checksums to work out; MD5 always is.
    pub algorithms: &'a [Algorithm],
}

/// An object to write.
#[derive(Clone, Debug, Default)]
pub struct Put<'a> {
    /// Where.
    pub bucket: &'a str,
    /// Its name.
    pub key: &'a str,
    /// What to keep with it.
    pub metadata: Metadata,
    /// What must be true for it to be written.
    pub condition: Condition,
    /// What the body must be.
    pub expected: Expected,
}

/// A copy to make of an object that was opened.
#[derive(Clone, Debug, Default)]
pub struct Copy<'a> {
    /// Where.
    pub bucket: &'a str,
    /// Its name.
    pub key: &'a str,
    /// Metadata for the copy; `None` takes the original's.
    pub metadata: Option<Metadata>,
    /// What must be true of what the copy replaces.
    pub condition: Condition,
    /// A checksum of all bytes that the copy is to have; `None` takes the original's.
    pub checksum: Option<Algorithm>,
}

/// What to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct List<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only keys that begin so.
    pub prefix: &'a str,
    /// Keys with this after the prefix are told as one common prefix. Empty for none.
    pub delimiter: &'a str,
    /// Only what comes after this key (`start-after`, or `marker` of the old call).
    pub after: Option<&'a str>,
    /// Where the last page ended ([`Listing::next`]); then `after` doesn't count. Nonsense is [`super::Error::InvalidToken`].
    pub token: Option<&'a str>,
    /// The most keys and common prefixes; more than 1000 is as 1000.
    pub max: usize,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Objects, ordered by the bytes of their keys.
    pub objects: Vec<Entry>,
    /// Common prefixes, ordered likewise.
    pub prefixes: Vec<String>,
    /// The token of the next page, if there is more. Printable ASCII.
    pub next: Option<String>,
}

/// An object as listings tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Its bytes.
    pub size: u64,
    /// Its `ETag` without quotes.
    pub etag: String,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
    /// Its checksums.
    pub checksums: Checksums,
}

/// What [`super::Store::verify`] looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Objects, parts of uploads, and entries of the index that can't be read.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them are damaged.
    pub damaged: u64,
}

/// An object, or a part of an upload, whose bytes aren't those that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Its bucket.
    pub bucket: String,
    /// Its name. Empty where an entry of the index can't be read: then not all of the bucket was.
    pub key: String,
    /// The part's number, of an upload that isn't completed.
    pub part: Option<u32>,
    /// What is wrong.
    pub what: String,
}

/// What [`super::Store::gc`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Temporary files that nobody was writing.
    pub temporary: u64,
    /// Blobs that no object or part refers to.
    pub blobs: u64,
    /// Multipart uploads to which nothing came for 7 days.
    pub uploads: u64,
}
