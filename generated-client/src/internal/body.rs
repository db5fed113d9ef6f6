//! Bodies that aren't plain JSON: none at all on the way out, bytes or text on the way in.

use bytes::Bytes;
use progenitor_client::{ByteStream, RequestBuilderExt, ResponseValue};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Body, RequestBuilder, Response};
use serde::Serialize;
use serde::de::Error as _;

use super::call::{RawError, RawResult};

/// Sends a JSON body only if there is one.
pub(crate) trait OptionalJson {
    /// Sends `body` as JSON; without one, neither a body nor a `Content-Type`.
    fn optional_json<T: Serialize + ?Sized>(self, body: Option<&T>) -> Self;
}

impl OptionalJson for RequestBuilder {
    fn optional_json<T: Serialize + ?Sized>(self, body: Option<&T>) -> Self {
        match body {
            Some(body) => self.json(body),
            None => self,
        }
    }
}

/// Sends a body that isn't JSON only if there is one.
pub(crate) trait OptionalBody: Sized {
    /// Sends `body` as this media type; without one, neither a body nor a `Content-Type`.
    fn optional_body(self, media: &'static str, body: Option<impl Into<Body>>) -> Self;

    /// Sends `body` as a form; without one, neither a body nor a `Content-Type`.
    #[expect(clippy::result_large_err, reason = "the error is progenitor's")]
    fn optional_form<T: Serialize + ?Sized>(self, body: Option<&T>) -> Result<Self, RawError>;
}

impl OptionalBody for RequestBuilder {
    fn optional_body(self, media: &'static str, body: Option<impl Into<Body>>) -> Self {
        match body {
            Some(body) => self.header(CONTENT_TYPE, HeaderValue::from_static(media)).body(body),
            None => self,
        }
    }

    fn optional_form<T: Serialize + ?Sized>(self, body: Option<&T>) -> Result<Self, RawError> {
        match body {
            Some(body) => self.form_urlencoded(body),
            None => Ok(self),
        }
    }
}

/// Returns the bytes of a body that isn't JSON.
pub(crate) async fn collect_bytes(value: ResponseValue<ByteStream>) -> RawResult<Vec<u8>> {
    let (status, headers) = (value.status(), value.headers().clone());
    let bytes = collect(value).await?;
    Ok(ResponseValue::new(bytes.into(), status, headers))
}

/// Returns the text of a body that isn't JSON; it must be UTF-8.
pub(crate) async fn collect_text(value: ResponseValue<ByteStream>) -> RawResult<String> {
    let (status, headers) = (value.status(), value.headers().clone());
    let bytes = collect(value).await?;
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => Ok(ResponseValue::new(text, status, headers)),
        Err(fault) => Err(RawError::InvalidResponsePayload(bytes, serde_json::Error::custom(fault.utf8_error()))),
    }
}

/// The exchange has read the body already, so that nothing is waited for here.
async fn collect(value: ResponseValue<ByteStream>) -> Result<Bytes, RawError> {
    let body = Body::wrap_stream(value.into_inner_stream());
    Response::from(http::Response::new(body)).bytes().await.map_err(RawError::ResponseBodyError)
}

#[cfg(test)]
mod tests {
    use progenitor_client::{ByteStream, ResponseValue};
    use reqwest::{Client, Response};

    use super::{OptionalJson, collect_bytes, collect_text};

    fn answer(body: &'static [u8]) -> ResponseValue<ByteStream> {
        ResponseValue::stream(Response::from(http::Response::new(body)))
    }

    #[tokio::test]
    async fn a_body_is_bytes_or_text() {
        let bytes = collect_bytes(answer(b"\xffa")).await;
        assert_eq!(bytes.ok().map(ResponseValue::into_inner).as_deref(), Some(&b"\xffa"[..]));
        let text = collect_text(answer("é".as_bytes())).await;
        assert_eq!(text.ok().map(ResponseValue::into_inner).as_deref(), Some("é"));
        assert!(collect_text(answer(b"\xffa")).await.is_err());
    }

    #[test]
    fn no_body_has_no_content_type() {
        let request = |body: Option<&str>| Client::new().post("http://h").optional_json(body).build().ok();
        let without = request(None);
        assert!(without.is_some_and(|request| request.body().is_none() && request.headers().is_empty()));
        let with = request(Some("a")).and_then(|request| Some(request.body()?.as_bytes()?.to_vec()));
        assert_eq!(with.as_deref(), Some(&br#""a""#[..]));
    }
}
