//! What objects and parts count for their owners.

/// What each of them counts beside its bytes: its row and its file take room too. Without it, objects of no bytes would cost nothing.
pub(crate) const EACH: u64 = 4096;

/// What an object or a part of this size counts.
pub(crate) fn weight(size: u64) -> u64 {
    size.saturating_add(EACH)
}
