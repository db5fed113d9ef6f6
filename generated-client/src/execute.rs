//! The life of one call: checked, sent, tried again where that may help, and answered.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};
use progenitor_client::{ClientInfo as _, ResponseValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::auth::Credential;
use crate::client::{Client, Shared};
use crate::connection::Connection;
use crate::credentials::ApiKey;
use crate::error::{Error, ErrorKind};
use crate::exec::{Exchange, Watcher};
use crate::failure::{self, Context, REQUEST_ID};
use crate::generated::raw;
use crate::generated::service::SERVICE;
use crate::internal::{Call, Idempotency, Invalid, Need, Operation, RawError, RawResult, redact};
use crate::log::{Level, Seconds, Shown};
use crate::options::{IDEMPOTENCY_KEY, RequestOptions, few, header_value, positive};
use crate::response::Response;
use crate::retry::{Attempts, Limit};
use crate::service::Auth;
use crate::trace;

/// What all attempts of a call have in common.
struct Plan<'a> {
    operation: Operation<'a>,
    connection: &'a Connection,
    /// The key that nobody may see, whether or not it is sent.
    key: Option<&'a ApiKey>,
    headers: Arc<HeaderMap>,
    credential: Credential,
    http: &'a reqwest::Client,
}

impl Client {
    /// Sends `call` and returns what its answer holds.
    pub(crate) async fn execute<C: Call>(
        &self,
        call: &C,
        options: &RequestOptions,
    ) -> Result<Response<C::Output>, Error> {
        let operation = call.operation();
        let span = trace::call(&operation);
        let result = self.shared.run(call, operation, options, &span).instrument(span.clone()).await;
        let (attempts, status) = match &result {
            Ok((attempts, response)) => (*attempts, Some(response.status.as_u16())),
            Err(error) => (error.attempts(), error.status().map(|status| status.as_u16())),
        };
        trace::end(&span, attempts, status, result.as_ref().err());
        result.map(|(_, response)| response).inspect_err(|error| self.shared.log.error(error))
    }
}

impl Shared {
    /// Makes one attempt after the other. Returns also how many there were.
    async fn run<C: Call>(
        &self,
        call: &C,
        operation: Operation<'_>,
        options: &RequestOptions,
        span: &Span,
    ) -> Result<(u32, Response<C::Output>), Error> {
        let invalid = |why: Invalid| failure::refused(ErrorKind::InvalidRequest, operation.id, &why);
        let unusable = |why: Invalid| failure::refused(ErrorKind::Credentials, operation.id, &why);
        call.check().map_err(invalid)?;
        let headers = self.request_headers(&operation, options).map_err(invalid)?;
        let timeout = options.timeout.map_or(Ok(self.timeout), |limit| positive("timeout", limit)).map_err(invalid)?;
        let deadline =
            options.deadline.map_or(Ok(self.deadline), |limit| positive("deadline", limit)).map_err(invalid)?;
        let max_retries = options.max_retries.map_or(Ok(self.max_retries), few).map_err(invalid)?;
        let idempotency = match (operation.idempotency, &options.idempotency_key) {
            (Idempotency::NotIdempotent, Some(_)) => Idempotency::Keyed,
            (known, _) => known,
        };

        let connection = self.connection().map_err(|(kind, why)| failure::refused(kind, operation.id, &why))?;
        trace::server(span, &connection);
        let credential = needed(operation.auth, &connection).map_err(unusable)?;
        let http = self.transport.client(connection.base_url.starts_with("http:")).map_err(|fault| {
            let why = redact::text(&fault.without_url().to_string(), connection.api_key.as_ref().ok());
            invalid(Invalid::new(format!("no HTTP client can be made: {why}")))
        })?;
        let key = connection.api_key.as_ref().ok();
        let plan = Plan { operation, connection: &connection, key, headers: headers.into(), credential, http };

        let mut attempts = Attempts::new(&self.system, &self.tokens, max_retries, Some(deadline));
        loop {
            let number = attempts.begin();
            let started = self.system.now();
            let result = self.attempt(call, &plan, number, attempts.limit(timeout)).await;
            let status = match &result {
                Ok(response) => Some(response.status.as_u16()),
                Err(error) => error.status().map(|status| status.as_u16()),
            };
            let id = operation.id;
            if self.log.shows(Level::Info) {
                let came = status.map_or("no answer".to_owned(), |status| status.to_string());
                let after = Seconds(self.system.now().saturating_sub(started));
                self.log.info(id, format_args!("{number}: {came} after {after}"));
            }
            trace::attempt(number, status, result.as_ref().err());
            let error = match result {
                Ok(response) => {
                    attempts.succeeded();
                    return Ok((number, response));
                }
                Err(error) => error,
            };
            let Some(wait) = attempts.wait_after(error.details(), idempotency) else {
                return Err(error);
            };
            self.log.info(id, format_args!("{} follows in {}", number + 1, Seconds(wait)));
            drop(error);
            self.system.sleep(wait).await;
        }
    }

