//! Reading objects: GET and HEAD, by a route of our own. The one of `s3s` refuses `If-None-Match` lists, dates and ranges that a server must
//! pass over, and would answer anonymous overrides of headers.

use std::ops::Range;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED, RANGE};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use http_body_util::StreamBody;
use hyper::body::Frame;
use s3s::route::S3Route;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::conditions::{self, Verdict};
use super::notes::Notes;
use super::query::Query;
use super::range::{self, Wanted};
use super::target::Target;
use super::{auth, checksums, errors, metadata};
use crate::engine::{Error, Object, Reader, Store};

/// What a GET of an object may ask that is no GET of its bytes.
const OTHER_READS: [&str; 22] = [
    "acl",
    "annotation",
    "attributes",
    "cors",
    "encryption",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "object-lock",
    "policy",
    "replication",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// The parameters that put other headers on the answer.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-content-type", "content-type"),
    ("response-content-language", "content-language"),
    ("response-expires", "expires"),
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
];

/// Answers reads of objects.
pub(super) struct Reads {
    store: Store,
}

impl Reads {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl S3Route for Reads {
    fn is_match(&self, method: &Method, _: &Uri, _: &HeaderMap, extensions: &mut Extensions) -> bool {
        let Some((Target::Object { .. }, query)) = Notes::of(extensions).and_then(|notes| notes.asked()) else {
            return false;
        };
        method == Method::HEAD || (method == Method::GET && !OTHER_READS.into_iter().any(|name| query.has(name)))
    }

    async fn check_access(&self, request: &mut S3Request<Body>) -> S3Result<()> {
        let Some((notes, Target::Object { bucket, .. }, query)) = asked(&request.extensions) else {
            return Err(auth::unsigned());
        };
        notes.set_operation(if request.method == Method::HEAD { "HeadObject" } else { "GetObject" });
        if request.credentials.is_some() {
            return Ok(());
        }
        let bucket =
            self.store.bucket(bucket).await.map_err(|error| errors::from_engine(&error, &request.extensions))?;
        if !bucket.public {
            return Err(auth::unsigned());
        }
        // Else anybody could make a public object a page of scripts, say.
        if OVERRIDES.iter().any(|(name, _)| query.has(name)) {
            return Err(S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                "only a signed request may ask for other headers on the answer",
            ));
        }
        Ok(())
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let Some((notes, Target::Object { bucket, key }, query)) = asked(&request.extensions) else {
            return Err(auth::unsigned());
        };
        check_version(query.get("versionId"))?;
        let fail = |error: Error| errors::from_engine(&error, &request.extensions);
        let found = if request.method == Method::HEAD && !query.has("partNumber") {
            Found::Known(self.store.head(bucket, key).await.map_err(fail)?)
        } else {
            Found::Opened(self.store.read(bucket, key).await.map_err(fail)?)
        };
        let object = found.object();
        let mut headers = HeaderMap::new();
        validators(object, &mut headers);
        match conditions::judge(&conditions::READ, &request.headers, object) {
            Verdict::Go => {}
            Verdict::NotModified => {
                metadata::write(&object.metadata, &mut headers);
                headers.remove(http::header::CONTENT_TYPE);
                return Ok(answer(StatusCode::NOT_MODIFIED, headers, Body::empty()));
            }
            Verdict::Failed => {
                return Err(S3Error::with_message(S3ErrorCode::PreconditionFailed, "a condition does not hold"));
            }
        }
        let (status, range) = wanted(&found, query, &request.headers, &mut headers)?;
        metadata::write(&object.metadata, &mut headers);
        override_headers(query, &mut headers)?;
        if status == StatusCode::OK && asks_checksums(&request.headers) {
            for (algorithm, value) in &object.checksums.values {
                put(&mut headers, checksums::header(*algorithm), value);
            }
            if !object.checksums.is_empty() {
                let kind = checksums::kind(object.checksums.kind);
                put(&mut headers, HeaderName::from_static("x-amz-checksum-type"), kind.as_str());
            }
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
        let body = match found {
            Found::Opened(reader) if request.method != Method::HEAD => {
                content(reader, range, notes.id()).await.map_err(fail)?
            }
            _ => Body::empty(),
        };
        Ok(answer(status, headers, body))
    }
}

/// An object that is told of, and opened only where that takes its files.
enum Found {
    Known(Object),
    Opened(Reader),
}

impl Found {
    fn object(&self) -> &Object {
        match self {
            Self::Known(object) => object,
            Self::Opened(reader) => reader.object(),
        }
    }

