//! Writing objects: PUT and copies.

use http::{HeaderMap, StatusCode};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective, PutObjectInput,
    PutObjectOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, TrailingHeaders};

use super::backend::{Backend, time};
use super::conditions::{self, Verdict};
use super::notes::Notes;
use super::{body, checksums, errors, metadata};
use crate::engine::{Algorithm, Copy, Error, Expected, Incoming, Put, Reader};

pub(super) async fn put(
    backend: &Backend,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let S3Request { mut input, headers, extensions, trailing_headers, .. } = request;
    let fail = |error: Error| errors::from_engine(&error, &extensions);
    let said = Said::read(&headers)?;
    let metadata = metadata::read(&headers)?;
    let condition = conditions::of_write(&headers)?;
    // CRC-64 is what S3 works out when nobody asks for anything.
    let algorithms = said.algorithms(Some(Algorithm::Crc64Nvme));
    let (bucket, key, size) = (&*input.bucket, &*input.key, Some(size(input.content_length)?));
    let incoming = Incoming { bucket, replaces: Some(key), size, algorithms: &algorithms };
    let content = body::Upload::new(input.body.take(), Notes::of(&extensions));
    let got = backend.store.receive(incoming, content).await.map_err(fail)?;
    let expected = said.expected(trailing_headers.as_ref())?;
    let put = Put { bucket, key, metadata, condition, expected };
    let object = backend.store.put(put, got).await.map_err(fail)?;
    let told = checksums::told(&object.checksums);
    Ok(S3Response::new(PutObjectOutput {
        e_tag: Some(ETag::Strong(object.etag)),
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        checksum_type: told.checksum_type,
        ..PutObjectOutput::default()
    }))
}

pub(super) async fn copy(
    backend: &Backend,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let fail = |error: Error| errors::from_engine(&error, &request.extensions);
    let input = &request.input;
    let reader = source(backend, &input.copy_source, &request.headers, &request.extensions).await?;
    let replace = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        None | Some(MetadataDirective::COPY) => false,
        Some(MetadataDirective::REPLACE) => true,
        Some(_) => return Err(invalid("`x-amz-metadata-directive` is `COPY` or `REPLACE`")),
    };
    if let CopySource::Bucket { bucket, key, .. } = &input.copy_source
        && !replace
        && (&**bucket, &**key) == (&input.bucket, &input.key)
    {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            "a copy onto itself must change something: replace the metadata",
        ));
    }
    let copy = Copy {
        bucket: &input.bucket,
        key: &input.key,
        metadata: if replace { Some(metadata::read(&request.headers)?) } else { None },
        condition: conditions::of_write(&request.headers)?,
    };
    let object = backend.store.copy(&reader, copy).await.map_err(fail)?;
    let told = checksums::told(&object.checksums);
    let result = CopyObjectResult {
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        checksum_type: told.checksum_type,
        e_tag: Some(ETag::Strong(object.etag)),
        last_modified: Some(time(object.modified)),
    };
    Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() }))
}

/// Opens what is to be copied, if the conditions on it hold.
pub(super) async fn source(
    backend: &Backend,
    source: &CopySource,
    headers: &HeaderMap,
    extensions: &http::Extensions,
) -> S3Result<Reader> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, "copies from access points are not supported"));
    };
    if version_id.as_deref().is_some_and(|version| version != "null") {
        return Err(S3Error::with_message(S3ErrorCode::NoSuchVersion, "the object has no such version"));
    }
    let reader = backend.store.read(bucket, key).await.map_err(|error| errors::from_engine(&error, extensions))?;
    match conditions::judge(&conditions::COPY_SOURCE, headers, reader.object()) {
        Verdict::Go => Ok(reader),
        _ => Err(S3Error::with_message(S3ErrorCode::PreconditionFailed, "a condition on the source does not hold")),
    }
}

/// How long a body is. S3 wants to know before it takes one.
pub(super) fn size(content_length: Option<i64>) -> S3Result<u64> {
    content_length.and_then(|size| u64::try_from(size).ok()).ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::MissingContentLength, "the header `Content-Length` is needed")
    })
}

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
            trailing: body::trailer_names(headers)
                .map(|name| checksums::of_header(&name).ok_or_else(|| invalid("a trailer can only be a checksum")))
                .collect::<S3Result<_>>()?,
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
        let came =
            trailers.and_then(TrailingHeaders::take).map(|came| checksums::in_headers(&came)).unwrap_or_default();
        let mut checksums = self.checksums;
        for algorithm in self.trailing {
            let found = came.iter().find(|(known, _)| *known == algorithm).cloned();
            checksums.push(found.ok_or_else(|| {
                let message = "the trailer that `x-amz-trailer` tells of did not come".to_owned();
                errors::custom("MalformedTrailerError", StatusCode::BAD_REQUEST, message)
            })?);
        }
        Ok(Expected { md5: self.md5, checksums })
    }
}

fn invalid(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, message)
}
