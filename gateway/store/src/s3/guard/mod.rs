//! What stands in front of `s3s`: refuses what S3 refuses and `s3s` lets through. Signatures themselves are checked behind it.

mod authorization;
mod features;
mod presigned;

use chrono::NaiveDateTime;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::query::Query;
use super::target::Target;

/// Headers that mean another thing when they stand twice.
const ONCE: [&str; 8] = [
    "authorization",
    "host",
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-decoded-content-length",
    "content-md5",
    "x-amz-trailer",
];

/// What an object request must not ask in its query, for it would be taken for a plain PUT or DELETE of the object: what S3 knows
/// of objects and buckets beside their content.
const NOT_OF_OBJECTS: [&str; 40] = [
    "uploads",
    "delete",
    "torrent",
    "restore",
    "select",
    "attributes",
    "cors",
    "policy",
    "policyStatus",
    "lifecycle",
    "versioning",
    "versions",
    "website",
    "encryption",
    "append",
    "renameObject",
    "annotation",
    "acl",
    "tagging",
    "retention",
    "legal-hold",
    "object-lock",
    "location",
    "notification",
    "logging",
    "replication",
    "publicAccessBlock",
    "ownershipControls",
    "accelerate",
    "requestPayment",
    "analytics",
    "inventory",
    "metrics",
    "intelligent-tiering",
    "metadataConfiguration",
    "metadataTable",
    "metadataInventoryTable",
    "metadataJournalTable",
    "abac",
    "session",
];

/// Checks a request and says what it is about.
pub(super) fn check(parts: &mut Parts, region: &str) -> S3Result<(Target, Query)> {
    if ![Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE].contains(&parts.method) {
        return Err(other_method());
    }
    for name in ONCE {
        if parts.headers.get_all(name).iter().count() > 1 {
            return Err(refuse(S3ErrorCode::InvalidRequest, format!("the header `{name}` stands twice: send it once")));
        }
    }
    if !parts.headers.contains_key(HOST) && parts.uri.authority().is_none() {
        return Err(refuse(S3ErrorCode::InvalidRequest, "the header `Host` is missing"));
    }
    let target = Target::read(&parts.uri)?;
    let query = Query::read(parts.uri.query().unwrap_or_default())?;
    check_form(parts)?;
    check_subresource(&parts.method, &target, &query)?;
    match (presigned::is_signed(&query), parts.headers.get(AUTHORIZATION)) {
        (true, Some(_)) => {
            let message = "sign the query or send the `Authorization` header, not both";
            return Err(refuse(S3ErrorCode::InvalidArgument, message));
        }
        (true, None) => {
            presigned::check(&query, &parts.headers, region)?;
            presigned::lift(&query, &mut parts.headers)?;
        }
        (false, Some(value)) => authorization::check(value, &parts.headers, region)?,
        (false, None) => {}
    }
    features::check(parts)?;
    Ok((target, query))
}

fn other_method() -> S3Error {
    let mut error = refuse(S3ErrorCode::MethodNotAllowed, "the methods are GET, HEAD, PUT, POST and DELETE");
    error.set_headers(HeaderMap::from_iter([(ALLOW, HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"))]));
    error
}

/// Uploads by HTML forms have rules of their own (policies), which nobody here asks for.
fn check_form(parts: &Parts) -> S3Result<()> {
    const FORM: &[u8] = b"multipart/form-data";

    let form = |value: &http::HeaderValue| {
        value.as_bytes().get(..FORM.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORM))
    };
    if parts.method == Method::POST && parts.headers.get_all(CONTENT_TYPE).iter().any(form) {
        return Err(refuse(S3ErrorCode::NotImplemented, "uploads by form are not supported: use a signed PUT"));
    }
    Ok(())
}

fn check_subresource(method: &Method, target: &Target, query: &Query) -> S3Result<()> {
    if !matches!(target, Target::Object { .. }) {
        return Ok(());
    }
    if method == Method::GET && query.has("uploads") {
        return Err(refuse(
            S3ErrorCode::NotImplemented,
            "`?uploads` is of a bucket: leave out the key, or give it as `prefix`",
        ));
    }
    if method != Method::PUT && method != Method::DELETE {
        return Ok(());
    }
    if let Some(name) = NOT_OF_OBJECTS.into_iter().find(|name| query.has(name)) {
        return Err(refuse(S3ErrorCode::NotImplemented, format!("`?{name}` is not supported here")));
    }
    // One without the other would replace or delete the whole object.
    let (part, upload) = (query.has("partNumber"), query.has("uploadId"));
    if (method == Method::PUT && part != upload) || (method == Method::DELETE && part && !upload) {
        return Err(refuse(S3ErrorCode::InvalidArgument, "`partNumber` and `uploadId` go together"));
    }
    Ok(())
}

/// A signature that can't be one is a wrong one. Told here, for `s3s` finds fault with the other parameters then.
fn check_signature(signature: &str) -> S3Result<()> {
    let digits = signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if signature.len() == 64 && digits {
        return Ok(());
    }
    Err(refuse(S3ErrorCode::SignatureDoesNotMatch, "the signature is not 64 hexadecimal digits in lower case"))
}

/// The scope of a credential: who, when, where, for what.
fn check_scope(credential: &str, date: &str, region: &str, malformed: &S3ErrorCode) -> S3Result<()> {
    let mut fields = credential.split('/');
    let (Some(_), Some(day), Some(scope_region), Some(service), Some("aws4_request"), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(refuse(
            malformed.clone(),
            "the credential must read `<access key>/<date>/<region>/s3/aws4_request`",
        ));
    };
    if scope_region != region {
        return Err(refuse(malformed.clone(), format!("the region in the credential is wrong: expecting `{region}`")));
    }
    if service != "s3" {
        return Err(refuse(malformed.clone(), "the service in the credential is wrong: expecting `s3`"));
    }
    // With the length, for the parser takes fewer digits too.
    if date.len() != 16 || NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").is_err() {
        return Err(refuse(malformed.clone(), "the date must be a time in UTC and read `<YYYYMMDD>T<HHMMSS>Z`"));
    }
    if date.get(..8) != Some(day) {
        return Err(refuse(malformed.clone(), "the credential is of another day than the request's date"));
    }
    Ok(())
}

/// Everything that S3 acts on must be signed: who holds a signed URL could otherwise add, say, `x-amz-copy-source`.
fn check_signed_headers(signed: &str, headers: &HeaderMap) -> S3Result<()> {
    let is_signed = |name: &str| signed.split(';').any(|one| one == name);
    let mut missing: Vec<&str> =
        headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-")).collect();
    missing.push("host");
    missing.retain(|name| !is_signed(name));
    missing.sort_unstable();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join("`, `");
    Err(refuse(S3ErrorCode::AccessDenied, format!("there were headers in the request that were not signed: `{names}`")))
}

/// `SigV2`, which S3 ended for new buckets in 2020. Tools in Python still sign URLs with it, in S3's first region.
fn old_signature() -> S3Error {
    refuse(
        S3ErrorCode::InvalidRequest,
        "signatures of version 2 are not supported, use AWS4-HMAC-SHA256: for boto3 set `signature_version` to `s3v4` in its \
         `Config`, for the AWS CLI run `aws configure set default.s3.signature_version s3v4`",
    )
}

fn refuse(code: S3ErrorCode, message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::with_message(code, message)
}
