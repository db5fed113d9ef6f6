//! The service: what happens to a request before `s3s` and to its answer after it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error};
use tracing::instrument::WithSubscriber;

use super::auth::{Keys, SignedOnly};
use super::backend::Backend;
use super::notes::Notes;
use super::read::Reads;
use super::{ErrorCode, MatchedOperation, Options, RequestId, body, chunked, cors, errors, guard, host, patience};
use crate::engine::Store;

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// The store as an HTTP service, for hyper and for tower. Clones are the same service.
#[derive(Clone, Debug)]
pub struct S3Front {
    inner: S3Service,
    store: Store,
    options: Arc<Options>,
}

impl S3Front {
    pub(super) fn new(store: Store, options: Options) -> Self {
        let options = Arc::new(options);
        let keys = store.credentials();
        let mut builder = S3ServiceBuilder::new(Backend::new(store.clone(), options.clone()));
        builder.set_auth(Keys::new(&keys.access_key, &keys.secret_key));
        builder.set_access(SignedOnly);
        builder.set_route(Reads::new(store.clone()));
        Self { inner: builder.build(), store, options }
    }

    /// Answers a request. It never fails: what goes wrong is an answer too.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let id = request.extensions().get::<RequestId>().map_or_else(make_id, |id| id.0.clone());
        let head = request.method() == Method::HEAD;
        let notes = Arc::new(Notes::new(&id));
        let mut response = if cors::is_preflight(request.method(), request.headers()) {
            notes.set_operation("Preflight");
            cors::preflight(request.headers())
        } else {
            self.pass(request, &notes).await
        };
        let operation = notes.operation();
        if let Some(problem) = notes.take_problem() {
            tracing::error!(request_id = id, operation, problem, "the store failed");
        }
        finish(&mut response, &id, head);
        response.extensions_mut().insert(MatchedOperation(operation));
        response
    }

    async fn pass(&self, request: Request<Body>, notes: &Arc<Notes>) -> Response<Body> {
        let (mut parts, content) = request.into_parts();
        let host = host::host(&parts);
        match guard::check(&mut parts, &self.options.region) {
            Ok((target, query)) => {
                if host::is_of_bucket(&parts.method, &target, &query)
                    && let Some(refusal) = self.misplaced(host.as_deref()).await
                {
                    return error_response(refusal);
                }
                notes.set_asked(target, query);
            }
            Err(refusal) => return error_response(refusal),
        }
        let content = patience::limit(content, self.options.longest_pause, notes);
        let content = chunked::reframe(&parts.headers, content, notes);
        let content = body::verify_small(&parts, content, notes);
        parts.extensions.insert(notes.clone());
        // `s3s` logs whole requests, signed queries and expected signatures too. Nothing of a signature goes into a log, so it logs nothing;
        // what went wrong inside is in the notes.
        let answer = self.inner.call(Request::from_parts(parts, content)).with_subscriber(tracing::Dispatch::none());
        match answer.await {
            Ok(response) => match notes.bad_body() {
                // `s3s` reads small bodies itself, and knows no better than that they could not be read.
                Some(bad) if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
                    error_response(errors::from_body(bad))
                }
                _ if matches!(code(&response).as_deref(), Some("NoSuchBucket" | "InvalidBucketName")) => {
                    self.misplaced(host.as_deref()).await.map_or(response, error_response)
                }
                _ => response,
            },
            Err(_) => error_response(S3Error::new(s3s::S3ErrorCode::InternalError)),
        }
    }

    async fn misplaced(&self, host: Option<&str>) -> Option<S3Error> {
        host::refusal(&self.store, host?).await
    }
}

impl hyper::service::Service<Request<hyper::body::Incoming>> for S3Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<hyper::body::Incoming>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request.map(Body::from)).await) })
    }
}

impl tower::Service<Request<hyper::body::Incoming>> for S3Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<hyper::body::Incoming>) -> Self::Future {
        hyper::service::Service::call(self, request)
    }
}

fn error_response(error: S3Error) -> Response<Body> {
    error.to_http_response().unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The code of an error, from its XML.
fn code(response: &Response<Body>) -> Option<String> {
    let bytes = response.body().bytes().filter(|_| !response.status().is_success())?;
    let (_, rest) = str::from_utf8(&bytes).ok()?.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.to_owned())
}

/// Puts in what every answer has, and completes the XML of errors.
fn finish(response: &mut Response<Body>, id: &str, head: bool) {
    let status = response.status();
    if let Some(code) = code(response) {
        response.extensions_mut().insert(ErrorCode(code));
    }
    if status == StatusCode::NOT_MODIFIED || (head && !status.is_success()) {
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
    } else if !status.is_success()
        && let Some(bytes) = response.body().bytes()
        && let Ok(text) = str::from_utf8(&bytes)
    {
        *response.body_mut() = Body::from(complete_error(text, id));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert("x-amz-request-id", id);
    }
    cors::open(headers);
}

/// Adds what `s3s` leaves out of an error's XML.
fn complete_error(text: &str, id: &str) -> String {
    let text = if text.contains("<Error>") {
        text
    } else {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InternalError</Code></Error>"
    };
    let message = if text.contains("<Message>") {
        ""
    } else if text.contains("<Code>SignatureDoesNotMatch<") {
        "<Message>the signature does not match the request: check the secret key and what was signed</Message>"
    } else if text.contains("<Code>InvalidBucketName<") {
        "<Message>the path names no bucket: it reads `/bucket/key`, also where the host has the bucket's name</Message>"
    } else {
        "<Message>the request was refused</Message>"
    };
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    text.replacen("</Error>", &format!("{message}<RequestId>{id}</RequestId></Error>"), 1)
}

fn make_id() -> String {
    format!("{:016X}", getrandom::u64().unwrap_or_default())
}
