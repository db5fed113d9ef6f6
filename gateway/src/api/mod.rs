//! What the generated routes stand on: taking requests apart, reading them, and writing answers and errors.
//!
//! Nothing here knows an operation. `generated` says what there is; a service says what it does by implementing
//! `generated::operations::Operations` and [`Host`].

pub mod check;
pub mod one_of;

mod arrived;
mod body;
mod code;
mod endpoint;
mod error;
mod fault;
mod json;
mod moment;
mod request_id;
mod router;
mod slot;
mod split;
mod text;
mod token;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::state::Account;

pub use arrived::{Arrived, Unread};
pub use code::Code;
pub use endpoint::{Access, Endpoint};
pub use error::ApiError;
pub use json::{present, some};
pub use request_id::{HEADER as REQUEST_ID, RequestId};
pub use router::{Routes, response};
pub use slot::{Slots, busy};

/// What hand-written code gives the generated routes.
pub trait Host: Send + Sync + 'static {
    /// Finds out whose API key this is; `None` where a request has none.
    fn authenticate(&self, key: Option<&str>) -> impl Future<Output = Result<Caller, ApiError>> + Send;

    /// Makes an attempt, or gives the answer that the first request with this `Idempotency-Key` got. The fingerprint
    /// is that of operation and arguments: another one under the same key is another request.
    fn once(
        &self,
        caller: &Caller,
        key: &str,
        fingerprint: [u8; 32],
        attempt: impl Future<Output = Result<Reply, ApiError>> + Send + 'static,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send;

    /// Chooses the code for an argument that breaks a limit of the description.
    fn refuse(&self, rejected: Rejected) -> ApiError;
}

/// An argument that breaks a limit of the description, or can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The operation's id.
    pub operation: &'static str,
    /// The argument, as it is called on the wire.
    pub field: &'static str,
    /// What is wrong, in a sentence that names the place.
    pub message: String,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose API key it was.
    pub account: Account,
}

/// A call: what a request has beside its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<C = Caller> {
    /// Who calls.
    pub caller: C,
    /// What the request is called in logs and answers.
    pub request_id: String,
    /// The `Idempotency-Key`, where the operation takes one.
    pub idempotency_key: Option<String>,
}

/// An answer that went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON, or nothing.
    pub body: Bytes,
}

impl Reply {
    /// Returns an answer of a value.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(value)
            .map_err(|error| ApiError::new(Code::Internal, format!("the answer can't be written: {error}")))?;
        Ok(Self { status, body: body.into() })
    }

    /// Returns an answer without a body.
    pub const fn empty(status: u16) -> Self {
        Self { status, body: Bytes::new() }
    }
}

/// How much of a body is read, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes.
    pub body_bytes: usize,
    /// The longest wait for its end.
    pub body_time: Duration,
}

/// In a response's extensions: the id of the operation that the request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedOperation(pub &'static str);

/// In a response's extensions: why the request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub Code);

/// In a response's extensions: the account whose API key it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerId(pub String);
