//! What a request's raw path names. S3 takes a key as it is: nothing is normalised here, and nothing decoded twice.

use http::Uri;
use s3s::{S3Error, S3ErrorCode, S3Result};

/// The longest key in bytes.
const LONGEST_KEY: usize = 1024;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The service.
    Root,
    /// A bucket.
    Bucket,
    /// An object.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key, decoded once.
        key: String,
    },
}

impl Target {
    /// Reads it from the path.
    pub(super) fn read(uri: &Uri) -> S3Result<Self> {
        let path = uri.path();
        let Some(rest) = path.strip_prefix('/') else {
            return Err(refuse("the path must begin with `/`"));
        };
        // `/bucket%2Fkey` would sign like `/bucket/key` and mean another thing.
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains('%') {
            return Err(refuse("the bucket's name must not be percent-encoded"));
        }
        let key = decode(key)?;
        check_key(&key)?;
        Ok(match (bucket.is_empty(), key.is_empty()) {
            (true, true) => Self::Root,
            (true, false) => {
                return Err(S3Error::with_message(S3ErrorCode::InvalidBucketName, "the path names no bucket"));
            }
            (false, true) => Self::Bucket,
            (false, false) => Self::Object { bucket: bucket.to_owned(), key },
        })
    }
}

/// Refuses a key that the listing's XML could not carry, or that is too long.
fn check_key(key: &str) -> S3Result<()> {
    if key.len() > LONGEST_KEY {
        return Err(S3Error::with_message(S3ErrorCode::KeyTooLongError, "the key must have 1024 bytes or fewer"));
    }
    if has_control(key) {
        return Err(S3Error::with_message(
            S3ErrorCode::InvalidArgument,
            "the key has a control character, which listings in XML cannot carry",
        ));
    }
    Ok(())
}

/// Whether it has what XML can't carry.
pub(super) fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// Decodes `%XX`, strictly: what S3 clients send is always well formed, so anything else is a trick or a mistake.
pub(super) fn decode(text: &str) -> S3Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        match (rest.next().and_then(hex), rest.next().and_then(hex)) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err(refuse("the URL has a `%` that is not followed by two hexadecimal digits")),
        }
    }
    String::from_utf8(bytes).map_err(|_| refuse("the URL is not UTF-8"))
}

/// Encodes for `encoding-type=url`, as S3 does: slashes stay.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn refuse(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidURI, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> Target {
        Target::Object { bucket: "bucket".to_owned(), key: key.to_owned() }
    }

    #[test]
    fn keys_stay_as_they_are() {
        for (path, key) in [
            ("/bucket/a/../b", "a/../b"),
            ("/bucket//a//", "/a//"),
            ("/bucket/a%2Fb", "a/b"),
            ("/bucket/a%252Fb", "a%2Fb"),
            ("/bucket/a+b%20c%2B", "a+b c+"),
            ("/bucket/%C3%A9", "é"),
        ] {
            assert_eq!(Target::read(&path.parse().unwrap()).unwrap(), object(key), "{path}");
        }
    }

    #[test]
    fn tricks_are_refused() {
        for path in ["/bucket%2Fkey", "/bucket/%", "/bucket/%zz", "/bucket/%ff", "/bucket/%00", "/%2e%2e/key", "//key"]
        {
            assert!(Target::read(&path.parse().unwrap()).is_err(), "{path}");
        }
        let long = format!("/bucket/{}", "a".repeat(1025));
        assert!(Target::read(&long.parse().unwrap()).is_err());
    }

    #[test]
    fn encoding_and_decoding_are_inverse() {
        let text = "a b/é%+&=~'()!*";
        assert_eq!(decode(&encode(text)).unwrap(), text);
        assert_eq!(encode("é +"), "%C3%A9%20%2B");
    }
}
