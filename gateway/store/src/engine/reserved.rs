//! What is on its way: bytes that owners' uploads will need and that the index doesn't count yet. Without it, many uploads at
//! once could each be within the limit and fill the disk together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Owners = Mutex<HashMap<String, u64>>;

/// The bytes on their way, by owner.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reserved(Arc<Owners>);

impl Reserved {
    /// Begins a reservation, of nothing yet.
    pub(crate) fn begin(&self, owner: &str) -> Reservation {
        Reservation { owners: Arc::clone(&self.0), owner: owner.to_owned(), bytes: 0 }
    }
}

/// Bytes of one upload. Dropped, they are free again.
#[derive(Debug)]
pub(crate) struct Reservation {
    owners: Arc<Owners>,
    owner: String,
    bytes: u64,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// It would be too much alone.
    AtAll,
    /// Only others of the owner's on their way make it too much.
    Now,
}

impl Reservation {
    /// Takes so many more if all of the owner's are within `room` then.
    pub(crate) fn grow(&mut self, bytes: u64, room: u64) -> Result<(), NoRoom> {
        if bytes == 0 {
            return Ok(());
        }
        let own = self.bytes.saturating_add(bytes);
        if own > room {
            return Err(NoRoom::AtAll);
        }
        let mut owners = lock(&self.owners);
        let all = owners.get(&self.owner).copied().unwrap_or(0).saturating_add(bytes);
        if all > room {
            return Err(NoRoom::Now);
        }
        owners.insert(self.owner.clone(), all);
        drop(owners);
        self.bytes = own;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut owners = lock(&self.owners);
        if let Some(all) = owners.get_mut(&self.owner) {
            *all = all.saturating_sub(self.bytes);
            if *all == 0 {
                owners.remove(&self.owner);
            }
        }
    }
}

fn lock(owners: &Owners) -> MutexGuard<'_, HashMap<String, u64>> {
    owners.lock().unwrap_or_else(PoisonError::into_inner)
}
