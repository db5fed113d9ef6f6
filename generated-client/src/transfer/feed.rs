//! Where the bytes of one attempt of an upload come from, and that there are exactly as many as were announced.
//!
//! Files and blocking readers are read in large blocks on a thread of their own, a few blocks ahead of the connection. (Tokio's files are
//! read in small pieces, each of which changes threads twice, and cost ten times as much.)

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;

use super::checksum::Crc64;

/// How much is read at a time on a thread.
const BLOCK: usize = 256 * 1024;

/// How many blocks wait between that thread and the connection.
const BLOCKS: usize = 4;

/// How much is handed to the connection at a time: little enough that a slow one asks for more now and then.
const PIECE: usize = 64 * 1024;

/// A reader of the caller's.
pub(super) enum Reader {
    Async(Box<dyn AsyncRead + Send + Unpin>),
    Sync(Box<dyn Read + Send>),
}

/// What is wrong with a source.
#[derive(Debug)]
pub(super) enum Fault {
    Shorter(u64),
    Longer,
    Unreadable(io::Error),
}

impl Fault {
    /// Says what is wrong with a source of this length.
    pub(super) fn message(&self, length: u64) -> String {
        match self {
            Self::Shorter(bytes) => format!("the source ended after {bytes} of {length} bytes"),
            Self::Longer => format!("the source has more than the {length} bytes that were announced"),
            Self::Unreadable(fault) => format!("the source can't be read: {fault}"),
        }
    }
}

/// The bytes of one attempt.
pub(super) struct Feed {
    state: State,
    /// The checksum of what came up to the end of the last block, where the thread that reads works it out beside.
    sum: Option<Crc64>,
}

enum State {
    Bytes(Bytes),
    /// Not begun, so nothing was read.
    Waiting(Input),
    Reading {
        reader: Box<dyn AsyncRead + Send + Unpin>,
        /// The last piece, kept until it is known that nothing follows it.
        last: Option<Bytes>,
    },
    Blocks {
        from: mpsc::Receiver<Result<(Bytes, Crc64), Fault>>,
        block: Bytes,
    },
    Over,
}

enum Input {
    File(Arc<File>),
    Reader(Reader),
}

impl Feed {
    pub(super) fn of_bytes(bytes: Bytes) -> Self {
        Self { state: State::Bytes(bytes), sum: None }
    }

    pub(super) fn of_file(file: Arc<File>) -> Self {
        Self { state: State::Waiting(Input::File(file)), sum: None }
    }

    pub(super) fn of_reader(reader: Reader) -> Self {
        Self { state: State::Waiting(Input::Reader(reader)), sum: None }
    }

    /// Returns the caller's reader, if nothing was read from it.
    pub(super) fn unread(self) -> Option<Reader> {
        match self.state {
            State::Waiting(Input::Reader(reader)) => Some(reader),
            _ => None,
        }
    }

    /// Returns the checksum of all pieces, once they were returned, if it was worked out beside.
    pub(super) fn sum(&self) -> Option<Crc64> {
        self.sum.clone()
    }

