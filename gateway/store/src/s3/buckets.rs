//! Buckets: they are told of, and made elsewhere.

use s3s::dto::{
    Bucket, BucketLocationConstraint, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::{Backend, time};
use super::errors;
use crate::engine::Error;

pub(super) async fn head(
    backend: &Backend,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let fail = |error: Error| errors::from_engine(&error, &request.extensions);
    backend.store.bucket(&request.input.bucket).await.map_err(fail)?;
    let bucket_region = Some(backend.options.region.clone());
    Ok(S3Response::new(HeadBucketOutput { bucket_region, ..HeadBucketOutput::default() }))
}

pub(super) async fn location(
    backend: &Backend,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let fail = |error: Error| errors::from_engine(&error, &request.extensions);
    backend.store.bucket(&request.input.bucket).await.map_err(fail)?;
    // S3's first region is told by leaving it out.
    let region = Some(&backend.options.region).filter(|region| *region != "us-east-1");
    let location_constraint = region.map(|region| BucketLocationConstraint::from(region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}

pub(super) async fn list(
    backend: &Backend,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let fail = |error: Error| errors::from_engine(&error, &request.extensions);
    let S3Request { input, .. } = &request;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().unwrap_or_default();
    let most = input.max_buckets.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let all = backend.store.list_buckets().await.map_err(fail)?;
    let mut wanted = all.into_iter().filter(|bucket| bucket.name.starts_with(prefix) && bucket.name.as_str() > after);
    let buckets: Vec<Bucket> = wanted
        .by_ref()
        .take(most)
        .map(|bucket| Bucket {
            name: Some(bucket.name),
            creation_date: Some(time(bucket.created)),
            bucket_region: Some(backend.options.region.clone()),
        })
        .collect();
    let more = wanted.next().is_some();
    let continuation_token = buckets.last().filter(|_| more).and_then(|last| last.name.clone());
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        continuation_token,
        prefix: input.prefix.clone(),
        ..ListBucketsOutput::default()
    }))
}

/// Who makes buckets here would go around their owners and limits.
pub(super) fn made_elsewhere() -> S3Error {
    S3Error::with_message(S3ErrorCode::AccessDenied, "buckets are made and deleted through the API, not over S3")
}
