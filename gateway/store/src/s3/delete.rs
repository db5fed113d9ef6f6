//! Deleting objects: one, or up to a thousand at once.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error as KeyError,
    ObjectIdentifier,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::Backend;
use super::errors;
use super::target::has_control;
use crate::engine::Error;

const MOST: usize = 1000;

pub(super) async fn one(
    backend: &Backend,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let S3Request { input, extensions, .. } = &request;
    if input.if_match.is_some() || input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
        return Err(S3Error::with_message(S3ErrorCode::NotImplemented, "conditions on deletes are not supported"));
    }
    let fail = |error: Error| errors::from_engine(&error, extensions);
    // Of a version that isn't, there is nothing to delete.
    if input.version_id.as_deref().is_none_or(|version| version == "null") {
        backend.store.delete_object(&input.bucket, &input.key).await.map_err(fail)?;
    }
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) async fn many(
    backend: &Backend,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let S3Request { input, extensions, .. } = &request;
    let objects = &input.delete.objects;
    if objects.is_empty() || objects.len() > MOST {
        return Err(S3Error::with_message(S3ErrorCode::MalformedXML, "name 1 to 1000 objects to delete"));
    }
    if objects.iter().any(|object| object.key.is_empty() || has_control(&object.key)) {
        let message = "the key of an object to delete is empty, or has a control character, which no key has";
        return Err(S3Error::with_message(S3ErrorCode::MalformedXML, message));
    }
    let (refused, wanted): (Vec<_>, Vec<_>) = objects.iter().partition(|object| is_refused(object));
    let keys: Vec<&str> = wanted.iter().map(|object| object.key.as_str()).collect();
    let fail = |error: Error| errors::from_engine(&error, extensions);
    backend.store.delete_objects(&input.bucket, &keys).await.map_err(fail)?;
    let deleted =
        |object: &&ObjectIdentifier| DeletedObject { key: Some(object.key.clone()), ..DeletedObject::default() };
    let error = |object: &&ObjectIdentifier| KeyError {
        code: Some("NotImplemented".to_owned()),
        key: Some(object.key.clone()),
        message: Some("versions and conditions on deletes are not supported".to_owned()),
        version_id: object.version_id.clone(),
    };
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then(|| wanted.iter().map(deleted).collect()),
        errors: (!refused.is_empty()).then(|| refused.iter().map(error).collect()),
        ..DeleteObjectsOutput::default()
    }))
}

fn is_refused(object: &ObjectIdentifier) -> bool {
    let version = object.version_id.as_deref().is_some_and(|version| version != "null");
    version || object.e_tag.is_some() || object.size.is_some() || object.last_modified_time.is_some()
}
