//! Receiving a body: small ones into memory, others into a temporary file, hashed and written side by side.

use std::io::IoSlice;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use super::blobs::{Blobs, Fresh};
use super::fs::Writing;
use super::hash::{Digests, Hasher};
use super::index::{buckets::Home, objects};
use super::{Algorithm, BodyError, Error, Expected, Incoming, Store};

/// Bodies up to this wait in memory, so that one hop to another thread does it all.
const SMALL: usize = 256 << 10;

/// Larger ones are handed on in batches of about this …
const BATCH: usize = 512 << 10;

/// … or of so many pieces, whichever comes first.
const PIECES: usize = 512;

/// The most bytes of an upload in one piece, as S3 has it.
const MOST: u64 = 5 << 30;

/// A body that was received whole and is not anything's yet. Dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Memory { pieces: Vec<Bytes>, algorithms: Vec<Algorithm> },
    File { file: Temporary, digests: Digests },
}

#[derive(Debug)]
struct Temporary {
    fresh: Fresh,
    writing: Writing,
}

impl Received {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Verifies it and puts its file in place, synced. The folder is still to be synced.
    pub(crate) fn place(self, blobs: &Arc<Blobs>, expected: &Expected) -> Result<(Fresh, Digests), Error> {
        match self.content {
            Content::File { mut file, digests } => {
                digests.verify(expected)?;
                file.fresh.place(&file.writing)?;
                Ok((file.fresh, digests))
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
                file.fresh.place(&file.writing)?;
                Ok((file.fresh, digests))
            }
        }
    }
}

impl Temporary {
    fn create(blobs: &Arc<Blobs>) -> Result<Self, Error> {
        let mut fresh = blobs.begin()?;
        let writing = fresh.create()?;
        Ok(Self { fresh, writing })
    }

    fn write(&mut self, blobs: &Blobs, pieces: &[Bytes]) -> Result<(), Error> {
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        blobs
            .disk()
            .write(&mut self.writing, &mut slices)
            .map_err(|error| Error::io("write", &self.writing.path, error))
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
            held += piece.len();
            pieces.push(piece);
            let most = if flow.is_some() { BATCH } else { SMALL };
            if held > most || pieces.len() >= PIECES {
                let flow = flow.get_or_insert_with(|| Flow::start(&self.inner.blobs, incoming.algorithms));
                held = 0;
                if !flow.send(std::mem::take(&mut pieces)).await {
                    // The writer has failed; `finish` says why.
                    break;
                }
            }
        }
        let Some(mut flow) = flow else {
            let size = tally.finish()?;
            let algorithms = incoming.algorithms.to_vec();
            return Ok(Received { size, content: Content::Memory { pieces, algorithms } });
        };
        flow.send(pieces).await;
        let (file, digests) = flow.finish().await?;
        let size = tally.finish()?;
        Ok(Received { size, content: Content::File { file, digests } })
    }

    fn tally(&self, incoming: Incoming<'_>) -> Result<Tally, Error> {
        let (home, replaced) = self.inner.index.read(|index| {
            let home = Home::find(index, incoming.bucket)?;
            let replaced = match incoming.replaces {
                Some(key) => objects::size_of(index, &home, key)?,
                None => 0,
            };
            Ok((home, replaced))
        })?;
        let tally = Tally { size: 0, declared: incoming.size, room: home.room(replaced), home };
        tally.check(incoming.size.unwrap_or(0))?;
        Ok(tally)
    }
}

/// Counts what comes against what may.
struct Tally {
    size: u64,
    declared: Option<u64>,
    room: Option<u64>,
    home: Home,
}

impl Tally {
    fn check(&self, size: u64) -> Result<(), Error> {
        if size > MOST {
            return Err(Error::TooLarge { limit: MOST });
        }
        if self.room.is_some_and(|room| size > room) {
            return Err(self.home.exceeded());
        }
        Ok(())
    }

    fn add(&mut self, bytes: usize) -> Result<(), Error> {
        self.size = self.size.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        match self.declared {
            Some(declared) if self.size > declared => Err(Error::WrongSize { declared, received: self.size }),
            Some(_) => Ok(()),
            None => self.check(self.size),
        }
    }

    fn finish(&self) -> Result<u64, Error> {
        match self.declared {
            Some(declared) if self.size != declared => Err(Error::WrongSize { declared, received: self.size }),
            _ => Ok(self.size),
        }
    }
}

/// Two threads' work: one hashes and one writes what comes. Dropped, they end, and the file is removed.
struct Flow {
    to_file: Sender<Arc<Vec<Bytes>>>,
    to_hash: Sender<Arc<Vec<Bytes>>>,
    file: JoinHandle<Result<Temporary, Error>>,
    hash: JoinHandle<Digests>,
}

impl Flow {
    fn start(blobs: &Arc<Blobs>, algorithms: &[Algorithm]) -> Self {
        let (to_file, mut pieces) = mpsc::channel(2);
        let blobs = Arc::clone(blobs);
        let file = tokio::task::spawn_blocking(move || write(&blobs, &mut pieces));
        let (to_hash, mut pieces) = mpsc::channel(2);
        let mut hasher = Hasher::new(algorithms);
        let hash = tokio::task::spawn_blocking(move || {
            while let Some(batch) = next(&mut pieces) {
                batch.iter().for_each(|piece| hasher.update(piece));
            }
            hasher.finish()
        });
        Self { to_file, to_hash, file, hash }
    }

    /// Hands on a batch; says whether it was taken.
    async fn send(&mut self, pieces: Vec<Bytes>) -> bool {
        let batch = Arc::new(pieces);
        self.to_file.send(Arc::clone(&batch)).await.is_ok() && self.to_hash.send(batch).await.is_ok()
    }

    async fn finish(self) -> Result<(Temporary, Digests), Error> {
        drop((self.to_file, self.to_hash));
        let file = self.file.await.unwrap_or(Err(Error::Stopped))?;
        let digests = self.hash.await.map_err(|_| Error::Stopped)?;
        Ok((file, digests))
    }
}

fn write(blobs: &Arc<Blobs>, batches: &mut Receiver<Arc<Vec<Bytes>>>) -> Result<Temporary, Error> {
    let mut file = Temporary::create(blobs)?;
    while let Some(batch) = next(batches) {
        file.write(blobs, &batch)?;
    }
    Ok(file)
}

fn next(batches: &mut Receiver<Arc<Vec<Bytes>>>) -> Option<Arc<Vec<Bytes>>> {
    batches.blocking_recv()
}
