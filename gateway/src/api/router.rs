//! From requests to operations, and from what these say to responses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::arrived::Arrived;
use super::endpoint::{Endpoint, serve};
use super::split::{Raw, Template};
use super::{
    ApiError, Caller, CallerId, Code, ErrorCode, Host, Limits, MatchedOperation, Reply, RequestId, request_id,
};

/// The routes of a service.
pub struct Routes<S> {
    service: Arc<S>,
    limits: Limits,
    list: Vec<Route<S>>,
}

struct Route<S> {
    operation: &'static str,
    method: &'static str,
    template: Template,
    serve: Serve<S>,
}

type Serve<S> = for<'a> fn(
    &'a Arc<S>,
    &'a mut Arrived,
    &'a RequestId,
    &'a mut Option<Caller>,
) -> Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send + 'a>>;

impl<S: Host> Routes<S> {
    /// Begins without routes.
    pub fn new(service: Arc<S>, limits: Limits) -> Self {
        Self { service, limits, list: Vec::new() }
    }

    /// Adds an operation.
    #[must_use]
    pub fn route<E: Endpoint<S>>(mut self) -> Self {
        self.list.push(Route {
            operation: E::ID,
            method: E::METHOD,
            template: Template::new(E::PATH),
            serve: |service, arrived, id, caller| Box::pin(serve::<S, E>(service, arrived, id, caller)),
        });
        self
    }

    /// Returns the router. It answers every path, so other routes go in front of it.
    pub fn into_router(self) -> Router {
        let routes = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let routes = Arc::clone(&routes);
            async move { routes.answer(request).await }
        })
    }

    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let id = RequestId::of(&head);
        let (route, params) = match self.find(head.method.as_str(), head.uri.path()) {
            Ok(found) => found,
            Err(error) => return response(Err(error), &id),
        };
        let mut arrived = Arrived::new(head, body, params, self.limits);
        let mut caller = None;
        let result = (route.serve)(&self.service, &mut arrived, &id, &mut caller).await;
        let mut response = response(result, &id);
        response.extensions_mut().insert(MatchedOperation(route.operation));
        if let Some(caller) = caller {
            response.extensions_mut().insert(CallerId(caller.account.id));
        }
        response
    }

    /// Finds the route of a request among those that its path matches.
    fn find(&self, method: &str, path: &str) -> Result<(&Route<S>, Raw), ApiError> {
        let matches: Vec<(&Route<S>, Raw)> =
            self.list.iter().filter_map(|route| Some((route, route.template.split(path)?))).collect();
        if matches.is_empty() {
            return Err(ApiError::new(Code::NotFound, "there is nothing at this path; see the API's description"));
        }
        let mut allow: Vec<&'static str> = matches.iter().map(|(route, _)| route.method).collect();
        allow.sort_unstable();
        allow.dedup();
        let right = matches.into_iter().filter(|(route, _)| route.method == method);
        right.max_by_key(|(route, _)| route.template.weight()).ok_or_else(|| ApiError {
            allow: allow.clone(),
            ..ApiError::new(Code::MethodNotAllowed, format!("this path takes {}", allow.join(" and ")))
        })
    }
}

/// Returns the response that says what became of a request, with the headers that every answer has.
///
/// For routes that aren't operations, too, so that their errors look the same.
pub fn response(result: Result<Reply, ApiError>, id: &RequestId) -> Response {
    match result {
        Ok(reply) => plain(reply.status, reply.body, id),
        Err(error) => {
            let mut response = plain(error.code.status(), error.body(id), id);
            let headers = response.headers_mut();
            if error.code == Code::Unauthorized {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            if let Some(wait) = error.retry_after {
                // Rounded up, so that nobody comes too early.
                headers.insert(RETRY_AFTER, wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).into());
            }
            if error.code == Code::MethodNotAllowed {
                set(&mut response, ALLOW, &error.allow.join(", "));
            }
            response.extensions_mut().insert(ErrorCode(error.code));
            response
        }
    }
}

fn plain(status: u16, body: Bytes, id: &RequestId) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !body.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.body_mut() = Body::from(body);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(&mut response, request_id::HEADER, &id.0);
    response
}

