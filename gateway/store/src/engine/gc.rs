//! Collecting what was left behind: by crashes, by failed removals, and by clients that never completed an upload.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::blobs::FOLDERS;
use super::index::uploads;
use super::store::aside;
use super::{Collected, Error, Store};

/// Uploads to which nothing came for so long are removed.
const OLD: i64 = 7 * 24 * 60 * 60 * 1000;

/// So many names are compared with the index at once, which bounds the memory.
const TOGETHER: usize = 1 << 20;

impl Store {
    /// Removes temporary files, blobs that nothing refers to and multipart uploads to which nothing came for 7 days. Safe while
    /// serving. All blobs are looked through the first time, and later only where one may have been left.
    /// `now` is in milliseconds since 1970.
    pub async fn gc(&self, now: i64) -> Result<Collected, Error> {
        // A transaction that succeeds: one that failed before is surely not in the index, so its blobs can go.
        self.check().await?;
        let mut collected = Collected::default();
        loop {
            let then = now.saturating_sub(OLD);
            let removed = self.inner.index.change(Vec::new(), move |index| uploads::remove_old(index, then)).await?;
            collected.uploads += removed;
            if removed == 0 {
                break;
            }
        }
        let store = self.clone();
        collected.temporary = aside(move || store.inner.blobs.remove_temporary()).await?;
        let leftovers = self.inner.blobs.leftovers();
        if let Some(reasons) = leftovers.reasons() {
            let (removed, kept) = self.look_through().await?;
            collected.blobs = removed;
            // What is kept may be removed once the index has something.
            if !kept {
                leftovers.done(reasons);
            }
        }
        Ok(collected)
    }

    /// Removes all blobs that nothing refers to. Says how many, and whether there are some that were kept to be safe.
    async fn look_through(&self) -> Result<(u64, bool), Error> {
        let (mut removed, mut any_kept, mut next) = (0, false, 0);
        while next < FOLDERS {
            let store = self.clone();
            let Found { orphans, kept, folder } = aside(move || store.orphans(next)).await?;
            next = folder;
            any_kept |= kept;
            if !orphans.is_empty() {
                // What was replaced just now may have readers, of which the writer tells when it has done the transaction
                // that `orphans` saw: surely before it does another one.
                self.check().await?;
                let store = self.clone();
                removed += aside(move || store.remove_orphans(orphans)).await?;
            }
        }
        Ok((removed, any_kept))
    }

    /// Blobs that nothing refers to, from this folder on.
    fn orphans(&self, first: u64) -> Result<Found, Error> {
        let mut any_kept = false;
        let (mut names, mut next) = (BTreeSet::new(), first);
        while next < FOLDERS && names.len() < TOGETHER {
            names.extend(self.inner.blobs.names(next)?);
            next += 1;
        }
        // The order matters. What is in `names` was begun before; so either it is still being made, or what came of it is
        // in the index by now.
        for name in self.inner.blobs.flying().iter() {
            names.remove(name);
        }
        if !names.is_empty() && !self.inner.index.read(|index| strike(index, &mut names))? {
            // It is more likely that the index lost its content than that all of it was deleted and all removals failed.
            let there = names.len();
            names.retain(|name| self.inner.blobs.is_left(name));
            let kept = there - names.len();
            any_kept = kept > 0;
            if any_kept {
                tracing::warn!(blobs = kept, "the index has no object, but there are blobs: they are kept");
            }
        }
        Ok(Found { orphans: names, kept: any_kept, folder: next })
    }

    fn remove_orphans(&self, orphans: BTreeSet<String>) -> Result<u64, Error> {
        let mut removed = 0;
        for name in orphans {
            if !self.inner.blobs.flying().contains(&name) {
                removed += u64::from(self.inner.blobs.remove_blob(&name)?);
            }
        }
        Ok(removed)
    }
}

/// What came of looking through some folders.
struct Found {
    orphans: BTreeSet<String>,
    /// Whether more would be, if the index could be believed.
    kept: bool,
    /// The folder to go on with.
    folder: u64,
}

/// Strikes out the blobs that something refers to; says whether the index refers to any blob at all.
fn strike(index: &Connection, names: &mut BTreeSet<String>) -> Result<bool, Error> {
    // One transaction: what moves from the parts to the segments is seen in one of them.
    let snapshot = index.unchecked_transaction()?;
    let mut any = false;
    for query in ["SELECT blob FROM objects WHERE parts IS NULL", "SELECT blob FROM segments", "SELECT blob FROM parts"]
    {
        let mut statement = snapshot.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            any = true;
            if let Ok(blob) = row.get_ref(0)?.as_str() {
                names.remove(blob);
            }
        }
    }
    Ok(any)
}
