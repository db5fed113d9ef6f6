//! Whether a call is tried again, and after which wait. The rules are those of `docs/behaviour.md`, "Retries".

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Details, ErrorKind, TimeoutPhase};
use crate::service::Idempotency;
use crate::system::Host;

/// How often a call is tried again, unless the caller says otherwise.
pub(crate) const MAX_RETRIES: u32 = 2;

/// The most that a caller may ask for.
pub(crate) const MOST_RETRIES: u32 = 10;

/// The longest wait that a server may ask for. Who asks for more has the call fail at once.
const LONGEST_SERVER_WAIT: Duration = Duration::from_mins(1);

const FIRST_WAIT: f64 = 0.5;
const LONGEST_WAIT: f64 = 8.0;

/// How an attempt failed, as far as another one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// In a way that another attempt can't mend.
    ForGood,
    /// Before a byte of the request was sent.
    Unsent,
    /// After that, and before the whole answer came.
    Broken,
    /// With an error status.
    Status,
}

/// Returns whether a call of this kind may be tried again after this failure.
pub(crate) fn may_repeat(error: &Details, idempotency: Idempotency) -> bool {
    let repeatable = idempotency != Idempotency::NotIdempotent;
    match error.failed {
        Failed::ForGood => false,
        Failed::Unsent => true,
        Failed::Broken => repeatable,
        // RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2. With 429 nothing was done, and a 503 that knows when to come back says the same.
        Failed::Status => match error.status.map(|status| status.as_u16()) {
            Some(429) => true,
            Some(503) => repeatable || error.retry_after.is_some(),
            Some(408 | 425 | 500 | 502 | 504) => repeatable,
            _ => false,
        },
    }
}

/// Returns the wait before retry `n`, counted from 0, with `u` from [0, 1).
pub(crate) fn backoff(n: u32, u: f64) -> Duration {
    let most = LONGEST_WAIT.min(FIRST_WAIT * 2_f64.powi(i32::try_from(n).unwrap_or(i32::MAX)));
    Duration::from_secs_f64(most * (0.5 + 0.5 * u))
}

/// What a client may still spend on retries. It keeps a service that is down from being asked three times as much.
#[derive(Debug)]
pub(crate) struct Tokens(Mutex<u32>);

impl Tokens {
    const MOST: u32 = 500;
    const RETRY: u32 = 5;
    const RETRY_AFTER_TIMEOUT: u32 = 10;

    /// Takes what a retry costs; nothing, if there isn't enough.
    fn take(&self, cost: u32) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *left >= cost;
        if enough {
            *left -= cost;
        }
        enough
    }

    fn give_back(&self, tokens: u32) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + tokens).min(Self::MOST);
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self(Mutex::new(Self::MOST))
    }
}

/// The attempts of one call: how many there were, how long the next may take, and whether there is one.
pub(crate) struct Attempts<'a> {
    system: &'a Host,
    tokens: &'a Tokens,
    max_retries: u32,
    /// When the whole call must be over, on the system's clock, and how long it had.
    deadline: Option<(Duration, Duration)>,
    made: u32,
    /// What was taken for an attempt that hasn't begun.
    pending: u32,
    retries: u32,
    paid: u32,
    /// Whether the last attempt came so far that the next one is no retry.
    is_free: bool,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(system: &'a Host, tokens: &'a Tokens, max_retries: u32, deadline: Option<Duration>) -> Self {
        let deadline = deadline.map(|whole| (system.now().saturating_add(whole), whole));
        Self { system, tokens, max_retries, deadline, made: 0, pending: 0, retries: 0, paid: 0, is_free: false }
    }

    /// Begins an attempt and returns its number, from 1.
    pub(crate) fn begin(&mut self) -> u32 {
        self.pending = 0;
        self.made += 1;
        self.made
    }

    /// Returns the limit of the attempt that begins: `timeout`, or what the deadline leaves if that is less.
    pub(crate) fn limit(&self, timeout: Duration) -> Limit {
        match self.deadline {
            Some((end, whole)) if end.saturating_sub(self.system.now()) < timeout => {
                Limit { time: end.saturating_sub(self.system.now()), phase: TimeoutPhase::Deadline, told: whole }
            }
            _ => Limit { time: timeout, phase: TimeoutPhase::Attempt, told: timeout },
        }
    }

    /// Returns how long to wait before the next attempt, and pays for it; nothing, if this failure is the call's.
    pub(crate) fn wait_after(&mut self, error: &Details, idempotency: Idempotency) -> Option<Duration> {
        let is_free = std::mem::take(&mut self.is_free);
        if !may_repeat(error, idempotency) || !is_free && self.retries >= self.max_retries {
            return None;
        }
        let wait = match error.retry_after {
            Some(wait) if wait > LONGEST_SERVER_WAIT => return None,
            Some(wait) => wait,
            None => backoff(self.retries, self.system.random()),
        };
        if self.deadline.is_some_and(|(end, _)| self.system.now().saturating_add(wait) >= end) {
            return None;
        }
        let timed_out = matches!(error.kind, ErrorKind::Timeout(_));
        // Tokens guard a service that is down, which one that brings so much is not.
        let cost = match timed_out {
            _ if is_free => 0,
            true => Tokens::RETRY_AFTER_TIMEOUT,
            false => Tokens::RETRY,
        };
        if !self.tokens.take(cost) {
            return None;
        }
        self.retries += u32::from(!is_free);
        self.paid = cost;
        self.pending = cost;
        Some(wait)
    }

    /// The last attempt came so far that the next one doesn't count as a retry.
    #[allow(dead_code, reason = "only transfers come so far")]
    pub(crate) fn progressed(&mut self) {
        self.is_free = true;
    }

    /// The call is a success: its last retry is paid back, or else a little of what others took.
    pub(crate) fn succeeded(&self) {
        self.tokens.give_back(if self.paid == 0 { 1 } else { self.paid });
    }
}

impl Drop for Attempts<'_> {
    /// A retry that isn't begun, as when the call is cancelled in the wait for it, costs nothing.
    fn drop(&mut self) {
        self.tokens.give_back(self.pending);
    }
}

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) time: Duration,
    /// Which limit it is.
    pub(crate) phase: TimeoutPhase,
    /// The limit that the caller knows.
    pub(crate) told: Duration,
}

#[cfg(test)]
mod tests {
    use super::{Tokens, backoff};

    #[test]
    fn waits_double_up_to_eight_seconds() {
        let waits = [0, 1, 2, 3, 4, 5, 40].map(|n| backoff(n, 0.0).as_millis());
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert!((backoff(0, 0.5).as_secs_f64() - 0.375).abs() < 1e-9);
        assert!(backoff(9, 0.999_999).as_secs_f64() < 8.0);
    }

    #[test]
    fn tokens_run_out_and_come_back() {
        let tokens = Tokens::default();
        assert_eq!((0..200).filter(|_| tokens.take(Tokens::RETRY)).count(), 100);
        tokens.give_back(4);
        assert!(!tokens.take(Tokens::RETRY));
        tokens.give_back(1000);
        assert_eq!((0..200).filter(|_| tokens.take(Tokens::RETRY_AFTER_TIMEOUT)).count(), 50);
    }
}
