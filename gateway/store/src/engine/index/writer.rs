//! The one thread that changes the index. What waits goes into one transaction, each change in a savepoint of its own and
//! with a result of its own: a sync of the disk costs the same for one as for sixty.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::engine::Error;
use crate::engine::blobs::{Blobs, Fresh};

/// The most changes in one transaction.
const TOGETHER: usize = 256;

/// What a change came to.
#[derive(Debug)]
pub(crate) struct Done<T> {
    /// What the one who waits gets.
    pub(crate) value: T,
    /// What can be removed once the change is on the disk.
    pub(crate) dead: Vec<Dead>,
}

/// What nothing refers to any more.
#[derive(Debug)]
pub(crate) enum Dead {
    /// A blob. Readers have it open.
    Blob(String),
    /// A multipart object's set of segments, and their blobs. Readers have it pinned.
    Set(String, Vec<String>),
}

/// A transaction that removes so many blobs or more removes nothing else after them, as others wait meanwhile.
const MUCH: usize = 4000;

/// Whether that is much for one transaction.
pub(crate) fn is_much(dead: &[Dead]) -> bool {
    let blobs = |dead: &Dead| match dead {
        Dead::Blob(_) => 1,
        Dead::Set(_, names) => names.len(),
    };
    dead.iter().map(blobs).sum::<usize>() >= MUCH
}

type Work<T> = Box<dyn FnOnce(&Connection) -> Result<Done<T>, Error> + Send>;

/// Hands changes to the writer.
#[derive(Clone, Debug)]
pub(crate) struct Submit {
    queue: Option<Sender<Box<dyn Job>>>,
}

impl Submit {
    /// Hands in a change. The new blobs that it refers to are kept if it is committed, else removed.
    pub(crate) fn hand_in<T: Send + 'static>(
        &self,
        fresh: Vec<Fresh>,
        work: impl FnOnce(&Connection) -> Result<Done<T>, Error> + Send + 'static,
    ) -> Pending<T> {
        let (reply, pending) = oneshot::channel();
        let task: Box<dyn Job> = Box::new(Task { fresh, work: Some(Box::new(work)), result: None, reply });
        if let Some(queue) = &self.queue {
            // When the thread is gone the task is dropped, and with it `reply`: `wait` tells.
            let _ = queue.send(task);
        }
        Pending(pending)
    }
}

/// A change that was handed in.
#[derive(Debug)]
pub(crate) struct Pending<T>(oneshot::Receiver<Result<T, Error>>);

impl<T> Pending<T> {
    /// Waits until it is on the disk or failed.
    pub(crate) async fn wait(self) -> Result<T, Error> {
        self.0.await.unwrap_or(Err(Error::Stopped))
    }
}

trait Job: Send {
    fn fresh(&self) -> &[Fresh];
    fn run(&mut self, connection: &Connection) -> Result<(), Error>;
    fn committed(self: Box<Self>, blobs: &Blobs);
    fn failed(self: Box<Self>, error: Error);
    /// Leaves the new blobs where they are, whatever comes.
    fn leave(&mut self);
}

struct Task<T> {
    fresh: Vec<Fresh>,
    work: Option<Work<T>>,
    result: Option<Done<T>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send> Job for Task<T> {
    fn fresh(&self) -> &[Fresh] {
        &self.fresh
    }

    fn run(&mut self, connection: &Connection) -> Result<(), Error> {
        let work = self.work.take().ok_or(Error::Stopped)?;
        self.result = Some(work(connection)?);
        Ok(())
    }

    fn committed(self: Box<Self>, blobs: &Blobs) {
        self.fresh.into_iter().for_each(Fresh::keep);
        let Some(done) = self.result else { return };
        for dead in done.dead {
            match dead {
                Dead::Blob(name) => blobs.sweep([name]),
                Dead::Set(set, names) => blobs.bury(&set, names),
            }
        }
        let _ = self.reply.send(Ok(done.value));
    }

    fn failed(self: Box<Self>, error: Error) {
        drop(self.fresh);
        let _ = self.reply.send(Err(error));
    }

    fn leave(&mut self) {
        self.fresh.drain(..).for_each(Fresh::leave);
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    submit: Submit,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: &Path, connection: Connection, blobs: Arc<Blobs>) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let mut state = State { path: path.to_owned(), connection, blobs };
        let thread = thread::Builder::new().name("store-index".to_owned()).spawn(move || state.run(&jobs))?;
        Ok(Self { submit: Submit { queue: Some(queue) }, thread: Some(thread) })
    }

