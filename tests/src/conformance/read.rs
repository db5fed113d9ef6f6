//! Reading a request as it comes, byte for byte.

use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::pattern;

/// What is kept of a body; of a longer one, only its length and whether it is the pattern.
pub const KEPT: u64 = 1024 * 1024;

/// The longest head.
const LONGEST_HEAD: usize = 1024 * 1024;

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and target.
    pub line: String,
    /// The header lines, in order, names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A body.
#[derive(Clone, Debug)]
pub struct Body {
    /// How long it is.
    pub length: u64,
    /// Whether it is the pattern's beginning. An empty one is.
    pub pattern: bool,
    /// Its bytes, if they are not too many.
    pub bytes: Option<Vec<u8>>,
}

impl Request {
    /// Returns the values of a header, with `, ` between, if there are any.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| &**value).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// A connection, and what was read of it but not used yet.
pub(super) struct Reader {
    pub(super) stream: TcpStream,
    ahead: Vec<u8>,
}

impl Reader {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    /// Waits for a request's first byte, without reading it. There is none where the client closes the connection.
    pub(super) async fn begins(&self) -> io::Result<bool> {
        Ok(!self.ahead.is_empty() || self.stream.peek(&mut [0]).await? > 0)
    }

    /// Reads a request whole.
    pub(super) async fn request(&mut self) -> io::Result<Request> {
        let mut request = self.head().await?;
        let chunked = request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        if chunked {
            self.chunks(&mut request.body).await?;
        } else if let Some(length) = request.header("content-length") {
            self.bytes(length.parse().map_err(|_| wrong("a length that is none"))?, &mut request.body).await?;
        }
        Ok(request)
    }

    /// Reads a request but for its body.
    pub(super) async fn head(&mut self) -> io::Result<Request> {
        let head = self.until(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let (line, lines) = head.split_once("\r\n").unwrap_or((&head, ""));
        let line = line.rsplit_once(" HTTP/").map_or(line, |(line, _)| line).to_owned();
        let header = |line: &str| {
            line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
        };
        let headers = lines.split("\r\n").filter_map(header).collect();
        let body = Body { length: 0, pattern: true, bytes: Some(Vec::new()) };
        Ok(Request { line, headers, body })
    }

    async fn chunks(&mut self, body: &mut Body) -> io::Result<()> {
        loop {
            let line = self.until(b"\r\n").await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let length = line.split(';').next().unwrap_or_default().trim();
            match u64::from_str_radix(length, 16).map_err(|_| wrong("a chunk without a length"))? {
                0 => break,
                length => self.bytes(length, body).await?,
            }
            self.until(b"\r\n").await?;
        }
        // Trailers, if any, and the empty line.
        while !self.until(b"\r\n").await?.is_empty() {}
        Ok(())
    }

    async fn bytes(&mut self, mut left: u64, body: &mut Body) -> io::Result<()> {
        while left > 0 {
            if self.ahead.is_empty() {
                self.more().await?;
            }
            let now = self.ahead.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            body.add(&self.ahead[..now]);
            self.ahead.drain(..now);
            left -= now as u64;
        }
        Ok(())
    }

    /// Reads up to a mark, and returns what is before it.
    async fn until(&mut self, mark: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.ahead.windows(mark.len()).position(|window| window == mark) {
                let rest = self.ahead.split_off(at + mark.len());
                let mut before = std::mem::replace(&mut self.ahead, rest);
                before.truncate(at);
                return Ok(before);
            }
            if self.ahead.len() > LONGEST_HEAD {
                return Err(wrong("a head without an end"));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        self.ahead.reserve(64 * 1024);
        match self.stream.read_buf(&mut self.ahead).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Body {
    fn add(&mut self, bytes: &[u8]) {
        self.pattern = self.pattern && pattern::is_at(self.length, bytes);
        self.length += bytes.len() as u64;
        match &mut self.bytes {
            Some(kept) if self.length <= KEPT => kept.extend_from_slice(bytes),
            kept => *kept = None,
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
