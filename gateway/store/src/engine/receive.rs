//! Receiving a body: small ones into memory, others into a temporary file, hashed and written side by side.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use super::blobs::{Blobs, Fresh};
use super::flow::{Flow, Temporary};
use super::hash::{Digests, Hasher};
use super::index::weight::{of_part, weight};
use super::index::{buckets::Home, objects};
use super::reserved::{NoRoom, Reservation};
use super::{Algorithm, BodyError, Error, Expected, Incoming, Replaces, Store};

/// Bodies up to this wait in memory, so that one hop to another thread does it all.
const SMALL: usize = 256 << 10;

/// Larger ones are handed on in batches of about this: one is worked on while the next comes.
const BATCH: usize = 1 << 20;

/// A piece counts as so many bytes at least: however small, it keeps the room from being freed that the connection was read into.
const READ: usize = 8 << 10;

/// The most bytes of an upload in one piece, as S3 has it.
const MOST: u64 = 5 << 30;

/// A body that was received whole and is not anything's yet. Dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    size: u64,
    content: Content,
    /// Its bytes are the owner's until the index counts them.
    reservation: Option<Reservation>,
}

#[derive(Debug)]
enum Content {
    Memory { pieces: Vec<Bytes>, algorithms: Vec<Algorithm> },
    File { file: Temporary, digests: Digests },
}

impl Received {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Verifies it and puts its file in place, synced. The folder is still to be synced.
    pub(crate) fn place(self, blobs: &Arc<Blobs>, expected: &Expected) -> Result<(Fresh, Digests), Error> {
        let (mut file, digests) = match self.content {
            Content::File { file, digests } => {
                digests.verify(expected)?;
                (file, digests)
            }
            Content::Memory { pieces, algorithms } => {
                let mut hasher = Hasher::new(&algorithms);
                for piece in &pieces {
                    hasher.update(piece);
                }
                let digests = hasher.finish();
                digests.verify(expected)?;
                let mut file = Temporary::create(blobs)?;
                file.write(blobs, &pieces)?;
                (file, digests)
            }
        };
        file.fresh.place(&file.writing)?;
        file.fresh.hold(self.reservation);
        Ok((file.fresh, digests))
    }
}

impl Store {
    /// Receives a body, working out its checksums. Looks first whether the bucket is there and the owner's limit lets it in.
    pub async fn receive<S, E>(&self, incoming: Incoming<'_>, body: S) -> Result<Received, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<BodyError>,
    {
        let mut tally = self.tally(incoming)?;
        let mut body = std::pin::pin!(body);
        let (mut pieces, mut held) = (Vec::new(), 0);
        let mut flow: Option<Flow> = None;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| Error::Body(error.into()))?;
            if piece.is_empty() {
                continue;
            }
            tally.add(piece.len())?;
            held += piece.len().max(READ);
            pieces.push(piece);
            let most = if flow.is_some() { BATCH } else { SMALL };
            if held > most {
                let batch = std::mem::take(&mut pieces);
                held = 0;
                flow = Some(match flow {
                    None => Flow::start(&self.inner.blobs, incoming.algorithms, batch),
                    Some(flow) => flow.send(batch).await?,
                });
            }
        }
        let content = match flow {
            None => Content::Memory { pieces, algorithms: incoming.algorithms.to_vec() },
            Some(flow) => {
                let flow = if pieces.is_empty() { flow } else { flow.send(pieces).await? };
                let (file, digests) = flow.finish().await?;
                Content::File { file, digests }
            }
        };
        let size = tally.finish()?;
        Ok(Received { size, content, reservation: tally.reservation })
    }

    fn tally(&self, incoming: Incoming<'_>) -> Result<Tally, Error> {
        let (home, replaced) = self.inner.index.read(|index| {
            let home = Home::find(index, incoming.bucket)?;
            let replaced = match incoming.replaces {
                Replaces::Object(key) => objects::weight_of(index, &home, key)?,
                Replaces::Part { key, upload, number } => of_part(index, &home, key, upload, number)?,
            };
            Ok((home, replaced))
        })?;
        let room = home.room(replaced);
        let reservation = room.map(|_| self.inner.reserved.begin(home.owner()));
        let mut tally = Tally { size: 0, declared: incoming.size, room: room.unwrap_or(u64::MAX), reservation, home };
        let size = incoming.size.unwrap_or(0);
        tally.reserve(weight(size), size)?;
        Ok(tally)
    }
}

/// Counts what comes against what may.
struct Tally {
    size: u64,
    declared: Option<u64>,
    /// Against all that the owner has on its way.
    room: u64,
    reservation: Option<Reservation>,
    home: Home,
}

impl Tally {
    /// Lets in `more` bytes, which make it `size`.
    fn reserve(&mut self, more: u64, size: u64) -> Result<(), Error> {
        if size > MOST {
            return Err(Error::TooLarge { limit: MOST });
        }
        let Some(reservation) = &mut self.reservation else { return Ok(()) };
        reservation.grow(more, self.room).map_err(|why| match why {
            NoRoom::AtAll => self.home.exceeded(),
            NoRoom::Now => self.home.crowded(),
        })
    }

    fn add(&mut self, bytes: usize) -> Result<(), Error> {
        let more = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(more);
        match self.declared {
            Some(declared) if self.size > declared => Err(Error::WrongSize { declared, received: self.size }),
            Some(_) => Ok(()),
            None => self.reserve(more, self.size),
        }
    }

    fn finish(&self) -> Result<u64, Error> {
        match self.declared {
            Some(declared) if self.size != declared => Err(Error::WrongSize { declared, received: self.size }),
            _ => Ok(self.size),
        }
    }
}
