//! Clients that ask before they send a body, with `Expect: 100-continue`.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::header::{CONNECTION, EXPECT, HeaderMap};
use http::{HeaderValue, Request, Response};
use hyper::body::{Body, Frame, SizeHint};

/// What the client of a request asked, and whether its body was read to the end since: nothing where it didn't ask or has no body.
pub(super) struct Asked(Option<Arc<AtomicBool>>);

impl Asked {
    /// Ends the connection with the answer, unless the body was read: some clients send it all the same, and some don't, so whatever
    /// comes next could be either it or another request (RFC 9110, section 10.1.1).
    pub(super) fn answered<B>(&self, response: &mut Response<B>) {
        if self.0.as_ref().is_some_and(|read| !read.load(Ordering::Acquire)) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// The request, its body watched where the client asks; each kind of body is made one that the service takes.
pub(super) fn watch<B: Body, A>(
    request: Request<B>,
    plain: impl FnOnce(B) -> A,
    watched: impl FnOnce(Watched<B>) -> A,
) -> (Request<A>, Asked) {
    if !asks(request.headers()) || request.body().is_end_stream() {
        return (request.map(plain), Asked(None));
    }
    let read = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| watched(Watched { body, read: read.clone() }));
    (request, Asked(Some(read)))
}

fn asks(headers: &HeaderMap) -> bool {
    let asks = |one: &[u8]| one.trim_ascii().eq_ignore_ascii_case(b"100-continue");
    headers.get_all(EXPECT).iter().any(|value| value.as_bytes().split(|byte| *byte == b',').any(asks))
}

/// A body that notes when it was read to its end.
pub(super) struct Watched<B> {
    body: B,
    read: Arc<AtomicBool>,
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // Who knows the length doesn't look for more after the last of it.
        let ended = match &polled {
            Poll::Ready(None) => true,
            Poll::Ready(Some(Ok(_))) => self.body.is_end_stream(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => false,
        };
        if ended {
            self.read.store(true, Ordering::Release);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream;
    use http_body_util::{BodyExt, Full, StreamBody};

    use super::*;

    fn ask<B: Body>(expect: &'static str, body: B) -> (Result<B, Watched<B>>, Asked) {
        let mut request = Request::new(body);
        request.headers_mut().insert(EXPECT, HeaderValue::from_static(expect));
        let (request, asked) = watch(request, Ok, Err);
        (request.into_body(), asked)
    }

    fn ends<B>((_, asked): (B, Asked)) -> bool {
        let mut response = Response::new(());
        asked.answered(&mut response);
        response.headers().contains_key(CONNECTION)
    }

    #[test]
    fn only_who_asks_before_a_body_is_watched() {
        for (expect, body, watched) in [
            ("100-continue", "text", true),
            ("100-CONTINUE", "text", true),
            ("other, 100-continue", "text", true),
            ("100-continue", "", false),
            ("100-continued", "text", false),
            ("", "text", false),
        ] {
            let asked = ask(expect, Full::new(Bytes::from(body)));
            assert_eq!((asked.0.is_err(), ends(asked)), (watched, watched), "{expect}: {body}");
        }
    }

    #[tokio::test]
    async fn a_body_comes_as_it_is_and_its_end_is_noted() {
        let (body, asked) = ask("100-continue", Full::new(Bytes::from("text")));
        let Err(mut body) = body else { panic!("it isn't watched") };
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (false, Some(4)));
        // All that was announced is the end, whether or not more is looked for.
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok_and(|frame| frame.is_data())));
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (true, Some(0)));
        assert!(!ends((body, asked)));

        let trailers = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("trailer"))]);
        let frames = || [Ok(Frame::data(Bytes::from("text"))), Ok::<_, ()>(Frame::trailers(trailers.clone()))];
        for (taken, end) in [(0, true), (1, true), (2, true), (3, false)] {
            let (body, asked) = ask("100-continue", StreamBody::new(stream::iter(frames())));
            let Err(mut body) = body else { panic!("it isn't watched") };
            for frame in 0..taken {
                let came = body.frame().await.map(|came| came.expect("a frame").into_trailers().ok());
                assert_eq!(came, [Some(None), Some(Some(trailers.clone())), None][frame], "{frame}");
            }
            assert_eq!(ends((body, asked)), end, "{taken}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_has_no_end() {
        let (body, asked) = ask("100-continue", StreamBody::new(stream::iter([Err::<Frame<Bytes>, _>(())])));
        let Err(mut body) = body else { panic!("it isn't watched") };
        assert_eq!(body.frame().await.map(|frame| frame.is_err()), Some(true));
        assert!(ends((body, asked)));
    }
}