    fn part(&self, number: u32) -> Option<Range<u64>> {
        match self {
            Self::Known(_) => None,
            Self::Opened(reader) => reader.part(number),
        }
    }
}

type Asked<'e> = (&'e Notes, &'e Target, &'e Query);

fn asked(extensions: &Extensions) -> Option<Asked<'_>> {
    let notes = Notes::of(extensions)?;
    let (target, query) = notes.asked()?;
    Some((notes, target, query))
}

/// There are no versions but the one that S3 calls `null`.
pub(super) fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(S3Error::with_message(S3ErrorCode::NoSuchVersion, "the object has no such version")),
    }
}

/// Which bytes are asked for, and with which status they are given.
fn wanted(
    found: &Found,
    query: &Query,
    request: &HeaderMap,
    headers: &mut HeaderMap,
) -> S3Result<(StatusCode, Range<u64>)> {
    let object = found.object();
    let header = request.get(RANGE).and_then(|range| range.to_str().ok());
    let range = if let Some(number) = query.get("partNumber") {
        if header.is_some() {
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, "ask for a range or for a part, not both"));
        }
        part(found, number)?
    } else {
        let header = header.filter(|_| conditions::range_holds(request, object));
        match header.map_or(Wanted::Whole, |header| range::read(header, object.size)) {
            Wanted::Whole => return Ok((StatusCode::OK, 0..object.size)),
            Wanted::Part(range) => range,
            Wanted::Unsatisfiable => return Err(unsatisfiable(object.size)),
        }
    };
    if let Some(parts) = object.parts.filter(|_| query.has("partNumber")) {
        headers.insert("x-amz-mp-parts-count", HeaderValue::from(parts));
    }
    // A part of nothing has no range to tell.
    if range.is_empty() {
        return Ok((StatusCode::OK, range));
    }
    put(headers, CONTENT_RANGE, &format!("bytes {}-{}/{}", range.start, range.end - 1, object.size));
    Ok((StatusCode::PARTIAL_CONTENT, range))
}

fn part(found: &Found, number: &str) -> S3Result<Range<u64>> {
    let object = found.object();
    let size = object.size;
    let number = number.parse().ok().filter(|number| (1..=10_000).contains(number)).ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::InvalidArgument, "`partNumber` must be a number from 1 to 10000")
    })?;
    match (object.parts, number) {
        (None, 1) => Ok(0..size),
        (None, _) => Err(unsatisfiable(size)),
        (Some(_), number) => found.part(number).ok_or_else(|| unsatisfiable(size)),
    }
}

fn unsatisfiable(size: u64) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::InvalidRange, "the object has no such range");
    let mut headers = HeaderMap::new();
    put(&mut headers, CONTENT_RANGE, &format!("bytes */{size}"));
    error.set_headers(headers);
    error
}

fn asks_checksums(headers: &HeaderMap) -> bool {
    headers.get("x-amz-checksum-mode").is_some_and(|mode| mode.as_bytes().eq_ignore_ascii_case(b"enabled"))
}

fn validators(object: &Object, headers: &mut HeaderMap) {
    put(headers, ETAG, &format!("\"{}\"", object.etag));
    if let Some(modified) = chrono::DateTime::from_timestamp_millis(object.modified) {
        put(headers, LAST_MODIFIED, &modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}

fn override_headers(query: &Query, headers: &mut HeaderMap) -> S3Result<()> {
    for (parameter, name) in OVERRIDES {
        if let Some(value) = query.get(parameter) {
            let value = HeaderValue::from_str(value).map_err(|_| {
                S3Error::with_message(S3ErrorCode::InvalidArgument, format!("`{parameter}` cannot be a header's value"))
            })?;
            headers.insert(name, value);
        }
    }
    Ok(())
}

async fn content(reader: Reader, range: Range<u64>, id: &str) -> Result<Body, Error> {
    if range.end - range.start <= Reader::CHUNK {
        return reader.bytes(range).await.map(Body::from);
    }
    // An error cuts the connection, so that nobody takes what came for all of it. The request is over for the log by then.
    let id = id.to_owned();
    let log = move |error: &Error| tracing::error!(request_id = id, %error, "an object could not be read to its end");
    Ok(Body::http_body(StreamBody::new(reader.stream(range).inspect_err(log).map_ok(Frame::data))))
}

fn answer(status: StatusCode, headers: HeaderMap, body: Body) -> S3Response<Body> {
    let mut response = S3Response::with_status(body, status);
    response.headers = headers;
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
