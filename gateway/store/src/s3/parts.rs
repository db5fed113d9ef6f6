//! The parts of multipart uploads: sending them, copying them from objects, listing them.

use std::ops::Range;

use s3s::dto::{
    CopyPartResult, ETag, ListPartsInput, ListPartsOutput, Part as ToldPart, UploadPartCopyInput, UploadPartCopyOutput,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::{Backend, time};
use super::list::page;
use super::notes::Notes;
use super::range;
use super::said::{Said, size};
use super::write::source;
use super::{body, checksums, errors};
use crate::engine::{Algorithm, Error, Expected, Incoming, Part, PutPart, Replaces, UploadAt};

pub(super) async fn put(
    backend: &Backend,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let S3Request { mut input, headers, extensions, trailing_headers, .. } = request;
    let fail = |error: Error| errors::from_engine(&error, &extensions);
    let said = Said::read(&headers)?;
    let at = UploadAt { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    let number = number(input.part_number)?;
    let mut algorithms = said.algorithms(None);
    let wanted = upload_algorithm(backend, at).await.map_err(fail)?;
    match wanted {
        Some(wanted) if algorithms.is_empty() => algorithms.push(wanted),
        Some(wanted) if algorithms != [wanted] => {
            let message = format!("the upload was begun with {wanted}: send that checksum with its parts, or none");
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        _ => {}
    }
    let size = Some(size(input.content_length, &headers)?);
    let incoming = Incoming { bucket: at.bucket, replaces: replaces(at, number), size, algorithms: &algorithms };
    let content = body::Upload::new(input.body.take(), Notes::of(&extensions));
    let got = backend.store.receive(incoming, content).await.map_err(fail)?;
    let expected = said.expected(trailing_headers.as_ref())?;
    let part = backend.store.put_part(PutPart { at, number, expected }, got).await.map_err(fail)?;
    let told = checksums::told(&part.checksums);
    Ok(S3Response::new(UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag)),
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        ..UploadPartOutput::default()
    }))
}

pub(super) async fn copy(
    backend: &Backend,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let S3Request { input, headers, extensions, .. } = &request;
    let fail = |error: Error| errors::from_engine(&error, extensions);
    let at = UploadAt { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    let number = number(input.part_number)?;
    let algorithms = Vec::from_iter(upload_algorithm(backend, at).await.map_err(fail)?);
    let reader = source(backend, &input.copy_source, headers, extensions).await?;
    let length = reader.object().size;
    let range = match input.copy_source_range.as_deref() {
        None => 0..length,
        Some(text) => source_range(text, length)?,
    };
    let size = Some(range.end - range.start);
    let incoming = Incoming { bucket: at.bucket, replaces: replaces(at, number), size, algorithms: &algorithms };
    let got = backend.store.receive(incoming, reader.stream(range)).await.map_err(fail)?;
    let part = PutPart { at, number, expected: Expected::default() };
    let part = backend.store.put_part(part, got).await.map_err(fail)?;
    let told = checksums::told(&part.checksums);
    let result = CopyPartResult {
        checksum_crc32: told.checksum_crc32,
        checksum_crc32c: told.checksum_crc32c,
        checksum_crc64nvme: told.checksum_crc64nvme,
        checksum_sha1: told.checksum_sha1,
        checksum_sha256: told.checksum_sha256,
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(time(part.modified)),
    };
    Ok(S3Response::new(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() }))
}

pub(super) async fn list(
    backend: &Backend,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let S3Request { input, extensions, .. } = &request;
    let at = UploadAt { bucket: &input.bucket, key: &input.key, upload: &input.upload_id };
    let after = input.part_number_marker.and_then(|after| u32::try_from(after).ok()).unwrap_or_default();
    let max = page(input.max_parts)?;
    let page = backend.store.list_parts(at, after, usize::try_from(max).unwrap_or_default()).await;
    let page = page.map_err(|error| errors::from_engine(&error, extensions))?;
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(input.upload_id.clone()),
        part_number_marker: Some(i32::try_from(after).unwrap_or_default()),
        next_part_number_marker: page.next.and_then(|next| i32::try_from(next).ok()),
        max_parts: Some(max),
        is_truncated: Some(page.next.is_some()),
        checksum_algorithm: page.upload.checksum.map(|(algorithm, _)| checksums::name(algorithm)),
        checksum_type: page.upload.checksum.map(|(_, kind)| checksums::kind(kind)),
        parts: Some(page.parts.into_iter().map(told).collect()),
        ..ListPartsOutput::default()
    }))
}

fn replaces(at: UploadAt<'_>, number: u32) -> Replaces<'_> {
    Replaces::Part { key: at.key, upload: at.upload, number }
}

/// The checksum that the upload was begun with must be known of each part.
async fn upload_algorithm(backend: &Backend, at: UploadAt<'_>) -> Result<Option<Algorithm>, Error> {
    Ok(backend.store.upload(at).await?.checksum.map(|(algorithm, _)| algorithm))
}

fn source_range(text: &str, length: u64) -> S3Result<Range<u64>> {
    let (first, last) = range::exact(text).ok_or_else(|| {
        S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "`x-amz-copy-source-range` must read `bytes=<first>-<last>`, both counted from 0",
        )
    })?;
    if last >= length {
        let message = format!("`x-amz-copy-source-range` goes beyond the source, which has {length} bytes");
        return Err(S3Error::with_message(S3ErrorCode::InvalidRange, message));
    }
    Ok(first..last + 1)
}

fn number(number: i32) -> S3Result<u32> {
    let number = u32::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| S3Error::with_message(S3ErrorCode::InvalidArgument, "a part's number is one of 1 to 10000"))
}

fn told(part: Part) -> ToldPart {
    let checksums = checksums::told(&part.checksums);
    ToldPart {
        part_number: i32::try_from(part.number).ok(),
        size: i64::try_from(part.size).ok(),
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(time(part.modified)),
        checksum_crc32: checksums.checksum_crc32,
        checksum_crc32c: checksums.checksum_crc32c,
        checksum_crc64nvme: checksums.checksum_crc64nvme,
        checksum_sha1: checksums.checksum_sha1,
        checksum_sha256: checksums.checksum_sha256,
    }
}
