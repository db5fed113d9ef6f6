//! Requests that name their bucket in the host, which this store takes from the path only.

use http::header::HOST;
use http::request::Parts;
use http::{HeaderValue, Method};
use s3s::{S3Error, S3ErrorCode};

use super::query::Query;
use super::target::Target;
use crate::engine::Store;

/// What is asked of a bucket, and would be answered for the service if its name is not in the path.
const OF_BUCKETS: [&str; 5] = ["delete", "list-type", "location", "uploads", "versions"];

/// A host that begins with more than it would by itself, in lower case.
pub(super) fn host(parts: &Parts) -> Option<String> {
    let named = parts.headers.get(HOST).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = named.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))?;
    host.contains('.').then(|| host.to_ascii_lowercase())
}

/// Whether it surely isn't meant for the service.
pub(super) fn is_of_bucket(method: &Method, target: &Target, query: &Query) -> bool {
    *target == Target::Root && (method != Method::GET || OF_BUCKETS.into_iter().any(|name| query.has(name)))
}

/// The refusal, if the host begins with the name of a bucket.
pub(super) async fn refusal(store: &Store, host: &str) -> Option<S3Error> {
    for (end, _) in host.match_indices('.') {
        let name = host.get(..end)?;
        if store.has_bucket(name).await.unwrap_or(false) {
            let message = format!(
                "the host names the bucket `{name}`, which belongs into the path, as `/{name}/key`: tell the client to use path style"
            );
            return Some(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
    }
    None
}
