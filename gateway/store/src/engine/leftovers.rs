//! Whether there may be blobs that nothing refers to: looking through all folders is for when there is a reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts reasons to look. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Leftovers(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    reasons: AtomicU64,
    /// How many there were when somebody began to look who came to an end.
    done: AtomicU64,
}

impl Leftovers {
    /// Those of a store that was opened just now: what the process before left behind isn't known.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Counts { reasons: AtomicU64::new(1), done: AtomicU64::new(0) }))
    }

    /// A blob may be left.
    pub(crate) fn note(&self) {
        self.0.reasons.fetch_add(1, Ordering::AcqRel);
    }

    /// The reasons so far, if there is one that nobody has looked for.
    pub(crate) fn reasons(&self) -> Option<u64> {
        let reasons = self.0.reasons.load(Ordering::Acquire);
        (reasons != self.0.done.load(Ordering::Acquire)).then_some(reasons)
    }

    /// All folders were looked through for these reasons. Those that came meanwhile stay.
    pub(crate) fn done(&self, reasons: u64) {
        self.0.done.store(reasons, Ordering::Release);
    }
}
