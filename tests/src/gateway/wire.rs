//! Requests and answers of the wire, byte for byte.

use std::fmt::Debug;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PATIENCE;
use crate::validate;

/// A request, sent just as it is written down: nothing is encoded, ordered or made tidy.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// A request for this target.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: None }
    }

    /// A request for a URL, which may be a signed one; with the address to send it to.
    ///
    /// # Panics
    /// If the URL isn't one of this machine's.
    pub fn to(method: &str, url: &str) -> (Self, SocketAddr) {
        let rest = url.strip_prefix("http://").expect("a plain URL");
        let at = rest.find('/').expect("a path");
        let (host, target) = rest.split_at(at);
        (Self::new(method, target), host.parse().expect("an address"))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an API key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// Sets the body, with its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// The request as it is sent. A host is added unless there is one.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Whether it can only be the API's, not the store's: no bucket is called `v1`.
    fn is_for_the_api(&self) -> bool {
        self.target.starts_with("/v1/")
    }

    /// Sends it, and waits for the answer. One of the API is held against the description.
    ///
    /// # Panics
    /// If there is none, or it isn't described.
    pub async fn send(&self, to: SocketAddr) -> Answer {
        let mut stream = connect(to).await;
        // Who refuses a request may close before its end: the answer is there all the same.
        let _ = stream.write_all(&self.bytes(to)).await;
        let answer = answer(&mut stream, self.method == "HEAD").await;
        let answer = answer.unwrap_or_else(|| panic!("no answer to {self:?}"));
        if self.is_for_the_api() {
            answer.assert_described(self);
        }
        answer
    }
}

/// Sends a request to a URL.
///
/// # Panics
/// If there is no answer.
pub async fn fetch(method: &str, url: &str, body: Option<&[u8]>) -> Answer {
    let (request, to) = Request::to(method, url);
    match body {
        Some(body) => request.body(body).send(to).await,
        None => request.send(to).await,
    }
}

/// A connection.
///
/// # Panics
/// If there is none to be had.
pub async fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).await.unwrap_or_else(|error| panic!("{to} doesn't take a connection: {error}"));
    stream.set_nodelay(true).expect("an option of the connection");
    stream
}

/// An answer, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header lines, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:?} {}", self.status, self.headers, body.chars().take(500).collect::<String>())
    }
}

impl Answer {
    /// The value of a header, if it came exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// The body as JSON; `null` if it isn't.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of an error of the API, or `Code` of one of the store; nothing where there is none.
    pub fn code(&self) -> String {
        if let Some(code) = self.json()["error"]["code"].as_str() {
            return code.to_owned();
        }
        let text = self.text();
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        code.map_or_else(String::new, |(code, _)| code.to_owned())
    }

    /// The message of an error of the API.
    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Holds the answer to a request of the API against the description.
    ///
    /// # Panics
    /// If it isn't described. What the description has nothing of (`activate`, the operators' pages, what web pages ask first)
    /// may succeed.
    pub fn assert_described(&self, request: &Request) {
        const OTHERS: [&str; 4] = ["/v1/activate", "/healthz", "/readyz", "/metrics"];
        let (method, target) = (request.method.as_str(), request.target.as_str());
        if OTHERS.contains(&target) && (self.status < 400 || target != "/v1/activate") {
            return;
        }
        if method == "OPTIONS" && self.status < 400 {
            return;
        }
        validate::answer(method, target, self.status, self.header("content-type"), &self.body)
            .unwrap_or_else(|fault| panic!("{method} {target}: {fault}: {self:?}"));
        assert!(self.header("x-request-id").is_some(), "{method} {target} has no request id: {self:?}");
        if self.status >= 400 && method != "HEAD" {
            assert_eq!(self.json()["error"]["request_id"].as_str(), self.header("x-request-id"), "{method} {target}");
        }
    }
}

/// Reads an answer; nothing if the connection ends before there is one.
///
/// # Panics
/// If it takes too long, or is cut off.
pub async fn answer(stream: &mut TcpStream, head_only: bool) -> Option<Answer> {
    let read = tokio::time::timeout(PATIENCE, read(stream, head_only));
    read.await.expect("an answer before patience ends")
}

async fn read(stream: &mut TcpStream, head_only: bool) -> Option<Answer> {
    let mut bytes = Vec::new();
    let (status, headers) = loop {
        let at = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                assert!(bytes.is_empty(), "the head of the answer is cut off");
                return None;
            }
        };
        let rest = bytes.split_off(at + 4);
        let parsed = head(&bytes[..at]);
        bytes = rest;
        // What is said on the way isn't the answer.
        if parsed.0 >= 200 {
            break parsed;
        }
    };
    let mut answer = Answer { status, headers, body: Vec::new() };
    if head_only || status == 204 || status == 304 {
        // Nothing should come; what does is for the test to see.
        stream.read_to_end(&mut bytes).await.expect("the end");
        answer.body = bytes;
        return Some(answer);
    }
    if let Some(length) = answer.header("content-length").map(|text| text.parse::<usize>().expect("a length")) {
        while bytes.len() < length {
            assert_ne!(stream.read_buf(&mut bytes).await.expect("the body"), 0, "the body is cut off");
        }
        answer.body = bytes;
        return Some(answer);
    }
    // Until the end: who sends in chunks closes after them, since that was asked for.
    stream.read_to_end(&mut bytes).await.expect("the body");
    answer.body = if answer.header("transfer-encoding") == Some("chunked") { unchunked(&bytes) } else { bytes };
    Some(answer)
}

fn head(bytes: &[u8]) -> (u16, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(bytes);
    let (line, lines) = text.split_once("\r\n").unwrap_or((&text, ""));
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    (status, lines.split("\r\n").filter_map(header).collect())
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let at = bytes.windows(2).position(|window| window == b"\r\n").expect("the length of a chunk");
        let size = str::from_utf8(&bytes[..at]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let size = size.expect("the length of a chunk");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[at + 2..at + 2 + size]);
        bytes = &bytes[at + 4 + size..];
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_body_where_none_may_be_is_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = listener.local_addr().expect("its address");
        let server = tokio::spawn(async move {
            for status in ["404 Not Found", "204 No Content", "304 Not Modified"] {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                // A request that isn't read would make the end of the connection an error.
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    stream.read_buf(&mut request).await.expect("a request");
                }
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\n\r\noops");
                stream.write_all(answer.as_bytes()).await.expect("sent");
            }
        });
        for method in ["HEAD", "GET", "GET"] {
            let answer = Request::new(method, "/").send(to).await;
            assert_eq!(answer.body, b"oops", "{answer:?}");
        }
        server.await.expect("a server");
    }
}
