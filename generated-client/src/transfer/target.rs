//! Where a download goes: memory, a file, or a writer.

use std::io;
use std::path::Path;
#[cfg(feature = "blocking")]
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinHandle};

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
    thread: JoinHandle<io::Result<()>>,
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
    pub(super) async fn file(path: &Path, object: Object) -> io::Result<(Self, Option<(u64, Note)>)> {
        let path = path.to_owned();
        let opened = task::spawn_blocking(move || {
            let (mut part, there) = Part::open(&path, &object)?;
            let sum = match &there {
                Some((have, note)) => part.go_on(*have, note.checksum.is_some())?,
                None => Crc64::default(),
            };
            let sums = there.as_ref().is_some_and(|(_, note)| note.checksum.is_some());
            Ok::<_, io::Error>((part, sums.then_some(sum), there))
        });
        let (part, sum, there) = opened.await.map_err(io::Error::other)??;
        let (to, orders) = mpsc::channel(PIECES);
        let thread = task::spawn_blocking(move || write(part, sum, orders));
        Ok((Self::File(Writing { to, thread }), there))
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

    /// The object will not be whole: nothing of it stays. (Of a download that is dropped, the part file does.)
    pub(super) async fn discard(self) {
        if let Self::File(mut file) = self {
            let _ = file.order(Order::Discard).await;
            drop(file.to);
            let _ = file.thread.await;
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

    /// Why the thread has ended.
    async fn fault(&mut self) -> io::Error {
        let gone = || io::Error::other("the file is closed");
        if self.to.is_closed() && !self.thread.is_finished() || self.thread.is_finished() {
            return match (&mut self.thread).await {
                Ok(Err(fault)) => fault,
                Ok(Ok(())) | Err(_) => gone(),
            };
        }
        gone()
    }
}

/// Writes a part file until it is in its place, or nobody has anything more for it. Then it stays, for another time.
fn write(mut part: Part, mut sum: Option<Crc64>, mut orders: mpsc::Receiver<Order>) -> io::Result<()> {
    let mut run = |part: &mut Part, order| {
        match order {
            Order::Begin { note, sums } => {
                part.begin(note.as_ref())?;
                sum = sums.then(Crc64::default);
            }
            Order::Write(bytes) => {
                if let Some(sum) = &mut sum {
                    sum.update(&bytes);
                }
                part.write(&bytes)?;
            }
            Order::Sum(answer) => {
                let _ = answer.send(sum.as_ref().map(Crc64::text));
            }
            Order::Commit(_) | Order::Discard => {}
        }
        Ok(())
    };
    while let Some(order) = orders.blocking_recv() {
        match order {
            Order::Discard => {
                part.discard();
                return Ok(());
            }
            Order::Commit(done) => {
                part.commit()?;
                let _ = done.send(());
                return Ok(());
            }
            order => {
                if let Err(fault) = run(&mut part, order) {
                    part.discard();
                    return Err(fault);
                }
            }
        }
    }
    Ok(())
}
