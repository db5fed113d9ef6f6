//! The S3 protocol over the engine: signatures, XML and routing by `s3s`; what it lacks around it.
//!
//! A request passes, in order: CORS (preflights end there), the guard (what S3 refuses and `s3s` lets through), the pace and the framing of its body,
//! `s3s` (signature, then who may do what), the operation. An answer gets its request id, and errors their XML, on the way out.

mod auth;
mod backend;
mod body;
mod buckets;
mod checksums;
mod chunked;
mod conditions;
mod cors;
mod delete;
mod errors;
mod front;
mod guard;
mod host;
mod list;
mod metadata;
mod multipart;
mod notes;
mod parts;
mod patience;
mod query;
mod range;
mod read;
mod said;
mod tagging;
mod target;
mod write;

pub use front::S3Front;
pub use s3s::Body;

use std::time::Duration;

use crate::engine::Store;

/// How the protocol is spoken.
#[derive(Clone, Debug)]
pub struct Options {
    /// The region that requests must be signed for.
    pub region: String,
    /// How long the next piece of a body may take to come.
    pub longest_pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { region: "us-east-1".to_owned(), longest_pause: Duration::from_secs(20) }
    }
}

/// The id of a request, as a request's extension, for whoever stands in front and has given it one already.
/// Every answer has it in `x-amz-request-id`, and every error in its XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What a request was, as an extension of its answer: S3's name of the operation, `Preflight`, `Other` for what isn't supported, or
/// `Refused` when it wasn't let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedOperation(pub &'static str);

/// S3's code of an error, as an extension of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub String);

/// The store as an HTTP service.
pub fn service(store: Store, options: Options) -> S3Front {
    S3Front::new(store, options)
}
