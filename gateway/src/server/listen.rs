//! A listener: takes connections, holds clients to their time, and stops when told.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::util::MapRequest;
use tower::{Service, ServiceExt};

use super::stall::Connection;
use crate::config::Limits;
use crate::gateway::StartError;

/// The least that a header section may have. The buffer grows in steps, so somewhat longer ones are read too.
const HEADER_BYTES: usize = 64 * 1024;

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Listens at the address; `setting` is the one to change when that doesn't work.
pub(crate) async fn bind(what: &str, setting: &str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        StartError(match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{what} can't listen on {address}: another program does; stop it or choose another address with `--{setting}`"
            ),
            _ => format!("{what} can't listen on {address}: {error}; choose another address with `--{setting}`"),
        })
    })
}

/// Serves until told to stop, and then until the last request has ended or the time for that is over. Dropping it cuts
/// all connections off.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S, limits: &Limits, mut stop: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: hyper::body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.headers).max_buf_size(HEADER_BYTES);
    let mut door = Door { listener, slots: Arc::new(Semaphore::new(limits.connections)), trouble: None };
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = door.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((slot, stream, peer)) = accepted else { continue };
        // Answers are small and whole: waiting for more to send would cost 40 ms each.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let service: MapRequest<S, _> = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let stream = TokioIo::new(Connection::new(stream, limits.stall));
        let connection = graceful.watch(http.serve_connection(stream, TowerToHyperService::new(service)));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(slot);
        });
    }
    drop(door);
    if tokio::time::timeout(limits.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running when the time to stop was over; they were cut off");
    }
    connections.shutdown().await;
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    trouble: Option<io::ErrorKind>,
}

impl Door {
    /// The next connection, with its place among those that may be; nothing where it failed.
    async fn accept(&mut self) -> Option<(Option<OwnedSemaphorePermit>, TcpStream, SocketAddr)> {
        // Closed is what the semaphore never is.
        let slot = self.slots.clone().acquire_owned().await.ok();
        match self.listener.accept().await {
            Ok((stream, peer)) => {
                if self.trouble.take().is_some() {
                    tracing::info!("connections are accepted again");
                }
                Some((slot, stream, peer))
            }
            // It was gone before it was taken.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => None,
            Err(error) => {
                if self.trouble.replace(error.kind()) != Some(error.kind()) {
                    tracing::error!(%error, "connections can't be accepted");
                }
                // Out of file handles, mostly: they come back when a connection ends.
                tokio::time::sleep(Duration::from_millis(50)).await;
                None
            }
        }
    }
}
