//! Writing objects: PUT and copies.

use http::HeaderMap;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective, PutObjectInput,
    PutObjectOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::{Backend, time};
use super::conditions::{self, Verdict};
use super::notes::Notes;
use super::said::{Said, size};
use super::{body, checksums, errors, metadata};
use crate::engine::{Algorithm, Copy, Error, Incoming, Put, Reader, Replaces};

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
    let (bucket, key, size) = (&*input.bucket, &*input.key, Some(size(input.content_length, &headers)?));
    let incoming = Incoming { bucket, replaces: Replaces::Object(key), size, algorithms: &algorithms };
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
        checksum: input.checksum_algorithm.as_ref().map(checksums::named).transpose()?,
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

fn invalid(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, message)
}
