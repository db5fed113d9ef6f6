//! What is known of multipart uploads.

use super::{Algorithm, Checksums, Condition, Expected, Kind, Metadata};

/// A multipart upload to begin.
#[derive(Clone, Debug, Default)]
pub struct NewUpload<'a> {
    /// Where.
    pub bucket: &'a str,
    /// The object's name.
    pub key: &'a str,
    /// What to keep with the object.
    pub metadata: Metadata,
    /// The checksum that the object is to have, and what it is of. CRC-64/NVME is always of the full object, SHA always composite.
    pub checksum: Option<(Algorithm, Kind)>,
}

/// A multipart upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its identifier: 32 hex digits.
    pub id: String,
    /// The object's name.
    pub key: String,
    /// When it was begun, in milliseconds since 1970.
    pub begun: i64,
    /// What to keep with the object.
    pub metadata: Metadata,
    /// The checksum that the object is to have, and what it is of.
    pub checksum: Option<(Algorithm, Kind)>,
}

/// Which upload.
#[derive(Clone, Copy, Debug, Default)]
pub struct UploadAt<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The object's name.
    pub key: &'a str,
    /// The upload's identifier.
    pub upload: &'a str,
}

/// A part to write. One of the same number is replaced.
#[derive(Clone, Debug, Default)]
pub struct PutPart<'a> {
    /// Which upload.
    pub at: UploadAt<'a>,
    /// 1 to 10000.
    pub number: u32,
    /// What the body must be.
    pub expected: Expected,
}

/// A part that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number.
    pub number: u32,
    /// Its bytes.
    pub size: u64,
    /// Its `ETag` (MD5 in hex) without quotes.
    pub etag: String,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
    /// Its checksums.
    pub checksums: Checksums,
}

/// One page of an upload's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The upload.
    pub upload: Upload,
    /// Parts by ascending number.
    pub parts: Vec<Part>,
    /// The last part's number (`NextPartNumberMarker`), if there is more.
    pub next: Option<u32>,
}

/// Which uploads to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListUploads<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only for keys that begin so.
    pub prefix: &'a str,
    /// Only what comes after this key (`key-marker`) …
    pub after_key: Option<&'a str>,
    /// … or has this key and comes after this upload (`upload-id-marker`).
    pub after_upload: Option<&'a str>,
    /// The most uploads; more than 1000 is as 1000.
    pub max: usize,
}

/// One page of uploads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// Ordered by key, then by identifier.
    pub uploads: Vec<Upload>,
    /// Whether there are more; the markers are the last one's key and identifier.
    pub more: bool,
}

/// A part as the one who completes an upload names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompletePart {
    /// Its number.
    pub number: u32,
    /// Its `ETag` without quotes.
    pub etag: String,
    /// Its checksums, where given.
    pub checksums: Vec<(Algorithm, String)>,
}

/// An upload to complete.
#[derive(Clone, Debug, Default)]
pub struct Complete<'a> {
    /// Which upload.
    pub at: UploadAt<'a>,
    /// Its parts, by ascending number. Others are dropped.
    pub parts: &'a [CompletePart],
    /// What must be true for the object to be written.
    pub condition: Condition,
    /// Checksums of the whole object, where given (full or composite, as the upload was begun).
    pub checksums: &'a [(Algorithm, String)],
    /// The object's size, where given.
    pub size: Option<u64>,
}
