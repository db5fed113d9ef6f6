//! Conditional requests, by RFC 9110 section 13: which header counts when several are there, and what makes one hold.

use chrono::{DateTime, NaiveDateTime};
use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::engine::{Condition, Object};

/// The forms that dates had before today's: that of RFC 850 and that of C's `asctime`.
const OLD_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// What the conditions come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answer as if there were none.
    Go,
    /// 304 for a read.
    NotModified,
    /// 412.
    Failed,
}

/// The headers of a condition: those of a read, or those that ask about the source of a copy.
pub(super) struct Names {
    matches: HeaderName,
    none_matches: HeaderName,
    modified: HeaderName,
    unmodified: HeaderName,
}

pub(super) const READ: Names = Names {
    matches: IF_MATCH,
    none_matches: IF_NONE_MATCH,
    modified: IF_MODIFIED_SINCE,
    unmodified: IF_UNMODIFIED_SINCE,
};

pub(super) const COPY_SOURCE: Names = Names {
    matches: HeaderName::from_static("x-amz-copy-source-if-match"),
    none_matches: HeaderName::from_static("x-amz-copy-source-if-none-match"),
    modified: HeaderName::from_static("x-amz-copy-source-if-modified-since"),
    unmodified: HeaderName::from_static("x-amz-copy-source-if-unmodified-since"),
};

/// Holds the headers against an object.
pub(super) fn judge(names: &Names, headers: &HeaderMap, object: &Object) -> Verdict {
    if headers.contains_key(&names.matches) {
        if !lists(headers, &names.matches, &object.etag, strong) {
            return Verdict::Failed;
        }
    } else if date(headers, &names.unmodified).is_some_and(|since| seconds(object) > since) {
        return Verdict::Failed;
    }
    if headers.contains_key(&names.none_matches) {
        if lists(headers, &names.none_matches, &object.etag, weak) {
            return Verdict::NotModified;
        }
    } else if date(headers, &names.modified).is_some_and(|since| seconds(object) <= since) {
        return Verdict::NotModified;
    }
    Verdict::Go
}

/// Whether `If-Range` lets a range be answered: without it, or if the object is still that one.
pub(super) fn range_holds(headers: &HeaderMap, object: &Object) -> bool {
    let Some(value) = headers.get(IF_RANGE) else { return true };
    match date(headers, &IF_RANGE) {
        Some(date) => date == seconds(object),
        None => value.to_str().is_ok_and(|etag| strong(etag.trim()) == Some(object.etag.as_str())),
    }
}

/// What must be true for a write to happen.
pub(super) fn of_write(headers: &HeaderMap) -> S3Result<Condition> {
    let one = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
    match (one(IF_MATCH), one(IF_NONE_MATCH)) {
        (None, None) => Ok(Condition::None),
        (None, Some("*")) => Ok(Condition::Absent),
        // A weak one is left as it is, and is no object's.
        (Some(etag), None) if !etag.contains(',') => Ok(Condition::Matches(strong(etag).unwrap_or(etag).to_owned())),
        _ => Err(S3Error::with_message(
            S3ErrorCode::NotImplemented,
            "a write may have `If-None-Match: *` or `If-Match` with one `ETag`, and not both",
        )),
    }
}

fn lists(headers: &HeaderMap, name: &HeaderName, etag: &str, read: fn(&str) -> Option<&str>) -> bool {
    let texts = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim).any(|one| one == "*" || read(one) == Some(etag))
}

/// An `ETag` without its quotes, for the strong comparison: one that is weak is equal to none. S3 takes them without quotes too.
fn strong(etag: &str) -> Option<&str> {
    let bare = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag);
    (!etag.starts_with("W/")).then_some(bare)
}

/// The same for the weak comparison, which doesn't ask whether one is weak.
fn weak(etag: &str) -> Option<&str> {
    strong(etag.strip_prefix("W/").unwrap_or(etag))
}

