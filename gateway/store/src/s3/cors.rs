//! Cross-origin requests: browsers of any origin may use what they hold a signed URL for. Nothing here rests on cookies, so `*` gives nothing away.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use s3s::Body;

/// What scripts may read of an answer beside the few headers that they always may.
const EXPOSED: &str = "ETag, Content-Range, Accept-Ranges, Content-Length, Content-Encoding, Content-Disposition, Last-Modified, \
                       Location, x-amz-request-id, x-amz-version-id, x-amz-mp-parts-count, x-amz-checksum-crc32, \
                       x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, x-amz-checksum-sha1, x-amz-checksum-sha256, \
                       x-amz-checksum-type";
const METHODS: &str = "GET, PUT, HEAD, POST, DELETE";
const MAX_AGE: &str = "86400";

/// Whether a request asks what may be asked.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to it.
pub(super) fn preflight(request: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    // Not `*`: that leaves out `Authorization`.
    if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(
        VARY,
        HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    );
    response
}

/// Lets scripts read an answer and what it says of the object. `x-amz-meta-*` has no wildcard, so what is there is named.
pub(super) fn open(headers: &mut HeaderMap) {
    let mut exposed = EXPOSED.to_owned();
    for name in headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("x-amz-meta-")) {
        exposed.push_str(", ");
        exposed.push_str(name);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(exposed) = HeaderValue::try_from(exposed) {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
