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
    /// serving.
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
        let mut next = 0;
        while next < FOLDERS {
            let store = self.clone();
            let (orphans, folder) = aside(move || store.orphans(next)).await?;
            next = folder;
            if !orphans.is_empty() {
                // What was replaced just now may have readers, of which the writer tells when it has done the transaction
                // that `orphans` saw: surely before it does another one.
                self.check().await?;
                let store = self.clone();
                collected.blobs += aside(move || store.remove_orphans(orphans)).await?;
            }
        }
        Ok(collected)
    }

    /// Blobs that nothing refers to, from this folder on; and the folder to go on with.
    fn orphans(&self, first: u64) -> Result<(BTreeSet<String>, u64), Error> {
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
            if kept > 0 {
                tracing::warn!(blobs = kept, "the index has no object, but there are blobs: they are kept");
            }
        }
        Ok((names, next))
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
