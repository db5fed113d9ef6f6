//! Threads that each own a connection and do what they are handed, in turn.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Threads for one queue. They end, and close their connections, when this is dropped and the queue is done.
pub(super) struct Workers {
    jobs: Sender<Job>,
}

impl Workers {
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        for connection in connections {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(name.to_owned()).spawn(move || work(connection, &queue))?;
        }
        Ok(Self { jobs })
    }

    /// Hands over a job and waits for what it gives; nothing if the threads are gone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Option<T> {
        let (give, get) = oneshot::channel();
        let job = Box::new(move |connection: &mut Connection| {
            let result = job(connection);
            // Nobody waits for it any more: that is fine.
            let _ = give.send(result);
        });
        self.jobs.send(job).ok()?;
        get.await.ok()
    }
}

fn work(mut connection: Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(&mut connection);
    }
}
