//! Requests that are signed in their query.

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::{check_scope, check_signed_headers, old_signature, refuse};
use crate::s3::query::Query;

/// The parameters of a signed URL. All are there, once, in this spelling, or none is.
const SIGNING: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];
/// The same for `SigV2`.
const OLD_SIGNING: [&str; 2] = ["AWSAccessKeyId", "Signature"];
/// Seven days, the longest that S3 lets a URL live.
const LONGEST: u32 = 604_800;

/// What a signed query may have of `x-amz-` that stands for no header of the request. SDKs put a checksum of nothing there, since the body
/// isn't known when a URL is made; S3 holds the body to it, and no upload works.
const NO_HEADERS: [&str; 5] =
    ["x-amz-security-token", "x-amz-content-sha256", "x-amz-user-agent", "x-amz-sdk-", "x-amz-checksum-"];

/// Whether a query carries anything of a signature, in any spelling.
pub(super) fn is_signed(query: &Query) -> bool {
    SIGNING.iter().chain(&OLD_SIGNING).any(|name| query.spelt_like(name).next().is_some())
}

pub(super) fn check(query: &Query, headers: &HeaderMap, region: &str) -> S3Result<()> {
    if OLD_SIGNING.iter().any(|name| query.spelt_like(name).next().is_some()) {
        return Err(old_signature());
    }
    for name in SIGNING {
        one(query, name)?;
    }
    if one(query, "X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(malformed("`X-Amz-Algorithm` must be `AWS4-HMAC-SHA256`"));
    }
    let expires = one(query, "X-Amz-Expires")?;
    let digits = !expires.is_empty() && expires.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !expires.parse::<u32>().is_ok_and(|seconds| (1..=LONGEST).contains(&seconds)) {
        return Err(malformed("`X-Amz-Expires` must be a number of seconds from 1 to 604800"));
    }
    let date = one(query, "X-Amz-Date")?;
    check_scope(one(query, "X-Amz-Credential")?, Some(date), region, &S3ErrorCode::AuthorizationQueryParametersError)?;
    check_signed_headers(one(query, "X-Amz-SignedHeaders")?, headers, true)
}

/// Makes headers of what SDKs move from there into the query, metadata above all. The signature covers it where it is.
pub(super) fn lift(query: &Query, headers: &mut HeaderMap) -> S3Result<()> {
    for (name, value) in query.pairs() {
        let name = name.to_ascii_lowercase();
        let signing = SIGNING.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if !name.starts_with("x-amz-") || signing || NO_HEADERS.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let (Ok(header), Ok(value)) = (HeaderName::try_from(&name), HeaderValue::from_bytes(value.as_bytes())) else {
            return Err(refuse(S3ErrorCode::InvalidArgument, format!("`{name}` in the query cannot be a header")));
        };
        headers.entry(header).or_insert(value);
    }
    Ok(())
}

fn one<'q>(query: &'q Query, name: &'static str) -> S3Result<&'q str> {
    let mut found = query.spelt_like(name);
    match (found.next(), found.next()) {
        (Some((spelt, value)), None) if spelt == name => Ok(value),
        (Some(_), Some(_)) => Err(malformed(format!("`{name}` stands twice in the query"))),
        _ => Err(malformed(format!("the query must have all of `{}`", SIGNING.join("`, `")))),
    }
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    refuse(S3ErrorCode::AuthorizationQueryParametersError, message)
}
