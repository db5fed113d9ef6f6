//! How much runs at once: so many requests, and so many bytes of bodies that are on their way.
//!
//! While its body comes, a request takes none of the places: else clients that send slowly would shut all others out. What has come of all
//! those bodies together is bounded instead.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ApiError, Code};

/// The places there are.
#[derive(Clone, Debug)]
pub struct Slots {
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Slots {
    /// So many requests, and as many bytes as these may bring.
    pub fn new(requests: usize, body_bytes: usize) -> Self {
        let bytes = requests.saturating_mul(body_bytes).min(Semaphore::MAX_PERMITS);
        Self { requests: Arc::new(Semaphore::new(requests)), bytes: Arc::new(Semaphore::new(bytes)) }
    }

    /// Takes a place for a request, if there is one.
    pub fn take(&self) -> Option<Slot> {
        let permit = self.requests.clone().try_acquire_owned().ok()?;
        Some(Slot { slots: self.clone(), held: Arc::new(Mutex::new(Some(permit))) })
    }
}

/// A request's place; an extension of the request.
#[derive(Clone, Debug)]
pub struct Slot {
    slots: Slots,
    held: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Slot {
    /// Gives the place up.
    pub fn leave(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Takes a place again.
    pub(super) fn enter(&self) -> Result<(), ApiError> {
        let permit = self.slots.requests.clone().try_acquire_owned().map_err(|_| busy())?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        Ok(())
    }

    /// Counts bytes that came, for as long as what is returned lives.
    pub(super) fn came(&self, bytes: usize) -> Result<OwnedSemaphorePermit, ApiError> {
        let bytes = u32::try_from(bytes).map_err(|_| busy())?;
        self.slots.bytes.clone().try_acquire_many_owned(bytes).map_err(|_| busy())
    }
}

/// What a request is told that has no place.
pub fn busy() -> ApiError {
    let error = ApiError::new(Code::Unavailable, "the service runs as many requests as it may; try again");
    error.with_retry_after(Duration::from_secs(1))
}
