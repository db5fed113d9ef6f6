//! A store on a loopback port, and requests to it made by hand: the tests send what no client would.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs, reason = "each test binary uses a part of it")]

mod sign;

use std::time::{Duration, SystemTime};

use hyper_util::rt::TokioIo;
use infrai_store::{Credentials, NewBucket, Options, Store, s3};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub use sign::{Presign, Sign, encode, hash};

/// A running store with the buckets `private` and `public`.
pub struct Server {
    pub address: String,
    pub store: Store,
    pub credentials: Credentials,
    holder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(s3::Options::default(), None).await
    }

    pub async fn start_with(options: s3::Options, owner_limit: Option<u64>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        for (name, public) in [("private", false), ("public", true)] {
            store.create_bucket(&NewBucket { name, public, owner: "owner", owner_limit }).await.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let front = s3::service(store.clone(), options);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let front = front.clone();
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), front));
            }
        });
        let credentials = store.credentials().clone();
        Self { address, store, credentials, holder: folder }
    }

    /// Where the store is.
    pub fn folder(&self) -> &std::path::Path {
        self.holder.path()
    }

    /// Puts an object, which must work.
    pub async fn put(&self, path: &str, body: &[u8]) -> Answer {
        let answer = Ask::new("PUT", path).body(body).sign(self).send(self).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        Ask::new("GET", path).sign(self).send(self).await
    }
}

/// A request, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Ask {
    pub method: String,
    /// Raw.
    pub path: String,
    /// Raw, without `?`.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    /// `target` is a raw path, with or without a raw query.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// Signs it in a header, as clients do.
    pub fn sign(self, server: &Server) -> Self {
        Sign::new(server).apply(self.to(server))
    }

    /// Signs it in its query, for fifteen minutes.
    pub fn presign(self, server: &Server) -> Self {
        Presign::new(server).apply(self.to(server))
    }

    /// Names the host, which is signed like any header.
    pub fn to(self, server: &Server) -> Self {
        self.header("host", &server.address)
    }

    /// All that goes before the body.
    pub fn head(&self, server: &Server) -> String {
        let target = if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) };
        let mut head = format!("{} {target} HTTP/1.1\r\nconnection: close\r\n", self.method);
        let has = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !has("host") {
            head.push_str(&format!("host: {}\r\n", server.address));
        }
        if !has("content-length") && !has("transfer-encoding") && (self.method == "PUT" || self.method == "POST") {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }

    pub async fn send(&self, server: &Server) -> Answer {
        let raw = [self.head(server).as_bytes(), &self.body].concat();
        Answer::read(&exchange(server, &raw).await)
    }
}

/// Sends bytes and reads what comes until the connection ends.
pub async fn exchange(server: &Server, raw: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let mut came = Vec::new();
    // A refusal may come, and the connection end, before all is sent.
    let _ = stream.write_all(raw).await;
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut came)).await.unwrap();
    came
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(raw: &[u8]) -> Self {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let body = &raw[end + 4..];
        let mut lines = head.split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        if status == 100 {
            return Self::read(body);
        }
        let header = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        let headers: Vec<_> = lines.map(header).collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked { unchunk(body) } else { body.to_vec() };
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The content of the first XML element of this name.
    pub fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(content, _)| content.to_owned())
    }

    /// The contents of all XML elements of this name.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let parts = text.split(&start).skip(1);
        parts.filter_map(|rest| rest.split_once(&end)).map(|(content, _)| content.to_owned()).collect()
    }

    /// Asserts that this is an error with this status and code, told as every error is.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.element("Code").as_deref()), (status, Some(code)), "{}", self.text());
        assert!(self.element("Message").is_some_and(|message| !message.is_empty()), "{}", self.text());
        assert_eq!(self.element("RequestId").as_deref(), self.header("x-amz-request-id"), "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/xml"));
    }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    out
}

/// A time as SigV4 writes it.
pub fn stamp(time: SystemTime) -> String {
    chrono::DateTime::<chrono::Utc>::from(time).format("%Y%m%dT%H%M%SZ").to_string()
}
