//! How far a transfer is, and whoever wants to know.

use std::fmt;
use std::sync::Arc;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes so far. It decreases only where the transfer begins again.
    ///
    /// Of an upload these are the bytes that were handed to the connection; the store has them all when the upload succeeds.
    pub bytes: u64,
    /// All bytes; none where the store does not say how many there are.
    pub total: Option<u64>,
}

/// Who wants to know, if anybody does.
#[derive(Clone, Default)]
pub(super) struct Watcher(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl Watcher {
    pub(super) fn new(watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watch)))
    }

    pub(super) fn tell(&self, bytes: u64, total: Option<u64>) {
        if let Some(watch) = &self.0 {
            watch(Progress { bytes, total });
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(_)" } else { "None" })
    }
}