    /// Returns the next piece of a source of `length` bytes, of which `sent` were returned before; nothing at its end.
    pub(super) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
        sent: u64,
        length: u64,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            match &mut self.state {
                State::Waiting(_) => self.begin(length),
                State::Bytes(bytes) => return Poll::Ready(piece(bytes).map(Ok)),
                State::Blocks { from, block } => {
                    if let Some(piece) = piece(block) {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                    match ready!(from.poll_recv(context)) {
                        Some(Ok((next, sum))) => {
                            *block = next;
                            self.sum = Some(sum);
                        }
                        Some(Err(fault)) => return self.end(fault),
                        None if sent < length => return self.end(Fault::Shorter(sent)),
                        None => self.state = State::Over,
                    }
                }
                State::Reading { reader, last } => {
                    let held = last.as_ref().map_or(0, Bytes::len) as u64;
                    let left = usize::try_from(length - sent - held).unwrap_or(PIECE).min(PIECE);
                    // One byte more than there may be.
                    let mut buffer = BytesMut::with_capacity(left.max(1));
                    let mut reader = (&mut **reader).take(left.max(1) as u64);
                    let read = ready!(pin!(reader.read_buf(&mut buffer)).poll(context));
                    match read {
                        Err(fault) => return self.end(Fault::Unreadable(fault)),
                        Ok(0) if left > 0 => return self.end(Fault::Shorter(sent)),
                        Ok(0) => {
                            let last = last.take();
                            self.state = State::Over;
                            return Poll::Ready(last.map(Ok));
                        }
                        Ok(_) if left == 0 => return self.end(Fault::Longer),
                        Ok(read) if read as u64 == length - sent => *last = Some(buffer.freeze()),
                        Ok(_) => return Poll::Ready(Some(Ok(buffer.freeze()))),
                    }
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }

    fn end(&mut self, fault: Fault) -> Poll<Option<Result<Bytes, Fault>>> {
        self.state = State::Over;
        Poll::Ready(Some(Err(fault)))
    }

    fn begin(&mut self, length: u64) {
        let input = match std::mem::replace(&mut self.state, State::Over) {
            State::Waiting(input) => input,
            other => {
                self.state = other;
                return;
            }
        };
        self.state = match input {
            Input::Reader(Reader::Async(reader)) => State::Reading { reader, last: None },
            Input::Reader(Reader::Sync(reader)) => blocks(reader, length),
            Input::File(file) => blocks(FromStart { file, at: 0 }, length),
        };
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Feed")
    }
}

fn piece(block: &mut Bytes) -> Option<Bytes> {
    (!block.is_empty()).then(|| block.split_to(block.len().min(PIECE)))
}

/// A file from its first byte, wherever others read it.
struct FromStart {
    file: Arc<File>,
    at: u64,
}

impl Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        #[cfg(not(any(unix, windows)))]
        let read = {
            use std::io::{Seek as _, SeekFrom};
            (&*self.file).seek(SeekFrom::Start(self.at))?;
            (&*self.file).read(buffer)?
        };
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads on a thread. It ends soon after the blocks are no longer wanted.
fn blocks(mut reader: impl Read + Send + 'static, length: u64) -> State {
    let (into, from) = mpsc::channel(BLOCKS);
    let pool = Arc::<Pool>::default();
    let failed = into.clone();
    // A thread of its own, since it lasts: those of the runtime are few, and names are looked up on them.
    let spawned = thread::Builder::new().name("infrai-upload".to_owned()).spawn(move || {
        let mut left = length;
        let mut sum = Crc64::default();
        while left > 0 {
            let mut block = pool.take();
            let wanted = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            let read = match fill(&mut reader, &mut block[..wanted]) {
                Ok(read) => read,
                Err(fault) => {
                    let _ = into.blocking_send(Err(Fault::Unreadable(fault)));
                    return;
                }
            };
            left -= read as u64;
            let fault = if read < wanted {
                Some(Fault::Shorter(length - left))
            } else if left == 0 {
                surplus(&mut reader)
            } else {
                None
            };
            let next = match fault {
                Some(fault) => Err(fault),
                None => {
                    sum.update(&block[..read]);
                    Ok((Bytes::from_owner(Lent { block, length: read, pool: Arc::clone(&pool) }), sum.clone()))
                }
            };
            let is_end = next.is_err();
            if into.blocking_send(next).is_err() || is_end {
                return;
            }
        }
        if length == 0
            && let Some(fault) = surplus(&mut reader)
        {
            let _ = into.blocking_send(Err(fault));
        }
    });
    if let Err(fault) = spawned {
        let _ = failed.try_send(Err(Fault::Unreadable(fault)));
    }
    State::Blocks { from, block: Bytes::new() }
}

/// Reads until the buffer is full or there is no more.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(filled)
}

/// What is wrong with a reader that should be at its end.
fn surplus(reader: &mut impl Read) -> Option<Fault> {
    match fill(reader, &mut [0]) {
        Ok(0) => None,
        Ok(_) => Some(Fault::Longer),
        Err(fault) => Some(Fault::Unreadable(fault)),
    }
}

/// Blocks that were used and can be used again.
#[derive(Default)]
struct Pool(Mutex<Vec<Box<[u8]>>>);

impl Pool {
    fn take(&self) -> Box<[u8]> {
        let used = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        used.unwrap_or_else(|| vec![0; BLOCK].into())
    }
}

/// A block on its way, which goes back to the pool.
struct Lent {
    block: Box<[u8]>,
    length: usize,
    pool: Arc<Pool>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.block[..self.length]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let block = std::mem::take(&mut self.block);
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }
}
