//! Multipart uploads: beginning, completing, aborting and listing them.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, MultipartUpload,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::{Backend, time};
use super::list::{Encoding, page};
use super::{checksums, conditions, errors, metadata};
use crate::engine::{
    Algorithm, Complete, CompletePart, Error, Kind, ListUploads, NewUpload, Object, Upload, UploadAt, etag_of_parts,
    kind_for,
};

pub(super) async fn create(
    backend: &Backend,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let S3Request { input, headers, extensions, .. } = &request;
    let algorithm = input.checksum_algorithm.as_ref().map(checksums::named).transpose()?;
    let checksum = checksum(algorithm, input.checksum_type.as_ref().map(ChecksumType::as_str))?;
    let new = NewUpload { bucket: &input.bucket, key: &input.key, metadata: metadata::read(headers)?, checksum };
    let upload = backend.store.create_upload(new).await.map_err(|error| errors::from_engine(&error, extensions))?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(upload.id),
        checksum_algorithm: checksum.map(|(algorithm, _)| checksums::name(algorithm)),
        checksum_type: checksum.map(|(_, kind)| checksums::kind(kind)),
        ..CreateMultipartUploadOutput::default()
    }))
}

/// Which checksum the object gets: of all bytes, or of the parts' checksums. Not every one can be both.
fn checksum(algorithm: Option<Algorithm>, kind: Option<&str>) -> S3Result<Option<(Algorithm, Kind)>> {
    let refuse = |message| Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
    let sha = matches!(algorithm, Some(Algorithm::Sha1 | Algorithm::Sha256));
    match (algorithm, kind) {
        (None, None) => Ok(None),
        (None, Some(_)) => refuse("`x-amz-checksum-type` needs `x-amz-checksum-algorithm`"),
        (Some(Algorithm::Crc64Nvme), Some(ChecksumType::COMPOSITE)) => refuse("CRC64NVME is only of the full object"),
        (Some(_), Some(ChecksumType::FULL_OBJECT)) if sha => refuse("SHA checksums are only composite"),
        (Some(algorithm), Some(ChecksumType::FULL_OBJECT)) => Ok(Some((algorithm, Kind::Full))),
        (Some(algorithm), None | Some(ChecksumType::COMPOSITE)) => {
            Ok(Some((algorithm, kind_for(algorithm, Kind::Composite))))
        }
        _ => refuse("`x-amz-checksum-type` is `FULL_OBJECT` or `COMPOSITE`"),
    }
}

pub(super) async fn complete(
    backend: &Backend,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let S3Request { input, headers, extensions, .. } = &request;
    let named = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
    let parts = named.iter().map(part).collect::<S3Result<Vec<_>>>()?;
    if parts.is_empty() {
        return Err(S3Error::with_message(S3ErrorCode::MalformedXML, "name the parts to complete"));
    }
    let checksums = checksums::in_headers(headers);
    let at = UploadAt { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    if let Some(asked) = &input.checksum_type
        && let Ok(upload) = backend.store.upload(at).await
        && asked.as_str() != checksums::kind(upload.checksum.map_or(Kind::Full, |(_, kind)| kind)).as_str()
    {
        let message = "`x-amz-checksum-type` is not what the upload was begun with";
        return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
    }
    let complete = Complete {
        at,
        parts: &parts,
        condition: conditions::of_write(headers)?,
        checksums: &checksums,
        size: input.mpu_object_size.map(size).transpose()?,
    };
    let object = match backend.store.complete_upload(complete).await {
        Err(error @ Error::NoUpload { .. }) => match already(backend, at, &parts).await {
            Some(object) => object,
            None => return Err(errors::from_engine(&error, extensions)),
        },
        done => done.map_err(|error| errors::from_engine(&error, extensions))?,
    };
    let told = checksums::told(&object.checksums);
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        location: Some(format!("/{}/{}", input.bucket, super::target::encode(&input.key))),
        e_tag: Some(ETag::Strong(object.etag)),
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        checksum_type: told.checksum_type,
        ..CompleteMultipartUploadOutput::default()
    }))
}

