//! Requests that no operation of this client makes: a method, a path, perhaps a body, and the same care as for all others.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use progenitor_client::{ClientInfo as _, Error as RawFault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::generated::raw;
use crate::internal::{Call, Idempotency, Invalid, Need, Operation, RawResult, RequestOptions, redact};
use crate::response::Response;

/// A request of the caller's own making, with the client's credentials, headers, limits, retries and errors.
///
/// Nothing is sent before [`send`](Request::send). It is not tried again where a first attempt may have done something, unless
/// it is [`idempotent`](Request::idempotent) or has an [`idempotency_key`](Request::idempotency_key).
///
/// Printed with `{:?}` it shows neither query nor body.
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a, C = Client> {
    pub(crate) client: &'a C,
    pub(crate) options: RequestOptions,
    method: Method,
    path: String,
    name: String,
    body: Option<Value>,
    unusable: Option<Invalid>,
    idempotent: bool,
    needs_key: Need,
}

impl Client {
    /// Starts a request to `path` below the base URL, with its query, if it has one. For what this version of the client has no
    /// method for.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        Request::new(self, method, path.into())
    }
}

impl<'a, C> Request<'a, C> {
    pub(crate) fn new(client: &'a C, method: Method, path: String) -> Self {
        let place = redact::text(redact::url(&path).trim_end_matches("?…"), None);
        let name = format!("{method} {place}");
        Self {
            client,
            options: RequestOptions::default(),
            method,
            path,
            name,
            body: None,
            unusable: None,
            idempotent: false,
            needs_key: Need::Yes,
        }
    }

    /// Gives it a name that errors and logs know it by.
    #[allow(dead_code, reason = "only what a service has beside its description needs one")]
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sends no key.
    #[allow(dead_code, reason = "only what a service has beside its description needs none")]
    pub(crate) fn without_key(mut self) -> Self {
        self.needs_key = Need::No;
        self
    }

    /// Sends `body` as JSON. What can't be JSON is refused when the request is sent.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => self.body = Some(body),
            Err(_) => self.unusable = Some(Invalid::new("the body can't be written as JSON")),
        }
        self
    }

    /// Says whether doing this twice is the same as doing it once, so that it may be tried again.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    crate::internal::option_methods!();
}

impl Request<'_> {
    /// Sends the request and returns the JSON of the answer as a `T`; an answer without a body is read as `null`.
    pub async fn send<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        Ok(self.send_with_response().await?.into_value())
    }

    /// Sends the request and returns the value together with status, headers and the request's id.
    pub async fn send_with_response<T: DeserializeOwned + Send>(self) -> Result<Response<T>, Error> {
        let client = self.client;
        client.execute(&Typed::<T, _> { request: &self, output: PhantomData }, &self.options).await
    }
}

#[cfg(feature = "blocking")]
impl crate::blocking::Client {
    /// Starts a request to `path` below the base URL, with its query, if it has one. For what this version of the client has no
    /// method for.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request<'_, Self> {
        Request::new(self, method, path.into())
    }
}

#[cfg(feature = "blocking")]
impl Request<'_, crate::blocking::Client> {
    /// Sends the request, waits for the answer and returns its JSON as a `T`; an answer without a body is read as `null`.
    pub fn send<T: DeserializeOwned + Send>(self) -> Result<T, Error> {
        Ok(self.send_with_response()?.into_value())
    }

    /// Sends the request, waits for the answer and returns its value together with status, headers and the request's id.
    pub fn send_with_response<T: DeserializeOwned + Send>(self) -> Result<Response<T>, Error> {
        let client = self.client;
        client.execute(&Typed::<T, _> { request: &self, output: PhantomData }, &self.options)
    }
}

impl<C> fmt::Debug for Request<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("name", &self.name).field("options", &self.options).finish_non_exhaustive()
    }
}

/// A request whose answer is to be a `T`.
struct Typed<'r, 'a, T, C> {
    request: &'r Request<'a, C>,
    output: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send, C: Sync> Call for Typed<'_, '_, T, C> {
    type Output = T;

    const OPERATION: Operation<'static> = Operation {
        id: "request",
        method: "",
        path: "",
        idempotency: Idempotency::NotIdempotent,
        auth: Need::Yes,
        may_be_empty: true,
    };

    fn operation(&self) -> Operation<'_> {
        let request = self.request;
        Operation {
            id: &request.name,
            method: request.method.as_str(),
            path: request.name.split_once(' ').map_or("", |(_, path)| path),
            auth: request.needs_key,
            idempotency: if request.idempotent { Idempotency::Idempotent } else { Idempotency::NotIdempotent },
            ..Self::OPERATION
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        if let Some(why) = &self.request.unusable {
            return Err(why.clone());
        }
        if !self.request.path.starts_with('/') || self.request.path.starts_with("//") {
            return Err(Invalid::new("`path` must begin with one `/`: it is what follows the base URL"));
        }
        // What the URL's parser would change would go elsewhere than it says.
        let text = format!("http://localhost{}", self.request.path);
        if !reqwest::Url::parse(&text).is_ok_and(|url| url.as_str() == text && url.fragment().is_none()) {
            let why = "`path` must be written as it is sent: percent-encoded, without `.`, `..` and `#`";
            return Err(Invalid::new(why));
        }
        Ok(())
    }

    async fn call(&self, raw: &raw::Client) -> RawResult<T> {
        let url = format!("{}{}", raw.baseurl(), self.request.path);
        let mut request = raw.client().request(self.request.method.clone(), url);
        request = request.header(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
        if let Some(body) = &self.request.body {
            request = request.json(body);
        }
        let response = raw.exchange(request.build()?).await?;
        if response.status().is_success() {
            response.json()
        } else {
            Err(RawFault::UnexpectedResponse(response.into()))
        }
    }
}
