//! How long a client may take between two pieces of a body. Without an end to it, clients that went away without a word would
//! hold what they began for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use s3s::Body;
use s3s::stream::{ByteStream, DynByteStream, RemainingLength};
use tokio::time::{Instant, Sleep, sleep};

use super::notes::{BadBody, Notes};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The body, which fails when its next piece takes longer than that.
pub(super) fn limit(body: Body, longest: Duration, notes: &Arc<Notes>) -> Body {
    let stream: DynByteStream =
        Box::pin(Limited { body, longest, timer: None, waiting: false, notes: notes.clone(), failed: false });
    Body::from(stream)
}

struct Limited {
    body: Body,
    longest: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs. It does only while the client is waited for, not while the store is busy.
    waiting: bool,
    notes: Arc<Notes>,
    failed: bool,
}

impl Stream for Limited {
    type Item = Result<Bytes, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = Pin::new(&mut this.body).poll_next(context) {
            this.waiting = false;
            return Poll::Ready(next);
        }
        let longest = this.longest;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(longest)));
        if !this.waiting {
            this.waiting = true;
            timer.as_mut().reset(Instant::now() + longest);
        }
        ready!(timer.as_mut().poll(context));
        this.failed = true;
        this.notes.set_bad_body(BadBody::Slow);
        Poll::Ready(Some(Err("the next piece of the body did not come in time".into())))
    }
}

impl ByteStream for Limited {
    fn remaining_length(&self) -> RemainingLength {
        self.body.remaining_length()
    }
}