    pub(super) fn submit(&self) -> Submit {
        self.submit.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.submit.queue = None;
        // Tasks that still write a file hold a sender; the thread ends after the last of them.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct State {
    path: PathBuf,
    connection: Connection,
    blobs: Arc<Blobs>,
}

impl State {
    fn run(&mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = jobs.recv() {
            let batch = std::iter::once(first).chain(jobs.try_iter().take(TOGETHER - 1)).collect();
            let batch = self.sync_folders(batch);
            if !batch.is_empty() {
                self.transact(batch);
            }
        }
    }

    /// Syncs the folders that new blobs were put in, each once.
    fn sync_folders(&self, batch: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        let mut synced: BTreeMap<PathBuf, Option<Error>> = BTreeMap::new();
        let mut ready = Vec::with_capacity(batch.len());
        for job in batch {
            let mut fault = None;
            for fresh in job.fresh().iter().filter(|fresh| !fresh.is_synced()) {
                let folder = self.blobs.folder(fresh.name());
                let result = synced.entry(folder).or_insert_with_key(|folder| {
                    self.blobs.disk().sync_folder(folder).err().map(|error| Error::io("sync", folder, error))
                });
                fault = fault.or(result.as_ref().map(Error::again));
            }
            match fault {
                None => ready.push(job),
                Some(error) => job.failed(error),
            }
        }
        ready
    }

    fn transact(&mut self, batch: Vec<Box<dyn Job>>) {
        let (mut done, mut refused) = (Vec::with_capacity(batch.len()), Vec::new());
        match self.try_transact(batch, &mut done, &mut refused) {
            Ok(()) => {
                self.blobs.disk().after_commit();
                for job in done {
                    job.committed(&self.blobs);
                }
                for (job, error) in refused {
                    job.failed(error);
                }
            }
            Err((error, unsure)) => {
                let error = error.at_index(&self.path);
                tracing::error!(%error, "a transaction of the store's index failed");
                for mut job in done {
                    // Nobody knows what of a commit that failed is on the disk. Its blobs stay for `gc`, which removes
                    // them after a commit that succeeded. A full disk is another thing: then the commit isn't there.
                    if unsure && !matches!(error, Error::Full { .. }) {
                        job.leave();
                    }
                    job.failed(error.again());
                }
                for (job, _) in refused {
                    job.failed(error.again());
                }
            }
        }
    }

    /// The error says with `true` that the commit itself failed. What is refused may be so because of what is in the same
    /// transaction, so it isn't told before that is on the disk either.
    fn try_transact(
        &mut self,
        batch: Vec<Box<dyn Job>>,
        done: &mut Vec<Box<dyn Job>>,
        refused: &mut Vec<(Box<dyn Job>, Error)>,
    ) -> Result<(), (Error, bool)> {
        let sure = |error: rusqlite::Error| (Error::from(error), false);
        let mut batch = batch.into_iter();
        let transaction = match self.connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => {
                done.extend(batch);
                return Err(sure(error));
            }
        };
        while let Some(mut job) = batch.next() {
            match in_savepoint(&transaction, job.as_mut()) {
                Ok(Ok(())) => done.push(job),
                Ok(Err(error)) => refused.push((job, error.at_index(&self.path))),
                Err(error) => {
                    done.push(job);
                    done.extend(batch);
                    return Err((error, false));
                }
            }
        }
        if let Err(error) = self.blobs.disk().before_commit() {
            return Err((Error::io("write", &self.path, error), false));
        }
        transaction.commit().map_err(|error| (Error::from(error), true))
    }
}

/// The outer error is one that ends the whole transaction.
fn in_savepoint(connection: &Connection, job: &mut dyn Job) -> Result<Result<(), Error>, Error> {
    connection.prepare_cached("SAVEPOINT one")?.execute([])?;
    match job.run(connection) {
        Err(error) if connection.is_autocommit() => Err(error),
        Err(error) => {
            connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
            connection.prepare_cached("RELEASE one")?.execute([])?;
            Ok(Err(error))
        }
        Ok(()) => {
            connection.prepare_cached("RELEASE one")?.execute([])?;
            Ok(Ok(()))
        }
    }
}
