//! What a request builder tells the client: which operation it is, whether its arguments can be sent, and how it is sent.

use progenitor_client::{Error, ResponseValue};
use serde::de::DeserializeOwned;

use super::check::Invalid;
use crate::generated::raw;
use crate::service::Operation;

/// What goes wrong in the raw client. The runtime turns it into the public error.
pub(crate) type RawError = Error<()>;

impl From<Invalid> for RawError {
    fn from(why: Invalid) -> Self {
        Self::InvalidRequest(why.to_string())
    }
}

/// What a method of the raw client returns.
pub(crate) type RawResult<T> = Result<ResponseValue<T>, RawError>;

/// A request, ready to be sent.
pub(crate) trait Call: Sync {
    /// What a successful answer's body becomes.
    type Output: DeserializeOwned + Send;

    /// The operation.
    const OPERATION: Operation<'static>;

    /// Returns the operation as it is called here.
    fn operation(&self) -> Operation<'_> {
        Self::OPERATION
    }

    /// Checks the ranges and lengths that the description states.
    fn check(&self) -> Result<(), Invalid>;

    /// Calls the operation's method of the raw client, once.
    fn call(&self, raw: &raw::Client) -> impl Future<Output = RawResult<Self::Output>> + Send;
}
