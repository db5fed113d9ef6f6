//! The body of an upload: exactly the announced length, or a connection that is broken off.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::checksum::Crc64;
use super::feed::{Fault, Feed, Reader};
use super::progress::Watcher;

/// What one attempt of an upload sends, seen from our side of the connection.
#[derive(Debug)]
pub(super) struct Outbox {
    length: u64,
    state: Mutex<State>,
    watcher: Watcher,
    begun: Instant,
    /// When a piece was last handed to the connection, in milliseconds since it began.
    beat: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// Nothing, once the attempt is over: whoever still sends finds the end too early and breaks off.
    feed: Option<Feed>,
    sent: u64,
    sum: Crc64,
    fault: Option<Fault>,
}

impl Outbox {
    pub(super) fn new(feed: Feed, length: u64, watcher: Watcher) -> Arc<Self> {
        let state = State { feed: Some(feed), sent: 0, sum: Crc64::default(), fault: None };
        Arc::new(Self { length, state: Mutex::new(state), watcher, begun: Instant::now(), beat: AtomicU64::new(0) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The body to send.
    pub(super) fn body(self: &Arc<Self>) -> reqwest::Body {
        reqwest::Body::wrap(Sending(Arc::clone(self)))
    }

    /// Makes sure that a source that is said to be empty is. No connection asks for a body that has nothing.
    pub(super) async fn check_empty(&self) -> Result<(), Fault> {
        if self.length > 0 {
            return Ok(());
        }
        let piece = poll_fn(|context| match &mut self.state().feed {
            Some(feed) => feed.poll_piece(context, 0, 0),
            None => Poll::Ready(None),
        });
        piece.await.transpose().map(|_| ())
    }

    /// Waits until for so long no piece was asked for.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let last = self.begun + Duration::from_millis(self.beat.load(Ordering::Relaxed));
            if last.elapsed() >= limit {
                return;
            }
            // Not until `last + limit`, which may be beyond all time.
            tokio::time::sleep(limit.saturating_sub(last.elapsed())).await;
        }
    }

    fn beat(&self) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat.store(now, Ordering::Relaxed);
    }

    /// Ends it. Returns the caller's reader, if nothing was read from it, and what was wrong with the source.
    pub(super) fn close(&self) -> (Option<Reader>, Option<Fault>) {
        let mut state = self.state();
        (state.feed.take().and_then(Feed::unread), state.fault.take())
    }

    /// The checksum of what was sent, if that was all.
    pub(super) fn sum(&self) -> Option<String> {
        let state = self.state();
        (state.sent == self.length).then(|| state.sum.text())
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut state = self.state();
        let state = &mut *state;
        let piece = match &mut state.feed {
            Some(feed) => feed.poll_piece(context, state.sent, self.length),
            None => return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        };
        let sum = state.feed.as_ref().and_then(Feed::sum);
        piece.map(|piece| {
            self.beat();
            match piece? {
                Ok(piece) => {
                    match sum {
                        Some(sum) => state.sum = sum,
                        None => state.sum.update(&piece),
                    }
                    state.sent += piece.len() as u64;
                    self.watcher.tell(state.sent, Some(self.length));
                    Some(Ok(Frame::data(piece)))
                }
                Err(fault) => {
                    state.fault = Some(fault);
                    Some(Err(io::ErrorKind::InvalidData.into()))
                }
            }
        })
    }
}

/// The body, as the HTTP client sees it.
struct Sending(Arc<Outbox>);

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.state().sent == self.0.length
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.length - self.0.state().sent)
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}
