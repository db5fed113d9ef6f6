//! The client: prepared HTTP/1.1 requests over kept connections, all on one thread, with no more work a request than to find the answer's end.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Sample, cpu};

/// Large bodies go out in pieces of this.
const PIECE: usize = 1 << 20;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    /// Each one's head, and a small body.
    pub(crate) heads: Rc<Vec<Vec<u8>>>,
    /// How many bytes more go out behind each head.
    pub(crate) upload: u64,
    /// How many bytes each answer must have, if that is known.
    pub(crate) expected: Option<u64>,
}

/// A connection and the answer that comes on it.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// The end of an answer's head.
struct Head {
    status: u16,
    length: u64,
    size: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 256 << 10], filled: 0 }
    }

    /// Sends one and reads its answer; returns the status and how long the body was. What fits stays in the buffer.
    pub(crate) async fn send(&mut self, head: &[u8], upload: u64) -> (u16, u64) {
        self.stream.write_all(head).await.unwrap();
        let mut left = usize::try_from(upload).unwrap();
        while left > 0 {
            let size = left.min(PIECE);
            self.stream.write_all(&NOISE.with(Rc::clone)[..size]).await.unwrap();
            left -= size;
        }
        self.filled = 0;
        let found = loop {
            if let Some(head) = self.head() {
                break head;
            }
            self.filled += self.read(self.filled).await;
        };
        let mut left = found.length - (self.filled - found.size) as u64;
        while left > 0 {
            // A small body is kept, a large one is not.
            let at = if found.length < PIECE as u64 / 8 { self.filled } else { found.size };
            let came = self.read(at).await;
            self.filled = at + came;
            left -= came as u64;
        }
        (found.status, found.length)
    }

    /// The start of the last answer, for when it is not what was expected.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.filled]).into_owned()
    }

    async fn read(&mut self, at: usize) -> usize {
        let came = self.stream.read(&mut self.buffer[at..]).await.unwrap();
        assert!(came > 0, "the server closed the connection after:\n{}", self.text());
        came
    }

    fn head(&self) -> Option<Head> {
        let came = &self.buffer[..self.filled];
        let size = came.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = str::from_utf8(&came[..size]).unwrap();
        let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap();
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        assert!(length.is_some() || status == 204, "an answer without a length:\n{text}");
        Some(Head { status, length: length.unwrap_or(0), size })
    }
}

thread_local! {
    /// What no file system can make smaller.
    static NOISE: Rc<Vec<u8>> = Rc::new(noise(PIECE));
}

/// Bytes without a pattern.
pub(crate) fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(size).collect()
}

impl Requests {
    /// Sends them from so many connections until the time is over, round and round if `again`; without a time, each once.
    pub(crate) async fn run(
        &self,
        address: SocketAddr,
        connections: usize,
        time: Option<Duration>,
        again: bool,
        process: u32,
    ) -> (u64, f64, f64) {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await);
        }
        let next = Rc::new(Cell::new(0));
        let (begun, before) = (Instant::now(), cpu::seconds(process));
        let tasks: Vec<_> = open
            .into_iter()
            .map(|connection| {
                tokio::task::spawn_local(self.clone().repeat(connection, next.clone(), begun, time, again))
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        (done, begun.elapsed().as_secs_f64(), cpu::seconds(process) - before)
    }

    async fn repeat(
        self,
        mut connection: Connection,
        next: Rc<Cell<usize>>,
        begun: Instant,
        time: Option<Duration>,
        again: bool,
    ) -> u64 {
        let mut done = 0;
        while time.is_none_or(|time| begun.elapsed() < time) {
            let at = next.replace(next.get() + 1);
            if at >= self.heads.len() && !again {
                break;
            }
            let (status, length) = connection.send(&self.heads[at % self.heads.len()], self.upload).await;
            assert!(
                (200..300).contains(&status) && self.expected.is_none_or(|expected| expected == length),
                "not what was expected:\n{}",
                connection.text()
            );
            done += 1;
        }
        done
    }

    /// Operations a second and microseconds of CPU for each.
    pub(crate) async fn rate(
        &self,
        address: SocketAddr,
        connections: usize,
        time: Duration,
        again: bool,
        process: u32,
    ) -> Sample {
        let (done, seconds, used) = self.run(address, connections, Some(time), again, process).await;
        Sample { rate: done as f64 / seconds, cpu: used / done as f64 * 1e6 }
    }
}
