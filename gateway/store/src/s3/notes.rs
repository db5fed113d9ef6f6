//! What is noted while a request is answered: what it was, and what went wrong inside. It travels with the request as an extension.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::Extensions;

use super::query::Query;
use super::target::Target;

/// What is answered, by S3's names.
const OPERATIONS: [&str; 22] = [
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateBucket",
    "CreateMultipartUpload",
    "DeleteBucket",
    "DeleteObject",
    "DeleteObjects",
    "GetBucketLocation",
    "GetObject",
    "GetObjectTagging",
    "HeadBucket",
    "HeadObject",
    "ListBuckets",
    "ListMultipartUploads",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "Preflight",
    "PutObject",
    "UploadPart",
    "UploadPartCopy",
];

/// What a body turned out to be, where that explains a failure better than the failure itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadBody {
    /// Its hash is not the signed `x-amz-content-sha256`.
    OtherHash,
    /// `Content-MD5` or a checksum says otherwise.
    OtherDigest,
    /// A digest was sent in a form that it can't have.
    NoDigest,
    /// A chunk or the trailer has a wrong signature.
    Forged,
    /// It broke off, or has another length than was said.
    Incomplete,
    /// It isn't framed as `aws-chunked` says.
    Malformed,
    /// One chunk is larger than fits the memory that a request may take.
    LargeChunk,
    /// A small body has what the reader of XML would leave out: it would be taken for another one.
    Unread,
    /// A small body, as of XML, isn't small.
    TooLarge,
    /// Its next piece did not come in time.
    Slow,
}

/// The notes of one request.
#[derive(Debug, Default)]
pub(super) struct Notes {
    id: String,
    operation: OnceLock<&'static str>,
    asked: OnceLock<(Target, Query)>,
    bad_body: OnceLock<BadBody>,
    problem: Mutex<Option<String>>,
}

impl Notes {
    /// Those of the request with this id.
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The request's id, for what is logged when the answer is on its way already.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The notes of a request, if it passed the front.
    pub(super) fn of(extensions: &Extensions) -> Option<&Arc<Self>> {
        extensions.get::<Arc<Self>>()
    }

    /// Notes what is asked for; says whether that is answered here.
    pub(super) fn set_operation(&self, name: &str) -> bool {
        let known = OPERATIONS.into_iter().find(|known| *known == name);
        let _ = self.operation.set(known.unwrap_or("Other"));
        known.is_some()
    }

    pub(super) fn operation(&self) -> &'static str {
        self.operation.get().copied().unwrap_or("Refused")
    }

    pub(super) fn set_asked(&self, target: Target, query: Query) {
        let _ = self.asked.set((target, query));
    }

    /// What the request names and asks; nothing before it passed the guard.
    pub(super) fn asked(&self) -> Option<&(Target, Query)> {
        self.asked.get()
    }

    /// Keeps the first thing that is wrong with the body: what follows is its consequence.
    pub(super) fn set_bad_body(&self, bad: BadBody) {
        let _ = self.bad_body.set(bad);
    }

    pub(super) fn bad_body(&self) -> Option<BadBody> {
        self.bad_body.get().copied()
    }

    /// Keeps what went wrong inside, for the log and not for the caller.
    pub(super) fn set_problem(&self, problem: String) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    pub(super) fn take_problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
