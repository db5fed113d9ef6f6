//! Tags: no object has any. Tools ask for them before they copy an object that was uploaded in parts.

use s3s::dto::{GetObjectTaggingInput, GetObjectTaggingOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::backend::Backend;
use super::{errors, read};

pub(super) async fn get(
    backend: &Backend,
    request: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let S3Request { input, extensions, .. } = &request;
    read::check_version(input.version_id.as_deref())?;
    let object = backend.store.head(&input.bucket, &input.key).await;
    object.map_err(|error| errors::from_engine(&error, extensions))?;
    Ok(S3Response::new(GetObjectTaggingOutput::default()))
}
