//! What every operation goes through: proof, key, arguments, limits, the method, the answer.

use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::arrived::{Arrived, Unread};
use super::check::{Broken, Check};
use super::{ApiError, Call, Caller, Code, Host, Rejected, Reply, RequestId};

/// An operation's request: where it comes in, how it is read, and what answers it.
pub trait Endpoint<S: Host>: Check + Serialize + Send + Sync + Sized + 'static {
    /// The operation's id.
    const ID: &'static str;
    /// The verb.
    const METHOD: &'static str;
    /// The path's template.
    const PATH: &'static str;
    /// Whether a repeat with the same `Idempotency-Key` gets the first one's answer.
    const KEYED: bool;

    /// Who may call: [`Caller`] with proof, `Option<Caller>` also without, `()` anyone.
    type Access: Access;

    /// Reads the arguments.
    fn read(arrived: &mut Arrived) -> impl Future<Output = Result<Self, Unread>> + Send;

    /// Answers.
    fn call(self, service: &S, call: Call<Self::Access>) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}

/// The bearer token of a request; nothing where it has none.
type Token<'a> = Result<Option<&'a str>, ApiError>;

/// Who may call.
pub trait Access: Send + Sync + Sized + 'static {
    /// Finds out who calls from the bearer token, or from why it can't be read.
    fn prove<S: Host>(service: &S, token: Token<'_>) -> impl Future<Output = Result<Self, ApiError>> + Send;

    /// Returns who calls.
    fn caller(&self) -> Option<&Caller>;
}

impl Access for Caller {
    async fn prove<S: Host>(service: &S, token: Token<'_>) -> Result<Self, ApiError> {
        service.authenticate(token?).await
    }

    fn caller(&self) -> Option<&Caller> {
        Some(self)
    }
}

impl Access for Option<Caller> {
    async fn prove<S: Host>(service: &S, token: Token<'_>) -> Result<Self, ApiError> {
        match token? {
            Some(token) => service.authenticate(Some(token)).await.map(Some),
            None => Ok(None),
        }
    }

    fn caller(&self) -> Option<&Caller> {
        self.as_ref()
    }
}

impl Access for () {
    async fn prove<S: Host>(_: &S, _: Token<'_>) -> Result<Self, ApiError> {
        Ok(())
    }

    fn caller(&self) -> Option<&Caller> {
        None
    }
}

/// Answers a request, and notes who called as soon as that is known.
pub(super) async fn serve<S: Host, E: Endpoint<S>>(
    service: &Arc<S>,
    arrived: &mut Arrived,
    id: &RequestId,
    known: &mut Option<Caller>,
) -> Result<Reply, ApiError> {
    let caller = E::Access::prove(&**service, arrived.token()).await?;
    *known = caller.caller().cloned();
    let key = if E::KEYED { arrived.idempotency_key()? } else { None };
    let request = E::read(arrived).await.map_err(|unread| match unread {
        Unread::Param(broken) => refused::<S, E>(service, broken),
        Unread::Answer(error) => error,
    })?;
    let call = Call { caller, request_id: id.0.clone(), idempotency_key: key.clone() };
    match (key, known) {
        (Some(key), Some(caller)) => {
            let fingerprint = fingerprint(E::ID, &request)?;
            let running = Arc::clone(service);
            service.once(caller, &key, fingerprint, async move { checked(&running, request, call).await }).await
        }
        _ => checked(service, request, call).await,
    }
}

/// Does what is asked, if it is within the description's limits. That it isn't is a final answer as any.
async fn checked<S: Host, E: Endpoint<S>>(
    service: &Arc<S>,
    request: E,
    call: Call<E::Access>,
) -> Result<Reply, ApiError> {
    request.check().map_err(|broken| refused::<S, E>(service, broken))?;
    request.call(service, call).await
}

fn refused<S: Host, E: Endpoint<S>>(service: &Arc<S>, Broken { field, path, says }: Broken) -> ApiError {
    service.refuse(Rejected { operation: E::ID, field, message: format!("`{path}`: {says}") })
}

/// Returns what tells requests apart: the SHA-256 of the operation and the values, however they were written.
fn fingerprint(operation: &str, request: &impl Serialize) -> Result<[u8; 32], ApiError> {
    let value = serde_json::to_value(request)
        .map_err(|error| ApiError::new(Code::Internal, format!("the request can't be written down: {error}")))?;
    let mut hash = Sha256::new();
    hash.update(operation);
    hash.update("\n");
    hash.update(canonical(value).to_string());
    Ok(hash.finalize().into())
}

/// Returns the value with the keys of all objects sorted.
fn canonical(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, canonical(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            entries.into_iter().collect()
        }
        plain => plain,
    }
}
