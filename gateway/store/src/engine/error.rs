//! What can go wrong, each with a text that says what and where.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::Algorithm;

/// What a body's stream may fail with. The S3 layer finds its own error in it again by `downcast`.
pub type BodyError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why the store didn't do it. Whatever it is, what was there before is whole.
#[derive(Debug)]
pub enum Error {
    /// There is no such bucket.
    NoBucket {
        /// The bucket asked for.
        bucket: String,
    },
    /// There is no such object.
    NoObject {
        /// The bucket asked for.
        bucket: String,
        /// The key asked for.
        key: String,
    },
    /// There is no such multipart upload for this key.
    NoUpload {
        /// The upload asked for.
        upload: String,
    },
    /// The name is taken by a bucket of another owner.
    BucketTaken {
        /// The bucket asked for.
        bucket: String,
    },
    /// The bucket has objects or uploads.
    NotEmpty {
        /// The bucket asked for.
        bucket: String,
    },
    /// The owner would have more bytes than allowed.
    LimitExceeded {
        /// Whose limit.
        owner: String,
        /// The most bytes in all the owner's objects and parts.
        limit: u64,
    },
    /// The owner would have more bytes than allowed if all that is on its way came in. It alone would fit.
    Crowded {
        /// Whose limit.
        owner: String,
        /// The most bytes in all the owner's objects and parts.
        limit: u64,
    },
    /// A condition (`If-Match`, `If-None-Match`) doesn't hold.
    Precondition,
    /// The body isn't what `Content-MD5` says.
    BadDigest,
    /// The body isn't what a checksum says.
    BadChecksum {
        /// Which checksum.
        algorithm: Algorithm,
    },
    /// A checksum was to be verified that wasn't asked for when the body was received, or isn't base64 of the right length.
    InvalidChecksum {
        /// Which checksum.
        algorithm: Algorithm,
    },
    /// The body is shorter or longer than was said.
    WrongSize {
        /// What was said.
        declared: u64,
        /// What came; at least so many when there was more.
        received: u64,
    },
    /// The parts together have another size than was said.
    OtherSize {
        /// What was said.
        declared: u64,
        /// What it is.
        is: u64,
    },
    /// The body is larger than the store takes in one piece.
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// The key is empty or longer than 1024 bytes.
    InvalidKey,
    /// A continuation token that the store didn't make.
    InvalidToken,
    /// A part's number is not one of 1 to 10000.
    InvalidPartNumber,
    /// A part that is to be completed isn't there or has another `ETag` or checksum.
    InvalidPart {
        /// The part's number.
        number: u32,
    },
    /// The parts to complete are none, or not in ascending order.
    InvalidPartOrder,
    /// A part that isn't the last is smaller than 5 MiB.
    PartTooSmall {
        /// The part's number.
        number: u32,
        /// Its size.
        size: u64,
        /// Its `ETag`.
        etag: String,
    },
    /// The body's stream failed.
    Body(BodyError),
    /// The disk is full.
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// What is on disk isn't what the index says.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// An entry of the index can't be read.
    BadEntry {
        /// What is wrong with it.
        what: String,
    },
    /// The disk failed.
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The index failed.
    Index {
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// The system gave no random numbers.
    Random(getrandom::Error),
    /// The thread that writes the index has ended, so nothing can be changed any more.
    Stopped,
}

impl Error {
    /// The error for a failed step on a file.
    pub(crate) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path: path.to_owned() },
            _ => Self::Io { what, path: path.to_owned(), source },
        }
    }

    /// Gives an error of the index its place, and tells a full disk and a damaged file apart.
    pub(crate) fn at_index(self, path: &Path) -> Self {
        let Self::Index { source } = self else { return self };
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path: path.to_owned() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path: path.to_owned(), what: source.to_string() }
            }
            _ => Self::Index { source },
        }
    }

    /// The same error again, as far as that goes, for another one who waits for the same step.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Full { path } => Self::Full { path: path.clone() },
            Self::Damaged { path, what } => Self::Damaged { path: path.clone(), what: what.clone() },
            Self::Io { what, path, source } => {
                let source = source.raw_os_error().map_or_else(|| source.kind().into(), io::Error::from_raw_os_error);
                Self::Io { what, path: path.clone(), source }
            }
            Self::Index { source: rusqlite::Error::SqliteFailure(code, text) } => {
                Self::Index { source: rusqlite::Error::SqliteFailure(*code, text.clone()) }
            }
            _ => Self::Stopped,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};

        match source {
            // A value, and not the index as a whole.
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..) => {
                Self::BadEntry { what: source.to_string() }
            }
            source => Self::Index { source },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBucket { bucket } => write!(f, "there is no bucket `{bucket}`"),
            Self::NoObject { bucket, key } => write!(f, "there is no object `{key}` in bucket `{bucket}`"),
            Self::NoUpload { upload } => {
                write!(
                    f,
                    "there is no upload `{upload}` for this key; it may have been completed, aborted or grown too old"
                )
            }
            Self::BucketTaken { bucket } => write!(f, "bucket `{bucket}` belongs to another owner"),
            Self::NotEmpty { bucket } => {
                write!(f, "bucket `{bucket}` is not empty; delete its objects and uploads first")
            }
            Self::LimitExceeded { owner, limit } => {
                write!(f, "`{owner}` may keep at most {limit} bytes and this would be more; delete something first")
            }
            Self::Crowded { owner, limit } => {
                write!(f, "`{owner}` may keep at most {limit} bytes, and others on their way need the room; try again")
            }
            Self::Precondition => f.write_str("a condition of the request does not hold for the object as it is now"),
            Self::BadDigest => {
                f.write_str("the body is not what `Content-MD5` says; nothing was replaced, send it again")
            }
            Self::BadChecksum { algorithm } => {
                write!(f, "the body is not what its {algorithm} checksum says; nothing was replaced, send it again")
            }
            Self::InvalidChecksum { algorithm } => {
                write!(f, "the {algorithm} checksum is not a value that can be verified here")
            }
            Self::WrongSize { declared, received } => {
                write!(
                    f,
                    "the body was to have {declared} bytes, but {received} came; nothing was replaced, send it again"
                )
            }
            Self::OtherSize { declared, is } => {
                write!(f, "the parts have {is} bytes together, and `x-amz-mp-object-size` says {declared}")
            }
            Self::TooLarge { limit } => {
                write!(f, "an upload in one piece may have at most {limit} bytes; use a multipart upload")
            }
            Self::InvalidKey => f.write_str("a key has 1 to 1024 bytes"),
            Self::InvalidToken => f.write_str("the continuation token is not one that a listing gave"),
            Self::InvalidPartNumber => f.write_str("a part number is one of 1 to 10000"),
            Self::InvalidPart { number } => {
                write!(f, "part {number} was not uploaded, or its `ETag` or checksum is another one; upload it again")
            }
            Self::InvalidPartOrder => f.write_str("the parts must be listed by ascending number, at least one"),
            Self::PartTooSmall { number, size, .. } => {
                write!(f, "part {number} has {size} bytes; each part but the last needs at least 5 MiB")
            }
            Self::Body(source) => write!(f, "the body could not be read to its end: {source}"),
            Self::Full { path } => {
                write!(f, "the disk is full: `{}` could not be written; make room and try again", path.display())
            }
            Self::Damaged { path, what } => {
                write!(f, "`{}` is damaged: {what}; restore it from a backup", path.display())
            }
            Self::BadEntry { what } => {
                write!(f, "the store's index has an entry that cannot be read: {what}; restore it from a backup")
            }
            Self::Io { what, path, source } => write!(f, "could not {what} `{}`: {source}", path.display()),
            Self::Index { source } => write!(f, "the store's index failed: {source}"),
            Self::Random(source) => write!(f, "the system gave no random numbers: {source}"),
            Self::Stopped => {
                f.write_str("the store has stopped after a fault in its index; see the log and restart the gateway")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Body(source) => Some(source.as_ref()),
            Self::Io { source, .. } => Some(source),
            Self::Index { source, .. } => Some(source),
            Self::Random(source) => Some(source),
            _ => None,
        }
    }
}
