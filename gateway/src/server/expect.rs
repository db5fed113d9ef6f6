//! Clients that ask before they send a body, with `Expect: 100-continue`.

use http::header::{CONNECTION, EXPECT, HeaderMap};
use http::{HeaderValue, Response};

/// Whether the client asked.
pub(super) fn asks(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

/// Ends the connection with an answer to who asked, unless it is a success: some clients send the body after a refusal, too, and some
/// don't, so whatever comes next could be either it or another request (RFC 9110, section 10.1.1).
pub(super) fn refused<B>(response: &mut Response<B>) {
    if !response.status().is_success() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}
