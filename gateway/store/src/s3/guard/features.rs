//! What S3 can and this store can't, where taking the request and leaving that out would be worse than refusing it.

use http::Method;
use http::request::Parts;
use s3s::{S3ErrorCode, S3Result};

use super::refuse;
use crate::s3::checksums;

/// Headers that ask for something that isn't there, by how their names begin.
const MISSING: [(&str, &str); 6] = [
    ("x-amz-server-side-encryption", "encryption by the store"),
    ("x-amz-copy-source-server-side-encryption", "encryption by the store"),
    ("x-amz-object-lock-", "object lock"),
    ("x-amz-tagging", "tagging"),
    ("x-amz-website-redirect-location", "redirecting"),
    ("x-amz-write-offset-bytes", "appending"),
];

/// Headers that name an account of AWS. There is none here that a bucket could be held against.
const ACCOUNTS: [&str; 2] = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];

/// S3's limit for all headers of a write. Some are kept with the object, and told with each answer.
const LARGEST_HEAD: usize = 8 << 10;

pub(super) fn check(parts: &Parts) -> S3Result<()> {
    if let Some(name) = ACCOUNTS.into_iter().find(|name| parts.headers.contains_key(*name)) {
        let message = format!("buckets have no AWS account as their owner: leave out the header `{name}`");
        return Err(refuse(S3ErrorCode::NotImplemented, message));
    }
    if parts.headers.contains_key("x-amz-security-token") {
        let message =
            "the store has no session tokens: sign with its own credentials only, without `AWS_SESSION_TOKEN`";
        return Err(refuse(S3ErrorCode::InvalidToken, message));
    }
    if parts.method != Method::PUT && parts.method != Method::POST {
        return Ok(());
    }
    let bytes: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > LARGEST_HEAD {
        let message = format!("the headers of a write may have {LARGEST_HEAD} bytes together");
        return Err(refuse(S3ErrorCode::RequestHeaderSectionTooLarge, message));
    }
    for name in parts.headers.keys() {
        if name == "x-amz-tagging-directive" {
            continue;
        }
        if checksums::is_one(name.as_str()) && checksums::of_header(name.as_str()).is_none() {
            return Err(checksums::unknown());
        }
        if let Some((_, what)) = MISSING.iter().find(|(start, _)| name.as_str().starts_with(start)) {
            return Err(refuse(
                S3ErrorCode::NotImplemented,
                format!("{what} is not supported: leave out the header `{name}`"),
            ));
        }
        if name.as_str().starts_with("x-amz-grant-") {
            return Err(no_acl());
        }
    }
    let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // A body of XML has a digest before it, if any. Between chunks it could not be looked through.
    if parts.method == Method::POST && text("x-amz-content-sha256").is_some_and(|kind| kind.starts_with("STREAMING-")) {
        return Err(refuse(
            S3ErrorCode::NotImplemented,
            "only objects and parts are taken in signed or trailed chunks",
        ));
    }
    // A bucket's objects are public or not as the bucket is.
    if text("x-amz-acl").is_some_and(|acl| acl != "private" && acl != "bucket-owner-full-control") {
        return Err(no_acl());
    }
    if text("x-amz-storage-class").is_some_and(|class| class != "STANDARD") {
        return Err(refuse(S3ErrorCode::InvalidStorageClass, "the only storage class is `STANDARD`"));
    }
    Ok(())
}

fn no_acl() -> s3s::S3Error {
    refuse(
        S3ErrorCode::AccessControlListNotSupported,
        "objects have no access rules of their own: make the bucket public",
    )
}
