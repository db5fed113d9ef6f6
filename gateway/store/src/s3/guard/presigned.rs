//! Requests that are signed in their query.

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::{check_scope, check_signature, check_signed_headers, old_signature, refuse};
use crate::s3::checksums;
use crate::s3::query::Query;

/// The parameters of a signed URL. All are there, once, in this spelling, or none is.
const SIGNING: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];
/// The same for `SigV2`.
const OLD_SIGNING: [&str; 2] = ["AWSAccessKeyId", "Signature"];
/// Seven days, the longest that S3 lets a URL live.
const LONGEST: u32 = 604_800;

/// What a signed query may have of `x-amz-` that stands for no header of the request, by how it begins.
const NO_HEADERS: [&str; 2] = ["x-amz-user-agent", "x-amz-sdk-"];
/// The SHA-256 of no bytes.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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
    check_scope(one(query, "X-Amz-Credential")?, date, region, &S3ErrorCode::AuthorizationQueryParametersError)?;
    check_signature(one(query, "X-Amz-Signature")?)?;
    let signed = one(query, "X-Amz-SignedHeaders")?;
    if !signed.is_ascii() {
        return Err(malformed("`X-Amz-SignedHeaders` must be names of headers, with `;` between them"));
    }
    check_signed_headers(signed, headers)
}

/// Makes headers of what SDKs move from there into the query: metadata, checksums. The signature covers it where it is.
pub(super) fn lift(query: &Query, headers: &mut HeaderMap) -> S3Result<()> {
    for (name, value) in query.pairs() {
        let name = name.to_ascii_lowercase();
        let signing = SIGNING.iter().any(|known| known.eq_ignore_ascii_case(&name));
        let no_header = NO_HEADERS.iter().any(|start| name.starts_with(start)) || is_of_nothing(&name, value);
        if !name.starts_with("x-amz-") || signing || no_header {
            continue;
        }
        let (Ok(header), Ok(value)) = (HeaderName::try_from(&name), HeaderValue::from_bytes(value.as_bytes())) else {
            return Err(refuse(S3ErrorCode::InvalidArgument, format!("`{name}` in the query cannot be a header")));
        };
        if *headers.entry(header).or_insert_with(|| value.clone()) != value {
            let message = format!("`{name}` has one value in the query and another one beside it: send it once");
            return Err(refuse(S3ErrorCode::InvalidRequest, message));
        }
    }
    Ok(())
}

/// Whether it is a digest of no bytes. SDKs put one there on their own, since the body isn't known when a URL is made. S3 holds the
/// body to it, and no upload works; here it says nothing.
fn is_of_nothing(name: &str, value: &str) -> bool {
    let checksum = || checksums::of_header(name).and_then(checksums::of_nothing);
    (name == "x-amz-content-sha256" && value == NOTHING) || checksum().is_some_and(|nothing| nothing == value)
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
