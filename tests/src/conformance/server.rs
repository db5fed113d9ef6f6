//! The two servers of a case: they play its script and note what comes.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::places::{Neighbours, Places};
use super::play;
use super::read::{Reader, Request};
use super::script::{Act, Answer, Framing, Http, Manner, Script};

/// A case that is being played. It ends, with all its connections, with the value.
#[derive(Debug)]
pub struct Playing {
    places: Places,
    seen: Arc<Seen>,
    tasks: Vec<JoinHandle<()>>,
}

/// A request, and to whom it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `server` or `other`.
    pub to: &'static str,
    /// The request.
    pub request: Request,
}

/// What both servers of a case saw.
#[derive(Debug, Default)]
struct Seen {
    requests: Mutex<Vec<Recorded>>,
    open: AtomicUsize,
}

/// One of the servers.
#[derive(Clone)]
struct Server {
    name: &'static str,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    pause: Duration,
    seen: Arc<Seen>,
}

impl Playing {
    /// Plays a script: `{"server": […], "other": […], "pause": seconds}`.
    ///
    /// # Errors
    /// With where the script is wrong, and why. The inner error is of loopback, if it has no free port.
    pub async fn start(script: &Value, neighbours: &Neighbours) -> io::Result<Result<Self, String>> {
        let server = TcpListener::bind(("127.0.0.1", 0)).await?;
        let other = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = |listener: &TcpListener| listener.local_addr().map(|address| format!("http://{address}"));
        let places = Places::new(url(&server)?, url(&other)?, neighbours);
        let script = match Script::read(&places.fill_value(script)) {
            Ok(script) => script,
            Err(why) => return Ok(Err(why)),
        };
        let seen = Arc::<Seen>::default();
        let parts = [("server", server, script.server), ("other", other, script.other)];
        let tasks = parts.map(|(name, listener, answers)| {
            let answers = Arc::new(Mutex::new(answers.into()));
            let server = Server { name, answers, pause: script.pause, seen: Arc::clone(&seen) };
            tokio::spawn(serve(listener, server))
        });
        Ok(Ok(Self { places, seen, tasks: tasks.into() }))
    }

    /// Returns where the servers of this case are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Returns all requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.seen.requests).clone()
    }

    /// Returns how many connections are open.
    pub fn open(&self) -> usize {
        self.seen.open.load(Ordering::SeqCst)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Server {
    fn next_answer(&self) -> Answer {
        let next = lock(&self.answers).pop_front();
        next.unwrap_or_else(|| {
            let message = "the script has no further answer";
            let body = json!({"error": {"code": "script_exhausted", "message": message}}).to_string().into_bytes();
            let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
            let framing = Framing::Length(body.len() as u64);
            let http = Http { status: 599, headers, body, framing, manner: Manner::Whole, close: false, early: false };
            Answer { delay: Duration::ZERO, act: Act::Http(http) }
        })
    }

    async fn converse(self, stream: TcpStream) -> io::Result<()> {
        // Answers of a few bytes are not to wait for more of them.
        stream.set_nodelay(true)?;
        let mut reader = Reader::new(stream);
        while reader.begins().await? {
            let answer = self.next_answer();
            if matches!(answer.act, Act::ResetUnread) {
                tokio::time::sleep(answer.delay).await;
                return play::reset(&reader.stream).await;
            }
            if let Act::Http(http) = &answer.act
                && http.early
            {
                let request = reader.head().await?;
                lock(&self.seen.requests).push(Recorded { to: self.name, request });
                play::answer(&mut reader.stream, http, self.pause).await?;
                // Until the case ends.
                return std::future::pending().await;
            }
            let request = reader.request().await?;
            let is_last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            lock(&self.seen.requests).push(Recorded { to: self.name, request });
            if !answer.delay.is_zero() {
                tokio::time::sleep(answer.delay).await;
            }
            let stream = &mut reader.stream;
            let goes_on = match answer.act {
                Act::ResetUnread | Act::ResetRead => return play::reset(stream).await,
                Act::HangUp => return play::hang_up(stream).await,
                Act::Silence => return play::until_closed(stream).await,
                Act::Http(http) => play::answer(stream, &http, self.pause).await?,
                Act::Raw { bytes, close } => play::raw(stream, &bytes, close).await?,
            };
            if !goes_on {
                break;
            }
            if is_last {
                return play::hang_up(stream).await;
            }
        }
        Ok(())
    }
}

async fn serve(listener: TcpListener, server: Server) {
    // With the task, all connections end.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let open = Open::new(&server.seen);
        let server = server.clone();
        connections.spawn(async move {
            // A client that goes away in between is what some cases are about.
            let _ = server.converse(stream).await;
            drop(open);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// An open connection, counted.
struct Open(Arc<Seen>);

impl Open {
    fn new(seen: &Arc<Seen>) -> Self {
        seen.open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(seen))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