/// A date in seconds since 1970, in any of the three forms of RFC 9110; one that can't be read is as if it weren't there.
fn date(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let text = headers.get(name).map(HeaderValue::to_str)?.ok()?.trim();
    let old = |form: &str| NaiveDateTime::parse_from_str(text, form).ok().map(|date| date.and_utc().timestamp());
    let date = DateTime::parse_from_rfc2822(text).ok().map(|date| date.timestamp());
    date.or_else(|| OLD_DATES.into_iter().find_map(old))
}

/// `Last-Modified` has whole seconds, so they are what dates are held against.
fn seconds(object: &Object) -> i64 {
    object.modified.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Sun, 22 Nov 2026 11:59:59 GMT";
    const THEN: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    fn object() -> Object {
        Object {
            key: "key".to_owned(),
            size: 1,
            etag: "abc".to_owned(),
            modified: 1_795_348_800_700,
            metadata: crate::engine::Metadata::default(),
            checksums: crate::engine::Checksums::default(),
            parts: None,
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_strongest_header_counts() {
        for (pairs, verdict) in [
            (&[][..], Verdict::Go),
            (&[("if-match", "\"abc\"")], Verdict::Go),
            (&[("if-match", "\"x\", \"abc\"")], Verdict::Go),
            (&[("if-match", "*")], Verdict::Go),
            (&[("if-match", "\"x\"")], Verdict::Failed),
            (&[("if-match", "abc"), ("if-unmodified-since", BEFORE)], Verdict::Go),
            (&[("if-unmodified-since", BEFORE)], Verdict::Failed),
            (&[("if-unmodified-since", THEN)], Verdict::Go),
            (&[("if-unmodified-since", "nonsense")], Verdict::Go),
            (&[("if-match", "W/\"abc\"")], Verdict::Failed),
            (&[("if-unmodified-since", "Sunday, 22-Nov-26 11:59:59 GMT")], Verdict::Failed),
            (&[("if-unmodified-since", "Sunday, 22-Nov-26 12:00:00 GMT")], Verdict::Go),
            (&[("if-modified-since", "Sun Nov 22 12:00:00 2026")], Verdict::NotModified),
            (&[("if-modified-since", "Sun Nov  1 12:00:00 2026")], Verdict::Go),
            (&[("if-none-match", "\"abc\"")], Verdict::NotModified),
            (&[("if-none-match", "W/\"abc\"")], Verdict::NotModified),
            (&[("if-none-match", "\"x\""), ("if-modified-since", THEN)], Verdict::Go),
            (&[("if-modified-since", THEN)], Verdict::NotModified),
            (&[("if-modified-since", BEFORE)], Verdict::Go),
            (&[("if-match", "\"x\""), ("if-none-match", "\"abc\"")], Verdict::Failed),
        ] {
            assert_eq!(judge(&READ, &headers(pairs), &object()), verdict, "{pairs:?}");
        }
    }

    #[test]
    fn a_range_holds_only_for_the_same_object() {
        let cases = [("\"abc\"", true), ("W/\"abc\"", false), ("\"x\"", false), (THEN, true), (BEFORE, false)];
        for (value, holds) in cases {
            assert_eq!(range_holds(&headers(&[("if-range", value)]), &object()), holds, "{value}");
        }
    }

    #[test]
    fn writes_take_what_s3_takes() {
        assert_eq!(of_write(&headers(&[("if-none-match", "*")])).unwrap(), Condition::Absent);
        assert_eq!(of_write(&headers(&[("if-match", "\"abc\"")])).unwrap(), Condition::Matches("abc".to_owned()));
        let weak = of_write(&headers(&[("if-match", "W/\"abc\"")])).unwrap();
        assert_ne!(weak, Condition::Matches("abc".to_owned()));
        assert!(of_write(&headers(&[("if-none-match", "\"abc\"")])).is_err());
        assert!(of_write(&headers(&[("if-match", "\"a\", \"b\"")])).is_err());
    }
}
