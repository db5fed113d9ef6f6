//! The bodies of requests: finds out why one failed, and verifies those that `s3s` reads by itself.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use s3s::Body;
use s3s::crypto::{Checksum, Md5, Sha256};
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, DynByteStream, RemainingLength};

use super::checksums;
use super::notes::{BadBody, Notes};
use crate::engine::hex;

/// Enough for a thousand keys to delete, each of the longest and all of it escaped, and for ten thousand parts.
const LARGEST_SMALL: usize = 8 << 20;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An upload on its way to the engine. Notes why it failed, if it does: `s3s` has no types for that, only texts.
pub(super) struct Upload {
    content: StreamingBlob,
    notes: Option<Arc<Notes>>,
}

impl Upload {
    pub(super) fn new(content: Option<StreamingBlob>, notes: Option<&Arc<Notes>>) -> Self {
        let content =
            content.unwrap_or_else(|| StreamingBlob::wrap(futures_util::stream::empty::<Result<_, std::io::Error>>()));
        Self { content, notes: notes.cloned() }
    }
}

impl Stream for Upload {
    type Item = Result<Bytes, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = ready!(Pin::new(&mut this.content).poll_next(context));
        if let (Some(Err(failure)), Some(notes)) = (&next, &this.notes) {
            let text = failure.to_string();
            notes.set_bad_body(if text.contains("Sha256Mismatch") {
                BadBody::OtherHash
            } else if text.contains("SignatureMismatch") {
                BadBody::Forged
            } else if text.contains("FormatError") || text.contains("TooLarge") || text.contains("TooMany") {
                BadBody::Malformed
            } else {
                BadBody::Incomplete
            });
        }
        Poll::Ready(next)
    }
}

/// The body, verified while it is read if it is one that `s3s` reads by itself (XML), of which it verifies next to nothing.
pub(super) fn verify_small(parts: &Parts, body: Body, notes: &Arc<Notes>) -> Body {
    if parts.method != Method::POST {
        return body;
    }
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let hash = text("x-amz-content-sha256").filter(|hash| hash.len() == 64);
    let md5 = text("content-md5");
    // Of a completed upload these headers tell the object's checksums, not the body's.
    let asks_delete = notes.asked().is_some_and(|(_, query)| query.has("delete"));
    let checksums = if asks_delete { checksums::in_headers(&parts.headers) } else { Vec::new() };
    let expected = body.remaining_length().exact();
    let stream: DynByteStream = Box::pin(Small {
        body,
        expected,
        left: LARGEST_SMALL,
        hash: hash.map(|hash| (Sha256::new(), hash.to_ascii_lowercase())),
        md5: md5.map(|md5| (Md5::new(), md5)),
        sums: checksums::hasher(checksums.iter().map(|(algorithm, _)| *algorithm)),
        checksums,
        cdata: Cdata::default(),
        notes: notes.clone(),
    });
    Body::from(stream)
}

/// Looks for the beginning of a `CDATA` section, however it is cut. `s3s` leaves such sections out, so a key with one would
/// be another key.
#[derive(Default)]
struct Cdata {
    /// How many bytes of `<![` came last.
    begun: u8,
}

impl Cdata {
    fn is_in(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().any(|byte| {
            self.begun = match (self.begun, byte) {
                (_, b'<') => 1,
                (1, b'!') => 2,
                (2, b'[') => 3,
                _ => 0,
            };
            self.begun == 3
        })
    }
}

struct Small {
    body: Body,
    expected: Option<usize>,
    left: usize,
    hash: Option<(Sha256, String)>,
    md5: Option<(Md5, String)>,
    sums: s3s::checksum::ChecksumHasher,
    checksums: Vec<(crate::engine::Algorithm, String)>,
    cdata: Cdata,
    notes: Arc<Notes>,
}

impl Small {
    fn take(&mut self, bytes: &[u8]) -> Result<(), BadBody> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(BadBody::TooLarge)?;
        if self.cdata.is_in(bytes) {
            return Err(BadBody::Unread);
        }
        if let Some((hasher, _)) = &mut self.hash {
            hasher.update(bytes);
        }
        if let Some((hasher, _)) = &mut self.md5 {
            hasher.update(bytes);
        }
        self.sums.update(bytes);
        // `s3s` looks at the hash as soon as all that was said has come, and does not wait for the end.
        self.expected = self.expected.map(|expected| expected.saturating_sub(bytes.len()));
        if self.expected == Some(0) { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), BadBody> {
        if let Some((hasher, expected)) = self.hash.take()
            && hex(&hasher.finalize()) != expected
        {
            return Err(BadBody::OtherHash);
        }
        if let Some((hasher, expected)) = self.md5.take() {
            let expected = checksums::md5(&expected).ok_or(BadBody::NoDigest)?;
            if hasher.finalize() != expected {
                return Err(BadBody::OtherDigest);
            }
        }
        let found = checksums::found(std::mem::take(&mut self.sums).finalize());
        if self.checksums.drain(..).all(|expected| found.contains(&expected)) {
            Ok(())
        } else {
            Err(BadBody::OtherDigest)
        }
    }
}

impl Stream for Small {
    type Item = Result<Bytes, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = ready!(Pin::new(&mut this.body).poll_next(context));
        let verdict = match &next {
            Some(Ok(bytes)) => this.take(bytes),
            Some(Err(_)) => Err(BadBody::Incomplete),
            None => this.end(),
        };
        match verdict {
            Ok(()) => Poll::Ready(next),
            Err(bad) => {
                this.notes.set_bad_body(bad);
                Poll::Ready(Some(Err("the body is not what was said of it".into())))
            }
        }
    }
}

impl ByteStream for Small {
    fn remaining_length(&self) -> RemainingLength {
        self.expected.map_or_else(RemainingLength::unknown, RemainingLength::new_exact)
    }
}

/// The names in `x-amz-trailer`.
pub(super) fn trailer_names(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let texts = headers.get_all("x-amz-trailer").iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty())
}
