//! What uploads and downloads have in common: a signed URL that is good, one attempt after the other, and what is seen of them.

use std::future::Future;
use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderMap, USER_AGENT};
use reqwest::Request;
use tracing::{Instrument as _, Span};

use super::progress::Watcher;
use super::store::{Signed, Store};
use crate::client::{Client, Shared};
use crate::error::{Details, Error, ErrorKind};
use crate::failure;
use crate::internal::{Call as _, Idempotency, Invalid, Need, Operation, RequestOptions, redact};
use crate::log::{Level, Seconds, Shown};
use crate::options::{few, positive};
use crate::requests::StorageObjectPresign;
use crate::retry::Attempts;
use crate::trace;
use crate::types::PresignMethod;

/// How long no byte may move, unless the caller says otherwise.
const STALL: Duration = Duration::from_secs(20);

/// The least that an attempt must bring so that the next one isn't counted as a retry.
const PROGRESS: u64 = 1 << 20;

/// What the caller of a transfer may set.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) options: RequestOptions,
    pub(super) expires_seconds: Option<i64>,
    pub(super) stall: Duration,
    pub(super) watcher: Watcher,
}

impl Settings {
    pub(super) fn new(bucket: String, key: String) -> Self {
        let (options, watcher) = (RequestOptions::default(), Watcher::default());
        Self { bucket, key, options, expires_seconds: None, stall: STALL, watcher }
    }
}

/// Adds the methods by which they are set to a builder with the field `settings`.
macro_rules! setters {
    () => {
        /// Calls `watch` whenever bytes have moved, with how many there are so far and in all. It is called in the middle of the
        /// transfer, so it should be quick.
        pub fn progress(mut self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
            self.settings.watcher = Watcher::new(watch);
            self
        }

        /// Tries again at most so often, 0 to 10 times, instead of the client's `max_retries`: the presigning, and then the
        /// transfer.
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.settings.options.max_retries = Some(retries);
            self
        }

        /// Ends an attempt in which no byte moved for so long: 20 seconds, unless set. The whole transfer has no limit.
        ///
        /// Of an upload, what this machine has taken to send counts as moved; that, and what a store does after the last byte, has
        /// to be through within the limit.
        pub fn stall_timeout(mut self, limit: Duration) -> Self {
            self.settings.stall = limit;
            self
        }

        /// Limits one attempt of the presigning, instead of the client's `timeout`.
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.settings.options.timeout = Some(timeout);
            self
        }

        /// Limits the presigning over all its attempts and waits, instead of the client's `deadline`.
        pub fn deadline(mut self, deadline: Duration) -> Self {
            self.settings.options.deadline = Some(deadline);
            self
        }

        /// Has the signed URL work for so many seconds, 1 to 604800; the service takes 900 if it isn't set. A URL that expires
        /// before the transfer is through is replaced, so this seldom matters.
        pub fn expires_seconds(mut self, seconds: i64) -> Self {
            self.settings.expires_seconds = Some(seconds);
            self
        }

        /// Sends a further header with the presigning. What goes to the store has only the headers that the signed URL wants.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.settings.options.headers.push(name, value);
            self
        }
    };
}

pub(super) use setters;

/// One transfer under way.
pub(super) struct Session<'a> {
    client: &'a Client,
    settings: &'a Settings,
    operation: Operation<'static>,
    method: PresignMethod,
    attempts: Attempts<'a>,
    number: u32,
    signed: Option<Signed>,
    /// Whether the last answer was that the URL had expired.
    renewed: bool,
}

/// An attempt that has begun.
pub(super) struct Begun {
    number: u32,
    at: Duration,
}

/// Runs a transfer in a span of its own, and notes its end.
pub(super) async fn run<T, F>(
    client: &Client,
    operation: Operation<'static>,
    transfer: impl FnOnce(Span) -> F,
) -> Result<(u32, T), Error>
where
    F: Future<Output = Result<(u32, T), Error>>,
{
    let span = trace::call(&operation);
    let result = transfer(span.clone()).instrument(span.clone()).await;
    let (attempts, status) = match &result {
        // The status is there already: the last attempt's.
        Ok((attempts, _)) => (*attempts, None),
        Err(error) => (error.attempts(), error.status().map(|status| status.as_u16())),
    };
    trace::end(&span, attempts, status, result.as_ref().err());
    // What the presigning failed with was logged there.
    result.inspect_err(|error| {
        if error.operation() == Some(operation.id) {
            client.shared.log.error(error);
        }
    })
}

/// An operation that is none of the service's.
pub(super) const fn operation(id: &'static str, method: &'static str) -> Operation<'static> {
    let idempotency = Idempotency::Idempotent;
    Operation { id, method, path: "/{bucket}/{key}", idempotency, auth: Need::No, may_be_empty: true }
}

/// The call that a transfer begins with.
fn presign<'a>(client: &'a Client, settings: &Settings, method: &PresignMethod) -> StorageObjectPresign<'a> {
    let presign = client.storage().object().presign(&settings.bucket, &settings.key).method(method.clone());
    match settings.expires_seconds {
        Some(seconds) => presign.expires_seconds(seconds),
        None => presign,
    }
}

