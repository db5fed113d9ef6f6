//! What went wrong, in S3's words.

use http::{Extensions, StatusCode};
use s3s::{S3Error, S3ErrorCode};

use super::notes::{BadBody, Notes};
use crate::engine::Error;

/// The answer to a request that the engine could not do. What a caller can't mend is noted for the log, not told: it names files.
pub(super) fn from_engine(error: &Error, extensions: &Extensions) -> S3Error {
    let notes = Notes::of(extensions);
    if let Some(bad) = notes.and_then(|notes| notes.bad_body()) {
        return from_body(bad);
    }
    let code = match error {
        Error::NoBucket { .. } => S3ErrorCode::NoSuchBucket,
        Error::NoObject { .. } => S3ErrorCode::NoSuchKey,
        Error::NoUpload { .. } => S3ErrorCode::NoSuchUpload,
        Error::BucketTaken { .. } => S3ErrorCode::BucketAlreadyExists,
        Error::NotEmpty { .. } => S3ErrorCode::BucketNotEmpty,
        Error::Precondition => S3ErrorCode::PreconditionFailed,
        Error::BadDigest | Error::BadChecksum { .. } => S3ErrorCode::BadDigest,
        Error::InvalidChecksum { .. } | Error::OtherSize { .. } => S3ErrorCode::InvalidRequest,
        Error::WrongSize { .. } | Error::Body(_) => S3ErrorCode::IncompleteBody,
        Error::TooLarge { .. } => S3ErrorCode::EntityTooLarge,
        Error::InvalidKey => S3ErrorCode::KeyTooLongError,
        Error::InvalidToken | Error::InvalidPartNumber => S3ErrorCode::InvalidArgument,
        Error::InvalidPart { .. } => S3ErrorCode::InvalidPart,
        Error::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
        Error::PartTooSmall { .. } => S3ErrorCode::EntityTooSmall,
        Error::LimitExceeded { limit, .. } => {
            let message = format!("the account may hold {limit} bytes, and this would be more: delete something first");
            return custom("QuotaExceeded", StatusCode::FORBIDDEN, message);
        }
        // Which SDKs send again: others may fail, or be smaller than what they replace.
        Error::Crowded { limit, .. } => {
            let message = format!(
                "the account may hold {limit} bytes, and uploads on their way need what is left: try again when they are done"
            );
            return S3Error::with_message(S3ErrorCode::SlowDown, message);
        }
        Error::Full { .. } => {
            note(notes, error);
            // 507 and not 503: SDKs send a 503 again at once, five times, and no disk is emptied that fast.
            let message = "the store's disk is full: nothing was replaced, try again when there is room".to_owned();
            return custom("InsufficientStorage", StatusCode::INSUFFICIENT_STORAGE, message);
        }
        Error::Damaged { .. }
        | Error::BadEntry { .. }
        | Error::Io { .. }
        | Error::Index { .. }
        | Error::Random(_)
        | Error::Stopped => {
            note(notes, error);
            return S3Error::with_message(
                S3ErrorCode::InternalError,
                "the store failed: its log says why, by the request's id",
            );
        }
    };
    match error {
        // Their texts say what was asked for, which the caller knows, and no more.
        Error::NoBucket { .. } => S3Error::with_message(code, "there is no such bucket"),
        Error::NoObject { .. } => S3Error::with_message(code, "there is no such object"),
        Error::Body(_) => S3Error::with_message(code, "the body broke off: nothing was replaced, send it again"),
        _ => S3Error::with_message(code, error.to_string()),
    }
}

/// The answer to a request whose body is at fault.
pub(super) fn from_body(bad: BadBody) -> S3Error {
    let (code, message) = match bad {
        BadBody::OtherHash => {
            let message = "the body is not what `x-amz-content-sha256` says: nothing was replaced, send it again";
            return custom("XAmzContentSHA256Mismatch", StatusCode::BAD_REQUEST, message.to_owned());
        }
        BadBody::OtherDigest => (S3ErrorCode::BadDigest, "the body is not what its digest says: send it again"),
        BadBody::NoDigest => (S3ErrorCode::InvalidDigest, "the digest is not base64 of the right length"),
        BadBody::Forged => {
            (S3ErrorCode::SignatureDoesNotMatch, "the signature of a chunk or of the trailer does not match")
        }
        BadBody::Incomplete => (S3ErrorCode::IncompleteBody, "the body is shorter than was said: send it again"),
        BadBody::Malformed => (S3ErrorCode::InvalidRequest, "the body is not framed as `aws-chunked` says"),
        BadBody::LargeChunk => (S3ErrorCode::InvalidRequest, "a signed chunk may have at most 4 MiB"),
        BadBody::Unread => (S3ErrorCode::MalformedXML, "the body has a `CDATA` section: escape the text instead"),
        BadBody::Slow => (S3ErrorCode::RequestTimeout, "the body stopped coming: nothing was replaced, send it again"),
        BadBody::TooLarge => (S3ErrorCode::MaxMessageLengthExceeded, "the body of this request may have at most 8 MiB"),
    };
    S3Error::with_message(code, message)
}

/// An error whose code `s3s` doesn't know, and so not its status either.
pub(super) fn custom(code: &'static str, status: StatusCode, message: String) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

fn note(notes: Option<&std::sync::Arc<Notes>>, error: &Error) {
    if let Some(notes) = notes {
        notes.set_problem(error.to_string());
    }
}
