//! A small HTTP/1.1 server on loopback: it answers from a script and records every request as it came, byte for byte.
//!
//! It listens on a port that the system picks, lives in the test's own runtime, and ends with the value.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use infrai::{Client, ClientBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The API key of [`Server::client`]. It must never be seen in anything that is printed.
pub const KEY: &str = "ifr_pk_proj_canary-0123456789";

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Recorded>>>,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The request line: method, target, version.
    pub line: String,
    /// The header lines, in order, names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the server is to answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// With its `Content-Length`.
    Whole,
    /// The same, and the connection is open for the next request.
    KeptAlive,
    /// In chunks, so that its length isn't known before.
    Chunked,
    /// With a `Content-Length` that is one too much, and then closed.
    CutShort,
    /// With a longer `Content-Length`, and then nothing, while the connection stays open.
    Hanging(usize),
    /// What there is, of so many bytes.
    CutAfter(usize),
    /// A byte at a time, with no end.
    Dripping,
    /// Never.
    Silent,
}

impl Answer {
    /// Any body.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), manner: Manner::Whole }
    }

    /// A JSON body.
    #[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
    pub fn json(status: u16, body: Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// No answer at all, while the connection stays open.
    pub fn silence() -> Self {
        Self { manner: Manner::Silent, ..Self::new(200, "application/json", "") }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the body in chunks, without saying its length first.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self { manner: Manner::Chunked, ..self }
    }

    /// Leaves the connection open for further requests.
    #[must_use]
    pub fn kept_alive(self) -> Self {
        Self { manner: Manner::KeptAlive, ..self }
    }

    /// Closes the connection one byte before the announced end.
    #[must_use]
    pub fn cut_short(self) -> Self {
        Self { manner: Manner::CutShort, ..self }
    }

    /// Says that it has `length` bytes, and closes the connection after those that it has.
    #[must_use]
    pub fn cut_after(self, length: usize) -> Self {
        Self { manner: Manner::CutAfter(length), ..self }
    }

    /// Says that it has `length` bytes, and sends no more than it has.
    #[must_use]
    pub fn hanging(self, length: usize) -> Self {
        Self { manner: Manner::Hanging(length), ..self }
    }

    /// Follows the body with spaces, one at a time, for ever.
    #[must_use]
    pub fn dripping(self) -> Self {
        Self { manner: Manner::Dripping, ..self }
    }
}

impl Recorded {
    /// Returns the value of a header, if it came exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Returns the body as JSON; `null` if it isn't.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Server {
    /// Starts a server that gives these answers in turn, and the last one ever after.
    ///
    /// # Panics
    /// If loopback has no free port, or there is no answer.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        assert!(!answers.is_empty(), "a server needs an answer");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port on loopback");
        let address = listener.local_addr().expect("the port's address");
        let requests = Arc::default();
        let (connections, closed) = (Arc::default(), Arc::default());
        let counts = (Arc::clone(&connections), Arc::clone(&closed));
        let task = tokio::spawn(serve(listener, answers, Arc::clone(&requests), counts));
        Self { address, requests, connections, closed, task }
    }

    /// Returns the URL of the server's root, without a `/` at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts to build a client of this server which has the [`KEY`], makes one attempt a call, and sees no environment.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().base_url(self.url()).api_key(KEY).max_retries(0).environment(|_| None)
    }

    /// Returns a client of this server which has the [`KEY`], and makes one attempt a call.
    ///
    /// # Panics
    /// If the client can't be built.
    pub fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how many connections were made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns how many connections are open.
    pub fn open(&self) -> usize {
        // In this order, so that one that is made and closed in between doesn't count.
        let closed = self.closed.load(Ordering::SeqCst);
        self.connections() - closed
    }

    /// Returns the only request.
    ///
    /// # Panics
    /// If there was none, or more than one.
    pub fn request(&self) -> Recorded {
        match &*self.requests() {
            [request] => request.clone(),
            requests => panic!("{} requests instead of one", requests.len()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    answers: Vec<Answer>,
    requests: Arc<Mutex<Vec<Recorded>>>,
    (connections, closed): (Arc<AtomicUsize>, Arc<AtomicUsize>),
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let (answers, requests) = (answers.clone(), Arc::clone(&requests));
        let closed = Closed(Arc::clone(&closed));
        tokio::spawn(async move {
            let _closed = closed;
            while let Some(request) = read(&mut stream).await {
                let turn = {
                    let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
                    requests.push(request);
                    requests.len() - 1
                };
                let answer = &answers[turn.min(answers.len() - 1)];
                // A client that goes away in between is what some tests are about.
                if write(&mut stream, answer).await.is_err() || answer.manner != Manner::KeptAlive {
                    return;
                }
            }
        });
    }
}

/// Counts a connection as closed when it goes.
struct Closed(Arc<AtomicUsize>);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head_end + 4);
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let (line, lines) = head.split_once("\r\n").unwrap_or((&head, ""));
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = lines.split("\r\n").filter_map(header).collect();
    let mut request = Recorded { line: line.to_owned(), headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    request.body = body;
    Some(request)
}

async fn write(stream: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let framing = match answer.manner {
        Manner::Silent => return until_closed(stream).await,
        Manner::Whole | Manner::KeptAlive => format!("content-length: {}", answer.body.len()),
        Manner::Hanging(length) | Manner::CutAfter(length) => format!("content-length: {length}"),
        Manner::CutShort => format!("content-length: {}", answer.body.len() + 1),
        Manner::Chunked | Manner::Dripping => "transfer-encoding: chunked".to_owned(),
    };
    let after = if answer.manner == Manner::KeptAlive { "keep-alive" } else { "close" };
    let mut head = format!("HTTP/1.1 {} \r\nconnection: {after}\r\n{framing}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    match answer.manner {
        Manner::KeptAlive => return stream.write_all(&answer.body).await,
        Manner::Hanging(_) => {
            stream.write_all(&answer.body).await?;
            return until_closed(stream).await;
        }
        Manner::Chunked | Manner::Dripping => {
            for chunk in answer.body.chunks(64 * 1024) {
                write_chunk(stream, chunk).await?;
            }
            if answer.manner == Manner::Dripping {
                let mut pace = tokio::time::interval(Duration::from_millis(5));
                loop {
                    pace.tick().await;
                    write_chunk(stream, b" ").await?;
                }
            }
            stream.write_all(b"0\r\n\r\n").await?;
        }
        _ => stream.write_all(&answer.body).await?,
    }
    stream.shutdown().await
}

async fn write_chunk(stream: &mut TcpStream, chunk: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
    stream.write_all(chunk).await?;
    stream.write_all(b"\r\n").await
}

async fn until_closed(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(|_| ())
}