    /// Makes one attempt.
    async fn attempt<C: Call>(
        &self,
        call: &C,
        plan: &Plan<'_>,
        number: u32,
        limit: Limit,
    ) -> Result<Response<C::Output>, Error> {
        let mut exchange = Exchange::new(Arc::clone(&plan.headers), number, plan.credential.clone(), limit.time);
        exchange.may_be_empty = plan.operation.may_be_empty;
        exchange.watcher = self.log.shows(Level::Debug).then(|| self.watcher(plan, number));
        let raw = raw::Client::new_with_client(&plan.connection.base_url, plan.http.clone(), exchange);
        let result = call.call(&raw).await;
        let context = Context {
            operation: plan.operation.id,
            sent_id: raw.inner().take_sent_id(),
            key: plan.key,
            attempt: number,
            limit,
            connect_timeout: self.transport.connect_timeout(),
            connection: plan.connection,
            system: &self.system,
        };
        let answer = raw.inner().take_answer();
        if let Some(answer) = answer.as_ref().filter(|_| self.log.shows(Level::Debug)) {
            let headers = Shown(&answer.headers, plan.key);
            self.log.debug(plan.operation.id, format_args!("{number}: answer [{headers}]"));
        }
        match (last_counts(result), answer) {
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

    /// Logs a request when it is complete.
    fn watcher(&self, plan: &Plan<'_>, number: u32) -> Watcher {
        let (log, operation, key) = (self.log.clone(), plan.operation.id.to_owned(), plan.key.cloned());
        Box::new(move |request| {
            let (method, url) = (request.method(), redact::url(request.url().as_str()));
            let url = url.trim_end_matches("?…");
            let headers = Shown(request.headers(), key.as_ref());
            log.debug(&operation, format_args!("{number}: {method} {url} [{headers}]"));
        })
    }

    /// Returns the headers of a request but its arguments', the key's and the attempt's: the client's, then the call's, then
    /// what only the runtime sets.
    fn request_headers(&self, operation: &Operation<'_>, options: &RequestOptions) -> Result<HeaderMap, Invalid> {
        // The two are those of the ids.
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 2);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.extend(options.headers.checked()?);
        let new_id =
            || HeaderValue::try_from(Uuid::new_v4().to_string()).map_err(|_| Invalid::new("no id for the request"));
        if failure::request_id(&headers).is_none() {
            headers.insert(REQUEST_ID, new_id()?);
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

/// Of a name that stands twice in an object the last value counts (RFC 8259 §4 lets readers choose, and in other languages it is
/// so). serde refuses it; as a rare case, it is read in a second way.
#[expect(clippy::result_large_err, reason = "the error is progenitor's")]
fn last_counts<T: DeserializeOwned>(result: RawResult<T>) -> RawResult<T> {
    match result {
        Err(RawError::InvalidResponsePayload(body, fault)) if fault.is_data() => {
            let value = serde_json::from_slice::<Value>(&body).and_then(serde_json::from_value);
            match value {
                Ok(value) => Ok(ResponseValue::new(value, StatusCode::OK, HeaderMap::new())),
                Err(_) => Err(RawError::InvalidResponsePayload(body, fault)),
            }
        }
        result => result,
    }
}

/// Returns what carries the key, if the operation wants one.
fn needed(need: Need, connection: &Connection) -> Result<Credential, Invalid> {
    match need {
        _ if SERVICE.auth == Auth::None => Ok(Credential::None),
        Need::No => Ok(Credential::None),
        Need::Optional if connection.api_key.is_err() => Ok(Credential::None),
        Need::Optional | Need::Yes => connection.credential.clone(),
    }
}
