//! Clients that stop half way: an upload of which nothing more comes, a download of which nothing more is taken.
//!
//! Only what is waited for counts. A body's time runs while the service wants more of it, a connection's while there is something to write
//! that it doesn't take; a handler at work and an idle connection are no stall. (How long a head may take is hyper's to watch.)

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

type Failure = Box<dyn std::error::Error + Send + Sync>;

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

/// A request's body that fails where nothing of it comes for too long.
pub(crate) struct Upload<B> {
    body: B,
    stall: Stall,
}

impl<B> Upload<B> {
    /// Holds the client to this limit.
    pub(crate) fn new(body: B, limit: Duration) -> Self {
        Self { body, stall: Stall::new(limit) }
    }
}

impl<B> Body for Upload<B>
where
    B: Body + Unpin,
    B::Error: Into<Failure>,
{
    type Data = B::Data;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                self.stall.progress();
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if self.stall.is_over(context) => {
                let seconds = self.stall.limit.as_secs();
                Poll::Ready(Some(Err(format!("nothing of the body came for {seconds} s").into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
    use http_body_util::{BodyExt, Full, StreamBody};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);
    const NEARLY: Duration = Duration::from_secs(19);

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_stop() {
        let frames = futures_util::stream::unfold(0, |count| async move {
            sleep(if count < 10 { NEARLY } else { LIMIT * 10 }).await;
            Some((Ok::<_, io::Error>(Frame::data(bytes::Bytes::from_static(b"x"))), count + 1))
        });
        let began = Instant::now();
        let mut body = Upload::new(StreamBody::new(Box::pin(frames)), LIMIT);
        for _ in 0..10 {
            assert!(body.frame().await.expect("a frame").is_ok());
            // What the service does meanwhile is its own time.
            sleep(LIMIT * 3).await;
        }
        let failed = body.frame().await.expect("a failure").expect_err("a failure");
        assert!(failed.to_string().contains("20 s"), "{failed}");
        assert_eq!((Instant::now() - began).as_secs(), 10 * (19 + 60) + 20);
        let whole = Upload::new(Full::new(bytes::Bytes::from_static(b"text")), LIMIT);
        assert_eq!(whole.size_hint().exact(), Some(4));
    }

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
