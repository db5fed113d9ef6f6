//! Where the servers of a case are, and the four places that all cases share: where nobody listens, where nobody is let in, and two
//! that fail a handshake.

use std::time::Duration;

use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::tls;

/// The key of the vectors. It must never be seen in anything that is printed.
pub const KEY: &str = "ifr_pk_proj_canary-0123456789";

/// How long an attempt to connect takes until it is clear that nobody is let in.
const NO_ENTRY: Duration = Duration::from_millis(100);

/// Base URLs, by the names that the vectors have for them.
#[derive(Clone, Debug)]
pub struct Places {
    named: Vec<(&'static str, String)>,
}

impl Places {
    /// Returns the places of a case with these two servers.
    pub fn new(server: String, other: String, neighbours: &Neighbours) -> Self {
        let mut named = vec![("server", server), ("other", other)];
        named.extend(neighbours.named.clone());
        Self { named }
    }

    /// Returns names and URLs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().map(|(name, url)| (*name, url.as_str()))
    }

    /// Returns `text` with URLs for the names of places, and with the key.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let places = self.iter().map(|(name, url)| (format!("{{{name}}}"), url));
        places.fold(text.replace("{key}", KEY), |text, (name, url)| text.replace(&name, url))
    }

    /// Does the same in every text of a value, names of members among them.
    #[must_use]
    pub fn fill_value(&self, value: &Value) -> Value {
        map_texts(value, &|text| self.fill(text))
    }
}

/// Returns `value` with every text in it changed, names of members among them.
pub fn map_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_texts(item, change)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (change(name), map_texts(member, change))).collect()
        }
        other => other.clone(),
    }
}

/// The places that are the same for all cases, as none of them has a state. They are gone with the value.
#[derive(Debug)]
pub struct Neighbours {
    named: Vec<(&'static str, String)>,
    tasks: Vec<JoinHandle<()>>,
    _closed: TcpSocket,
    _full: (TcpListener, Vec<TcpStream>),
}

impl Neighbours {
    /// Makes the places.
    ///
    /// # Errors
    /// If loopback has no free ports.
    pub async fn start() -> std::io::Result<Self> {
        let closed = socket()?;
        let full = full().await?;
        let tls = TcpListener::bind(("127.0.0.1", 0)).await?;
        let broken = TcpListener::bind(("127.0.0.1", 0)).await?;
        let named = vec![
            ("closed", format!("http://{}", closed.local_addr()?)),
            ("full", format!("http://{}", full.0.local_addr()?)),
            ("tls", format!("https://{}", tls.local_addr()?)),
            ("tls-broken", format!("https://{}", broken.local_addr()?)),
        ];
        let tasks = vec![tokio::spawn(tls::untrusted(tls)), tokio::spawn(tls::broken(broken))];
        Ok(Self { named, tasks, _closed: closed, _full: full })
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A port that is ours, so that nobody else listens there.
fn socket() -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok(socket)
}

/// A queue of connections that nobody accepts, filled up: on Linux, whoever comes then waits.
async fn full() -> std::io::Result<(TcpListener, Vec<TcpStream>)> {
    let listener = socket()?.listen(1)?;
    let address = listener.local_addr()?;
    let mut queue = Vec::new();
    while let Ok(stream) = tokio::time::timeout(NO_ENTRY, TcpStream::connect(address)).await {
        queue.push(stream?);
    }
    Ok((listener, queue))
}
