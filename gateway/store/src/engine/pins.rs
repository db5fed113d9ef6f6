//! Keeps the files of a multipart object while somebody reads it: it can have 10,000, too many to hold them all open.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Which sets of segments are being read.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    sets: Mutex<HashMap<String, Pinned>>,
}

#[derive(Debug, Default)]
struct Pinned {
    readers: usize,
    /// Blobs to remove when the last reader is done.
    dead: Vec<String>,
}

impl Pins {
    /// One more reads it. Only then the index must be asked (again) whether the set is still there.
    pub(crate) fn pin(&self, set: &str) {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.entry(set.to_owned()).or_default().readers += 1;
    }

    /// One less reads it; returns the blobs to remove now.
    pub(crate) fn release(&self, set: &str) -> Vec<String> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pinned) = sets.get_mut(set) else { return Vec::new() };
        pinned.readers = pinned.readers.saturating_sub(1);
        if pinned.readers > 0 {
            return Vec::new();
        }
        sets.remove(set).map(|pinned| pinned.dead).unwrap_or_default()
    }

    /// The set is out of the index: gives its blobs back if they can be removed now, else keeps them for later.
    pub(crate) fn bury(&self, set: &str, blobs: Vec<String>, keep: impl FnOnce(&[String])) -> Vec<String> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        match sets.get_mut(set) {
            Some(pinned) => {
                keep(&blobs);
                pinned.dead.extend(blobs);
                Vec::new()
            }
            None => blobs,
        }
    }
}