impl<'a> Session<'a> {
    /// Begins, if the settings can be used.
    pub(super) fn new(
        client: &'a Client,
        settings: &'a Settings,
        operation: Operation<'static>,
        method: PresignMethod,
    ) -> Result<Self, Error> {
        let shared: &Shared = &client.shared;
        let invalid = |why: Invalid| failure::refused(ErrorKind::InvalidRequest, operation.id, &why);
        positive("stall", settings.stall).map_err(invalid)?;
        presign(client, settings, &method).check().map_err(invalid)?;
        let max_retries = settings.options.max_retries.map_or(Ok(shared.max_retries), few).map_err(invalid)?;
        let attempts = Attempts::new(&shared.system, &shared.tokens, max_retries, None);
        Ok(Self { client, settings, operation, method, attempts, number: 0, signed: None, renewed: false })
    }

    /// Makes sure that there is a signed URL, and that it is still good if it was used before.
    pub(super) async fn sign(&mut self, span: &Span) -> Result<(), Error> {
        let is_over = |signed: &Signed| signed.is_over(self.client.shared.system.wall_clock());
        if self.signed.as_ref().is_some_and(|signed| !is_over(signed)) {
            return Ok(());
        }
        let presign = presign(self.client, self.settings, &self.method);
        let answer = self.client.execute(&presign, &self.settings.options).await?.into_value();
        let signed = Signed::new(answer).map_err(|(path, why)| {
            let message = format!("the answer is not as documented: {path}: {why}");
            let details = Details { json_path: Some(path.to_owned()), ..Details::new(ErrorKind::Decode, message) };
            self.error(details)
        })?;
        span.record("server.address", signed.url().host_str());
        span.record("server.port", signed.url().port_or_known_default());
        self.signed = Some(signed);
        Ok(())
    }

    /// The signed URL, and the way to where it leads.
    pub(super) fn store(&self) -> Result<(&Signed, Store<'a>), Error> {
        let why = || Invalid::new("there is no signed URL");
        let found =
            self.signed.as_ref().ok_or_else(why).and_then(|signed| {
                Ok((signed, Store::new(&self.client.shared.transport, signed, self.settings.stall)?))
            });
        found.map_err(|why| self.invalid(Details::new(ErrorKind::InvalidRequest, why.to_string())))
    }

    /// The headers that every request to a store has.
    pub(super) fn headers(&self) -> HeaderMap {
        let agent = self.client.shared.headers.get(USER_AGENT);
        agent.map(|agent| (USER_AGENT, agent.clone())).into_iter().collect()
    }

    /// Begins an attempt.
    pub(super) fn begin(&mut self) -> Begun {
        self.number = self.attempts.begin();
        Begun { number: self.number, at: self.client.shared.system.now() }
    }

    /// Logs the request of an attempt.
    pub(super) fn sends(&self, begun: &Begun, request: &Request) {
        let log = &self.client.shared.log;
        if log.shows(Level::Debug) {
            let url = redact::url(request.url().as_str());
            let (url, headers) = (url.trim_end_matches("?…"), Shown(request.headers(), None));
            log.debug(self.operation.id, format_args!("{}: {} {url} [{headers}]", begun.number, request.method()));
        }
    }

    /// Notes what an attempt came to.
    pub(super) fn came(&self, begun: &Begun, head: Option<(u16, &HeaderMap)>, error: Option<&Error>) {
        let (log, id) = (&self.client.shared.log, self.operation.id);
        let status = head.map(|(status, _)| status);
        if let Some((_, headers)) = head.filter(|_| log.shows(Level::Debug)) {
            log.debug(id, format_args!("{}: answer [{}]", begun.number, Shown(headers, None)));
        }
        if log.shows(Level::Info) {
            let came = status.map_or("no answer".to_owned(), |status| status.to_string());
            let after = Seconds(self.client.shared.system.now().saturating_sub(begun.at));
            log.info(id, format_args!("{}: {came} after {after}", begun.number));
        }
        trace::attempt(begun.number, status, error);
    }

    /// Waits before the next attempt, after `bytes` new ones; or gives the error back, if there is none.
    pub(super) async fn again(&mut self, error: Error, bytes: u64) -> Result<(), Error> {
        let shared = &self.client.shared;
        let is_over = self.signed.as_ref().is_some_and(|signed| signed.is_over(shared.system.wall_clock()));
        if error.is_permission_denied() && is_over && !self.renewed {
            self.renewed = true;
            return Ok(());
        }
        self.renewed = false;
        if bytes >= PROGRESS {
            self.attempts.progressed();
        }
        let Some(wait) = self.attempts.wait_after(error.details(), Idempotency::Idempotent) else {
            return Err(error);
        };
        shared.log.info(self.operation.id, format_args!("{} follows in {}", self.number + 1, Seconds(wait)));
        shared.system.sleep(wait).await;
        Ok(())
    }

    /// The transfer is a success, with this status. Returns how many attempts there were.
    pub(super) fn succeeded(&self, span: &Span, status: StatusCode) -> u32 {
        self.attempts.succeeded();
        span.record("http.response.status_code", status.as_u16());
        self.number
    }

    /// How long no byte may move.
    pub(super) fn stall(&self) -> Duration {
        self.settings.stall
    }

    /// The time of the service's dates.
    pub(super) fn wall_clock(&self) -> std::time::SystemTime {
        self.client.shared.system.wall_clock()
    }

    /// Whether an error is what the store answered.
    pub(super) fn is_answer(&self, error: &Error) -> bool {
        error.operation() == Some(self.operation.id) && error.status().is_some()
    }

    /// An error of an attempt.
    pub(super) fn error(&self, details: Details) -> Error {
        Details { operation: Some(self.operation.id.into()), attempts: self.number, ..details }.into()
    }

    /// An error of what the caller gave, which is no attempt's.
    pub(super) fn invalid(&self, details: Details) -> Error {
        Details { operation: Some(self.operation.id.into()), ..details }.into()
    }
}
