//! What is kept with an object, between headers and the engine: byte for byte as it was sent.

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES, HeaderName,
};
use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::engine::Metadata;

/// S3's limit for all names and values.
const LARGEST: usize = 2048;
const PREFIX: &str = "x-amz-meta-";

/// Reads it from the headers of a write. They were checked by `s3s`: each stands once and is UTF-8.
pub(super) fn read(headers: &HeaderMap) -> S3Result<Metadata> {
    let text = |name: HeaderName| {
        let value = headers.get(name)?;
        str::from_utf8(value.as_bytes()).ok().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut metadata = Metadata {
        content_type: text(CONTENT_TYPE),
        cache_control: text(CACHE_CONTROL),
        content_disposition: text(CONTENT_DISPOSITION),
        content_encoding: text(CONTENT_ENCODING).and_then(|encoding| without_framing(&encoding)),
        content_language: text(CONTENT_LANGUAGE),
        expires: text(EXPIRES),
        ..Metadata::default()
    };
    let mut size = 0;
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix(PREFIX).filter(|name| !name.is_empty()) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            size += name.len() + value.len();
            metadata.user.insert(name.to_owned(), value);
        }
    }
    if size > LARGEST {
        return Err(S3Error::with_message(
            S3ErrorCode::MetadataTooLarge,
            "names and values of `x-amz-meta-` headers may have 2048 bytes together",
        ));
    }
    Ok(metadata)
}

/// Puts it into the headers of an answer.
pub(super) fn write(metadata: &Metadata, headers: &mut HeaderMap) {
    let mut put = |name: HeaderName, value: &Option<String>| {
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    };
    put(CONTENT_TYPE, &metadata.content_type);
    put(CACHE_CONTROL, &metadata.cache_control);
    put(CONTENT_DISPOSITION, &metadata.content_disposition);
    put(CONTENT_ENCODING, &metadata.content_encoding);
    put(CONTENT_LANGUAGE, &metadata.content_language);
    put(EXPIRES, &metadata.expires);
    // What S3 says of objects that nobody gave a type.
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("binary/octet-stream"));
    for (name, value) in &metadata.user {
        let name = HeaderName::try_from(format!("{PREFIX}{name}"));
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.insert(name, value);
        }
    }
}

/// `aws-chunked` is how the body came, not how the object is encoded.
fn without_framing(encoding: &str) -> Option<String> {
    let kept: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_is_no_encoding() {
        assert_eq!(without_framing("aws-chunked"), None);
        assert_eq!(without_framing("aws-chunked, gzip").as_deref(), Some("gzip"));
        assert_eq!(without_framing("gzip,aws-chunked,br").as_deref(), Some("gzip,br"));
    }

    #[test]
    fn what_was_sent_comes_back() {
        let mut sent = HeaderMap::new();
        sent.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        sent.insert(EXPIRES, HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT"));
        sent.insert("x-amz-meta-name", HeaderValue::from_bytes("é =?UTF-8?B?w6k=?=".as_bytes()).unwrap());
        let mut back = HeaderMap::new();
        write(&read(&sent).unwrap(), &mut back);
        assert_eq!(back, sent);
    }
}