/// Sets a header. A text that can't be one is left out, which none of ours is.
fn set(response: &mut Response, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Rejected;
    use crate::api::check::{Broken, Check};
    use crate::api::{Call, Unread};

    struct Nobody;

    impl Host for Nobody {
        async fn authenticate(&self, _: Option<&str>) -> Result<Caller, ApiError> {
            Err(ApiError::new(Code::Unauthorized, "nobody is known here"))
        }

        async fn once(
            &self,
            _: &Caller,
            _: &str,
            _: [u8; 32],
            attempt: impl Future<Output = Result<Reply, ApiError>> + Send,
        ) -> Result<Reply, ApiError> {
            attempt.await
        }

        fn refuse(&self, rejected: Rejected) -> ApiError {
            ApiError::new(Code::InvalidRequest, rejected.message)
        }
    }

    macro_rules! endpoint {
        ($name:ident: $method:literal $path:literal) => {
            #[derive(serde::Serialize)]
            struct $name;

            impl Check for $name {
                fn check(&self) -> Result<(), Broken> {
                    Ok(())
                }
            }

            impl Endpoint<Nobody> for $name {
                const ID: &'static str = stringify!($name);
                const METHOD: &'static str = $method;
                const PATH: &'static str = $path;
                const KEYED: bool = false;

                type Access = ();

                async fn read(_: &mut Arrived) -> Result<Self, Unread> {
                    Ok(Self)
                }

                async fn call(self, _: &Nobody, _: Call<()>) -> Result<Reply, ApiError> {
                    Ok(Reply::empty(204))
                }
            }
        };
    }

    endpoint!(ListBuckets: "GET" "/v1/storage/buckets");
    endpoint!(GetBucket: "GET" "/v1/storage/buckets/{bucket}");
    endpoint!(DeleteRules: "DELETE" "/v1/storage/buckets/{bucket}/lifecycle-rules");
    endpoint!(Presign: "POST" "/v1/storage/buckets/{bucket}/objects/{*key}/presign");
    endpoint!(DeleteObject: "DELETE" "/v1/storage/buckets/{bucket}/objects/{*key}");

    /// What becomes of a request: the operation with its parameters, or the code with what is allowed.
    fn found(request: &str) -> String {
        let limits = Limits { body_bytes: 0, body_time: std::time::Duration::ZERO };
        let routes = Routes::new(Arc::new(Nobody), limits).route::<ListBuckets>().route::<GetBucket>();
        let routes = routes.route::<DeleteRules>().route::<Presign>().route::<DeleteObject>();
        let (method, path) = request.split_once(' ').expect("a method and a path");
        match routes.find(method, &format!("/v1/storage/buckets{path}")) {
            Ok((route, raw)) => raw.iter().fold(route.operation.to_owned(), |text, (_, value)| text + " " + value),
            Err(error) => format!("{:?} {}", error.code, error.allow.join(", ")),
        }
    }

    #[test]
    fn an_operation_on_a_bucket_takes_no_request_for_an_object() {
        for (request, operation) in [
            ("GET ", "ListBuckets"),
            ("GET /demo", "GetBucket demo"),
            ("GET /a%2Fb", "GetBucket a%2Fb"),
            ("DELETE /demo/lifecycle-rules", "DeleteRules demo"),
            ("DELETE /objects/lifecycle-rules", "DeleteRules objects"),
            ("DELETE /demo/objects/lifecycle-rules", "DeleteObject demo lifecycle-rules"),
            ("DELETE /demo/objects/a/lifecycle-rules", "DeleteObject demo a/lifecycle-rules"),
            ("DELETE /objects/objects/lifecycle-rules", "DeleteObject objects lifecycle-rules"),
            ("POST /demo/objects/a/presign/presign", "Presign demo a/presign"),
            ("PUT /demo", "MethodNotAllowed GET"),
            ("PUT /demo/objects/a", "MethodNotAllowed DELETE"),
            ("GET /demo/objects/a", "MethodNotAllowed DELETE"),
            ("GET /demo/objects/a/presign", "MethodNotAllowed DELETE, POST"),
            ("GET /demo/objects/lifecycle-rules", "MethodNotAllowed DELETE"),
            ("GET /demo/lifecycle-rules", "MethodNotAllowed DELETE"),
            ("GET /demo/nothing", "NotFound "),
            ("GET /demo/objects", "NotFound "),
            ("DELETE /a/b/lifecycle-rules", "NotFound "),
            ("DELETE /demo/lifecycle-rules/", "NotFound "),
        ] {
            assert_eq!(found(request), operation, "{request}");
        }
    }
}
