//! Where a download goes: memory, a file, or a writer.

use std::io;
use std::path::Path;
use std::thread;
#[cfg(feature = "blocking")]
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};

use super::checksum::Crc64;
use super::part::{Note, Object, Part};

/// How many pieces wait between the connection and the thread that writes the file.
const PIECES: usize = 16;

/// Where the bytes go.
pub(super) enum Target<'w> {
    Memory(Memory),
    File(Writing),
    Writer(Writer<'w>),
}

/// A whole object in memory.
#[derive(Default)]
pub(super) struct Memory {
    bytes: Vec<u8>,
    sum: Option<Crc64>,
}

/// A writer of the caller's, which can't be taken back to its beginning.
pub(super) struct Writer<'w> {
    writer: Box<dyn AsyncWrite + Send + Unpin + 'w>,
    sum: Option<Crc64>,
}

/// A part file, and the thread that writes it.
pub(super) struct Writing {
    to: mpsc::Sender<Order>,
    /// What the thread ended with, until it was asked.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

enum Order {
    Begin {
        note: Option<Note>,
        sums: bool,
    },
    Write(Bytes),
    /// Asks for the checksum of all that was written.
    Sum(oneshot::Sender<Option<String>>),
    /// Puts the file in its place.
    Commit(oneshot::Sender<()>),
    Discard,
}

/// What is known of an object when its first byte comes.
pub(super) struct Begins {
    pub(super) length: Option<u64>,
    /// Whether the checksum of the bytes will be wanted.
    pub(super) sums: bool,
    /// For a part file that can be gone on with.
    pub(super) note: Option<Note>,
}

impl<'w> Target<'w> {
    pub(super) fn writer(writer: impl AsyncWrite + Send + Unpin + 'w) -> Self {
        Self::Writer(Writer { writer: Box::new(writer), sum: None })
    }

    /// Opens the part file for this path. Returns with it what is there.
    pub(super) async fn file(path: &Path, object: Object) -> io::Result<(Self, There)> {
        let path = path.to_owned();
        let (to, orders) = mpsc::channel(PIECES);
        let (opened, opens) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        // A thread of its own, since it lasts: those of the runtime are few, and names are looked up on them.
        thread::Builder::new().name("infrai-download".to_owned()).spawn(move || {
            let (part, sum, there) = match open(&path, &object, || !opened.is_closed()) {
                Ok(open) => open,
                Err(fault) => return drop(opened.send(Err(fault))),
            };
            // Where nobody waits any more, there are no orders either.
            let _ = opened.send(Ok(there));
            let _ = end.send(write(part, sum, orders));
        })?;
        let there = opens.await.map_err(io::Error::other)??;
        Ok((Self::File(Writing { to, ended: Some(ended) }), there))
    }

    /// Whether what was written can be taken back.
    pub(super) fn can_begin_again(&self) -> bool {
        !matches!(self, Self::Writer(_))
    }

    /// Begins an object, at its first byte. What was written of it before is forgotten.
    pub(super) async fn begin(&mut self, begins: Begins) -> io::Result<()> {
        let sum = begins.sums.then(Crc64::default);
        match self {
            Self::Memory(memory) => {
                memory.sum = sum;
                memory.bytes = Vec::new();
                let length = begins.length.map_or(Ok(0), usize::try_from).map_err(|_| io::ErrorKind::OutOfMemory)?;
                memory.bytes.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory.into())
            }
            Self::File(file) => file.order(Order::Begin { note: begins.note, sums: begins.sums }).await,
            Self::Writer(writer) => {
                writer.sum = sum;
                Ok(())
            }
        }
    }

