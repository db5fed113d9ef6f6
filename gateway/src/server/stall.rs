//! Clients that stop half way through an answer: a download of which nothing more is taken.
//!
//! Only what is waited for counts: a connection's time runs while there is something to write that it doesn't take; a handler at work
//! and an idle connection are no stall. (How long a head may take is hyper's to watch, and the pace of a body its service's.)

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The time since something was first waited for in vain.
struct Stall {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl Stall {
    fn new(limit: Duration) -> Self {
        Self { limit, timer: None, waiting: false }
    }

    fn progress(&mut self) {
        self.waiting = false;
    }

    /// Notes that nothing goes on, and says whether that lasts too long. The task is woken when it does.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.waiting {
            self.waiting = true;
            timer.as_mut().reset(Instant::now() + limit);
        }
        timer.as_mut().poll(context).is_ready()
    }
}

/// A connection that fails where the other end takes nothing for too long.
pub(super) struct Connection<S> {
    stream: S,
    stall: Stall,
}

impl<S> Connection<S> {
    /// Holds the client to this limit.
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, stall: Stall::new(limit) }
    }

    fn watch<T>(&mut self, polled: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stall.progress();
            return polled;
        }
        if self.stall.is_over(context) {
            let seconds = self.stall.limit.as_secs();
            let why = format!("the client took nothing of the answer for {seconds} s");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);
    const NEARLY: Duration = Duration::from_secs(19);

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_be_slow_but_not_stop() {
        let (here, mut there) = duplex(8);
        let mut connection = Connection::new(here, LIMIT);
        // To wait for a request, or for the end of the connection, is no stall.
        assert!(timeout(LIMIT * 10, connection.read_u8()).await.is_err());
        let reader = tokio::spawn(async move {
            let mut bytes = [0; 8];
            for _ in 0..10 {
                sleep(NEARLY).await;
                there.read_exact(&mut bytes).await.expect("read");
            }
            there
        });
        connection.write_all(&[b'x'; 80]).await.expect("written");
        let there = reader.await.expect("the other end");
        connection.write_all(&[b'x'; 8]).await.expect("written");
        let began = Instant::now();
        let failed = connection.write_all(&[b'x'; 8]).await.expect_err("a stall");
        assert_eq!((failed.kind(), (Instant::now() - began).as_secs()), (io::ErrorKind::TimedOut, 20));
        drop(there);
    }
}
