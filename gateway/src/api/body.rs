//! A request's body: whether it is JSON by its own word, and its bytes within limits of size and time.

use std::error::Error;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::OwnedSemaphorePermit;

use super::slot::Slot;
use super::{ApiError, Code, Limits};

/// Returns the body's bytes; none where there is no body.
///
/// While it comes, the request leaves its place.
pub(super) async fn bytes(
    headers: &HeaderMap,
    body: Body,
    limits: Limits,
    slot: Option<&Slot>,
) -> Result<Bytes, ApiError> {
    if body.is_end_stream() && !headers.contains_key(CONTENT_TYPE) {
        return Ok(Bytes::new());
    }
    is_json(headers)?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = u64::try_from(limits.body_bytes).unwrap_or(u64::MAX);
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(limits));
    }
    if let Some(slot) = slot {
        slot.leave();
    }
    let (bytes, counted) =
        tokio::time::timeout(limits.body_time, collect(body, limits, slot)).await.unwrap_or_else(|_| {
            let seconds = limits.body_time.as_secs_f64();
            Err(ApiError::new(
                Code::RequestTimeout,
                format!("the body did not arrive within {seconds} seconds; send it again"),
            ))
        })?;
    if let Some(slot) = slot {
        slot.enter()?;
    }
    drop(counted);
    Ok(bytes)
}

/// The body's bytes, and what counts them meanwhile.
async fn collect(
    body: Body,
    limits: Limits,
    slot: Option<&Slot>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), ApiError> {
    let mut body = Limited::new(body, limits.body_bytes);
    let (mut bytes, mut counted) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if is_length(error.as_ref()) {
                too_large(limits)
            } else {
                ApiError::new(Code::InvalidRequest, "the body broke off before its end")
            }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if let Some(slot) = slot {
            let more = slot.came(data.len())?;
            match &mut counted {
                Some(counted) => counted.merge(more),
                None => counted = Some(more),
            }
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), counted))
}

/// Checks the headers: `application/json`, in UTF-8 if it says so, and not compressed.
fn is_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let refused = |message: &str| Err(ApiError::new(Code::UnsupportedMediaType, message));
    if headers.get(CONTENT_ENCODING).is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refused("the body must not be compressed; send it without `Content-Encoding`");
    }
    let mut sent = headers.get_all(CONTENT_TYPE).iter();
    let sound = match (sent.next(), sent.next()) {
        (Some(value), None) => value.to_str().is_ok_and(is_json_type),
        _ => false,
    };
    if sound { Ok(()) } else { refused("the body must be JSON; send it with `Content-Type: application/json`") }
}

fn is_json_type(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            // RFC 8259 has no parameters, and tells readers to pass over those that come.
            _ => true,
        })
}

fn too_large(limits: Limits) -> ApiError {
    let most = limits.body_bytes;
    ApiError::new(Code::PayloadTooLarge, format!("the body is larger than {most} bytes; send a smaller one"))
}

/// Whether an error is that of the limit, however wrapped.
fn is_length(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_json_type;

    #[test]
    fn json_is_known_by_its_type() {
        for text in [
            "application/json",
            "Application/JSON ; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json;v=1",
        ] {
            assert!(is_json_type(text), "{text}");
        }
        for text in
            ["", "text/plain", "application/json5", "application/json; charset=latin1", "application/problem+json"]
        {
            assert!(!is_json_type(text), "{text}");
        }
    }
}