    /// Adds bytes.
    pub(super) async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        match self {
            Self::Memory(memory) => {
                if let Some(sum) = &mut memory.sum {
                    sum.update(&bytes);
                }
                memory.bytes.extend_from_slice(&bytes);
                Ok(())
            }
            Self::File(file) => file.order(Order::Write(bytes)).await,
            Self::Writer(writer) => {
                if let Some(sum) = &mut writer.sum {
                    sum.update(&bytes);
                }
                writer.writer.write_all(&bytes).await
            }
        }
    }

    /// The checksum of all that was written, if it was wanted.
    pub(super) async fn sum(&mut self) -> io::Result<Option<String>> {
        match self {
            Self::Memory(Memory { sum, .. }) | Self::Writer(Writer { sum, .. }) => Ok(sum.as_ref().map(Crc64::text)),
            Self::File(file) => file.ask(Order::Sum).await,
        }
    }

    /// The object is whole: the file takes its place, and the writer has everything. Returns the bytes, if they are in memory.
    pub(super) async fn commit(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Memory(memory) => return Ok(std::mem::take(&mut memory.bytes).into()),
            Self::File(file) => file.ask(Order::Commit).await?,
            Self::Writer(writer) => writer.writer.flush().await?,
        }
        Ok(Bytes::new())
    }

    /// The object will not be whole: nothing of it stays.
    pub(super) async fn discard(mut self) {
        if let Self::File(file) = &mut self {
            let _ = file.order(Order::Discard).await;
        }
        self.leave().await;
    }

    /// Nothing more comes. What another download could go on with stays, as it does where this one is dropped.
    pub(super) async fn leave(self) {
        if let Self::File(Writing { to, ended: Some(ended) }) = self {
            drop(to);
            let _ = ended.await;
        }
    }
}

/// A blocking writer, for a thread that may wait.
#[cfg(feature = "blocking")]
pub(super) struct Blocking<W>(pub(super) W);

#[cfg(feature = "blocking")]
impl<W: io::Write + Unpin> AsyncWrite for Blocking<W> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.get_mut().0.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.get_mut().0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

impl Writing {
    async fn order(&mut self, order: Order) -> io::Result<()> {
        match self.to.send(order).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.fault().await),
        }
    }

    async fn ask<T>(&mut self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> io::Result<T> {
        let (sender, answer) = oneshot::channel();
        self.order(order(sender)).await?;
        match answer.await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.fault().await),
        }
    }

    /// Why the thread has ended, or is about to.
    async fn fault(&mut self) -> io::Error {
        let ended = match self.ended.take() {
            Some(ended) => ended.await.ok(),
            None => None,
        };
        ended.and_then(Result::err).unwrap_or_else(|| io::Error::other("the file is closed"))
    }
}

/// What is there of an object: how much, and which one it is.
type There = Option<(u64, Note)>;

/// Opens the part file for this path, and reads what is there if its checksum will be wanted.
fn open(path: &Path, object: &Object, is_wanted: impl Fn() -> bool) -> io::Result<(Part, Option<Crc64>, There)> {
    let (mut part, there) = Part::open(path, object)?;
    let Some((have, note)) = there else { return Ok((part, None, None)) };
    let sums = note.checksum.is_some();
    // What can't be read is no reason to fail: the object begins again.
    Ok(match part.go_on(have, sums, is_wanted) {
        Ok(sum) => (part, sums.then_some(sum), Some((have, note))),
        Err(_) => (part, None, None),
    })
}

/// Writes a part file until it is in its place, or nobody has anything more for it. Then it stays, for another time, if it is of use.
fn write(mut part: Part, mut sum: Option<Crc64>, mut orders: mpsc::Receiver<Order>) -> io::Result<()> {
    while let Some(order) = orders.blocking_recv() {
        let done = match order {
            Order::Begin { note, sums } => {
                sum = sums.then(Crc64::default);
                part.begin(note.as_ref())
            }
            Order::Write(bytes) => {
                if let Some(sum) = &mut sum {
                    sum.update(&bytes);
                }
                part.write(&bytes)
            }
            Order::Sum(answer) => {
                let _ = answer.send(sum.as_ref().map(Crc64::text));
                Ok(())
            }
            Order::Commit(done) => match part.commit() {
                Ok(()) => {
                    let _ = done.send(());
                    return Ok(());
                }
                fault => fault,
            },
            Order::Discard => {
                part.discard();
                return Ok(());
            }
        };
        if done.is_err() {
            part.discard();
            return done;
        }
    }
    if !part.is_of_use() {
        part.discard();
    }
    Ok(())
}
