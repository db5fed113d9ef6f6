//! `Idempotency-Key`: a request that is repeated is answered, not done again.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Service, broken_state, to_the_end};
use crate::api::{ApiError, Caller, Code, Reply};
use crate::state::{Answer, Begun, Keyed, MAX_KEYED};

/// How long an answer is kept.
pub(super) const KEPT: TimeDelta = TimeDelta::hours(24);

/// How long a request may run before a repeat takes it for lost. Longer than a vendor is waited for.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How soon a repeat looks whether the first has ended; then half as often each time, down to [`SELDOM`].
const SOON: Duration = Duration::from_millis(25);

/// How long a repeat waits at most between two looks.
const SELDOM: Duration = Duration::from_secs(1);

/// How long a repeat waits in all: less than clients wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An error as it is kept: without the request's id, since a repeat has its own.
#[derive(Deserialize, Serialize)]
struct KeptError {
    code: String,
    message: String,
}

/// Runs the attempt if this is the first request with this key, waits for the first if that is running, and gives its
/// answer if it has ended. A 5xx is never kept, and neither is what says to come again.
pub(super) async fn once(
    service: &Service,
    caller: &Caller,
    key: &str,
    fingerprint: [u8; 32],
    attempt: impl Future<Output = Result<Reply, ApiError>> + Send + 'static,
) -> Result<Reply, ApiError> {
    let request = Keyed { account: caller.account.id.clone(), key: key.to_owned(), fingerprint };
    let service = service.clone();
    // To its end, also if this caller goes away: the repeat wants the answer.
    to_the_end(async move { answer(&service, request, attempt).await }).await
}

async fn answer(
    service: &Service,
    request: Keyed,
    attempt: impl Future<Output = Result<Reply, ApiError>> + Send,
) -> Result<Reply, ApiError> {
    let (mut wait, mut waited) = (SOON, Duration::ZERO);
    loop {
        let now = service.now();
        match service.state().begin(&request, now, now + LEASE).await.map_err(|error| broken_state(&error))? {
            Begun::First(token) => {
                let reply = attempt.await;
                keep(service, &request, &token, &reply).await;
                return reply;
            }
            Begun::Running if waited >= PATIENCE => {
                let error =
                    ApiError::new(Code::Unavailable, "the first request with this key is still running; try again");
                return Err(error.with_retry_after(SELDOM));
            }
            Begun::Running => {
                tokio::time::sleep(wait).await;
                waited += wait;
                wait = (wait * 2).min(SELDOM);
            }
            Begun::Answered(answer) => return replay(answer),
            Begun::Mismatch => return Err(mismatch()),
            Begun::TooMany => {
                let message = format!("the account has used {MAX_KEYED} idempotency keys in 24 hours; try again later");
                return Err(ApiError::new(Code::RateLimited, message).with_retry_after(Duration::from_hours(1)));
            }
        }
    }
}

/// What the caller is told where the key stands for another request.
pub(super) fn mismatch() -> ApiError {
    ApiError::new(
        Code::IdempotencyMismatch,
        "this `Idempotency-Key` was used for another request in the last 24 hours; take a new one",
    )
}

async fn keep(service: &Service, request: &Keyed, token: &str, reply: &Result<Reply, ApiError>) {
    let kept = match reply {
        Ok(reply) => Some(Answer { status: reply.status, body: reply.body.to_vec() }),
        Err(error) if is_final(error.code.status()) => {
            let kept = KeptError { code: error.code.as_str().to_owned(), message: error.message.clone() };
            serde_json::to_vec(&kept).ok().map(|body| Answer { status: error.code.status(), body })
        }
        Err(_) => None,
    };
    let done = match &kept {
        Some(answer) => service.state().answered(request, token, answer, service.now() + KEPT).await,
        None => service.state().unanswered(request, token).await,
    };
    // The request itself is done. A repeat finds it running until the lease ends, and then finds the bucket.
    if let Err(error) = done {
        tracing::error!(%error, "the answer to a keyed request could not be kept");
    }
}

/// Whether a repeat would be answered the same.
fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 429)
}

fn replay(answer: Answer) -> Result<Reply, ApiError> {
    let broken = || ApiError::new(Code::Internal, "a kept answer can't be read; take a new `Idempotency-Key`");
    if (200..300).contains(&answer.status) {
        return Ok(Reply { status: answer.status, body: Bytes::from(answer.body) });
    }
    let kept: KeptError = serde_json::from_slice(&answer.body).map_err(|_| broken())?;
    let code = Code::from_word(&kept.code).ok_or_else(broken)?;
    Err(ApiError::new(code, kept.message))
}
