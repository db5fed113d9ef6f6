//! Frames `aws-chunked` bodies anew on their way to `s3s`, which holds a chunk in memory until it has all of it, whatever its size, and takes
//! a body that breaks off between two chunks for a whole one. SDKs in Rust and Go send a whole upload as one unsigned chunk.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use s3s::Body;
use s3s::stream::{ByteStream, DynByteStream};

use super::notes::{BadBody, Notes};

/// A signed chunk can't be split; the SDKs' chunks have 1 MiB or less.
const LARGEST_SIGNED: u64 = 4 << 20;
const LONGEST_HEAD: usize = 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The body as it goes to `s3s`: framed anew if it is `aws-chunked`.
pub(super) fn reframe(headers: &HeaderMap, body: Body, notes: &Arc<Notes>) -> Body {
    let kind = headers.get("x-amz-content-sha256").map(http::HeaderValue::as_bytes).unwrap_or_default();
    if !kind.starts_with(b"STREAMING-") {
        return body;
    }
    let signed = !kind.starts_with(b"STREAMING-UNSIGNED-");
    let framed = Framed {
        body,
        signed,
        at: At::Head(Vec::new()),
        rest: Bytes::new(),
        out: VecDeque::new(),
        notes: notes.clone(),
    };
    let stream: DynByteStream = Box::pin(framed);
    Body::from(stream)
}

/// Where in the framing the next byte belongs.
enum At {
    Head(Vec<u8>),
    Data(u64),
    End(&'static [u8]),
    Trailer,
    Failed,
}

struct Framed {
    body: Body,
    signed: bool,
    at: At,
    rest: Bytes,
    out: VecDeque<Bytes>,
    notes: Arc<Notes>,
}

impl Framed {
    /// Takes some of what came in and queues what goes out.
    fn step(&mut self) -> Result<(), BadBody> {
        match &mut self.at {
            At::Head(line) => {
                let end = self.rest.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
                line.extend_from_slice(&self.rest.split_to(end.unwrap_or(self.rest.len())));
                if line.len() > LONGEST_HEAD {
                    return Err(BadBody::Malformed);
                }
                if end.is_some() {
                    let (size, signature) = read_head(line).ok_or(BadBody::Malformed)?;
                    if self.signed && size > LARGEST_SIGNED {
                        return Err(BadBody::LargeChunk);
                    }
                    match (self.signed, size) {
                        (true, _) => self.out.push_back(format!("{size:x}{signature}\r\n").into()),
                        (false, 0) => self.out.push_back(Bytes::from_static(b"0\r\n")),
                        (false, _) => {}
                    }
                    self.at = if size == 0 { At::Trailer } else { At::Data(size) };
                }
            }
            At::Data(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX).min(self.rest.len());
                let data = self.rest.split_to(most);
                *left -= data.len() as u64;
                if *left == 0 {
                    self.at = At::End(b"\r\n");
                }
                if self.signed {
                    self.out.push_back(data);
                } else {
                    self.out.extend([format!("{:x}\r\n", data.len()).into(), data, Bytes::from_static(b"\r\n")]);
                }
            }
            At::End(expected) => match (self.rest.split_to(1).first(), expected.split_first()) {
                (Some(byte), Some((wanted, left))) if byte == wanted => {
                    self.at = if left.is_empty() { At::Head(Vec::new()) } else { At::End(left) };
                    if self.signed {
                        self.out.push_back(Bytes::copy_from_slice(&[*wanted]));
                    }
                }
                _ => return Err(BadBody::Malformed),
            },
            At::Trailer => self.out.push_back(std::mem::take(&mut self.rest)),
            At::Failed => self.rest.clear(),
        }
        Ok(())
    }

    fn fail(&mut self, bad: BadBody) -> Poll<Option<Result<Bytes, Failure>>> {
        self.notes.set_bad_body(bad);
        self.at = At::Failed;
        self.out.clear();
        Poll::Ready(Some(Err("the body is not framed well".into())))
    }
}

impl Stream for Framed {
    type Item = Result<Bytes, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(piece) = this.out.pop_front() {
                return Poll::Ready(Some(Ok(piece)));
            }
            if matches!(this.at, At::Failed) {
                return Poll::Ready(None);
            }
            if !this.rest.is_empty() {
                if let Err(bad) = this.step() {
                    return this.fail(bad);
                }
                continue;
            }
            match ready!(Pin::new(&mut this.body).poll_next(context)) {
                Some(Ok(bytes)) => this.rest = bytes,
                None if matches!(this.at, At::Trailer) => return Poll::Ready(None),
                None | Some(Err(_)) => return this.fail(BadBody::Incomplete),
            }
        }
    }
}

impl ByteStream for Framed {}

/// The size of a chunk, and its extension as it came.
fn read_head(line: &[u8]) -> Option<(u64, &str)> {
    let line = str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let (digits, extension) = line.split_at(line.find(';').unwrap_or(line.len()));
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u64::from_str_radix(digits, 16).ok()?, extension))
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    async fn run(kind: &'static str, pieces: &[&str]) -> Result<String, Option<BadBody>> {
        let notes = Arc::new(Notes::default());
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-content-sha256", http::HeaderValue::from_static(kind));
        let pieces: Vec<Result<Bytes, std::io::Error>> =
            pieces.iter().map(|piece| Ok(Bytes::from((*piece).to_owned()))).collect();
        let whole = s3s::dto::StreamingBlob::wrap(futures_util::stream::iter(pieces));
        let mut body = reframe(&headers, Body::from(DynByteStream::from(whole)), &notes);
        let mut out = String::new();
        while let Some(piece) = body.next().await {
            out.push_str(str::from_utf8(&piece.map_err(|_| notes.bad_body())?).unwrap());
        }
        Ok(out)
    }

    const UNSIGNED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    #[tokio::test]
    async fn a_large_unsigned_chunk_is_split_where_it_came_in() {
        let out = run(UNSIGNED, &["8", "\r\nabc", "defgh\r", "\n0\r\nx-amz-", "checksum-crc32:AAAAAA==\r\n\r\n"]).await;
        assert_eq!(out.unwrap(), "3\r\nabc\r\n5\r\ndefgh\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
    }

    #[tokio::test]
    async fn a_signed_body_passes_as_it_is() {
        let body = "3;chunk-signature=00\r\nabc\r\n0;chunk-signature=11\r\n\r\n";
        assert_eq!(run(SIGNED, &[body]).await.unwrap(), body);
        assert_eq!(run("UNSIGNED-PAYLOAD", &["abc"]).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn broken_framing_is_refused() {
        for (kind, body, bad) in [
            (UNSIGNED, "3\r\nabc\r\n", BadBody::Incomplete),
            (UNSIGNED, "3\r\nab", BadBody::Incomplete),
            (UNSIGNED, "3\r\nabcd\r\n0\r\n", BadBody::Malformed),
            (UNSIGNED, "+3\r\nabc\r\n0\r\n", BadBody::Malformed),
            (UNSIGNED, "\r\nabc\r\n0\r\n", BadBody::Malformed),
            (UNSIGNED, "ffffffffffffffff\r\nabc", BadBody::Malformed),
            (SIGNED, "400001;chunk-signature=00\r\nabc", BadBody::LargeChunk),
        ] {
            assert_eq!(run(kind, &[body]).await, Err(Some(bad)), "{body}");
        }
    }
}
