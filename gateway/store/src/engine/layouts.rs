//! The segments of multipart objects that were read lately: reading up to 10,000 rows for each small range costs more than the
//! range. A set of segments never changes, so what is known of it stays true.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::index::objects::Segment;

/// So many segments are kept, which is some megabytes.
const MOST: usize = 40_000;

/// So many sets at most, for they are looked through one by one.
const SETS: usize = 64;

/// The files of an object, by the place of their first byte.
pub(crate) type Layout = Arc<Vec<(u64, Segment)>>;

/// The layouts that are kept, the one read last at the end.
#[derive(Debug, Default)]
pub(crate) struct Layouts(Mutex<VecDeque<(String, Layout)>>);

impl Layouts {
    /// That of a set, if it is kept.
    pub(crate) fn get(&self, set: &str) -> Option<Layout> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(known, _)| known == set)?;
        let entry = kept.remove(found)?;
        let layout = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(layout)
    }

    /// Keeps one, and lets go of those that weren't read for longest.
    pub(crate) fn put(&self, set: &str, layout: &Layout) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(known, _)| known == set) {
            return;
        }
        kept.push_back((set.to_owned(), Arc::clone(layout)));
        let mut segments: usize = kept.iter().map(|(_, layout)| layout.len()).sum();
        while segments > MOST || kept.len() > SETS {
            let Some((_, gone)) = kept.pop_front() else { break };
            segments -= gone.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(length: u32) -> Layout {
        Arc::new((0..length).map(|number| (0, Segment { number, size: 0, blob: String::new() })).collect())
    }

    #[test]
    fn what_was_not_read_for_longest_goes_first() {
        let layouts = Layouts::default();
        for set in 0..SETS {
            layouts.put(&set.to_string(), &layout(1));
        }
        assert!(layouts.get("0").is_some());
        layouts.put("more", &layout(1));
        assert!(layouts.get("0").is_some() && layouts.get("1").is_none());
        layouts.put("long", &layout(39_999));
        assert_eq!(layouts.get("long").map(|layout| layout.len()), Some(39_999));
        assert!(layouts.get("0").is_some() && layouts.get("more").is_none());
        layouts.put("too long", &layout(40_001));
        assert!(layouts.get("too long").is_none());
    }
}
