//! What a request says of the body that it sends: how long it is, and its digests.

use http::{HeaderMap, StatusCode};
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders};

use super::{body, checksums, errors};
use crate::engine::{Algorithm, Expected};

/// What a request says of its body before it came.
pub(super) struct Said {
    md5: Option<[u8; 16]>,
    checksums: Vec<(Algorithm, String)>,
    /// What comes in the trailer.
    trailing: Vec<Algorithm>,
}

impl Said {
    pub(super) fn read(headers: &HeaderMap) -> S3Result<Self> {
        let md5 = headers.get("content-md5").map(|value| {
            value.to_str().ok().and_then(checksums::md5).ok_or_else(|| {
                S3Error::with_message(S3ErrorCode::InvalidDigest, "`Content-MD5` is not the base64 of sixteen bytes")
            })
        });
        let said = Self {
            md5: md5.transpose()?,
            checksums: checksums::in_headers(headers),
            trailing: body::trailer_names(headers).map(|name| trailer(&name)).collect::<S3Result<_>>()?,
        };
        if said.checksums.len() + said.trailing.len() > 1 {
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, "send one checksum, not several"));
        }
        let named = headers.get("x-amz-sdk-checksum-algorithm").and_then(|name| name.to_str().ok());
        match named.map(|name| checksums::named(&name.to_owned().into())).transpose()? {
            Some(named) if said.algorithms(None) != [named] => Err(S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                "`x-amz-sdk-checksum-algorithm` names a checksum that is not among headers and trailers",
            )),
            _ => Ok(said),
        }
    }

    /// The checksums to work out, or this one if none was told.
    pub(super) fn algorithms(&self, otherwise: Option<Algorithm>) -> Vec<Algorithm> {
        let told = self.checksums.iter().map(|(algorithm, _)| *algorithm);
        let mut algorithms: Vec<Algorithm> = told.chain(self.trailing.iter().copied()).collect();
        if algorithms.is_empty() {
            algorithms.extend(otherwise);
        }
        algorithms
    }

    /// What the body must be, now that its trailer has come too.
    pub(super) fn expected(self, trailers: Option<&TrailingHeaders>) -> S3Result<Expected> {
        let malformed =
            |message: &str| errors::custom("MalformedTrailerError", StatusCode::BAD_REQUEST, message.to_owned());
        let came = trailers.and_then(TrailingHeaders::take).unwrap_or_default();
        let told = |name: &str| checksums::of_header(name).is_some_and(|found| self.trailing.contains(&found));
        if came.keys().any(|name| checksums::is_one(name.as_str()) && !told(name.as_str())) {
            return Err(malformed("a checksum came in the trailer that `x-amz-trailer` does not tell of"));
        }
        let came = checksums::in_headers(&came);
        let mut checksums = self.checksums;
        for algorithm in self.trailing {
            let found = came.iter().find(|(known, _)| *known == algorithm).cloned();
            checksums.push(found.ok_or_else(|| malformed("the trailer that `x-amz-trailer` tells of did not come"))?);
        }
        Ok(Expected { md5: self.md5, checksums })
    }
}

/// How long a body is. S3 wants to know before it takes one. A body that is sent in chunks, in HTTP's sense, has only the
/// length that `aws-chunked` tells: so do the SDKs in Python over TLS.
pub(super) fn size(content_length: Option<i64>, headers: &HeaderMap) -> S3Result<u64> {
    let framed = headers.get("x-amz-content-sha256").is_some_and(|kind| kind.as_bytes().starts_with(b"STREAMING-"));
    let decoded = || headers.get("x-amz-decoded-content-length").filter(|_| framed)?.to_str().ok()?.parse().ok();
    content_length.or_else(decoded).and_then(|size| u64::try_from(size).ok()).ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::MissingContentLength, "the header `Content-Length` is needed")
    })
}

fn trailer(name: &str) -> S3Result<Algorithm> {
    checksums::of_header(name).ok_or_else(|| {
        if checksums::is_one(name) {
            return checksums::unknown();
        }
        S3Error::with_message(S3ErrorCode::InvalidArgument, "a trailer can only be a checksum")
    })
}
