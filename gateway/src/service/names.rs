//! Which names buckets and objects may have, and what a vendor calls a bucket.

use std::net::Ipv4Addr;

use crate::api::{ApiError, Code};

/// The longest key, in bytes of UTF-8, as in S3.
pub const MAX_KEY_BYTES: usize = 1024;

/// How many characters of a bucket's name its physical name begins with.
const SLUG: usize = 40;

/// What S3 keeps for itself at the beginning of a name.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// What S3 keeps for itself at the end of a name.
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Refuses what S3's naming rules for general purpose buckets refuse.
pub fn check_bucket(name: &str) -> Result<(), ApiError> {
    let why = if !(3..=63).contains(&name.len()) {
        "it must have 3 to 63 characters"
    } else if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')) {
        "it may have `a` to `z`, `0` to `9`, `.` and `-` only"
    } else if name.starts_with(['.', '-']) || name.ends_with(['.', '-']) {
        "it must begin and end with a letter or a digit"
    } else if name.contains("..") {
        "it must not have two dots in a row"
    } else if name.parse::<Ipv4Addr>().is_ok() {
        "it must not look like an IPv4 address"
    } else if let Some(prefix) = RESERVED_PREFIXES.iter().find(|prefix| name.starts_with(**prefix)) {
        return Err(refused(&format!("S3 keeps names that begin with `{prefix}` for itself")));
    } else if let Some(suffix) = RESERVED_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix)) {
        return Err(refused(&format!("S3 keeps names that end with `{suffix}` for itself")));
    } else {
        return Ok(());
    };
    Err(refused(why))
}

fn refused(why: &str) -> ApiError {
    ApiError::new(Code::InvalidBucket, format!("the bucket's name can't be used: {why}"))
}

/// Refuses keys that S3 or a URL parser on the way would take for others.
///
/// `.` and `..` between slashes are steps to every URL parser (RFC 3986, section 5.2.4), encoded or not, so a signed URL with them would
/// reach another object.
pub fn check_key(key: &str) -> Result<(), ApiError> {
    let why = if key.is_empty() || key.len() > MAX_KEY_BYTES {
        format!("it must have 1 to {MAX_KEY_BYTES} bytes, and has {}", key.len())
    } else if key.split('/').any(|segment| segment == "." || segment == "..") {
        "it must not have `.` or `..` between slashes, since URL parsers take them for steps".to_owned()
    } else if let Some(control) = key.chars().find(|c| c.is_control()) {
        format!("it must not have control characters, and has U+{:04X}", u32::from(control))
    } else {
        return Ok(());
    };
    Err(ApiError::new(Code::InvalidKey, format!("the key can't be used: {why}")))
}

/// What a vendor is to call a bucket: unique among all accounts and all who use the vendor, and recognisable.
pub(super) fn physical(name: &str, random: &str) -> String {
    let slug: String = name.chars().take(SLUG).map(|c| if c == '.' { '-' } else { c }).collect();
    format!("ifr-{}-{random}", slug.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_s3() {
        for good in ["abc", "a.b", "user-uploads", "1.2.3", "a--b", "256.1.1.1", &"a".repeat(63)] {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        let bad = [
            "",
            "ab",
            &long,
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "192.168.0.1",
            "xn--a",
            "sthree-a",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
            "ümlaut",
            "a b",
            "a/b",
            "amzn-s3-demo-x",
            "abc--x-s3",
            "a\u{0}b",
        ];
        for bad in bad {
            assert_eq!(check_bucket(bad).unwrap_err().code, Code::InvalidBucket, "{bad}");
        }
    }

    #[test]
    fn keys_are_what_urls_can_carry() {
        let long = "é".repeat(512);
        for good in [
            "a",
            "a/b",
            "/a",
            "a/",
            "a//b",
            "...",
            "a/.../b",
            "..a/b..",
            " ",
            "a\\..\\b",
            "%2e%2e",
            "ключ",
            "\u{1f980}",
            &long,
        ] {
            assert!(check_key(good).is_ok(), "{good}");
        }
        let longer = "é".repeat(513);
        for bad in ["", ".", "..", "a/..", "../a", "a/./b", "/..", "./", "a\nb", "a\u{7f}", "a\u{85}b", "\0", &longer] {
            assert_eq!(check_key(bad).unwrap_err().code, Code::InvalidKey, "{bad:?}");
        }
    }

    #[test]
    fn physical_names_are_bucket_names() {
        let long = "a".repeat(63);
        for name in ["abc", "a.b.c", "x.-y", &long, "0-9"] {
            let physical = physical(name, "abcdefghij234567");
            assert!(check_bucket(&physical).is_ok() && !physical.contains('.'), "{physical}");
        }
    }
}
