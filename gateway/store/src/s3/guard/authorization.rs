//! Requests that are signed in their `Authorization` header.

use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::{check_scope, check_signature, check_signed_headers, old_signature, refuse};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

pub(super) fn check(value: &HeaderValue, headers: &HeaderMap, region: &str) -> S3Result<()> {
    let text = value.to_str().map_err(|_| malformed("the header `Authorization` is not text"))?.trim();
    let (scheme, fields) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if scheme == "AWS" {
        return Err(old_signature());
    }
    if scheme != ALGORITHM {
        return Err(refuse(
            S3ErrorCode::InvalidArgument,
            "the authorization type is not supported: use AWS4-HMAC-SHA256",
        ));
    }
    let field = |name: &str| {
        let mut found = fields.split(',').filter_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(malformed(
                "the header `Authorization` must have `Credential`, `SignedHeaders` and `Signature`, each once",
            )),
        }
    };
    let (credential, signed, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let Some(date) = headers.get("x-amz-date").and_then(|date| date.to_str().ok()) else {
        return Err(refuse(S3ErrorCode::AccessDenied, "a signed request needs the header `x-amz-date`"));
    };
    check_scope(credential, date, region, &S3ErrorCode::AuthorizationHeaderMalformed)?;
    check_signature(signature)?;
    check_signed_headers(signed, headers)
}

fn malformed(message: &'static str) -> S3Error {
    refuse(S3ErrorCode::AuthorizationHeaderMalformed, message)
}