/// A client that did not hear that its upload was completed asks again: what it became is there then, of just these parts.
async fn already(backend: &Backend, at: UploadAt<'_>, parts: &[CompletePart]) -> Option<Object> {
    let etag = etag_of_parts(parts.iter().map(|part| part.etag.as_str()));
    backend.store.completed(at).await.ok().flatten().filter(|object| object.etag == etag)
}

fn size(said: i64) -> S3Result<u64> {
    u64::try_from(said).map_err(|_| {
        S3Error::with_message(S3ErrorCode::InvalidArgument, "`x-amz-mp-object-size` is a number of bytes, at least 0")
    })
}

fn part(part: &CompletedPart) -> S3Result<CompletePart> {
    let malformed =
        || S3Error::with_message(S3ErrorCode::MalformedXML, "each part needs its `PartNumber` and its `ETag`");
    let number = part.part_number.and_then(|number| u32::try_from(number).ok()).ok_or_else(malformed)?;
    let etag = part.e_tag.as_ref().ok_or_else(malformed)?.value().to_owned();
    let all = [
        (Algorithm::Crc32, &part.checksum_crc32),
        (Algorithm::Crc32c, &part.checksum_crc32c),
        (Algorithm::Crc64Nvme, &part.checksum_crc64nvme),
        (Algorithm::Sha1, &part.checksum_sha1),
        (Algorithm::Sha256, &part.checksum_sha256),
    ];
    let checksums = all.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value.clone()?))).collect();
    Ok(CompletePart { number, etag, checksums })
}

pub(super) async fn abort(
    backend: &Backend,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let S3Request { input, extensions, .. } = &request;
    let at = UploadAt { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    backend.store.abort_upload(at).await.map_err(|error| errors::from_engine(&error, extensions))?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub(super) async fn list(
    backend: &Backend,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let S3Request { input, extensions, .. } = &request;
    if input.delimiter.as_deref().is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, "uploads cannot be listed by a delimiter"));
    }
    let encoding = Encoding::read(input.encoding_type.as_ref())?;
    let max = page(input.max_uploads)?;
    encoding.check([&input.prefix, &input.key_marker, &input.upload_id_marker])?;
    let after_key = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
    let list = ListUploads {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        after_key,
        after_upload: after_key.and(input.upload_id_marker.as_deref()).filter(|marker| !marker.is_empty()),
        max: usize::try_from(max).unwrap_or_default(),
    };
    let page = backend.store.list_uploads(list).await.map_err(|error| errors::from_engine(&error, extensions))?;
    let last = page.uploads.last().filter(|_| page.more);
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket.clone()),
        prefix: Some(encoding.apply(list.prefix)),
        key_marker: Some(encoding.apply(input.key_marker.as_deref().unwrap_or_default())),
        upload_id_marker: Some(input.upload_id_marker.clone().unwrap_or_default()),
        next_key_marker: last.map(|upload| encoding.apply(&upload.key)),
        next_upload_id_marker: last.map(|upload| upload.id.clone()),
        max_uploads: Some(max),
        is_truncated: Some(page.more),
        encoding_type: encoding.told(),
        uploads: Some(page.uploads.into_iter().map(|upload| told(upload, encoding)).collect()),
        ..ListMultipartUploadsOutput::default()
    }))
}

fn told(upload: Upload, encoding: Encoding) -> MultipartUpload {
    MultipartUpload {
        key: Some(encoding.apply(&upload.key)),
        upload_id: Some(upload.id),
        initiated: Some(time(upload.begun)),
        checksum_algorithm: upload.checksum.map(|(algorithm, _)| checksums::name(algorithm)),
        checksum_type: upload.checksum.map(|(_, kind)| checksums::kind(kind)),
        ..MultipartUpload::default()
    }
}
