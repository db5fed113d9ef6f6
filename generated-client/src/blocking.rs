//! The client for programs without async: the same calls, each of which waits for its answer.
//!
//! This needs the feature `blocking`. The namespaces, requests and types are those of the async [`Client`](crate::Client); only the
//! last step differs, as `send` and `send_with_response` return what they got instead of a future:
//!
//! ```no_run
//! use infrai::blocking::Client;
//!
//! # fn run() -> Result<(), infrai::Error> {
//! let client = Client::from_env()?;
//! let bucket = client.storage().bucket().create("user-uploads").send()?;
//! println!("bucket: {} | vendor: {}", bucket.bucket, bucket.vendor);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::consume_budget;

use crate::builder::ClientBuilder;
use crate::error::{Error, ErrorKind};
use crate::failure::refused;
use crate::generated::service::SERVICE;
use crate::internal::{Call, Invalid, RequestOptions};
use crate::response::Response;

/// A client of the service whose calls wait for their answers.
///
/// Cheap to clone, and to be shared between threads: clones use the same connections, and calls of several threads run at the
/// same time. The caller needs no runtime. Made and dropped, a client starts nothing and waits for nothing; its first call starts
/// the one thread that serves the connections of all clones, and that ends with the last of them.
///
/// Async code uses [`crate::Client`]: a call made there on this one is refused with [`ErrorKind::InvalidRequest`], since waiting
/// would hold up every task of the thread. In Tokio's `spawn_blocking`, it works.
///
/// Printed with `{:?}` it shows the API key only by its prefix and last 4 characters, and of headers only the names.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What the clones of a client have in common.
struct Shared {
    client: crate::Client,
    /// None before the first call.
    driver: Mutex<Option<Driver>>,
}

impl Client {
    /// Starts to build a client; [`build_blocking`](ClientBuilder::build_blocking) ends it.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns a client that takes its API key and base URL from the environment, or from where keys are kept on this machine.
    ///
    /// # Errors
    /// If a variable can't be used. A missing key fails the first call, not this.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build_blocking()
    }

    /// Returns where the requests go, without a `/` at the end. Looks it up, if no call did so far.
    ///
    /// # Errors
    /// If the place where keys are kept can't be read: [`ErrorKind::Credentials`].
    pub fn base_url(&self) -> Result<String, Error> {
        self.inner().base_url()
    }

    /// The async client that makes the calls.
    pub(crate) fn inner(&self) -> &crate::Client {
        &self.shared.client
    }

    /// Sends `call`, waits, and returns what its answer holds.
    pub(crate) fn execute<C: Call>(&self, call: &C, options: &RequestOptions) -> Result<Response<C::Output>, Error> {
        self.block_on(call.operation().id, self.inner().execute(call, options))?
    }

    /// Waits on this thread until `future`, which is part of an operation, is done.
    ///
    /// # Errors
    /// In async code, and if the thread that serves the connections can't be started.
    pub(crate) fn block_on<F: Future>(&self, operation: &str, future: F) -> Result<F::Output, Error> {
        if in_async_code() {
            let why =
                "a blocking call in async code would hold up its runtime: use the async `Client`, or `spawn_blocking`";
            return Err(refused(ErrorKind::InvalidRequest, operation, &Invalid::new(why)));
        }
        let no_thread = |fault| Invalid::new(format!("no thread for the connections: {fault}"));
        let handle =
            self.shared.handle().map_err(|fault| refused(ErrorKind::Connection, operation, &no_thread(fault)))?;
        Ok(handle.block_on(future))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}

impl ClientBuilder {
    /// Returns a client for programs without async. It needs the feature `blocking`, and is otherwise as
    /// [`build`](ClientBuilder::build).
    ///
    /// # Errors
    /// As [`build`](ClientBuilder::build).
    pub fn build_blocking(self) -> Result<Client, Error> {
        let client = self.build()?;
        Ok(Client { shared: Arc::new(Shared { client, driver: Mutex::default() }) })
    }
}

impl Shared {
    /// The runtime, which the first call starts.
    fn handle(&self) -> io::Result<Handle> {
        let mut driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner);
        let running = match driver.take() {
            Some(running) => running,
            None => Driver::start()?,
        };
        Ok(driver.insert(running).handle.clone())
    }
}

/// A runtime on a thread of its own, which serves sockets and timers. What waits for them is polled by the threads that call.
struct Driver {
    handle: Handle,
    /// Nothing is ever sent: that it is dropped ends the thread.
    _end: oneshot::Sender<()>,
}

impl Driver {
    /// Starts the thread. It is ours and not one of the runtime's workers, since Tokio panics if it can't start those.
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name(format!("{}-blocking", SERVICE.name)).spawn(move || {
            // An error, as nothing is ever sent.
            let _ = runtime.block_on(ended);
            // A name that is still being looked up is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _end: end })
    }
}

/// Whether Tokio is polling this code, so that waiting in it would be a panic.
///
/// That there is a runtime doesn't tell: it is there in `spawn_blocking`, too, where waiting is right. But what is polled has a
/// budget, and yields when that is spent. All of it is spent here, so the task yields once at its next chance.
fn in_async_code() -> bool {
    /// More than any budget: 128, today.
    const ENOUGH: u32 = 1024;
    let mut context = Context::from_waker(Waker::noop());
    Handle::try_current().is_ok() && (0..ENOUGH).any(|_| pin!(consume_budget()).poll(&mut context).is_pending())
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::{Client, Driver};

    #[test]
    fn building_a_client_starts_no_thread() {
        let client = Client::builder().environment(|_| None).build_blocking().expect("a client");
        assert!(client.shared.driver.lock().expect("no panic").is_none());
    }

    #[test]
    fn the_thread_ends_with_the_client() {
        let driver = Driver::start().expect("a thread");
        // It is cancelled when its runtime is gone.
        let task = driver.handle.spawn(std::future::pending::<()>());
        assert_eq!(driver.handle.block_on(async { 1 }), 1);
        assert!(!task.is_finished());
        drop(driver);
        let limit = Instant::now() + Duration::from_secs(10);
        while !task.is_finished() {
            assert!(Instant::now() < limit, "the thread runs on");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
