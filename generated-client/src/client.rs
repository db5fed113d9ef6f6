//! The client: what all calls share, and how one is made and sent.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use progenitor_client::ClientInfo as _;
use uuid::Uuid;

use crate::auth::authorize;
use crate::builder::ClientBuilder;
use crate::credentials::{ApiKey, Environment};
use crate::error::{Error, ErrorKind};
use crate::exec::Exchange;
use crate::failure::{self, Context, REQUEST_ID};
use crate::generated::raw;
use crate::generated::service::SERVICE;
use crate::internal::{Call, Idempotency, Invalid, Operation, redact};
use crate::options::{IDEMPOTENCY_KEY, RequestOptions, header_value, positive};
use crate::response::Response;
use crate::service::{Auth, Need};
use crate::transport::Transport;

/// A client of the service.
///
/// Cheap to clone, and to be shared between tasks and threads: clones use the same connections. Calls need a Tokio runtime.
///
/// Printed with `{:?}` it shows the API key only by its prefix and last 4 characters, and of headers only the names.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What the clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) base_url: String,
    pub(crate) key: OnceLock<ApiKey>,
    pub(crate) environment: Environment,
    pub(crate) timeout: Duration,
    /// The headers of every request, `User-Agent` among them.
    pub(crate) headers: HeaderMap,
    pub(crate) transport: Transport,
}

impl Client {
    /// Starts to build a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns a client that takes its API key and base URL from the environment.
    ///
    /// # Errors
    /// If the base URL can't be used. A missing key fails the first call, not this.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Returns where the requests go, without a `/` at the end.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// Sends `call` and returns what its answer holds.
    pub(crate) async fn execute<C: Call>(
        &self,
        call: &C,
        options: &RequestOptions,
    ) -> Result<Response<C::Output>, Error> {
        let operation = C::OPERATION;
        let refused = |kind, why: &Invalid| failure::refused(kind, operation.id, why);
        let invalid = |why: Invalid| refused(ErrorKind::InvalidRequest, &why);

        call.check().map_err(invalid)?;
        let headers = self.shared.request_headers(&operation, options).map_err(invalid)?;
        let request_id = failure::request_id(&headers).unwrap_or_default().to_owned();
        let mut credential = HeaderMap::new();
        let timeout =
            options.timeout.map_or(Ok(self.shared.timeout), |timeout| positive("timeout", timeout)).map_err(invalid)?;
        let unusable = |why: Invalid| refused(ErrorKind::Credentials, &why);
        let key = self.shared.key(operation.auth).map_err(unusable)?;
        let query_key = match key {
            Some(key) => authorize(SERVICE.auth, key, &mut credential).map_err(unusable)?,
            None => None,
        };

        let mut context =
            Context { operation: operation.id, request_id, key, timeout, base_url: &self.shared.base_url };
        let transport =
            self.shared.transport.client().map_err(|fault| failure::unanswered(&context, Some(fault.into())))?;
        let exchange = Exchange::new(headers, credential, query_key, timeout, operation.may_be_empty);
        let raw = raw::Client::new_with_client(&self.shared.base_url, transport.clone(), exchange);
        let result = call.call(&raw).await;
        if let Some(id) = raw.inner().sent_id() {
            context.request_id = redact::text(id, key);
        }
        match (result, raw.inner().take_answer()) {
            (Ok(value), Some(answer)) if answer.complete && answer.status.is_success() => Ok(Response {
                value: value.into_inner(),
                status: answer.status,
                request_id: context.answered_id(&answer.headers),
                headers: answer.headers,
            }),
            (result, Some(answer)) => Err(failure::answered::<C::Output>(&context, answer, result.err())),
            (result, None) => Err(failure::unanswered(&context, result.err())),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base_url)
            .field("api_key", &self.shared.key.get())
            .field("timeout", &self.shared.timeout)
            .field("headers", &redact::names(&self.shared.headers))
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Returns the key that was given, else looks it up, once. Without need there is none.
    fn key(&self, need: Need) -> Result<Option<&ApiKey>, Invalid> {
        if need == Need::No || SERVICE.auth == Auth::None {
            return Ok(None);
        }
        if let Some(key) = self.key.get() {
            return Ok(Some(key));
        }
        let variable = SERVICE.api_key_env;
        let Some(text) = self.environment.get(variable) else {
            if need == Need::Optional {
                return Ok(None);
            }
            return Err(Invalid::new(format!("no API key: neither `api_key` was given nor is `{variable}` set")));
        };
        let key = ApiKey::new(&text, SERVICE.key_prefix, &format!("`{variable}`"))?;
        Ok(Some(self.key.get_or_init(|| key)))
    }

    /// Returns the headers of a request but its arguments' and the key's: the client's, then the call's, then what only the
    /// runtime sets.
    fn request_headers(&self, operation: &Operation, options: &RequestOptions) -> Result<HeaderMap, Invalid> {
        let mut headers = self.headers.clone();
        headers.extend(options.headers.checked()?);
        let new_id =
            || HeaderValue::try_from(Uuid::new_v4().to_string()).map_err(|_| Invalid::new("no id for the request"));
        if failure::request_id(&headers).is_none() {
            headers.insert(REQUEST_ID, new_id()?);
        }
        if let Some(name) = SERVICE.attempt_header {
            let name = http::HeaderName::try_from(name)
                .map_err(|_| Invalid::new(format!("`{name}` is not a header's name")))?;
            headers.insert(name, HeaderValue::from(1));
        }
        match &options.idempotency_key {
            Some(key) if key.is_empty() => {
                return Err(Invalid::new("`idempotency_key` must not be empty"));
            }
            Some(key) => headers.insert(IDEMPOTENCY_KEY, header_value("idempotency_key", key)?),
            None if operation.idempotency == Idempotency::Keyed => headers.insert(IDEMPOTENCY_KEY, new_id()?),
            None => None,
        };
        Ok(headers)
    }
}
